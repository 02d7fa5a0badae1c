/** `POST /oauth/token`: codes and refresh tokens in, tokens out. */
import { createHash } from "node:crypto"
import { type HttpRequest, jsonReply, type Reply, readFields } from "../http/Messages.js"
import type { AuthorizeParts } from "./Authorize.js"
import type { Grant, IssuedTokens } from "./Tokens.js"

/** Dependencies of the endpoint, besides those of `/authorize`. */
export interface TokenEndpointParts extends AuthorizeParts {
  /** Issues a refresh token to clients that ask for `offline_access` if true. */
  readonly refreshTokens: boolean
}

type Fields = ReadonlyMap<string, string>

/** Answers a request for tokens. */
export const answerToken = (request: HttpRequest, parts: TokenEndpointParts): Reply => {
  if (request.method !== "POST")
    return jsonReply(405, { message: "Tokens are asked for with POST" }, { allow: "POST" })
  const fields = readFields(request)
  const grantType = fields.get("grant_type")
  if (grantType === undefined)
    return refuse(403, "unauthorized_client", "Missing required parameter: grant_type")
  if (fields.get("client_id") !== parts.application.clientId) {
    return refuse(401, "invalid_client", "Unknown client or client without this grant")
  }
  if (grantType === "refresh_token") return exchangeRefreshToken(fields, parts)
  if (grantType === "authorization_code") return exchangeCode(fields, parts)
  return refuse(
    403,
    "unauthorized_client",
    `Grant type '${grantType.slice(0, 80)}' not allowed for the client.`,
  )
}

/** Refuses a refresh token, in Auth0's words. */
export const invalidGrant = (): Reply => refuse(403, "invalid_grant", "Unknown or invalid refresh token.")

const refuse = (status: number, error: string, description: string): Reply =>
  jsonReply(status, { error, error_description: description })

const exchangeRefreshToken = (fields: Fields, { tokens, application }: TokenEndpointParts): Reply => {
  const refreshToken = fields.get("refresh_token")
  if (!refreshToken) return refuse(400, "invalid_request", "Missing required parameter: refresh_token")
  const refreshed = tokens.refresh(refreshToken, application.clientId)
  return refreshed ? tokenReply(refreshed.tokens, refreshed.grant, tokens.lifeSeconds) : invalidGrant()
}

const exchangeCode = (fields: Fields, parts: TokenEndpointParts): Reply => {
  const transaction = parts.transactions.takeCode(fields.get("code") ?? "")
  if (transaction?.user == null || transaction.request.redirectUri !== fields.get("redirect_uri")) {
    return refuse(403, "invalid_grant", "Invalid authorization code")
  }
  const verifier = fields.get("code_verifier") ?? ""
  const challenge = createHash("sha256").update(verifier).digest("base64url")
  if (challenge !== transaction.request.codeChallenge) {
    return refuse(403, "invalid_grant", "Failed to verify code verifier")
  }
  const { user, request } = transaction
  const grant: Grant = { user, clientId: request.clientId, scope: request.scope, audience: request.audience }
  const scopes = request.scope.split(" ")
  const tokens = parts.tokens.issue(grant, parts.refreshTokens && scopes.includes("offline_access"))
  const idToken = scopes.includes("openid") ? makeIdToken(grant, request.nonce, parts) : null
  return tokenReply(tokens, grant, parts.tokens.lifeSeconds, idToken)
}

const makeIdToken = (
  { user, clientId }: Grant,
  nonce: string | null,
  { tokens, clock }: TokenEndpointParts,
): string => {
  const issuedAt = Math.floor(clock.now() / 1000)
  const who = { sub: user.id, name: user.name, email: user.email, email_verified: true }
  return tokens.sign({
    ...who,
    aud: clientId,
    iat: issuedAt,
    exp: issuedAt + 36_000,
    ...(nonce ? { nonce } : {}),
  })
}

const tokenReply = (tokens: IssuedTokens, grant: Grant, life: number, idToken: string | null = null): Reply =>
  jsonReply(200, {
    access_token: tokens.accessToken,
    ...(tokens.refreshToken === null ? {} : { refresh_token: tokens.refreshToken }),
    ...(idToken === null ? {} : { id_token: idToken }),
    scope: grant.scope,
    expires_in: life,
    token_type: "Bearer",
  })
