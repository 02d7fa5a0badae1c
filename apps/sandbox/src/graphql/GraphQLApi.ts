/**
 * GraphQL over HTTP, as its draft says (https://graphql.github.io/graphql-over-http/draft/): who asks, what for, and
 * the answer with its status. By hand rather than by a library: a library brings a reference to `graphql` of its
 * own, and where a test runner or bundler loads that twice, the one copy does not know the other's errors.
 */
import {
  type DocumentNode,
  type ExecutionResult,
  execute,
  type GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  parse,
  validate,
} from "graphql"
import type { UserRecord } from "../data/Model.js"
import { type HttpRequest, jsonReply, type Reply } from "../http/Messages.js"
import { isRecord, parseJson } from "../internal/Json.js"
import type { PaymentFaults, Store } from "./Context.js"
import { makeRoot } from "./Root.js"
import { loadSchema } from "./Schema.js"
import type { View } from "./Values.js"

/** Answers GraphQL requests. */
export interface GraphQLApi {
  /** Answers one request. Gives 401 if the bearer token belongs to no user. */
  readonly answer: (request: HttpRequest, faults: PaymentFaults) => Promise<Reply>
  /** Names the operation that a body would run; `undefined` for bodies without one. */
  readonly operationName: (body: string) => string | undefined
}

/** The content of a request body. */
interface Params {
  readonly query: string
  readonly variables: Record<string, unknown>
  readonly operationName: string | null
}

/** An operation that may run, or why it may not. */
type Prepared =
  | { readonly document: DocumentNode; readonly errors: readonly [] }
  | {
      readonly document: undefined
      readonly errors: ReadonlyArray<GraphQLError | { readonly message: string }>
    }

const MODERN = "application/graphql-response+json"
const CLASSIC = "application/json"
const REMEMBERED = 200

/** Parses and validates, and remembers the outcome: the same few texts come again and again. */
const makePrepare = (schema: GraphQLSchema): ((text: string) => Prepared) => {
  const known = new Map<string, Prepared>()
  return (text) => {
    const found = known.get(text)
    if (found !== undefined) return found
    const prepared = prepare(schema, text)
    if (known.size >= REMEMBERED) known.clear()
    known.set(text, prepared)
    return prepared
  }
}

const prepare = (schema: GraphQLSchema, text: string): Prepared => {
  try {
    const document = parse(text, { maxTokens: 20_000 })
    const errors = validate(schema, document)
    return errors.length === 0 ? { document, errors: [] } : { document: undefined, errors }
  } catch (problem) {
    const error = problem instanceof Error ? problem : new Error("Syntax error")
    return { document: undefined, errors: [error] }
  }
}

/** Chooses the kind of answer; `undefined` where the client takes none that there is. */
const negotiate = (accept: string | undefined): string | undefined => {
  for (const part of (accept ?? "*/*").toLowerCase().split(",")) {
    const type = part.split(";")[0]?.trim() ?? ""
    if (type === MODERN) return MODERN
    if (type === CLASSIC || type === "application/*" || type === "*/*") return CLASSIC
  }
  return undefined
}

const readParams = (body: string): Params | string => {
  const parsed = parseJson(body)
  if (!isRecord(parsed)) return "The body must be a JSON object"
  const { query, variables, operationName } = parsed
  if (typeof query !== "string") return "The body must hold a query"
  if (variables != null && !isRecord(variables)) return "The variables must be an object"
  if (operationName != null && typeof operationName !== "string") return "The operationName must be a text"
  return { query, variables: isRecord(variables) ? variables : {}, operationName: operationName || null }
}

const resultReply = (
  result: ExecutionResult | { readonly errors: Prepared["errors"] },
  type: string,
): Reply => {
  // What never began to run is a bad request; the classic media type has said so with 200 ever since.
  const status = "data" in result || type === CLASSIC ? 200 : 400
  return jsonReply(status, result, { "content-type": `${type}; charset=utf-8` })
}

/** Says, with a status, that the token is missing, expired or unknown. */
export const unauthenticated = (status: number): Reply =>
  jsonReply(status, { errors: [{ message: "Unauthorized", extensions: { code: "UNAUTHENTICATED" } }] })

const badRequest = (status: number, message: string, headers: Record<string, string> = {}): Reply =>
  jsonReply(status, { errors: [{ message }] }, headers)

/** Makes the API over what exists; `authenticate` tells whose token a request carries. */
export const makeGraphQLApi = (
  store: Store,
  authenticate: (authorization: string | undefined) => UserRecord | undefined,
): GraphQLApi => {
  const schema = loadSchema()
  const rootValue: View = makeRoot(store)
  const prepareOnce = makePrepare(schema)

  const run = async (
    request: HttpRequest,
    type: string,
    user: UserRecord,
    faults: PaymentFaults,
  ): Promise<Reply> => {
    const params = readParams(request.body)
    if (typeof params === "string") return badRequest(400, params)
    const { document, errors } = prepareOnce(params.query)
    if (document === undefined) return resultReply({ errors }, type)
    store.payments.settle(store.clock.now())
    const result = await execute({
      schema,
      document,
      rootValue,
      variableValues: params.variables,
      operationName: params.operationName,
      contextValue: { user, requestId: request.headers["x-request-id"] ?? null, faults },
    })
    return resultReply(result, type)
  }

  return {
    answer: async (request, faults) => {
      if (request.method !== "POST")
        return badRequest(405, "GraphQL is asked for with POST", { allow: "POST" })
      const user = authenticate(request.headers.authorization)
      if (user === undefined) return unauthenticated(401)
      const isJson = /^application\/json\s*(;|$)/i.test(request.headers["content-type"] ?? "")
      if (!isJson) return badRequest(415, "The body must be application/json")
      const type = negotiate(request.headers.accept)
      return type === undefined
        ? badRequest(406, `Accept ${MODERN} or ${CLASSIC}`)
        : run(request, type, user, faults)
    },
    operationName: (body) => {
      const params = readParams(body)
      if (typeof params === "string") return undefined
      if (params.operationName !== null) return params.operationName
      const { document } = prepareOnce(params.query)
      return document && getOperationAST(document)?.name?.value
    },
  }
}
