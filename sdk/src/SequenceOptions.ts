/** The options of the Promise API: plain values, which become those of the services. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as TokenStore from "./auth/TokenStore.js"
import { StorageError } from "./Errors.js"
import type { SequenceLogger } from "./internal/Logging.js"
import type { AuthOptions, Options } from "./Options.js"
import type { RetryOptions } from "./transport/GraphQL.js"

/** What a person logs in with. */
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
  /** When the access token runs out, in milliseconds since 1970. */
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

/** How much distance requests to the service keep. One is under way at a time. */
export interface PolitenessOptions {
  /** Least milliseconds between an answer and the next request. @default 1500 */
  readonly minDelay?: number | undefined
  /** Most random milliseconds on top of it. @default 2000 */
  readonly jitter?: number | undefined
  /** Most requests that may wait, of transfers and of reads each. @default 100 */
  readonly maxWaiting?: number | undefined
}

/** Options of a client. One way to get a token is needed; everything else has a default. */
export interface SequenceOptions {
  /** What to log in with. Needs `auth.clientId` too. */
  readonly credentials?: SequenceCredentials | undefined
  /** A token to start with; alone, the client works until the service refuses it. */
  readonly accessToken?: string | undefined
  /** A refresh token to start with. Needs `auth.clientId` too. */
  readonly refreshToken?: string | undefined
  /**
   * Asked for every token, instead of the above. `rejected` says that the service refused the last one;
   * `signal` aborts when nobody waits for it any more.
   */
  readonly tokenProvider?:
    | ((request: { readonly rejected: boolean; readonly signal: AbortSignal }) => string | Promise<string>)
    | undefined
  /** How to log in: values of the web app's `/authorize` request. */
  readonly auth?: AuthOptions | undefined
  /** The organization that calls default to. May be left out where the login has exactly one. */
  readonly organizationId?: string | undefined
  /** The KYC application that transfers are made for. May be left out where the login has exactly one. */
  readonly kycId?: string | undefined
  /** The GraphQL endpoint. Default: the service's. */
  readonly apiUrl?: string | undefined
  /** Origin of the web app. Default: the service's. */
  readonly appUrl?: string | undefined
  /** Auth0 tenant. Default: the service's. */
  readonly authUrl?: string | undefined
  /** Whether requests say that they come from the web app's origin, since the service may look at it. @default true */
  readonly sendOrigin?: boolean | undefined
  /**
   * Folder of `.tokens.json` and the like, shared safely by several processes; `false` keeps everything in
   * memory. Default: the working directory where there are credentials or a refresh token, else memory.
   */
  readonly dataDir?: string | false | undefined
  /** Keeps tokens somewhere else than in `dataDir`. */
  readonly tokenStore?: SequenceTokenStore | undefined
  /** Distance between requests. */
  readonly politeness?: PolitenessOptions | undefined
  /** How failed reads are repeated, and transfers that certainly were not made. */
  readonly retry?: RetryOptions | undefined
  /** Milliseconds that a call may take, all waits included. @default 120000 */
  readonly timeout?: number | undefined
  /** Milliseconds that one request may take. @default 30000 */
  readonly attemptTimeout?: number | undefined
  /** Milliseconds that the answer to a read may be used again. 0: not at all. Any transfer ends it. @default 0 */
  readonly maxAge?: number | undefined
  /** Makes all requests. Default: the runtime's own `fetch`. */
  readonly fetch?: typeof globalThis.fetch | undefined
  /** Takes log lines; `false`: none. Default: warnings and errors go to standard error. */
  readonly logger?: SequenceLogger | false | undefined
}

const secret = (value: string | undefined) => (value === undefined ? undefined : Redacted.make(value))

/** The services' options, without what only the Promise API has. */
export const toOptions = (options: SequenceOptions): Options => {
  const { credentials, accessToken, refreshToken, tokenStore: _s, fetch: _f, logger: _l, ...rest } = options
  return {
    ...rest,
    accessToken: secret(accessToken),
    refreshToken: secret(refreshToken),
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
  accessToken,
  refreshToken,
  ...rest
}: Options): SequenceOptions => ({
  ...rest,
  accessToken: plain(accessToken),
  refreshToken: plain(refreshToken),
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
