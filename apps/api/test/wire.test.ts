/**
 * Men in the middle on both sides of the server: one delivers payments to the service or not and answers anything; one
 * loses what goes between client and server, so that the client asks again under its key. The ledger is the truth.
 */
import { rm } from "node:fs/promises"
import { Effect } from "effect"
import * as fc from "fast-check"
import { SequenceRest } from "tsequence/rest"
import { type Sandbox, startSandbox } from "tsequence-sandbox"
import { afterAll, beforeAll, expect, it } from "vitest"
import { mishaps, Script, tricks } from "../../../sdk/test/support/lies.js"
import { type Middleman, startMiddleman } from "../../../sdk/test/support/middleman.js"
import { Config, type RunningServer, startServer } from "../src/index.js"
import { environmentFor, KEY, newFolder, twoPods } from "./support.js"

const TRIALS = process.env.CAMPAIGN_TRIALS
/** `CAMPAIGN_REPLAY=seed/path`, as a failure names them, plays one run again. */
const [seed, path] = (process.env.CAMPAIGN_REPLAY ?? "").split("/")
const RUNS = {
  numRuns: Number(TRIALS ?? 10),
  endOnFailure: true,
  ...(path !== undefined && { seed: Number(seed), path }),
}

const IMPATIENT = {
  attemptTimeout: 300,
  reconcileSchedule: [0, 30, 60],
  notFoundAfter: 300,
  minReadInterval: 30,
  recoveryInterval: 30,
}

let sandbox: Sandbox
let folder: string
let upstream: Middleman
let server: RunningServer
/** The scripts for the payments out of each pod. */
const scripts = new Map<string, Script>()

beforeAll(async () => {
  sandbox = await startSandbox({ transfers: 20 })
  folder = await newFolder()
  upstream = await startMiddleman(sandbox.url, {
    onRequest: (body) =>
      body.includes("CreatePayment")
        ? [...scripts].find(([pod]) => body.includes(pod))?.[1].late()
        : undefined,
  })
  const configuration = await Effect.runPromise(
    Config.read({
      ...environmentFor(sandbox, folder),
      SEQUENCE_API_URL: `${upstream.url}/api/graphql`,
      SEQUENCE_TIMEOUT_SECONDS: "1",
      SEQUENCE_MAX_DAILY_TRANSFER_CENTS: "1000000000",
    }),
  )
  server = await startServer({
    ...configuration,
    safeguards: { ...configuration.safeguards, ...IMPATIENT },
  })
})

afterAll(async () => {
  await server.stop()
  await upstream.close()
  await sandbox.close()
  await rm(folder, { recursive: true })
})

const tagOf = (error: unknown): string =>
  error instanceof Error && "_tag" in error && typeof error._tag === "string" ? error._tag : String(error)

/** Asks under one key until the answer is certain, four times at most, and gives what was told each time. */
const ask = async (client: SequenceRest, source: string, destination: string) => {
  const told: Array<string> = []
  const request = {
    source: { id: source, kind: "POD" },
    destination: { id: destination, kind: "POD" },
    amountCents: 100,
  } as const
  while (told.length < 4 && told.at(-1) !== "paid" && told.at(-1) !== "TransferRejectedError") {
    const one = await client.transfer(request, { idempotencyKey: `key-${source}` }).then(() => "paid", tagOf)
    told.push(one)
  }
  return told
}

it(
  "An order under one idempotency key is paid at most once, whatever is lost or forged on the way",
  () => {
    // A sample takes as many runs as a few seconds hold.
    const end = TRIALS === undefined ? performance.now() + 2_000 : Number.POSITIVE_INFINITY
    return fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ service: tricks, client: mishaps }), { minLength: 4, maxLength: 4 }),
        async (orders) => {
          if (performance.now() > end) return
          await Promise.all(
            orders.map(async (order) => {
              const [source, destination] = await twoPods(sandbox)
              const [toService, toServer] = [new Script(order.service), new Script(order.client)]
              scripts.set(source, toService)
              const front = await startMiddleman(`http://127.0.0.1:${server.port}`, {
                onConnection: () => toServer.early(),
                onRequest: () => toServer.late(),
              })
              const retry = { times: 1, baseDelay: 1 }
              const client = new SequenceRest({ baseUrl: front.url, apiKey: KEY, retry, timeout: 1_500 })
              const told = await ask(client, source, destination)
              await front.close()
              const paid = sandbox.ledger().payments.filter((payment) => payment.source.id === source).length
              const context = `told ${told}, ${paid} in the ledger, after ${JSON.stringify([toService.played, toServer.played])}`
              expect(paid, context).toBeLessThanOrEqual(1)
              if (!toService.isTrue) return
              // Another failure may be about the last request alone.
              if (told.at(-1) === "paid") expect(paid, context).toBe(1)
              if (told.at(-1) === "TransferRejectedError") expect(paid, context).toBe(0)
            }),
          )
        },
      ),
      RUNS,
    )
  },
  TRIALS === undefined ? 30_000 : 3_600_000,
)
