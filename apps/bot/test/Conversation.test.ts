import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import { Effect, FastCheck, TestClock } from "effect"
import { make as makeConversations, type Options, trim } from "../src/agent/Conversation.js"
import type { Turn } from "../src/agent/Model.js"
import * as ChatFile from "../src/chat/ChatFile.js"
import * as Groups from "../src/chat/Groups.js"

/** A turn that uses tools in so many rounds. */
const turnOf = (rounds: number, turn = 0): Turn => [
  { role: "user", content: [{ type: "text", text: `question ${turn}` }] },
  ...Array.from({ length: rounds }, (_, round): Turn => {
    const id = `${turn}-${round}`
    return [
      { role: "assistant", content: [{ type: "tool_use", id, name: "get_all_pods", input: {} }] },
      { role: "user", content: [{ type: "tool_result", toolUseId: id, content: "{}", isError: false }] },
    ]
  }).flat(),
  { role: "assistant", content: [{ type: "text", text: `answer ${turn}` }] },
]

const conversation = (rounds: ReadonlyArray<number>): ReadonlyArray<Turn> => rounds.map(turnOf)

/** Reads a folder as a start of the bot does. */
const start = (options: Options) =>
  Effect.gen(function* () {
    const groups = yield* Groups.make(yield* ChatFile.ChatFile)
    const store = yield* Effect.provideService(makeConversations(options), Groups.Groups, groups)
    return { ...store, moved: groups.moved }
  }).pipe(Effect.provide(ChatFile.layer(options.dataDir)))

const limits = { maxHistory: 50, trimTo: 40, ttl: 1_000 }

describe("Conversation", () => {
  it("trims to the first ten and the newest messages, by whole turns", () => {
    const property = FastCheck.property(
      FastCheck.array(FastCheck.integer({ min: 0, max: 25 }), { minLength: 1, maxLength: 30 }),
      FastCheck.integer({ min: 1, max: 60 }),
      FastCheck.integer({ min: 1, max: 60 }),
      (rounds, maxHistory, trimTo) => {
        const before = conversation(rounds)
        const after = trim(before, { maxHistory, trimTo })
        const count = before.flat().length
        if (count <= maxHistory) {
          expect(after).toBe(before)
          return
        }
        const most = Math.min(trimTo, maxHistory)
        expect(after.every((turn) => before.includes(turn))).toBe(true)
        expect(after.at(-1)).toBe(before.at(-1))
        expect(after.flat().length).toBeLessThanOrEqual(Math.max(most, 10 + (before.at(-1)?.length ?? 0)))
        // A first turn that is longer than the ten goes as a whole.
        const isFirstKept = most > 10 && (before[0]?.length ?? 0) <= 10
        if (isFirstKept) expect(after[0]).toBe(before[0])
      },
    )
    FastCheck.assert(property, { numRuns: 300 })
    const long = conversation(Array.from({ length: 40 }, () => 0))
    expect(trim(long, limits).flat()).toHaveLength(40)
    expect(trim(long, { maxHistory: 50, trimTo: 6 }).flat()).toHaveLength(6)
    expect(trim(long, { maxHistory: 20, trimTo: 40 }).flat()).toHaveLength(20)
  })

  it.effect("is forgotten after a while without a message, also in its file", () =>
    Effect.gen(function* () {
      const dataDir = yield* Effect.promise(() => mkdtemp(join(tmpdir(), "tsequence-bot-talk-")))
      const store = yield* start({ dataDir, ...limits })
      yield* store.keep(1, conversation([0]))
      yield* TestClock.adjust(999)
      expect(yield* store.recall(1)).toHaveLength(1)
      expect(yield* store.recall(2)).toEqual([])
      yield* TestClock.adjust(1)
      expect(yield* store.recall(1)).toEqual([])
      expect(yield* (yield* start({ dataDir, ...limits })).recall(1)).toEqual([])
      yield* store.keep(2, conversation([0]))
      const file = join(dataDir, ".conversations.json")
      const text = yield* Effect.promise(() => readFile(file, "utf8"))
      expect(JSON.parse(text)).toMatchObject([{ chat_id: 2 }])
      expect((yield* Effect.promise(() => stat(file))).mode & 0o777).toBe(0o600)
      yield* Effect.promise(() => rm(dataDir, { recursive: true }))
    }),
  )

  it.effect("is the same, block for block, after a restart; a broken file starts a new one", () =>
    Effect.gen(function* () {
      const dataDir = yield* Effect.promise(() => mkdtemp(join(tmpdir(), "tsequence-bot-talk-")))
      const content = [
        { zeta: 1, type: "thinking", thinking: "", signature: "c2ln" },
        { type: "hologram", alpha: [{ z: null, a: "é" }] },
        { type: "text", text: "Hi.", citations: null },
      ]
      const turns: ReadonlyArray<Turn> = [
        [
          { role: "user", content: [{ type: "text", text: "Hello" }] },
          { role: "assistant", content },
        ],
        turnOf(2),
      ]
      yield* (yield* start({ dataDir, ...limits })).keep(-7, turns)
      const recalled = yield* (yield* start({ dataDir, ...limits })).recall(-7)
      expect(JSON.stringify(recalled)).toBe(JSON.stringify(turns))
      yield* Effect.promise(() => writeFile(join(dataDir, ".conversations.json"), '[{"chat_id":-7'))
      expect(yield* (yield* start({ dataDir, ...limits })).recall(-7)).toEqual([])
      yield* Effect.promise(() => rm(dataDir, { recursive: true }))
    }),
  )

  it.effect("of a group goes on under the group's new id, also when a restart comes first", () =>
    Effect.gen(function* () {
      const dataDir = yield* Effect.promise(() => mkdtemp(join(tmpdir(), "tsequence-bot-talk-")))
      const [old, now] = [-7, -1_007]
      const before = yield* start({ dataDir, ...limits })
      yield* before.keep(old, conversation([0]))
      yield* before.keep(3, conversation([1]))
      yield* before.moved({ from: old, to: now })
      expect(yield* before.recall(now)).toEqual(conversation([0]))

      const after = yield* start({ dataDir, ...limits })
      expect(yield* after.recall(now)).toEqual(conversation([0]))
      yield* after.keep(now, conversation([0, 0]))
      expect(yield* after.recall(old)).toEqual(conversation([0, 0]))
      expect(yield* after.recall(3)).toEqual(conversation([1]))
      const text = yield* Effect.promise(() => readFile(join(dataDir, ".conversations.json"), "utf8"))
      expect(JSON.parse(text)).toMatchObject([{ chat_id: 3 }, { chat_id: now }])
      yield* Effect.promise(() => rm(dataDir, { recursive: true }))
    }),
  )
})
