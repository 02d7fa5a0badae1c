import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { type Api, KEY, twoPods, withApi } from "./support.js"

const trail = async ({ folder }: Api): Promise<ReadonlyArray<unknown>> => {
  const text = await readFile(join(folder, ".audit.jsonl"), "utf8").catch(() => "")
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line): unknown => JSON.parse(line))
}

const events = async (api: Api): Promise<ReadonlyArray<unknown>> =>
  (await trail(api)).map((line) => (line as { readonly event_type: string }).event_type)

const paid = ({ sandbox }: Api): number => sandbox.ledger().payments.length

const detailOf = ({ body }: { readonly body: unknown }): unknown =>
  (body as { readonly detail: unknown }).detail

describe("POST /api/transfers", () => {
  it("moves money once and records it", () =>
    withApi(async (api) => {
      const [source_id, destination_id] = await twoPods(api.sandbox)
      const reply = await api.post("/api/transfers", { source_id, destination_id, amount_cents: 1_234 })
      expect(reply.status).toBe(200)
      expect(reply.body).toMatchObject({
        amount_cents: 1_234,
        amount: "$12.34",
        source: { id: source_id, type: "POD" },
        destination: { id: destination_id, type: "POD" },
      })
      expect(Object.keys(reply.body as object)).toEqual([
        "id",
        "status",
        "amount_cents",
        "amount",
        "source",
        "destination",
        "created_at",
        "request_id",
        "organization",
      ])
      expect(paid(api)).toBe(1)
      expect(await events(api)).toEqual(["transfer_requested", "transfer_completed"])
    }))

  it("refuses what passes a limit, word for word, and sends nothing", () =>
    withApi(
      async (api) => {
        const [source_id, destination_id] = await twoPods(api.sandbox)
        const send = (amount_cents: number) =>
          api.post("/api/transfers", { source_id, destination_id, amount_cents })
        const single = await send(1_500_000)
        expect([single.status, single.body]).toMatchObject([
          400,
          {
            detail: "Amount 1500000 cents exceeds per-transfer limit of 1000000 cents",
            error: { tag: "TransferLimitError", amount_cents: 1_500_000, limit_cents: 1_000_000 },
          },
        ])
        expect(single.headers.get("x-error-tag")).toBe("TransferLimitError")
        expect((await send(1_000_000)).status).toBe(200)
        const daily = await send(500_000)
        expect([daily.status, daily.body]).toMatchObject([
          400,
          {
            detail: "Amount 500000 cents exceeds daily remaining limit of 200000 cents",
            error: { tag: "DailyLimitError", limit_cents: 1_200_000, remaining_cents: 200_000 },
          },
        ])
        expect(paid(api)).toBe(1)
      },
      { variables: { SEQUENCE_MAX_DAILY_TRANSFER_CENTS: "1200000" } },
    ))

  it("never lets two at once pass the daily limit together", () =>
    withApi(
      async (api) => {
        const [source_id, destination_id] = await twoPods(api.sandbox)
        const replies = await Promise.all(
          [600, 601, 602, 603].map((amount_cents) =>
            api.post("/api/transfers", { source_id, destination_id, amount_cents }),
          ),
        )
        expect(replies.map(({ status }) => status).sort()).toEqual([200, 400, 400, 400])
        expect(paid(api)).toBe(1)
      },
      { variables: { SEQUENCE_MAX_DAILY_TRANSFER_CENTS: "1000" } },
    ))

  it("gives the service's own words where it refuses", () =>
    withApi(async (api) => {
      const [source_id, destination_id] = await twoPods(api.sandbox)
      api.sandbox.faults({ operation: "CreatePayment", refuse: "Insufficient funds" })
      const reply = await api.post("/api/transfers", { source_id, destination_id, amount_cents: 100 })
      expect([reply.status, reply.body]).toMatchObject([
        400,
        {
          detail: "Transfer failed: Insufficient funds",
          error: { tag: "TransferRejectedError", reason: "Insufficient funds" },
        },
      ])
      expect(await events(api)).toEqual(["transfer_requested", "transfer_failed"])
    }))

  it("says so where the money may have moved, and holds an identical transfer back", () =>
    withApi(async (api) => {
      const [source_id, destination_id] = await twoPods(api.sandbox)
      api.sandbox.faults([
        { operation: "CreatePayment", cut: "after" },
        // The first read is the one that tells the time before sending.
        { operation: "ActivityLogV2Transfers", status: 403, after: 1, times: 1_000 },
      ])
      const body = { source_id, destination_id, amount_cents: 100 }
      const reply = await api.post("/api/transfers", body)
      expect(reply.status).toBe(502)
      expect(detailOf(reply)).toMatch(/^Transfer outcome unknown: .*\(request_id [0-9a-f-]{36}\)/)
      const twin = await api.post("/api/transfers", body)
      expect(twin.status).toBe(409)
      expect(detailOf(twin)).toMatch(/^Held back: an identical transfer \(request_id [0-9a-f-]{36}\)/)
      expect(Number(twin.headers.get("retry-after"))).toBeGreaterThan(0)
      expect(paid(api)).toBe(1)
    }))

  it("gives the service's own words if the outcome is not known, in the answer and on record", () =>
    withApi(async (api) => {
      const [source_id, destination_id] = await twoPods(api.sandbox)
      const path = ["forKYC", "createPayment"]
      api.sandbox.faults({
        operation: "CreatePayment",
        graphqlErrors: [{ message: "Account is under review", path }],
        data: "null",
      })
      const reply = await api.post("/api/transfers", { source_id, destination_id, amount_cents: 100 })
      expect(reply.status).toBe(502)
      expect(detailOf(reply)).toMatch(/^Transfer outcome unknown: .*Account is under review.*\(request_id /)
      expect(JSON.stringify(await trail(api))).toContain("Account is under review")
    }))

  it("brings a payment that was sent to its end when the client hangs up", () =>
    withApi(async (api) => {
      const [source_id, destination_id] = await twoPods(api.sandbox)
      api.sandbox.faults({ operation: "CreatePayment", delay: 300 })
      const client = new AbortController()
      const reply = fetch(`${api.url}/api/transfers`, {
        method: "POST",
        headers: { "x-api-key": KEY },
        body: JSON.stringify({ source_id, destination_id, amount_cents: 100 }),
        signal: client.signal,
      })
      reply.catch(() => {})
      await expect.poll(() => api.sandbox.waitingFaults().length).toBe(0)
      client.abort()
      await expect(reply).rejects.toThrow()
      await expect.poll(() => events(api)).toEqual(["transfer_requested", "transfer_completed"])
      expect(paid(api)).toBe(1)
    }))

  it("drops a payment that still waits for its turn when the client hangs up", () =>
    withApi(
      async (api) => {
        const [source_id, destination_id] = await twoPods(api.sandbox)
        const client = new AbortController()
        const reply = fetch(`${api.url}/api/transfers`, {
          method: "POST",
          headers: { "x-api-key": KEY },
          body: JSON.stringify({ source_id, destination_id, amount_cents: 100 }),
          signal: client.signal,
        })
        reply.catch(() => {})
        await expect.poll(() => events(api)).toEqual(["transfer_requested"])
        client.abort()
        await expect.poll(() => events(api)).toEqual(["transfer_requested", "transfer_failed"])
        expect(paid(api)).toBe(0)
      },
      { variables: { SEQUENCE_MIN_DELAY_MS: "1000" } },
    ))

  it("names every input that does not fit, and never gives a value back", () =>
    withApi(async (api) => {
      const canary = "canary-7f3a"
      const reply = await api.post("/api/transfers", {
        source_id: "",
        amount_cents: canary,
        source_type: canary,
        description: `${canary}\u0007`,
        instant: canary,
        kyc_id: 7,
        more: canary,
      })
      expect(reply.status).toBe(422)
      const locs = (detailOf(reply) as ReadonlyArray<{ readonly loc: ReadonlyArray<string> }>).map(
        ({ loc }) => loc.join("."),
      )
      expect(new Set(locs)).toEqual(
        new Set([
          "body.source_id",
          "body.destination_id",
          "body.amount_cents",
          "body.source_type",
          "body.description",
          "body.instant",
          "body.kyc_id",
          "body.more",
        ]),
      )
      expect(reply.text).not.toContain(canary)
      for (const body of ["", "no json", "[]", "null", '"text"', "\u{fffd}{"]) {
        expect((await api.post("/api/transfers", body)).status).toBe(422)
      }
      const ends = { source_id: "a", destination_id: "a" }
      for (const amount_cents of [0, -1, 1.5, "100", null, true]) {
        expect(
          (await api.post("/api/transfers", { ...ends, destination_id: "b", amount_cents })).status,
        ).toBe(422)
      }
      expect((await api.post("/api/transfers", { ...ends, amount_cents: 1 })).status).toBe(422)
      expect(api.sandbox.requests().filter(({ operation }) => operation === "CreatePayment")).toEqual([])
    }))
})

describe("an amount that the service cannot take", () => {
  it("is over the limit for one transfer, whatever that is", async () => {
    for (const [variables, limit] of [
      [{}, 1_000_000],
      [{ SEQUENCE_MAX_TRANSFER_CENTS: "9000000000" }, 2_147_483_647],
    ] as const) {
      await withApi(
        async (api) => {
          const [source_id, destination_id] = await twoPods(api.sandbox)
          for (const amount of ["2147483648", "3000000000.0", "1e21"]) {
            const ends = `"source_id":"${source_id}","destination_id":"${destination_id}"`
            const reply = await api.post("/api/transfers", `{${ends},"amount_cents":${amount}}`)
            const detail = `Amount ${BigInt(Number(amount))} cents exceeds per-transfer limit of ${limit} cents`
            expect([reply.status, reply.body]).toMatchObject([400, { detail }])
            expect(reply.headers.get("x-error-tag")).toBe("TransferLimitError")
          }
          expect(api.sandbox.ledger().payments).toEqual([])
        },
        { variables: { SEQUENCE_MAX_DAILY_TRANSFER_CENTS: "9000000000", ...variables } },
      )
    }
  })
})

describe("an empty kyc_id", () => {
  it("counts as not given, and is the same request as one without it", () =>
    withApi(async (api) => {
      const [source_id, destination_id] = await twoPods(api.sandbox)
      const body = { source_id, destination_id, amount_cents: 100 }
      const key = { "idempotency-key": "k" }
      const first = await api.post("/api/transfers", { ...body, kyc_id: "" }, key)
      const second = await api.post("/api/transfers", body, key)
      expect([first.status, second.text]).toEqual([200, first.text])
      expect(api.sandbox.ledger().payments).toHaveLength(1)
    }))
})

describe("Idempotency-Key", () => {
  it("gives the same bytes again for the same request, and pays once", () =>
    withApi(async (api) => {
      const [source_id, destination_id] = await twoPods(api.sandbox)
      const body = { source_id, destination_id, amount_cents: 700 }
      const key = { "idempotency-key": "key one" }
      const first = await api.post("/api/transfers", body, key)
      const second = await api.post("/api/transfers", { ...body, instant: false }, key)
      expect(first.status).toBe(200)
      expect(first.headers.get("idempotent-replayed")).toBeNull()
      expect([second.status, second.text]).toEqual([200, first.text])
      expect(second.headers.get("idempotent-replayed")).toBe("true")
      const other = await api.post("/api/transfers", { ...body, amount_cents: 701 }, key)
      expect(other.status).toBe(422)
      expect(paid(api)).toBe(1)
    }))

  it("makes one payment of many requests at once", () =>
    withApi(async (api) => {
      const [source_id, destination_id] = await twoPods(api.sandbox)
      const body = { source_id, destination_id, amount_cents: 700 }
      const replies = await Promise.all(
        Array.from({ length: 8 }, () => api.post("/api/transfers", body, { "idempotency-key": "k" })),
      )
      const statuses = replies.map(({ status }) => status)
      expect(statuses.filter((status) => status !== 200 && status !== 409)).toEqual([])
      expect(statuses).toContain(200)
      expect(paid(api)).toBe(1)
      for (const { status, headers } of replies) {
        if (status === 409) expect(Number(headers.get("retry-after"))).toBeGreaterThan(0)
      }
    }))

  it("keeps a refusal of the service, and frees a key whose transfer did not fit", () =>
    withApi(async (api) => {
      const [source_id, destination_id] = await twoPods(api.sandbox)
      const body = { source_id, destination_id, amount_cents: 700 }
      api.sandbox.faults({ operation: "CreatePayment", refuse: "Insufficient funds" })
      const first = await api.post("/api/transfers", body, { "idempotency-key": "refused" })
      const second = await api.post("/api/transfers", body, { "idempotency-key": "refused" })
      expect([second.status, second.text]).toEqual([400, first.text])
      expect(second.headers.get("idempotent-replayed")).toBe("true")
      const tooMuch = { ...body, amount_cents: 1_000_001 }
      const free = { "idempotency-key": "free" }
      expect((await api.post("/api/transfers", tooMuch, free)).status).toBe(400)
      expect((await api.post("/api/transfers", body, free)).status).toBe(200)
    }))

  it("never replays what has no known outcome, and gives 200 once it is found", () =>
    withApi(async (api) => {
      const [source_id, destination_id] = await twoPods(api.sandbox)
      const body = { source_id, destination_id, amount_cents: 700 }
      const key = { "idempotency-key": "lost" }
      api.sandbox.faults([
        { operation: "CreatePayment", cut: "after" },
        { operation: "ActivityLogV2Transfers", status: 403, after: 1, times: 1 },
      ])
      const first = await api.post("/api/transfers", body, key)
      expect(first.status).toBe(502)
      await expect.poll(async () => (await api.post("/api/transfers", body, key)).status).toBe(200)
      const found = await api.post("/api/transfers", body, key)
      expect(found.body).toMatchObject({ amount_cents: 700, organization: null })
      expect((await api.post("/api/transfers", body, key)).text).toBe(found.text)
      expect(paid(api)).toBe(1)
    }))

  it("must have 1 to 255 characters", () =>
    withApi(async (api) => {
      for (const key of ["", "x".repeat(256)]) {
        const reply = await api.post("/api/transfers", {}, { "idempotency-key": key })
        expect([reply.status, detailOf(reply)]).toMatchObject([422, [{ loc: ["header", "idempotency-key"] }]])
      }
    }))
})
