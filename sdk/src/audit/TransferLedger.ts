/**
 * State of all transfers by the audit log: what counts for each day, what is not resolved, and whether an intent fits. That is decided by the order of the lines alone, so the process that sends and one that recovers
 * after it decide alike. Adding a line costs the same however many there are before it.
 */

import {
  type AuditEntry,
  COUNTED_EVENTS,
  endsSomething,
  type Intent,
  integerOf,
  intentOf,
  isAmount,
  notedOf,
  textOf,
} from "./AuditEntry.js"
import { addDays, dayOf, parseTimestamp } from "./Days.js"
import { isKeyFree } from "./IdempotencyKeys.js"
import {
  type Admission,
  apply,
  type BlockReason,
  countsTowardLimit,
  duplicateKeyOf,
  isUnresolved,
  needsReconciliation,
  needsRejection,
  newRecord,
  type TransferRecord,
} from "./TransferRecord.js"

/** The key of what is not counted by user. */
export const GLOBAL_KEY = "__global__"

/** Sums of one limit key on one day, in cents. */
export interface DayTotals {
  /** Accepted by the service. */
  readonly spentCents: number
  /** Under way, or not known to have failed. */
  readonly reservedCents: number
  /** Transfers of PySequence, by the audit log and the limits file. */
  readonly otherCents: number
}

interface Account {
  spent: number
  reserved: number
  /** As the largest that an intent noted. */
  noted: number
  /** By PySequence's own lines of the audit log. */
  foreign: number
}

/** The values of an intent that decide if it fits. */
export type CheckedIntent = Pick<
  Intent,
  | "transfer"
  | "limitKey"
  | "day"
  | "dailyLimitCents"
  | "otherCents"
  | "idempotency"
  | "serviceTime"
  | "isTimeCertain"
>

/** Can be asked about the audit log up to its last line. */
export interface TransferLedgerView {
  /** Finds a transfer by its `request_id`; `undefined` for one that is settled and older than three days. */
  readonly record: (requestId: string) => TransferRecord | undefined
  /** All transfers of the last days, and older ones that are not settled, in the order of their lines. */
  readonly records: () => Iterable<TransferRecord>
  /** The newest attempt under an idempotency key's hash. */
  readonly findByKey: (keyHash: string) => TransferRecord | undefined
  /** Adds up a key's day. */
  readonly totals: (limitKey: string, day: string) => DayTotals
  /** Adds up the entries of PySequence in the audit log alone, in cents. */
  readonly externalCents: (limitKey: string, day: string) => number
  /** True if the audit log holds what the limits file said, and can replace it. */
  readonly reachesBack: boolean
  /** The attempts with the same ends and amount that are still of interest, in the order of their lines. */
  readonly findIdentical: (identity: string) => ReadonlyArray<TransferRecord>
  /** Attempts that are open, unresolved, ruled out lately or without an id, in the order of their lines. */
  readonly unresolved: () => ReadonlyArray<TransferRecord>
  /** Tells if the audit log knows a transfer of this id; one that is claimed by `requestId` alone is free for it. */
  readonly isClaimed: (transferId: string, requestId?: string) => boolean
  /** Lists everything that blocks an intent, by the lines so far, in the order in which it is checked. */
  readonly blockReasons: (intent: CheckedIntent) => ReadonlyArray<BlockReason>
  /** Tells if the audit log has an entry about this request. */
  readonly hasSeen: (requestId: string) => boolean
  /** The newest day that transfers were counted for. */
  readonly latestDay: string | undefined
  /** The service that the transfers of this audit log went to, if one was noted. */
  readonly service: string | undefined
}

/** Content of a ledger, as JSON can hold it. */
export interface SavedTransferLedger {
  readonly latestDay: string | undefined
  readonly service: string | undefined
  readonly reachesBack: boolean
  readonly records: ReadonlyArray<TransferRecord>
  readonly unsettled: ReadonlyArray<string>
  readonly accounts: ReadonlyArray<readonly [string, Account]>
  readonly byKey: ReadonlyArray<readonly [string, string]>
  readonly claimed: ReadonlyArray<readonly [string, string]>
  readonly forgotten: ReadonlyArray<string>
}

