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
 * Tokens of a login or a refresh.
 *
 * @category models
 */
export interface Tokens {
  /** The token that requests carry; empty if only a refresh token is known so far. */
  readonly accessToken: Redacted.Redacted<string>
  /** The token that gets a new access token, if the service gave one. */
  readonly refreshToken: Redacted.Redacted<string> | undefined
  /** End of the access token, in milliseconds since 1970. */
  readonly expiresAt: number
}

/**
 * State that has to survive a restart besides the tokens. It holds hashes, never a secret or an address.
 *
 * @category models
 */
export interface LoginState {
  /** Random, mixed into every hash of this state. */
  readonly salt: string
  /** Hash of the Auth0 tenant and client that the tokens are for. */
  readonly tenant: string | undefined
  /** Hash of the tenant, the client and the email that the tokens are for, if the email is known. */
  readonly account: string | undefined
  /** Hash of the configured tokens that were taken over last. */
  readonly seed: string | undefined
  /** The newest step of a one-time code that was sent, by the hash of its secret. */
  readonly codes: Readonly<Record<string, number>>
  /** Failed logins by account: their number in a row, and the earliest next try, in milliseconds since 1970. */
  readonly failures: Readonly<Record<string, { readonly count: number; readonly notBefore: number }>>
}

/**
 * Keeps the tokens of one login.
 *
 * @category services
 */
export class TokenStore extends Context.Tag("tsequence/TokenStore")<TokenStore, Service>() {}

/**
 * Operations of a token store.
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
  /** Runs an effect under the store's lock: no other caller that shares the store runs one, in any process. */
  readonly exclusively: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E | StorageError, R>
  /** Reads what survives restarts besides the tokens; `undefined` if nothing is known. */
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
