/** Conversations: one for each chat, forgotten after a while, kept over restarts, trimmed by whole turns. */
import { join } from "node:path"
import { Clock, Context, Effect, Layer, Schema } from "effect"
import { AtomicFile } from "tsequence/app"
import { Groups } from "../chat/Groups.js"
import { isBlock } from "./Blocks.js"
import type { Turn } from "./Model.js"

/** The maximum length and age of conversations, and the folder that keeps them. */
export interface Options {
  readonly dataDir: string
  /** Messages that a conversation may have before it is trimmed. */
  readonly maxHistory: number
  /** Messages that a trim keeps: the first ten and the newest; only the newest if it is ten or fewer. */
  readonly trimTo: number
  /** Milliseconds without a message after which a conversation is forgotten. */
  readonly ttl: number
}

/** Messages that a trim keeps from the beginning. */
const KEPT_FROM_START = 10

const FILE = ".conversations.json"

/** The longest beginning of some turns that has at most so many messages. */
const upTo = (turns: ReadonlyArray<Turn>, most: number): ReadonlyArray<Turn> => {
  let messages = 0
  const end = turns.findIndex((turn) => {
    messages += turn.length
    return messages > most
  })
  return end < 0 ? turns : turns.slice(0, end)
}

/**
 * Shortens a conversation that got too long to its first ten messages and the newest. Turns stay whole, so that every
 * call keeps its result; the newest turn stays even if it alone is longer.
 */
export const trim = (
  turns: ReadonlyArray<Turn>,
  { maxHistory, trimTo }: Pick<Options, "maxHistory" | "trimTo">,
): ReadonlyArray<Turn> => {
  if (turns.flat().length <= maxHistory) return turns
  const most = Math.min(trimTo, maxHistory)
  const fromStart = most > KEPT_FROM_START ? KEPT_FROM_START : 0
  const newest = upTo([...turns].reverse(), most - fromStart).length
  const from = turns.length - Math.max(1, newest)
  return [...upTo(turns.slice(0, from), fromStart), ...turns.slice(from)]
}

const Message = Schema.Union(
  Schema.Struct({
    role: Schema.Literal("user"),
    content: Schema.Array(
      Schema.Union(
        Schema.Struct({ type: Schema.Literal("text"), text: Schema.String }),
        Schema.Struct({
          type: Schema.Literal("tool_result"),
          toolUseId: Schema.String,
          content: Schema.String,
          isError: Schema.Boolean,
        }),
      ),
    ),
  }),
  // Declared, so that a block stays the object that was read, its keys in their order.
  Schema.Struct({ role: Schema.Literal("assistant"), content: Schema.Array(Schema.declare(isBlock)) }),
)

const Kept = Schema.Struct({
  chat_id: Schema.Number,
  at: Schema.Number,
  turns: Schema.Array(Schema.Array(Message)),
})

const decode = Schema.decodeUnknownEither(Schema.parseJson(Schema.Array(Kept)))

/** The store of conversations. */
export interface Service {
  /** Gives what was said in a chat so far; nothing if that was too long ago. */
  readonly recall: (chatId: number) => Effect.Effect<ReadonlyArray<Turn>>
  /** Keeps what was said in a chat. */
  readonly keep: (chatId: number, turns: ReadonlyArray<Turn>) => Effect.Effect<void>
}

/** Keeps conversations. */
export class Conversations extends Context.Tag("tsequence-bot/Conversations")<Conversations, Service>() {}

/** A file that cannot be read costs the conversations, not the bot. */
const load = (file: string) =>
  AtomicFile.read(file).pipe(
    Effect.flatMap((text = "[]") => decode(text)),
    Effect.catchAll(() =>
      Effect.as(Effect.logWarning(`${file} cannot be read: conversations start from the beginning.`), []),
    ),
    Effect.map((all) => new Map(all.map((one) => [one.chat_id, one]))),
  )

/**
 * Keeps conversations in a folder that no other bot uses. A group that got another id keeps its conversation: each
 * belongs to the id that its chat has now, whichever id it was kept under.
 */
export const make = ({ dataDir, ttl, ...limits }: Options): Effect.Effect<Service, never, Groups> =>
  Effect.gen(function* () {
    const { current } = yield* Groups
    const file = join(dataDir, FILE)
    const kept = yield* load(file)
    const oneByOne = yield* Effect.makeSemaphore(1)
    const isAlive = (at: number, now: number): boolean => now - at < ttl
    const write = Effect.suspend(() =>
      AtomicFile.write(file, `${JSON.stringify([...kept.values()])}\n`),
    ).pipe(
      Effect.catchAll((error) => Effect.logWarning(`Conversations are not kept: ${error.message}`)),
      oneByOne.withPermits(1),
    )
    return {
      recall: (chatId) =>
        Effect.map(Clock.currentTimeMillis, (now) => {
          const found = [...kept.values()]
            .filter((one) => current(one.chat_id) === current(chatId) && isAlive(one.at, now))
            .sort((a, b) => b.at - a.at)
          return found[0]?.turns ?? []
        }),
      keep: (chatId, turns) =>
        Effect.flatMap(Clock.currentTimeMillis, (at) => {
          const now = current(chatId)
          for (const [id, one] of kept) {
            if (current(id) === now || !isAlive(one.at, at)) kept.delete(id)
          }
          kept.set(now, { chat_id: now, at, turns: trim(turns, limits) })
          return write
        }),
    }
  })

/** Conversations in a folder. */
export const layer = (options: Options): Layer.Layer<Conversations, never, Groups> =>
  Layer.effect(Conversations, make(options))
