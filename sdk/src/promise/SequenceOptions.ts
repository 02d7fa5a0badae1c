/** The options of the Promise API: plain values, which become those of the services. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as SafeguardOptions from "../audit/SafeguardOptions.js"
import * as TokenStore from "../auth/TokenStore.js"
import { CLIENT_KEYS, type ClientOptions, LOGIN_KEYS, type Options } from "../client/Options.js"
import { type Keys, unknownKeys } from "../config/OptionKeys.js"
import { StorageError } from "../Errors.js"
import type { SequenceLogger } from "../internal/Logging.js"
import type { SequenceSafeguardOptions } from "./SafeguardsClient.js"

/** The credentials of a person. */
export interface SequenceCredentials {
  readonly email: string
  readonly password: string
  /**
   * The secret that one-time codes are made from: Base32 in any case, with or without spaces and dashes, or an
   * `otpauth://` address. Six digits are a code that works for one login.
   */
  readonly totp?: string | undefined
}

/** Tokens as a {@link SequenceTokenStore} keeps them. */
export interface StoredTokens {
  readonly accessToken: string
  readonly refreshToken: string | null
  /** The expiry of the access token, in milliseconds since 1970. */
  readonly expiresAt: number
}

/** Keeps tokens somewhere of your own, such as a keychain or a database. One client at a time may use it. */
export interface SequenceTokenStore {
  /** Reads the tokens; `null` where there are none. */
  readonly load: () => Promise<StoredTokens | null> | StoredTokens | null
  /** Replaces the tokens. They are used only once this has succeeded. */
  readonly save: (tokens: StoredTokens) => Promise<void> | void
  /** Forgets the tokens. */
  readonly clear: () => Promise<void> | void
}

/** Options of a client. One way to get a token is needed; everything else has a default. */
export interface SequenceOptions extends ClientOptions {
  /** The credentials to log in with. They need `auth.clientId` too. */
  readonly credentials?: SequenceCredentials | undefined
  /**
   * A key of the Platform API, instead of a login. The client then reads pods, accounts and the activity; transfers, the
   * money map, `execute` and `safeguards` need a login.
   */
  readonly apiKey?: string | undefined
  /** A token to start with; alone, the client works until the service refuses it. */
  readonly accessToken?: string | undefined
  /** A refresh token to start with. Needs `auth.clientId` too. */
  readonly refreshToken?: string | undefined
  /** Keeps tokens somewhere else than in `dataDir`. */
  readonly tokenStore?: SequenceTokenStore | undefined
  /** Makes all requests. Default: the runtime's own `fetch`. */
  readonly fetch?: typeof globalThis.fetch | undefined
  /**
   * Makes `transfer` guarded: within limits, on the record before anything is sent, and followed up where no answer
   * came. Trail and limits are files in `dataDir` (default: the working directory), which the REST server and
   * PySequence share; with `dataDir: false` they last as long as the process. @default false
   */
  readonly safeguards?: boolean | SequenceSafeguardOptions | undefined
  /**
   * PostgreSQL database that takes the place of the files in `dataDir`, such as `postgresql://user:password@host/name`:
   * programs on several machines share it. Needs the packages that an error names where they are missing; with
   * `dataDir: false` it is not used.
   */
  readonly databaseUrl?: string | undefined
  /** The zone of the calendar days that daily limits go by. @default "America/New_York" */
  readonly timeZone?: string | undefined
  /** Takes log lines; `false`: none. Default: warnings and errors go to standard error. */
  readonly logger?: SequenceLogger | false | undefined
}

const KEYS: Keys<SequenceOptions> = {
  ...CLIENT_KEYS,
  ...LOGIN_KEYS,
  tokenStore: true,
  fetch: true,
  safeguards: SafeguardOptions.OWN_KEYS,
  timeZone: true,
  logger: true,
}

/** Names every key of options that nothing reads. */
export const unknownOptions = (options: SequenceOptions): ReadonlyArray<string> =>
  unknownKeys("options", options, KEYS)

const secret = (value: string | undefined) => (value === undefined ? undefined : Redacted.make(value))

/** Tells if the option asks for safeguards. */
export const isGuarded = (
  safeguards: SequenceOptions["safeguards"],
): safeguards is true | SequenceSafeguardOptions => safeguards !== undefined && safeguards !== false

/** The services' options, without what only the Promise API has. */
export const toOptions = (options: SequenceOptions): Options => {
  const { credentials, apiKey, accessToken, refreshToken, databaseUrl, ...more } = options
  const { tokenStore: _s, fetch: _f, logger: _l, safeguards, timeZone: _z, ...rest } = more
  return {
    ...rest,
    // Safeguards are of use only where they are found again.
    dataDir: rest.dataDir ?? (isGuarded(safeguards) ? "." : undefined),
    apiKey: secret(apiKey),
    accessToken: secret(accessToken),
    refreshToken: secret(refreshToken),
    databaseUrl: secret(databaseUrl),
    credentials:
      credentials === undefined
        ? undefined
        : {
            email: credentials.email,
            password: Redacted.make(credentials.password),
            totp: secret(credentials.totp),
          },
  }
}

const plain = (value: Redacted.Redacted<string> | undefined) =>
  value === undefined ? undefined : Redacted.value(value)

/** The other way round from {@link toOptions}. */
export const fromOptions = ({
  credentials,
  apiKey,
  accessToken,
  refreshToken,
  databaseUrl,
  ...rest
}: Options): SequenceOptions => ({
  ...rest,
  apiKey: plain(apiKey),
  accessToken: plain(accessToken),
  refreshToken: plain(refreshToken),
  databaseUrl: plain(databaseUrl),
  credentials:
    credentials === undefined
      ? undefined
      : {
          email: credentials.email,
          password: Redacted.value(credentials.password),
          totp: plain(credentials.totp),
        },
})

const storeFailed = (doing: string) =>
  new StorageError(`The token store given to the client failed to ${doing} the tokens`, {
    path: "tokenStore",
  })

const call = <A>(doing: string, run: () => Promise<A> | A) =>
  Effect.tryPromise({ try: async () => run(), catch: () => storeFailed(doing) })

/** A token store of the caller's as a service; what is not tokens stays in memory. */
export const layerTokenStore = (store: SequenceTokenStore): Layer.Layer<TokenStore.TokenStore> =>
  Layer.effect(
    TokenStore.TokenStore,
    Effect.map(TokenStore.TokenStore, (memory) => ({
      ...memory,
      load: Effect.map(
        call("load", () => store.load()),
        (tokens) =>
          tokens === null
            ? undefined
            : {
                accessToken: Redacted.make(tokens.accessToken),
                refreshToken: secret(tokens.refreshToken ?? undefined),
                expiresAt: tokens.expiresAt,
              },
      ),
      save: (tokens) =>
        call("save", () =>
          store.save({
            accessToken: Redacted.value(tokens.accessToken),
            refreshToken: tokens.refreshToken === undefined ? null : Redacted.value(tokens.refreshToken),
            expiresAt: tokens.expiresAt,
          }),
        ),
      clear: call("clear", () => store.clear()),
    })),
  ).pipe(Layer.provide(TokenStore.layerMemory))
