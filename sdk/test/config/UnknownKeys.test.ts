/** Every public options object and request refuses a key that nothing reads, before anything is sent. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { type Sandbox, startSandbox } from "tsequence-sandbox"
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"
import { logInByBrowser } from "../../src/browser.js"
import { Sequence as EffectSequence } from "../../src/effect.js"
import { ConfigError, Sequence } from "../../src/index.js"
import { SequenceRest } from "../../src/rest.js"
import { Safeguards } from "../../src/safeguards.js"
import { connections } from "../support/connect.js"

let sandbox: Sandbox
const { connect, closeAll } = connections(() => sandbox)

beforeAll(async () => {
  sandbox = await startSandbox({ seed: 7, transfers: 5 })
})
afterEach(closeAll)
afterAll(() => sandbox.close())

/** Keys that plain JavaScript would pass, past the compiler. */
const more = (extra: object) => Object.assign({ timeout: undefined }, extra)

const wrong = { accessToken: "t", organizationId: "o" }

const constructions: ReadonlyArray<readonly [given: object, meant: string]> = [
  [{ safeguard: true }, "safeguards"],
  [{ retry: { time: 3 } }, "retry.times"],
  [{ rateLimit: { min_interval: 0 } }, "rateLimit.minInterval"],
  [{ safeguards: { maxTransferCent: 5 } }, "safeguards.maxTransferCents"],
  [{ safeguards: { maxDailyTransfer: 5 } }, "safeguards.maxDailyTransferCents"],
  [{ credentials: { email: "e", password: "canary", otp: "canary" } }, "credentials.totp"],
  [{ auth: { clientID: "c", redirectUrl: "canary" } }, "auth.redirectUri"],
  [{ attemptTimeOut: 5, timeOut: 5 }, "attemptTimeout"],
]

const nothingSent = () => expect(sandbox.requests()).toEqual([])

const refused = async (call: Promise<unknown>, words: string | RegExp) => {
  sandbox.clearRequests()
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(ConfigError)
  expect(error).toHaveProperty("message", expect.stringMatching(words))
  expect(String(error)).not.toContain("canary")
  nothingSent()
}

const END = { id: "a", type: "POD" } as const
const MOVE = { source: END, destination: { id: "b", type: "POD" }, amountCents: 300 } as const

describe("options of a client", () => {
  it.each(constructions)("%j are refused, and the nearest known name is said", (given, meant) => {
    const make = [
      () => new Sequence({ ...wrong, ...given }),
      () => Sequence.fromEnv({ ...wrong, ...given }, sandbox.env),
    ]
    for (const run of make) {
      expect(run).toThrow(ConfigError)
      expect(run).toThrow(`did you mean "${meant}"?`)
      expect(run).not.toThrow(/canary/)
    }
  })

  it("are refused if they are no object at all", () => {
    const nothing: ReadonlyArray<unknown> = [null, "token", 5, []]
    for (const given of nothing) {
      expect(() => Reflect.construct(Sequence, [given])).toThrow("The options must be an object")
      expect(() => Reflect.construct(SequenceRest, [given])).toThrow("The options must be an object")
    }
    expect(() => Reflect.construct(Sequence, [])).toThrow(ConfigError)
    expect(() => Reflect.construct(SequenceRest, [])).toThrow(ConfigError)
  })

  it("are refused by the layers of the Effect API too", async () => {
    const options = { ...wrong, dataDirs: false, accessToken: undefined }
    const layers: ReadonlyArray<Layer.Layer<never, ConfigError>> = [
      Layer.discard(EffectSequence.layer(options)),
      Layer.discard(EffectSequence.layerEnv(options, sandbox.env)),
      Layer.discard(Safeguards.layer(more({ dataDirs: false }))).pipe(
        Layer.provide(EffectSequence.layer({ tokenProvider: async () => "t" })),
      ),
    ]
    for (const layer of layers) {
      const error = await Effect.runPromise(Effect.flip(Effect.scoped(Layer.build(layer))))
      expect(error.problems.join()).toContain('did you mean "dataDir"?')
    }
  })

  it("are refused by the REST client and the login by browser too", async () => {
    const rest = { baseUrl: "http://127.0.0.1", apiKey: "canary", retry: { times: 1, time: 1 }, timeOut: 5 }
    expect(() => new SequenceRest(rest)).toThrow(/retry\.times[\s\S]*"timeout"/)
    expect(() => new SequenceRest(rest)).not.toThrow(/canary/)
    await refused(logInByBrowser(more({ appURL: "canary" })), 'did you mean "appUrl"')
  })
})