const FITS: Admission = { _tag: "Fits" }

const isOpen = (record: TransferRecord) => record.status === "open"

const isUnsettled = (record: TransferRecord) =>
  isOpen(record) || isUnresolved(record) || needsReconciliation(record) || needsRejection(record)

const certainTimeOf = ({ isTimeCertain, serviceTime }: Pick<Intent, "isTimeCertain" | "serviceTime">) =>
  isTimeCertain ? serviceTime : undefined

/** Builds a {@link TransferLedgerView} line by line. */
export class TransferLedger implements TransferLedgerView {
  latestDay: string | undefined
  service: string | undefined
  reachesBack = false
  readonly #timeZone: string
  readonly #attempts = new Map<string, TransferRecord>()
  readonly #accounts = new Map<string, Account>()
  readonly #unsettled = new Set<string>()
  readonly #identical = new Map<string, Set<string>>()
  /** The key by which each unsettled transfer is identical to others. */
  readonly #identities = new Map<string, string>()
  readonly #byKey = new Map<string, string>()
  /** The request that claims each id; empty if several do, or an unknown one. */
  readonly #claimed = new Map<string, string>()
  /** Requests that are settled and old enough to be kept by id only. */
  readonly #forgotten = new Set<string>()

  constructor(timeZone: string) {
    this.#timeZone = timeZone
  }

