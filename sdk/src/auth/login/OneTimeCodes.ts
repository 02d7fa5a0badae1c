/**
 * Draws one-time codes as late as possible: right before they are sent, by the service's clock, never twice for the
 * same time step, and not when the step is about to end.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { createGuardrails, generateSync } from "otplib"
import { AuthenticationError } from "../../Errors.js"
import { type CodeSource, startOf, stepAt, type TotpSecret } from "./Totp.js"

/**
 * Source of codes, and the memory of those that were sent.
 *
 * @category options
 */
export interface OneTimeCodes {
  readonly source: CodeSource
  /** The newest step that a code was sent for, by this or any other process; for a single code: when it was. */
  readonly last: Effect.Effect<number | undefined>
  /** Notes a step, before its code is sent. */
  readonly sending: (step: number) => Effect.Effect<void>
}

/** A code that turns in flight is a wrong one. */
const LEAST_LEFT = 3_000

/** The service's clock is known to about a second, and a code of the future is a wrong one too. */
const INTO_STEP = 1_000

/** Secrets are mostly of 10 bytes, which otplib would refuse. */
const guardrails = createGuardrails({ MIN_SECRET_BYTES: 1, MAX_SECRET_BYTES: 256 })

/**
 * Makes the code of a time step.
 *
 * @category constructors
 */
export const codeOf = ({ key, algorithm, digits, period }: TotpSecret, step: number): string =>
  generateSync({
    secret: Redacted.value(key),
    algorithm,
    digits,
    period,
    // In seconds: milliseconds would give a wrong code, without an error.
    epoch: startOf(step, period) / 1_000,
    guardrails,
  })

/**
 * Picks the step to use at a moment of the service's time.
 *
 * @param last - the newest step that was used; ignored if it is so far ahead that a clock was wrong
 *
 * @category combinators
 */
export const pickStep = (now: number, period: number, last: number | undefined): number => {
  const step = stepAt(now, period)
  if (last !== undefined && last >= step && last <= step + 2) return last + 1
  return startOf(step + 1, period) - now < LEAST_LEFT ? step + 1 : step
}

const waitForStep = (period: number, offset: number, last: number | undefined): Effect.Effect<number> =>
  Effect.gen(function* () {
    const now = (yield* Clock.currentTimeMillis) + offset
    const step = pickStep(now, period, last)
    const wait = startOf(step, period) - now
    if (wait <= 0) return step
    yield* Effect.sleep(wait + INTO_STEP)
    // Checked again, since the machine may have slept.
    return yield* waitForStep(period, offset, last)
  })

const usedUp = () =>
  new AuthenticationError(
    "InvalidTotp",
    "The one-time code of the configuration has been used already. Set SEQUENCE_TOTP to the secret that codes are made from, or to a new code.",
    { operation: "login" },
  )

/**
 * Draws a code that was not used before, which can take until the next time step begins.
 *
 * @param offset - how far the service's clock is ahead of ours, in milliseconds
 *
 * @category combinators
 */
export const draw = (codes: OneTimeCodes, offset: number): Effect.Effect<string, AuthenticationError> =>
  Effect.gen(function* () {
    const { source } = codes
    const last = yield* codes.last
    if (source._tag === "SingleCode") {
      if (last !== undefined) return yield* Effect.fail(usedUp())
      yield* codes.sending(0)
      yield* Effect.logWarning(
        "SEQUENCE_TOTP is a single one-time code, not a secret: the next login will fail.",
      )
      return Redacted.value(source.code)
    }
    if (Math.abs(offset) > 30_000) {
      yield* Effect.logWarning(
        `This machine's clock is ${Math.round(Math.abs(offset) / 1_000)} s ${offset > 0 ? "behind" : "ahead of"} the login service's; one-time codes are made by the service's.`,
      )
    }
    const step = yield* waitForStep(source.period, offset, last)
    yield* codes.sending(step)
    return codeOf(source, step)
  })
