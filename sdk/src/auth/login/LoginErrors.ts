/**
 * Errors of pages that are not the next step of a login. Error codes decide, never the localized texts beside them. No
 * message holds HTML, an email address or the `state` of a login.
 */
import { AuthenticationError, ConfigError, HttpError } from "../../Errors.js"
import { redact } from "../../http/Redact.js"
import type { LoginResponse } from "./LoginHttp.js"
import type { Page } from "./LoginPage.js"
import { retryAfter } from "./ServerTime.js"

/**
 * A page and the answer that brought it.
 *
 * @category models
 */
export interface PageContext {
  readonly answer: LoginResponse
  readonly page: Page
}

/**
 * Result of the step before a page, as the page tells it.
 *
 * @category models
 */
export type PageResult =
  | { readonly _tag: "Fine" }
  /** The service has forgotten this login; another one may work. */
  | { readonly _tag: "Lost" }
  /** The one-time code was refused, and another may be sent to the same page. */
  | { readonly _tag: "WrongCode" }
  | { readonly _tag: "Failed"; readonly error: AuthenticationError | ConfigError | HttpError }

const fine: PageResult = { _tag: "Fine" }

const context = { operation: "login" }

const BY_BROWSER =
  "Log in once by browser to see what it asks for; until then, hand in an access token or a refresh token."

/**
 * Describes the page that a login is at: path, status, release of the pages, screen and error codes, and no personal
 * data.
 *
 * @category errors
 */
export const place = ({ answer: response, page }: PageContext): string => {
  const details = [
    `status ${response.status}`,
    ...(page.version === undefined ? [] : [`ulp-version ${page.version}`]),
    ...(page.customScreen === undefined ? [] : [`screen ${page.customScreen}`]),
    ...(page.errors.length === 0 ? [] : [`code ${page.errors.join(", ")}`]),
  ]
  return `${redact(response.url.pathname.slice(0, 100))} (${details.join(", ")})`
}

/**
 * Makes the error of a page that nothing here knows.
 *
 * @category errors
 */
export const unexpectedPage = (
  visit: PageContext,
  what = "The login came to a page that is not known",
): AuthenticationError =>
  new AuthenticationError("UnexpectedPage", `${what}: ${place(visit)}. ${BY_BROWSER}`, context)

const failed = (error: AuthenticationError | ConfigError | HttpError): PageResult => ({
  _tag: "Failed",
  error,
})

const fail = (reason: AuthenticationError["reason"], message: string, wait?: number): PageResult =>
  failed(new AuthenticationError(reason, message, { ...context, retryAfter: wait }))

const blocked = (visit: PageContext): PageResult =>
  fail(
    "TooManyAttempts",
    `The login is blocked for now, after too many attempts: ${place(visit)}. Wait before trying again; the account's owner may have got an email with a link that lifts it.`,
    retryAfter(visit.answer),
  )

const captcha = (visit: PageContext, provider: string): PageResult =>
  fail(
    "CaptchaRequired",
    `The login asks for a captcha (${provider}), which only a person can answer: ${place(visit)}. ${BY_BROWSER}`,
  )

const BLOCKED = new Set(["user-blocked", "ip-blocked", "same-user-login", "too-many-failures"])

const isWrongCredentials = (code: string): boolean =>
  /^wrong-.*credentials$/.test(code) ||
  /^invalid-email(-|$)/.test(code) ||
  [
    "no-email",
    "no-username",
    "no-password",
    "invalid-login-id",
    "invalid-username",
    "password-not-allowed",
  ].includes(code)

const badCredentials = (visit: PageContext): PageResult =>
  fail(
    "InvalidCredentials",
    `Email or password is wrong: ${place(visit)}. It was tried once and is not tried again.`,
  )

const breached: PageResult = fail(
  "InvalidCredentials",
  "The service knows this password from a leak and refuses it. Reset the password by browser, then use the new one.",
)

const unverifiable = (visit: PageContext): PageResult =>
  fail("InvalidTotp", `The service could not check the one-time code: ${place(visit)}. Try again later.`)

