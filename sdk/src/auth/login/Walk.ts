/**
 * A login as a walk through the tenant's pages, as a browser without scripts makes it: open `/authorize`,
 * follow each redirect by hand, do on each page what its path asks for, and stop where a redirect leads back
 * to the app. The path decides and nothing is assumed about the order, since tenants differ in it.
 *
 * The password is sent once and a code at most three times, and neither ever leaves the tenant's origin.
 */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { AuthenticationError, type ConfigError, type HttpError } from "../../Errors.js"
import * as Codes from "./Codes.js"
import * as DeadEnds from "./DeadEnds.js"
import * as Failures from "./Failures.js"
import type { Answer, Http, HttpFailure, Request } from "./Http.js"
import * as Pages from "./Pages.js"
import { clockOffset } from "./ServerTime.js"

/**
 * Who logs in, and where.
 *
 * @category options
 */
export interface Visitor {
  readonly email: string
  readonly password: Redacted.Redacted<string>
  readonly codes: Codes.Codes | undefined
  /** The first request. Its origin is the only one that is ever asked. */
  readonly authorize: URL
  /** Where the walk ends; compared by origin and path. */
  readonly redirectUri: URL
}

/**
 * What a walk fails with, {@link Lost} aside.
 *
 * @category errors
 */
export type WalkError = HttpFailure | AuthenticationError | ConfigError | HttpError

/**
 * The service has forgotten this login before the password was sent: another walk may succeed.
 *
 * @category errors
 */
export class Lost extends Data.TaggedError("Lost")<{ readonly error: AuthenticationError }> {}

/**
 * How far a walk has come.
 *
 * @category models
 */
export interface Progress {
  readonly emailSent: boolean
  readonly passwordSent: boolean
  readonly codesSent: number
  /** Whether the password or a code went out and no answer came: it may have been a wrong one. */
  readonly unanswered: boolean
}

type Step =
  | { readonly _tag: "Go"; readonly request: Request }
  | { readonly _tag: "Done"; readonly at: Answer; readonly url: URL }

/** A login with every screen there is has some 15 hops; a circle has more. */
const MOST_HOPS = 20

/**
 * The service refuses a code that another program has used in the same words as a wrong one. Three programs that log in
 * at once need three codes; more would lock the account of a person whose secret is wrong.
 */
const MOST_CODES = 3

const CHALLENGE = /^\/u\/mfa-(sms|email|voice|phone|push|webauthn|country-codes|recovery-code)\b/
const ENROLMENT = /^\/u\/mfa-(begin-enroll-options|.*enrollment)/

const isRedirect = ({ status, headers }: Answer): boolean =>
  [301, 302, 303, 307, 308].includes(status) && headers.has("location")

const sameAddress = (left: URL, right: URL): boolean =>
  left.protocol === right.protocol && left.host === right.host && left.pathname === right.pathname

/**
 * Walks through one login, with a visitor's own cookies.
 *
 * @category services
 */
export class Walk {
  progress: Progress = { emailSent: false, passwordSent: false, codesSent: 0, unanswered: false }
  readonly http: Http
  readonly visitor: Visitor

  constructor(http: Http, visitor: Visitor) {
    this.http = http
    this.visitor = visitor
  }

  /** Goes from `/authorize` to the redirect that leads back to the app, and gives its address. */
  readonly run = (): Effect.Effect<{ readonly at: Answer; readonly url: URL }, WalkError | Lost> =>
    Effect.gen(this, function* () {
      let request: Request = { url: this.visitor.authorize }
      for (let hop = 0; hop < MOST_HOPS; hop++) {
        const answer = yield* this.http(request)
        // A server's fault leaves open whether it looked at what was sent.
        this.progress = { ...this.progress, unanswered: this.progress.unanswered && answer.status >= 500 }
        const step: Step = isRedirect(answer) ? yield* this.follow(answer, request) : yield* this.act(answer)
        if (step._tag === "Done") return { at: step.at, url: step.url }
        request = step.request
      }
      return yield* Effect.fail(
        new AuthenticationError(
          "UnexpectedPage",
          `The login goes in circles: ${MOST_HOPS} pages and no end.`,
          {
            operation: "login",
          },
        ),
      )
    })

  private follow(answer: Answer, request: Request): Effect.Effect<Step, WalkError> {
    const location = answer.headers.get("location") ?? ""
    const visit = { answer, page: Pages.parse("") }
    if (!URL.canParse(location, answer.url.href)) {
      return Effect.fail(Failures.unexpectedPage(visit, "The login led to an address that is none"))
    }
    const url = new URL(location, answer.url)
    if (sameAddress(url, this.visitor.redirectUri)) return Effect.succeed({ _tag: "Done", at: answer, url })
    if (url.origin !== this.visitor.authorize.origin) return Effect.fail(DeadEnds.elsewhere(visit, url))
    if (request.form !== undefined && (answer.status === 307 || answer.status === 308)) {
      // It would have the form sent again, to a page that did not ask for it.
      return Effect.fail(Failures.unexpectedPage(visit, "The login asked for the same form at another page"))
    }
    return Effect.succeed({ _tag: "Go", request: { url } })
  }

