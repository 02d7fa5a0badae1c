/** From the SDK's effects to promises: failures are thrown as they are, warnings go to the person. */
import { Effect, Either, Logger, LogLevel } from "effect"
import { FileTokenStore, type TokenStore } from "tsequence/effect"
import type * as Session from "../Session.js"

/** Runs an effect until it ends or the person wants an end. */
export const run = async <A, E>(
  { screen, interrupts }: Session.Service,
  effect: Effect.Effect<A, E>,
): Promise<A> => {
  const logger = Logger.make(({ logLevel, message }) => {
    const text = Array.isArray(message) ? message.map(String).join(" ") : String(message)
    if (LogLevel.greaterThanEqual(logLevel, LogLevel.Warning)) screen.note(`warning: ${text}`)
  })
  const quiet = Effect.provide(Effect.either(effect), Logger.replace(Logger.defaultLogger, logger))
  interrupts.signal.throwIfAborted()
  try {
    const result = await Effect.runPromise(quiet, { signal: interrupts.signal })
    if (Either.isLeft(result)) throw result.left
    return result.right
  } catch (thrown) {
    interrupts.signal.throwIfAborted()
    throw thrown
  }
}

/** Runs an effect that needs the tokens of a folder. */
export const withStore = <A, E>(
  session: Session.Service,
  folder: string,
  effect: Effect.Effect<A, E, TokenStore.TokenStore>,
): Promise<A> => run(session, Effect.provide(effect, FileTokenStore.layer(folder)))
