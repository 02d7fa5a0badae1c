/**
 * An Auth0 tenant as the SDK meets it, over real HTTP on a port of its own: the pages of a login, cookies
 * that must come back, codes that work once, refresh tokens that rotate and whose reuse revokes them all.
 * Tests change single answers with `on` and look at every request that arrived.
 */
import * as http from "node:http"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type { Options } from "../../src/auth/AccessTokens.js"
import { codeOf } from "../../src/auth/login/OneTimeCodes.js"
import { parseTotp, stepAt } from "../../src/auth/login/Totp.js"
import * as pages from "./login/fixtures.js"

export interface Seen {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly form: URLSearchParams
  readonly headers: http.IncomingHttpHeaders
}

export interface Reply {
  readonly status: number
  readonly headers?: Readonly<Record<string, string | ReadonlyArray<string>>>
  readonly body?: string
  /** Never answers, or closes the connection, after what the request asked for was done. */
  readonly fault?: "hang" | "cut"
}

type Handler = (seen: Seen) => Reply | undefined

export const CANARY = {
  email: "canary.ada@example.com",
  password: "CANARY-pass&word ü",
  totp: "KNAUGQKSLFJVKQ2SIVKA",
} as const

export const html = (status: number, body: string): Reply => ({
  status,
  headers: { "content-type": "text/html; charset=utf-8" },
  body,
})

export const redirect = (location: string): Reply => ({
  status: 302,
  headers: { location },
  body: "Found. Redirecting",
})

export const json = (status: number, body: unknown): Reply => ({
  status,
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body),
})

interface Transaction {
  readonly app: URLSearchParams
  username: string
  screens: Array<string>
}

const base64url = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url")

export class Tenant {
  readonly requests: Array<Seen> = []
  /** The clock of the service; its `Date` header and its tokens go by it. */
  now: () => number = Date.now
  /** The pages between the password and the app. */
  screens: ReadonlyArray<string> = ["/u/mfa-otp-challenge"]
  entrance: "/u/login/identifier" | "/u/login" = "/u/login/identifier"
  password: string = CANARY.password
  /** The lifetime of access tokens, in milliseconds. */
  life = 3_600_000
  opaque = false
  refreshToken = "CANARY-refresh-0"
  revoked = false
  url = ""
  private readonly handlers: Array<{ readonly route: string; readonly handler: Handler; times: number }> = []
  private readonly transactions = new Map<string, Transaction>()
  private readonly usedSteps = new Set<number>()
  private issued = 0

  /** Answers the next requests of a route otherwise: `POST /oauth/token`. */
  on(route: string, reply: Reply | Handler, times = 1): void {
    this.handlers.push({ route, handler: typeof reply === "function" ? reply : () => reply, times })
  }

  count(route: string): number {
    return this.requests.filter((seen) => `${seen.method} ${seen.path}` === route).length
  }

  get routes(): ReadonlyArray<string> {
    return this.requests.map(({ method, path }) => `${method} ${path}`)
  }

  accessToken(): string {
    this.issued += 1
    if (this.opaque) return `CANARY-opaque-${this.issued}`
    const exp = (this.now() + this.life) / 1_000
    return `${base64url({ alg: "RS256" })}.${base64url({ exp, jti: `CANARY-${this.issued}` })}.CANARYsignature`
  }

  answer(seen: Seen): Reply {
    const special = this.handlers.find(
      ({ route, times }) => times > 0 && route === `${seen.method} ${seen.path}`,
    )
    if (special !== undefined) {
      special.times -= 1
      const reply = special.handler(seen)
      if (reply !== undefined) return reply
    }
    if (seen.path === "/authorize") return this.begin(seen)
    if (seen.path === "/oauth/token") return this.token(seen.form)
    const transaction = this.transactions.get(seen.query.get("state") ?? "")
    const forgotten = !/auth0=/.test(seen.headers.cookie ?? "") || !/did=/.test(seen.headers.cookie ?? "")
    if (transaction === undefined || forgotten) {
      return html(
        400,
        pages.blank("Oops", "You may have pressed the back button; we couldn't find your session"),
      )
    }
    return this.screen(seen, transaction)
  }

  private begin({ query }: Seen): Reply {
    if (query.get("redirect_uri") !== `${this.url}/app/callback?x=1`) {
      return html(
        403,
        pages.blank(
          "Oops!",
          "Callback URL mismatch. The provided redirect_uri is not in the list of allowed callback URLs.",
        ),
      )
    }
    const state = `CANARY-tx-${this.transactions.size}`
    this.transactions.set(state, { app: query, username: "", screens: [...this.screens] })
    return {
      ...redirect(`${this.entrance}?state=${state}`),
      headers: {
        location: `${this.entrance}?state=${state}`,
        "set-cookie": [
          "auth0=CANARY-cookie; Path=/; HttpOnly; Secure",
          "did=d; Path=/",
          "gone=x; Path=/; Max-Age=0",
        ],
      },
    }
  }