  /** Saves the state so far. */
  save(): SavedTransferLedger {
    return {
      latestDay: this.latestDay,
      service: this.service,
      reachesBack: this.reachesBack,
      records: [...this.#attempts.values()],
      unsettled: [...this.#unsettled],
      accounts: [...this.#accounts],
      byKey: [...this.#byKey],
      claimed: [...this.#claimed],
      forgotten: [...this.#forgotten],
    }
  }

  /** Restores the state of another ledger, in place of reading the lines. */
  restore(saved: SavedTransferLedger): void {
    this.latestDay = saved.latestDay
    this.service = saved.service
    this.reachesBack = saved.reachesBack
    for (const record of saved.records) this.#attempts.set(record.intent.requestId, record)
    for (const [name, account] of saved.accounts) this.#accounts.set(name, account)
    for (const [key, id] of saved.byKey) this.#byKey.set(key, id)
    for (const [id, by] of saved.claimed) this.#claimed.set(id, by)
    for (const id of saved.forgotten) this.#forgotten.add(id)
    for (const record of this.#all(saved.unsettled)) this.#index(record)
  }

  record(requestId: string): TransferRecord | undefined {
    return this.#attempts.get(requestId)
  }

  records(): Iterable<TransferRecord> {
    return this.#attempts.values()
  }

  findByKey(keyHash: string): TransferRecord | undefined {
    const id = this.#byKey.get(keyHash)
    return id === undefined ? undefined : this.#attempts.get(id)
  }

  totals(limitKey: string, day: string): DayTotals {
    const { spent, reserved, noted, foreign } = this.#account(limitKey, day)
    return { spentCents: spent, reservedCents: reserved, otherCents: Math.max(noted, foreign) }
  }

  externalCents(limitKey: string, day: string): number {
    return this.#account(limitKey, day).foreign
  }

  findIdentical(identity: string): ReadonlyArray<TransferRecord> {
    return this.#all(this.#identical.get(identity) ?? [])
  }

  unresolved(): ReadonlyArray<TransferRecord> {
    return this.#all(this.#unsettled)
  }

  isClaimed(transferId: string, requestId?: string): boolean {
    const claimant = this.#claimed.get(transferId)
    return claimant !== undefined && (claimant === "" || claimant !== requestId)
  }

  hasSeen(requestId: string): boolean {
    return this.#attempts.has(requestId) || this.#forgotten.has(requestId)
  }

  /**
   * Takes in the next line.
   *
   * @param isLink - whether it follows the line before it. One that does not may be forged: it can only
   * reserve, and neither release nor settle anything.
   */
  add(entry: AuditEntry, isLink = true): void {
    this.#claim(entry)
    if (entry.seq === undefined) this.#addForeign(entry)
    else if (entry.event_type === "transfer_requested") this.#addIntent(entry)
    else if (entry.event_type === "limits_noted") this.#addNoted(entry)
    else if (isLink || !endsSomething(entry)) this.#addOther(entry)
  }

  #addOther(entry: AuditEntry): void {
    if (entry.event_type === "day_reset") this.latestDay = textOf(entry, "day") ?? this.latestDay
    else if (entry.event_type === "audit_accepted") this.reachesBack = true
    else this.#addOutcome(entry)
  }

  #addOutcome(entry: AuditEntry): void {
    const record = this.#attempts.get(textOf(entry, "request_id") ?? "")
    if (record !== undefined) this.#replace(record, apply(record, entry))
  }

  #addNoted(entry: AuditEntry): void {
    this.reachesBack = true
    for (const { limitKey, day, cents } of notedOf(entry)) {
      const account = this.#account(limitKey, day)
      account.noted = Math.max(account.noted, cents)
    }
  }

  #claim(entry: AuditEntry): void {
    const transferId = textOf(entry, "transfer_id")
    if (transferId === undefined || transferId === "" || transferId === "unknown") return
    const by = textOf(entry, "request_id") ?? ""
    const before = this.#claimed.get(transferId)
    this.#claimed.set(transferId, before === undefined || before === by ? by : "")
  }

  /** Decides whether an intent fits, by the lines so far. */
  decide(intent: CheckedIntent): Admission {
    return this.blockReasons(intent)[0] ?? FITS
  }

  blockReasons(intent: CheckedIntent): ReadonlyArray<BlockReason> {
    const { idempotency, transfer, limitKey, day, dailyLimitCents, otherCents } = intent
    const reasons: Array<BlockReason> = []
    const sameKey = idempotency === undefined ? undefined : this.findByKey(idempotency.key)
    if (sameKey !== undefined && !isKeyFree(sameKey, certainTimeOf(intent))) {
      reasons.push({ _tag: "KeyTaken", by: sameKey.intent.requestId })
    }
    // Most have no identical transfer, and to compute the key for the search is costly.
    const isAlone = this.#identical.size === 0
    const twin = isAlone ? undefined : this.findIdentical(duplicateKeyOf(transfer)).find(isUnresolved)
    if (twin !== undefined) reasons.push({ _tag: "Held", by: twin.intent.requestId })
    const sums = this.totals(limitKey, day)
    const remaining =
      dailyLimitCents - sums.spentCents - sums.reservedCents - Math.max(sums.otherCents, otherCents)
    if (transfer.amountCents > remaining) {
      reasons.push({ _tag: "DailyLimit", remainingCents: Math.max(0, remaining) })
    }
    return reasons
  }

  #all(ids: Iterable<string>): ReadonlyArray<TransferRecord> {
    return [...ids].flatMap((id) => this.#attempts.get(id) ?? [])
  }

  #account(limitKey: string, day: string): Account {
    const name = `${day} ${limitKey}`
    const known = this.#accounts.get(name)
    if (known !== undefined) return known
    const made: Account = { spent: 0, reserved: 0, noted: 0, foreign: 0 }
    this.#accounts.set(name, made)
    return made
  }

  #addForeign(entry: AuditEntry): void {
    this.reachesBack = true
    if (!COUNTED_EVENTS.has(entry.event_type)) return
    const amount = entry.amount_cents
    const at = parseTimestamp(entry.timestamp)
    if (!isAmount(amount) || at === undefined) return
    const user = integerOf(entry, "user_id")
    const account = this.#account(user === undefined ? GLOBAL_KEY : String(user), dayOf(at, this.#timeZone))
    account.foreign += amount
  }

  #addIntent(entry: AuditEntry): void {
    const intent = intentOf(entry)
    // A line that was copied changes nothing.
    if (intent === undefined || this.hasSeen(intent.requestId)) return
    this.reachesBack = true
    const admission = this.decide(intent)
    const account = this.#account(intent.limitKey, intent.day)
    account.noted = Math.max(account.noted, intent.otherCents)
    this.service ??= intent.service
    this.#openDay(intent.day, certainTimeOf(intent))
    const record = newRecord(intent, admission)
    this.#attempts.set(intent.requestId, record)
    if (admission._tag === "Fits" && intent.idempotency !== undefined) {
      this.#byKey.set(intent.idempotency.key, intent.requestId)
    }
    this.#count(record, 1)
    this.#index(record)
  }

