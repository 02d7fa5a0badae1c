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
  /** Names the option that takes `http://` for every host, if there is one. */
  readonly httpOption?: string | undefined
}

/** Checks an address that secrets are sent to. The sentence never holds the address, which may hold a password. */
export const problemWithUrl = (
  name: string,
  value: unknown,
  { example = "https://app.getsequence.io", allowHttp = false, httpOption }: UrlRule = {},
): string | undefined => {
  if (typeof value !== "string" || !URL.canParse(value))
    return `${name} must be an address, such as ${example}`
  const { protocol, hostname, username, password } = new URL(value)
  if (username !== "" || password !== "") return `${name} must not hold a user name or password`
  if (protocol === "https:" || (protocol === "http:" && (allowHttp || isLoopback(hostname)))) return undefined
  if (allowHttp) return `${name} must begin with http:// or https://, such as ${example}`
  const others = httpOption === undefined ? "" : `, or with ${httpOption}`
  return `${name} must begin with https:// (http:// is only for this machine's own addresses${others})`
}

/** Parses an address of a database as the package `pg` does: a host may be missing between `@` and `/`. */
const databaseUrl = (value: string): URL | undefined => {
  const text = [value, value.replace("@/", "@localhost/")].find((one) => URL.canParse(one))
  return text === undefined ? undefined : new URL(text)
}

const isDecodable = (text: string): boolean => {
  try {
    return decodeURIComponent(text.replace(/%(?![\da-f]{2})/gi, "%25")) !== ""
  } catch {
    return false
  }
}

/** A sign that ends the host, such as in `user:1/2@host`, makes a host and a port out of user and password. */
const isCutOff = ({ username, password, host, pathname, search, hash }: URL): boolean =>
  username === "" && password === "" && host !== "" && /^[^=]*@/.test(pathname + search + hash)

/** Checks the address of a PostgreSQL database. The sentence never holds the address, which may hold a password. */
export const problemWithDatabaseUrl = (name: string, value: string): string | undefined => {
  const good = `${name} must be an address such as postgresql://user:password@host:5432/database`
  if (!/^postgres(ql)?:\/\/\S+$/.test(value)) return good
  const url = databaseUrl(value)
  const parts = url === undefined ? [] : [url.username, url.password, url.hostname, url.pathname]
  return url !== undefined && !isCutOff(url) && parts.every((part) => part === "" || isDecodable(part))
    ? undefined
    : `${good}. It cannot be parsed: the port must be at most 65535, and / # ? @ % in user or password are written as %2F %23 %3F %40 %25`
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
