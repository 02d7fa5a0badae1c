/**
 * Keeps the tokens of a login between calls and between runs: in memory here, in a folder in `FileTokenStore`. A store
 * of your own, such as a keyring or a database, is another implementation of {@link Service}.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import type { StorageError } from "../Errors.js"

/**
 * What a login or a refresh gave.
 *
 * @category models
 */
export interface Tokens {
  /** What requests carry; empty where only a refresh token is known so far. */
  readonly accessToken: Redacted.Redacted<string>
  /** What a new access token can be got with, where the service gave one. */
  readonly refreshToken: Redacted.Redacted<string> | undefined
  /** When the access token ends, in milliseconds since 1970. */
  readonly expiresAt: number
}

/**
 * What has to survive a restart besides the tokens. Holds hashes, never a secret or an address.
 *
 * @category models
 */
export interface LoginState {
  /** Random, mixed into every hash of this state. */
  readonly salt: string
  /** For which Auth0 tenant and client the tokens were got. */
  readonly tenant: string | undefined
  /** For which email of that tenant and client, where it is known. */
  readonly account: string | undefined
  /** Which tokens of the configuration have been taken over already. */
  readonly seed: string | undefined
  /** The newest step of a one-time code that was sent, by the hash of its secret. */
  readonly codes: Readonly<Record<string, number>>
  /** Failed logins by account: how many in a row, and until when (milliseconds since 1970) none is tried. */
  readonly failures: Readonly<Record<string, { readonly count: number; readonly notBefore: number }>>
}

/**
 * Keeps the tokens of one login.
 *
 * @category services
 */
export class TokenStore extends Context.Tag("tsequence/TokenStore")<TokenStore, Service>() {}

/**
 * What a token store does.
 *
 * @category services
 */
export interface Service {
  /** Reads the tokens. A file that cannot be understood is no token, and one warning. */
  readonly load: Effect.Effect<Tokens | undefined, StorageError>
  /** Replaces the tokens as a whole. */
  readonly save: (tokens: Tokens) => Effect.Effect<void, StorageError>
  /** Forgets the tokens. Keeps what {@link LoginState} is for. */
  readonly clear: Effect.Effect<void, StorageError>
  /** Runs an effect while nobody else who shares this store runs theirs, other processes included. */
  readonly exclusively: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E | StorageError, R>
  /** Reads what survives restarts besides the tokens; `undefined` where nothing is known. */
  readonly loadState: Effect.Effect<LoginState | undefined, StorageError>
  /** Replaces what survives restarts besides the tokens. */
  readonly saveState: (state: LoginState) => Effect.Effect<void, StorageError>
}

/**
 * Keeps everything in memory, for one process and until it ends.
 *
 * @category layers
 */
export const layerMemory: Layer.Layer<TokenStore> = Layer.effect(
  TokenStore,
  Effect.map(Effect.makeSemaphore(1), (slot): Service => {
    let tokens: Tokens | undefined
    let state: LoginState | undefined
    return {
      load: Effect.sync(() => tokens),
      save: (next) =>
        Effect.sync(() => {
          tokens = next
        }),
      clear: Effect.sync(() => {
        tokens = undefined
      }),
      exclusively: slot.withPermits(1),
      loadState: Effect.sync(() => state),
      saveState: (next) =>
        Effect.sync(() => {
          state = next
        }),
    }
  }),
)
