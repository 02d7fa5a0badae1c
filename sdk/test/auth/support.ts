/** Helpers that the tests of logging in and refreshing share. */

import * as fs from "node:fs/promises"
import * as os from "node:os"
import * as path from "node:path"
import { inspect } from "node:util"
import { expect } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"
import * as AccessTokens from "../../src/auth/AccessTokens.js"
import * as FileTokenStore from "../../src/auth/FileTokenStore.js"
import * as TokenStore from "../../src/auth/TokenStore.js"
import type { ConfigError } from "../../src/Errors.js"
import * as Tenant from "./Tenant.js"

export const NOON = Date.UTC(2026, 0, 31, 12)

/** A folder that goes with the scope. */
export const temporaryFolder: Effect.Effect<string, never, Scope.Scope> = Effect.acquireRelease(
  Effect.promise(() => fs.mkdtemp(path.join(os.tmpdir(), "tsequence-auth-"))),
  (folder) => Effect.promise(() => fs.rm(folder, { recursive: true, force: true })),
)

/** The messages logged so far, as a logger would print them. */
export class Logs {
  readonly lines: Array<string> = []
  readonly layer = Logger.replace(
    Logger.defaultLogger,
    Logger.make((entry) => {
      this.lines.push(Logger.logfmtLogger.log(entry))
    }),
  )

  matching(pattern: RegExp): ReadonlyArray<string> {
    return this.lines.filter((line) => pattern.test(line))
  }
}

/** A store of its own for a test; give the folder for one that others share. */
export const makeStore = (folder?: string): Effect.Effect<TokenStore.Service, never, Scope.Scope> =>
  Effect.map(
    Layer.build(folder === undefined ? TokenStore.layerMemory : FileTokenStore.layer(folder)),
    Context.get(TokenStore.TokenStore),
  )

/** Makes access tokens over a store. */
export const makeTokens = (
  options: AccessTokens.Options,
  store: TokenStore.Service,
): Effect.Effect<AccessTokens.Service, ConfigError, Scope.Scope> =>
  AccessTokens.make(options).pipe(Effect.provideService(TokenStore.TokenStore, store))

/** A tenant whose clock is the test's, which stands at noon. */
export const tenantAtNoon: Effect.Effect<Tenant.Tenant, never, Scope.Scope> = Effect.gen(function* () {
  yield* TestClock.setTime(NOON)
  const tenant = yield* Tenant.start
  const clock = yield* Effect.clock
  tenant.now = () => clock.unsafeCurrentTimeMillis()
  return tenant
})

/** Gives the error that a failing effect fails with. */
export const failure = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<E, never, R> =>
  Effect.map(Effect.either(effect), (either) => {
    if (Either.isRight(either)) throw new Error("expected a failure")
    return either.left
  })

const secrets = ["CANARY", Tenant.CANARY.password, Tenant.CANARY.email, Tenant.CANARY.totp]

/** Fails where anything secret can be seen in what is printed of a value, or in the logs. */
export const expectNoSecret = (value: unknown, logs?: Logs): void => {
  const shown = [
    inspect(value, { depth: null, showHidden: true }),
    JSON.stringify(value),
    String(value),
    value instanceof Error ? String(value.stack) : "",
    ...(logs?.lines ?? []),
  ].join("\n")
  for (const secret of secrets) expect(shown).not.toContain(secret)
}

export const tokensOf = (more: Partial<TokenStore.Tokens> = {}): TokenStore.Tokens => ({
  accessToken: Redacted.make("CANARY-stored"),
  refreshToken: undefined,
  expiresAt: NOON + 3_600_000,
  ...more,
})

/** Moves the test's clock until a fiber is done, leaving real requests and files the time that they need. */
export const advanceUntilDone = <A, E>(
  fiber: Fiber.RuntimeFiber<A, E>,
  by: number,
): Effect.Effect<Exit.Exit<A, E>> =>
  Effect.gen(function* () {
    while (true) {
      const exit = yield* Fiber.poll(fiber)
      if (exit._tag === "Some") return exit.value
      yield* turnOfEvents
      if ((yield* TestClock.sleeps()).length > 0) yield* TestClock.adjust(by)
    }
  })

/** Lets what is under way outside of the test go on for a moment. */
export const turnOfEvents = Effect.promise(() => new Promise<void>((resolve) => setImmediate(resolve)))

/** Waits, in real time, until something outside of the test has happened. */
export const until = (condition: () => boolean): Effect.Effect<void> =>
  Effect.suspend(() => (condition() ? Effect.void : Effect.zipRight(turnOfEvents, until(condition))))
