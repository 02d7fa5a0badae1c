/**
 * Entries of the audit log, in PySequence's format with keys of our own. A line that is ours carries its
 * number (`seq`) and the hash of the line before (`prev`); one without them was written by PySequence.
 */
import { hash } from "node:crypto"
import type { ResolvedEnd, ResolvedTransfer } from "../api/Transfers.js"
import { isDay, parseTimestamp, toTimestamp } from "./Days.js"

/** Kind of an entry. Audit logs of other programs may hold further kinds. */
export type EventType =
  | "transfer_requested"
  | "transfer_completed"
  | "transfer_staged"
  | "transfer_confirmed"
  | "transfer_cancelled"
  | "transfer_expired"
  | "transfer_rejected"
  | "transfer_failed"
  | "transfer_unknown"
  | "transfer_reconciled"
  | "audit_accepted"
  | "day_reset"
  | "limits_noted"

/**
 * Entry of the audit log: one line, with the keys of the file.
 *
 * @category models
 */
export interface AuditEntry {
  /** UTC, ISO 8601. */
  readonly timestamp: string
  readonly event_type: string
  /** Number of the line among ours; missing where PySequence wrote it. */
  readonly seq?: number
  /** SHA-256 of the line before, in hexadecimal; missing where PySequence wrote it. */
  readonly prev?: string
  /** SHA-256 of everything from our line before on, if lines of other programs are between. */
  readonly covers?: string
  readonly [key: string]: unknown
}

/** An entry before it has its time, number and hash. */
export type AuditEntryDraft = { readonly event_type: EventType } & { readonly [key: string]: unknown }

/** The person who asked for a transfer, as far as known. */
export interface Actor {
  readonly userId?: number | undefined
  readonly userName?: string | undefined
  readonly chatId?: number | undefined
  /** The topic of the chat, in one that has topics. */
  readonly threadId?: number | undefined
  readonly messageId?: number | undefined
  /** The id under which the transfer waited for its confirmation. */
  readonly stagedId?: string | undefined
}

/** The fingerprints of a request that may come again. */
export interface Idempotency {
  /** SHA-256 of the key, in hexadecimal. */
  readonly key: string
  /** SHA-256 of the canonical body, in hexadecimal. */
  readonly body: string
}

/**
 * Entry that is on disk about a transfer before it is sent.
 *
 * @category models
 */
export interface Intent {
  readonly requestId: string
  /** `__global__` or a user's id. */
  readonly limitKey: string
  /** The calendar day that the amount counts for. */
  readonly day: string
  readonly transfer: ResolvedTransfer
  /** Organizations where the transfer may show up; several if it could not be told which. */
  readonly organizationIds: ReadonlyArray<string>
  /** The daily limit that was in force, in cents. */
  readonly dailyLimitCents: number
  /** Cents of that day that PySequence had spent, by the limits file. */
  readonly otherCents: number
  /** Time from which it may not be sent, in milliseconds since 1970. */
  readonly sendBefore: number
  /** The service's time when it was written, in milliseconds since 1970; this machine's where it is not certain. */
  readonly serviceTime: number
  /** True if the service told the time. */
  readonly isTimeCertain: boolean
  /** The process that is going to send it. */
  readonly owner: string
  /** The service that it goes to: `sequence`, or another, such as a sandbox. */
  readonly service: string | undefined
  readonly idempotency: Idempotency | undefined
  readonly actor: Actor
  /** Time of the entry, in milliseconds since 1970. */
  readonly at: number
}

/** Hashes a text or bytes, in hexadecimal. */
export const sha256 = (content: string | Uint8Array): string => hash("sha256", content, "hex")

const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined)

const integer = (value: unknown): number | undefined =>
  typeof value === "number" && Number.isSafeInteger(value) ? value : undefined

/** Tells if a value is an amount that a file may hold. */
export const isAmount = (value: unknown): value is number =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const strings = (value: unknown): ReadonlyArray<string> | undefined =>
  Array.isArray(value) && value.every((one) => typeof one === "string") ? value : undefined

/** Reads a key of an entry as text. */
export const textOf = (entry: AuditEntry, key: string): string | undefined => text(entry[key])

/** Reads a key of an entry as a whole number. */
export const integerOf = (entry: AuditEntry, key: string): number | undefined => integer(entry[key])

/** Reads the service's time of an entry, in milliseconds since 1970; `undefined` if the service had not told it. */
export const serviceTimeOf = (entry: AuditEntry): number | undefined => parseTimestamp(entry.service_time)