  private screen(seen: Seen, transaction: Transaction): Reply {
    const state = seen.query.get("state") ?? ""
    const { username } = transaction
    const post = seen.method === "POST"
    if (post && seen.form.get("state") !== state) return html(400, pages.blank("wrong state"))
    const resume = redirect(`/authorize/resume?state=${state}`)
    const wrong = (field: string, code: string) => ({ state, error: { field, code } })
    switch (seen.path) {
      case "/u/login/identifier":
        if (!post) return html(200, pages.identifier({ state }))
        transaction.username = seen.form.get("username") ?? ""
        return redirect(`/u/login/password?state=${state}`)
      case "/u/login":
        if (!post) return html(200, pages.combined({ state }))
        return this.isRight(seen.form)
          ? resume
          : html(400, pages.combined(wrong("password", "wrong-email-credentials")))
      case "/u/login/password":
        if (!post) return html(200, pages.password({ state, username }))
        if (this.isRight(seen.form)) return resume
        return html(400, pages.password({ ...wrong("password", "wrong-email-credentials"), username }))
      case "/authorize/resume": {
        const next = transaction.screens.shift()
        return next === undefined ? this.finish(transaction.app) : redirect(`${next}?state=${state}`)
      }
      case "/u/mfa-otp-challenge":
        if (!post) return html(200, pages.otp({ state }))
        return this.isRightCode(seen.form.get("code"))
          ? resume
          : html(400, pages.otp(wrong("code", "invalid-code")))
      case "/u/mfa-sms-challenge":
        return post ? redirect(`/u/mfa-login-options?state=${state}`) : html(200, pages.sms({ state }))
      case "/u/mfa-login-options":
        if (!post) return html(200, pages.options({ state }, ["sms::0", "email::1", "otp::2"]))
        return redirect(`/u/mfa-otp-challenge?state=${state}`)
      case "/u/mfa-detect-browser-capabilities":
        return post ? resume : html(200, pages.capabilities({ state }))
      case "/u/passkey-enrollment":
        if (!post) return html(200, pages.passkey({ state }))
        return seen.form.get("action") === "abort-passkey-enrollment"
          ? resume
          : html(400, pages.passkey({ state }))
      default:
        return html(200, pages.blank("Something else", CANARY.email))
    }
  }

  private isRight(form: URLSearchParams): boolean {
    return form.get("username") === CANARY.email && form.get("password") === this.password
  }

  private isRightCode(code: string | null): boolean {
    const source = Either.getOrThrow(parseTotp(Redacted.make(CANARY.totp)))
    const step = stepAt(this.now(), 30)
    if (source._tag !== "TotpSecret" || code !== codeOf(source, step) || this.usedSteps.has(step))
      return false
    this.usedSteps.add(step)
    return true
  }

  private finish(app: URLSearchParams): Reply {
    const target = new URL(app.get("redirect_uri") ?? "")
    if (app.get("response_type") === "code") {
      target.searchParams.set("code", "CANARY-code")
      target.searchParams.set("state", app.get("state") ?? "")
      return redirect(target.href)
    }
    const fragment = new URLSearchParams({
      access_token: this.accessToken(),
      expires_in: String(this.life / 1_000),
      token_type: "Bearer",
      state: app.get("state") ?? "",
    })
    return redirect(`${target.href}#${fragment}`)
  }

  /** Answers as the token endpoint; a test that cuts the answer calls it and throws the answer away. */
  token(form: URLSearchParams): Reply {
    const grant = () => {
      this.refreshToken = `CANARY-refresh-${this.issued + 1}`
      return json(200, {
        access_token: this.accessToken(),
        refresh_token: this.refreshToken,
        expires_in: this.life / 1_000,
        token_type: "Bearer",
      })
    }
    if (form.get("grant_type") === "authorization_code") {
      return form.get("code") === "CANARY-code" && form.get("code_verifier")
        ? grant()
        : json(403, { error: "invalid_grant" })
    }
    if (form.get("refresh_token") === this.refreshToken && !this.revoked) return grant()
    this.revoked = true
    return json(403, { error: "invalid_grant", error_description: "Unknown or invalid refresh token." })
  }

  /** Options that fit this tenant. */
  options(more: Partial<Options> = {}): Options {
    return {
      authUrl: this.url,
      clientId: "client",
      redirectUri: `${this.url}/app/callback?x=1`,
      audience: "https://api.example.com",
      userAgent: "tsequence/test",
      ...more,
    }
  }

  get credentials() {
    return {
      email: CANARY.email,
      password: Redacted.make<string>(CANARY.password),
      totp: Redacted.make<string>(CANARY.totp),
    }
  }
}

const read = async (request: http.IncomingMessage): Promise<string> => {
  let body = ""
  for await (const chunk of request) body += String(chunk)
  return body
}

/** Starts a tenant that ends with the scope. */
export const start: Effect.Effect<Tenant, never, Scope.Scope> = Effect.acquireRelease(
  Effect.promise(async () => {
    const tenant = new Tenant()
    const server = http.createServer(async (request, response) => {
      const url = new URL(request.url ?? "/", tenant.url)
      const form = new URLSearchParams(await read(request))
      const seen = {
        method: request.method ?? "",
        path: url.pathname,
        query: url.searchParams,
        form,
        headers: request.headers,
      }
      tenant.requests.push(seen)
      const reply = tenant.answer(seen)
      if (reply.fault === "cut") request.socket.destroy()
      if (reply.fault !== undefined) return
      response.writeHead(reply.status, {
        date: new Date(tenant.now()).toUTCString(),
        ...Object.fromEntries(
          Object.entries(reply.headers ?? {}).map(([name, value]) => [
            name,
            typeof value === "string" ? value : [...value],
          ]),
        ),
      })
      response.end(reply.body ?? "")
    })
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    const address = server.address()
    if (typeof address !== "object" || address === null) throw new Error("no port")
    tenant.url = `http://127.0.0.1:${address.port}`
    return { tenant, server }
  }),
  ({ server }) =>
    Effect.promise(async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }),
).pipe(Effect.map(({ tenant }) => tenant))
