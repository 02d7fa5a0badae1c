import type { PlatformOptions, PlatformSettings } from "./platform/PlatformOptions.js"

/** Options of a sandbox. */
export interface SandboxOptions {
  /** TCP port; 0 takes a free one. Default 0. */
  readonly port?: number
  /** Address to listen at. Default `127.0.0.1`. */
  readonly host?: string
  /** Decides names, ids, amounts and secrets: the same seed gives the same world. Default 1. */
  readonly seed?: number | string
  /** Milliseconds that every answer is held back. Default 0. */
  readonly latency?: number
  /** Organizations of the user. Default 1. */
  readonly organizations?: number
  /** Pods in each organization. Default 8. */
  readonly pods?: number
  /** Ports in each organization. Default 2. */
  readonly ports?: number
  /** Outside accounts in each organization. Default 6. */
  readonly accounts?: number
  /** Past transfers in each organization. Default 200. */
  readonly transfers?: number
  /** Milliseconds from PENDING to COMPLETE. Default 2,000. */
  readonly settleAfter?: number
  /** Seconds that an access token lives. Default 86,400. */
  readonly tokenLife?: number
  /** True if the code flow gives a refresh token to clients that ask for `offline_access`. Default true. */
  readonly refreshTokens?: boolean
  /** Seconds in which the refresh token before the newest works once more. Default 0: reuse revokes at once. */
  readonly rotationLeeway?: number
  /** The clock underneath the sandbox's, in milliseconds since 1970. Default `Date.now`. */
  readonly now?: () => number
  readonly login?: LoginOptions
  readonly platform?: PlatformOptions
}

/** Options of the login. */
export interface LoginOptions {
  /** Shows a captcha that has no solution. Default false. */
  readonly captcha?: boolean
  /** Asks for email and password on one page. Default false. */
  readonly combined?: boolean
  /** The second factor; `sms` asks for a text message first, from which one can go over to the code. Default `otp`. */
  readonly mfa?: "otp" | "none" | "sms"
  /** Offers a passkey before going back to the app. Default false. */
  readonly passkeyEnrollment?: boolean
  /** Asks what the browser can do before the second factor. Default false. */
  readonly detectBrowser?: boolean
  /** Wrong passwords after which a user is blocked. Default 10. */
  readonly lockAfter?: number
  /** Wrong one-time codes in an hour after which none is looked at. Default 10. */
  readonly codeLimit?: number
  /** Posts to one page in a minute after which the answer is 429. Default 60. */
  readonly postLimit?: number
}

/** Options with every default filled in. */
export interface Settings extends Required<Omit<SandboxOptions, "login" | "platform">> {
  readonly login: Required<LoginOptions>
  readonly platform: PlatformSettings
}

const LIMITS: Readonly<Record<string, readonly [least: number, most: number]>> = {
  port: [0, 65_535],
  latency: [0, 3_600_000],
  organizations: [1, 20],
  pods: [0, 10_000],
  ports: [0, 10_000],
  accounts: [0, 10_000],
  transfers: [0, 2_000_000],
  settleAfter: [0, 365 * 86_400_000],
  tokenLife: [1, 365 * 86_400],
  rotationLeeway: [0, 86_400],
  lockAfter: [1, 1_000_000],
  codeLimit: [1, 1_000_000],
  postLimit: [1, 1_000_000],
  requestsPerMinute: [0, 1_000_000],
  freshDelay: [0, 3_600_000],
}

const checkLimits = (values: Readonly<Record<string, unknown>>): void => {
  for (const [name, [least, most]] of Object.entries(LIMITS)) {
    const value = values[name]
    if (value === undefined) continue
    if (typeof value !== "number" || !Number.isInteger(value) || value < least || value > most) {
      throw new RangeError(`${name} must be a whole number from ${least} to ${most}`)
    }
  }
}

const LOGIN: Readonly<Record<keyof LoginOptions, true>> = {
  captcha: true,
  combined: true,
  mfa: true,
  passkeyEnrollment: true,
  detectBrowser: true,
  lockAfter: true,
  codeLimit: true,
  postLimit: true,
}

