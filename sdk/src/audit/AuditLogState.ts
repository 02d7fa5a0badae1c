/**
 * Decisions about an audit log that other processes write too: which head it must reach, when it must be inspected, and
 * what stops transfers. Files and tables read the bytes; these rules are the same for both.
 */
import type { AuditReader } from "./AuditReader.js"
import { type AuditProblem, type ChainHead, type Inspected, stops } from "./HashChain.js"

/** A process's knowledge of an audit log, beside the entries themselves. */
export interface AuditLogState {
  /** True if the log was read before. */
  readonly isLoaded: boolean
  /** The newest entry as noted beside the log. */
  readonly notedHead: ChainHead | undefined
  /** The newest entry that this process read in a log that has lost entries since. */
  readonly seenHead: ChainHead | undefined
  /** Hash of the head whose entry was found in the log. */
  readonly foundHead: string | undefined
  /** True if the last read missed the head. */
  readonly isHeadMissing: boolean
  /** True if the read before the last one missed the head. */
  readonly wasHeadMissing: boolean
  /** Numbers that more than one entry has. */
  readonly duplicateSeqs: ReadonlySet<number>
  /** Hashes of all `audit_accepted` entries that this process has read, in any log that was in this place. */
  readonly acceptances: ReadonlySet<string>
  /** Problems that the last inspection found. */
  readonly problems: ReadonlyArray<AuditProblem>
}

/** The facts about the entries read so far that the decisions need. */
export type EntryFacts = Pick<AuditReader, "has" | "accepts" | "isSuspect">

/** The state before the first read. */
export const initial: AuditLogState = {
  isLoaded: false,
  notedHead: undefined,
  seenHead: undefined,
  foundHead: undefined,
  isHeadMissing: false,
  wasHeadMissing: false,
  duplicateSeqs: new Set(),
  acceptances: new Set(),
  problems: [],
}

/** Gives the entry that the log must hold at least; `undefined` if none is known. */
export const expectedHead = ({ notedHead, seenHead }: AuditLogState): ChainHead | undefined => {
  if (seenHead === undefined) return notedHead
  return notedHead !== undefined && notedHead.seq > seenHead.seq ? notedHead : seenHead
}

/** Tells if the log lacks the entry that it must hold at least. */
export const lacksHead = (state: AuditLogState, entries: Pick<EntryFacts, "has">): boolean => {
  const head = expectedHead(state)
  return head !== undefined && head.hash !== state.foundHead && !entries.has(head.hash)
}

/** Gives the problem that stops transfers; `undefined` if there is none. */
export const stopper = ({ problems }: AuditLogState): AuditProblem | undefined => problems.find(stops)

/** Takes the head that is noted beside the log. */
export const noteHead = (state: AuditLogState, notedHead: ChainHead | undefined): AuditLogState => ({
  ...state,
  notedHead,
})

/**
 * Prepares for reading the log again from its first entry, because entries that were read are gone or changed: the new
 * content must still reach the newest of them.
 *
 * @param newest - the newest entry of the content that is gone
 */
export const startOver = (state: AuditLogState, newest: ChainHead | undefined): AuditLogState => {
  const { seenHead } = state
  const isNewer = newest !== undefined && (seenHead === undefined || newest.seq > seenHead.seq)
  return {
    ...state,
    seenHead: isNewer ? newest : seenHead,
    foundHead: undefined,
    duplicateSeqs: new Set(),
    problems: [],
  }
}

/**
 * Prepares for reading the log again from its first entry, because two entries have one number and the first was
 * believed. With both known, neither ends anything.
 */
export const noteDuplicates = (state: AuditLogState, seqs: ReadonlySet<number>): AuditLogState => ({
  ...state,
  foundHead: undefined,
  duplicateSeqs: new Set([...state.duplicateSeqs, ...seqs]),
})

/** Takes acceptances in. After a new one, what this process saw of an earlier log no longer counts. */
export const noteAcceptances = (
  state: AuditLogState,
  { accepts }: Pick<EntryFacts, "accepts">,
): AuditLogState => {
  const isNew = [...accepts].some((hash) => !state.acceptances.has(hash))
  if (!isNew) return state
  return {
    ...state,
    seenHead: state.isLoaded ? undefined : state.seenHead,
    acceptances: new Set([...state.acceptances, ...accepts]),
  }
}

/** Concludes a read: acceptances count, and the head was found or is missing. */
export const concludeRead = (before: AuditLogState, entries: EntryFacts): AuditLogState => {
  const state = noteAcceptances(before, entries)
  const isHeadMissing = lacksHead(state, entries)
  return {
    ...state,
    isLoaded: true,
    foundHead: (isHeadMissing ? undefined : expectedHead(state)?.hash) ?? state.foundHead,
    isHeadMissing,
    wasHeadMissing: before.isHeadMissing,
  }
}

/** Tells if the whole log must be inspected after a read, because something may be wrong, or no longer is. */
export const mustInspect = (state: AuditLogState, { isSuspect }: Pick<EntryFacts, "isSuspect">): boolean =>
  isSuspect || state.isHeadMissing || state.wasHeadMissing

/** Takes the findings of an inspection. */
export const noteInspection = (
  state: AuditLogState,
  { hasHead, problems }: Pick<Inspected, "hasHead" | "problems">,
): AuditLogState => ({
  ...state,
  foundHead: (hasHead ? expectedHead(state)?.hash : undefined) ?? state.foundHead,
  problems,
})
