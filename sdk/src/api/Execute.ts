/** Any document of the service's schema, typed by itself. */
import type { DocumentTypeDecoration } from "@graphql-typed-document-node/core"
import * as Effect from "effect/Effect"
import { type DocumentNode, Kind, type OperationDefinitionNode, parse, print } from "graphql"
import type { Keys } from "../config/OptionKeys.js"
import { AuthenticationError, ConfigError } from "../Errors.js"
import {
  type CallOptions,
  GraphQL,
  type Operation,
  type RequestError,
  type SentFlag,
} from "../transport/GraphQL.js"
import * as GraphQLResponse from "../transport/GraphQLResponse.js"
import * as CallKeys from "./CallKeys.js"

/**
 * A document with the types of its data and variables: what GraphQL code generators make, as text or as a
 * syntax tree, or plain text without types.
 */
export type ExecutableDocument<Data, Variables> = string | (DocumentTypeDecoration<Data, Variables> & object)

const isDocumentNode = (document: object): document is DocumentNode =>
  "kind" in document && document.kind === Kind.DOCUMENT

const textOf = (document: string | object): string => {
  if (typeof document === "string") return document
  return isDocumentNode(document) ? print(document) : String(document)
}

const operationsIn = (text: string): ReadonlyArray<OperationDefinitionNode> =>
  parse(text).definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION)

const unusable = (why: string) => new ConfigError([`The document cannot be executed: ${why}`])

/** A document's only operation. */
export interface Parsed {
  readonly operation: Operation
  readonly kind: "query" | "mutation"
}

/** Finds a document's only operation; fails with `ConfigError` if that is not one query or mutation. */
export const parseDocument = (document: string | object): Effect.Effect<Parsed, ConfigError> =>
  Effect.gen(function* () {
    const text = textOf(document)
    const operations = yield* Effect.try({
      try: () => operationsIn(text),
      catch: (error) => unusable(error instanceof Error ? error.message : "it is not GraphQL"),
    })
    const [only] = operations
    if (only === undefined || operations.length > 1) {
      return yield* Effect.fail(unusable(`it holds ${operations.length} operations instead of one`))
    }
    if (only.operation === "subscription")
      return yield* Effect.fail(unusable("subscriptions are not supported"))
    return { operation: { name: only.name?.value ?? "anonymous", document: text }, kind: only.operation }
  })

/** Options of a single call of `execute`. */
export interface ExecuteOptions extends CallOptions {
  /** Tells, from outside and after an interruption, whether a mutation may have been carried out. */
  readonly flag?: SentFlag | undefined
}

const KEYS: Keys<ExecuteOptions> = { ...CallKeys.CALL, flag: true }

// The data is not checked: the caller relies on the document's types and the service's schema.
const isTrusted = <Data>(_data: unknown): _data is Data => true

const trust = <Data>(data: unknown): Effect.Effect<Data> =>
  isTrusted<Data>(data) ? Effect.succeed(data) : Effect.die("not reached")

const tokenRefused = (operation: string, requestId: string) =>
  new AuthenticationError(
    "Unauthorized",
    "The service refused the access token. The next call uses a new one; check first whether the mutation was carried out.",
    { operation, requestId },
  )

/**
 * Sends any query or mutation. A query is shared and tried again like the SDK's own; a mutation is sent once,
 * ahead of waiting queries. What comes back is trusted to have the document's type, not checked.
 *
 * Fails with `ConfigError` if the document is not one query or mutation.
 */
export const execute = <Data, Variables extends object>(
  document: ExecutableDocument<Data, Variables>,
  variables?: Variables,
  options: ExecuteOptions = {},
): Effect.Effect<Data, RequestError, GraphQL> =>
  Effect.gen(function* () {
    yield* CallKeys.check(options, KEYS)
    const graphql = yield* GraphQL
    const { operation, kind } = yield* parseDocument(document)
    const values = { ...variables }
    if (kind === "query") {
      return yield* Effect.flatMap(graphql.query(operation, values, { timeout: options.timeout }), (data) =>
        trust<Data>(data),
      )
    }
    const { flag = { sent: false }, timeout } = options
    const { answer: response } = yield* graphql.mutation(operation, values, flag, { timeout })
    if (GraphQLResponse.isUnauthorized(response))
      return yield* Effect.fail(tokenRefused(operation.name, response.requestId))
    const { data } = yield* GraphQLResponse.classifyResponse(response, operation.name)
    return yield* trust<Data>(data)
  })