/** Adds the service's time to drafts, as far as it is known, in milliseconds since 1970. */
export const withServiceTime = (
  drafts: ReadonlyArray<AuditEntryDraft>,
  time: number | undefined,
): ReadonlyArray<AuditEntryDraft> =>
  time === undefined ? drafts : drafts.map((draft) => ({ service_time: toTimestamp(time), ...draft }))

const isOurs = (entry: AuditEntry): boolean => entry.seq !== undefined

/** The events of PySequence by which an amount counts. */
export const COUNTED_EVENTS: ReadonlySet<string> = new Set(["transfer_completed", "transfer_confirmed"])

/** Tells if an entry of another program has an amount, unless it moved no money. */
const isReadable = ({ amount_cents, event_type }: AuditEntry): boolean =>
  isAmount(amount_cents) || ((amount_cents ?? null) === null && !COUNTED_EVENTS.has(event_type))

/** Reads a line; `undefined` for what is no entry, or one of ours that lacks what it must have. */
export const parseLine = (line: string): AuditEntry | undefined => {
  let content: unknown
  try {
    content = JSON.parse(line)
  } catch {
    return undefined
  }
  if (!isRecord(content) || !isEntry(content)) return undefined
  if (!isOurs(content)) return isReadable(content) ? content : undefined
  if (content.event_type === "transfer_requested" && intentOf(content) === undefined) return undefined
  return content
}

/** Tells if it has a time and a kind, and either both number and hash of a line of ours, or neither. */
const isEntry = (content: Readonly<Record<string, unknown>>): content is AuditEntry => {
  const { timestamp, event_type, seq, prev } = content
  const isNumbered = integer(seq) !== undefined && text(prev) !== undefined
  const isForeign = seq === undefined && prev === undefined
  return (
    parseTimestamp(timestamp) !== undefined && text(event_type) !== undefined && (isNumbered || isForeign)
  )
}

const typeOf = (value: unknown): ResolvedEnd["type"] | undefined =>
  value === "POD" || value === "PORT" || value === "ACCOUNT" ? value : undefined

const endOf = (entry: AuditEntry, end: "source" | "destination"): ResolvedEnd | undefined => {
  const id = text(entry[`${end}_id`])
  const type = typeOf(entry[`${end}_type`])
  return id === undefined || type === undefined
    ? undefined
    : { id, type, name: text(entry[`${end}_name`]) ?? null }
}

const idempotencyOf = (value: unknown): Idempotency | undefined => {
  if (!isRecord(value)) return undefined
  const key = text(value.key)
  const body = text(value.body)
  return key === undefined || body === undefined ? undefined : { key, body }
}

const actorOf = (entry: AuditEntry): Actor => ({
  userId: integer(entry.user_id),
  userName: text(entry.user_name),
  chatId: integer(entry.chat_id),
  threadId: integer(entry.message_thread_id),
  messageId: integer(entry.message_id),
  stagedId: text(entry.staged_id),
})

/** Events that can only add to reserved or unknown amounts. */
const ONLY_RESERVES: ReadonlySet<string> = new Set(["transfer_requested", "transfer_unknown", "limits_noted"])

/** Tells if an entry may release reserved cents, or settle a transfer. */
export const endsSomething = ({ event_type }: Pick<AuditEntry, "event_type">): boolean =>
  !ONLY_RESERVES.has(event_type)

/** Spending of PySequence under one limit on one day. */
export interface Noted {
  readonly limitKey: string
  readonly day: string
  readonly cents: number
}

/** Makes the entry that keeps what the limits file says of PySequence: the file may be lost. */
export const notedDraft = (noted: ReadonlyArray<Noted>): AuditEntryDraft => ({
  event_type: "limits_noted",
  others: noted.map(({ limitKey, day, cents }) => ({ limit_key: limitKey, day, amount_cents: cents })),
})

/** Reads what a `limits_noted` says; parts that cannot be read are left out. */
export const notedOf = ({ others }: AuditEntry): ReadonlyArray<Noted> =>
  (Array.isArray(others) ? others : []).flatMap((one: unknown) => {
    if (!isRecord(one)) return []
    const limitKey = text(one.limit_key)
    const day = text(one.day)
    const cents = one.amount_cents
    return limitKey === undefined || day === undefined || !isAmount(cents) ? [] : [{ limitKey, day, cents }]
  })

/** The intent that was read last: a line is checked first, and then read once more. */
let newest: { readonly entry: AuditEntry; readonly intent: Intent | undefined } | undefined