/** Captcha before blocked before wrong: a page may say all three, and only the first is of use. */
const judgeCodes = (visit: PageContext): PageResult => {
  const { errors, captcha: provider } = visit.page
  const has = (test: (code: string) => boolean) => errors.some(test)
  if (provider !== undefined || has((code) => code.includes("captcha")))
    return captcha(visit, provider ?? "unknown")
  if (has((code) => BLOCKED.has(code))) return blocked(visit)
  if (has((code) => code === "password-breached")) return breached
  if (has(isWrongCredentials)) return badCredentials(visit)
  if (has((code) => code === "invalid-code")) return { _tag: "WrongCode" }
  if (has((code) => code === "authenticator-error" || code === "no-code")) return unverifiable(visit)
  if (has((code) => code === "transaction-not-found")) return { _tag: "Lost" }
  return errors.length > 0 ? failed(unexpectedPage(visit)) : fine
}

const HOW_TO_FIND =
  "Its owner finds it by logging in to the web app with the browser's network panel open: it stands in the request to /authorize"

/**
 * Makes the error of a redirect address that the tenant does not know.
 *
 * @category errors
 */
const wrongRedirect = (): ConfigError =>
  new ConfigError(
    [
      `The login service does not know the redirect address of this login. Set SEQUENCE_AUTH0_REDIRECT_URI (redirectUri) to the web app's. ${HOW_TO_FIND} as redirect_uri.`,
    ],
    context,
  )

/**
 * Says that a token is of no use without an audience, and how to find it.
 *
 * @category errors
 */
const audienceHint = `Set SEQUENCE_AUTH0_AUDIENCE (audience) to the web app's. ${HOW_TO_FIND} as audience.`

/**
 * Makes the error of an audience that the tenant does not know.
 *
 * @category errors
 */
const wrongAudience = (): ConfigError =>
  new ConfigError([`The login service does not know the audience of this login. ${audienceHint}`], context)

/**
 * Finds in a sentence of the service which setting it is that it does not like.
 *
 * @category errors
 */
const misconfiguration = (text: string): ConfigError | undefined => {
  if (/callback url|redirect_uri/i.test(text)) return wrongRedirect()
  if (/service not found|\baudience\b/i.test(text)) return wrongAudience()
  if (/unknown client|unknown or invalid client|invalid client|client_id/i.test(text)) {
    return new ConfigError(
      [
        `The login service does not know the client of this login. Set SEQUENCE_AUTH0_CLIENT_ID (clientId) to the web app's. ${HOW_TO_FIND} as client_id.`,
      ],
      context,
    )
  }
  return undefined
}

const FORGOTTEN = /couldn['’]t find your session|pressed the back button/i

/**
 * Judges an answer that is no redirect.
 *
 * @category errors
 */
export const judge = (visit: PageContext): PageResult => {
  const { answer: response, page } = visit
  if (response.headers.get("cf-mitigated") === "challenge")
    return captcha(visit, "the network in front of the login")
  if (response.status === 429) return blocked(visit)
  if (response.status >= 500) {
    return failed(
      new HttpError(`The login service answered with an error: ${place(visit)}.`, {
        ...context,
        status: response.status,
        body: "",
      }),
    )
  }
  if (response.status >= 400 && page.errors.length === 0 && page.captcha === undefined) {
    if (FORGOTTEN.test(page.text)) return { _tag: "Lost" }
    return failed(
      (page.forms.length === 0 ? misconfiguration(page.text) : undefined) ?? unexpectedPage(visit),
    )
  }
  return judgeCodes(visit)
}

/**
 * Makes the error of a login that ended with `error` and `error_description` of OAuth.
 *
 * @category errors
 */
export const oauthFailure = (code: string, description: string): AuthenticationError | ConfigError => {
  const config = misconfiguration(description)
  if (config !== undefined) return config
  const named = /^[\w.-]{1,60}$/.test(code) ? code : "unknown"
  if (
    ["unauthorized_client", "unsupported_response_type", "invalid_scope", "invalid_client"].includes(named)
  ) {
    return new ConfigError(
      [
        `The login service refused the settings of this login (${named}). Check SEQUENCE_AUTH0_CLIENT_ID, SEQUENCE_AUTH0_RESPONSE_TYPE and SEQUENCE_AUTH0_SCOPE against the web app's request to /authorize.`,
      ],
      context,
    )
  }
  if (named === "access_denied" || named === "unauthorized") {
    return new AuthenticationError(
      "InvalidCredentials",
      `The login service let the account in but denied it access (${named}). ${BY_BROWSER}`,
      context,
    )
  }
  if (named === "too_many_attempts") {
    return new AuthenticationError(
      "TooManyAttempts",
      "The login is blocked for now, after too many attempts.",
      context,
    )
  }
  return new AuthenticationError(
    "UnexpectedPage",
    `The login ended with the error ${named}. ${BY_BROWSER}`,
    context,
  )
}