  #replace(before: TransferRecord, after: TransferRecord): void {
    if (before === after) return
    this.#count(before, -1)
    this.#count(after, 1)
    this.#attempts.set(after.intent.requestId, after)
    this.#index(after)
  }

  #count(record: TransferRecord, sign: 1 | -1): void {
    if (!countsTowardLimit(record)) return
    const account = this.#account(record.intent.limitKey, record.intent.day)
    if (record.status === "accepted") account.spent += sign * record.intent.transfer.amountCents
    else account.reserved += sign * record.intent.transfer.amountCents
  }

  #index(record: TransferRecord): void {
    const { requestId, transfer } = record.intent
    const known = this.#identities.get(requestId)
    if (isUnsettled(record)) {
      if (known !== undefined) return
      const identity = duplicateKeyOf(transfer)
      this.#unsettled.add(requestId)
      this.#identities.set(requestId, identity)
      const twins = this.#identical.get(identity)
      if (twins === undefined) this.#identical.set(identity, new Set([requestId]))
      else twins.add(requestId)
      return
    }
    if (known === undefined) return
    this.#unsettled.delete(requestId)
    this.#identities.delete(requestId)
    const twins = this.#identical.get(known)
    twins?.delete(requestId)
    if (twins?.size === 0) this.#identical.delete(known)
  }

  /** A new day: what is settled and old is kept by its id only, so that memory does not grow with the years. */
  #openDay(day: string, now: number | undefined): void {
    if (this.latestDay !== undefined && day <= this.latestDay) return
    this.latestDay = day
    const oldest = addDays(day, -3)
    for (const [id, record] of this.#attempts) {
      // An outcome that came late: its key lives a day from then on.
      const holdsKey = record.intent.idempotency !== undefined && !isKeyFree(record, now)
      // Without the service's time in its outcome, from now on.
      if (holdsKey && record.settledAt !== undefined && record.settledServiceTime === undefined) {
        this.#attempts.set(id, { ...record, settledServiceTime: now })
      }
      if (holdsKey || isUnsettled(record) || record.intent.day >= oldest) continue
      this.#attempts.delete(id)
      this.#forgotten.add(id)
      const key = record.intent.idempotency?.key
      if (key !== undefined && this.#byKey.get(key) === id) this.#byKey.delete(key)
    }
  }
}

/**
 * Finds a transfer by its `request_id` among all entries of an audit log. Use it for a transfer that the ledger has
 * dropped because it was settled days ago; gives `undefined` if no entry is about it.
 */
export const findRecord = (
  entries: Iterable<AuditEntry>,
  requestId: string,
  timeZone: string,
): TransferRecord | undefined => {
  const ledger = new TransferLedger(timeZone)
  let found: TransferRecord | undefined
  for (const entry of entries) {
    ledger.add(entry)
    if (textOf(entry, "request_id") === requestId) found = ledger.record(requestId) ?? found
  }
  return found
}
