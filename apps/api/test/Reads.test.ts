import { readdir, readFile } from "node:fs/promises"
import { connect } from "node:net"
import { text } from "node:stream/consumers"
import { Schema } from "effect"
import * as fc from "fast-check"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import * as Bodies from "../src/contract/Bodies.js"
import { type Api, ask, KEY, type Reply, withApi } from "./support.js"

let api: Api
let done: () => void = () => {}
let running: Promise<void>

beforeAll(async () => {
  await new Promise<void>((resolve, reject) => {
    running = withApi(async (started) => {
      api = started
      resolve()
      await new Promise<void>((finish) => {
        done = finish
      })
    })
    running.catch(reject)
  })
})

afterAll(async () => {
  done()
  await running
})

/** Reads a body as the contract says it is; more or fewer keys are an error. */
const as = <A, I>(schema: Schema.Schema<A, I>, { status, body }: Reply): A => {
  expect(status).toBe(200)
  return Schema.decodeUnknownSync(schema)(body, { onExcessProperty: "error" })
}

const Pods = Schema.Array(Bodies.Pod)

const addPod = (name: string, balanceCents = 0): string => {
  const [id = ""] = api.sandbox.update({ add: "pod", name, balanceCents })
  return id
}

describe("reads", () => {
  it("answers all pods and their total", async () => {
    const pods = as(Pods, await api.get("/api/pods"))
    const total = as(Bodies.TotalBalance, await api.get("/api/pods/balance"))
    expect(total.pod_count).toBe(pods.length)
    expect(total.total_balance_cents).toBe(pods.reduce((sum, pod) => sum + (pod.balance_cents ?? 0), 0))
  })

  it("finds pods by name, whatever is in it", async () => {
    for (const name of ["Rent & Food/2026", "Über 🏖 Sommer", "detail", "100% sure?", "balance"]) {
      const id = addPod(name, -500)
      const path = `/api/pods/${encodeURIComponent(name.toUpperCase())}/balance`
      expect(as(Bodies.Pod, await api.get(path))).toMatchObject({ id, name, balance: "-$5.00" })
    }
    expect(as(Bodies.Pod, await api.get("/api/pods/sommer/balance")).name).toBe("Über 🏖 Sommer")
  })

  it("answers 404 for no pod and for several that only contain the name, 409 for several of that name", async () => {
    addPod("Twin A")
    addPod("Twin B")
    addPod("Same")
    addPod("same")
    expect((await api.get("/api/pods/nobody/balance")).body).toMatchObject({
      detail: "There is no such pod",
      error: { tag: "NotFoundError", kind: "pod" },
    })
    expect((await api.get("/api/pods/twin/balance")).status).toBe(404)
    expect((await api.get("/api/pods/%20/balance")).status).toBe(404)
    const same = await api.get("/api/pods/SAME/balance")
    expect([same.status, same.headers.get("x-error-tag")]).toEqual([409, "AmbiguousNameError"])
  })

  it("answers pod details in both forms", async () => {
    const [pod] = as(Pods, await api.get("/api/pods"))
    const own = as(Bodies.PodDetail, await api.get(`/api/pods/detail/${pod?.id}`))
    expect(own).toMatchObject({ ...pod })
    expect((await api.get(`/api/pods/${pod?.organization_id}/${pod?.id}`)).body).toEqual(own)
    expect((await api.get("/api/pods/detail/none")).status).toBe(404)
    expect((await api.get(`/api/pods/none/${pod?.id}`)).status).toBe(404)
  })

  it("answers accounts and the summary", async () => {
    const all = as(Bodies.Accounts, await api.get("/api/accounts?org_id="))
    const entries = [...all.pods, ...all.ports, ...all.accounts]
    expect(all.accounts.length + all.ports.length).toBeGreaterThan(0)
    expect(new Set(entries.map((one) => one.organization_id))).toEqual(
      new Set([api.sandbox.env.SEQUENCE_ORG_ID]),
    )
    expect((await api.get("/api/accounts?org_id=none")).status).toBe(404)
    as(Bodies.Summary, await api.get("/api/activity/summary"))
  })

  it("pages through the activity, and answers each transfer in both forms", async () => {
    const org = api.sandbox.env.SEQUENCE_ORG_ID
    const first = as(Bodies.ActivityPage, await api.get("/api/activity?first=2&after=&statuses="))
    expect(first.transfers).toHaveLength(2)
    const after = encodeURIComponent(first.page_info.end_cursor)
    const second = as(Bodies.ActivityPage, await api.get(`/api/activity?first=2&after=${after}&unknown=1`))
    const [one] = second.transfers
    expect(first.transfers.map(({ id }) => id)).not.toContain(one?.id)
    expect(one?.created_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?-0[45]:00$/)
    const detail = await api.get(`/api/transfers/${one?.id}`)
    expect(as(Bodies.TransferDetail, detail)).toMatchObject({ ...one })
    expect((await api.get(`/api/activity/${org}/${one?.id}`)).text).toBe(detail.text)
    expect((await api.get("/api/transfers/none")).status).toBe(404)
  })

  it("filters the activity", async () => {
    const page = await api.get("/api/activity?first=20&statuses=COMPLETE,FAILED&directions=INTERNAL")
    const { transfers } = as(Bodies.ActivityPage, page)
    expect(transfers.length).toBeGreaterThan(0)
    for (const { status, direction } of transfers) {
      expect(["COMPLETE", "FAILED"]).toContain(status)
      expect(direction).toBe("INTERNAL")
    }
  })

  it("refuses parameters that do not fit, and names them without their value", async () => {
    const issues = [
      "first=0",
      "first=101",
      "first=",
      "first=1&first=2",
      "statuses=canary",
      "directions=INTERNAL,",
      "activity_types=CANARY-7",
      "date_start=2026-02-31",
      "date_end=CANARY",
      "hide_internal=CANARY",
      `org_id=${"C".repeat(129)}`,
    ]
    for (const query of issues) {
      const { status, body, text } = await api.get(`/api/activity?${query}`)
      const loc = ["query", query.split("=")[0]]
      expect([query, status, body]).toMatchObject([query, 422, { detail: [{ loc, type: "value_error" }] }])
      expect(text).not.toMatch(/CANARY|canary|CCC/)
    }
    expect((await api.get(`/api/transfers/${"x".repeat(129)}`)).status).toBe(422)
  })

  it("lets the service decide about words that it does not know, and gives its reason", async () => {
    for (const [query, name, reason] of [
      ["statuses=ON_HOLD,COMPLETE", "statuses", /"ON_HOLD" does not exist in "TransferStatus" enum/],
      ["directions=SIDEWAYS", "directions", /"SIDEWAYS" does not exist/],
      ["activity_types=ROUND_UP", "activity_types", /"ROUND_UP" does not exist/],
      ["after=no-cursor", undefined, /Invalid cursor/],
    ] as const) {
      const reply = await api.get(`/api/activity?${query}`)
      const loc = name === undefined ? ["query"] : ["query", name]
      const detail = [{ loc, msg: expect.stringMatching(reason), type: "value_error" }]
      expect([query, reply.status, reply.body]).toEqual([query, 422, { detail }])
      expect(reply.headers.get("x-error-tag")).toBe("ValidationError")
    }
    // What the service says about anything else is no fault of the request.
    api.sandbox.faults({
      operation: "ActivityLogV2Transfers",
      graphqlErrors: [{ message: 'Cannot query field "icon" on type "TransferEndpoint"' }],
    })
    expect((await api.get("/api/activity?statuses=COMPLETE")).status).toBe(502)
  })

  it("answers 502 where the service does, and says which pod has no balance", async () => {
    api.sandbox.faults({ operation: "ActivitySummary", status: 403 })
    const reply = await api.get("/api/activity/summary")
    expect([reply.status, reply.headers.get("x-error-tag")]).toEqual([502, "HttpError"])
    const id = addPod("Hidden")
    api.sandbox.update({ change: id, hide: "balance" })
    const total = await api.get("/api/pods/balance")
    expect(total.status).toBe(502)
    expect(total.text).toContain("Hidden")
    const listed = as(Pods, await api.get("/api/pods")).find((pod) => pod.id === id)
    expect(listed).toMatchObject({ balance_cents: null, balance: null })
    api.sandbox.update({ change: id, balanceCents: 0 })
  })
})

