/**
 * A man in the middle between the SDK and the service: he delivers payments or not, and answers anything or breaks at any
 * moment. The service's ledger is the truth. What he claims in the service's own words cannot be seen through: after such
 * a lie the order is still paid at most once.
 */
import { createServer } from "node:net"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as fc from "fast-check"
import { type Sandbox, startSandbox } from "tsequence-sandbox"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { isSequenceError } from "../../src/index.js"
import * as Safeguards from "../../src/safeguards/Safeguards.js"
import { AuditStorage, GuardedTransfers } from "../../src/safeguards.js"
import { booked, client, ends, FAST } from "../safeguards/world.js"
import { connections } from "../support/connect.js"
import { Script, tricks } from "../support/lies.js"
import { type Middleman, startMiddleman } from "../support/middleman.js"

/** Runs of each property in a campaign. */
const TRIALS = process.env.CAMPAIGN_TRIALS
/** `CAMPAIGN_REPLAY=seed/path`, as a failure names them, plays one run again. */
const [seed, path] = (process.env.CAMPAIGN_REPLAY ?? "").split("/")
const REPLAY = path === undefined ? {} : { seed: Number(seed), path }
const RUNS = {
  numRuns: Number(TRIALS ?? 20),
  endOnFailure: true,
  ...REPLAY,
}
const TIME = TRIALS === undefined ? 30_000 : 3_600_000

let sandbox: Sandbox
let closedUrl: string
/** A sample takes as many runs as a few seconds hold. */
let isTimeUp: () => boolean
const middlemen: Array<Middleman> = []
const { connect, closeAll } = connections(() => sandbox)

beforeAll(async () => {
  sandbox = await startSandbox({ seed: 17, transfers: 20 })
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const address = server.address()
  if (typeof address !== "object" || address === null) throw new Error("not listening")
  closedUrl = `http://127.0.0.1:${address.port}/`
  await new Promise((resolve) => server.close(resolve))
})

beforeEach(() => {
  const end = TRIALS === undefined ? performance.now() + 3_000 : Number.POSITIVE_INFINITY
  isTimeUp = () => performance.now() > end
})

const closeMiddlemen = () => Promise.all(middlemen.splice(0).map((middleman) => middleman.close()))

afterEach(async () => {
  await closeAll()
  await closeMiddlemen()
})

afterAll(() => sandbox.close())

const before = async (script: Script): Promise<string> => {
  const middleman = await startMiddleman(sandbox.url, {
    onConnection: () => script.early(),
    onRequest: (body) => (body.includes("CreatePayment") ? script.late() : undefined),
  })
  middlemen.push(middleman)
  return `${middleman.url}/api/graphql`
}

const four = <A>(one: fc.Arbitrary<A>) => fc.array(one, { minLength: 4, maxLength: 4 })

const outcomeOf = async (run: Promise<unknown>): Promise<string> => {
  const thrown = await run.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (thrown === undefined) return "paid"
  if (!isSequenceError(thrown)) throw thrown
  return thrown._tag
}

/** Fails if the ledger contradicts what the caller was told. */
const check = (told: string, paid: number, script: Script) => {
  const context = `told ${told}, ${paid} in the ledger, after ${JSON.stringify(script.played)}`
  expect(paid, context).toBeLessThanOrEqual(1)
  if (!script.isTrue || told === "TransferOutcomeUnknownError") return
  expect(paid, context).toBe(told === "paid" ? 1 : 0)
}

const renewing = () => ({
  accessToken: undefined,
  tokenProvider: () => sandbox.issueTokens().accessToken,
})

const PAID = /^accepted$/
/** Nothing is on record if not even what comes before a transfer could be read. */
const UNPAID = /^(not_sent|refused|not_found)?$/

const CLIENT = { retry: { times: 2, baseDelay: 1 }, attemptTimeout: 250, timeout: 2_000 } as const

describe("a man in the middle", () => {
  it(
    "never makes a transfer pay twice, and never makes it say that nothing was sent if it was",
    () =>
      fc.assert(
        fc
          .asyncProperty(
            four(fc.record({ script: tricks, isRefusedFirst: fc.boolean() })),
            async (orders) => {
              if (isTimeUp()) return
              await Promise.all(
                orders.map(async ({ script: given, isRefusedFirst }) => {
                  const script = new Script(given)
                  const { source, destination } = ends(sandbox)
                  let isRefused = isRefusedFirst
                  const sequence = connect({
                    ...renewing(),
                    ...CLIENT,
                    apiUrl: await before(script),
                    // A first try that meets a closed port shows that what follows is still told apart.
                    ...(isRefusedFirst && {
                      fetch: (input, init) => {
                        const isPayment = String(init?.body).includes("CreatePayment")
                        const address = isPayment && isRefused ? closedUrl : input
                        if (isPayment) isRefused = false
                        return fetch(address, init)
                      },
                    }),
                  })
                  const order = { source, destination, amountCents: 100 }
                  const told = await outcomeOf(sequence.transfer(order))
                  check(told, booked(sandbox, source.id).length, script)
                }),
              )
            },
          )
          .afterEach(async () => {
            await closeAll()
            await closeMiddlemen()
          }),
        RUNS,
      ),
    TIME,
  )

  it(
    "never makes a guarded transfer pay twice, and the trail agrees with the ledger",
    () =>
      fc.assert(
        fc
          .asyncProperty(four(tricks), async (orders) => {
            if (isTimeUp()) return
            await Promise.all(
              orders.map(async (given) => {
                const script = new Script(given)
                const pods = ends(sandbox)
                const apiUrl = await before(script)
                const { accessToken: _, ...options } = { ...CLIENT, ...renewing(), apiUrl }
                const runtime = ManagedRuntime.make(
                  Safeguards.layer({ dataDir: false, ...FAST, service: "sandbox" }).pipe(
                    Layer.provideMerge(Layer.orDie(client(sandbox, options))),
                    Layer.orDie,
                    Layer.provide(Logger.remove(Logger.defaultLogger)),
                  ),
                )
                const paid = () => booked(sandbox, pods.source.id).length
                const ended = await runtime.runPromise(
                  Effect.flatMap(GuardedTransfers.GuardedTransfers, (guarded) =>
                    Effect.either(guarded.transfer({ ...pods, amountCents: 100 }, { timeout: 2_000 })),
                  ),
                )
                check(Either.isRight(ended) ? "paid" : ended.left._tag, paid(), script)
                const trail = () =>
                  runtime.runPromise(
                    Effect.flatMap(AuditStorage.AuditStorage, (storage) =>
                      Effect.map(storage.read, ({ ledger }) =>
                        [...ledger.records()].map(({ status }) => status).join(),
                      ),
                    ),
                  )
                // What was delivered may be booked after the call has ended, so both are read each time.
                const agreement = async () => {
                  const status = await trail()
                  const payments = paid()
                  const agrees = (payments === 1 ? PAID : UNPAID).test(status)
                  return agrees ? "agrees" : `${status} on record, ${payments} in the ledger`
                }
                if (script.isTrue) await expect.poll(agreement, { interval: 20 }).toBe("agrees")
                expect(paid()).toBeLessThanOrEqual(1)
                await runtime.dispose()
              }),
            )
          })
          .afterEach(async () => void (await closeMiddlemen())),
        RUNS,
      ),
    TIME,
  )
})
