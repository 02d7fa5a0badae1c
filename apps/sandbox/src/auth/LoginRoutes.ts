/** The pages between `/authorize` and the redirect: what each post does, and where it leads. */
import type { UserRecord } from "../data/Model.js"
import {
  type HttpRequest,
  jsonReply,
  type Reply,
  readCookies,
  readFields,
  redirectReply,
} from "../http/Messages.js"
import type { Clock } from "../internal/Clock.js"
import type { Guard } from "./Guard.js"
import {
  combinedPage,
  detectPage,
  identifierPage,
  lostPage,
  optionsPage,
  otpPage,
  type PageError,
  passkeyPage,
  passwordPage,
  type Screen,
  smsPage,
  TENANT_NOTE,
} from "./Pages.js"
import type { Stage, Transaction, Transactions } from "./Transactions.js"

/** Settings of the login; each is off by default. */
interface LoginSettings {
  readonly captcha: boolean
  readonly combined: boolean
  readonly mfa: "otp" | "none" | "sms"
  readonly passkeyEnrollment: boolean
  readonly detectBrowser: boolean
}

/** Dependencies of the pages. */
export interface LoginParts {
  readonly settings: LoginSettings
  readonly transactions: Transactions
  readonly guard: Guard
  readonly users: readonly UserRecord[]
  readonly clock: Clock
}

interface Visit {
  readonly request: HttpRequest
  readonly fields: ReadonlyMap<string, string>
  readonly transaction: Transaction
  readonly state: string
}

interface LoginPage {
  readonly stage: Stage
  readonly show: (screen: Screen, transaction: Transaction) => Reply
  readonly submit: (visit: Visit, parts: LoginParts) => Reply | PageError
}

/** Gives the values of the cookies that can name a browser's login. */
export const sessionIdsOf = (request: HttpRequest): readonly string[] => {
  const cookies = readCookies(request)
  return [cookies.get("auth0"), cookies.get("auth0_compat")].filter((value) => value !== undefined)
}

/** Answers a request for a page under `/u/`; `fault` puts a complaint of a test's choice on it. */
export const answerLoginPage = (
  request: HttpRequest,
  parts: LoginParts,
  fault: PageError | null,
): Reply | undefined => {
  const loginPage = PAGES[request.path]
  if (loginPage === undefined) return undefined
  const wait = request.method === "POST" ? parts.guard.countPost(request.path) : undefined
  if (wait !== undefined) return tooManyRequests(wait, parts.clock.now())

  const state = request.query.get("state") ?? ""
  const transaction = parts.transactions.find(state, loginPage.stage, sessionIdsOf(request))
  if (transaction === undefined) return lostPage()
  const draw = (error: PageError | null): Reply =>
    loginPage.show(
      { state, error, username: transaction.username ?? "", captcha: parts.settings.captcha },
      transaction,
    )
  if (fault !== null) return draw(fault)
  if (request.method !== "POST") return draw(null)

  const fields = readFields(request)
  const note = fields.get("ulp-tenant-note") ?? TENANT_NOTE
  if (fields.get("state") !== state || note !== TENANT_NOTE) return lostPage()
  const outcome = loginPage.submit({ request, fields, transaction, state }, parts)
  return "code" in outcome ? draw(outcome) : outcome
}

const tooManyRequests = (wait: number, now: number): Reply => {
  const reset = String(Math.ceil(now / 1000) + wait)
  return jsonReply(
    429,
    {
      error: "too_many_requests",
      error_description:
        "Too many requests. Check the X-RateLimit-Limit, X-RateLimit-Remaining and X-RateLimit-Reset headers.",
    },
    { "x-ratelimit-limit": "10", "x-ratelimit-remaining": "0", "x-ratelimit-reset": reset },
  )
}

const complaint = (field: string | null, code: string): PageError => ({ field, code })

const goTo = (path: string, state: string): Reply =>
  redirectReply(`${path}?state=${encodeURIComponent(state)}`)

const resume = ({ transactions }: LoginParts, { state, transaction }: Visit): Reply =>
  goTo("/authorize/resume", transactions.move(state, transaction, "resume"))

const noteFlags = ({ transaction, fields }: Visit): void => {
  if (fields.get("webauthn-available") === "true" || fields.get("webauthn-platform-available") === "true") {
    transaction.claimsPasskeys = true
  }
}

/** The sandbox's captcha cannot be solved, as a page without scripts cannot solve the real one. */
const isCaptchaMissing = ({ settings }: LoginParts): boolean => settings.captcha

const takeUsername = (visit: Visit, parts: LoginParts): PageError | undefined => {
  const username = (visit.fields.get("username") ?? "").trim()
  visit.transaction.username = username
  if (isCaptchaMissing(parts)) return complaint("captcha", "invalid-captcha")
  if (username === "") return complaint("username", "no-email")
  return /^[^\s@]+@[^\s@]+$/.test(username) ? undefined : complaint("username", "invalid-email-format")
}

/** Blocked users hear so whatever password they give; only then is the password looked at. */
const takePassword = (visit: Visit, { guard, users }: LoginParts): PageError | undefined => {
  const { transaction, fields } = visit
  const password = fields.get("password") ?? ""
  const email = transaction.username ?? ""
  if (password === "") return complaint("password", "no-password")
  if (guard.isBlocked(email)) return complaint("password", "user-blocked")
  const user = users.find((candidate) => candidate.email === email.toLowerCase())
  const isRight = user !== undefined && user.password === password
  guard.countPassword(email, isRight)
  if (!isRight) return complaint("password", "wrong-email-credentials")
  transaction.user = user
  return undefined
}

