/** The contents of the config file. Reports all problems together. */
import * as Yaml from "./Yaml.js"

/** The settings of the config file. Durations are in milliseconds here, in seconds in the file. */
export interface ConfigFile {
  readonly systemPrompt: string
  readonly agent: {
    readonly model: string
    readonly maxTokens: number
    readonly maxHistory: number
    readonly trimTo: number
    readonly conversationTtl: number
  }
  readonly safeguards: {
    readonly maxTransferCents: number
    readonly maxDailyTransferCents: number
    readonly pendingTransferTtl: number
  }
  readonly telegram: {
    readonly groupId: number
    readonly users: ReadonlyMap<number, string>
    readonly rateLimitMessages: number
    readonly rateLimitWindow: number
    readonly maxMessageLength: number
  }
  readonly memory: { readonly maxFacts: number }
}

/** A file that was read: what it says, what is wrong with it, and what its owner should know. */
export interface Reading {
  readonly config: ConfigFile
  readonly problems: ReadonlyArray<string>
  readonly warnings: ReadonlyArray<string>
}

type Section = Readonly<Record<string, unknown>>

const KNOWN: Readonly<Record<string, ReadonlyArray<string>>> = {
  agent: ["model", "max_tokens", "max_history", "trim_to", "conversation_ttl"],
  safeguards: ["max_transfer_cents", "max_daily_transfer_cents", "pending_transfer_ttl"],
  telegram: ["group_id", "users", "rate_limit_messages", "rate_limit_window_seconds", "max_message_length"],
  memory: ["max_facts"],
}

const isSection = (value: unknown): value is Section =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** Reads fields one by one and gathers what is wrong with them. */
class Reader {
  readonly problems: Array<string> = []
  readonly warnings: Array<string> = []
  readonly #top: Section

  constructor(content: unknown) {
    if (!isSection(content))
      this.problems.push("the config file must hold sections such as agent and telegram")
    this.#top = isSection(content) ? content : {}
    const unknown = [
      ...Object.keys(this.#top).filter((key) => key !== "system_prompt" && KNOWN[key] === undefined),
      ...Object.entries(KNOWN).flatMap(([name, keys]) =>
        Object.keys(this.section(name, false))
          .filter((key) => !keys.includes(key))
          .map((key) => `${name}.${key}`),
      ),
    ]
    if (unknown.length > 0)
      this.warnings.push(`The config file has keys that mean nothing: ${unknown.join(", ")}`)
  }

  section(name: string, complain = true): Section {
    const value = this.#top[name] ?? {}
    if (isSection(value)) return value
    if (complain) this.problems.push(`${name} must be a section with fields`)
    return {}
  }

  text(field: string, value: unknown, meaning: string): string {
    if (typeof value === "string" && value.trim() !== "") return value
    this.problems.push(
      `${field} ${value === undefined || value === null ? "is missing" : "must be text"}: ${meaning}`,
    )
    return ""
  }

  /** A whole number above 0; the default where there is none. */
  count(field: string, value: unknown, unit: string, otherwise: number): number {
    if (value === undefined || value === null) return otherwise
    if (typeof value === "number" && Number.isSafeInteger(value) && value > 0) return value
    this.problems.push(`${field} must be a whole number of ${unit} above 0, such as ${otherwise}`)
    return otherwise
  }

  /** As {@link count}, from seconds to milliseconds. */
  seconds(field: string, value: unknown, otherwise: number): number {
    const seconds = this.count(field, value, "seconds", otherwise)
    if (seconds <= MOST_SECONDS) return seconds * 1_000
    this.problems.push(`${field} must be at most ${MOST_SECONDS} seconds`)
    return otherwise * 1_000
  }

  groupId(value: unknown): number {
    if (typeof value === "number" && Number.isSafeInteger(value) && value < 0) return value
    // An id above 0 is that of a user: such a bot would serve no group.
    this.problems.push(
      "telegram.group_id must be the id of the group that the bot serves, which is below 0, such as -1001234567890",
    )
    return 0
  }

  users(value: unknown): ReadonlyMap<number, string> {
    const entries = isSection(value) ? Object.entries(value) : []
    if (entries.length === 0) {
      this.problems.push("telegram.users must name at least one user, such as 123456789: Ada")
    }
    const users = new Map<number, string>()
    for (const [key, name] of entries) {
      const id = /^\d{1,15}$/.test(key) ? Number(key) : 0
      const isName = typeof name === "string" && name.trim() !== ""
      if (id > 0 && isName) users.set(id, name.trim())
      else this.problems.push(`telegram.users must map ids (whole numbers) to names (text): look at "${key}"`)
    }
    return users
  }
}

/** Timers hold no more than this. */
const MOST_SECONDS = 2_000_000

const agentOf = (reader: Reader): ConfigFile["agent"] => {
  const agent = reader.section("agent")
  return {
    model: reader.text("agent.model", agent.model, "a Claude model id, such as claude-opus-4-6"),
    maxTokens: reader.count("agent.max_tokens", agent.max_tokens, "tokens", 1_024),
    maxHistory: reader.count("agent.max_history", agent.max_history, "messages", 50),
    trimTo: reader.count("agent.trim_to", agent.trim_to, "messages", 40),
    conversationTtl: reader.seconds("agent.conversation_ttl", agent.conversation_ttl, 3_600),
  }
}

const safeguardsOf = (reader: Reader): ConfigFile["safeguards"] => {
  const section = reader.section("safeguards")
  const cents = (name: string, otherwise: number) =>
    reader.count(`safeguards.${name}`, section[name], "cents", otherwise)
  return {
    maxTransferCents: cents("max_transfer_cents", 1_000_000),
    maxDailyTransferCents: cents("max_daily_transfer_cents", 2_500_000),
    pendingTransferTtl: reader.seconds("safeguards.pending_transfer_ttl", section.pending_transfer_ttl, 300),
  }
}

const telegramOf = (reader: Reader): ConfigFile["telegram"] => {
  const section = reader.section("telegram")
  const count = (name: string, unit: string, otherwise: number) =>
    reader.count(`telegram.${name}`, section[name], unit, otherwise)
  return {
    groupId: reader.groupId(section.group_id),
    users: reader.users(section.users),
    rateLimitMessages: count("rate_limit_messages", "messages", 10),
    rateLimitWindow: reader.seconds(
      "telegram.rate_limit_window_seconds",
      section.rate_limit_window_seconds,
      60,
    ),
    maxMessageLength: count("max_message_length", "characters", 2_000),
  }
}

/** Reads a config file's text. */
export const read = (text: string): Reading => {
  const parsed = Yaml.parse(text)
  const reader = new Reader(parsed._tag === "Right" ? parsed.right : {})
  const content = parsed._tag === "Right" && isSection(parsed.right) ? parsed.right : {}
  const config: ConfigFile = {
    systemPrompt: reader.text(
      "system_prompt",
      content.system_prompt,
      "what the agent is told about its work",
    ),
    agent: agentOf(reader),
    safeguards: safeguardsOf(reader),
    telegram: telegramOf(reader),
    memory: { maxFacts: reader.count("memory.max_facts", reader.section("memory").max_facts, "facts", 100) },
  }
  const problems = parsed._tag === "Left" ? [`the config file ${parsed.left}`] : reader.problems
  return { config, problems, warnings: reader.warnings }
}
