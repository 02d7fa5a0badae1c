import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Chunk, Effect, Fiber, Layer, Redacted, TestClock, TestContext } from "effect"
import { describe, expect, it } from "vitest"
import type { Chat } from "../src/chat/Chat.js"
import * as ChatFile from "../src/chat/ChatFile.js"
import * as Delivery from "../src/chat/Delivery.js"
import * as Silence from "../src/chat/Silence.js"
import * as Steady from "../src/chat/Steady.js"
import * as TelegramChat from "../src/chat/Telegram.js"
import { Telegram, TOKEN } from "./standins/telegram.js"
import { ADA, dataOf, withBotProcess } from "./support.js"

const MINUTE = 60_000

/** Waits until something sleeps until a moment of the test clock. */
const isAsleepUntil = (moment: number): Effect.Effect<void> =>
  Effect.flatMap(TestClock.sleeps(), (sleeps) =>
    Chunk.some(sleeps, (until) => Math.round(until) === moment)
      ? Effect.void
      : Effect.zipRight(
          Effect.promise(() => new Promise((resolve) => setImmediate(resolve))),
          isAsleepUntil(moment),
        ),
  )

/** Runs what one process of the bot would do with its messenger, on a clock that the test turns. */
const inProcess = <A>(telegram: Telegram, folder: string, body: Effect.Effect<A, unknown, Chat>) => {
  const chat = TelegramChat.layer({ token: Redacted.make(TOKEN), apiRoot: telegram.url })
  const messenger = Steady.layer.pipe(Layer.provide(chat), Layer.provide(ChatFile.layer(folder)))
  return Effect.provide(body, messenger)
}

const withTelegram = async (
  body: (telegram: Telegram, folder: string) => Effect.Effect<void, unknown>,
): Promise<void> => {
  const telegram = await Telegram.start()
  const folder = await mkdtemp(join(tmpdir(), "tsequence-bot-patience-"))
  try {
    await Effect.runPromise(Effect.provide(body(telegram, folder), TestContext.TestContext))
  } finally {
    await telegram.close()
    await rm(folder, { recursive: true })
  }
}

describe("When Telegram asks for patience", () => {
  it("for an hour, nothing is sent before, by a later process neither, and then what was to be told", () =>
    withTelegram((telegram, folder) =>
      Effect.gen(function* () {
        telegram.fail({ method: "sendMessage", status: 429, retryAfter: 3_600 })
        const send = inProcess(telegram, folder, Delivery.sendPlain({ chatId: ADA }, "Done."))
        const first = yield* Effect.fork(send)
        yield* isAsleepUntil(60 * MINUTE)
        yield* TestClock.adjust(30 * MINUTE)
        expect(telegram.calls).toHaveLength(1)
        yield* Fiber.interrupt(first)

        const typing = Delivery.typingWhile({ chatId: ADA })(Delivery.answerPress("1", "Sending…"))
        yield* Effect.zipRight(
          Effect.fork(inProcess(telegram, folder, typing)),
          Effect.fork(inProcess(telegram, folder, typing)),
        )
        const second = yield* Effect.fork(send)
        yield* isAsleepUntil(60 * MINUTE)
        yield* TestClock.adjust(30 * MINUTE - 1)
        expect(telegram.calls).toHaveLength(1)
        yield* TestClock.adjust(1)
        yield* Fiber.join(second)
        expect(telegram.seen(ADA)).toMatchObject([{ text: "Done." }])
      }),
    ))

  it.each([
    ["none was asked for", undefined, 1_000, 0],
    ["half of it is over", { from: 1_000, until: 3_000 }, 2_000, 1_000],
    ["all of it is over", { from: 1_000, until: 3_000 }, 4_000, 0],
    ["the clock was set back", { from: 900_000, until: 902_000 }, 1_000, 2_000],
  ])("the time that is left is right if %s", (_, silence, now, left) => {
    expect(Silence.left(silence, now)).toBe(left)
  })

  it("a payment's outcome reaches its message afterwards, over a restart, and nothing else goes out before", () =>
    withBotProcess(async ({ telegram, sandbox, stage, says, restart, bot }) => {
      const card = await stage()
      telegram.fail({ method: "editMessageText", status: 429, retryAfter: 4 })
      telegram.press(dataOf(card, "Confirm"), card.id, { user: ADA })
      const refused = await telegram.until(
        () => telegram.calls.find(({ method }) => method === "editMessageText"),
        "the edit",
      )
      await expect.poll(() => bot().output()).toContain("nothing is sent to it for 4 seconds")
      await restart("SIGKILL")
      await says(card, "accepted")
      const [next] = telegram.calls.filter(({ at, method }) => at > refused.at && method !== "getUpdates")
      expect((next?.at ?? 0) - refused.at).toBeGreaterThanOrEqual(3_900)
      expect(card).toMatchObject({ buttons: [], edits: 1 })
      expect(sandbox.ledger().payments).toHaveLength(1)
    }))
})
