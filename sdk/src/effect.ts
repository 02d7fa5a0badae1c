/**
 * The Effect API: services, layers, models with their schemas, and errors. Everything that the client needs is
 * a service that another layer can stand in for.
 *
 * @module tsequence/effect
 */
export * as AccessTokens from "./auth/AccessTokens.js"
export * as TokenStore from "./auth/TokenStore.js"
export * as Accounts from "./client/Accounts.js"
export * as Activity from "./client/Activity.js"
export type { ExecutableDocument, ExecuteOptions } from "./client/Execute.js"
export * as MoneyMap from "./client/MoneyMap.js"
export * as Organizations from "./client/Organizations.js"
export * as Pods from "./client/Pods.js"
export * as Streams from "./client/Streams.js"
export * as Transfers from "./client/Transfers.js"
export * as Watch from "./client/Watch.js"
export type { Environment } from "./Environment.js"
export * from "./Errors.js"
export type { Options as LockOptions } from "./internal/FolderLock.js"
export * as Model from "./model/index.js"
export { formatCents, MAX_AMOUNT_CENTS, parseDollars } from "./model/Money.js"
export type { AuthOptions, Options } from "./Options.js"
export * as Sequence from "./Sequence.js"
export { Fetch } from "./transport/Fetch.js"
export * as GraphQL from "./transport/GraphQL.js"
export * as Turns from "./transport/Turns.js"
