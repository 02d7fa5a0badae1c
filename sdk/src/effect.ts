/**
 * The Effect API: services, layers, models, and errors. Everything that the client needs is
 * a service that another layer can stand in for.
 *
 * @module tsequence/effect
 */

export type { Accounts as AccountsTag } from "./api/Accounts.js"
export * as Accounts from "./api/Accounts.js"
export type { Activity as ActivityTag } from "./api/Activity.js"
export * as Activity from "./api/Activity.js"
export type { ExecutableDocument, ExecuteOptions } from "./api/Execute.js"
export type { MoneyMap as MoneyMapTag } from "./api/MoneyMap.js"
export * as MoneyMap from "./api/MoneyMap.js"
export type { Organizations as OrganizationsTag } from "./api/Organizations.js"
export * as Organizations from "./api/Organizations.js"
export type { Pods as PodsTag } from "./api/Pods.js"
export * as Pods from "./api/Pods.js"
export * as Streams from "./api/Streams.js"
export type { Transfers as TransfersTag } from "./api/Transfers.js"
export * as Transfers from "./api/Transfers.js"
export * as Watch from "./api/Watch.js"
// TypeScript cannot name what is in a namespace when it writes declarations of layers that use it.
export type { AccessTokens as AccessTokensTag } from "./auth/AccessTokens.js"
export * as AccessTokens from "./auth/AccessTokens.js"
export * as FileTokenStore from "./auth/FileTokenStore.js"
export type { TokenStore as TokenStoreTag } from "./auth/TokenStore.js"
export * as TokenStore from "./auth/TokenStore.js"
export { type EnvironmentLimits, readLimits } from "./client/Environment.js"
export * as Login from "./client/Login.js"
export type { AuthOptions, ClientOptions, Options } from "./client/Options.js"
export { DEFAULTS as DEFAULT_ADDRESSES } from "./client/Options.js"
export { type ErrorFields, errorToJson } from "./ErrorJson.js"
export * from "./Errors.js"
export { Fetch } from "./http/Fetch.js"
export * as Model from "./model/index.js"
export { formatCents, MAX_AMOUNT_CENTS, parseDollars } from "./model/Money.js"
export type { Sequence as SequenceTag } from "./Sequence.js"
export * as Sequence from "./Sequence.js"
export type { GraphQL as GraphQLTag } from "./transport/GraphQL.js"
export * as GraphQL from "./transport/GraphQL.js"
export type { RequestQueue as RequestQueueTag } from "./transport/RequestQueue.js"
export * as RequestQueue from "./transport/RequestQueue.js"
