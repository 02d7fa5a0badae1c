/** Takes out of a text what must never be shown: tokens, and the addresses and states of a login. */

const patterns: ReadonlyArray<readonly [RegExp, string]> = [
  [/\b(bearer|basic)\s+[\w.~+/=-]+/gi, "$1 [redacted]"],
  // A JSON Web Token, and the prefixes that GetSequence, Auth0, Anthropic and others give their keys. A dotted word is no token.
  [/\beyJ[\w-]{5,}(?:\.[\w-]*){0,4}/g, "[redacted token]"],
  [/\b(?:sk-ant-|sk_|v1\.M|ghp_|xox[bp]-)[\w.-]{8,}/g, "[redacted token]"],
  [
    /\b((?:access_token|refresh_token|id_token|state|code|password|totp|nonce)["']?\s*[=:]\s*["']?)[^\s"'&<>,}]+/gi,
    "$1[redacted]",
  ],
  [/[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g, "[redacted address]"],
]

/**
 * Replaces what looks like a secret, and every one of `secrets` to the letter.
 *
 * @param text - a message or the start of a body, from outside
 * @param secrets - values that are known and must not appear; those under four characters are passed over
 */
export const redact = (text: string, secrets: Iterable<string> = []): string => {
  let clean = text
  for (const secret of secrets) {
    if (secret.length >= 4) clean = clean.replaceAll(secret, "[redacted]")
  }
  for (const [pattern, replacement] of patterns) clean = clean.replace(pattern, replacement)
  return clean
}

/** The start of a body, on one line and scrubbed, for an error that shows what came. */
export const excerpt = (body: string, secrets?: Iterable<string>): string =>
  redact(body.slice(0, 2_000), secrets).replace(/\s+/g, " ").trim().slice(0, 300)
