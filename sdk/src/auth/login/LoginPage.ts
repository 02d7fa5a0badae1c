/**
 * Contents of a login page, as far as a visitor without a script engine needs them: forms with their fields and
 * buttons, error codes, and the marks of a captcha. Most class names are hashes that change with every release of the
 * pages. The parser reads names, ids, `data-` attributes and the few class names that stay the same.
 */
import { Parser } from "htmlparser2"

/**
 * An input, a hidden one included.
 *
 * @category models
 */
interface Field {
  readonly name: string
  readonly type: string
  readonly value: string
  /** True if the untouched form sends it: checkboxes and radio buttons only if they are ticked. */
  readonly sent: boolean
}

/**
 * A button that adds a name and a value to what the form sends.
 *
 * @category models
 */
interface Button {
  readonly name: string
  readonly value: string
}

/**
 * A form of a page.
 *
 * @category models
 */
export interface Form {
  readonly action: string | undefined
  readonly method: string
  readonly primary: boolean
  readonly fields: ReadonlyArray<Field>
  readonly buttons: ReadonlyArray<Button>
}

/**
 * Contents of a page.
 *
 * @category models
 */
export interface Page {
  readonly forms: ReadonlyArray<Form>
  /** The `data-error-code`s of errors that the service shows; the texts beside them are localized. */
  readonly errors: ReadonlyArray<string>
  /** Provider of the captcha on the page, or `unknown`; `undefined` if there is none. */
  readonly captcha: string | undefined
  /** The release of the pages. */
  readonly version: string | undefined
  /** Name of the screen if a script of the tenant's own draws the page (ACUL). */
  readonly customScreen: string | undefined
  /** Text of the page and its JSON context, without scripts and styles, to find known sentences in. Never shown. */
  readonly text: string
}

type Attributes = Readonly<Record<string, string>>

interface Draft {
  readonly form: Omit<Form, "fields" | "buttons">
  readonly fields: Array<Field>
  readonly buttons: Array<Button>
}

const safe = (text: string | undefined): string | undefined =>
  text === undefined ? undefined : /^[\w.:-]{1,80}$/.test(text) ? text : "unknown"

const isError = (attributes: Attributes): boolean =>
  attributes["data-error-code"] !== undefined &&
  attributes.hidden === undefined &&
  // Texts for checks in the browser: they are on every page, and no error.
  !/^error-cs-/.test(attributes.id ?? "") &&
  !/\bulp-(error-info|validator-error)\b/.test(attributes.class ?? "")

const CAPTCHA_CLASSES = new Set(["ulp-captcha", "ulp-captcha-container", "ulp-auth0-v2-captcha"])

const captchaOf = (name: string, attributes: Attributes): string | undefined => {
  const provider = attributes["data-captcha-provider"]
  if (provider !== undefined) return safe(provider) ?? "unknown"
  const marked =
    attributes["data-captcha-sitekey"] !== undefined ||
    (attributes.class ?? "").split(/\s+/).some((name) => CAPTCHA_CLASSES.has(name)) ||
    (name === "input" && attributes.name === "captcha") ||
    (name === "img" && attributes.alt === "captcha")
  return marked ? "unknown" : undefined
}

const fieldOf = (attributes: Attributes): Field | undefined => {
  const type = (attributes.type ?? "text").toLowerCase()
  if (!attributes.name || attributes.disabled !== undefined) return undefined
  if (["submit", "button", "image", "reset", "file"].includes(type)) return undefined
  const ticked = attributes.checked !== undefined
  return {
    name: attributes.name,
    type,
    value: attributes.value ?? (type === "checkbox" || type === "radio" ? "on" : ""),
    sent: (type !== "checkbox" && type !== "radio") || ticked,
  }
}

const readForm = (draft: Draft, name: string, attributes: Attributes): void => {
  const isButton = name === "button" || (name === "input" && attributes.type?.toLowerCase() === "submit")
  if (isButton && attributes.name && attributes.disabled === undefined) {
    draft.buttons.push({ name: attributes.name, value: attributes.value ?? "" })
  } else if (name === "input") {
    const field = fieldOf(attributes)
    if (field !== undefined) draft.fields.push(field)
  }
}

const startForm = (attributes: Attributes): Draft => ({
  form: {
    action: attributes.action,
    method: (attributes.method ?? "get").toLowerCase(),
    primary: attributes["data-form-primary"] === "true",
  },
  fields: [],
  buttons: [],
})

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null

