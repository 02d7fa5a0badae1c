import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Api, ask, KEY, withApi } from "./support.js"

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

describe("reads", () => {
  it("answers all pods and their total", async () => {
    const pods = await api.get("/api/pods")
    const total = await api.get("/api/pods/balance")
    expect(pods.status).toBe(200)
    const [first] = pods.body as ReadonlyArray<Record<string, unknown>>
    expect(Object.keys(first ?? {})).toEqual(["id", "name", "organization_id", "balance_cents", "balance"])
    expect(Object.keys(total.body as object)).toEqual(["total_balance_cents", "total_balance", "pod_count"])
  })
})

describe("the key", () => {
  it("comes before everything else", async () => {
    for (const headers of [{}, { "x-api-key": "" }, { "x-api-key": `${KEY}x` }]) {
      for (const path of ["/api/pods", "/api/nothing", "/api/transfers", "/metrics", "/api"]) {
        const { status, body } = await ask(`${api.url}${path}`, { method: "POST", headers, body: "no json" })
        expect([path, status, body]).toEqual([path, 401, { detail: "Invalid API key" }])
      }
    }
  })
})