const PLATFORM: Readonly<Record<keyof PlatformOptions, true>> = {
  ids: true,
  requestsPerMinute: true,
  rateModel: true,
  shape: true,
  hasNextPage: true,
  timestamps: true,
  freshDelay: true,
  replayRefusals: true,
  shareSimulationKeys: true,
}

/** The words that an option of the Platform API may have. */
const PLATFORM_WORDS: Readonly<Record<string, readonly string[]>> = {
  ids: ["same", "other"],
  rateModel: ["bucket", "window"],
  shape: ["A", "B", "C"],
  timestamps: ["seconds", "milliseconds", "microseconds"],
}

const readPlatform = (platform: PlatformOptions): PlatformSettings => {
  checkKeys("platform.", platform, PLATFORM)
  checkLimits({ ...platform })
  for (const [name, value] of Object.entries(platform)) {
    const words = PLATFORM_WORDS[name]
    if (words !== undefined && value !== undefined && !words.includes(String(value))) {
      throw new RangeError(`platform.${name} must be one of ${words.join(", ")}`)
    }
  }
  return {
    ids: platform.ids ?? "other",
    requestsPerMinute: platform.requestsPerMinute ?? 100,
    rateModel: platform.rateModel ?? "bucket",
    shape: platform.shape ?? "C",
    hasNextPage: platform.hasNextPage ?? true,
    timestamps: platform.timestamps ?? "milliseconds",
    freshDelay: platform.freshDelay ?? 100,
    replayRefusals: platform.replayRefusals ?? false,
    shareSimulationKeys: platform.shareSimulationKeys ?? true,
  }
}

const KEYS: Readonly<Record<keyof SandboxOptions, true>> = {
  port: true,
  host: true,
  seed: true,
  latency: true,
  organizations: true,
  pods: true,
  ports: true,
  accounts: true,
  transfers: true,
  settleAfter: true,
  tokenLife: true,
  refreshTokens: true,
  rotationLeeway: true,
  now: true,
  login: true,
  platform: true,
}

const plain = (name: string): string => name.replace(/[_-]/g, "").toLowerCase()

/** Refuses a key that nothing reads: the world would not be the one that the test asks for. */
const checkKeys = (path: string, given: object, known: Readonly<Record<string, true>>): void => {
  for (const key of Object.keys(given)) {
    if (Object.hasOwn(known, key)) continue
    const names = Object.keys(known)
    const near = names.find(
      (name) => plain(name).startsWith(plain(key)) || plain(key).startsWith(plain(name)),
    )
    const hint =
      near === undefined ? `. Known keys are ${names.join(", ")}` : `: did you mean "${path}${near}"?`
    throw new RangeError(`Unknown key "${path}${key}" in the options${hint}`)
  }
}

/** Fills in defaults. Throws a `RangeError` that names the option where a number makes no sense. */
export const readSettings = ({ login = {}, platform = {}, ...options }: SandboxOptions): Settings => {
  const { mfa = "otp" } = login
  checkKeys("", options, KEYS)
  checkKeys("login.", login, LOGIN)
  checkLimits({ ...options })
  checkLimits({ ...login })
  if (!["otp", "none", "sms"].includes(mfa)) throw new RangeError("mfa must be otp, none or sms")
  return {
    port: options.port ?? 0,
    host: options.host ?? "127.0.0.1",
    seed: options.seed ?? 1,
    latency: options.latency ?? 0,
    organizations: options.organizations ?? 1,
    pods: options.pods ?? 8,
    ports: options.ports ?? 2,
    accounts: options.accounts ?? 6,
    transfers: options.transfers ?? 200,
    settleAfter: options.settleAfter ?? 2_000,
    tokenLife: options.tokenLife ?? 86_400,
    refreshTokens: options.refreshTokens ?? true,
    rotationLeeway: options.rotationLeeway ?? 0,
    now: options.now ?? Date.now,
    platform: readPlatform(platform),
    login: {
      captcha: login.captcha ?? false,
      combined: login.combined ?? false,
      mfa,
      passkeyEnrollment: login.passkeyEnrollment ?? false,
      detectBrowser: login.detectBrowser ?? false,
      lockAfter: login.lockAfter ?? 10,
      codeLimit: login.codeLimit ?? 10,
      postLimit: login.postLimit ?? 60,
    },
  }
}
