/** Exit codes that scripts can rely on, and what people are told when something went wrong. */
import { isSequenceError, type SequenceError } from "tsequence"

/** Exit codes of the command; part of its contract. */
export const CODES = {
  /** Done. */
  done: 0,
  /** The service, the network or a file failed, or what was asked for is not there. */
  failed: 1,
  /** The command line or the environment does not fit. */
  usage: 2,
  /** A transfer was refused, by the service, by a limit or at the question: no money moved. */
  refused: 3,
  /** A transfer was sent and its outcome is not known: the money may have moved. */
  unknown: 4,
  /** A login is needed, or failed. */
  login: 5,
  /** Something that was checked is not sound. */
  unsound: 6,
  /** Stopped by Ctrl-C; no money moved. */
  interrupted: 130,
} as const

/** An exit code of {@link CODES}. */
export type Code = (typeof CODES)[keyof typeof CODES]

/** A mistake of whoever gave the command: said in one sentence, without the help text. */
export class UsageError extends Error {
  override readonly name = "UsageError"
}

/** Ctrl-C, where there is more to say than that. */
export class Stopped extends Error {
  override readonly name = "Stopped"
}

/** Tells if a thrown value is an `AbortError`. */
export const isAbort = (thrown: unknown): boolean => thrown instanceof Error && thrown.name === "AbortError"

const codeOf = (error: SequenceError): Code => {
  switch (error._tag) {
    case "ConfigError":
    case "AmbiguousNameError":
      return CODES.usage
    case "TransferRejectedError":
    case "TransferLimitError":
    case "DailyLimitError":
    case "TransferHeldError":
    case "IdempotencyKeyError":
      return CODES.refused
    case "TransferOutcomeUnknownError":
      return CODES.unknown
    case "AuthenticationError":
      return CODES.login
    default:
      return CODES.failed
  }
}

/** The failure of a command: its exit code and its message. */
export interface Failure {
  readonly code: Code
  readonly tag: string
  readonly message: string
}

/** A failure as a document for programs. */
export const toJson = (tag: string, message: string): string => JSON.stringify({ error: { tag, message } })

/** Judges something that was thrown. */
export const judge = (thrown: unknown): Failure => {
  if (isAbort(thrown)) return { code: CODES.interrupted, tag: "Interrupted", message: "Stopped." }
  if (thrown instanceof Stopped) {
    return { code: CODES.interrupted, tag: "Interrupted", message: thrown.message }
  }
  if (thrown instanceof UsageError) {
    return { code: CODES.usage, tag: "UsageError", message: thrown.message }
  }
  if (isSequenceError(thrown)) return { code: codeOf(thrown), tag: thrown._tag, message: thrown.message }
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  return { code: CODES.failed, tag: "Error", message: `Something unexpected happened: ${message}` }
}
