/**
 * A person with a browser that runs no scripts: keeps cookies, follows one redirect at a time, fills the form that
 * holds a field and sends its hidden inputs along.
 */
import { createHash } from "node:crypto"
import type { Sandbox } from "../src/index.js"
import { codeAt } from "./support.js"

export interface Page {
  readonly status: number
  readonly url: URL
  readonly location: string | null
  readonly html: string
}

const decodeEntities = (escaped: string): string =>
  escaped
    .replace(/&#(\d+);/g, (_, digits: string) => String.fromCharCode(Number(digits)))
    .replaceAll("&amp;", "&")

const attribute = (tag: string, name: string): string | undefined => {
  const match = new RegExp(`\\s${name}="([^"]*)"`).exec(tag)
  return match?.[1] === undefined ? undefined : decodeEntities(match[1])
}

/** The inputs of the form that holds a field. */
const formWith = (html: string, field: string): Map<string, string> => {
  const forms = html.match(/<form[\s\S]*?<\/form>/g) ?? []
  const form = forms.find((candidate) => candidate.includes(`name="${field}"`))
  if (form === undefined) throw new Error(`no form with ${field} in ${html}`)
  const fields = new Map<string, string>()
  for (const tag of form.match(/<input[^>]*>/g) ?? []) {
    const name = attribute(tag, "name")
    if (name !== undefined && attribute(tag, "type") !== "checkbox")
      fields.set(name, attribute(tag, "value") ?? "")
  }
  return fields
}

/** The complaint on a page, as `field/code`. */
export const complaint = (html: string): string | undefined => {
  const field = /id="error-element-([\w-]+)"[^>]*data-error-code="([^"]+)"/.exec(html)
  if (field) return `${field[1]}/${field[2]}`
  const alert = /id="prompt-alert"[^>]*data-error-code="([^"]+)"/.exec(html)
  return alert ? `alert/${alert[1]}` : undefined
}

export class Browser {
  readonly sandbox: Sandbox
  readonly cookies = new Map<string, string>()

  constructor(sandbox: Sandbox) {
    this.sandbox = sandbox
  }

  async visit(address: string, init: RequestInit = {}): Promise<Page> {
    const url = new URL(address, this.sandbox.url)
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ")
    const response = await fetch(url, { ...init, redirect: "manual", headers: { cookie, ...init.headers } })
    for (const line of response.headers.getSetCookie()) {
      const [name = "", value = ""] = (line.split(";")[0] ?? "").split("=")
      if (line.includes("Max-Age=0")) this.cookies.delete(name)
      else this.cookies.set(name, value)
    }
    return {
      status: response.status,
      url,
      location: response.headers.get("location"),
      html: await response.text(),
    }
  }

  /** Goes where a page sends to. */
  follow(page: Page): Promise<Page> {
    if (page.location === null) throw new Error(`no redirect: ${page.status} ${page.html}`)
    return this.visit(new URL(page.location, page.url).href)
  }

  /** Fills the form that holds the first of the fields, and posts it. */
  fill(page: Page, values: Record<string, string>): Promise<Page> {
    const fields = formWith(page.html, Object.keys(values).find((name) => name !== "action") ?? "state")
    for (const [name, value] of Object.entries({ action: "default", ...values })) fields.set(name, value)
    return this.visit(page.url.href, {
      method: "POST",
      body: new URLSearchParams([...fields]),
      headers: { "content-type": "application/x-www-form-urlencoded" },
    })
  }

  authorizeUrl(changes: Record<string, string | null> = {}): string {
    const { env } = this.sandbox
    const query = new URLSearchParams({
      client_id: env.SEQUENCE_AUTH0_CLIENT_ID ?? "",
      redirect_uri: env.SEQUENCE_AUTH0_REDIRECT_URI ?? "",
      audience: env.SEQUENCE_AUTH0_AUDIENCE ?? "",
      response_type: "token",
      scope: "openid profile email",
      state: "the app's own",
    })
    for (const [name, value] of Object.entries(changes)) {
      if (value === null) query.delete(name)
      else query.set(name, value)
    }
    return `/authorize?${query}`
  }

  /** Goes to the first page of the login. */
  async begin(changes: Record<string, string | null> = {}): Promise<Page> {
    return this.follow(await this.visit(this.authorizeUrl(changes)))
  }

  /** Fills email and password; gives the answer to the password. */
  async enter(page: Page, password = this.sandbox.env.SEQUENCE_PASSWORD ?? ""): Promise<Page> {
    const identified = await this.fill(page, { username: this.sandbox.env.SEQUENCE_EMAIL ?? "" })
    return this.fill(await this.follow(identified), { password })
  }

  /** The one-time code of the sandbox's present, or of some steps later. */
  code(steps = 0): string {
    return codeAt(this.sandbox.env.SEQUENCE_TOTP ?? "", this.sandbox.now() + steps * 30_000)
  }

  /** Logs in from beginning to end, and gives the address that the app is sent to. */
  async logIn(changes: Record<string, string | null> = {}): Promise<URL> {
    const entered = await this.enter(await this.begin(changes))
    const challenge = await this.follow(await this.follow(entered))
    const resumed = await this.fill(challenge, { code: this.code() })
    return new URL((await this.follow(resumed)).location ?? "")
  }
}

export const VERIFIER = "a-verifier-of-forty-three-characters-or-more-0123456789"
export const CODE_FLOW = {
  response_type: "code",
  scope: "openid profile email offline_access",
  code_challenge: createHash("sha256").update(VERIFIER).digest("base64url"),
  code_challenge_method: "S256",
}

/** Reads the fragment of an address: the answer of the implicit flow. */
export const fragmentOf = (url: URL): URLSearchParams => new URLSearchParams(url.hash.slice(1))

/** Asks the token endpoint, as the sandbox's own application. */
export const exchange = async (sandbox: Sandbox, fields: Record<string, string>) => {
  const response = await fetch(`${sandbox.url}/oauth/token`, {
    method: "POST",
    body: new URLSearchParams({ client_id: sandbox.env.SEQUENCE_AUTH0_CLIENT_ID ?? "", ...fields }),
  })
  const body: unknown = await response.json()
  return { status: response.status, body }
}
