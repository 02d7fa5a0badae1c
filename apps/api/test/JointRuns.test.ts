import { Deferred, Effect, Exit } from "effect"
import { describe, expect, it } from "vitest"
import type { Answer } from "../src/http/Answer.js"
import { JointRuns } from "../src/http/JointRuns.js"

const answer = (body: string): Answer => ({ status: 200, headers: {}, body })

/** Runs of one server, each of which ends when it is told to. */
const world = () => {
  const runs = new JointRuns()
  const begun: Array<Deferred.Deferred<Answer>> = []
  const cut: Array<number> = []
  const start = () => {
    const gate = Effect.runSync(Deferred.make<Answer>())
    const index = begun.push(gate) - 1
    return Effect.runFork(
      Deferred.await(gate).pipe(Effect.onInterrupt(() => Effect.sync(() => void cut.push(index)))),
    )
  }
  const ask = (name = "/api/pods") => {
    let leave = () => {}
    const exit = new Promise<Exit.Exit<Answer>>((resolve) => {
      leave = runs.join(name, start, resolve)
    })
    return { exit, leave: () => leave() }
  }
  const end = (index: number, body: string) => {
    const gate = begun[index]
    if (gate !== undefined) Effect.runSync(Deferred.succeed(gate, answer(body)))
  }
  const looked = () => new Promise<void>((resolve) => setImmediate(resolve))
  return { runs, begun, cut, ask, end, looked }
}

const bodyOf = (exit: Exit.Exit<Answer>) => (Exit.isSuccess(exit) ? exit.value.body : "cut off")

describe("reads that are asked for alike", () => {
  it("are one run, and others another", async () => {
    const { begun, ask, end, looked } = world()
    const asked = [ask(), ask(), ask("/api/accounts")]
    await looked()
    const late = ask()
    end(0, "pods")
    end(1, "accounts")
    const bodies = await Promise.all([...asked, late].map(async ({ exit }) => bodyOf(await exit)))
    expect(bodies).toEqual(["pods", "pods", "accounts", "pods"])
    expect(begun).toHaveLength(2)
    // What has ended is nobody's any more.
    ask()
    await looked()
    expect(begun).toHaveLength(3)
  })

  it("wait for no run that began before money moved", async () => {
    const { runs, ask, end, looked } = world()
    const before = ask()
    await looked()
    runs.outdate()
    const after = ask()
    await looked()
    end(0, "old")
    end(1, "new")
    expect([bodyOf(await before.exit), bodyOf(await after.exit)]).toEqual(["old", "new"])
  })

  it("go on where one client leaves, and end where all have left", async () => {
    const { begun, cut, ask, end, looked } = world()
    const [one, other] = [ask(), ask()]
    await looked()
    one.leave()
    end(0, "pods")
    expect(bodyOf(await other.exit)).toBe("pods")
    expect(cut).toEqual([])
    const [third, fourth] = [ask(), ask()]
    await looked()
    third.leave()
    fourth.leave()
    await looked()
    expect(cut).toEqual([1])
    // A client that leaves before anything began costs nothing.
    ask().leave()
    await looked()
    expect(begun).toHaveLength(2)
  })
})
