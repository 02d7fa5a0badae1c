/**
 * The two files of a token store. `.tokens.json` is PySequence's to the letter, since that refuses a file
 * with any other key; everything else is in `.login.json`. What cannot be understood is no token and no
 * state, never a crash.
 */
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as TokenText from "./login/TokenText.js"
import type { LoginState, Tokens } from "./TokenStore.js"

/**
 * The file that PySequence reads too.
 *
 * @category combinators
 */
export const TOKENS = ".tokens.json"

/**
 * The file of what survives a restart besides the tokens.
 *
 * @category combinators
 */
export const STATE = ".login.json"

const TokensFile = Schema.parseJson(
  Schema.Struct({
    access_token: Schema.String,
    refresh_token: Schema.optionalWith(Schema.NullOr(Schema.String), { default: () => null }),
    expires_at: Schema.Finite,
  }),
)

const decodeTokensFile = Schema.decodeUnknownOption(TokensFile)

/**
 * Reads `.tokens.json`; nothing if it is damaged, empty, or holds an access token that no request could carry.
 *
 * @category combinators
 */
export const decodeTokens = (text: string): Option.Option<Tokens> =>
  Option.flatMap(decodeTokensFile(text), (file) => {
    const accessToken = TokenText.clean(Redacted.make(file.access_token))
    const refreshToken = TokenText.clean(Redacted.make(file.refresh_token ?? ""))
    if (accessToken === undefined && (file.access_token !== "" || refreshToken === undefined)) {
      return Option.none()
    }
    return Option.some({
      accessToken: accessToken ?? Redacted.make(""),
      refreshToken,
      expiresAt: file.expires_at * 1_000,
    })
  })

/**
 * Writes the text of `.tokens.json`.
 *
 * @category combinators
 */
export const encodeTokens = (tokens: Tokens): string =>
  JSON.stringify({
    access_token: Redacted.value(tokens.accessToken),
    refresh_token: tokens.refreshToken === undefined ? null : Redacted.value(tokens.refreshToken),
    expires_at: tokens.expiresAt / 1_000,
  })

const text = Schema.optionalWith(Schema.NullOr(Schema.String), { default: () => null })

const StateFile = Schema.parseJson(
  Schema.Struct({
    salt: Schema.NonEmptyString,
    tenant: text,
    account: text,
    seed: text,
    codes: Schema.Record({ key: Schema.String, value: Schema.Finite }),
    failures: Schema.Record({
      key: Schema.String,
      value: Schema.Struct({ count: Schema.Finite, not_before: Schema.Finite }),
    }),
  }),
)

const decodeStateFile = Schema.decodeUnknownOption(StateFile)

const mapValues = <A, B>(record: Readonly<Record<string, A>>, change: (value: A) => B): Record<string, B> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]))

/**
 * Reads `.login.json`; nothing if it is damaged.
 *
 * @category combinators
 */
export const decodeState = (content: string): Option.Option<LoginState> =>
  Option.map(decodeStateFile(content), (file) => ({
    salt: file.salt,
    tenant: file.tenant ?? undefined,
    account: file.account ?? undefined,
    seed: file.seed ?? undefined,
    codes: file.codes,
    failures: mapValues(file.failures, ({ count, not_before }) => ({ count, notBefore: not_before * 1_000 })),
  }))

/**
 * Writes the text of `.login.json`.
 *
 * @category combinators
 */
export const encodeState = (state: LoginState): string =>
  JSON.stringify({
    salt: state.salt,
    tenant: state.tenant ?? null,
    account: state.account ?? null,
    seed: state.seed ?? null,
    codes: state.codes,
    failures: mapValues(state.failures, ({ count, notBefore }) => ({ count, not_before: notBefore / 1_000 })),
  })
