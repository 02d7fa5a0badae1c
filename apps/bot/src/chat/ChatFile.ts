/** The messenger's state that outlives the process, in `.telegram.json`. Keys are only ever added to it. */
import { join } from "node:path"
import { Context, Effect, Layer, Schema } from "effect"
import { AtomicFile } from "tsequence/app"

const FILE = ".telegram.json"

const State = Schema.Struct({
  /** The newest update that was handled, and when. */
  update_id: Schema.optional(Schema.Int),
  at: Schema.optional(Schema.Number),
  /** The ids that groups got when they became supergroups, by the ids that they had. */
  migrations: Schema.optional(Schema.Record({ key: Schema.String, value: Schema.Int })),
  /** The time of the messenger's last rate limit, and its end, in milliseconds since 1970. */
  silence: Schema.optional(Schema.Struct({ from: Schema.Number, until: Schema.Number })),
  /** Messages of confirmed transfers that do not show the final outcome yet, with the status that they show. */
  open_outcomes: Schema.optional(
    Schema.Array(
      Schema.Struct({
        chat_id: Schema.Int,
        message_id: Schema.Int,
        told: Schema.optional(Schema.String),
      }),
    ),
  ),
})

/** The state as it stands in the file. */
export type State = typeof State.Type

/** Access to the state. */
export interface Service {
  /** The state now. */
  readonly read: () => State
  /**
   * Changes keys of the state, and writes the file. A file that cannot be written is a warning: the state is kept in memory.
   *
   * @param isUrgent - whether it must survive a power cut. Default: false
   */
  readonly change: (edit: (state: State) => State, isUrgent?: boolean) => Effect.Effect<void>
}

/** The messenger's state that outlives the process. */
export class ChatFile extends Context.Tag("tsequence-bot/ChatFile")<ChatFile, Service>() {}

const decode = Schema.decodeUnknownOption(Schema.parseJson(State))

/** Reads what an earlier run left. */
const make = (dataDir: string): Effect.Effect<Service> =>
  Effect.gen(function* () {
    const file = join(dataDir, FILE)
    const text = yield* Effect.orElseSucceed(AtomicFile.read(file), () => undefined)
    const found = decode(text ?? "")
    let state: State = found._tag === "Some" ? found.value : {}
    const oneByOne = yield* Effect.makeSemaphore(1)
    return {
      read: () => state,
      change: (edit, isUrgent = false) =>
        Effect.suspend(() => {
          state = edit(state)
          const write = Effect.suspend(() =>
            AtomicFile.write(file, `${JSON.stringify(state)}\n`, { flush: isUrgent }),
          )
          return write.pipe(
            oneByOne.withPermits(1),
            Effect.catchAll((error) => Effect.logWarning(error.message)),
          )
        }),
    }
  })

/** The state in a folder. */
export const layer = (dataDir: string): Layer.Layer<ChatFile> => Layer.effect(ChatFile, make(dataDir))
