import { connect, type Socket } from "node:net"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Sandbox, startSandbox } from "../src/index.js"
import { ask, at, home, isRecord, list, pay, withSandbox } from "./support.js"

let sandbox: Sandbox
beforeAll(async () => {
  sandbox = await startSandbox()
})
afterAll(() => sandbox.close())

const get = async (path: string, init: RequestInit = {}) => {
  const response = await fetch(`${sandbox.url}${path}`, init)
  const body: unknown = await response.json()
  return { status: response.status, body }
}
const post = (path: string, body: unknown) => get(path, { method: "POST", body: JSON.stringify(body) })

/** Sends bytes as they are, and gives all that comes back until the connection closes. */
const raw = (bytes: string): Promise<string> =>
  new Promise((resolve) => {
    let answer = ""
    const socket: Socket = connect(Number(new URL(sandbox.url).port), "127.0.0.1", () => socket.write(bytes))
    socket.on("data", (data) => {
      answer += data.toString()
    })
    socket.on("error", () => {})
    socket.on("close", () => resolve(answer))
  })

describe("the server", () => {
  it("answers unknown paths with 404 in JSON, whatever the method", async () => {
    for (const method of ["GET", "POST", "DELETE"]) {
      expect(await get("/nothing/here", { method })).toEqual({ status: 404, body: { message: "Not found" } })
    }
    expect((await get("/u/nothing")).status).toBe(404)
    expect((await get("/sandbox/nothing")).status).toBe(404)
  })

  it("answers bodies over 1 MiB with 413, also below /sandbox", async () => {
    const body = "x".repeat(1_048_577)
    for (const path of ["/api/graphql", "/oauth/token", "/sandbox/faults"]) {
      expect((await get(path, { method: "POST", body })).status).toBe(413)
    }
  })

  it("survives what is no HTTP", async () => {
    expect(await raw("nonsense\r\n\r\n")).toMatch(/^HTTP\/1\.1 400 /)
    expect(await raw("GET //evil:99999/%zz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")).toMatch(
      /^HTTP\/1\.1 404 /,
    )
    expect(await raw("OPTIONS * HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")).toMatch(
      /^HTTP\/1\.1 404 /,
    )
    expect((await ask(sandbox, "{ me { id } }")).status).toBe(200)
  })

  it("keeps a connection open for the next request", async () => {
    const request = "GET /favicon.ico HTTP/1.1\r\nhost: x\r\n"
    const answers = await raw(`${request}\r\n${request}connection: close\r\n\r\n`)
    expect(answers.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(2)
  })

  it("serves the web app's page, whose script cannot be ended by its data", async () => {
    const response = await fetch(sandbox.url)
    const html = await response.text()
    expect([response.status, html.includes('id="login"')]).toEqual([200, true])
    const data = /<script type="application\/json" id="application">(.*?)<\/script>/.exec(html)?.[1] ?? ""
    expect(at(JSON.parse(data), "redirectUri")).toBe(sandbox.env.SEQUENCE_AUTH0_REDIRECT_URI)
  })

  it("holds every answer back for the latency", () =>
    withSandbox({ latency: 40 }, async (slow) => {
      const began = performance.now()
      await ask(slow, "{ me { id } }")
      expect(performance.now() - began).toBeGreaterThanOrEqual(38)
    }))

  it("closes although a request hangs, and twice is once", async () => {
    const other = await startSandbox()
    other.faults({ hang: true })
    const hanging = ask(other, "{ me { id } }").catch(() => "cut")
    await expect.poll(() => other.requests()).toHaveLength(1)
    await Promise.all([other.close(), other.close()])
    expect(await hanging).toBe("cut")
    await expect(fetch(other.url)).rejects.toThrow()
  })

  it("names a port that is taken", async () => {
    const port = Number(new URL(sandbox.url).port)
    await expect(startSandbox({ port })).rejects.toMatchObject({ code: "EADDRINUSE" })
  })

  it.each([
    [{ port: 70_000 }],
    [{ pods: -1 }],
    [{ transfers: 1.5 }],
    [{ organizations: 0 }],
    [{ login: { lockAfter: 0 } }],
  ])("refuses %j", async (options) => {
    await expect(startSandbox(options)).rejects.toThrow(RangeError)
  })

  it("refuses an option that does not exist, and names the nearest one", async () => {
    const given = [
      { options: { ...{ pod: 3 }, seed: 1 }, words: 'did you mean "pods"?' },
      { options: { ...{ settle_after: 0 }, seed: 1 }, words: 'did you mean "settleAfter"?' },
      { options: { login: { ...{ lock: 1 }, combined: true } }, words: 'did you mean "login.lockAfter"?' },
    ]
    for (const { options, words } of given) {
      await expect(startSandbox(options)).rejects.toThrow(words)
      await expect(startSandbox(options)).rejects.toThrow(RangeError)
    }
  })

  it.each([
    [{ pods: 0 }],
    [{ ports: 0, accounts: 0 }],
    [{ pods: 1, ports: 0, accounts: 0 }],
    [{ pods: 0, ports: 0, accounts: 0 }],
  ])("starts with %j", (sizes) =>
    withSandbox({ ...sizes, transfers: 30 }, async (small) => {
      expect(small.ledger().counts.organizations).toBe(2)
    }),
  )
})

describe("the request log", () => {
  it("tells of each request when, what, with which token, and how it ended", async () => {
    sandbox.clearRequests()
    const { accessToken } = sandbox.issueTokens()
    await ask(
      sandbox,
      "query Named { me { id } }",
      {},
      { token: accessToken, headers: { "x-request-id": "webapp-7" } },
    )
    await ask(sandbox, "{ me { id } }", {}, { token: "unknown" })
    await fetch(`${sandbox.url}/authorize?client_id=secret-in-query`)
    await expect
      .poll(() => sandbox.requests().map(({ endedAt }) => endedAt === null))
      .toEqual([false, false, false])
    const [first, second, third] = sandbox.requests()
    expect(first).toMatchObject({
      method: "POST",
      path: "/api/graphql",
      operation: "Named",
      status: 200,
      aborted: false,
      authorization: { present: true, tokenId: expect.stringMatching(/^token-\d+$/) },
      headers: { "x-request-id": "webapp-7", "content-type": "application/json" },
    })
    expect(first?.startedAt).toBe(first?.at)
    expect(first?.endedAt).toBeGreaterThan(first?.at ?? Number.POSITIVE_INFINITY)
    expect(second?.at).toBeGreaterThanOrEqual(first?.endedAt ?? 0)
    expect(second).toMatchObject({ status: 401, authorization: { present: true, tokenId: null } })
    expect(third).toMatchObject({ path: "/authorize", authorization: { present: false, tokenId: null } })
    expect(JSON.stringify(sandbox.requests())).not.toContain(accessToken)
    expect(JSON.stringify(sandbox.requests())).not.toContain("secret-in-query")
  })
})

describe("/sandbox", () => {
  it("lists what there is", async () => {
    const { body } = await get("/sandbox")
    expect(Object.keys(isRecord(body) ? body : {})).toContain("POST /sandbox/faults")
  })

  it("gives environment, ledger and requests as the object does", async () => {
    await pay(sandbox, { source: home(sandbox).pod(0), destination: home(sandbox).pod(1) }, 5)
    expect((await get("/sandbox/env")).body).toEqual(sandbox.env)
    const { body } = await get("/sandbox/ledger")
    const { now: _, ...ledger } = sandbox.ledger()
    expect(body).toMatchObject(ledger)
    expect(list((await get("/sandbox/requests")).body)).toHaveLength(sandbox.requests().length)
    await get("/sandbox/requests", { method: "DELETE" })
    expect(sandbox.requests()).toEqual([])
  })

  it("takes faults, lists and forgets them", async () => {
    const faults = [{ operation: "X", status: 500, times: 2 }, { hang: true }]
    expect((await post("/sandbox/faults", faults)).status).toBe(200)
    const { body } = await get("/sandbox/faults")
    expect(at(body, "waiting")).toEqual([
      { fault: faults[0], left: 2 },
      { fault: faults[1], left: 1 },
    ])
    await get("/sandbox/faults", { method: "DELETE" })
    expect(sandbox.waitingFaults()).toEqual([])
  })

  it("issues, expires and revokes tokens", async () => {
    const { body } = await post("/sandbox/tokens", { action: "issue", expiresIn: 60 })
    const token = String(at(body, "accessToken"))
    expect(at(body, "refreshToken")).toBeTypeOf("string")
    const status = async () => (await ask(sandbox, "{ me { id } }", {}, { token })).status
    expect(await status()).toBe(200)
    expect((await post("/sandbox/tokens", { action: "expire" })).status).toBe(200)
    expect(await status()).toBe(401)
    expect((await post("/sandbox/tokens", { action: "revoke" })).status).toBe(200)
  })

  it("moves the clock, changes data, unblocks", async () => {
    const before = sandbox.now()
    await post("/sandbox/advance", { ms: 60_000 })
    expect(sandbox.now()).toBeGreaterThanOrEqual(before + 60_000)
    const { body } = await post("/sandbox/update", [{ add: "pod", name: "By HTTP", balanceCents: 12 }])
    expect(sandbox.ledger().balances[String(at(body, "ids", 0))]).toBe(12)
    expect((await get("/sandbox/unblock", { method: "POST" })).status).toBe(200)
  })

  it.each([
    ["/sandbox/tokens", { action: "steal" }, "action"],
    ["/sandbox/tokens", {}, "action"],
    ["/sandbox/tokens", { action: "issue", expiresIn: "1" }, "expiresIn"],
    ["/sandbox/advance", { ms: -1 }, "ms"],
    ["/sandbox/advance", {}, "ms"],
    ["/sandbox/update", { add: "house", name: "x" }, "add"],
    ["/sandbox/update", { add: "pod" }, "name"],
    ["/sandbox/update", { change: "none", name: "x" }, "none"],
    ["/sandbox/update", { fail: "none" }, "none"],
    ["/sandbox/update", [], "empty"],
  ])("refuses %s %j and names the reason", async (path, wrong, reason) => {
    const { status, body } = await post(path, wrong)
    expect([status, at(body, "message")]).toEqual([400, expect.stringContaining(reason)])
  })

  it("refuses bodies that are no JSON", async () => {
    expect((await get("/sandbox/faults", { method: "POST", body: "{" })).status).toBe(400)
  })
})
