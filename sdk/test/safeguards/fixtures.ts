/** Intents, outcomes and trails for tests. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { type AuditEntryDraft, type Intent, intentDraft } from "../../src/audit/AuditEntry.js"
import type { Service, Snapshot } from "../../src/audit/AuditStorage.js"

let made = 0

/** An intent, by default of 100 dollars from one pod to another on 1 July 2026 in New York. */
export const intent = (changes: Partial<Intent> & { readonly amountCents?: number } = {}): Intent => {
  made += 1
  const { amountCents = 10_000, ...rest } = changes
  const at = rest.at ?? Date.parse("2026-07-01T16:00:00Z")
  return {
    requestId: `request-${made}`,
    limitKey: "__global__",
    day: "2026-07-01",
    transfer: {
      source: { id: "pod-a", type: "POD", name: "A" },
      destination: { id: "pod-b", type: "POD", name: "B" },
      amountCents,
      description: "",
      instant: false,
      kycId: "kyc-1",
      organizationId: "org-1",
    },
    organizationIds: ["org-1"],
    dailyLimitCents: 100_000,
    otherCents: 0,
    sendBefore: at + 120_000,
    serviceTime: at,
    isTimeCertain: true,
    owner: "owner-1",
    service: "sandbox",
    idempotency: undefined,
    actor: {},
    at,
    ...rest,
  }
}

/** A line about a request. */
export const outcome = (
  requestId: string,
  event_type: AuditEntryDraft["event_type"],
  keys: object = {},
): AuditEntryDraft => ({
  ...keys,
  event_type,
  request_id: requestId,
})

/** Appends an intent as guarded transfers do. */
export const reserve = (storage: Service, one: Intent) =>
  Effect.flatMap(Clock.currentTimeMillis, () =>
    storage.append(
      (snapshot) => [intentDraft({ ...one, otherCents: snapshot.otherCents(one.limitKey, one.day) }, "ids")],
      { durable: true, guarded: true },
    ),
  )

/** Gives the verdict on an intent when it was recorded. */
export const verdictOf = ({ ledger }: Snapshot, { requestId }: Intent) => ledger.record(requestId)?.admission
