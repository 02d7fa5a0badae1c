/** Writes tokens into a folder, one after the other, until it is killed. */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as FileTokenStore from "../../../src/auth/FileTokenStore.js"
import { TokenStore } from "../../../src/auth/TokenStore.js"

const [, , folder = ""] = process.argv
const letters = "abcdefghijklmnopqrstuvwxyz"

const program = Effect.gen(function* () {
  const store = yield* TokenStore
  for (let n = 0; ; n++) {
    const accessToken = Redacted.make((letters[n % 26] ?? "a").repeat(4_000))
    yield* store.save({ accessToken, refreshToken: undefined, expiresAt: 0 })
    process.stdout.write(".")
  }
})

Effect.runFork(Effect.provide(program, FileTokenStore.layer(folder)))
