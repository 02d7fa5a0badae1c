/**
 * Keeps values in memory when the token store cannot be written. A warning says so once. The values are saved as
 * soon as that works again, at the latest when the scope closes. Otherwise a spent refresh token on disk would cost the
 * next start its login.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { StorageError } from "../Errors.js"
import type { LoginState, Service, Tokens } from "./TokenStore.js"

/**
 * A token store of which only `clear` and taking turns can fail.
 *
 * @category services
 */
export interface FallbackTokenStore extends Service {
  readonly load: Effect.Effect<Tokens | undefined>
  readonly save: (tokens: Tokens) => Effect.Effect<void>
  readonly loadState: Effect.Effect<LoginState | undefined>
  readonly saveState: (state: LoginState) => Effect.Effect<void>
}

type Warn = (error: StorageError) => Effect.Effect<void>

const makeWarn = (): Warn => {
  const warned = new Set<string>()
  return (error) =>
    Effect.suspend(() => {
      if (warned.has(error.message)) return Effect.void
      warned.add(error.message)
      return Effect.logWarning(`${error.message} Until then the login is kept in memory only.`)
    })
}

/** A value that is written through to the store, and held here until that succeeds. */
class PendingWrite<A> {
  unsaved: A | undefined
  readonly write: (value: A) => Effect.Effect<void, StorageError>
  readonly warn: Warn

  constructor(write: (value: A) => Effect.Effect<void, StorageError>, warn: Warn) {
    this.write = write
    this.warn = warn
  }

  save(value: A): Effect.Effect<void> {
    return Effect.suspend(() => {
      // Held first, so that a read during the write already sees it.
      this.unsaved = value
      return this.write(value)
    }).pipe(
      Effect.zipRight(
        Effect.sync(() => {
          if (this.unsaved === value) this.unsaved = undefined
        }),
      ),
      Effect.catchAll(this.warn),
      Effect.uninterruptible,
    )
  }

  readonly retry: Effect.Effect<void> = Effect.suspend(() =>
    this.unsaved === undefined ? Effect.void : this.save(this.unsaved),
  )
}

/**
 * Puts memory behind a store. Only `clear` still fails: a token that stays on disk is no logout.
 *
 * @category constructors
 */
export const make = (store: Service): Effect.Effect<FallbackTokenStore, never, Scope.Scope> =>
  Effect.gen(function* () {
    const slot = yield* Effect.makeSemaphore(1)
    const warn = makeWarn()
    const tokens = new PendingWrite(store.save, warn)
    const state = new PendingWrite(store.saveState, warn)
    const retry = Effect.zipRight(tokens.retry, state.retry)
    yield* Effect.addFinalizer(() => retry)

    const orNothing = Effect.catchAll((error: StorageError) => Effect.as(warn(error), undefined))

    const exclusively = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E | StorageError, R> =>
      Effect.suspend(() => {
        let started = false
        const begin = Effect.sync(() => {
          started = true
        })
        return store
          .exclusively(Effect.zipRight(begin, Effect.zipRight(retry, effect)))
          .pipe(
            Effect.catchAll((error) =>
              started || !(error instanceof StorageError)
                ? Effect.fail(error)
                : Effect.zipRight(warn(error), slot.withPermits(1)(effect)),
            ),
          )
      })

    return {
      load: Effect.map(orNothing(store.load), (stored) => tokens.unsaved ?? stored),
      save: (next) => tokens.save(next),
      clear: Effect.suspend(() => {
        tokens.unsaved = undefined
        return store.clear
      }),
      exclusively,
      loadState: Effect.map(orNothing(store.loadState), (stored) => state.unsaved ?? stored),
      saveState: (next) => state.save(next),
    }
  })
