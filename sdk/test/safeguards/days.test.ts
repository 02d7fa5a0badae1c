import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import { startSandbox } from "tsequence-sandbox"
import { describe, expect, it } from "vitest"
import { addDays, dayOf, isDay, isTimeZone, parseTimestamp, toTimestamp } from "../../src/audit/Days.js"
import { TransferLedger } from "../../src/audit/TransferLedger.js"
import { dayFor } from "../../src/safeguards/Preflight.js"
import { DailyLimits, GuardedTransfers } from "../../src/safeguards.js"
import { ends, start } from "./world.js"

const ZONE = "America/New_York"

const ledgerAt = (latestDay: string | undefined) => {
  const ledger = new TransferLedger(ZONE)
  ledger.latestDay = latestDay
  return ledger
}

describe("a day", () => {
  it("is the calendar's in the zone, through both changes of the clocks", () => {
    const days = [
      ["2026-03-08T04:59:59Z", "2026-03-07"],
      ["2026-03-08T05:00:00Z", "2026-03-08"],
      ["2026-03-09T03:59:59Z", "2026-03-08"],
      ["2026-03-09T04:00:00Z", "2026-03-09"],
      ["2026-11-01T03:59:59Z", "2026-10-31"],
      ["2026-11-02T04:59:59Z", "2026-11-01"],
      ["2026-11-02T05:00:00Z", "2026-11-02"],
    ] as const
    for (const [moment, day] of days) expect(dayOf(Date.parse(moment), ZONE)).toBe(day)
    expect(addDays("2026-03-01", -1)).toBe("2026-02-28")
    expect([isDay("2026-02-28"), isDay("2026-13-01"), isDay("x")]).toEqual([true, false, false])
    expect([isTimeZone(ZONE), isTimeZone("Mars/Olympus")]).toEqual([true, false])
  })

  it("keeps a moment through its timestamp, and takes one without a zone for UTC", () => {
    expect(parseTimestamp(toTimestamp(1_234))).toBe(1_234)
    expect(parseTimestamp("2026-01-31T15:00:00.123456")).toBe(Date.parse("2026-01-31T15:00:00.123Z"))
    expect(parseTimestamp("yesterday")).toBeUndefined()
  })

  it("never goes back, and a new one begins only when the service says so", () => {
    const moments = fc.integer({
      min: Date.parse("2026-03-01T00:00:00Z"),
      max: Date.parse("2026-03-20T00:00:00Z"),
    })
    fc.assert(
      fc.property(
        fc.array(fc.record({ serviceTime: moments, isTimeCertain: fc.boolean() }), { minLength: 1 }),
        (times) => {
          let latest: string | undefined
          for (const { serviceTime, isTimeCertain } of times) {
            const day = dayFor({ organizationIds: [], serviceTime, isTimeCertain }, ledgerAt(latest), ZONE)
            if (latest !== undefined) {
              expect(day >= latest).toBe(true)
              if (day > latest) expect(isTimeCertain && dayOf(serviceTime, ZONE) === day).toBe(true)
            }
            latest = day
          }
        },
      ),
    )
  })

  it("is the service's where this machine's clock is wrong, and a reset goes back", async () => {
    // The service lives in the future.
    const sandbox = await startSandbox({ now: () => Date.now() + 40 * 86_400_000 })
    const process = start(sandbox, false)
    const today = Effect.flatMap(DailyLimits.DailyLimits, (limits) => limits.today())
    await process.runPromise(
      Effect.flatMap(GuardedTransfers.GuardedTransfers, (guarded) =>
        guarded.transfer({ ...ends(sandbox), amountCents: 5_000 }),
      ),
    )
    const day = dayOf(sandbox.now(), ZONE)
    expect(await process.runPromise(today)).toMatchObject({ day, spentCents: 5_000 })
    const reset = Effect.flatMap(DailyLimits.DailyLimits, (limits) =>
      limits.resetDay("2026-01-31", "clock was wrong"),
    )
    await process.runPromise(reset)
    // Only back: a day that has not come would have all of its room.
    for (const other of ["2026-01-31", "2026-02-01", "2999-01-01", "31.1.2026"]) {
      const limits = Effect.flatMap(DailyLimits.DailyLimits, (one) => one.resetDay(other, "more room"))
      expect(await process.runPromise(Effect.flip(limits))).toMatchObject({ _tag: "ConfigError" })
    }
    await process.dispose()
    await sandbox.close()
  })
})
