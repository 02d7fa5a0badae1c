import { describe, expect, it } from "@effect/vitest"
import { Effect, FastCheck, TestClock } from "effect"
import { make, trim } from "../src/agent/Conversation.js"
import type { Block, Message } from "../src/agent/Model.js"

/** A conversation of turns that use tools in so many rounds each. */
const conversation = (turns: ReadonlyArray<number>): ReadonlyArray<Message> =>
  turns.flatMap((rounds, turn): ReadonlyArray<Message> => {
    const said = (role: Message["role"], ...content: ReadonlyArray<Block>): Message => ({ role, content })
    const tools = Array.from({ length: rounds }, (_, round) => {
      const id = `${turn}-${round}`
      return [
        said("assistant", { type: "tool_use", id, name: "get_all_pods", input: {} }),
        said("user", { type: "tool_result", toolUseId: id, content: "{}", isError: false }),
      ]
    }).flat()
    return [
      said("user", { type: "text", text: `question ${turn}` }),
      ...tools,
      said("assistant", { type: "text", text: `answer ${turn}` }),
    ]
  })

const ids = (message: Message | undefined, type: "tool_use" | "tool_result") =>
  (message?.content ?? []).flatMap((block) => {
    if (block.type !== type) return []
    return block.type === "tool_use" ? [block.id] : block.type === "tool_result" ? [block.toolUseId] : []
  })

describe("Conversation", () => {
  it("trims to the first ten and the newest, without parting a call from its result", () => {
    const property = FastCheck.property(
      FastCheck.array(FastCheck.integer({ min: 0, max: 25 }), { maxLength: 30 }),
      FastCheck.integer({ min: 11, max: 49 }),
      (turns, trimTo) => {
        const before = conversation(turns)
        const after = trim(before, { maxHistory: 50, trimTo })
        if (before.length <= 50) {
          expect(after).toBe(before)
          return
        }
        // A first turn that is longer than the ten goes as a whole.
        if ((turns[0] ?? 0) <= 4) expect(after[0]).toBe(before[0])
        expect(after.at(-1)).toBe(before.at(-1))
        for (const [at, message] of after.entries()) {
          expect(message.role).toBe(at % 2 === 0 ? "user" : "assistant")
          expect(ids(after[at + 1], "tool_result")).toEqual(ids(message, "tool_use"))
        }
        // A turn that is longer than what is wanted stays whole; nothing else may be more than asked for.
        const longest = 2 + 2 * Math.max(...turns)
        expect(after.length).toBeLessThanOrEqual(Math.max(trimTo, 10 + longest))
      },
    )
    FastCheck.assert(property, { numRuns: 300 })
    expect(
      trim(conversation(Array.from({ length: 40 }, () => 0)), { maxHistory: 50, trimTo: 40 }),
    ).toHaveLength(40)
  })

  it.effect("is forgotten after a while without a message", () =>
    Effect.gen(function* () {
      const store = make({ maxHistory: 50, trimTo: 40, ttl: 1_000 })
      yield* store.keep(1, conversation([0]))
      yield* TestClock.adjust(999)
      expect(yield* store.recall(1)).toHaveLength(2)
      expect(yield* store.recall(2)).toEqual([])
      yield* TestClock.adjust(1)
      expect(yield* store.recall(1)).toEqual([])
    }),
  )
})
