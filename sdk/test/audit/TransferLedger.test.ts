import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  type AuditEntry,
  type AuditEntryDraft,
  encodeLine,
  type Intent,
  intentDraft,
  parseLine,
} from "../../src/audit/AuditEntry.js"
import { toTimestamp } from "../../src/audit/Days.js"
import { TransferLedger } from "../../src/audit/TransferLedger.js"
import type { TransferRecordStatus } from "../../src/audit/TransferRecord.js"
import { intent, outcome } from "../safeguards/fixtures.js"

const ZONE = "America/New_York"

const entryOf = (draft: AuditEntryDraft, at = Date.parse("2026-07-01T16:00:00Z")): AuditEntry => {
  const entry = parseLine(encodeLine(draft, at, { seq: 1, prev: "", covers: undefined }))
  if (entry === undefined) throw new Error("no entry")
  return entry
}

const ledgerOf = (drafts: ReadonlyArray<AuditEntryDraft>) => {
  const ledger = new TransferLedger(ZONE)
  for (const draft of drafts) ledger.add(entryOf(draft))
  return ledger
}

/** A line, in short: an intent, or an outcome of one of the intents before it. */
type Step =
  | {
      readonly kind: "intent"
      readonly amountCents: number
      readonly key: string
      readonly day: string
      readonly pair: number
      readonly limit: number
      readonly other: number
    }
  | { readonly kind: "outcome"; readonly of: number; readonly what: number }

const OUTCOMES: ReadonlyArray<readonly [AuditEntryDraft["event_type"], object]> = [
  ["transfer_completed", { transfer_id: "t" }],
  ["transfer_failed", { sent: true, error: "no" }],
  ["transfer_failed", { sent: false, error: "no" }],
  ["transfer_unknown", {}],
  ["transfer_reconciled", { outcome: "accepted", transfer_id: "u" }],
  ["transfer_reconciled", { outcome: "not_found" }],
  ["transfer_reconciled", { outcome: "ambiguous" }],
  ["transfer_reconciled", { outcome: "by_hand", status: "not_sent" }],
  ["transfer_rejected", { error: "no" }],
]

const steps = fc.array(
  fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant("intent" as const),
        amountCents: fc.constantFrom(1, 10, 20, 45),
        key: fc.constantFrom("__global__", "7"),
        day: fc.constantFrom("2026-07-01", "2026-07-02"),
        pair: fc.integer({ min: 0, max: 2 }),
        limit: fc.constantFrom(50, 100),
        other: fc.constantFrom(0, 0, 0, 10, 30),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant("outcome" as const),
        of: fc.nat(20),
        what: fc.nat(OUTCOMES.length - 1),
      }),
    },
  ),
  { maxLength: 40 },
)

const build = (plan: ReadonlyArray<Step>) => {
  const intents: Array<Intent> = []
  const drafts: Array<AuditEntryDraft> = []
  for (const step of plan) {
    if (step.kind === "intent") {
      const base = intent({
        amountCents: step.amountCents,
        limitKey: step.key,
        day: step.day,
        dailyLimitCents: step.limit,
        otherCents: step.other,
      })
      const one = {
        ...base,
        transfer: {
          ...base.transfer,
          destination: { id: `pod-${step.pair}`, type: "POD" as const, name: null },
        },
      }
      intents.push(one)
      drafts.push(intentDraft(one, "ids"))
    } else {
      const target = intents[step.of % Math.max(1, intents.length)]
      const [event, keys] = OUTCOMES[step.what] ?? ["transfer_unknown", {}]
      if (target !== undefined) drafts.push(outcome(target.requestId, event, keys))
    }
  }
  return { intents, drafts }
}

/** The rule once more, without sums kept along the way: every line is looked at again for every intent. */
const statusBefore = (
  drafts: ReadonlyArray<AuditEntryDraft>,
  requestId: string,
): TransferRecordStatus | undefined => {
  const at = drafts.findIndex(
    (draft) => draft.event_type === "transfer_requested" && draft.request_id === requestId,
  )
  if (at < 0) return undefined
  const isUnfit = !fitsNaively(drafts.slice(0, at), drafts[at])
  let status: TransferRecordStatus = isUnfit ? "unfit" : "open"
  for (const draft of drafts.slice(at + 1)) {
    if (draft.request_id !== requestId) continue
    const what = draft.outcome === "by_hand" ? draft.status : draft.outcome
    // Only what shows that it was sent all the same takes an unfit one further.
    const wasSent =
      draft.event_type === "transfer_completed" ||
      draft.event_type === "transfer_unknown" ||
      what === "accepted" ||
      what === "not_found" ||
      what === "ambiguous"
    if (status === "unfit" && !wasSent) continue
    if (status === "unfit") status = "open"
    const isDecided = status === "accepted" || status === "refused" || status === "not_sent"
    if (draft.event_type === "transfer_completed" || what === "accepted") status = "accepted"
    else if (isDecided) continue
    else if (draft.event_type === "transfer_failed") status = draft.sent === true ? "refused" : "not_sent"
    else if (what === "not_sent") status = "not_sent"
    else if (draft.event_type === "transfer_unknown" && status === "open") status = "unknown"
    else if (what === "not_found") status = "not_found"
    else if (what === "ambiguous" && status !== "not_found") status = "ambiguous"
  }
  return status
}

