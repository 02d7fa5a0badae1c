/**
 * A login as a walk through the tenant's pages, as a browser without scripts makes it: open `/authorize`,
 * follow each redirect by hand, do on each page what its path asks for, and stop when a redirect leads back
 * to the app. The path decides and nothing is assumed about the order, since tenants differ in it.
 *
 * The password is sent once and a code at most three times, and neither ever leaves the tenant's origin.
 */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { AuthenticationError, type ConfigError, type HttpError } from "../../Errors.js"
import * as LoginErrors from "./LoginErrors.js"
import type { Http, HttpFailure, LoginRequest, LoginResponse } from "./LoginHttp.js"
import * as LoginPage from "./LoginPage.js"
import * as OneTimeCodes from "./OneTimeCodes.js"
import { clockOffset } from "./ServerTime.js"
import * as UnsupportedPages from "./UnsupportedPages.js"

/**
 * Credentials of the person who logs in, and the addresses of both ends of the login.
 *
 * @category options
 */
export interface LoginFlowOptions {
  readonly email: string
  readonly password: Redacted.Redacted<string>
  readonly codes: OneTimeCodes.OneTimeCodes | undefined
  /** The first request. Its origin is the only one that is ever asked. */
  readonly authorize: URL
  /** Address that the walk ends at; compared by origin and path. */
  readonly redirectUri: URL
}

/**
 * Errors that a walk fails with, besides {@link SessionExpired}.
 *
 * @category errors
 */
export type LoginFlowError = HttpFailure | AuthenticationError | ConfigError | HttpError

/**
 * Error of a login that the service forgot before the password was sent: another walk may succeed.
 *
 * @category errors
 */
export class SessionExpired extends Data.TaggedError("Lost")<{ readonly error: AuthenticationError }> {}

/**
 * Progress of a walk.
 *
 * @category models
 */
export interface Progress {
  readonly emailSent: boolean
  readonly passwordSent: boolean
  readonly codesSent: number
  /** True if the password or a code went out and no answer came: it may have been a wrong one. */
  readonly unanswered: boolean
}

type Step =
  | { readonly _tag: "Go"; readonly request: LoginRequest }
  | { readonly _tag: "Done"; readonly at: LoginResponse; readonly url: URL }

/** A login with every screen there is has some 15 hops; a circle has more. */
const MAX_REDIRECTS = 20

/**
 * The service refuses a code that another program has used in the same words as a wrong one. Three programs that log in
 * at once need three codes; more would lock the account of a person whose secret is wrong.
 */
const MOST_CODES = 3

const CHALLENGE = /^\/u\/mfa-(sms|email|voice|phone|push|webauthn|country-codes|recovery-code)\b/
const ENROLMENT = /^\/u\/mfa-(begin-enroll-options|.*enrollment)/

const isRedirect = ({ status, headers }: LoginResponse): boolean =>
  [301, 302, 303, 307, 308].includes(status) && headers.has("location")

const sameAddress = (left: URL, right: URL): boolean =>
  left.protocol === right.protocol && left.host === right.host && left.pathname === right.pathname

/**
 * Walks through one login, with a visitor's own cookies.
 *
 * @category services
 */
export class LoginFlow {
  progress: Progress = { emailSent: false, passwordSent: false, codesSent: 0, unanswered: false }
  readonly http: Http
  readonly visitor: LoginFlowOptions

  constructor(http: Http, visitor: LoginFlowOptions) {
    this.http = http
    this.visitor = visitor
  }

  /** Goes from `/authorize` to the redirect that leads back to the app, and gives its address. */
  readonly run = (): Effect.Effect<
    { readonly at: LoginResponse; readonly url: URL },
    LoginFlowError | SessionExpired
  > =>
    Effect.gen(this, function* () {
      let request: LoginRequest = { url: this.visitor.authorize }
      for (let hop = 0; hop < MAX_REDIRECTS; hop++) {
        const response = yield* this.http(request)
        // A server's fault leaves open whether it looked at what was sent.
        this.progress = { ...this.progress, unanswered: this.progress.unanswered && response.status >= 500 }
        const step: Step = isRedirect(response)
          ? yield* this.follow(response, request)
          : yield* this.act(response)
        if (step._tag === "Done") return { at: step.at, url: step.url }
        request = step.request
      }
      return yield* Effect.fail(
        new AuthenticationError(
          "UnexpectedPage",
          `The login goes in circles: ${MAX_REDIRECTS} pages and no end.`,
          {
            operation: "login",
          },
        ),
      )
    })

  private follow(response: LoginResponse, request: LoginRequest): Effect.Effect<Step, LoginFlowError> {
    const location = response.headers.get("location") ?? ""
    const visit = { answer: response, page: LoginPage.parse("") }
    if (!URL.canParse(location, response.url.href)) {
      return Effect.fail(LoginErrors.unexpectedPage(visit, "The login led to an address that is none"))
    }
    const url = new URL(location, response.url)
    if (sameAddress(url, this.visitor.redirectUri)) return Effect.succeed({ _tag: "Done", at: response, url })
    if (url.origin !== this.visitor.authorize.origin)
      return Effect.fail(UnsupportedPages.elsewhere(visit, url))
    if (request.form !== undefined && (response.status === 307 || response.status === 308)) {
      // It would have the form sent again, to a page that did not ask for it.
      return Effect.fail(
        LoginErrors.unexpectedPage(visit, "The login asked for the same form at another page"),
      )
    }
    return Effect.succeed({ _tag: "Go", request: { url } })
  }