/** Reads the intent out of a `transfer_requested` of ours; `undefined` if something of it is missing. */
export const intentOf = (entry: AuditEntry): Intent | undefined => {
  if (newest?.entry !== entry) newest = { entry, intent: readIntent(entry) }
  return newest.intent
}

const readIntent = (entry: AuditEntry): Intent | undefined => {
  const requestId = text(entry.request_id)
  const limitKey = text(entry.limit_key)
  const day = text(entry.day)
  const amountCents = entry.amount_cents
  const source = endOf(entry, "source")
  const destination = endOf(entry, "destination")
  const kycId = text(entry.kyc_id)
  const organizationIds = strings(entry.organization_ids) ?? strings([entry.organization_id])
  const dailyLimitCents = entry.daily_limit_cents
  const otherCents = entry.other_cents
  const sendBefore = parseTimestamp(entry.send_before)
  const owner = text(entry.owner)
  const at = parseTimestamp(entry.timestamp)
  const serviceTime = serviceTimeOf(entry)
  if (
    requestId === undefined ||
    limitKey === undefined ||
    day === undefined ||
    !isDay(day) ||
    !isAmount(amountCents) ||
    source === undefined ||
    destination === undefined ||
    kycId === undefined ||
    organizationIds === undefined ||
    !isAmount(dailyLimitCents) ||
    !isAmount(otherCents) ||
    sendBefore === undefined ||
    owner === undefined ||
    at === undefined
  ) {
    return undefined
  }
  return {
    requestId,
    limitKey,
    day,
    transfer: {
      source,
      destination,
      amountCents,
      description: text(entry.description) ?? "",
      instant: entry.instant === true,
      kycId,
      organizationId: organizationIds.length === 1 ? organizationIds[0] : undefined,
    },
    organizationIds,
    dailyLimitCents,
    otherCents,
    sendBefore,
    serviceTime: serviceTime ?? at,
    isTimeCertain: serviceTime !== undefined,
    owner,
    service: text(entry.service),
    idempotency: idempotencyOf(entry.idempotency),
    actor: actorOf(entry),
    at,
  }
}

/** Content of the keys `source` and `destination`: the API writes ids, the bot writes names. */
export type Naming = "ids" | "names"

/** Gives the keys that all entries about one transfer share. */
export const transferKeys = (
  transfer: ResolvedTransfer,
  actor: Actor,
  naming: Naming,
): Readonly<Record<string, unknown>> => {
  const shown = (end: ResolvedEnd) => (naming === "names" ? (end.name ?? end.id) : end.id)
  return {
    user_id: actor.userId,
    user_name: actor.userName,
    staged_id: actor.stagedId,
    amount_cents: transfer.amountCents,
    source: shown(transfer.source),
    source_name: transfer.source.name ?? undefined,
    destination: shown(transfer.destination),
    destination_name: transfer.destination.name ?? undefined,
  }
}

/** Makes the entry that must be on disk before anything is sent. */
export const intentDraft = (intent: Intent, naming: Naming): AuditEntryDraft => {
  const { transfer, actor, organizationIds } = intent
  return {
    event_type: "transfer_requested",
    ...transferKeys(transfer, actor, naming),
    request_id: intent.requestId,
    limit_key: intent.limitKey,
    day: intent.day,
    daily_limit_cents: intent.dailyLimitCents,
    other_cents: intent.otherCents,
    source_id: transfer.source.id,
    source_type: transfer.source.type,
    destination_id: transfer.destination.id,
    destination_type: transfer.destination.type,
    ...(organizationIds.length === 1
      ? { organization_id: organizationIds[0] }
      : { organization_ids: organizationIds }),
    kyc_id: transfer.kycId,
    instant: transfer.instant,
    description: transfer.description,
    send_before: toTimestamp(intent.sendBefore),
    service_time: intent.isTimeCertain ? toTimestamp(intent.serviceTime) : undefined,
    owner: intent.owner,
    service: intent.service,
    idempotency: intent.idempotency,
    chat_id: actor.chatId,
    message_thread_id: actor.threadId,
    message_id: actor.messageId,
  }
}

/** Keys that tie an entry to those before it. */
export interface Ties {
  readonly seq: number
  readonly prev: string
  readonly covers: string | undefined
}

/** Writes a draft as a line, without its line break. */
export const encodeLine = (draft: AuditEntryDraft, at: number, ties: Ties): string => {
  const { event_type, ...rest } = draft
  return JSON.stringify({ timestamp: toTimestamp(at), event_type, ...rest, ...ties })
}
