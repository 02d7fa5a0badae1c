/** Composes the services of the SDK into one client; decides nothing itself. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Accounts from "./api/Accounts.js"
import * as Activity from "./api/Activity.js"
import { type ExecutableDocument, type ExecuteOptions, execute } from "./api/Execute.js"
import * as MoneyMap from "./api/MoneyMap.js"
import * as Organizations from "./api/Organizations.js"
import * as Pods from "./api/Pods.js"
import * as Transfers from "./api/Transfers.js"
import * as AccessTokens from "./auth/AccessTokens.js"
import * as FileTokenStore from "./auth/FileTokenStore.js"
import * as TokenStore from "./auth/TokenStore.js"
import * as Environment from "./client/Environment.js"
import {
  DEFAULTS,
  databaseOf,
  needsStore,
  type Options,
  problemsWith,
  toLoginOptions,
  unknownOptions,
} from "./client/Options.js"
import { ConfigError } from "./Errors.js"
import { Fetch } from "./http/Fetch.js"
import * as PlatformHttp from "./platform/PlatformHttp.js"
import * as PlatformServices from "./platform/services.js"
import * as load from "./postgres/load.js"
import * as GraphQL from "./transport/GraphQL.js"
import * as RequestQueue from "./transport/RequestQueue.js"

/**
 * The methods of a client, each as its own module describes it.
 *
 * @category services
 */
export interface Service
  extends Pods.Service,
    Accounts.Service,
    Pick<Activity.Service, "getActivity" | "getActivitySummary" | "getTransferDetail">,
    MoneyMap.Service,
    Pick<Transfers.Service, "transfer" | "checkKyc"> {
  /**
   * Sends any query or mutation of the service's schema. A query is shared and tried again like the SDK's own;
   * a mutation is sent once, ahead of waiting queries. The answer is trusted to have the document's type.
   */
  readonly execute: <Data = unknown, Variables extends object = Readonly<Record<string, unknown>>>(
    document: ExecutableDocument<Data, Variables>,
    variables?: Variables,
    options?: ExecuteOptions,
  ) => Effect.Effect<Data, GraphQL.RequestError>
}

/**
 * The client as one service.
 *
 * @example
 * ```ts
 * import * as Effect from "effect/Effect"
 * import { Sequence } from "tsequence/effect"
 *
 * const program = Effect.gen(function* () {
 *   const sequence = yield* Sequence.Sequence
 *   return yield* sequence.getTotalBalance()
 * })
 *
 * await Effect.runPromise(Effect.provide(program, Sequence.layerEnv()))
 * ```
 *
 * @category services
 */
export class Sequence extends Context.Tag("tsequence/Sequence")<Sequence, Service>() {}

/** The services that a client is made of. */
export type Services =
  | Pods.Pods
  | Accounts.Accounts
  | Activity.Activity
  | MoneyMap.MoneyMap
  | Transfers.Transfers
  | Organizations.Organizations
  | GraphQL.GraphQL

/** Runs something with the client in context. */
export const use = <A, E>(run: (client: Service) => Effect.Effect<A, E>): Effect.Effect<A, E, Sequence> =>
  Effect.flatMap(Sequence, run)

/**
 * Composes the client of its parts.
 *
 * @category constructors
 */
export const make: Effect.Effect<Service, never, Services> = Effect.gen(function* () {
  const graphql = yield* GraphQL.GraphQL
  const { getActivity, getActivitySummary, getTransferDetail } = yield* Activity.Activity
  const { transfer, checkKyc } = yield* Transfers.Transfers
  return {
    ...(yield* Pods.Pods),
    ...(yield* Accounts.Accounts),
    ...(yield* MoneyMap.MoneyMap),
    getActivity,
    getActivitySummary,
    getTransferDetail,
    transfer,
    checkKyc,
    execute: (document, variables, options) =>
      Effect.provideService(execute(document, variables, options), GraphQL.GraphQL, graphql),
  }
})

/**
 * The client and its parts over a {@link GraphQL.GraphQL} of your own making.
 *
 * @category layers
 */
export const layerServices = (
  options: Pick<Options, "organizationId" | "kycId"> = {},
): Layer.Layer<Sequence | Exclude<Services, GraphQL.GraphQL>, never, GraphQL.GraphQL> =>
  Layer.effect(Sequence, make).pipe(
    Layer.provideMerge(Transfers.layer(options)),
    Layer.provideMerge(Layer.mergeAll(Pods.layer, Accounts.layer, Activity.layer, MoneyMap.layer)),
    Layer.provideMerge(Organizations.layer(options)),
  )

/**
 * A client for tests of your own programs: the methods that you give it. A call of any other one is a defect
 * that names it.
 *
 * @example
 * ```ts
 * import * as Effect from "effect/Effect"
 * import { Sequence } from "tsequence/effect"
 *
 * const rich = Sequence.layerTest({
 *   getTotalBalance: () => Effect.succeed({ totalCents: 1_000_000, podCount: 1 }),
 * })
 * ```
 *
 * @category layers
 */
export const layerTest = (methods: Partial<Service>): Layer.Layer<Sequence> => Layer.mock(Sequence, methods)

