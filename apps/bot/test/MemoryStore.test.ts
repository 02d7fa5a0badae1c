import { mkdtemp, rm, stat, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect } from "effect"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { make } from "../src/memory/MemoryStore.js"

let dataDir = ""
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "tsequence-bot-memory-"))
})
afterEach(() => rm(dataDir, { recursive: true }))

describe("MemoryStore", () => {
  it("keeps one-line facts in a file that only its owner can read, changes and drops them", async () => {
    const store = make({ dataDir, maxFacts: 2 })
    const fact = await Effect.runPromise(store.save("rent\r\nis\u2028due", "Ada"))
    expect(fact).toMatchObject({ content: "rent is due", created_by: "Ada" })
    expect((await stat(join(dataDir, ".memories.json"))).mode & 0o777).toBe(0o600)
    await Effect.runPromise(store.save("rent is paid", "Ben", fact.id))
    expect(await Effect.runPromise(make({ dataDir, maxFacts: 2 }).list)).toMatchObject([
      { id: fact.id, content: "rent is paid", created_by: "Ada" },
    ])
    await Effect.runPromise(store.remove(fact.id))
    expect(await Effect.runPromise(Effect.flip(store.remove(fact.id)))).toMatchObject({
      message: expect.stringContaining("There is no fact"),
    })
  })

  it("is full at its limit, and says so; what two write at once is both there", async () => {
    const [one, two] = [make({ dataDir, maxFacts: 5 }), make({ dataDir, maxFacts: 5 })]
    const saves = Array.from({ length: 8 }, (_, i) =>
      Effect.runPromise(Effect.either((i % 2 ? one : two).save(`fact ${i}`, "Ada"))),
    )
    const refused = (await Promise.all(saves)).filter(({ _tag }) => _tag === "Left")
    expect(refused).toHaveLength(3)
    expect(refused[0]).toMatchObject({ left: { message: expect.stringContaining("ask the user which one") } })
    expect(await Effect.runPromise(one.list)).toHaveLength(5)
  })

  it("reads PySequence's file, and never takes a broken one for an empty one", async () => {
    const fact = {
      id: "1",
      content: "x",
      created_by: "Ada",
      created_at: "2026-01-01",
      updated_at: "2026-01-01",
    }
    await writeFile(join(dataDir, ".memories.json"), JSON.stringify([fact]))
    const store = make({ dataDir, maxFacts: 5 })
    expect(await Effect.runPromise(store.list)).toEqual([fact])
    await writeFile(join(dataDir, ".memories.json"), "[{")
    expect(await Effect.runPromise(Effect.flip(store.save("y", "Ada")))).toMatchObject({
      _tag: "MemoryError",
    })
  })
})
