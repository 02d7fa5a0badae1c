/** Explanations of why a server cannot be reached, and what to check. */

/** Errors and the causes behind them, outermost first. */
const causesOf = (thrown: unknown, depth = 0): ReadonlyArray<object> => {
  if (typeof thrown !== "object" || thrown === null || depth > 5) return []
  const errors = "errors" in thrown && Array.isArray(thrown.errors) ? thrown.errors : []
  const cause = "cause" in thrown ? [thrown.cause] : []
  return [thrown, ...[...cause, ...errors].flatMap((inner) => causesOf(inner, depth + 1))]
}

/** Finds the system's or the runtime's error code. */
const codeOf = (thrown: unknown): string => {
  const codes = causesOf(thrown).flatMap((error) =>
    "code" in error && typeof error.code === "string" && /^[A-Z][A-Z0-9_]+$/.test(error.code)
      ? [error.code]
      : [],
  )
  return codes[0] ?? "no code"
}

const MEANINGS: ReadonlyArray<readonly [RegExp, string]> = [
  [/^ERR_PROXY_/, "the proxy does not let requests through: look at its address and its login"],
  [/^(ENOTFOUND|EAI_)/, "its name cannot be resolved: look at the DNS"],
  [/^ECONNREFUSED$/, "it refuses connections: look at the address and the firewall"],
  [/^(EHOSTUNREACH|ENETUNREACH|ENETDOWN)$/, "there is no route to it: look at the network"],
  [
    /CERT|^UNABLE_TO_|^ERR_TLS|^ERR_SSL|^EPROTO$|SELF_SIGNED|HOSTNAME_MISMATCH/,
    "its certificate is not accepted: if a proxy looks into TLS, name its authority with NODE_EXTRA_CA_CERTS",
  ],
  [/TIMEOUT|^ETIMEDOUT$|^ABORT/, "it does not answer in time: look at the network and the firewall"],
  [/^(ECONNRESET|EPIPE|UND_ERR_SOCKET|ERR_STREAM_PREMATURE_CLOSE)$/, "the connection was lost"],
]

/**
 * Explains what a request for a host threw. Holds nothing of the request itself, which may have secrets in it.
 *
 * @param proxy - the variable that names the proxy in between
 */
export const explain = (host: string, thrown: unknown, proxy?: string): string => {
  const code = codeOf(thrown)
  const meaning =
    MEANINGS.find(([pattern]) => pattern.test(code))?.[1] ?? "it gave no answer that can be read"
  const way = proxy === undefined ? "" : ` through the proxy of ${proxy}`
  return `no answer from ${host}${way}: ${meaning} (${code})`
}
