/** The messenger that the bot talks to: one that keeps silent when it should, and follows groups to their new ids. */
import { Context, Effect, Layer } from "effect"
import { Chat } from "./Chat.js"
import { ChatFile } from "./ChatFile.js"
import * as Groups from "./Groups.js"
import * as Silence from "./Silence.js"

/** Puts both around the messenger in context. */
export const layer = Layer.effectContext(
  Effect.gen(function* () {
    const file = yield* ChatFile
    const groups = yield* Groups.make(file)
    const chat = yield* Silence.keeping(yield* Chat, file)
    return Context.make(Groups.Groups, groups).pipe(Context.add(Chat, Groups.following(chat, groups)))
  }),
)
