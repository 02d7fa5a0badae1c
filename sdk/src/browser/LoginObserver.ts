/** Observes the traffic while a person logs in: the web app's request for a login, and the response that it gets. */
import * as Redacted from "effect/Redacted"
import type { BrowserContext, Request, Response } from "playwright-core"
import * as TokenText from "../auth/login/TokenText.js"
import { AuthenticationError } from "../Errors.js"

/** Values of the web app's `/authorize` request. */
export interface AuthorizeValues {
  readonly clientId: string
  readonly redirectUri: string
  readonly audience: string | null
  readonly scope: string | null
  readonly responseType: string | null
}

/** The result of a login. */
export interface LoginObservation {
  readonly accessToken: string
  readonly refreshToken: string | null
  readonly expiresAt: number
  readonly authorize: AuthorizeValues
}

interface Fields {
  readonly accessToken: string | null | undefined
  readonly refreshToken: string | null | undefined
  readonly expiresIn: unknown
}

const DAY = 24 * 3_600_000

const endOf = (token: Redacted.Redacted<string>, expiresIn: unknown): number => {
  const seconds = Number(expiresIn ?? Number.NaN)
  const now = Date.now()
  return TokenText.expiry(token) ?? (seconds > 0 ? now + seconds * 1_000 : now + DAY)
}

const valuesOf = ({ searchParams: query }: URL): AuthorizeValues | undefined => {
  const [clientId, redirectUri] = [query.get("client_id"), query.get("redirect_uri")]
  if (clientId === null || redirectUri === null || !URL.canParse(redirectUri)) return undefined
  const [audience, scope, responseType] = ["audience", "scope", "response_type"].map((name) =>
    query.get(name),
  )
  return {
    clientId,
    redirectUri,
    audience: audience ?? null,
    scope: scope ?? null,
    responseType: responseType ?? null,
  }
}

const sameAddress = (one: URL, other: URL): boolean =>
  one.origin === other.origin && one.pathname === other.pathname

const refused = (code: string) =>
  new AuthenticationError(
    "UnexpectedPage",
    `The login ended with an error (${/^[\w.-]{1,60}$/.test(code) ? code : "unknown"}).`,
    { operation: "login" },
  )

const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined)

/** Watches a browser until a login has an answer. */
export class LoginObserver {
  readonly answer: Promise<LoginObservation>
  readonly #authUrl: URL
  /** The values of each login request, by the app's own `state`. */
  readonly #asked = new Map<string, AuthorizeValues>()
  #newest: AuthorizeValues | undefined
  #resolve: (answer: LoginObservation) => void = () => {}
  #reject: (error: AuthenticationError) => void = () => {}

  constructor(context: BrowserContext, authUrl: URL) {
    this.#authUrl = authUrl
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    // A rejection must not count as unhandled if the login is no longer awaited.
    this.answer.catch(() => {})
    context.on("request", (request) => this.#see(request))
    context.on("response", (response) => {
      // A page that goes away takes its answers with it.
      this.#hear(response).catch(() => {})
    })
  }

  #see(request: Request): void {
    const url = new URL(request.url())
    if (url.origin !== this.#authUrl.origin || url.pathname !== "/authorize") return
    const values = valuesOf(url)
    if (values === undefined) return
    this.#newest = values
    this.#asked.set(url.searchParams.get("state") ?? "", values)
  }

  async #hear(response: Response): Promise<void> {
    const url = new URL(response.url())
    if (url.origin !== this.#authUrl.origin) return
    const location = await response.headerValue("location")
    if (location !== null && URL.canParse(location, url.href)) this.#redirected(new URL(location, url))
    else if (url.pathname === "/oauth/token" && response.ok()) this.#given(await response.json())
  }

  /** Back to the app, with the answer in the fragment or in the query. */
  #redirected(url: URL): void {
    const params = new URLSearchParams([...url.searchParams, ...new URLSearchParams(url.hash.slice(1))])
    const authorize = this.#asked.get(params.get("state") ?? "")
    if (authorize === undefined || !sameAddress(url, new URL(authorize.redirectUri))) return
    const error = params.get("error")
    // The app asks whether a user is logged in already before it shows the login.
    if (error === "login_required" || error === "interaction_required" || error === "consent_required") return
    if (error !== null) {
      this.#reject(refused(error))
      return
    }
    const fields = {
      accessToken: params.get("access_token"),
      refreshToken: null,
      expiresIn: params.get("expires_in"),
    }
    this.#take(fields, authorize)
  }

  /** The app has traded a code for tokens. */
  #given(body: unknown): void {
    const fields: Readonly<Record<string, unknown>> =
      typeof body === "object" && body !== null ? { ...body } : {}
    this.#take(
      {
        accessToken: text(fields.access_token),
        refreshToken: text(fields.refresh_token),
        expiresIn: fields.expires_in,
      },
      this.#newest,
    )
  }

  #take({ accessToken, refreshToken, expiresIn }: Fields, authorize: AuthorizeValues | undefined): void {
    const token = TokenText.clean(Redacted.make(accessToken ?? ""))
    if (token === undefined || authorize === undefined) return
    this.#resolve({
      accessToken: Redacted.value(token),
      refreshToken: refreshToken ?? null,
      expiresAt: endOf(token, expiresIn),
      authorize,
    })
  }
}
