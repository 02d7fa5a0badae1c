/**
 * `.idempotency.jsonl`, or a table: the answers that were given, so that the same bytes can be given again. Only a cache: what
 * is lost of it is made again from the audit trail, which alone decides. So it may go by the clock of this machine.
 */
import { appendFile, readFile, rename, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { Context, Effect, Layer, Option, type Redacted, Schema } from "effect"
import type { Answer } from "../http/Answer.js"

const LIFE = 48 * 60 * 60 * 1_000

const Line = Schema.parseJson(
  Schema.Struct({
    request_id: Schema.String,
    at: Schema.Number,
    status: Schema.Int,
    headers: Schema.Record({ key: Schema.String, value: Schema.String }),
    body: Schema.String,
  }),
)

/** The methods of the response cache. */
export interface Service {
  /** The answer to a transfer; none where it was lost. */
  readonly find: (requestId: string) => Effect.Effect<Answer | undefined>
  /** Keeps an answer. One that cannot be kept costs its exact bytes, nothing else. */
  readonly keep: (requestId: string, answer: Answer) => Effect.Effect<void>
}

/** Keeps answers. */
export class ResponseCache extends Context.Tag("tsequence-api/AnswerCache")<ResponseCache, Service>() {}

const decode = Schema.decodeUnknownOption(Line)
const encode = Schema.encodeSync(Line)

/** Lines that were torn by a crash are passed over. */
const linesOf = (text: string) => text.split("\n").flatMap((line) => Option.toArray(decode(line)))

const readLines = (file: string) =>
  Effect.promise(() => readFile(file, "utf8").catch(() => "")).pipe(Effect.map(linesOf))

const lineOf = (requestId: string, { status, headers, body }: Answer): string =>
  encode({ request_id: requestId, at: Date.now(), status, headers, body })

const notKept = Effect.logWarning("An answer could not be kept for replays")
const notCleared = Effect.logWarning("Old answers could not be cleared away")

const compact = (file: string) =>
  Effect.gen(function* () {
    const lines = yield* readLines(file)
    const fresh = lines.filter(({ at }) => Date.now() - at < LIFE)
    if (fresh.length === lines.length) return
    const text = fresh.map((line) => `${encode(line)}\n`).join("")
    yield* Effect.tryPromise(async () => {
      await writeFile(`${file}.new`, text, { mode: 0o600 })
      await rename(`${file}.new`, file)
    })
  }).pipe(Effect.catchAll(() => notCleared))

/** Keeps answers in a folder. */
export const layer = (folder: string): Layer.Layer<ResponseCache> =>
  Layer.effect(
    ResponseCache,
    Effect.gen(function* () {
      const file = join(folder, ".idempotency.jsonl")
      yield* compact(file)
      const find: Service["find"] = (requestId) =>
        Effect.map(readLines(file), (lines) => lines.find((line) => line.request_id === requestId))
      const keep: Service["keep"] = (requestId, answer) =>
        Effect.tryPromise(() => {
          // The leading line break closes off a line that a crash has torn.
          return appendFile(file, `\n${lineOf(requestId, answer)}\n`, { mode: 0o600 })
        }).pipe(Effect.catchAll(() => notKept))
      return { find, keep }
    }),
  )

/** Keeps answers in a database, each as the line that would stand in the file. */
export const layerDatabase = (url: Redacted.Redacted<string>): Layer.Layer<ResponseCache> =>
  Layer.unwrapEffect(
    Effect.map(
      Effect.promise(() => import("tsequence/postgres")),
      ({ IdempotencyResponses: Answers, Database }) =>
        Layer.scoped(
          ResponseCache,
          Effect.gen(function* () {
            const responses = yield* Answers.make
            // A database that is away does not hold the start up.
            yield* Effect.forkScoped(Effect.catchAll(responses.forget(LIFE), () => notCleared))
            return {
              find: (requestId) =>
                responses.find(requestId).pipe(
                  Effect.map((line) => linesOf(line ?? "")[0]),
                  Effect.orElseSucceed(() => undefined),
                ),
              keep: (requestId, answer) =>
                Effect.catchAll(responses.keep(requestId, lineOf(requestId, answer)), () => notKept),
            } satisfies Service
          }),
        ).pipe(Layer.provide(Database.layerShared(url))),
    ),
  )