  private act(response: LoginResponse): Effect.Effect<Step, LoginFlowError | SessionExpired> {
    const visit = { answer: response, page: LoginPage.parse(response.body) }
    const verdict = LoginErrors.judge(visit)
    switch (verdict._tag) {
      case "Failed":
        return Effect.fail(verdict.error)
      case "WrongCode":
        return this.sendCode(visit)
      case "Lost": {
        const error = LoginErrors.unexpectedPage(
          visit,
          "The login service has forgotten this login on the way",
        )
        return Effect.fail(this.progress.passwordSent ? error : new SessionExpired({ error }))
      }
      case "Fine":
        return this.dispatch(visit)
    }
  }

  private dispatch(visit: LoginErrors.PageContext): Effect.Effect<Step, LoginFlowError> {
    const path = visit.answer.url.pathname
    if (path === "/u/login/identifier") return this.sendEmail(visit)
    if (path === "/u/login" || path === "/u/login/password") return this.sendPassword(visit)
    if (path === "/u/mfa-otp-challenge") return this.sendCode(visit)
    if (path === "/u/mfa-detect-browser-capabilities") return this.press(visit, "default")
    if (path === "/u/mfa-login-options") return this.chooseCodes(visit)
    if (path.startsWith("/u/passkey-enrollment")) return this.press(visit, "abort-passkey-enrollment")
    if (ENROLMENT.test(path)) return Effect.fail(UnsupportedPages.noFactor(visit))
    if (CHALLENGE.test(path)) return this.press(visit, "pick-authenticator")
    return Effect.fail(UnsupportedPages.unsupportedPage(visit))
  }

  private sendEmail(visit: LoginErrors.PageContext): Effect.Effect<Step, LoginFlowError> {
    if (this.progress.emailSent)
      return Effect.fail(LoginErrors.unexpectedPage(visit, "The login asks for the email again"))
    this.progress = { ...this.progress, emailSent: true }
    return this.send(visit, LoginPage.formWith(visit.page, "username"), { username: this.visitor.email })
  }

  private sendPassword(visit: LoginErrors.PageContext): Effect.Effect<Step, LoginFlowError> {
    if (this.progress.passwordSent) {
      return Effect.fail(LoginErrors.unexpectedPage(visit, "The login asks for the password again"))
    }
    const form = LoginPage.formWith(visit.page, "password")
    const password = Redacted.value(this.visitor.password)
    // If the email has a page of its own, it comes back here as a field that cannot be changed.
    const values = this.progress.emailSent ? { password } : { username: this.visitor.email, password }
    this.progress = { ...this.progress, passwordSent: true }
    return this.send(visit, form, values, true)
  }

  private sendCode(visit: LoginErrors.PageContext): Effect.Effect<Step, LoginFlowError> {
    const { codes } = this.visitor
    const form = LoginPage.formWith(visit.page, "code")
    if (codes === undefined) return Effect.fail(UnsupportedPages.noSecret(visit))
    if (this.progress.codesSent >= (codes.source._tag === "TotpSecret" ? MOST_CODES : 1))
      return Effect.fail(UnsupportedPages.wrongCode(visit))
    if (form === undefined) return Effect.fail(LoginErrors.unexpectedPage(visit))
    return Effect.flatMap(OneTimeCodes.draw(codes, clockOffset(visit.answer)), (code) => {
      this.progress = { ...this.progress, codesSent: this.progress.codesSent + 1 }
      return this.send(visit, form, { code }, true)
    })
  }

  private chooseCodes(visit: LoginErrors.PageContext): Effect.Effect<Step, LoginFlowError> {
    const action = LoginPage.actionLike(visit.page, /^otp(::|$)/)
    return action === undefined ? Effect.fail(UnsupportedPages.noFactor(visit)) : this.press(visit, action)
  }

  private press(visit: LoginErrors.PageContext, action: string): Effect.Effect<Step, LoginFlowError> {
    return this.send(visit, LoginPage.formFor(visit.page, action), {}, false, action)
  }

  private send(
    visit: LoginErrors.PageContext,
    form: LoginPage.Form | undefined,
    values: Readonly<Record<string, string>>,
    guess = false,
    action = "default",
  ): Effect.Effect<Step, LoginFlowError> {
    const page = visit.answer.url
    const target = form?.action
      ? URL.canParse(form.action, page.href)
        ? new URL(form.action, page)
        : undefined
      : page
    // Before a password or a code goes out: is this a form at all, and does it stay with the tenant?
    if (form === undefined || form.method !== "post")
      return Effect.fail(UnsupportedPages.unsupportedPage(visit))
    if (target === undefined || target.origin !== this.visitor.authorize.origin) {
      return Effect.fail(LoginErrors.unexpectedPage(visit, "The login has a form that leads to another site"))
    }
    this.progress = { ...this.progress, unanswered: guess }
    return Effect.succeed({
      _tag: "Go",
      request: { url: target, form: LoginPage.fill(form, values, action) },
    })
  }
}
