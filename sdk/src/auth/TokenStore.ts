/**
 * Where the tokens of a login are kept between calls, and between runs: in memory, or in a folder that
 * several processes share. A store of your own (a keyring, a database) is another implementation of
 * {@link Service}.
 */
import * as fs from "node:fs/promises"
import * as path from "node:path"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import type { StorageError } from "../Errors.js"
import * as AtomicFile from "../internal/AtomicFile.js"
import * as FolderLock from "../internal/FolderLock.js"
import * as TokenFile from "./TokenFile.js"

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
  Effect.map(Effect.makeSemaphore(1), (turn): Service => {
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
      exclusively: turn.withPermits(1),
      loadState: Effect.sync(() => state),
      saveState: (next) =>
        Effect.sync(() => {
          state = next
        }),
    }
  }),
)

/**
 * How a store in a folder behaves.
 *
 * @category options
 */
export interface FileOptions {
  /** How processes take turns. @default those of the lock */
  readonly lock?: FolderLock.Options | undefined
}

/** Reads a file that somebody may have damaged: warns once, without a word of what it holds. */
const readWhole = <A>(file: string, decode: (text: string) => Option.Option<A>, consequence: string) => {
  let warned = false
  return AtomicFile.read(file).pipe(
    Effect.flatMap((text) => {
      if (text === undefined) return Effect.succeed(undefined)
      const decoded = Option.getOrUndefined(decode(text))
      if (decoded !== undefined || warned) return Effect.succeed(decoded)
      warned = true
      return Effect.as(
        Effect.logWarning(`${file} cannot be understood and is passed over: ${consequence}`),
        undefined,
      )
    }),
  )
}

const remove = (file: string): Effect.Effect<void, StorageError> =>
  Effect.tryPromise({
    try: () => fs.rm(file, { force: true }),
    catch: (error) => AtomicFile.storageError("write", file, error),
  })

/**
 * Keeps everything in a folder, which is created where it is missing (mode 0700): the tokens in
 * `.tokens.json`, in PySequence's format, and the rest in `.login.json`, both with mode 0600 and replaced as
 * a whole. All processes that use the folder take turns.
 *
 * @category layers
 */
export const layerFile = (folder: string, options: FileOptions = {}): Layer.Layer<TokenStore> =>
  Layer.effect(
    TokenStore,
    Effect.map(Effect.makeSemaphore(1), (turn): Service => {
      const tokens = path.resolve(folder, TokenFile.TOKENS)
      const state = path.resolve(folder, TokenFile.STATE)
      const locked = FolderLock.withLock(path.resolve(folder), ".tokens", options.lock)
      let isTidy = false
      const tidy = Effect.suspend(() => {
        if (isTidy) return Effect.void
        isTidy = true
        return Effect.zipRight(AtomicFile.removeLeftOvers(tokens), AtomicFile.removeLeftOvers(state))
      })
      return {
        load: readWhole(tokens, TokenFile.decodeTokens, "there is no token until the next login."),
        save: (next) => AtomicFile.write(tokens, TokenFile.encodeTokens(next)),
        clear: remove(tokens),
        // Those of one process line up here, so that only one of them asks for the folder.
        exclusively: (effect) => turn.withPermits(1)(locked(() => Effect.zipRight(tidy, effect))),
        loadState: readWhole(state, TokenFile.decodeState, "failed logins and used codes are forgotten."),
        saveState: (next) => AtomicFile.write(state, TokenFile.encodeState(next)),
      }
    }),
  )
