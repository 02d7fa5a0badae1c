/** Explanations of a failed Messages API request: code and message for the log, and advice for the user. */
import Anthropic from "@anthropic-ai/sdk"
import { cut } from "../chat/Split.js"
import { oneLine } from "../memory/Fact.js"
import { ModelError } from "./Model.js"

const OVERLOADED = 529

/** Most characters of the service's words. */
const LONGEST = 500

/** The kind of problem with a refused request. */
type Kind = "credit" | "key" | "permission" | "model" | "size" | "other"

const ADVICE: Readonly<Record<Kind, string>> = {
  credit: "Its account has no credit left. The operator of this bot can add some in the Claude Console.",
  key: "It does not accept this bot's key. The operator of this bot can correct ANTHROPIC_API_KEY.",
  permission:
    "This bot's key is not allowed to use it. The operator of this bot can check the key's permissions in the Claude Console.",
  model:
    "It does not know the configured model. The operator of this bot can correct agent.model in the config file.",
  size: "This conversation got too long, so I am starting a new one. Please ask again.",
  other:
    "I start a new conversation, so please ask again. If that does not help, the operator of this bot can look at its log, which says why.",
}

/** Tells what is wrong with a request from the status, type and words of the answer that refuses it. */
export const kindOf = (status: number, type: string, words: string): Kind => {
  if (status === 402 || type === "billing_error") return "credit"
  if (status === 400 && /credit balance|usage limits/i.test(words)) return "credit"
  switch (status) {
    case 401:
      return "key"
    case 403:
      return "permission"
    case 404:
      return "model"
    case 413:
      return "size"
    default:
      return "other"
  }
}

/** Takes keys out of the service's words, and makes one short line of them. */
const clean = (words: string, secret: string): string => {
  const line = oneLine(words.replaceAll(secret, "•••").replace(/\bsk-[\w-]{8,}/g, "•••"))
  return line.length > LONGEST ? `${cut(line, LONGEST)}…` : line
}

/** Finds the code of the innermost error that has one, such as `ENOTFOUND`. */
const codeOf = (thrown: unknown): string | undefined => {
  if (!(thrown instanceof Error)) return undefined
  const code = "code" in thrown && typeof thrown.code === "string" ? thrown.code : undefined
  return codeOf(thrown.cause) ?? code
}

/** Keeps what is safe of an error: status, code and words; no headers, and nothing of the request. */
export const toError = (thrown: unknown, secret: string): ModelError => {
  if (thrown instanceof Anthropic.APIConnectionTimeoutError) {
    return new ModelError({ reason: "Unreachable", message: "the Messages API did not answer in time" })
  }
  const status = thrown instanceof Anthropic.APIError && typeof thrown.status === "number" ? thrown.status : 0
  if (!(thrown instanceof Anthropic.APIError) || status === 0) {
    const code = codeOf(thrown)
    const why = code === undefined ? "" : ` (${code})`
    return new ModelError({ reason: "Unreachable", message: `the Messages API gave no answer${why}` })
  }
  const type = thrown.type ?? ""
  const words = thrown.apiMessage ?? ""
  const named = [type, thrown.errorCode ?? ""].filter((one) => one !== "").join(", ")
  const message = clean(
    `the Messages API answered ${status}${named === "" ? "" : ` (${named})`}${words === "" ? "" : `: ${words}`}`,
    secret,
  )
  if (status === 429 || status === OVERLOADED) return new ModelError({ reason: "Busy", message })
  if (status >= 500) return new ModelError({ reason: "Unreachable", message })
  const kind = kindOf(status, type, words)
  const reason = kind === "size" || kind === "other" ? "Unfit" : "Refused"
  return new ModelError({ reason, message, advice: ADVICE[kind] })
}
