/**
 * Login in a browser window, for a person: the window opens the web app, the person logs in there, and the program
 * only waits for the token. Nothing is typed or hidden; if a captcha or a passkey is asked for, the person
 * answers. Needs the package `playwright-core`, which is not installed with this one, and a browser.
 *
 * @module tsequence/browser
 */
import type { BrowserContext, Page } from "playwright-core"
import { type LoginObservation, LoginObserver } from "./browser/LoginObserver.js"
import * as launchBrowser from "./browser/launchBrowser.js"
import { DEFAULTS } from "./client/Options.js"
import { type Keys, unknownKeys } from "./config/OptionKeys.js"
import { AuthenticationError, ConfigError } from "./Errors.js"
import { abortError, onAbort } from "./http/Abort.js"

export type { AuthorizeValues } from "./browser/LoginObserver.js"

/** Options of a login by browser. */
export interface BrowserLoginOptions {
  /** Origin of the web app, which begins the login. Default: the service's. */
  readonly appUrl?: string | undefined
  /** Auth0 tenant. Default: the service's. */
  readonly authUrl?: string | undefined
  /** The browser's program file. Default: Chrome, Edge or Chromium, wherever it is found. */
  readonly executablePath?: string | undefined
  /** Milliseconds that the person has. @default 600000 */
  readonly timeout?: number | undefined
  /** Ends it with an `AbortError`, and closes the window. */
  readonly signal?: AbortSignal | undefined
}

/** The result of a login by browser. */
export interface BrowserLogin {
  /** For the option `accessToken` of a client. A secret. */
  readonly accessToken: string
  /** For the option `refreshToken` of a client, if there is one. A secret. */
  readonly refreshToken: string | null
  /** The time at which the access token expires, in milliseconds since 1970. */
  readonly expiresAt: number
  /** The values of the web app's `/authorize` request, which `SEQUENCE_AUTH0_…` and `auth` set for a client. */
  readonly authorize: LoginObservation["authorize"]
}

const KEYS: Keys<BrowserLoginOptions> = {
  appUrl: true,
  authUrl: true,
  executablePath: true,
  timeout: true,
  signal: true,
}

const TEN_MINUTES = 600_000

const abandoned = (what: string) =>
  new AuthenticationError("Abandoned", `${what}: nobody is logged in.`, { operation: "login" })

const originOf = (name: string, address: string): URL => {
  if (!URL.canParse(address))
    throw new ConfigError([`${name} must be an address, such as ${DEFAULTS.appUrl}`])
  return new URL(address)
}

/** Rejects once there will be no answer any more: time is over, the window was closed, or the caller gave up. */
const giveUp = (context: BrowserContext, page: Page, options: BrowserLoginOptions) => {
  const { timeout = TEN_MINUTES, signal } = options
  const cleanUps: Array<() => void> = []
  const gaveUp = new Promise<never>((_, reject) => {
    const timer = setTimeout(() => reject(abandoned("Time to log in is over")), timeout)
    cleanUps.push(() => clearTimeout(timer))
    const closed = () => reject(abandoned("The window was closed before the login was finished"))
    page.on("close", closed)
    context.on("close", closed)
    if (signal !== undefined) cleanUps.push(onAbort(signal, () => reject(abortError(signal))))
  })
  // If the other promise wins the race, a rejection of this one must not count as unhandled.
  gaveUp.catch(() => {})
  return {
    gaveUp,
    stop: () => {
      for (const cleanUp of cleanUps) cleanUp()
    },
  }
}

/**
 * Opens the web app in a browser window of its own, waits for the person to log in there, and closes it. The profile
 * is new and is forgotten.
 *
 * Rejects with `ConfigError` if `playwright-core` or a browser is missing, with `AuthenticationError` if the
 * window was closed, time is over (`Abandoned`) or the login was refused, and with an `AbortError` if the signal
 * was aborted.
 *
 * @example
 * ```ts
 * import { Sequence } from "tsequence"
 * import { logInByBrowser } from "tsequence/browser"
 *
 * const { accessToken } = await logInByBrowser()
 * const sequence = new Sequence({ accessToken })
 * ```
 */
export const logInByBrowser = async (options: BrowserLoginOptions = {}): Promise<BrowserLogin> => {
  const unknown = unknownKeys("options", options, KEYS)
  if (unknown.length > 0) throw new ConfigError(unknown)
  const appUrl = originOf("appUrl", options.appUrl ?? DEFAULTS.appUrl)
  const authUrl = originOf("authUrl", options.authUrl ?? DEFAULTS.authUrl)
  options.signal?.throwIfAborted()
  const browser = await launchBrowser.launch(options.executablePath)
  try {
    const context = await browser.newContext({ viewport: null })
    const page = await context.newPage()
    const { gaveUp, stop } = giveUp(context, page, options)
    try {
      const observer = new LoginObserver(context, authUrl)
      // The window shows the person a page that does not load; closing the window ends the wait.
      page.goto(appUrl.href).catch(() => {})
      return await Promise.race([observer.answer, gaveUp])
    } finally {
      stop()
    }
  } finally {
    await browser.close()
  }
}
