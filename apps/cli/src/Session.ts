/** The context of a command: its environment, its screen, its client, and Ctrl-C. */
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import {
  AmbiguousNameError,
  ConfigError,
  type SafeguardsClient,
  Sequence,
  type SequenceOptions,
  StorageError,
} from "tsequence"
import { EnvReader } from "tsequence/app"
import type { SandboxOptions } from "tsequence-sandbox"
import * as Exit from "./Exit.js"
import type { Ask } from "./terminal/Ask.js"
import type { Interrupts } from "./terminal/Interrupts.js"
import type { Screen } from "./terminal/Screen.js"
import * as Text from "./terminal/Text.js"

/** The process, as commands see it. */
export interface Service {
  readonly environment: NodeJS.ProcessEnv
  readonly screen: Screen
  readonly interrupts: Interrupts
  /** Asks the person; `undefined` where there is none. */
  readonly ask: Ask
  /** Sets the exit code of the process. */
  readonly finish: (code: Exit.Code) => void
}

/** The process that a command runs in. */
export class Session extends Context.Tag("tsequence-cli/Session")<Session, Service>() {}

/** Options that every command has. */
export interface Common {
  readonly json: boolean
  readonly sandbox: boolean
}

/** A result that could not be written is no result; what was done with money is done all the same. */
const written = ({ screen }: Service, code: Exit.Code, movesMoney: boolean): Exit.Code => {
  const failure = screen.failure()
  if (failure === undefined) return code
  screen.note(`The result could not be written: ${failure}`)
  return movesMoney ? code : Exit.CODES.failed
}

/**
 * Runs a command: what it returns is the exit code, and what it throws is told to the person.
 *
 * @param movesMoney - its exit code tells of money, whatever becomes of its output
 */
export const perform = (
  common: Common,
  body: (session: Service) => Promise<Exit.Code>,
  { movesMoney = false }: { readonly movesMoney?: boolean } = {},
): Effect.Effect<void, never, Session> =>
  Effect.flatMap(Session, (session) =>
    Effect.promise(async () => {
      try {
        session.finish(written(session, await body(session), movesMoney))
      } catch (thrown) {
        session.finish(await explain(session, common, thrown))
      }
    }),
  )

/** Adds advice that the SDK cannot give, since it does not know this command. */
const adviceFor = (tag: string, message: string): string | undefined => {
  if (tag === "ConfigError" && /SEQUENCE_(AUTH0|ORG|KYC)/.test(message))
    return "`tsequence login --browser` finds these values. To try things out, add --sandbox."
  if (tag === "StorageError" && message.includes("is damaged at line"))
    return 'See `tsequence audit verify`. Once you know what happened: tsequence audit accept --reason "…"'
  return undefined
}

const explain = async (session: Service, { json }: Common, thrown: unknown): Promise<Exit.Code> => {
  const { screen } = session
  // Nobody reads any more: there is nobody to tell.
  if (Exit.isAbort(thrown) && screen.closed.aborted) return written(session, Exit.CODES.done, false)
  const { code, tag, message } = Exit.judge(thrown)
  if (json) await screen.line(Exit.toJson(tag, message))
  // Only lists of the SDK's own have lines; what others say must not look like one of ours.
  const isList = thrown instanceof ConfigError || thrown instanceof AmbiguousNameError
  screen.note(screen.style.red(isList ? Text.lines(message) : Text.plain(message)))
  const advice = adviceFor(tag, message)
  if (advice !== undefined) screen.note(advice)
  return code
}

const MILLISECONDS = { unit: "milliseconds", least: 0, most: 99_999_999 }

/** Reads variables, and fails with every problem that they have. */
export const readVariables = <A>(environment: NodeJS.ProcessEnv, read: (reader: EnvReader) => A): A => {
  const reader = new EnvReader(environment)
  const value = read(reader)
  if (reader.problems.length > 0) throw new ConfigError(reader.problems)
  return value
}

/** The distance between requests that the environment asks for. */
export const rateLimit = (environment: NodeJS.ProcessEnv): SequenceOptions["rateLimit"] =>
  readVariables(environment, (reader) => ({
    minInterval: reader.whole("SEQUENCE_MIN_DELAY_MS", MILLISECONDS),
    jitter: reader.whole("SEQUENCE_JITTER_MS", MILLISECONDS),
  }))

/** Makes a folder that lives as long as a sandbox: its made-up money must not meet real limits. */
const makeFolder = async (): Promise<string> => {
  try {
    return await mkdtemp(join(tmpdir(), "tsequence-sandbox-"))
  } catch (thrown) {
    const code = thrown instanceof Error && "code" in thrown ? ` (${thrown.code})` : ""
    throw new StorageError(
      `The sandbox cannot keep its files in ${tmpdir()}${code}. Set TMPDIR to a folder that can be written.`,
      { path: tmpdir() },
    )
  }
}