describe("the key", () => {
  it("comes before everything else", async () => {
    for (const headers of [{}, { "x-api-key": "" }, { "x-api-key": `${KEY}x` }]) {
      for (const path of ["/api/pods", "/api/nothing", "/api/transfers", "/metrics", "/api", "/api/ready"]) {
        const { status, body } = await ask(`${api.url}${path}`, { method: "POST", headers, body: "no json" })
        expect([path, status, body]).toEqual([path, 401, { detail: "Invalid API key" }])
      }
    }
  })

  it("is not needed for health, docs and the contract, nor to be told that nothing is there", async () => {
    expect(await ask(`${api.url}/api/health`)).toMatchObject({ status: 200, body: { status: "ok" } })
    expect((await ask(`${api.url}/docs`)).status).toBe(200)
    expect((await ask(`${api.url}/openapi.json`)).status).toBe(200)
    expect(await ask(`${api.url}/nothing`)).toMatchObject({ status: 404, body: { detail: "Not Found" } })
  })
})

describe("the edges", () => {
  it("knows no other spelling of a route", async () => {
    for (const path of [
      "/API/pods",
      "/api/pods/",
      "/api//pods",
      "/api/pods//balance",
      "/api/pods/%ZZ/balance",
    ]) {
      expect([path, (await api.get(path)).status]).toEqual([path, 404])
    }
  })

  it("answers 405 with what is allowed", async () => {
    const reply = await api.post("/api/pods", {})
    expect([reply.status, reply.body]).toEqual([405, { detail: "Method Not Allowed" }])
    expect(reply.headers.get("allow")).toBe("GET, HEAD")
    expect((await ask(`${api.url}/api/health`, { method: "DELETE" })).status).toBe(405)
  })

  it("answers 413 to a body over 64 KiB, said or not", async () => {
    const large = "x".repeat(64 * 1024 + 1)
    expect((await api.post("/api/transfers", large)).status).toBe(413)
    const pieces = new ReadableStream({
      start: (controller) => {
        controller.enqueue(new TextEncoder().encode(large))
        controller.close()
      },
    })
    const init = { method: "POST", headers: { "x-api-key": KEY }, body: pieces, duplex: "half" } as const
    const { status, body } = await ask(`${api.url}/api/transfers`, init)
    expect([status, body]).toEqual([413, { detail: "The body is larger than 65536 bytes" }])
    expect((await api.post("/api/transfers", "x".repeat(64 * 1024))).status).toBe(422)
  })

  it("answers in JSON even what is no HTTP", async () => {
    const socket = connect(api.server.port, "127.0.0.1")
    socket.end("nonsense\r\n\r\n")
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 400 .*\{"detail":"Bad Request"\}$/s)
  })

  it("marks every answer", async () => {
    for (const reply of [await api.get("/api/pods"), await api.get("/nothing")]) {
      expect(reply.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/)
      expect(reply.headers.get("x-sequence-sandbox")).toBe("true")
      expect(reply.headers.get("x-content-type-options")).toBe("nosniff")
    }
  })
})

