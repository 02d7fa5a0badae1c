/** The REST contract as one value: routes, what they take, what they answer, and how they fail. */
import {
  HttpApi,
  HttpApiEndpoint,
  HttpApiGroup,
  HttpApiMiddleware,
  HttpApiSchema,
  HttpApiSecurity,
  OpenApi,
} from "@effect/platform"
import { Schema } from "effect"
import * as Bodies from "./Bodies.js"
import * as Inputs from "./Inputs.js"

/** The key that every route but the open ones asks for. */
class ApiKey extends HttpApiMiddleware.Tag<ApiKey>()("tsequence-api/ApiKey", {
  failure: Bodies.Detail.annotations(HttpApiSchema.annotations({ status: 401 })),
  security: { key: HttpApiSecurity.apiKey({ key: "X-API-Key", in: "header" }) },
}) {}

/** Says that the server runs; the service is not asked. */
export const health = HttpApiEndpoint.get("health", "/api/health")
  .addSuccess(Bodies.Health)
  .annotate(OpenApi.Summary, "Says that the server runs; the service is not asked")
/** Says whether the server can work, and lists transfers without an outcome. */
export const ready = HttpApiEndpoint.get("ready", "/api/ready")
  .addSuccess(Bodies.Ready)
  .addError(Bodies.Detail, { status: 503 })
  .annotate(OpenApi.Summary, "Says whether the server can work, and lists transfers without an outcome")
/** All pods. */
export const pods = HttpApiEndpoint.get("pods", "/api/pods")
  .addSuccess(Schema.Array(Bodies.Pod))
  .annotate(OpenApi.Summary, "All pods")
/** All pods together. */
export const totalBalance = HttpApiEndpoint.get("totalBalance", "/api/pods/balance")
  .addSuccess(Bodies.TotalBalance)
  .annotate(OpenApi.Summary, "All pods together")
/** A pod, by its name. */
export const podBalance = HttpApiEndpoint.get("podBalance", "/api/pods/:pod_name/balance")
  .setPath(Inputs.NamePath)
  .addSuccess(Bodies.Pod)
  .addError(Bodies.Detail, { status: 404 })
  .addError(Bodies.Detail, { status: 409 })
  .annotate(OpenApi.Summary, "One pod, by its name")
/** A pod in the server's organization. */
export const podDetail = HttpApiEndpoint.get("podDetail", "/api/pods/detail/:pod_id")
  .setPath(Inputs.PodPath)
  .addSuccess(Bodies.PodDetail)
  .addError(Bodies.Detail, { status: 404 })
  .annotate(OpenApi.Summary, "A pod in the server's organization")
/** A pod in any organization. */
export const organizationPod = HttpApiEndpoint.get("organizationPod", "/api/pods/:org_id/:pod_id")
  .setPath(Inputs.OrganizationPodPath)
  .addSuccess(Bodies.PodDetail)
  .addError(Bodies.Detail, { status: 404 })
  .annotate(OpenApi.Summary, "A pod in any organization")
/** All pods, ports, and accounts of an organization. */
export const accounts = HttpApiEndpoint.get("accounts", "/api/accounts")
  .setUrlParams(Inputs.AccountsQuery)
  .addSuccess(Bodies.Accounts)
  .addError(Bodies.Detail, { status: 404 })
  .annotate(OpenApi.Summary, "Everything in an organization that has a balance")
/** This month. */
export const summary = HttpApiEndpoint.get("summary", "/api/activity/summary")
  .addSuccess(Bodies.Summary)
  .annotate(OpenApi.Summary, "This month")
/** A page of transfers. */
export const activity = HttpApiEndpoint.get("activity", "/api/activity")
  .setUrlParams(Inputs.ActivityQuery)
  .addSuccess(Bodies.ActivityPage)
  .addError(Bodies.Detail, { status: 404 })
  .annotate(OpenApi.Summary, "A page of transfers")
/** A transfer in the server's organization. */
export const transfer = HttpApiEndpoint.get("transfer", "/api/transfers/:transfer_id")
  .setPath(Inputs.TransferPath)
  .addSuccess(Bodies.TransferDetail)
  .addError(Bodies.Detail, { status: 404 })
  .annotate(OpenApi.Summary, "A transfer in the server's organization")
/** A transfer in any organization. */
export const organizationTransfer = HttpApiEndpoint.get(
  "organizationTransfer",
  "/api/activity/:org_id/:transfer_id",
)
  .setPath(Inputs.OrganizationTransferPath)
  .addSuccess(Bodies.TransferDetail)
  .addError(Bodies.Detail, { status: 404 })
  .annotate(OpenApi.Summary, "A transfer in any organization")
/** Moves money. */
export const createTransfer = HttpApiEndpoint.post("createTransfer", "/api/transfers")
  .setHeaders(Inputs.TransferHeaders)
  .setPayload(Inputs.TransferBody)
  .addSuccess(Bodies.Receipt)
  .addError(Bodies.Detail, { status: 400 })
  .addError(Bodies.Detail, { status: 409 })
  .addError(Bodies.Detail, { status: 413 })
  .annotate(OpenApi.Summary, "Moves money")

const open = HttpApiGroup.make("open").add(health)

const guarded = HttpApiGroup.make("sequence")
  .add(ready)
  .add(pods)
  .add(totalBalance)
  .add(podBalance)
  .add(podDetail)
  .add(organizationPod)
  .add(accounts)
  .add(summary)
  .add(activity)
  .add(transfer)
  .add(organizationTransfer)
  .add(createTransfer)
  .addError(Bodies.Detail, { status: 401 })
  .addError(Bodies.ValidationDetail, { status: 422 })
  .addError(Bodies.Detail, { status: 502 })
  .addError(Bodies.Detail, { status: 503 })
  .middleware(ApiKey)

/** The whole contract. */
export const Api = HttpApi.make("tsequence")
  .add(open)
  .add(guarded)
  .annotate(OpenApi.Title, "tsequence")
  .annotate(OpenApi.Version, "0.1.0")

/** Removes the 400 that HttpApi documents for its own decoding: this server answers 422 to invalid inputs. */
const withoutDecodeError = (operation: OpenApi.OpenAPISpecOperation): OpenApi.OpenAPISpecOperation => {
  const { 400: refused, ...responses } = operation.responses
  const isOwn = operation.operationId.endsWith(`.${createTransfer.name}`)
  const other = operation.responses[409]
  if (!isOwn || refused === undefined || other?.content === undefined) return { ...operation, responses }
  const description = "A limit or the service refused the transfer"
  return { ...operation, responses: { ...responses, 400: { description, content: other.content } } }
}

/** The contract as an OpenAPI document. */
export const openApi = (): OpenApi.OpenAPISpec => {
  const { components, paths, ...document } = OpenApi.fromApi(Api)
  const { HttpApiDecodeError: _, Issue: __, PropertyKey: ___, ...schemas } = components.schemas
  const mended = Object.entries(paths).map(([path, { get, post }]) => [
    path,
    { ...(get && { get: withoutDecodeError(get) }), ...(post && { post: withoutDecodeError(post) }) },
  ])
  return {
    ...document,
    servers: [{ url: "/", description: "The server that gives this document" }],
    components: { ...components, schemas },
    paths: Object.fromEntries(mended),
  }
}