const fitsNaively = (
  before: ReadonlyArray<AuditEntryDraft>,
  candidate: AuditEntryDraft | undefined,
): boolean => {
  if (candidate === undefined) return false
  let sum = 0
  let other = Number(candidate.other_cents)
  for (const draft of before) {
    if (draft.event_type !== "transfer_requested") continue
    const status = statusBefore(before, String(draft.request_id))
    const isTwin =
      draft.destination_id === candidate.destination_id && draft.amount_cents === candidate.amount_cents
    if (isTwin && (status === "unknown" || status === "ambiguous")) return false
    if (draft.limit_key !== candidate.limit_key || draft.day !== candidate.day) continue
    other = Math.max(other, Number(draft.other_cents))
    if (status !== "unfit" && status !== "refused" && status !== "not_sent") sum += Number(draft.amount_cents)
  }
  return sum + other + Number(candidate.amount_cents) <= Number(candidate.daily_limit_cents)
}

describe("Ledger", () => {
  it("decides each intent by the lines before it alone, as a look at every one of them would", () => {
    fc.assert(
      fc.property(steps, (plan) => {
        const { intents, drafts } = build(plan)
        const ledger = ledgerOf(drafts)
        for (const { requestId } of intents) {
          expect(ledger.record(requestId)?.status).toBe(statusBefore(drafts, requestId))
        }
      }),
      { numRuns: 300 },
    )
  })

  it("keeps sums that are those of all transfers together", () => {
    fc.assert(
      fc.property(steps, (plan) => {
        const { drafts } = build(plan)
        const ledger = ledgerOf(drafts)
        for (const key of ["__global__", "7"]) {
          for (const day of ["2026-07-01", "2026-07-02"]) {
            const sum = (statuses: ReadonlyArray<TransferRecordStatus>) =>
              [...ledger.records()]
                .filter(
                  ({ intent: one, status }) =>
                    one.limitKey === key && one.day === day && statuses.includes(status),
                )
                .reduce((total, { intent: one }) => total + one.transfer.amountCents, 0)
            expect(ledger.totals(key, day)).toMatchObject({
              spentCents: sum(["accepted"]),
              reservedCents: sum(["open", "unknown", "ambiguous", "not_found"]),
            })
          }
        }
      }),
      { numRuns: 300 },
    )
  })

  it("decides alike whatever is added later", () => {
    fc.assert(
      fc.property(steps, fc.nat(40), (plan, cut) => {
        const { intents, drafts } = build(plan)
        const all = ledgerOf(drafts)
        const some = ledgerOf(drafts.slice(0, cut))
        for (const { requestId } of intents) {
          const early = some.record(requestId)
          if (early !== undefined) expect(all.record(requestId)?.admission).toEqual(early.admission)
        }
      }),
    )
  })

  it("takes a copied intent for what it is", () => {
    const one = intent()
    const ledger = ledgerOf([
      intentDraft(one, "ids"),
      outcome(one.requestId, "transfer_failed"),
      intentDraft(one, "ids"),
    ])
    expect(ledger.totals("__global__", one.day)).toMatchObject({ spentCents: 0, reservedCents: 0 })
  })

  it("keeps an idempotency key taken for a day after its outcome, and without end before it", () => {
    const idempotency = { key: "k", body: "b" }
    const at = Date.parse("2026-07-01T16:00:00Z")
    const first = intent({ idempotency, at })
    const later = (hours: number) => intent({ idempotency, at: at + hours * 3_600_000 })
    const asks = [1, 30].map((hours) => later(hours))
    const ledgerAfter = (event?: AuditEntryDraft) =>
      ledgerOf([intentDraft(first, "ids"), ...(event === undefined ? [] : [event])])
    const verdicts = (event_type?: AuditEntryDraft["event_type"], keys = {}) => {
      const service_time = toTimestamp(at)
      const ledger = ledgerAfter(
        event_type && outcome(first.requestId, event_type, { service_time, ...keys }),
      )
      return asks.map((one) => ledger.decide(one)._tag)
    }
    expect(verdicts()).toEqual(["KeyTaken", "KeyTaken"])
    expect(verdicts("transfer_unknown")).toEqual(["KeyTaken", "KeyTaken"])
    expect(verdicts("transfer_completed")).toEqual(["KeyTaken", "Fits"])
    expect(verdicts("transfer_failed", { sent: true })).toEqual(["KeyTaken", "Fits"])
    expect(verdicts("transfer_failed", { sent: false })).toEqual(["Fits", "Fits"])
    // Only the service's time tells that a day is over, for the outcome and for who asks.
    const completed = ledgerAfter(
      outcome(first.requestId, "transfer_completed", { service_time: toTimestamp(at) }),
    )
    const ask = (changes: Partial<Intent>) => completed.decide({ ...later(30), ...changes })._tag
    expect(ask({ at })).toBe("Fits")
    expect(ask({ serviceTime: at + 23 * 3_600_000 })).toBe("KeyTaken")
    expect(ask({ isTimeCertain: false })).toBe("KeyTaken")
  })

  it("counts the life of a key from the next new day if nobody knew the service's time at its outcome", () => {
    const at = Date.parse("2026-07-01T16:00:00Z")
    const later = (day: string, hours: number, key = "k") =>
      intent({ idempotency: { key, body: "b" }, day, at: at + hours * 3_600_000 })
    const first = later("2026-07-01", 0)
    const ledger = ledgerOf([
      intentDraft(first, "ids"),
      outcome(first.requestId, "transfer_completed", { transfer_id: "t" }),
      intentDraft(later("2026-07-05", 96, "other"), "ids"),
    ])
    expect(ledger.decide(later("2026-07-05", 119))._tag).toBe("KeyTaken")
    expect(ledger.decide(later("2026-07-06", 120))._tag).toBe("Fits")
  })
})