const takeCode = (visit: Visit, { guard, transactions }: LoginParts): PageError | string | undefined => {
  const { transaction, fields } = visit
  const code = (fields.get("code") ?? "").replace(/\s/g, "")
  if (code === "" || transaction.user === null) return complaint("code", "no-code")
  const outcome = guard.takeCode(transaction.user, code)
  if (outcome !== "right")
    return complaint("code", outcome === "wrong" ? "invalid-code" : "too-many-failures")
  transaction.isCodeGiven = true
  return fields.get("rememberBrowser") === "true" ? transactions.rememberBrowser(transaction.user) : undefined
}

const PAGES: Readonly<Record<string, LoginPage>> = {
  "/u/login/identifier": {
    stage: "login",
    show: identifierPage,
    submit: (visit, parts) => {
      noteFlags(visit)
      return takeUsername(visit, parts) ?? goTo("/u/login/password", visit.state)
    },
  },
  "/u/login/password": {
    stage: "login",
    show: passwordPage,
    submit: (visit, parts) => {
      if (isCaptchaMissing(parts)) return complaint("captcha", "invalid-captcha")
      const { transaction, fields } = visit
      if (transaction.username === null) return goTo("/u/login/identifier", visit.state)
      if (fields.get("username") !== transaction.username) return complaint("username", "no-username")
      return takePassword(visit, parts) ?? resume(parts, visit)
    },
  },
  "/u/login": {
    stage: "login",
    show: combinedPage,
    submit: (visit, parts) =>
      takeUsername(visit, parts) ?? takePassword(visit, parts) ?? resume(parts, visit),
  },
  "/u/mfa-otp-challenge": {
    stage: "mfa",
    show: otpPage,
    submit: (visit, parts) => {
      if (visit.fields.get("action") === "pick-authenticator")
        return goTo("/u/mfa-login-options", visit.state)
      const outcome = takeCode(visit, parts)
      if (typeof outcome === "object") return outcome
      const reply = resume(parts, visit)
      if (outcome === undefined) return reply
      return { ...reply, headers: { ...reply.headers, "set-cookie": rememberCookies(outcome) } }
    },
  },
  "/u/mfa-sms-challenge": {
    stage: "mfa",
    show: smsPage,
    submit: (visit) => {
      const action = visit.fields.get("action")
      if (action === "pick-authenticator") return goTo("/u/mfa-login-options", visit.state)
      if (action === "resend-code") return goTo("/u/mfa-sms-challenge", visit.state)
      return complaint("code", visit.fields.get("code") ? "invalid-code" : "no-code")
    },
  },
  "/u/mfa-login-options": {
    stage: "mfa",
    show: optionsPage,
    submit: (visit) => {
      const action = visit.fields.get("action") ?? ""
      if (action.startsWith("otp::")) return goTo("/u/mfa-otp-challenge", visit.state)
      return action.startsWith("sms::")
        ? goTo("/u/mfa-sms-challenge", visit.state)
        : complaint(null, "invalid-option")
    },
  },
  "/u/mfa-detect-browser-capabilities": {
    stage: "mfa",
    show: detectPage,
    submit: (visit, parts) => {
      noteFlags(visit)
      visit.transaction.isBrowserDetected = true
      return resume(parts, visit)
    },
  },
  "/u/passkey-enrollment": {
    stage: "passkey",
    // A browser that claimed passkeys is held to it: there is no way on for a client that cannot make one.
    show: (screen, transaction) => passkeyPage(screen, !transaction.claimsPasskeys),
    submit: (visit, parts) => {
      const { transaction, fields } = visit
      if (transaction.claimsPasskeys || fields.get("action") !== "abort-passkey-enrollment") {
        return complaint(null, "passkey-enrollment-failed")
      }
      transaction.isPasskeyDone = true
      return resume(parts, visit)
    },
  },
}

const rememberCookies = (value: string): readonly string[] => [
  `auth0-mf=${value}; Path=/; Max-Age=2592000; HttpOnly; Secure; SameSite=None`,
  `auth0-mf_compat=${value}; Path=/; Max-Age=2592000; HttpOnly`,
]

/** Says which page a login needs next; `undefined` where it is done. */
export const nextPage = (
  transaction: Transaction,
  { settings, transactions }: LoginParts,
  remembered: string | undefined,
): { readonly path: string; readonly stage: Stage } | undefined => {
  const { user } = transaction
  if (user === null) return { path: settings.combined ? "/u/login" : "/u/login/identifier", stage: "login" }
  const needsCode =
    settings.mfa !== "none" && !transaction.isCodeGiven && !transactions.isRemembered(remembered, user)
  if (needsCode) {
    if (settings.detectBrowser && !transaction.isBrowserDetected) {
      return { path: "/u/mfa-detect-browser-capabilities", stage: "mfa" }
    }
    return { path: settings.mfa === "sms" ? "/u/mfa-sms-challenge" : "/u/mfa-otp-challenge", stage: "mfa" }
  }
  const offersPasskey =
    (settings.passkeyEnrollment || transaction.claimsPasskeys) && !transaction.isPasskeyDone
  return offersPasskey ? { path: "/u/passkey-enrollment", stage: "passkey" } : undefined
}
