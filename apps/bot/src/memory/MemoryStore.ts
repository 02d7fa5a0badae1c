/** The facts that the bot remembers for its users, in `.memories.json`. */
import { randomUUID } from "node:crypto"
import { join } from "node:path"
import { Clock, Context, Data, Effect, Layer, Schema } from "effect"
import { AtomicFile, FolderLock } from "tsequence/app"
import type { StorageError } from "tsequence/effect"
import { Fact, oneLine } from "./Fact.js"

/** The error of a fact that was not saved or removed; the message is for the model. */
class MemoryError extends Data.TaggedError("MemoryError")<{ readonly message: string }> {}

/** The store of facts. */
export interface Service {
  readonly list: Effect.Effect<ReadonlyArray<Fact>, MemoryError | StorageError>
  /** Saves a new fact, or changes the one with an id. */
  readonly save: (content: string, by: string, id?: string) => Effect.Effect<Fact, MemoryError | StorageError>
  readonly remove: (id: string) => Effect.Effect<Fact, MemoryError | StorageError>
}

/** Remembers facts. */
export class MemoryStore extends Context.Tag("tsequence-bot/MemoryStore")<MemoryStore, Service>() {}

/** The folder that keeps facts, and their maximum number. */
export interface Options {
  readonly dataDir: string
  readonly maxFacts: number
}

const FILE = ".memories.json"
const LONGEST = 1_000

const decode = Schema.decodeUnknownEither(Schema.parseJson(Schema.Array(Fact)))

const noSuch = (id: string) =>
  new MemoryError({ message: `There is no fact with the id "${id}"; list_memories gives them all.` })

const checked = (content: string): Effect.Effect<string, MemoryError> => {
  const line = oneLine(content)
  if (line === "") return Effect.fail(new MemoryError({ message: "A fact must not be empty." }))
  return line.length > LONGEST
    ? Effect.fail(new MemoryError({ message: `A fact must have at most ${LONGEST} characters.` }))
    : Effect.succeed(line)
}

/** The facts after an edit, and the fact that it was about. */
interface Edited {
  readonly facts: ReadonlyArray<Fact>
  readonly result: Fact
}

type Edit = (facts: ReadonlyArray<Fact>, now: string) => Effect.Effect<Edited, MemoryError>

const add =
  (content: string, by: string, maxFacts: number): Edit =>
  (facts, now) => {
    if (facts.length >= maxFacts) {
      return Effect.fail(
        new MemoryError({
          message: `All ${maxFacts} facts are taken: ask the user which one to forget, and delete that one first.`,
        }),
      )
    }
    const taken = new Set(facts.map(({ id }) => id))
    let id = randomUUID().slice(0, 8)
    while (taken.has(id)) id = randomUUID().slice(0, 8)
    const fact: Fact = { id, content, created_by: by, created_at: now, updated_at: now }
    return Effect.succeed({ facts: [...facts, fact], result: fact })
  }

const replace =
  (id: string, content: string): Edit =>
  (facts, now) => {
    const old = facts.find((fact) => fact.id === id)
    if (old === undefined) return Effect.fail(noSuch(id))
    const fact: Fact = { ...old, content, updated_at: now }
    return Effect.succeed({ facts: facts.map((one) => (one === old ? fact : one)), result: fact })
  }

const without =
  (id: string): Edit =>
  (facts) => {
    const fact = facts.find((one) => one.id === id)
    return fact === undefined
      ? Effect.fail(noSuch(id))
      : Effect.succeed({ facts: facts.filter((one) => one !== fact), result: fact })
  }

/** Remembers facts in a folder that other processes may use too. */
export const make = ({ dataDir, maxFacts }: Options): Service => {
  const file = join(dataDir, FILE)

  const list: Service["list"] = Effect.flatMap(AtomicFile.read(file), (text) => {
    if (text === undefined || text.trim() === "") return Effect.succeed([])
    const decoded = decode(text)
    // Never taken for an empty file: the next save would overwrite what others may still be able to read.
    return decoded._tag === "Right"
      ? Effect.succeed(decoded.right)
      : Effect.fail(
          new MemoryError({
            message: `${file} cannot be read as a list of facts; its owner must look at it.`,
          }),
        )
  })

  const change = (edit: Edit) =>
    FolderLock.withLock(
      dataDir,
      ".memories",
    )(() =>
      Effect.gen(function* () {
        const now = new Date(yield* Clock.currentTimeMillis).toISOString()
        const { facts, result } = yield* edit(yield* list, now)
        yield* AtomicFile.write(file, `${JSON.stringify(facts, undefined, 2)}\n`)
        return result
      }),
    )

  return {
    list,
    save: (content, by, id) =>
      Effect.flatMap(checked(content), (line) =>
        change(id === undefined ? add(line, by, maxFacts) : replace(id, line)),
      ),
    remove: (id) => change(without(id)),
  }
}

/** Facts in a folder. */
export const layer = (options: Options): Layer.Layer<MemoryStore> =>
  Layer.sync(MemoryStore, () => make(options))
