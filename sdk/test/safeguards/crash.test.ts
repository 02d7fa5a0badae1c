import { rm } from "node:fs/promises"
import * as Effect from "effect/Effect"
import { type Sandbox, startSandbox } from "tsequence-sandbox"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { AuditLog, AuditStorage, DailyLimits, GuardedTransfers, Unresolved } from "../../src/safeguards.js"
import { buildProgram, orders, run } from "./processes.js"
import { booked, ends, inFolder, start, TIMING } from "./world.js"

const TRIALS = Number(process.env.CAMPAIGN_TRIALS ?? 12)
const AT_ONCE = 4

const QUICK = {
  ...TIMING,
  timeout: 2_000,
  attemptTimeout: 400,
  reconcileSchedule: [0, 20, 50, 100],
  notFoundAfter: 200,
  minReadInterval: 20,
  recoveryInterval: 20,
}

/** Other things that go wrong at the same time. */
const MISHAPS = [
  undefined,
  { operation: "CreatePayment", cut: "after" },
  { operation: "CreatePayment", cut: "before" },
  { operation: "CreatePayment", delay: 100, act: true },
  { operation: "CreatePayment", refuse: "Insufficient funds" },
] as const

let program = ""
let steps = 0
beforeAll(async () => {
  program = await buildProgram()
  const sandbox = await startSandbox()
  await inFolder(async (folder) => {
    // All steps, however slow this machine is.
    const options = { ...QUICK, timeout: 20_000, attemptTimeout: 10_000 }
    const report = await run(program, orders(sandbox, folder, ends(sandbox), { options }))
    steps = report?.steps ?? 0
  })
  await sandbox.close()
}, 90_000)
afterAll(() => rm(program, { force: true }))

/** Reads a folder with a fresh process, once it knows all that can be known. */
const recover = async (sandbox: Sandbox, folder: string) => {
  const process = start(sandbox, folder, QUICK)
  const read = Effect.gen(function* () {
    const { ledger } = yield* Effect.flatMap(AuditStorage.AuditStorage, (storage) => storage.read)
    return {
      attempts: [...ledger.records()],
      today: yield* Effect.flatMap(DailyLimits.DailyLimits, (limits) => limits.today()),
      verification: yield* Effect.flatMap(AuditLog.AuditLog, (audit) => audit.verify),
      entries: yield* Effect.flatMap(AuditLog.AuditLog, (audit) => audit.entries()),
    }
  })
  const list = Effect.flatMap(Unresolved.Unresolved, (unresolved) => unresolved.list)
  const isSettled = async () => (await process.runPromise(list)).every(({ status }) => status === "not_found")
  await expect.poll(isSettled, { timeout: 20_000, interval: 20 }).toBe(true)
  const result = await process.runPromise(read)
  await process.dispose()
  return result
}

const FINAL: ReadonlySet<unknown> = new Set(["transfer_completed", "transfer_failed", "transfer_rejected"])

const trial = (sandbox: Sandbox, number: number) =>
  inFolder(async (folder) => {
    const pods = ends(sandbox)
    const mishap = MISHAPS[Math.floor(number / steps) % MISHAPS.length]
    const dieAt = 1 + (number % steps)
    if (mishap !== undefined) sandbox.faults(mishap)
    const report = await run(program, orders(sandbox, folder, pods, { options: QUICK, dieAt }))
    sandbox.clearFaults()
    const { attempts, today, verification, entries } = await recover(sandbox, folder)
    const payments = booked(sandbox, pods.source.id)
    const about = `step ${dieAt} of ${steps}, ${JSON.stringify(mishap)}, ${JSON.stringify(report)}`
    // At most one payment, and none that the trail does not have as accepted, under its own id.
    expect(payments.length, about).toBeLessThanOrEqual(1)
    expect(attempts.length, about).toBeLessThanOrEqual(1)
    const [record] = attempts
    expect(record?.status === "accepted", about).toBe(payments.length === 1)
    expect(record?.transferId, about).toBe(payments[0]?.id)
    // One final outcome, and it counts where money moved or may have.
    const finals = entries.filter(
      ({ event_type, outcome }) =>
        FINAL.has(event_type) || (event_type === "transfer_reconciled" && outcome !== undefined),
    )
    expect(finals.length, about).toBe(attempts.length)
    const isCounted = record?.status === "accepted" || record?.status === "not_found"
    expect(today.limitCents - today.remainingCents, about).toBe(isCounted ? 5_000 : 0)
    expect(
      verification.problems.filter(({ kind }) => kind !== "torn"),
      about,
    ).toEqual([])
    return report === undefined
  })

describe("a process that is killed", () => {
  it(
    "at any step of a guarded transfer makes at most one payment, and a fresh process finds it",
    async () => {
      // One sandbox for each that runs at the same time, so that faults hit the right one.
      const workers = Array.from({ length: AT_ONCE }, async (_, worker) => {
        const sandbox = await startSandbox()
        let kills = 0
        try {
          for (let number = worker; number < TRIALS; number += AT_ONCE) {
            // Those of the ordinary run are spread over all steps.
            const spread = TRIALS < steps ? Math.floor((number * steps) / TRIALS) : number
            if (await trial(sandbox, spread)) kills += 1
          }
        } finally {
          await sandbox.close()
        }
        return kills
      })
      const kills = (await Promise.all(workers)).reduce((sum, count) => sum + count, 0)
      expect(steps).toBeGreaterThan(20)
      expect(kills).toBeGreaterThan(TRIALS * 0.6)
      if (TRIALS > 100) {
        console.log(
          `${TRIALS} trials, ${kills} of them killed, at ${steps} steps with ${MISHAPS.length} mishaps:`,
        )
        console.log(
          "at most one payment each, every payment in the trail under its id, one outcome a request",
        )
      }
    },
    60_000 + TRIALS * 3_000,
  )
})
void GuardedTransfers