/** Reads the description of a page that a script draws: JSON in Base64, given to `atob`. */
const readContext = (script: string) => {
  const [, encoded] = /atob\(\s*["']([\w+/=-]+)["']/.exec(script) ?? []
  if (encoded === undefined) return undefined
  try {
    const json = Buffer.from(encoded, "base64").toString("utf8")
    const context: unknown = JSON.parse(json)
    if (!isRecord(context)) return undefined
    const screen = isRecord(context.screen) ? context.screen : {}
    const transaction = isRecord(context.transaction) ? context.transaction : {}
    const errors = Array.isArray(transaction.errors) ? transaction.errors : []
    return {
      json,
      screen: typeof screen.name === "string" ? safe(screen.name) : undefined,
      captcha: isRecord(screen.captcha),
      errors: errors.flatMap((error: unknown) =>
        isRecord(error) && typeof error.code === "string" ? [safe(error.code) ?? "unknown"] : [],
      ),
    }
  } catch {
    return undefined
  }
}

/**
 * Reads a page. Nothing on it can make this fail.
 *
 * @category combinators
 */
export const parse = (html: string): Page => {
  const drafts: Array<Draft> = []
  const errors: Array<string> = []
  const texts: Array<string> = []
  const scripts: Array<string> = []
  let open: Draft | undefined
  let version: string | undefined
  let captcha: string | undefined
  let inside = ""

  const parser = new Parser({
    onopentag(name, attributes) {
      inside = name
      if (name === "form" && open === undefined) {
        open = startForm(attributes)
        drafts.push(open)
      }
      if (open !== undefined) readForm(open, name, attributes)
      if (name === "meta" && attributes.name === "ulp-version") version = safe(attributes.content)
      if (isError(attributes)) errors.push(safe(attributes["data-error-code"]) ?? "unknown")
      const provider = captchaOf(name, attributes)
      if (provider !== undefined && (captcha === undefined || captcha === "unknown")) captcha = provider
    },
    ontext(text) {
      if (inside === "script") scripts.push(text)
      else if (inside !== "style") texts.push(text)
    },
    onclosetag(name) {
      inside = ""
      if (name === "form") open = undefined
    },
  })
  parser.end(html)

  const context = readContext(scripts.join(""))
  return {
    forms: drafts.map(({ form, fields, buttons }) => ({ ...form, fields, buttons })),
    errors: [...errors, ...(context?.errors ?? [])],
    captcha: captcha ?? (context?.captcha === true ? "unknown" : undefined),
    version,
    customScreen: context?.screen,
    text: [...texts, context?.json ?? ""].join(" "),
  }
}

/**
 * Finds the form that has an input of this name; the primary one, if several have.
 *
 * @category combinators
 */
export const formWith = (page: Page, name: string): Form | undefined => {
  const having = page.forms.filter(({ fields }) => fields.some((field) => field.name === name))
  return having.find(({ primary }) => primary) ?? having[0]
}

/**
 * Finds the form that has a button of this action, or else the one that goes on from this page.
 *
 * @category combinators
 */
export const formFor = (page: Page, action: string): Form | undefined =>
  page.forms.find(({ buttons }) =>
    buttons.some(({ name, value }) => name === "action" && value === action),
  ) ??
  page.forms.find(({ primary }) => primary) ??
  page.forms.find(({ fields }) => fields.some(({ name }) => name === "state"))

/**
 * Finds the value of the first `action` button that fits.
 *
 * @category combinators
 */
export const actionLike = (page: Page, pattern: RegExp): string | undefined =>
  page.forms
    .flatMap(({ buttons }) => buttons)
    .find(({ name, value }) => name === "action" && pattern.test(value))?.value

/**
 * Makes the body that a browser would send: the fields of the form, with some values filled in.
 *
 * @param action - the value of the button that is pressed
 *
 * @category combinators
 */
export const fill = (
  form: Form,
  values: Readonly<Record<string, string>>,
  action = "default",
): URLSearchParams => {
  const sent = new URLSearchParams()
  for (const { name, value, sent: goes } of form.fields) if (goes) sent.append(name, value)
  for (const name of ["webauthn-available", "webauthn-platform-available"]) {
    // The truth, whatever the page presumes; a visitor with a security key is sent to set it up.
    if (sent.has(name)) sent.set(name, "false")
  }
  for (const [name, value] of Object.entries(values)) sent.set(name, value)
  sent.set("action", action)
  return sent
}
