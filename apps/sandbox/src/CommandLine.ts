/** Reads the command line, and writes what a person or a script needs to point a client at the sandbox. */
import { type ParseArgsConfig, parseArgs } from "node:util"
import type { SandboxOptions } from "./Options.js"

/** The parsed command line. */
export interface Command {
  readonly help: boolean
  readonly options: SandboxOptions
  /** The format in which environment variables are printed. */
  readonly format: "export" | "json"
  /** True if the variables are those of the Platform API. */
  readonly isPlatform: boolean
  /** A file that the variables are written to as well, `NAME=value` a line. */
  readonly envFile: string | undefined
}

/** A command line that makes no sense; the message says why. */
export class UsageError extends Error {}

interface Flag {
  readonly kind: "number" | "text" | "switch"
  readonly help: string
}

const FLAGS: Readonly<Record<string, Flag>> = {
  port: { kind: "number", help: "TCP port, 0 for a free one (8721)" },
  host: { kind: "text", help: "address to listen at (127.0.0.1)" },
  seed: { kind: "text", help: "decides names, ids, amounts and secrets (1)" },
  latency: { kind: "number", help: "milliseconds that every answer is held back (0)" },
  organizations: { kind: "number", help: "organizations of the user (1)" },
  pods: { kind: "number", help: "pods in each organization (8)" },
  ports: { kind: "number", help: "ports in each organization (2)" },
  accounts: { kind: "number", help: "outside accounts in each organization (6)" },
  transfers: { kind: "number", help: "past transfers in each organization (200)" },
  "settle-after": { kind: "number", help: "milliseconds from PENDING to COMPLETE (2000)" },
  "token-life": { kind: "number", help: "seconds that an access token lives (86400)" },
  "rotation-leeway": { kind: "number", help: "seconds in which a used refresh token works again (0)" },
  "no-refresh-tokens": { kind: "switch", help: "give no refresh tokens" },
  mfa: { kind: "text", help: "second factor: otp, sms or none (otp)" },
  combined: { kind: "switch", help: "ask for email and password on one page" },
  captcha: { kind: "switch", help: "show a captcha that nobody can solve" },
  "passkey-enrollment": { kind: "switch", help: "offer a passkey after the login" },
  "detect-browser": { kind: "switch", help: "ask what the browser can do first" },
  "lock-after": { kind: "number", help: "wrong passwords that block a user (10)" },
  platform: { kind: "switch", help: "print the variables of the Platform API: its address and a key" },
  json: { kind: "switch", help: "print address and variables as one line of JSON" },
  "write-env": { kind: "text", help: "also write the variables to this file, NAME=value a line" },
  help: { kind: "switch", help: "show this" },
}

const HEAD = `Usage: tsequence-sandbox [options]

Stands in for GetSequence: its GraphQL API and its Platform API over one ledger in memory, its login pages, and
faults on demand.
Runs until it is stopped. GET /sandbox lists what tests can ask of it.

Options, with their defaults:
`

/** Gives the text of \`--help\`. */
export const usage = (): string => {
  const lines = Object.entries(FLAGS).map(([name, { kind, help }]) => {
    const flag = kind === "switch" ? `--${name}` : `--${name} ${kind === "number" ? "N" : "TEXT"}`
    return `  ${flag.padEnd(24)} ${help}`
  })
  return `${HEAD}${lines.join("\n")}\n`
}

const parse = (args: readonly string[]): Readonly<Record<string, unknown>> => {
  const options: NonNullable<ParseArgsConfig["options"]> = {}
  for (const [name, { kind }] of Object.entries(FLAGS)) {
    options[name] = { type: kind === "switch" ? "boolean" : "string" }
  }
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: false }).values
  } catch (problem) {
    // Node's own message names the flag in its first sentence; what follows is about positional arguments.
    throw new UsageError(
      problem instanceof Error ? (problem.message.split(/\. |\n/)[0] ?? "") : "bad options",
    )
  }
}

/** Reads arguments. Throws a `UsageError` for unknown flags and for values that make no sense. */
export const readCommand = (args: readonly string[]): Command => {
  const values = parse(args)
  const given = <Value>(key: string, value: Value | undefined) =>
    value === undefined ? {} : { [key]: value }
  const words = (name: string): string | undefined => {
    const value = values[name]
    return typeof value === "string" ? value : undefined
  }
  const whole = (name: string): number | undefined => {
    const value = words(name)
    if (value === undefined) return undefined
    if (!/^\d{1,15}$/.test(value)) throw new UsageError(`--${name} takes a whole number`)
    return Number(value)
  }
  const isOn = (name: string): boolean => values[name] === true
  const mfa = words("mfa") ?? "otp"
  if (mfa !== "otp" && mfa !== "sms" && mfa !== "none") throw new UsageError("--mfa takes otp, sms or none")

  return {
    help: isOn("help"),
    format: isOn("json") ? "json" : "export",
    isPlatform: isOn("platform"),
    envFile: words("write-env"),
    options: {
      port: whole("port") ?? 8721,
      refreshTokens: !isOn("no-refresh-tokens"),
      ...given("host", words("host")),
      ...given("seed", words("seed")),
      ...given("latency", whole("latency")),
      ...given("organizations", whole("organizations")),
      ...given("pods", whole("pods")),
      ...given("ports", whole("ports")),
      ...given("accounts", whole("accounts")),
      ...given("transfers", whole("transfers")),
      ...given("settleAfter", whole("settle-after")),
      ...given("tokenLife", whole("token-life")),
      ...given("rotationLeeway", whole("rotation-leeway")),
      login: {
        mfa,
        combined: isOn("combined"),
        captcha: isOn("captcha"),
        passkeyEnrollment: isOn("passkey-enrollment"),
        detectBrowser: isOn("detect-browser"),
        ...given("lockAfter", whole("lock-after")),
      },
    },
  }
}

const quoted = (value: string): string => `'${value.replaceAll("'", "'\\''")}'`

/** Writes variables so that a shell takes them over: `export NAME='value'`, a line each. */
export const exportLines = (env: Readonly<Record<string, string>>): string =>
  Object.entries(env)
    .map(([name, value]) => `export ${name}=${quoted(value)}\n`)
    .join("")

/** Writes variables for a file that `node --env-file` and Docker read: `NAME=value`, a line each. */
export const envFileLines = (env: Readonly<Record<string, string>>): string =>
  Object.entries(env)
    .map(([name, value]) => `${name}=${value}\n`)
    .join("")
