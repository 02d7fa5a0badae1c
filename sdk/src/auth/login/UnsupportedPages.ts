/** Errors of login pages that a walk cannot get past, though the pages themselves report no error. */
import { AuthenticationError, type ConfigError } from "../../Errors.js"
import * as LoginErrors from "./LoginErrors.js"

const BY_HAND = /^\/u\/(consent|custom-prompt|reset-password|email-verification|signup|device)/

/**
 * Makes the error of a redirect that leads away from the tenant. Such a redirect is never followed.
 *
 * @category errors
 */
export const elsewhere = (visit: LoginErrors.PageContext, url: URL): AuthenticationError | ConfigError => {
  const error = url.searchParams.get("error")
  return error === null
    ? LoginErrors.unexpectedPage(visit, "The login led to another site, where nothing is sent")
    : LoginErrors.oauthFailure(error, url.searchParams.get("error_description") ?? "")
}

/**
 * Makes the error of a login that wants a code when there is no secret to make one from.
 *
 * @category errors
 */
export const noSecret = (visit: LoginErrors.PageContext) =>
  new AuthenticationError(
    "MfaRequired",
    `The login asks for a one-time code: ${LoginErrors.place(visit)}. Set SEQUENCE_TOTP to the secret that codes are made from.`,
    { operation: "login" },
  )

/**
 * Makes the error of a login that wants a second factor of another kind.
 *
 * @category errors
 */
export const noFactor = (visit: LoginErrors.PageContext) =>
  new AuthenticationError(
    "MfaRequired",
    `The login asks for a second factor other than a one-time code: ${LoginErrors.place(visit)}. Set up an authenticator app for the account, by browser, and set SEQUENCE_TOTP to its secret.`,
    { operation: "login" },
  )

/**
 * Makes the error of a code that was refused for good.
 *
 * @category errors
 */
export const wrongCode = (visit: LoginErrors.PageContext) =>
  new AuthenticationError(
    "InvalidTotp",
    `The one-time code was refused: ${LoginErrors.place(visit)}. Check that SEQUENCE_TOTP is this account's secret, and that no more than three programs log in with it at the same time.`,
    { operation: "login" },
  )

/**
 * Makes the error of a page that only a person can get past; known pages have their own message.
 *
 * @category errors
 */
export const unsupportedPage = (visit: LoginErrors.PageContext): AuthenticationError => {
  const path = visit.answer.url.pathname
  if (path.startsWith("/u/interstitial-captcha")) {
    return new AuthenticationError(
      "CaptchaRequired",
      `The login asks for a captcha, which only a person can answer: ${LoginErrors.place(visit)}. Log in once by browser.`,
      { operation: "login" },
    )
  }
  if (/unblock/.test(path)) {
    return new AuthenticationError(
      "TooManyAttempts",
      `The account is blocked: ${LoginErrors.place(visit)}. Its owner has to lift that, by the link in an email.`,
      { operation: "login" },
    )
  }
  if (BY_HAND.test(path)) return LoginErrors.unexpectedPage(visit, "The login asks its owner for something")
  if (path === "/login")
    return LoginErrors.unexpectedPage(visit, "The tenant uses Classic Login, which needs scripts")
  if (visit.page.customScreen !== undefined) {
    return LoginErrors.unexpectedPage(visit, "The tenant draws its login pages by scripts of its own")
  }
  return LoginErrors.unexpectedPage(visit)
}
