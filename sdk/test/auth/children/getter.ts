/** Asks for a token several times at once, as one of the processes that share a folder. Prints what it got. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { AccessTokens, layer } from "../../../src/auth/AccessTokens.js"
import * as FileTokenStore from "../../../src/auth/FileTokenStore.js"

const [, , folder = "", authUrl = "", email = "", password = "", totp = ""] = process.argv

const options = {
  authUrl,
  clientId: "client",
  redirectUri: `${authUrl}/app/callback?x=1`,
  audience: "https://api.example.com",
  userAgent: "tsequence/test",
  credentials:
    email === "" ? undefined : { email, password: Redacted.make(password), totp: Redacted.make(totp) },
}

const program = Effect.gen(function* () {
  const { get } = yield* AccessTokens
  const tokens = yield* Effect.all(
    Array.from({ length: 10 }, () => get),
    { concurrency: "unbounded" },
  )
  process.stdout.write(JSON.stringify([...new Set(tokens.map(Redacted.value))]))
})

Effect.runFork(Effect.provide(program, Layer.provide(layer(options), FileTokenStore.layer(folder))))
