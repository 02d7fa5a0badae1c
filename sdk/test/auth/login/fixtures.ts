/**
 * Login pages as Auth0's New Universal Login draws them, cut down to what a visitor without scripts can see:
 * several forms a page, hidden flags, decoys, texts for checks in the browser.
 */

const escapeHtml = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;").replaceAll("'", "&#39;")

interface Shared {
  readonly state: string
  readonly error?: { readonly field: string; readonly code: string } | undefined
  readonly captcha?: string | undefined
}

const flags = `
  <input type="hidden" name="js-available" value="false"/>
  <input type="hidden" name="webauthn-available" value="false"/>
  <input type="hidden" name="is-brave" value="false"/>
  <input type="hidden" name="webauthn-platform-available" value="false"/>`

const stateOf = ({ state }: Shared): string =>
  `<input type="hidden" name="state" value="${escapeHtml(state)}"/>`

const errorOf = ({ error }: Shared): string =>
  error === undefined
    ? ""
    : `<span id="error-element-${error.field}" class="ulp-input-error-message" data-error-code="${escapeHtml(error.code)}">Something is wrong</span>`

const captchaOf = ({ captcha }: Shared): string =>
  captcha === undefined
    ? ""
    : `<div class="c0ffee ulp-captcha-container" data-captcha-provider="${captcha}" data-captcha-sitekey="0x4AAA"><input type="hidden" name="captcha" value=""/></div>`

const clientSide = `
  <div id="error-cs-username-required" class="ulp-error-info" data-error-code="no-username" hidden>Please enter a username</div>
  <div class="ulp-error-info" data-error-code="invalid-email-format">Email is not valid</div>`

const submit = `<button type="submit" name="action" value="default" class="c5f">Continue</button>`

const page = (title: string, body: string): string => `<!DOCTYPE html><html lang="en"><head>
  <meta charset="utf-8"/><meta name="ulp-version" content="1.139.0"/><title>${title}</title>
  <style>.c5f{color:red}</style><script nonce="x">window.ulpFlags = {"a":"<form method=post><input name=username></form>"}</script>
</head><body class="_widget-auto-layout">${clientSide}${body}</body></html>`

const social = (connection: string, state: string): string => `
  <form method="post" data-provider="${connection}" data-form-secondary="true">
    <input type="hidden" name="state" value="${escapeHtml(state)}-social"/>
    <input type="hidden" name="connection" value="${connection}"/>
    <button type="submit">Continue with ${connection}</button>
  </form>`

export const identifier = (options: Shared): string =>
  page(
    "Log in",
    `${social("google-oauth2", options.state)}
    <form method="POST" class="c1 _form-login-id" data-form-primary="true">
      ${stateOf(options)}${flags}
      <input type="password" autocomplete="off" tabindex="-1" aria-hidden="true" hidden/>
      <input name="username" id="username" type="text" value="" autocomplete="email"/>
      <input type="checkbox" name="ulp-remember-me" value="true"/>
      ${errorOf(options)}${captchaOf(options)}${submit}
    </form>
    <form method="POST" data-form-primary="true">
      <input type="hidden" name="state" value="${escapeHtml(options.state)}-passkey"/>
      <input type="hidden" name="passkey" value=""/><input type="hidden" name="action" value="passkey"/>
    </form>${social("apple", options.state)}`,
  )

export const password = (options: Shared & { readonly username: string }): string =>
  page(
    "Enter your password",
    `<form method="POST" class="c2 _form-login-password" data-form-primary="true">
      ${stateOf(options)}${flags}
      <input type="text" name="username" value="${escapeHtml(options.username)}" readonly/>
      <input type="password" name="password" value="" autocomplete="current-password"/>
      <input type="checkbox" name="ulp-remember-me" value="true"/>
      ${errorOf(options)}${captchaOf(options)}${submit}
    </form>`,
  )

export const combined = (options: Shared): string =>
  page(
    "Log in",
    `<form method="POST" data-form-primary="true">
      ${stateOf(options)}<input name="username" type="text" value=""/><input name="password" type="password"/>
      ${errorOf(options)}${captchaOf(options)}${submit}
    </form>`,
  )

export const otp = (options: Shared): string =>
  page(
    "Verify your identity",
    `<form method="POST" data-form-primary="true">
      ${stateOf(options)}<input name="code" type="text" inputmode="numeric" value=""/>
      <input type="checkbox" name="rememberBrowser" value="true"/>
      ${errorOf(options)}${submit}
    </form>
    <form method="POST"><input type="hidden" name="state" value="${escapeHtml(options.state)}"/>
      <button type="submit" name="action" value="pick-authenticator">Try another method</button></form>`,
  )

export const sms = (options: Shared): string =>
  page(
    "Verify your identity",
    `<form method="POST" data-form-primary="true">${stateOf(options)}<input name="code" type="text"/>${submit}</form>
    <form method="POST">${stateOf(options)}<button type="submit" name="action" value="resend-code">Resend</button></form>
    <form method="POST">${stateOf(options)}<button type="submit" name="action" value="pick-authenticator">Try another method</button></form>`,
  )

export const options = (shared: Shared, factors: ReadonlyArray<string>): string =>
  page(
    "Select a method",
    factors
      .map(
        (factor) =>
          `<form method="POST">${stateOf(shared)}<button type="submit" name="action" value="${factor}">${factor}</button></form>`,
      )
      .join(""),
  )

export const passkey = (shared: Shared): string =>
  page(
    "Create a passkey",
    `<form method="POST" data-form-primary="true">${stateOf(shared)}<input type="hidden" name="passkey"/>${submit}</form>
    <form method="POST">${stateOf(shared)}<button type="submit" name="action" value="abort-passkey-enrollment">Not now</button></form>`,
  )

export const capabilities = (shared: Shared): string =>
  page("One moment", `<form method="POST" data-form-primary="true">${stateOf(shared)}${flags}</form>`)

export const blank = (title: string, text = ""): string => page(title, `<p>${text}</p>`)

/** A page that the tenant draws itself, from JSON that is handed to a script. */
export const acul = (context: {
  readonly screen: string
  readonly errors?: ReadonlyArray<string>
  readonly captcha?: boolean
}): string => {
  const json = JSON.stringify({
    screen: { name: context.screen, ...(context.captcha ? { captcha: { provider: "recaptcha" } } : {}) },
    transaction: { state: "S", errors: (context.errors ?? []).map((code) => ({ code, message: "x" })) },
  })
  return `<html><head><script>window.universal_login_context = JSON.parse(decodeURIComponent(escape(window.atob("${Buffer.from(json).toString("base64")}"))))</script></head><body></body></html>`
}
