/** Says who answers which path of the service that the sandbox stands in for. */
import { answerAuthorize, answerLogout, answerResume } from "./auth/Authorize.js"
import { answerLoginPage } from "./auth/LoginRoutes.js"
import { answerToken, type TokenEndpointParts } from "./auth/TokenEndpoint.js"
import type { Plan } from "./faults/Faults.js"
import type { PaymentFaults } from "./graphql/Context.js"
import type { GraphQLApi } from "./graphql/GraphQLApi.js"
import { appPage } from "./http/AppPage.js"
import { type HttpRequest, jsonReply, type Reply } from "./http/Messages.js"
import { isPlatformPath } from "./platform/Paths.js"
import type { PlatformApi } from "./platform/PlatformApi.js"

/** Dependencies of the routes. */
export interface RouteParts extends TokenEndpointParts {
  readonly graphql: GraphQLApi
  readonly platform: PlatformApi
  readonly url: () => string
}

const paymentFaults = ({ hits }: Plan): PaymentFaults => ({
  okLost: hits.some(({ okLost }) => okLost),
  failLater: hits.find(({ failLater }) => failLater !== undefined)?.failLater ?? null,
  refuse: hits.find(({ refuse }) => refuse !== undefined)?.refuse ?? null,
})

const pageErrorOf = ({ hits }: Plan) => {
  const wanted = hits.find(({ pageError }) => pageError !== undefined)?.pageError
  return wanted === undefined ? null : { code: wanted.code, field: wanted.field ?? null }
}

const userInfo = ({ headers }: HttpRequest, { tokens }: RouteParts): Reply => {
  const user = tokens.authenticate(headers.authorization)
  if (user === undefined) return jsonReply(401, { error: "invalid_token", error_description: "Unauthorized" })
  return jsonReply(200, { sub: user.id, name: user.name, email: user.email, email_verified: true })
}

const configuration = (url: string): Reply =>
  jsonReply(200, {
    issuer: `${url}/`,
    authorization_endpoint: `${url}/authorize`,
    token_endpoint: `${url}/oauth/token`,
    userinfo_endpoint: `${url}/userinfo`,
    end_session_endpoint: `${url}/v2/logout`,
    response_types_supported: ["token", "code"],
    grant_types_supported: ["implicit", "authorization_code", "refresh_token"],
    code_challenge_methods_supported: ["S256"],
    scopes_supported: ["openid", "profile", "email", "offline_access"],
  })

const logo = (): Reply => ({
  status: 200,
  headers: { "content-type": "image/svg+xml", "cache-control": "max-age=86400" },
  body: `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><circle cx="16" cy="16" r="14" fill="#1d4ed8"/></svg>`,
})

const isRead = (method: string): boolean => method === "GET" || method === "HEAD"

/** Answers a request that no fault has answered. */
export const answerRoute = (request: HttpRequest, plan: Plan, parts: RouteParts): Reply | Promise<Reply> => {
  const { path, method } = request
  if (path === "/api/graphql") return parts.graphql.answer(request, paymentFaults(plan))
  if (isPlatformPath(path)) return parts.platform.answer(request, plan)
  if (path === "/oauth/token") return answerToken(request, parts)
  if (path.startsWith("/u/")) return answerLoginPage(request, parts, pageErrorOf(plan)) ?? notFound()
  if (!isRead(method)) return notFound()
  if (path === "/authorize") return answerAuthorize(request, parts)
  if (path === "/authorize/resume") return answerResume(request, parts)
  if (path === "/v2/logout") return answerLogout(request, parts)
  if (path === "/userinfo") return userInfo(request, parts)
  if (path === "/.well-known/openid-configuration") return configuration(parts.url())
  if (path === "/favicon.ico" || path.startsWith("/logos/")) return logo()
  return path === "/" ? appPage(parts.application, `${parts.url()}/`) : notFound()
}

const notFound = (): Reply => jsonReply(404, { message: "Not found" })
