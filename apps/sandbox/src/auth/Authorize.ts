/** `/authorize`, `/authorize/resume` and `/v2/logout`: where logins begin, go on and end. */
import type { UserRecord } from "../data/Model.js"
import { type HttpRequest, type Reply, readCookies, redirectReply } from "../http/Messages.js"
import { type LoginParts, nextPage, sessionIdsOf } from "./LoginRoutes.js"
import { errorPage, lostPage } from "./Pages.js"
import type { Tokens } from "./Tokens.js"
import type { AuthorizeRequest, Transaction } from "./Transactions.js"

/** The one application that the sandbox's tenant knows. */
export interface Application {
  readonly clientId: string
  readonly audience: string
  readonly redirectUris: readonly string[]
}

/** Dependencies of `/authorize`, besides those of the pages. */
export interface AuthorizeParts extends LoginParts {
  readonly application: Application
  readonly tokens: Tokens
}

const PROBLEMS = {
  unsupported: ["unsupported_response_type", "Unsupported response type"],
  noType: ["invalid_request", "Missing required parameter: response_type"],
  noChallenge: ["invalid_request", "Parameter 'code_challenge' is required with code_challenge_method S256"],
  audience: ["access_denied", "Service not found"],
  login: ["login_required", "Login required"],
} as const

/** Begins a login, or goes straight back to the app where the browser is logged in already. */
export const answerAuthorize = (request: HttpRequest, parts: AuthorizeParts): Reply => {
  const { query } = request
  const { application, transactions } = parts
  if (query.get("client_id") !== application.clientId) {
    return errorPage(400, "invalid_request", `Unknown client: ${query.get("client_id") ?? ""}`)
  }
  const redirectUri = query.get("redirect_uri") ?? ""
  if (!application.redirectUris.includes(redirectUri)) {
    return errorPage(
      403,
      "Callback URL mismatch.",
      "The provided redirect_uri is not in the list of allowed callback URLs.",
    )
  }
  const wanted = readRequest(query, redirectUri)
  const problem = findProblem(query, application)
  if (problem !== undefined) return backToApp(wanted, errorOf(problem))

  const session = query.get("prompt") === "login" ? undefined : transactions.sessionOf(sessionIdsOf(request))
  if (session !== undefined) return finishWithSession(wanted, session, parts)
  if (query.get("prompt") === "none") return backToApp(wanted, errorOf("login"))
  const { transaction, state } = transactions.begin(wanted, undefined)
  const path = nextPage(transaction, parts, undefined)?.path ?? "/u/login/identifier"
  return redirectReply(`${path}?state=${encodeURIComponent(state)}`, {
    "set-cookie": sessionCookies(transaction.sessionId),
  })
}

/** Goes on after a page was filled: to the next page, or back to the app with a token or a code. */
export const answerResume = (request: HttpRequest, parts: AuthorizeParts): Reply => {
  const state = request.query.get("state") ?? ""
  const transaction = parts.transactions.find(state, "resume", sessionIdsOf(request))
  if (transaction === undefined) return lostPage()
  const cookies = readCookies(request)
  const next = nextPage(transaction, parts, cookies.get("auth0-mf") ?? cookies.get("auth0-mf_compat"))
  if (next !== undefined) {
    const moved = parts.transactions.move(state, transaction, next.stage)
    return redirectReply(`${next.path}?state=${encodeURIComponent(moved)}`)
  }
  parts.transactions.end(state, transaction)
  return finish(transaction, parts)
}

/** Ends the session of a browser, and sends it to `returnTo` where that is an address of the app. */
export const answerLogout = (request: HttpRequest, parts: AuthorizeParts): Reply => {
  parts.transactions.logOut(sessionIdsOf(request))
  const returnTo = request.query.get("returnTo") ?? ""
  const isOurs = parts.application.redirectUris.includes(returnTo)
  const gone = ["auth0", "auth0_compat"].map((name) => `${name}=; Path=/; Max-Age=0; HttpOnly`)
  return redirectReply(isOurs ? returnTo : "/", { "set-cookie": gone })
}

const readRequest = (query: URLSearchParams, redirectUri: string): AuthorizeRequest => ({
  clientId: query.get("client_id") ?? "",
  redirectUri,
  responseType: query.get("response_type") === "code" ? "code" : "token",
  scope: query.get("scope") ?? "openid profile email",
  audience: query.get("audience"),
  appState: query.get("state"),
  nonce: query.get("nonce"),
  codeChallenge: query.get("code_challenge"),
})

const findProblem = (query: URLSearchParams, application: Application): keyof typeof PROBLEMS | undefined => {
  const type = query.get("response_type")
  if (type === null || type === "") return "noType"
  if (type !== "token" && type !== "code") return "unsupported"
  const audience = query.get("audience")
  if (audience !== null && audience !== application.audience) return "audience"
  const hasChallenge = query.get("code_challenge") && query.get("code_challenge_method") === "S256"
  return type === "code" && !hasChallenge ? "noChallenge" : undefined
}

const errorOf = (problem: keyof typeof PROBLEMS): Record<string, string> => ({
  error: PROBLEMS[problem][0],
  error_description: PROBLEMS[problem][1],
})

const finishWithSession = (
  wanted: AuthorizeRequest,
  session: { readonly user: UserRecord; readonly sessionId: string },
  parts: AuthorizeParts,
): Reply => {
  const { transaction, state } = parts.transactions.begin(wanted, session.sessionId)
  transaction.user = session.user
  parts.transactions.end(state, transaction)
  return finish(transaction, parts)
}

/** The implicit flow hands over the token itself, and never a refresh token. */
const finish = (transaction: Transaction, { transactions, tokens }: AuthorizeParts): Reply => {
  const { request, user } = transaction
  if (user === null) return lostPage()
  if (request.responseType === "code") return backToApp(request, { code: transactions.makeCode(transaction) })
  const { accessToken } = tokens.issue({ ...request, user }, false)
  return backToApp(request, {
    access_token: accessToken,
    scope: request.scope,
    expires_in: String(tokens.lifeSeconds),
    token_type: "Bearer",
  })
}

/** Implicit answers stand in the fragment, those of the code flow in the query; errors likewise. */
const backToApp = (request: AuthorizeRequest, values: Readonly<Record<string, string>>): Reply => {
  const answer = new URLSearchParams(values)
  if (request.appState !== null) answer.set("state", request.appState)
  const mark = request.responseType === "token" ? "#" : request.redirectUri.includes("?") ? "&" : "?"
  return redirectReply(`${request.redirectUri}${mark}${answer}`)
}

const sessionCookies = (sessionId: string): readonly string[] => [
  `auth0=${sessionId}; Path=/; Max-Age=259200; HttpOnly; Secure; SameSite=None`,
  `auth0_compat=${sessionId}; Path=/; Max-Age=259200; HttpOnly`,
  `did=${sessionId.slice(0, 12)}; Path=/; Max-Age=31557600; HttpOnly; Secure; SameSite=None`,
  `did_compat=${sessionId.slice(0, 12)}; Path=/; Max-Age=31557600; HttpOnly`,
]
