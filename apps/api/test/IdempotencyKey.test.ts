/** Tests of one idempotency key, used over REST and by the SDK on the same folder: the sandbox's ledger has one payment. */
import fc from "fast-check"
import { IdempotencyKeyError, Sequence, type TransferRequest } from "tsequence"
import { describe, expect, it } from "vitest"
import { type Api, twoPods, withApi } from "./support.js"

const paid = ({ sandbox }: Api): number => sandbox.ledger().payments.length

/** Runs a body with an SDK client that shares the server's folder. */
const withSdk = (run: (api: Api, sdk: Sequence) => Promise<void>): Promise<void> =>
  withApi(async (api) => {
    const sdk = Sequence.fromEnv({ safeguards: true, logger: false }, api.environment)
    try {
      await run(api, sdk)
    } finally {
      await sdk.close()
    }
  })

/** Sends the transfer over REST; what is not given is left to the server's defaults. */
const overRest = (api: Api, [from, to]: readonly [string, string], more: Partial<TransferRequest>) => {
  const { amountCents = 100, description, instant, kycId } = more
  const body = { source_id: from, destination_id: to, amount_cents: amountCents, description, instant }
  return (idempotencyKey: string) =>
    api.post("/api/transfers", { ...body, kyc_id: kycId }, { "idempotency-key": idempotencyKey })
}

const bySdk = (sdk: Sequence, [from, to]: readonly [string, string], more: Partial<TransferRequest>) => {
  const ends = { source: { id: from, type: "POD" }, destination: { id: to, type: "POD" } } as const
  return (idempotencyKey: string) => sdk.transfer({ ...ends, amountCents: 100, ...more }, { idempotencyKey })
}

describe("one idempotency key for REST and SDK", () => {
  it("makes one payment over REST, which the SDK gives back as replayed", () =>
    withSdk(async (api, sdk) => {
      const pods = await twoPods(api.sandbox)
      const first = await overRest(api, pods, {})("rent")
      const again = await bySdk(sdk, pods, {})("rent")
      expect(first.status).toBe(200)
      expect(first.body).toMatchObject({ id: again.id, request_id: again.requestId })
      expect(again.replayed).toBe(true)
      expect(paid(api)).toBe(1)
    }))

  it("makes one payment by the SDK, which REST gives back as replayed", () =>
    withSdk(async (api, sdk) => {
      const pods = await twoPods(api.sandbox)
      const first = await bySdk(sdk, pods, {})("rent")
      const again = await overRest(api, pods, {})("rent")
      expect(first.replayed).toBe(false)
      expect([again.status, again.headers.get("idempotent-replayed")]).toEqual([200, "true"])
      expect(again.body).toMatchObject({ id: first.id, request_id: first.requestId, amount_cents: 100 })
      expect(paid(api)).toBe(1)
    }))

  it("refuses another transfer under the key, whichever of them used it first", () =>
    withSdk(async (api, sdk) => {
      const pods = await twoPods(api.sandbox)
      const first = await overRest(api, pods, {})("rent")
      const other = await bySdk(sdk, pods, { amountCents: 99 })("rent").catch((error: unknown) => error)
      if (!(other instanceof IdempotencyKeyError)) return expect.fail("it was not refused")
      expect(first.body).toMatchObject({ request_id: other.requestId })
      await bySdk(sdk, pods, {})("food")
      const refusal = await overRest(api, pods, { amountCents: 99 })("food")
      expect([refusal.status, refusal.headers.get("x-error-tag")]).toEqual([422, "IdempotencyKeyReused"])
      expect(paid(api)).toBe(2)
    }))

  it("makes one payment for each key, whatever the transfer says and whoever asks first or at once", () =>
    withSdk(async (api, sdk) => {
      const pods = await twoPods(api.sandbox)
      const kycId = api.environment.SEQUENCE_KYC_ID
      const optional = <A>(value: fc.Arbitrary<A>) => fc.option(value, { nil: undefined })
      const transfer = fc.record({
        amountCents: fc.integer({ min: 1, max: 500 }),
        description: optional(fc.string({ maxLength: 10, unit: fc.constantFrom("a", "é", '"', " ", "🏖") })),
        instant: optional(fc.boolean()),
        kycId: optional(fc.constant(kycId)),
      })
      const order = fc.shuffledSubarray(["rest", "sdk"], { minLength: 2 })
      let keys = 0
      const once = fc.asyncProperty(transfer, order, fc.boolean(), async (more, [first], isAtOnce) => {
        const key = `key-${++keys}`
        const rest = () => overRest(api, pods, more)(key)
        const call = () => bySdk(sdk, pods, more)(key)
        const calls: ReadonlyArray<() => Promise<unknown>> = first === "rest" ? [rest, call] : [call, rest]
        if (isAtOnce) await Promise.all(calls.map((one) => one()))
        else for (const one of calls) await one()
        expect(paid(api)).toBe(keys)
      })
      await fc.assert(once, { numRuns: 3 })
    }))
})
