/** Puts the bot together: client, safeguards, model, messenger. It wires, and decides nothing. */
import { Cause, Effect, Fiber, Layer, Logger, ManagedRuntime, Option } from "effect"
import { Sequence } from "tsequence/effect"
import { Safeguards } from "tsequence/safeguards"
import * as Claude from "./agent/Claude.js"
import * as Conversation from "./agent/Conversation.js"
import type { Model } from "./agent/Model.js"
import * as Bot from "./Bot.js"
import type { Chat } from "./chat/Chat.js"
import * as ChatFile from "./chat/ChatFile.js"
import * as Steady from "./chat/Steady.js"
import * as Telegram from "./chat/Telegram.js"
import type { BotConfig } from "./config/Config.js"
import * as MemoryStore from "./memory/MemoryStore.js"
import * as FollowUp from "./transfers/FollowUp.js"
import * as PendingTransfers from "./transfers/PendingTransfers.js"

/** Milliseconds that presses under way get when the bot stops. */
const LAST = 8_000

/** A bot that runs. */
export interface RunningBot {
  /** Settles when it cannot go on, with a sentence that says why. */
  readonly failed: Promise<string>
  /** Stops within eight seconds: what was sent is recorded. */
  readonly stop: () => Promise<void>
}

/** Parts that can stand in for Telegram and Claude. */
export interface Parts {
  readonly chat: Layer.Layer<Chat>
  readonly model: Layer.Layer<Model>
  /** The layer that takes log lines. */
  readonly logger?: Layer.Layer<never>
}

/** Telegram and Claude, as the configuration says. */
export const parts = ({
  telegramToken,
  telegramApiRoot,
  anthropicApiKey,
  anthropicBaseUrl,
  file,
}: BotConfig): Parts => ({
  chat: Telegram.layer({ token: telegramToken, apiRoot: telegramApiRoot }),
  model: Claude.layer({
    apiKey: anthropicApiKey,
    baseUrl: anthropicBaseUrl,
    model: file.agent.model,
    maxTokens: file.agent.maxTokens,
  }),
})

const layerOf = (
  { client, environment, safeguards, dataDir, file, logLevel }: BotConfig,
  { chat, model, logger = Logger.json }: Parts,
) => {
  const messenger = Steady.layer.pipe(Layer.provide(chat), Layer.provideMerge(ChatFile.layer(dataDir)))
  const conversations = Conversation.layer({
    dataDir,
    maxHistory: file.agent.maxHistory,
    trimTo: file.agent.trimTo,
    ttl: file.agent.conversationTtl,
  })
  return PendingTransfers.layer({
    ttl: file.safeguards.pendingTransferTtl,
  }).pipe(
    Layer.provide(FollowUp.layer),
    Layer.provideMerge(Safeguards.layer(safeguards)),
    Layer.provideMerge(
      Layer.mergeAll(
        Sequence.layerEnv(client, environment),
        MemoryStore.layer({ dataDir, maxFacts: file.memory.maxFacts }),
        conversations.pipe(Layer.provideMerge(messenger)),
        model,
      ),
    ),
    Layer.provideMerge(Layer.merge(logger, Logger.minimumLogLevel(logLevel))),
  )
}

/** Starts a bot. */
export const startBot = (configuration: BotConfig, standIns: Parts = parts(configuration)): RunningBot => {
  const runtime = ManagedRuntime.make(layerOf(configuration, standIns))
  const { file, warnings } = configuration
  const fiber = runtime.runFork(
    Effect.zipRight(
      Effect.forEach(warnings, (warning) => Effect.logWarning(warning), { discard: true }),
      Bot.run(file),
    ),
  )
  const failed = new Promise<string>((resolve) => {
    fiber.addObserver((exit) => {
      if (exit._tag === "Success" || Cause.isInterrupted(exit.cause)) return
      const error = Option.getOrUndefined(Cause.failureOption(exit.cause))
      resolve(
        error?._tag === "ChatError"
          ? `Telegram does not take the bot's token (${error.message}): look at TELEGRAM_BOT_TOKEN`
          : (error?.message ?? Cause.pretty(exit.cause)),
      )
    })
  })
  const stopAll = async (): Promise<void> => {
    await Effect.runPromise(Fiber.interrupt(fiber))
    await runtime.dispose()
  }
  return {
    failed,
    stop: async () => {
      let timer: NodeJS.Timeout | undefined
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, LAST)
      })
      await Promise.race([stopAll(), late])
      clearTimeout(timer)
    },
  }
}
