/**
 * Sends one payment, and again only if there is evidence that it was not made: nothing left, or an answer asked for the
 * same request again and a complete, fresh read of the activity does not show it.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { isSequenceError, TransferOutcomeUnknownError } from "../Errors.js"
import * as Monotonic from "../internal/Monotonic.js"
import type { MutationAnswer, RequestError, SentFlag } from "../transport/GraphQL.js"
import { decideRetry } from "../transport/Retry.js"
import { classifyOutcome, type PaymentOutcome } from "../webapp/PaymentOutcome.js"
import type { TransferOnWire } from "../webapp/Wire.js"
import type { FirstSend, SearchResult } from "./PaymentSearch.js"

/** The end of a payment, as its answers and the activity tell. */
export interface Ended {
  readonly outcome: Exclude<PaymentOutcome, { readonly _tag: "TurnedAway" }>
  /** The payment, if it was found in the activity. */
  readonly found: TransferOnWire | undefined
  readonly answer: MutationAnswer["answer"]
  readonly sentAt: number | undefined
}

/** Operations and limits of sending a payment. */
export interface Way<E> {
  /** Sends it once more after so many tries, within the milliseconds given. */
  readonly send: (
    tries: number,
    timeout: number,
    onSend: Effect.Effect<void>,
  ) => Effect.Effect<MutationAnswer, RequestError | E>
  /** Looks for it in the activity, within the milliseconds given. */
  readonly look: (first: FirstSend, timeout: number) => Effect.Effect<SearchResult, unknown>
  readonly flag: SentFlag
  /** End of the call, on the monotonic clock. */
  readonly deadline: number
  /** The number of times that it may be sent again. */
  readonly times: number
}

/** Makes the error of a payment that may have been made. */
export const outcomeUnknown = (why: string, requestId: string | undefined, cause?: unknown) =>
  new TransferOutcomeUnknownError(
    `Transfer outcome unknown: ${why}. The money may have moved: look at the activity before sending it again.`,
    { operation: "CreatePayment", requestId, cause },
  )

const describe = (error: unknown): string =>
  error instanceof Error ? error.message.replace(/\.$/, "") : "no answer came"

const nameOf = (error: unknown): string => (isSequenceError(error) ? error._tag : "no answer")

const DOUBT = "the activity shows an entry that may be this transfer or another one"

/** Sends a payment to its end. Fails with the error of the first try only if nothing was sent. */
export const sendPayment = <E>(
  way: Way<E>,
): Effect.Effect<Ended, RequestError | TransferOutcomeUnknownError | E> => {
  const { flag, deadline } = way
  let first: Omit<FirstSend, "answered"> | undefined
  let answered: number | undefined
  const noteFirst = Effect.gen(function* () {
    first ??= { monotonic: yield* Monotonic.now, wall: yield* Clock.currentTimeMillis }
  })
  const timeLeft = Effect.map(Monotonic.now, (now) => Math.ceil(deadline - now))

  /** Tells why the payment must not be sent again; `undefined` if the activity does not show it. */
  const lookFirst = (wait: number) =>
    Effect.gen(function* () {
      yield* Effect.sleep(Math.ceil(wait))
      const left = yield* timeLeft
      if (first === undefined || left <= 0) return "its time was up"
      const found = yield* way.look({ ...first, answered }, left).pipe(
        Effect.timeout(left),
        Effect.catchAll((error) => Effect.succeed(`the activity could not be read (${nameOf(error)})`)),
      )
      if (typeof found === "string") return found
      if (found._tag === "Nothing") return undefined
      return found._tag === "Found" ? found : DOUBT
    })

  const attempt = (
    tries: number,
    before: string | undefined,
  ): Effect.Effect<Ended, RequestError | TransferOutcomeUnknownError | E> =>
    Effect.gen(function* () {
      const sent = yield* way.send(tries, Math.max(1, yield* timeLeft), noteFirst).pipe(
        // The flag knows whether it was the payment that went wrong or, say, a login before it.
        Effect.mapError((error) => {
          if (!flag.sent) return error
          return before === undefined
            ? outcomeUnknown(describe(error), flag.requestId, error)
            : outcomeUnknown(`${before}; it could not be sent again (${nameOf(error)})`, flag.requestId)
        }),
      )
      const { answer: response, sentAt, wait } = sent
      answered ??= sentAt
      const ended = (outcome: Ended["outcome"], found?: TransferOnWire): Ended => ({
        outcome,
        found,
        answer: response,
        sentAt,
      })
      const outcome = classifyOutcome(response)
      if (outcome._tag !== "TurnedAway") return ended(outcome)
      const unknown = (why: string) => ended({ _tag: "Unknown", why: `${outcome.why}; ${why}` })
      const state = { tries: sent.tries, times: way.times, wait, now: yield* Monotonic.now }
      const decision = decideRetry("payment", outcome.by, state, deadline)
      if (decision !== "LookFirst" || flag.isCancelled === true) return unknown("it was not sent again")
      flag.isWaiting = true
      const reason = yield* lookFirst(wait)
      flag.isWaiting = false
      if (typeof reason === "string") return unknown(`it was not sent again, since ${reason}`)
      if (reason !== undefined) {
        return ended({ _tag: "Accepted", organization: null, newest: [] }, reason.wire)
      }
      return yield* attempt(sent.tries + 1, outcome.why)
    })

  return attempt(0, undefined)
}