/** A sandbox for the length of a command, and the environment that points at it. */
const startSandbox = async (session: Service, options: SandboxOptions) => {
  const { startSandbox: start } = await import("tsequence-sandbox")
  const SEQUENCE_DATA_DIR = await makeFolder()
  const sandbox = await start(options)
  session.screen.note(session.screen.style.dim("A sandbox with made-up money answers."))
  const environment: NodeJS.ProcessEnv = {
    SEQUENCE_MAX_TRANSFER_CENTS: session.environment.SEQUENCE_MAX_TRANSFER_CENTS,
    SEQUENCE_MAX_DAILY_TRANSFER_CENTS: session.environment.SEQUENCE_MAX_DAILY_TRANSFER_CENTS,
    ...sandbox.env,
    SEQUENCE_DATA_DIR,
    SEQUENCE_ACCESS_TOKEN: sandbox.issueTokens().accessToken,
    SEQUENCE_MIN_DELAY_MS: "0",
    SEQUENCE_JITTER_MS: "0",
  }
  const close = async (): Promise<void> => {
    await sandbox.close()
    await rm(SEQUENCE_DATA_DIR, { recursive: true, force: true })
  }
  return { environment, close }
}

const NO_NETWORK: typeof fetch = () => Promise.reject(new TypeError("this command does not use the network"))

/**
 * Runs something with the files of the safeguards alone: without a login, and without sending anything.
 *
 * @param environment - names folder and limits
 */
export const withFolder = async <A>(
  environment: NodeJS.ProcessEnv,
  body: (sequence: Sequence) => Promise<A>,
): Promise<A> => {
  const sequence = Sequence.fromEnv(
    { safeguards: true, tokenProvider: () => "none", fetch: NO_NETWORK, logger: false },
    {
      SEQUENCE_ORG_ID: "none",
      SEQUENCE_KYC_ID: "none",
      SEQUENCE_API_URL: environment.SEQUENCE_API_URL,
      SEQUENCE_DATA_DIR: environment.SEQUENCE_DATA_DIR,
      SEQUENCE_DATABASE_URL: environment.SEQUENCE_DATABASE_URL,
      SEQUENCE_MAX_TRANSFER_CENTS: environment.SEQUENCE_MAX_TRANSFER_CENTS,
      SEQUENCE_MAX_DAILY_TRANSFER_CENTS: environment.SEQUENCE_MAX_DAILY_TRANSFER_CENTS,
    },
  )
  try {
    return await body(sequence)
  } finally {
    await sequence.close()
  }
}

/** The same for a command, with a sandbox where it asks for one. */
export const withFiles = <A>(
  session: Service,
  common: Common,
  body: (safeguards: SafeguardsClient) => Promise<A>,
): Promise<A> =>
  withEnvironment(session, common.sandbox, (environment) =>
    withFolder(environment, ({ safeguards }) => body(safeguards)),
  )

/** The client of a command, and the signal that ends its calls. */
export interface Connection {
  readonly sequence: Sequence
  readonly environment: NodeJS.ProcessEnv
  /** Aborted by Ctrl-C, and where nobody reads the result any more. */
  readonly signal: AbortSignal
  /** Makes another client of the same kind, such as after the first was closed. */
  readonly another: () => Sequence
}

const logger = ({ note }: Screen): SequenceOptions["logger"] => ({
  warn: (message: string) => note(`warning: ${Text.plain(message)}`),
  error: (message: string) => note(`error: ${Text.plain(message)}`),
  debug: () => {},
  info: () => {},
})

/**
 * Runs something with the environment that a command is to use: the process's own, or a sandbox's.
 *
 * @param isSandbox - whether `--sandbox` was given
 * @param options - of the sandbox
 */
export const withEnvironment = async <A>(
  session: Service,
  isSandbox: boolean,
  body: (environment: NodeJS.ProcessEnv) => Promise<A>,
  options: SandboxOptions = {},
): Promise<A> => {
  if (!isSandbox) return body(session.environment)
  const sandbox = await startSandbox(session, options)
  try {
    return await body(sandbox.environment)
  } finally {
    await sandbox.close()
  }
}

/** Makes a client from an environment; whoever makes it closes it. */
export const makeClient = (
  { screen }: Service,
  environment: NodeJS.ProcessEnv,
  { safeguards }: { readonly safeguards: boolean },
): Sequence =>
  Sequence.fromEnv({ safeguards, rateLimit: rateLimit(environment), logger: logger(screen) }, environment)

/**
 * Runs something with a client from the environment, and closes it.
 *
 * @param use.safeguards - whether limits and trail are needed
 */
export const withClient = <A>(
  session: Service,
  common: Common,
  use: { readonly safeguards: boolean },
  body: (connection: Connection) => Promise<A>,
): Promise<A> =>
  withEnvironment(session, common.sandbox, async (environment) => {
    const another = () => makeClient(session, environment, use)
    const sequence = another()
    try {
      const signal = AbortSignal.any([session.interrupts.signal, session.screen.closed])
      return await body({ sequence, environment, signal, another })
    } finally {
      await sequence.close()
    }
  })
