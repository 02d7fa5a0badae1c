/** Checks of single values, for options and variables alike. Each returns a sentence, or `undefined` for a good value. */

/** Tells if a URL's host name is this machine. Names below `localhost` are not: a DNS server may answer for them. */
export const isLoopback = (hostname: string): boolean =>
  hostname === "localhost" || hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(hostname)

/** A rule for one address. */
export interface UrlRule {
  /** An address that would be good. @default "https://app.getsequence.io" */
  readonly example?: string | undefined
  /** Takes `http://` for every host, not only for this machine. @default false */
  readonly allowHttp?: boolean | undefined
}

/** Checks an address that secrets are sent to. The sentence never holds the address, which may hold a password. */
export const problemWithUrl = (
  name: string,
  value: unknown,
  { example = "https://app.getsequence.io", allowHttp = false }: UrlRule = {},
): string | undefined => {
  if (typeof value !== "string" || !URL.canParse(value))
    return `${name} must be an address, such as ${example}`
  const { protocol, hostname, username, password } = new URL(value)
  if (username !== "" || password !== "") return `${name} must not hold a user name or password`
  if (protocol === "https:" || (protocol === "http:" && (allowHttp || isLoopback(hostname)))) return undefined
  return `${name} must begin with https:// (http:// is only for this machine's own addresses)`
}

/** A rule for one number. */
export interface NumberRule {
  /** Takes whole numbers only. @default false */
  readonly integer?: boolean | undefined
  /** The least one. @default 0 */
  readonly least?: number | undefined
}

/** Checks a number; one that is not given is good. */
export const problemWithNumber = (
  name: string,
  value: unknown,
  { integer = false, least = 0 }: NumberRule = {},
): string | undefined => {
  if (value === undefined) return undefined
  const fits = integer ? Number.isSafeInteger(value) : Number.isFinite(value)
  return fits && typeof value === "number" && value >= least
    ? undefined
    : `${name} must be ${integer ? "a whole number" : "a number"} from ${least} on`
}

/** Keeps the sentences, without the values that were good. */
export const sentences = (problems: Iterable<string | undefined>): ReadonlyArray<string> =>
  [...problems].filter((problem) => problem !== undefined)