/** Gives the folder that files are kept in; `undefined` if none are kept. */
const folderOf = (options: Options): string | undefined => {
  if (options.dataDir === false) return undefined
  return options.dataDir ?? (needsStore(options) ? "." : undefined)
}

/**
 * The tokens that options ask for, over a {@link TokenStore.TokenStore}.
 *
 * @category layers
 */
export const layerAccessTokens = (
  options: Options,
): Layer.Layer<AccessTokens.AccessTokens, ConfigError, TokenStore.TokenStore> => {
  const { accessToken, tokenProvider } = options
  if (tokenProvider !== undefined) return AccessTokens.layerProvider(tokenProvider)
  return needsStore(options)
    ? AccessTokens.layer(toLoginOptions(options))
    : AccessTokens.layerStatic(accessToken ?? Redacted.make(""))
}

/**
 * The way to the service that options ask for, over tokens of your own.
 *
 * @category layers
 */
export const layerGraphQL = (
  options: Options,
): Layer.Layer<GraphQL.GraphQL, ConfigError, AccessTokens.AccessTokens> => {
  const appUrl = options.appUrl ?? DEFAULTS.appUrl
  return GraphQL.layer({
    apiUrl: options.apiUrl ?? DEFAULTS.apiUrl,
    appUrl: options.sendOrigin === false ? false : new URL(appUrl).origin,
    attemptTimeout: options.attemptTimeout,
    timeout: options.timeout,
    retry: options.retry,
    maxAge: options.maxAge,
  }).pipe(Layer.provide(layerRequestQueue(options)))
}

/**
 * The turns that options ask for.
 *
 * @category layers
 */
export const layerRequestQueue = (options: Options): Layer.Layer<RequestQueue.RequestQueue, ConfigError> => {
  const database = databaseOf(options)
  if (database !== undefined) return load.layerRequestQueue(database, options.rateLimit)
  const folder = folderOf(options)
  return folder === undefined
    ? RequestQueue.layer(options.rateLimit)
    : RequestQueue.layerFile(folder, options.rateLimit)
}

/**
 * The store of tokens that options ask for.
 *
 * @category layers
 */
export const layerTokenStore = (options: Options): Layer.Layer<TokenStore.TokenStore, ConfigError> => {
  const database = databaseOf(options)
  if (database !== undefined) return load.layerTokenStore(database)
  const folder = folderOf(options)
  return folder === undefined ? TokenStore.layerMemory : FileTokenStore.layer(folder)
}

/** The pace that keeps a key within its requests per minute: one request at a time, at even distances. */
const KEY_RATE_LIMIT = { minInterval: 600, jitter: 0 }

/** A complete client with a key of the Platform API. */
const layerPlatform = (
  options: Options,
  apiKey: Redacted.Redacted<string>,
): Layer.Layer<Sequence | Services | AccessTokens.AccessTokens, ConfigError> => {
  const rateLimit = { ...KEY_RATE_LIMIT, ...options.rateLimit }
  const http = PlatformHttp.layer({ ...options, apiKey, baseUrl: options.platform?.baseUrl })
  return Layer.effect(Sequence, make).pipe(
    Layer.provideMerge(PlatformServices.layer(options)),
    Layer.provide(http),
    Layer.provide(layerRequestQueue({ ...options, rateLimit })),
    Layer.merge(AccessTokens.layerStatic(Redacted.make(""))),
  )
}

/**
 * A complete client. Replace any part of it by providing another layer for it: the `layer…` functions of this
 * module are what it is made of.
 *
 * @param tokenStore - where tokens are kept. Default: as `dataDir` says
 *
 * @category layers
 */
export const layer = (
  options: Options,
  tokenStore: Layer.Layer<TokenStore.TokenStore, ConfigError> = layerTokenStore(options),
): Layer.Layer<Sequence | Services | AccessTokens.AccessTokens, ConfigError> =>
  Layer.suspend(() => {
    const problems = [...unknownOptions(options), ...problemsWith(options)]
    if (problems.length > 0) return Layer.fail(new ConfigError(problems))
    if (options.apiKey !== undefined) return layerPlatform(options, options.apiKey)
    return layerServices(options).pipe(
      Layer.provideMerge(layerGraphQL(options)),
      Layer.provideMerge(layerAccessTokens(options)),
      Layer.provide(tokenStore),
    )
  })

/**
 * A complete client from the environment, which is read when the layer is built.
 *
 * @param overrides - options that win over the environment's
 *
 * @category layers
 */
export const layerEnv = (
  overrides: Options = {},
  environment: Environment.Environment = process.env,
): Layer.Layer<Sequence | Services | AccessTokens.AccessTokens, ConfigError> =>
  Layer.unwrapEffect(
    Effect.map(Fetch, (fetch) => {
      const unknown = unknownOptions(overrides)
      if (unknown.length > 0) return Layer.fail(new ConfigError(unknown))
      const read = Environment.read(environment, overrides, { hasOwnFetch: fetch !== globalThis.fetch })
      return read._tag === "Left" ? Layer.fail(read.left) : layer(read.right)
    }),
  )
