/** Which updates were handled: none is worked on twice, across restarts too. Kept in `.telegram.json`. */
import { join } from "node:path"
import { Clock, Effect, Schema } from "effect"
import { Files } from "tsequence/effect"

const FILE = ".telegram.json"

/** Telegram numbers updates anew after a week without any. */
const NUMBERS_LAST = 6 * 86_400_000

const decode = Schema.decodeUnknownOption(
  Schema.parseJson(Schema.Struct({ update_id: Schema.Int, at: Schema.Number })),
)

/** The newest update that was handled. */
export interface UpdateLog {
  /** What to ask for updates after; `undefined` where none is known. */
  readonly newest: Effect.Effect<number | undefined>
  /** Notes an update before it is worked on; `false` where it was seen before. */
  readonly isNew: (updateId: number) => Effect.Effect<boolean>
}

/** Reads what an earlier run left. */
export const make = (dataDir: string): Effect.Effect<UpdateLog> =>
  Effect.gen(function* () {
    const file = join(dataDir, FILE)
    const text = yield* Effect.orElseSucceed(Files.read(file), () => undefined)
    const found = decode(text ?? "")
    let last = found._tag === "Some" ? found.value : undefined

    const newest = Effect.map(Clock.currentTimeMillis, (now) =>
      last !== undefined && now - last.at < NUMBERS_LAST ? last.update_id : undefined,
    )

    const write = Effect.suspend(() => Files.write(file, `${JSON.stringify(last)}\n`, { flush: false })).pipe(
      Effect.catchAll((error) => Effect.logWarning(error.message)),
    )

    return {
      newest,
      isNew: (updateId) =>
        Effect.gen(function* () {
          const before = yield* newest
          if (before !== undefined && updateId <= before) return false
          last = { update_id: updateId, at: yield* Clock.currentTimeMillis }
          yield* write
          return true
        }),
    }
  })
