/** The checks of `tsequence doctor`. Each finding says what to do, and none contains a secret. */
import { constants } from "node:fs"
import { access, readFile, stat } from "node:fs/promises"
import { join, resolve } from "node:path"
import { ConfigError, isSequenceError, Sequence } from "tsequence"
import { EnvReader } from "tsequence/app"
import * as Text from "../terminal/Text.js"

/** The result of a check. */
export interface Finding {
  readonly check: string
  readonly state: "ok" | "warning" | "failed"
  readonly detail: string
}

type Environment = NodeJS.ProcessEnv

const isSet = (environment: Environment, name: string): boolean => (environment[name] ?? "").trim() !== ""

const messageOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown))

const SHOWN = ["SEQUENCE_API_URL", "SEQUENCE_MAX_TRANSFER_CENTS", "SEQUENCE_MAX_DAILY_TRANSFER_CENTS"]

/** Checks that the variables are set and valid. */
export const configuration = async (environment: Environment): Promise<ReadonlyArray<Finding>> => {
  const check = "configuration"
  try {
    await Sequence.fromEnv({ safeguards: true, logger: false }, environment).close()
    const others = SHOWN.filter((name) => isSet(environment, name)).map(
      (name) => `${name}=${environment[name]}`,
    )
    return [{ check, state: "ok", detail: ["everything needed is set", ...others].join(", ") }]
  } catch (thrown) {
    const problems = thrown instanceof ConfigError ? thrown.problems : [messageOf(thrown)]
    return problems.map((detail) => ({ check, state: "failed", detail }))
  }
}

/** The folder of the data files, as the environment names it. */
const folderOf = (environment: Environment): string =>
  new EnvReader(environment).text("SEQUENCE_DATA_DIR") ?? "."

/** Checks that the data folder exists, is writable, and is private. */
export const folder = async (environment: Environment): Promise<Finding> => {
  const path = resolve(folderOf(environment))
  const check = "data folder"
  try {
    await access(path, constants.R_OK | constants.W_OK | constants.X_OK)
    const { mode } = await stat(path)
    return (mode & 0o022) === 0
      ? { check, state: "ok", detail: path }
      : { check, state: "warning", detail: `${path} can be changed by others: chmod go-w ${path}` }
  } catch {
    return {
      check,
      state: "failed",
      detail: `${path} is missing or cannot be written: create it, or let SEQUENCE_DATA_DIR name another`,
    }
  }
}

const claimsOf = (token: string): Readonly<Record<string, unknown>> => {
  try {
    const [, body = ""] = token.split(".")
    const claims: unknown = JSON.parse(Buffer.from(body, "base64url").toString("utf8"))
    return typeof claims === "object" && claims !== null ? { ...claims } : {}
  } catch {
    return {}
  }
}

const howLong = (milliseconds: number): string => {
  const minutes = Math.round(milliseconds / 60_000)
  return minutes < 120 ? `${minutes} minutes` : `${Math.round(minutes / 60)} hours`
}

const ownerOf = (token: string): string => {
  const { email, sub } = claimsOf(token)
  const owner = typeof email === "string" ? email : typeof sub === "string" ? sub : undefined
  return owner === undefined ? "" : ` of ${Text.plain(owner)}`
}