describe("anything at all", () => {
  it("is answered by the contract: no 500, and every error has a detail", async () => {
    const before = api.sandbox.ledger().payments.length
    const name = fc.oneof(
      fc.string({ unit: "binary", maxLength: 20 }),
      fc.constantFrom("pods", "balance", "activity", "detail", "transfers", "accounts", "summary"),
    )
    const request = fc.record({
      method: fc.constantFrom("GET", "POST", "PUT"),
      path: fc.array(name, { maxLength: 4 }),
      query: fc.dictionary(
        fc.constantFrom("first", "after", "org_id", "statuses", "date_start", "hide_internal", "name"),
        fc.string({ unit: "binary" }),
      ),
      body: fc.json(),
    })
    await fc.assert(
      fc.asyncProperty(request, async ({ method, path, query, body }) => {
        const segments = path.map((one) => encodeURIComponent(one)).join("/")
        const reply = await ask(`${api.url}/api/${segments}?${new URLSearchParams(query)}`, {
          method,
          headers: { "x-api-key": KEY },
          ...(method !== "GET" && { body }),
        })
        expect([200, 404, 405, 409, 422, 502]).toContain(reply.status)
        if (reply.status !== 200) expect(reply.body).toHaveProperty("detail")
      }),
      { numRuns: 300 },
    )
    expect(api.sandbox.ledger().payments.length).toBe(before)
  })
})

