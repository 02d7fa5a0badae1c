/**
 * The Effect API: services, layers, models with their schemas, and errors. Everything that the client needs is
 * a service that another layer can stand in for.
 *
 * @module tsequence/effect
 */

// TypeScript cannot name what stands in a namespace when it writes declarations of layers that use it.
export type { AccessTokens as AccessTokensTag } from "./auth/AccessTokens.js"
export * as AccessTokens from "./auth/AccessTokens.js"
export type { TokenStore as TokenStoreTag } from "./auth/TokenStore.js"
export * as TokenStore from "./auth/TokenStore.js"
export type { Accounts as AccountsTag } from "./client/Accounts.js"
export * as Accounts from "./client/Accounts.js"
export type { Activity as ActivityTag } from "./client/Activity.js"
export * as Activity from "./client/Activity.js"
export type { ExecutableDocument, ExecuteOptions } from "./client/Execute.js"
export type { MoneyMap as MoneyMapTag } from "./client/MoneyMap.js"
export * as MoneyMap from "./client/MoneyMap.js"
export type { Organizations as OrganizationsTag } from "./client/Organizations.js"
export * as Organizations from "./client/Organizations.js"
export type { Pods as PodsTag } from "./client/Pods.js"
export * as Pods from "./client/Pods.js"
export * as Streams from "./client/Streams.js"
export type { Transfers as TransfersTag } from "./client/Transfers.js"
export * as Transfers from "./client/Transfers.js"
export * as Watch from "./client/Watch.js"
export type { Environment } from "./Environment.js"
export * from "./Errors.js"
export * as Files from "./internal/AtomicFile.js"
export type { Options as LockOptions } from "./internal/FolderLock.js"
export * as FolderLock from "./internal/FolderLock.js"
export * as Names from "./internal/Names.js"
export * as Login from "./Login.js"
export * as Model from "./model/index.js"
export { formatCents, MAX_AMOUNT_CENTS, parseDollars } from "./model/Money.js"
export type { AuthOptions, ClientOptions, Options } from "./Options.js"
export type { Sequence as SequenceTag } from "./Sequence.js"
export * as Sequence from "./Sequence.js"
export { Fetch } from "./transport/Fetch.js"
export type { GraphQL as GraphQLTag } from "./transport/GraphQL.js"
export * as GraphQL from "./transport/GraphQL.js"
export type { Turns as TurnsTag } from "./transport/Turns.js"
export * as Turns from "./transport/Turns.js"
