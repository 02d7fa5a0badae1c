/** The three ways to log in: with the password over HTTP, in a window that opens, in a browser of one's own. */
import { Redacted } from "effect"
import { Login } from "tsequence/effect"
import * as Exit from "../Exit.js"
import type * as Session from "../Session.js"
import * as Run from "./Run.js"
import * as Values from "./Values.js"

/** A login that worked. */
export interface LoggedIn {
  /** The options of the login. */
  readonly options: Values.LoginOptions
  /** The tokens, which are not kept yet. */
  readonly got: Login.LoginResult
}

/** Logs in over HTTP, asking for what the environment lacks. */
export const byPassword = async (
  session: Session.Service,
  environment: NodeJS.ProcessEnv,
): Promise<LoggedIn> => {
  const options = await Values.forPassword(session, environment)
  session.screen.note("Logging in …")
  return { options, got: await Run.withStore(session, options.dataDir, Login.withPassword(options)) }
}

/** Opens a window, and waits until the person has logged in there. */
export const byBrowser = async (
  session: Session.Service,
  environment: NodeJS.ProcessEnv,
  executablePath: string | undefined,
): Promise<LoggedIn> => {
  const options = Values.read(environment)
  const { logInByBrowser } = await import("tsequence/browser")
  session.screen.note("A window opens with the web app. Log in there; this program only waits for the token.")
  const { appUrl, authUrl } = options
  const { signal } = session.interrupts
  const login = await logInByBrowser({ appUrl, authUrl, executablePath, signal })
  const { clientId, redirectUri, audience, scope, responseType } = login.authorize
  return {
    options: {
      ...options,
      auth: {
        clientId,
        redirectUri,
        audience: audience ?? undefined,
        scope: scope ?? undefined,
        responseType: responseType === "token" || responseType === "code" ? responseType : undefined,
      },
    },
    got: {
      accessToken: Redacted.make(login.accessToken),
      refreshToken: login.refreshToken === null ? undefined : Redacted.make(login.refreshToken),
      expiresAt: login.expiresAt,
    },
  }
}

const HOW_TO_PASTE = `Then paste the address that you end at, while it still holds access_token= or code=.
Where the web app has removed that already: open its developer tools, and paste the value of
access_token from Application, Session storage.`

/** Prints where to log in, and takes what the person pastes. */
export const byPaste = async (
  session: Session.Service,
  environment: NodeJS.ProcessEnv,
): Promise<LoggedIn> => {
  const { screen, ask, interrupts } = session
  const options = await Values.forPaste(session, environment)
  const startedAt = await Run.run(session, Login.startBrowserLogin(options))
  screen.note(`Log in here, with any browser:\n\n${startedAt.address.href}\n\n${HOW_TO_PASTE}`)
  const pasted = await ask("Paste it here (it is not shown): ", { isSecret: true })
  interrupts.signal.throwIfAborted()
  if (pasted === undefined) throw new Exit.UsageError("Nobody can paste anything here: use a terminal.")
  const got = await Run.run(session, startedAt.finish(Redacted.make(pasted)))
  return { options, got }
}
