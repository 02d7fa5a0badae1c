/** Tests of the counters and traces that leave the server, and that hold nothing about anybody's money. */
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { Config } from "../src/index.js"
import { KEY, twoPods, withApi } from "./support.js"

/** A collector of traces that keeps what it gets. */
const startCollector = async () => {
  const got: Array<{ readonly path: string; readonly headers: unknown; readonly text: string }> = []
  const server = createServer((request, response) => {
    let text = ""
    request.on("data", (chunk: Buffer) => {
      text += chunk.toString()
    })
    request.on("end", () => {
      got.push({ path: request.url ?? "", headers: request.headers, text })
      response.end("{}")
    })
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as AddressInfo
  return { got, url: `http://127.0.0.1:${port}`, stop: () => new Promise((resolve) => server.close(resolve)) }
}

describe("traces", () => {
  it("go where the environment says, with what every request did, and hold no name, amount or secret", async () => {
    const collector = await startCollector()
    const ids: Array<string> = []
    await withApi(
      async ({ sandbox, post, get, environment }) => {
        sandbox.update([{ add: "pod", name: "Canary pod", balanceCents: 7_654_321 }])
        const [source_id, destination_id] = await twoPods(sandbox)
        ids.push(source_id, destination_id)
        await get("/api/pods")
        await get("/api/pods/Canary%20pod/balance")
        await post("/api/transfers", { source_id, destination_id, amount_cents: 54_321 })
        await post("/api/transfers", { source_id, destination_id, amount_cents: 5_432_100 })
        sandbox.faults({ operation: "CreatePayment", refuse: "Canary refusal" })
        await post("/api/transfers", { source_id, destination_id, amount_cents: 654 })
        expect(environment.SEQUENCE_ACCESS_TOKEN).toBeTruthy()
      },
      {
        variables: {
          OTEL_EXPORTER_OTLP_ENDPOINT: `${collector.url}/`,
          OTEL_EXPORTER_OTLP_HEADERS: "authorization=Bearer for-the-collector",
        },
      },
    )
    // Stopping the server sends what is left.
    const all = collector.got.map(({ text }) => text).join("\n")
    expect(collector.got.every(({ path }) => path === "/v1/traces")).toBe(true)
    expect(collector.got[0]?.headers).toMatchObject({ authorization: "Bearer for-the-collector" })
    for (const name of [
      "GET /api/pods",
      "GET /api/pods/:pod_name/balance",
      "POST /api/transfers",
      "GuardedTransfers.transfer",
      "GraphQL.mutation",
      "TransferLimitError",
      "TransferRejectedError",
    ]) {
      expect(all, name).toContain(`"${name}`.replace(/"Transfer(L|R)/, "Transfer$1"))
    }
    for (const secret of ["Canary", "54321", "5432100", "7654321", KEY, "Bearer ", "eyJ", ...ids]) {
      expect(all, secret).not.toContain(secret)
    }
    await collector.stop()
  })

  it("needs an address that can be used", async () => {
    const reading = Config.read({
      SEQUENCE_API_KEY: KEY,
      OTEL_EXPORTER_OTLP_ENDPOINT: "localhost:4318",
    })
    const { problems } = await Effect.runPromise(Effect.flip(reading))
    expect(problems).toContain(
      "OTEL_EXPORTER_OTLP_ENDPOINT must begin with http:// or https://, such as http://localhost:4318",
    )
  })
})

describe("counters", () => {
  it("tell how requests to move money ended, without names", () =>
    withApi(async ({ sandbox, post, get }) => {
      const [source_id, destination_id] = await twoPods(sandbox)
      const send = (amount_cents: number, key?: string) =>
        post(
          "/api/transfers",
          { source_id, destination_id, amount_cents },
          key === undefined ? {} : { "idempotency-key": key },
        )
      await send(100)
      await send(200, "one")
      await send(200, "one")
      await send(5_432_100)
      await send(-1)
      sandbox.faults({ operation: "CreatePayment", refuse: "no" })
      await send(300)
      sandbox.faults({ operation: "CreatePayment", cut: "after" })
      await send(400)
      await send(400)
      const { text } = await get("/metrics")
      const counted = Object.fromEntries(
        [...text.matchAll(/^tsequence_transfers_total\{outcome="(.+)"\} (\d+)$/gm)].map(([, name, count]) => [
          name,
          Number(count),
        ]),
      )
      expect(counted).toEqual({
        accepted: 2,
        replayed: 1,
        TransferLimitError: 1,
        ValidationError: 1,
        TransferRejectedError: 1,
        TransferOutcomeUnknownError: 1,
        TransferHeldError: 1,
      })
    }))
})