describe("the server about itself", () => {
  it("is ready, and lists no transfer without an outcome", async () => {
    expect(as(Bodies.Ready, await api.get("/api/ready"))).toEqual({ status: "ready", unresolved: [] })
  })

  it("counts requests by route, without names", async () => {
    await api.get("/api/pods/canary-name/balance")
    const { status, text } = await api.get("/metrics")
    expect(status).toBe(200)
    expect(text).toMatch(
      /tsequence_http_requests_total\{method="GET",route="\/api\/pods\/:pod_name\/balance",status="404"\} \d+/,
    )
    expect(text).not.toContain("canary")
  })

  it("describes every route of the contract, and no other way to fail", async () => {
    const { body, text } = await ask(`${api.url}/openapi.json`)
    const { paths } = body as { readonly paths: Record<string, Record<string, { responses: object }>> }
    expect(Object.keys(paths)).toHaveLength(13)
    expect(Object.keys(paths["/api/pods"]?.get?.responses ?? {})).toEqual(["200", "401", "422", "502", "503"])
    expect(text).not.toContain("HttpApiDecodeError")
  })

  it("describes itself in words, models and patterns that other languages can read", async () => {
    const { body, text } = await ask(`${api.url}/openapi.json`)
    const { paths, servers, components } = body as {
      readonly paths: Record<string, Record<string, { readonly summary?: string }>>
      readonly servers: ReadonlyArray<{ readonly url: string }>
      readonly components: { readonly schemas: Record<string, object> }
    }
    expect(servers.map(({ url }) => url)).toEqual(["/"])
    for (const operation of Object.values(paths).flatMap((methods) => Object.values(methods))) {
      expect(operation.summary).toMatch(/^[A-Z].{5,}/)
    }
    for (const model of [
      "Pod",
      "Accounts",
      "Transfer",
      "TransferDetail",
      "PodDetail",
      "NewTransfer",
      "Receipt",
    ]) {
      expect(Object.keys(components.schemas)).toContain(model)
    }
    const patterns = [...text.matchAll(/"pattern":("(?:[^"\\]|\\.)*")/g)].map(([, json = ""]) =>
      String(JSON.parse(json)),
    )
    expect(patterns.length).toBeGreaterThan(10)
    for (const pattern of patterns) {
      expect(pattern).not.toMatch(/\\[pPuUdDwWsSbB]|\(\?|\\[0-9k]/)
      expect(() => new RegExp(pattern)).not.toThrow()
    }
    const { amount_cents } = (
      components.schemas.NewTransfer as { readonly properties: Record<string, object> }
    ).properties
    expect(amount_cents).toMatchObject({ type: "integer", minimum: 1 })
  })

  it("shows a page that needs nothing from elsewhere", async () => {
    const { text, headers } = await ask(`${api.url}/docs`)
    expect(text).not.toMatch(/(src|href)="(https?:)?\/\//)
    expect(headers.get("content-security-policy")).toContain("default-src 'none'")
  })
})

describe("the sources", () => {
  it("import the SDK by its name only", async () => {
    const folder = new URL("../src/", import.meta.url)
    const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith(".ts"))
    expect(names.length).toBeGreaterThan(10)
    for (const name of names) {
      const text = await readFile(new URL(name, folder), "utf8")
      expect(text).not.toMatch(/from "(\.\.\/)+(sdk|sandbox)\//)
    }
  })
})
