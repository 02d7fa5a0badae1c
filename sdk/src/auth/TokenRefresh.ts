/**
 * Gets a token when none is at hand: from the store, if another process has put one there, or by a renewal under the
 * store's lock.
 */
import * as Effect from "effect/Effect"
import type { AccessTokenError } from "./AuthOptions.js"
import * as LoginState from "./LoginState.js"
import { RefreshAttempt, type RefreshDependencies, type RefreshState } from "./RefreshAttempt.js"
import type { Tokens } from "./TokenStore.js"
import { belongsToAccount, isValid, REFRESH_WINDOW } from "./TokenValidity.js"

/**
 * Finds and renews tokens.
 *
 * @category services
 */
export interface TokenRefresh {
  /** Looks into the store without taking its lock; `undefined` if the token has to be renewed first. */
  readonly find: Effect.Effect<Tokens | undefined, AccessTokenError>
  /** Makes sure that there is a token. Waits for other processes that do the same. */
  readonly renew: Effect.Effect<Tokens, AccessTokenError>
}

/**
 * Makes a renewal.
 *
 * @category constructors
 */
export const make = (needs: RefreshDependencies): TokenRefresh => {
  const { store, settings } = needs
  const { identity, seed } = settings
  const loadState = Effect.map(store.loadState, (state) => state ?? LoginState.empty())
  const memory: RefreshState = { rest: undefined, fromLogin: undefined }

  const find = Effect.gen(function* () {
    const state = yield* loadState
    const tokens = belongsToAccount(needs, yield* store.load, state)
    // The two files are not written as one: the owner may have changed in between.
    const sameOwner = LoginState.hasSameOwner(state, yield* loadState)
    const isNewSeed = seed !== undefined && !LoginState.isSeeded(state, identity, seed)
    return sameOwner && !isNewSeed && (yield* isValid(needs, tokens, REFRESH_WINDOW)) ? tokens : undefined
  })

  const renew = store.exclusively(
    Effect.gen(function* () {
      const state = yield* loadState
      const tokens = belongsToAccount(needs, yield* store.load, state)
      return yield* new RefreshAttempt(needs, memory, state, tokens).run
    }),
  )
  return { find, renew: Effect.withSpan(renew, "AccessTokens.renew") }
}