describe("a transfer", () => {
  it.each([{ safeguards: false }, { safeguards: true }])(
    "with an amount beside its amountCents is refused with %j, and moves nothing",
    async (options) => {
      const client = connect(options)
      await refused(client.transfer({ ...MOVE, ...{ amount: 3 } }), 'Unknown key "amount" in the transfer')
      await refused(client.transfer({ ...MOVE, ...{ kycID: "k" } }), 'did you mean "kycId"')
      expect(sandbox.ledger().payments).toEqual([])
    },
  )

  it("is refused if an option stands in its request, which says where it belongs", async () => {
    const misplaced = { ...MOVE, idempotencyKey: "canary" }
    const words =
      'Unknown key "idempotencyKey" in the transfer: it belongs in the options, the second argument'
    await refused(connect({ safeguards: true }).transfer(misplaced), words)
    const rest = new SequenceRest({ baseUrl: sandbox.url, apiKey: "canary" })
    await refused(rest.transfer(misplaced), words)
    await refused(rest.transfer({ ...MOVE, ...{ timeout: 5 } }), "second argument")
  })

  it("is refused for unknown keys in its options", async () => {
    const given = more({ idempotencykey: "canary" })
    const rest = new SequenceRest({ baseUrl: sandbox.url, apiKey: "canary" })
    await refused(rest.transfer(MOVE, given), 'did you mean "idempotencyKey"')
    await refused(connect({ safeguards: true }).transfer(MOVE, given), 'did you mean "idempotencyKey"')
  })

  it.each([undefined, null, 5, {}, []])("between %j and a pod is refused in a sentence", async (source) => {
    const request: unknown = { ...MOVE, source }
    const rest = new SequenceRest({ baseUrl: sandbox.url, apiKey: "canary" })
    for (const client of [connect(), connect({ safeguards: true }), rest]) {
      await refused(Reflect.apply(client.transfer, client, [request]), /^The source of a transfer must be/)
    }
    await refused(
      Reflect.apply(rest.transfer, rest, [{ ...MOVE, source: "Main" }]),
      "names are not taken here",
    )
    await refused(Reflect.apply(rest.transfer, rest, []), "The transfer must be an object")
  })
})

describe("options of a call", () => {
  const walk = (pages: AsyncIterable<unknown>) =>
    (async () => {
      for await (const _ of pages) break
    })()
  const rest = () => new SequenceRest({ baseUrl: sandbox.url, apiKey: "canary" })

  it("are refused for keys that the call does not read", async () => {
    const client = connect()
    const time = more({ timeOut: 5 })
    for (const one of [client, rest()]) {
      await refused(one.getPods(time), 'did you mean "timeout"')
      await refused(one.getPodDetail("p", more({ organizationID: "o" })), 'did you mean "organizationId"')
      await refused(one.getAllAccounts(more({ org: "o" })), 'did you mean "organizationId"')
      await refused(one.getTransferDetail("t", time), 'did you mean "timeout"')
      await refused(one.getActivity(more({ status: ["COMPLETE"] })), 'did you mean "statuses"')
      await refused(one.getActivity(more({ pageSize: 5 })), 'Unknown key "pageSize"')
      await refused(walk(one.activity(more({ first: 5 }))), 'Unknown key "first"')
    }
    await refused(client.getMoneyMap(more({ organisationId: "o" })), 'did you mean "organizationId"')
    await refused(walk(client.watch(more({ intervl: 5 }))), 'did you mean "interval"')
    await refused(client.execute("query { me { id } }", {}, time), 'did you mean "timeout"')
  })

  it.each([
    [{ dateStart: "2026-13-01" }, "dateStart must be a day such as 2026-01-31"],
    [{ dateEnd: "2026-02-30" }, "dateEnd must be a day"],
    [{ dateEnd: "yesterday" }, "dateEnd must be a day"],
    [{ statuses: ["complete"] }, "statuses must be a list of words in capitals"],
    [{ directions: ["IN COMING"] }, "directions must be a list"],
    [{ activityTypes: [""] }, "activityTypes must be a list"],
  ])("are refused for a filter of %j", async (filter, words) => {
    await refused(connect().getActivity(filter), words)
    await refused(walk(connect().activity(filter)), words)
  })

  it("are passed on for a word that only the service can know", async () => {
    sandbox.clearRequests()
    await connect()
      .getActivity({ statuses: ["ON_HOLD"] })
      .catch(() => {})
    expect(sandbox.requests()).not.toEqual([])
  })

  it("are refused for the trail and for a word about a transfer too", async () => {
    const { safeguards } = connect({ safeguards: true })
    const requestID = { requestID: "r" }
    await refused(safeguards.getAuditEntries({ day: undefined, ...requestID }), 'did you mean "requestId"')
    const decision = { outcome: "accepted" as const, transferId: "t", transferID: "t" }
    await refused(safeguards.resolve("r", decision, "seen"), 'did you mean "transferId"')
  })
})