  private act(answer: Answer): Effect.Effect<Step, WalkError | Lost> {
    const visit = { answer, page: Pages.parse(answer.body) }
    const verdict = Failures.judge(visit)
    switch (verdict._tag) {
      case "Failed":
        return Effect.fail(verdict.error)
      case "WrongCode":
        return this.sendCode(visit)
      case "Lost": {
        const error = Failures.unexpectedPage(visit, "The login service has forgotten this login on the way")
        return Effect.fail(this.progress.passwordSent ? error : new Lost({ error }))
      }
      case "Fine":
        return this.dispatch(visit)
    }
  }

  private dispatch(visit: Failures.Visit): Effect.Effect<Step, WalkError> {
    const path = visit.answer.url.pathname
    if (path === "/u/login/identifier") return this.sendEmail(visit)
    if (path === "/u/login" || path === "/u/login/password") return this.sendPassword(visit)
    if (path === "/u/mfa-otp-challenge") return this.sendCode(visit)
    if (path === "/u/mfa-detect-browser-capabilities") return this.press(visit, "default")
    if (path === "/u/mfa-login-options") return this.chooseCodes(visit)
    if (path.startsWith("/u/passkey-enrollment")) return this.press(visit, "abort-passkey-enrollment")
    if (ENROLMENT.test(path)) return Effect.fail(DeadEnds.noFactor(visit))
    if (CHALLENGE.test(path)) return this.press(visit, "pick-authenticator")
    return Effect.fail(DeadEnds.deadEnd(visit))
  }

  private sendEmail(visit: Failures.Visit): Effect.Effect<Step, WalkError> {
    if (this.progress.emailSent)
      return Effect.fail(Failures.unexpectedPage(visit, "The login asks for the email again"))
    this.progress = { ...this.progress, emailSent: true }
    return this.send(visit, Pages.formWith(visit.page, "username"), { username: this.visitor.email })
  }

  private sendPassword(visit: Failures.Visit): Effect.Effect<Step, WalkError> {
    if (this.progress.passwordSent) {
      return Effect.fail(Failures.unexpectedPage(visit, "The login asks for the password again"))
    }
    const form = Pages.formWith(visit.page, "password")
    const password = Redacted.value(this.visitor.password)
    // Where the email stands on a page of its own, it comes back here as a field that cannot be changed.
    const values = this.progress.emailSent ? { password } : { username: this.visitor.email, password }
    this.progress = { ...this.progress, passwordSent: true }
    return this.send(visit, form, values, true)
  }

  private sendCode(visit: Failures.Visit): Effect.Effect<Step, WalkError> {
    const { codes } = this.visitor
    const form = Pages.formWith(visit.page, "code")
    if (codes === undefined) return Effect.fail(DeadEnds.noSecret(visit))
    if (this.progress.codesSent >= (codes.source._tag === "TotpSecret" ? MOST_CODES : 1))
      return Effect.fail(DeadEnds.wrongCode(visit))
    if (form === undefined) return Effect.fail(Failures.unexpectedPage(visit))
    return Effect.flatMap(Codes.draw(codes, clockOffset(visit.answer)), (code) => {
      this.progress = { ...this.progress, codesSent: this.progress.codesSent + 1 }
      return this.send(visit, form, { code }, true)
    })
  }

  private chooseCodes(visit: Failures.Visit): Effect.Effect<Step, WalkError> {
    const action = Pages.actionLike(visit.page, /^otp(::|$)/)
    return action === undefined ? Effect.fail(DeadEnds.noFactor(visit)) : this.press(visit, action)
  }

  private press(visit: Failures.Visit, action: string): Effect.Effect<Step, WalkError> {
    return this.send(visit, Pages.formFor(visit.page, action), {}, false, action)
  }

  private send(
    visit: Failures.Visit,
    form: Pages.Form | undefined,
    values: Readonly<Record<string, string>>,
    guess = false,
    action = "default",
  ): Effect.Effect<Step, WalkError> {
    const page = visit.answer.url
    const target = form?.action
      ? URL.canParse(form.action, page.href)
        ? new URL(form.action, page)
        : undefined
      : page
    // Before a password or a code goes out: is this a form at all, and does it stay with the tenant?
    if (form === undefined || form.method !== "post") return Effect.fail(DeadEnds.deadEnd(visit))
    if (target === undefined || target.origin !== this.visitor.authorize.origin) {
      return Effect.fail(Failures.unexpectedPage(visit, "The login has a form that leads to another site"))
    }
    this.progress = { ...this.progress, unanswered: guess }
    return Effect.succeed({ _tag: "Go", request: { url: target, form: Pages.fill(form, values, action) } })
  }
}
