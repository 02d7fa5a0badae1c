/** Processes that are killed at any step of a guarded transfer over a database, as over files. */
import { rm } from "node:fs/promises"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { startSandbox } from "tsequence-sandbox"
import { afterAll, beforeAll, expect, it } from "vitest"
import * as Database from "../../src/postgres/Database.js"
import * as PostgresAuditStorage from "../../src/postgres/PostgresAuditStorage.js"
import { AuditLog, AuditStorage, DailyLimits, Unresolved } from "../../src/safeguards.js"
import { buildProgram, orders, run } from "../safeguards/processes.js"
import { booked, ends, startOver, TIMING } from "../safeguards/world.js"
import { describeWithPostgres, type Postgres, startPostgres } from "../support/postgres.js"

const TRIALS = Number(process.env.CAMPAIGN_TRIALS ?? 4)

const QUICK = {
  ...TIMING,
  timeout: 2_000,
  attemptTimeout: 300,
  reconcileSchedule: [0, 20, 50, 100],
  notFoundAfter: 200,
  minReadInterval: 20,
  recoveryInterval: 20,
}

/** Reads a database with a fresh process, once it knows all that can be known. */
const recover = async (sandbox: Parameters<typeof startOver>[0], url: string) => {
  const database = Database.layer({ url: Redacted.make(url) })
  const process = startOver(
    sandbox,
    Layer.orDie(Layer.provide(PostgresAuditStorage.layer(), database)),
    QUICK,
  )
  const list = Effect.flatMap(Unresolved.Unresolved, (unresolved) => unresolved.list)
  const isSettled = async () => (await process.runPromise(list)).every(({ status }) => status === "not_found")
  await expect.poll(isSettled, { timeout: 20_000, interval: 20 }).toBe(true)
  const result = await process.runPromise(
    Effect.gen(function* () {
      const { ledger } = yield* (yield* AuditStorage.AuditStorage).read
      return {
        attempts: [...ledger.records()],
        today: yield* (yield* DailyLimits.DailyLimits).today(),
        verification: yield* (yield* AuditLog.AuditLog).verify,
      }
    }),
  )
  await process.dispose()
  return result
}

describeWithPostgres("a process on a database that is killed", () => {
  let postgres: Postgres
  let program = ""
  beforeAll(async () => {
    postgres = await startPostgres()
    program = await buildProgram()
  }, 60_000)
  afterAll(async () => {
    await postgres.close()
    await rm(program, { force: true })
  })

  it(
    "at any step makes at most one payment, and a fresh process finds it",
    async () => {
      const sandbox = await startSandbox()
      const order = async (options: typeof QUICK, dieAt: number) => {
        const pods = ends(sandbox)
        const databaseUrl = (await postgres.newDatabase())()
        const report = await run(program, orders(sandbox, "", pods, { options, dieAt, databaseUrl }))
        return { pods, databaseUrl, report }
      }
      try {
        const whole = await order({ ...QUICK, timeout: 30_000, attemptTimeout: 10_000 }, 0)
        const steps = whole.report?.steps ?? 0
        expect(steps).toBeGreaterThan(9)
        let kills = 0
        for (let trial = 0; trial < TRIALS; trial++) {
          const dieAt = 1 + (TRIALS < steps ? Math.floor((trial * steps) / TRIALS) : trial % steps)
          const { pods, databaseUrl, report } = await order({ ...QUICK, timeout: 5_000 }, dieAt)
          if (report === undefined) kills += 1
          const { attempts, today, verification } = await recover(sandbox, databaseUrl)
          const payments = booked(sandbox, pods.source.id)
          const about = `step ${dieAt} of ${steps}, ${JSON.stringify(report)}`
          expect(payments.length, about).toBeLessThanOrEqual(1)
          expect(attempts.length, about).toBeLessThanOrEqual(1)
          const [record] = attempts
          expect(record?.status === "accepted", about).toBe(payments.length === 1)
          expect(record?.transferId, about).toBe(payments[0]?.id)
          const isCounted = record?.status === "accepted" || record?.status === "not_found"
          expect(today.limitCents - today.remainingCents, about).toBe(isCounted ? 5_000 : 0)
          expect(verification.problems, about).toEqual([])
        }
        expect(kills).toBeGreaterThan(TRIALS * 0.6)
        if (TRIALS > 100) console.log(`${TRIALS} trials, ${kills} of them killed, at ${steps} steps`)
      } finally {
        await sandbox.close()
      }
    },
    60_000 + TRIALS * 20_000,
  )
})
