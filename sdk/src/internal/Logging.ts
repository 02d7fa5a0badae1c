/** Destination of the Promise API's log lines. */
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"

/** Takes log lines, as `console` does. */
export interface SequenceLogger {
  /** Takes what helps to find a fault. */
  debug(message: string): void
  /** Takes what is worth knowing. */
  info(message: string): void
  /** Takes warnings. */
  warn(message: string): void
  /** Takes what went wrong. */
  error(message: string): void
}

// Standard output belongs to the program that uses the SDK.
const toStandardError: SequenceLogger = {
  debug: () => {},
  info: () => {},
  warn: (message) => console.warn(`tsequence: ${message}`),
  error: (message) => console.error(`tsequence: ${message}`),
}

const silent: SequenceLogger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

const text = (message: unknown): string =>
  (Array.isArray(message) ? message : [message])
    .map((part) =>
      typeof part === "string" ? part : part instanceof Error ? part.message : JSON.stringify(part),
    )
    .join(" ")

/** Sends log lines to a logger; `false`: nowhere; by default warnings and errors go to standard error. */
export const layer = (given: SequenceLogger | false | undefined): Layer.Layer<never> => {
  const target = given === false ? silent : (given ?? toStandardError)
  const logger = Logger.make(({ logLevel, message }) => {
    if (LogLevel.greaterThanEqual(logLevel, LogLevel.Error)) target.error(text(message))
    else if (LogLevel.greaterThanEqual(logLevel, LogLevel.Warning)) target.warn(text(message))
    else if (LogLevel.greaterThanEqual(logLevel, LogLevel.Info)) target.info(text(message))
    else target.debug(text(message))
  })
  return Layer.merge(Logger.replace(Logger.defaultLogger, logger), Logger.minimumLogLevel(LogLevel.Debug))
}