/** Whose token is stored, and how long it lasts. */
export const token = async (environment: Environment): Promise<Finding> => {
  const check = "token"
  const path = join(folderOf(environment), ".tokens.json")
  let file: {
    readonly access_token?: unknown
    readonly refresh_token?: unknown
    readonly expires_at?: unknown
  }
  try {
    file = { ...JSON.parse(await readFile(path, "utf8")) }
  } catch (thrown) {
    const isMissing = thrown instanceof Error && "code" in thrown && thrown.code === "ENOENT"
    if (!isMissing) {
      return { check, state: "warning", detail: `${path} cannot be read: delete it, and log in again` }
    }
    if (isSet(environment, "SEQUENCE_ACCESS_TOKEN"))
      return { check, state: "ok", detail: "none is stored; the one in SEQUENCE_ACCESS_TOKEN is used" }
    return isSet(environment, "SEQUENCE_PASSWORD") || isSet(environment, "SEQUENCE_REFRESH_TOKEN")
      ? { check, state: "ok", detail: "none is stored; the next call gets one" }
      : { check, state: "warning", detail: "none is stored: tsequence login gets one" }
  }
  const left = typeof file.expires_at === "number" ? file.expires_at * 1_000 - Date.now() : Number.NaN
  const whose = typeof file.access_token === "string" ? ownerOf(file.access_token) : ""
  const canRefresh = typeof file.refresh_token === "string" && file.refresh_token !== ""
  const renewal = canRefresh
    ? "it is renewed by itself"
    : "there is no refresh token: the next login is needed then"
  if (left > 0)
    return { check, state: "ok", detail: `stored${whose}, lasts ${howLong(left)} more; ${renewal}` }
  return canRefresh
    ? { check, state: "ok", detail: `stored${whose}, has run out; the next call renews it` }
    : {
        check,
        state: "warning",
        detail: `stored${whose}, has run out; the next call logs in, or use: tsequence login`,
      }
}

/** Checks that the safeguards' files are sound, and that no transfer is unresolved. */
export const files = async (sequence: Sequence): Promise<ReadonlyArray<Finding>> => {
  const findings: Array<Finding> = []
  try {
    const { lines, problems } = await sequence.safeguards.verifyAudit()
    findings.push(
      problems.length === 0
        ? { check: "audit trail", state: "ok", detail: `${lines} lines, each as it was written` }
        : {
            check: "audit trail",
            state: "failed",
            detail: `${problems.length} problems: see tsequence audit verify`,
          },
    )
    const limit = await sequence.safeguards.getDailyLimit()
    findings.push({
      check: "daily limit",
      state: "ok",
      detail: `${Text.money(limit.remainingCents)} of ${Text.money(limit.limitCents)} left for ${Text.limitDay(limit.day)}`,
    })
    const open = await sequence.safeguards.getUnresolved()
    findings.push(
      open.length === 0
        ? { check: "open transfers", state: "ok", detail: "none" }
        : {
            check: "open transfers",
            state: "warning",
            detail: `${open.length} without a known outcome: see tsequence transfers list`,
          },
    )
  } catch (thrown) {
    findings.push({ check: "data files", state: "failed", detail: messageOf(thrown) })
  }
  return findings
}

const ADVICE: Readonly<Record<string, string>> = {
  NotFoundError: ". Check SEQUENCE_ORG_ID: it is no organization of this login",
  NetworkError: ". Check the network, and SEQUENCE_API_URL where it is set",
  AuthenticationError: ". Log in again: tsequence login",
}

const kyc = async (sequence: Sequence, signal: AbortSignal): Promise<Finding> => {
  const check = "KYC application"
  const problem = await sequence.checkKyc({ signal })
  if (problem === undefined) return { check, state: "ok", detail: "the login has it" }
  return { check, state: problem.isCertain ? "failed" : "warning", detail: problem.message }
}

/** Checks that the service answers, and knows the organization and the KYC application. */
export const service = async (sequence: Sequence, signal: AbortSignal): Promise<ReadonlyArray<Finding>> => {
  const check = "service"
  try {
    const { pods, ports, accounts } = await sequence.getAllAccounts({ signal })
    const detail = `answers: ${pods.length} pods, ${ports.length} ports, ${accounts.length} accounts`
    return [{ check, state: "ok", detail }, await kyc(sequence, signal)]
  } catch (thrown) {
    if (!isSequenceError(thrown)) throw thrown
    const advice = ADVICE[thrown._tag] ?? ""
    return [{ check, state: "failed", detail: `${thrown.message}${advice}` }]
  }
}
