/**
 * Auth0's pages as plain HTML: the field names, hidden inputs, decoys and error markup of the real ones, without
 * scripts. A person can use them in any browser.
 */
import { escapeHtml, htmlReply, type Reply } from "../http/Messages.js"

/** A complaint on a page. Without a field it appears above the form. */
export interface PageError {
  readonly code: string
  readonly field: string | null
}

/** The content of a page with a form. */
export interface Screen {
  readonly state: string
  readonly username: string
  readonly error: PageError | null
  readonly captcha: boolean
}

const STYLE = `body{font:16px/1.5 system-ui,sans-serif;background:#f3f4f6;color:#1f2937;margin:0}
main{max-width:24rem;margin:8vh auto;background:#fff;padding:2rem;border-radius:.75rem;box-shadow:0 1px 8px #0002}
h1{font-size:1.3rem;margin:0 0 .5rem}label{display:block;margin:1rem 0 .25rem;font-weight:600}
input:not([type=hidden]):not([type=checkbox]){width:100%;box-sizing:border-box;font:inherit;padding:.55rem;border:1px solid #9ca3af;border-radius:.4rem}
button{font:inherit;margin-top:1.25rem;width:100%;padding:.6rem;border:0;border-radius:.4rem;background:#1d4ed8;color:#fff;cursor:pointer}
button.other{background:#e5e7eb;color:#1f2937}.ulp-input-error-message{color:#b91c1c;display:block;margin-top:.3rem}
.ulp-error-info{display:none}[hidden]{display:none!important}.ulp-captcha-container{border:1px dashed #9ca3af;padding:.75rem;margin-top:1rem}
table{border-collapse:collapse;width:100%}td{padding:.3rem 0}td+td{text-align:right}footer{margin-top:1.5rem;color:#6b7280;font-size:.85rem}`

const ULP_VERSION = "1.139.2"

/** A value with everything in it that must be decoded before it is sent back. */
export const TENANT_NOTE = `sandbox & "friends" <it's fine>`

/** Draws a page around its content. */
export const page = (title: string, content: string): string => `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="ulp-version" content="${ULP_VERSION}">
<title>${escapeHtml(title)} | Sequence sandbox</title>
<style>${STYLE}</style>
</head>
<body><main>
${content}
<footer>Sequence sandbox: no account is real, no money moves.</footer>
</main></body>
</html>
`

const TEXTS: Readonly<Record<string, string>> = {
  "no-email": "Please enter an email address",
  "invalid-email-format": "Email is not valid.",
  "no-password": "Please enter your password",
  "wrong-email-credentials": "Wrong email or password",
  "user-blocked": "Your account has been blocked after multiple consecutive login attempts.",
  "no-code": "Please enter a code",
  "invalid-code": "The code you entered is invalid",
  "too-many-failures": "Too many failed codes. Wait for some minutes before retrying.",
  "invalid-captcha": "Solve the challenge question to verify you are not a robot.",
  "transaction-not-found": "Your enrollment transaction expired, you will need to start again.",
}

const errorText = (code: string): string => escapeHtml(TEXTS[code] ?? "We are sorry, something went wrong.")

const fieldError = (field: string, error: PageError | null): string =>
  error?.field === field
    ? `<span id="error-element-${field}" class="ulp-input-error-message" data-error-code="${escapeHtml(error.code)}">${errorText(error.code)}</span>`
    : ""

const promptAlert = (error: PageError | null): string =>
  error !== null && error.field === null
    ? `<div id="prompt-alert" role="alert" data-error-code="${escapeHtml(error.code)}"><p class="ulp-input-error-message">${errorText(error.code)}</p></div>`
    : ""

/** Texts for a check in the browser: on every page, and never an error. */
const clientSideTexts = (field: string): string =>
  `<div id="error-cs-${field}-required" class="ulp-error-info" data-is-error-visible="false">Please enter a value</div>`

const hiddenInputs = (fields: Readonly<Record<string, string>>): string =>
  Object.entries(fields)
    .map(([name, value]) => `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`)
    .join("\n")

const FLAGS = {
  "js-available": "false",
  "webauthn-available": "false",
  "is-brave": "false",
  "webauthn-platform-available": "false",
}

const captchaBox = ({ captcha, error }: Screen): string =>
  captcha
    ? `<div class="ulp-captcha-container"><div class="ulp-captcha ulp-auth0-v2-captcha" data-captcha-provider="auth0_v2" data-captcha-sitekey="0x4AAAAAAA_SANDBOX">Verify that you are human. (Nobody can: the sandbox was asked for a captcha.)</div>
<input type="hidden" name="captcha" value="">
${fieldError("captcha", error)}</div>`
    : ""

const submit = (label: string, value = "default", kind = ""): string =>
  `<button type="submit" name="action" value="${escapeHtml(value)}" class="${kind}">${escapeHtml(label)}</button>`

const form = (name: string, content: string): string =>
  `<form method="POST" class="c1a7e2f _form-${name}" data-form-primary="true">
${content}
</form>`

const reply = (screen: Screen, title: string, content: string): Reply =>
  htmlReply(
    screen.error === null ? 200 : 400,
    page(title, `<h1>${escapeHtml(title)}</h1>\n${promptAlert(screen.error)}\n${content}`),
  )

const usernameField = (screen: Screen): string => `<label for="username">Email address</label>
<input type="text" id="username" name="username" value="${escapeHtml(screen.username)}" autocomplete="username" autofocus>
${clientSideTexts("username")}${fieldError("username", screen.error)}`

