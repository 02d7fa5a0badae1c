/** The check of unknown keys as an effect, for everything that takes options as a service or layer. */
import * as Effect from "effect/Effect"
import { ConfigError } from "../Errors.js"
import { type Keys, unknownKeys } from "./OptionKeys.js"

/**
 * Fails with every key of an object that nothing reads.
 *
 * @param what - names the object in the message, such as `options of the call`
 * @param keys - the keys that the object may have
 */
export const refuseUnknownKeys = <T extends object>(
  what: string,
  value: T | undefined,
  keys: Keys<T>,
): Effect.Effect<void, ConfigError> =>
  Effect.suspend(() => {
    const unknown = unknownKeys(what, value, { ...keys })
    return unknown.length === 0 ? Effect.void : Effect.fail(new ConfigError(unknown))
  })
