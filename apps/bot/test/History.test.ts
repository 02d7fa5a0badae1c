import { FastCheck } from "effect"
import { describe, expect, it } from "vitest"
import { type Block, type Turn, thinking } from "./standins/claude.js"
import { ADA, withBotInside } from "./support.js"

const isBlank = (block: Block): boolean => block.type === "text" && String(block.text).trim() === ""

/** The part of a response that the Messages API accepts again. */
const asText = (content: ReadonlyArray<Block>): string =>
  JSON.stringify(content.filter((block) => !isBlank(block)))

const id = FastCheck.constantFrom("a", "b", "c", "d", "e", "f")

const block: FastCheck.Arbitrary<ReadonlyArray<Block>> = FastCheck.oneof(
  FastCheck.record({
    type: FastCheck.constant("thinking"),
    thinking: FastCheck.string(),
    signature: FastCheck.oneof(
      { weight: 4, arbitrary: FastCheck.base64String({ minLength: 4 }) },
      FastCheck.constant(""),
    ),
  }).map((one) => [one]),
  FastCheck.base64String({ minLength: 4 }).map((data) => [{ type: "redacted_thinking", data }]),
  FastCheck.constantFrom("", " \n", "Hello.", "Sure, one moment.").map((text) => [
    { type: "text", text, citations: null },
  ]),
  FastCheck.record({
    type: FastCheck.constant("tool_use"),
    id,
    name: FastCheck.constantFrom("list_memories", "get_total_balance", "no_such_tool"),
    input: FastCheck.oneof(
      { weight: 8, arbitrary: FastCheck.constant<unknown>({}) },
      FastCheck.constant<unknown>("none"),
    ),
    caller: FastCheck.constant({ type: "direct" }),
  }).map((one) => [one]),
  FastCheck.tuple(id, FastCheck.integer({ min: 0, max: 2 })).map(([call, part]) => {
    const both: ReadonlyArray<Block> = [
      { type: "server_tool_use", id: `s${call}`, name: "web_search", input: { query: "x" } },
      { type: "web_search_tool_result", tool_use_id: `s${call}`, content: [] },
    ]
    return part === 0 ? both : both.slice(part - 1, part)
  }),
  FastCheck.jsonValue({ maxDepth: 2 }).map((value) => [{ zeta: value, type: "of_tomorrow", alpha: 1 }]),
)

const turn: FastCheck.Arbitrary<Turn> = FastCheck.record({
  blocks: FastCheck.array(block, { maxLength: 4 }).map((blocks) => blocks.flat()),
  stop: FastCheck.oneof(
    { weight: 6, arbitrary: FastCheck.constantFrom("tool_use", "end_turn") },
    FastCheck.constantFrom("max_tokens", "pause_turn", "refusal", "model_context_window_exceeded", "odd"),
  ),
})

/** Messages of a user, each with the answers that the model gives one after another. */
const talk = FastCheck.array(FastCheck.array(turn, { minLength: 1, maxLength: 4 }), {
  minLength: 1,
  maxLength: 5,
})

describe("A history", () => {
  it(
    "is never refused, and holds every answer as it came, over random answers, trims and restarts",
    () =>
      withBotInside(
        async ({ claude, ask, restart }) => {
          let runs = 0
          const property = FastCheck.asyncProperty(talk, async (messages) => {
            runs += 1
            if (runs % 8 === 0) await restart()
            const asked = claude.questions.length
            for (const answers of messages) {
              claude.script(...answers)
              await ask("and now?")
            }
            expect(claude.problems).toEqual([])
            const given = new Set(claude.given.map(asText))
            for (const { messages } of claude.questions.slice(asked)) {
              for (const [at, { role, content }] of messages.entries()) {
                if (role !== "assistant" || given.has(JSON.stringify(content))) continue
                // Otherwise the words that the user read, which nothing but a question may follow.
                expect(content).toEqual([{ type: "text", text: expect.stringMatching(/\S/) }])
                expect(messages[at + 1]?.content).toMatchObject([{ type: "text" }])
              }
            }
          })
          await FastCheck.assert(property, { numRuns: 25, endOnFailure: true })
        },
        { file: { agent: { model: "claude-test", max_history: 16, trim_to: 14 } } },
      ),
    120_000,
  )

  it("holds thinking beside the calls of its turn, and after it, over a restart too", () =>
    withBotInside(async ({ claude, ask, restart }) => {
      claude.thinks = true
      claude.script({ calls: [["list_memories", {}]] }, { calls: [["get_all_pods", {}]] }, { text: "Two." })
      expect((await ask("how many pods?")).text).toBe("Two.")
      await restart()
      claude.script({ text: "Still two." })
      expect((await ask("and now?")).text).toBe("Still two.")
      expect(claude.problems).toEqual([])
      const said = claude.questions.at(-1)?.messages.filter(({ role }) => role === "assistant")
      expect(said?.map(({ content }) => JSON.stringify(content))).toEqual(
        claude.given.slice(0, 3).map((content) => JSON.stringify(content)),
      )
      expect(said?.[0]?.content).toMatchObject([{ type: "thinking" }, { type: "tool_use" }])
    }))

  it("holds one use of a tool of the service for each id, if a last word repeats the id of an earlier one", () =>
    withBotInside(async ({ claude, ask }) => {
      const blocks = [
        { type: "server_tool_use", id: "s1", name: "web_search", input: { query: "x" } },
        { type: "web_search_tool_result", tool_use_id: "s1", content: [] },
        { type: "text", text: "Found it.", citations: null },
      ]
      for (const _ of [1, 2, 3]) {
        claude.script({ blocks, stop: "end_turn" })
        expect((await ask("and now?")).text).toBe("Found it.")
      }
      expect(claude.problems).toEqual([])
    }))

  it("never runs two calls of one id, and goes on after them", () =>
    withBotInside(async ({ claude, ask, log, telegram }) => {
      const input = { source_name: "Main", destination_name: "Gas", amount_dollars: 20 }
      const call = { type: "tool_use", id: "toolu_same", name: "request_transfer", input }
      claude.script({ blocks: [call, call] })
      expect((await ask("move")).text).toContain("stopped in the middle")
      expect(telegram.seen(ADA).flatMap(({ buttons }) => buttons)).toEqual([])
      expect(log()).toContain("two tool calls have the same id")
      // The same id again in a later turn replaces the earlier turn.
      for (const _ of [1, 2]) {
        claude.script({ blocks: [{ ...call, name: "list_memories", input: {} }] }, { text: "None." })
        expect((await ask("what do you know?")).text).toBe("None.")
      }
      expect(claude.problems).toEqual([])
    }))

  it("ends, and the user is told, where the conversation no longer fits into the model", () =>
    withBotInside(async ({ claude, ask }) => {
      claude.script({ text: "", stop: "model_context_window_exceeded" })
      expect((await ask("one")).text).toContain("I am starting a new one")
      await ask("two")
      expect(claude.questions.at(-1)?.messages).toHaveLength(1)
    }))
})

describe("Thinking that takes all tokens", () => {
  it("is said in the log with the setting to change, and to the user", () =>
    withBotInside(async ({ claude, ask, log }) => {
      claude.script({ blocks: [thinking()], stop: "max_tokens" })
      expect((await ask("think hard")).text).toContain("can set agent.max_tokens higher")
      expect(log()).toContain("after 1024 tokens, which count the model's thinking")
      expect(log()).toContain("set agent.max_tokens in the config file to 8192")
      claude.script({ text: "Fine." })
      expect((await ask("go on")).text).toBe("Fine.")
      expect(claude.problems).toEqual([])
    }))
})