const passwordField = (screen: Screen): string => `<label for="password">Password</label>
<input type="password" id="password" name="password" value="" autocomplete="current-password">
${clientSideTexts("password")}${fieldError("password", screen.error)}`

/** Another form that also calls itself primary, and one of a social login: neither is the one to fill. */
const otherForms = ({
  state,
}: Screen): string => `<form method="POST" data-form-primary="true" class="c1a7e2f" hidden>
${hiddenInputs({ state, ...FLAGS, passkey: "", action: "passkey-login" })}
</form>
<form method="POST" data-form-secondary="true" class="c9d04b1" hidden>
${hiddenInputs({ state, connection: "google-oauth2" })}
</form>`

/** Asks for the email address. */
export const identifierPage = (screen: Screen): Reply =>
  reply(
    screen,
    "Log in",
    `${form(
      "login-id",
      `${hiddenInputs({ state: screen.state, ...FLAGS, "allow-passkeys": "true", "ulp-tenant-note": TENANT_NOTE })}
${usernameField(screen)}
<input type="password" autocomplete="off" tabindex="-1" aria-hidden="true" hidden>
<input type="checkbox" id="remember" name="ulp-remember-me" value="true"> Remember me
${captchaBox(screen)}
${submit("Continue")}`,
    )}
${otherForms(screen)}`,
  )

/** Asks for the password of the address given before. */
export const passwordPage = (screen: Screen): Reply =>
  reply(
    screen,
    "Enter your password",
    form(
      "login-password",
      `${hiddenInputs({ state: screen.state, ...FLAGS })}
<label for="username">Email address</label>
<input type="text" id="username" name="username" value="${escapeHtml(screen.username)}" readonly>
${fieldError("username", screen.error)}
${passwordField(screen)}
${captchaBox(screen)}
${submit("Continue")}
<p><a href="/u/login/identifier?state=${encodeURIComponent(screen.state)}">Use another address</a></p>`,
    ),
  )

/** Asks for both at once. */
export const combinedPage = (screen: Screen): Reply =>
  reply(
    screen,
    "Log in",
    `${form(
      "login",
      `${hiddenInputs({ state: screen.state })}
${usernameField(screen)}
${passwordField(screen)}
${captchaBox(screen)}
${submit("Continue")}`,
    )}
${otherForms(screen)}`,
  )

/** Asks for the one-time code of an authenticator app. */
export const otpPage = (screen: Screen): Reply =>
  reply(
    screen,
    "Verify your identity",
    form(
      "mfa-otp-challenge",
      `${hiddenInputs({ state: screen.state })}
<p>Check your preferred one-time password application for a code.</p>
${codeField(screen)}
<p><input type="checkbox" id="rememberBrowser" name="rememberBrowser" value="true"> <span>Remember this device for 30 days</span></p>
${submit("Continue")}`,
    ),
  )

const codeField = ({ error }: Screen): string => `<label for="code">One-time code</label>
<input type="text" id="code" name="code" value="" inputmode="numeric" autocomplete="one-time-code" autofocus>
${clientSideTexts("code")}${fieldError("code", error)}`

/** Asks for the code of a text message that is never sent: the way on is another method. */
export const smsPage = (screen: Screen): Reply =>
  reply(
    screen,
    "Verify your identity",
    form(
      "mfa-sms-challenge",
      `${hiddenInputs({ state: screen.state })}
<p>We've sent a text message to: XXXXXXX4321</p>
${codeField(screen)}
${submit("Continue")}
${submit("Resend code", "resend-code", "other")}
${submit("Try another method", "pick-authenticator", "other")}`,
    ),
  )

/** Offers the second factors that the user has. */
export const optionsPage = (screen: Screen): Reply =>
  reply(
    screen,
    "Select a method to verify your identity",
    form(
      "mfa-login-options",
      `${hiddenInputs({ state: screen.state })}
${submit("SMS", "sms::0", "other")}
${submit("Google Authenticator or similar", "otp::0", "other")}`,
    ),
  )

/** Asks what the browser can do, which a page without scripts cannot tell. */
export const detectPage = (screen: Screen): Reply =>
  reply(
    screen,
    "Checking your browser",
    form(
      "mfa-detect-browser-capabilities",
      `${hiddenInputs({ state: screen.state, ...FLAGS })}\n${submit("Continue")}`,
    ),
  )

/** Offers to make a passkey, which can be put off unless the browser said that it can make one. */
export const passkeyPage = (screen: Screen, canAbort: boolean): Reply =>
  reply(
    screen,
    "Create a passkey",
    form(
      "passkey-enrollment",
      `${hiddenInputs({ state: screen.state, passkey: "" })}
<button type="button" disabled>Create a passkey</button>
${canAbort ? submit("Continue without passkeys", "abort-passkey-enrollment", "other") : ""}`,
    ),
  )

/** Says that something is wrong with the request itself, and does not send the user back to the app. */
export const errorPage = (status: number, error: string, description: string): Reply =>
  htmlReply(
    status,
    page(
      "Oops!",
      `<h1>Oops!, something went wrong</h1><p>${escapeHtml(error)}: ${escapeHtml(description)}</p>`,
    ),
  )

/** Renders the page for a browser whose login is not known: a wrong cookie, a wrong page, or an expired login. */
export const lostPage = (): Reply =>
  errorPage(
    400,
    "invalid_request",
    "You may have pressed the back button, refreshed during login, opened too many login dialogs, or there is some issue with cookies, since we couldn't find your session. Try logging in again from the application and if the problem persists please contact the administrator.",
  )
