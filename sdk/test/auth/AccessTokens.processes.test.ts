import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { bundle } from "./child.js"
import { run } from "./processes.js"
import * as support from "./support.js"
import { CANARY, start } from "./Tenant.js"

const four = (child: string, ...args: ReadonlyArray<string>) =>
  Effect.all(
    Array.from({ length: 4 }, () => run(child, ...args)),
    { concurrency: "unbounded" },
  )

describe("AccessTokens, between processes", () => {
  it.live(
    "makes one refresh for four processes with an expired token, and the tokens stay good",
    () =>
      Effect.scoped(
        Effect.gen(function* () {
          const tenant = yield* start
          const folder = yield* support.temporaryFolder
          const child = yield* bundle("children/getter.ts")
          const store = yield* support.makeStore(folder)
          yield* store.save(
            support.tokensOf({ refreshToken: Redacted.make(tenant.refreshToken), expiresAt: 0 }),
          )
          const outputs = yield* four(child, folder, tenant.url)
          expect(new Set(outputs).size).toBe(1)
          expect(outputs[0]).toContain("CANARYsignature")
          expect(tenant.routes).toEqual(["POST /oauth/token"])
          expect(tenant.revoked).toBe(false)
        }),
      ),
    60_000,
  )

  it.live(
    "makes one login for four processes without a token",
    () =>
      Effect.scoped(
        Effect.gen(function* () {
          const tenant = yield* start
          const folder = yield* support.temporaryFolder
          const child = yield* bundle("children/getter.ts")
          const outputs = yield* four(child, folder, tenant.url, CANARY.email, CANARY.password, CANARY.totp)
          expect(new Set(outputs).size).toBe(1)
          expect(tenant.count("POST /u/login/password")).toBe(1)
          expect(tenant.count("POST /u/mfa-otp-challenge")).toBe(1)
        }),
      ),
    60_000,
  )
})
