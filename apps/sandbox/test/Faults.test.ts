import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"
import { type FaultSpec, type Sandbox, startSandbox } from "../src/index.js"
import { Browser, complaint } from "./browser.js"
import { ask, at, home, pay } from "./support.js"

const ME = "query Me { me { id memberships { organization { pods { name type } } } } }"

let sandbox: Sandbox
beforeAll(async () => {
  sandbox = await startSandbox({ settleAfter: 1_000 })
})
afterEach(() => sandbox.clearFaults())
afterAll(() => sandbox.close())

const me = () => ask(sandbox, ME)
const send = (init: RequestInit = {}) =>
  fetch(`${sandbox.url}/api/graphql`, {
    method: "POST",
    redirect: "manual",
    body: JSON.stringify({ query: ME }),
    ...init,
    headers: {
      "content-type": "application/json",
      authorization: `Bearer ${sandbox.issueTokens().accessToken}`,
    },
  })
const transfer = () => pay(sandbox, { source: home(sandbox).pod(0), destination: home(sandbox).pod(1) }, 100)
const booked = () => sandbox.ledger().payments.length
const codeOf = async (broken: Promise<unknown>): Promise<unknown> =>
  broken.then(
    () => "no error",
    (problem: unknown) => at(problem, "cause", "code") ?? at(problem, "name"),
  )

describe("selection", () => {
  const fault = (more: FaultSpec): FaultSpec => ({ status: 503, ...more })
  const statuses = async (count: number) => {
    const seen: number[] = []
    for (let index = 0; index < count; index += 1) seen.push((await send()).status)
    return seen
  }

  it.each([
    [{}, [503, 200, 200]],
    [{ times: 2 }, [503, 503, 200]],
    [{ after: 1 }, [200, 503, 200]],
    [{ times: "always" }, [503, 503, 503]],
    [{ operation: "Me" }, [503, 200, 200]],
    [{ operation: ["Other", "Me"] }, [503, 200, 200]],
    [{ operation: "Other" }, [200, 200, 200]],
    [{ path: "/api" }, [503, 200, 200]],
    [{ path: "/oauth" }, [200, 200, 200]],
    [{ target: "graphql" }, [503, 200, 200]],
    [{ target: "token" }, [200, 200, 200]],
    [{ method: "post" }, [503, 200, 200]],
    [{ method: "GET" }, [200, 200, 200]],
  ] satisfies ReadonlyArray<readonly [FaultSpec, readonly number[]]>)(
    "hits with %j: %j",
    async (more, expected) => {
      sandbox.faults(fault(more))
      expect(await statuses(3)).toEqual(expected)
    },
  )

  it("plays a list one after the other", async () => {
    sandbox.faults([fault({ status: 500 }), fault({ status: 429, retryAfter: 7 }), fault({ status: 502 })])
    expect(await statuses(4)).toEqual([500, 429, 502, 200])
  })

  it("says what waits, and forgets it", () => {
    sandbox.faults([fault({ times: 3 }), fault({ times: "always" })])
    expect(sandbox.waitingFaults().map(({ left }) => left)).toEqual([3, "always"])
    sandbox.clearFaults()
    expect(sandbox.waitingFaults()).toEqual([])
  })

  it("leaves /sandbox alone", async () => {
    sandbox.faults(fault({ times: "always" }))
    expect((await fetch(`${sandbox.url}/sandbox/ledger`)).status).toBe(200)
  })
})

describe("answers", () => {
  it("status, with body, type, headers and Retry-After in seconds or as a date", async () => {
    sandbox.faults([
      { status: 429, body: "slow down", contentType: "text/plain", headers: { "x-a": "b" }, retryAfter: 3 },
      { status: 503, body: { a: 1 }, retryAfter: 60, retryAfterAs: "date" },
    ])
    const first = await send()
    const header = (response: Response, name: string) => response.headers.get(name)
    expect([first.status, await first.text(), header(first, "content-type")]).toEqual([
      429,
      "slow down",
      "text/plain",
    ])
    expect([header(first, "x-a"), header(first, "retry-after")]).toEqual(["b", "3"])
    const second = await send()
    expect([await second.json(), header(second, "content-type")]).toEqual([{ a: 1 }, "application/json"])
    const wait = Date.parse(header(second, "retry-after") ?? "") - Date.parse(header(second, "date") ?? "")
    expect(wait).toBe(60_000)
  })

  it("edge: an HTML page, with cf-mitigated where asked", async () => {
    sandbox.faults([{ edge: { challenge: true } }, { edge: { status: 200 } }])
    const first = await send()
    expect([first.status, first.headers.get("cf-mitigated")]).toEqual([403, "challenge"])
    expect(await first.text()).toContain("<!DOCTYPE html>")
    const second = await send()
    expect([second.status, second.headers.get("cf-mitigated"), second.headers.get("content-type")]).toEqual([
      200,
      null,
      "text/html; charset=utf-8",
    ])
  })

  it("graphqlErrors: without data, with data null, or beside the true data", async () => {
    const graphqlErrors = [{ message: "no", code: "INTERNAL", path: ["me"] }]
    const errors = [{ message: "no", path: ["me"], extensions: { code: "INTERNAL" } }]
    sandbox.faults([
      { graphqlErrors },
      { graphqlErrors, data: "null" },
      { graphqlErrors, data: "keep" },
      { graphqlErrors: [{ message: "bare" }], errorStatus: 400 },
    ])
    expect((await me()).body).toEqual({ errors })
    expect((await me()).body).toEqual({ errors, data: null })
    expect((await me()).body).toEqual({ errors, data: { me: expect.anything() } })
    expect(await me()).toMatchObject({ status: 400, body: { errors: [{ message: "bare" }] } })
  })

  it("unauthenticated, in a 200", async () => {
    sandbox.faults({ unauthenticated: true })
    const { status, body } = await me()
    expect([status, at(body, "errors", 0, "extensions", "code")]).toEqual([200, "UNAUTHENTICATED"])
  })

  it("empty, invalidJson and huge", async () => {
    sandbox.faults([{ empty: true }, { invalidJson: true }, { huge: 3 }])
    const empty = await send()
    expect([empty.status, await empty.text()]).toEqual([200, ""])
    const cut = await (await send()).text()
    expect(cut).toMatch(/^\{"data"/)
    expect(() => JSON.parse(cut)).toThrow(SyntaxError)
    const huge = await (await send()).text()
    expect(huge.length).toBeGreaterThan(3 * 1_048_576)
    expect(at(JSON.parse(huge), "data", "huge")).toBeTypeOf("string")
  })

  it("redirect: 307 to another address", async () => {
    sandbox.faults({ redirect: "http://127.0.0.1:9/elsewhere" })
    const response = await send()
    expect([response.status, response.headers.get("location")]).toEqual([307, "http://127.0.0.1:9/elsewhere"])
  })

  it("hang: no answer until the client goes away", async () => {
    sandbox.clearRequests()
    sandbox.faults({ hang: true })
    const leaving = new AbortController()
    const answer = codeOf(send({ signal: leaving.signal }))
    await expect.poll(() => sandbox.requests()).toHaveLength(1)
    expect(sandbox.requests()[0]).toMatchObject({ endedAt: null, aborted: false })
    leaving.abort()
    expect(await answer).toBe("AbortError")
    await expect.poll(() => sandbox.requests()[0]).toMatchObject({ aborted: true, status: null })
  })

  it("cut before the request acts, after it, and in the midst of the body", async () => {
    const before = booked()
    sandbox.faults({ operation: "CreatePayment", cut: "before" })
    expect(await codeOf(transfer())).toBe("UND_ERR_SOCKET")
    expect(booked()).toBe(before)
    sandbox.faults({ operation: "CreatePayment", cut: "after" })
    expect(await codeOf(transfer())).toBe("UND_ERR_SOCKET")
    expect(booked()).toBe(before + 1)
    sandbox.faults({ operation: "CreatePayment", cut: "body" })
    expect(await codeOf(transfer())).toBe("UND_ERR_SOCKET")
    expect(booked()).toBe(before + 2)
    expect(sandbox.requests().at(-1)).toMatchObject({ aborted: false, status: 200 })
  })

  it("cut by a reset", async () => {
    sandbox.faults([
      { cut: "before", reset: true },
      { cut: "after", reset: true },
    ])
    expect(await codeOf(send())).toBe("ECONNRESET")
    expect(await codeOf(send())).toBe("ECONNRESET")
  })

  it("book with act, whatever the answer", async () => {
    const before = booked()
    sandbox.faults([{ status: 500 }, { status: 500, act: true }, { empty: true, act: true }])
    for (const times of [0, 1, 2]) {
      await transfer().catch(() => undefined)
      expect(booked()).toBe(before + times)
    }
  })
})

describe("modifiers", () => {
  it("delay: before the request acts, or after it", async () => {
    const before = booked()
    for (const act of [false, true]) {
      sandbox.faults({ operation: "CreatePayment", delay: 400, act })
      const began = performance.now()
      const answer = transfer()
      if (act) await expect.poll(booked, { interval: 5 }).toBe(before + 2)
      expect(performance.now() - began).toBeLessThan(400)
      expect((await answer).status).toBe(200)
      expect(performance.now() - began).toBeGreaterThanOrEqual(398)
      expect(booked()).toBe(act ? before + 2 : before + 1)
    }
  })

  it("delay: a client that leaves meanwhile has ordered all the same", async () => {
    const before = booked()
    sandbox.faults({ operation: "CreatePayment", delay: 50 })
    const leaving = new AbortController()
    const { pod } = home(sandbox)
    const fields = `{amount: 5, source: {id: "${pod(0).id}", type: POD}, destination: {id: "${pod(1).id}", type: POD}}`
    const query = `mutation CreatePayment { forKYC(id: "${sandbox.env.SEQUENCE_KYC_ID}") { createPayment(fields: ${fields}) { error { message } } } }`
    sandbox.clearRequests()
    const answer = codeOf(send({ body: JSON.stringify({ query }), signal: leaving.signal }))
    await expect.poll(() => sandbox.requests()[0]?.operation, { interval: 5 }).toBe("CreatePayment")
    leaving.abort()
    expect(await answer).toBe("AbortError")
    await expect.poll(booked).toBe(before + 1)
  })

  it("patch: sets, removes, and nulls what a path leads to", async () => {
    const pod = ["data", "me", "memberships", 0, "organization", "pods", 1]
    sandbox.faults({
      patch: [
        { path: [...pod, "name"], value: 5 },
        { path: [...pod, "type"], remove: true },
        { path: ["data", "me", "id"], value: null },
        { path: ["data", "me", "extra"], value: { a: [1] } },
        { path: ["data", "nowhere", "deep"], value: 1 },
      ],
    })
    const { body } = await me()
    expect(at(body, ...pod)).toEqual({ name: 5 })
    expect(at(body, "data", "me", "id")).toBeNull()
    expect(at(body, "data", "me", "extra")).toEqual({ a: [1] })
    expect(at(body, "data", "nowhere")).toBeUndefined()
    sandbox.faults({ patch: { path: ["data", "me", "memberships", 0], remove: true } })
    expect(at((await me()).body, "data", "me", "memberships")).toEqual([])
  })

  it("drip: the answer in pieces", async () => {
    sandbox.faults({ drip: { bytes: 50, every: 1 } })
    const response = await send()
    const chunks: number[] = []
    const reader = response.body?.getReader()
    for (let part = await reader?.read(); part && !part.done; part = await reader?.read())
      chunks.push(part.value.length)
    expect(chunks.length).toBeGreaterThan(2)
    expect(chunks.reduce((sum, size) => sum + size, 0)).toBe(Number(response.headers.get("content-length")))
  })

  it("date: off, twice, or missing", async () => {
    const near = (value: string | null, offset: number) =>
      expect(Math.abs(Date.parse(value ?? "") - sandbox.now() - offset)).toBeLessThan(5_000)
    near((await send()).headers.get("date"), 0)
    sandbox.faults({ date: { offsetSeconds: 90 } })
    near((await send()).headers.get("date"), 90_000)
    sandbox.faults({ date: { omit: true } })
    expect((await send()).headers.get("date")).toBeNull()
    sandbox.faults({ date: { duplicate: true, offsetSeconds: -60 } })
    const twice = (await send()).headers.get("date")?.split(/(?<=GMT), /) ?? []
    near(twice[0] ?? "", 0)
    near(twice[1] ?? "", -60_000)
  })

  it("expireTokens: the token that comes along has just expired", async () => {
    sandbox.faults({ expireTokens: true })
    expect((await me()).status).toBe(401)
    expect((await me()).status).toBe(200)
  })

  it("refuse: createPayment.error in these words, nothing booked", async () => {
    const before = booked()
    sandbox.faults({ operation: "CreatePayment", refuse: "Limit reached" })
    expect(at((await transfer()).body, "data", "forKYC", "createPayment")).toEqual({
      ok: null,
      error: { message: "Limit reached" },
    })
    expect(booked()).toBe(before)
  })

  it("okLost: booked, ok null, and an error with a path into it", async () => {
    const before = booked()
    sandbox.faults({ operation: "CreatePayment", okLost: true })
    const { status, body } = await transfer()
    expect([status, at(body, "data", "forKYC", "createPayment", "ok")]).toEqual([200, null])
    expect(at(body, "errors", 0, "path")).toEqual(["forKYC", "createPayment", "ok", "organization"])
    expect(booked()).toBe(before + 1)
  })
})

describe("the login under faults", () => {
  const refresh = (refreshToken: string) =>
    fetch(`${sandbox.url}/oauth/token`, {
      method: "POST",
      body: new URLSearchParams({
        grant_type: "refresh_token",
        client_id: sandbox.env.SEQUENCE_AUTH0_CLIENT_ID ?? "",
        refresh_token: refreshToken,
      }),
    })

  it("invalidGrant: refuses a good refresh token, which stays good", async () => {
    const { refreshToken } = sandbox.issueTokens()
    sandbox.faults({ target: "token", invalidGrant: true })
    const refused = await refresh(refreshToken)
    expect([refused.status, at(await refused.json(), "error")]).toEqual([403, "invalid_grant"])
    expect((await refresh(refreshToken)).status).toBe(200)
  })

  it("cut after: a rotation whose answer is lost", async () => {
    const { refreshToken } = sandbox.issueTokens()
    sandbox.faults({ target: "token", cut: "after" })
    expect(await codeOf(refresh(refreshToken))).toBe("UND_ERR_SOCKET")
    expect((await refresh(refreshToken)).status).toBe(403)
  })

  it.each([
    ["/u/login/identifier", "username", "ip-blocked"],
    ["/u/login/identifier", undefined, "custom-script-error-code"],
    ["/u/login/identifier", "captcha", "invalid-captcha"],
  ])("pageError: %s shows %s %s", async (path, field, code) => {
    const browser = new Browser(sandbox)
    const page = await browser.begin()
    sandbox.faults({ path, method: "POST", pageError: field === undefined ? { code } : { code, field } })
    const shown = await browser.fill(page, { username: sandbox.env.SEQUENCE_EMAIL ?? "" })
    expect(shown.status).toBe(400)
    if (field !== "captcha") expect(complaint(shown.html)).toBe(`${field ?? "alert"}/${code}`)
    expect((await browser.fill(page, { username: sandbox.env.SEQUENCE_EMAIL ?? "" })).status).toBe(302)
  })

  it("status: the login's pages fail like any other", async () => {
    sandbox.faults({ target: "login", status: 500 })
    const browser = new Browser(sandbox)
    expect((await browser.visit(browser.authorizeUrl())).status).toBe(500)
  })
})

describe("specs", () => {
  it.each<[unknown, string]>([
    [{}, "what goes wrong"],
    [{ status: 500, hang: true }, "one answer"],
    [{ status: "500" }, "status"],
    [{ stauts: 500 }, "stauts"],
    [{ cut: "soon" }, "cut"],
    [{ patch: { path: ["a"] } }, "patch"],
    [{ patch: { path: ["a"], value: 1, remove: true } }, "patch"],
    [{ delay: -1 }, "delay"],
    [{ retryAfter: 5, hang: true }, "retryAfter"],
    [{ cut: "before", act: true }, "exclude"],
    [{ target: "all", hang: true }, "target"],
    [{ times: 0, hang: true }, "times"],
    [[], "list"],
    ["hang", "object"],
    [{ toString: 1, hang: true }, "toString"],
  ])("refuses %j and names the reason", async (spec, reason) => {
    const response = await fetch(`${sandbox.url}/sandbox/faults`, {
      method: "POST",
      body: JSON.stringify(spec),
    })
    expect(response.status).toBe(400)
    expect(at(await response.json(), "message")).toContain(reason)
    expect(sandbox.waitingFaults()).toEqual([])
  })
})
