import { spawn } from "node:child_process"
import * as fs from "node:fs/promises"
import * as path from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as fc from "fast-check"
import * as LoginState from "../../src/auth/LoginState.js"
import type { Service, Tokens } from "../../src/auth/TokenStore.js"
import { bundle } from "./child.js"
import * as support from "./support.js"

const plain = (tokens: Tokens | undefined) =>
  tokens && {
    accessToken: Redacted.value(tokens.accessToken),
    refreshToken: tokens.refreshToken && Redacted.value(tokens.refreshToken),
    expiresAt: tokens.expiresAt,
  }

const some = support.tokensOf({
  refreshToken: Redacted.make("CANARY-refresh"),
  expiresAt: support.NOON + 250,
})

/** Tests the contract of every token store, whatever it is made of. */
const contract = (name: string, make: Effect.Effect<Service, never, Scope.Scope>) =>
  describe(`${name}, like every token store`, () => {
    it.scoped("knows nothing at first", () =>
      Effect.gen(function* () {
        const store = yield* make
        expect(yield* store.load).toBeUndefined()
        expect(yield* store.loadState).toBeUndefined()
        yield* store.clear
      }),
    )

    it.scoped("gives back what was saved last, and nothing after it was cleared", () =>
      Effect.gen(function* () {
        const store = yield* make
        yield* store.save(some)
        expect(plain(yield* store.load)).toEqual(plain(some))
        yield* store.save(support.tokensOf())
        expect(plain(yield* store.load)).toEqual(plain(support.tokensOf()))
        yield* store.clear
        expect(yield* store.load).toBeUndefined()
      }),
    )

    it.scoped("keeps the state when the tokens are cleared", () =>
      Effect.gen(function* () {
        const store = yield* make
        const identity = { authUrl: "https://auth.example.com", clientId: "c", email: "a@example.com" }
        const noted = LoginState.withOwner(LoginState.empty(), identity)
        const state = LoginState.withStep(
          LoginState.withFailure(noted, identity, { now: support.NOON, blocked: true, pause: 900_000 }),
          Redacted.make("secret"),
          7,
        )
        yield* store.saveState(state)
        yield* store.save(some)
        yield* store.clear
        expect(yield* store.loadState).toEqual(state)
      }),
    )

    it.live("lets one in at a time", () =>
      Effect.scoped(
        Effect.gen(function* () {
          const store = yield* make
          let inside = 0
          let most = 0
          const visit = store.exclusively(
            Effect.gen(function* () {
              most = Math.max(most, ++inside)
              yield* support.turnOfEvents
              inside -= 1
            }),
          )
          yield* Effect.all(
            Array.from({ length: 20 }, () => visit),
            { concurrency: "unbounded" },
          )
          expect(most).toBe(1)
        }),
      ),
    )

    it.live("lets the next one in where one fails or is interrupted", () =>
      Effect.scoped(
        Effect.gen(function* () {
          const store = yield* make
          expect(yield* Effect.flip(store.exclusively(Effect.fail("no")))).toBe("no")
          yield* Effect.exit(store.exclusively(Effect.interrupt))
          expect(yield* store.exclusively(Effect.succeed("yes"))).toBe("yes")
        }),
      ),
    )
  })

contract("layerMemory", support.makeStore())
contract("FileTokenStore", Effect.flatMap(support.temporaryFolder, support.makeStore))

const modeOf = (file: string) => Effect.promise(async () => ((await fs.stat(file)).mode & 0o777).toString(8))

const write = (file: string, text: string) => Effect.promise(() => fs.writeFile(file, text))

const inFolder = Effect.gen(function* () {
  const folder = yield* support.temporaryFolder
  const store = yield* support.makeStore(folder)
  const logs = new support.Logs()
  return {
    folder,
    store,
    logs,
    file: path.join(folder, ".tokens.json"),
    load: Effect.provide(store.load, logs.layer),
  }
})

describe("FileTokenStore", () => {
  it.scoped("writes what PySequence reads, key by key", () =>
    Effect.gen(function* () {
      const { store, file } = yield* inFolder
      yield* store.save(some)
      expect(yield* Effect.promise(() => fs.readFile(file, "utf8"))).toBe(
        `{"access_token":"CANARY-stored","refresh_token":"CANARY-refresh","expires_at":${support.NOON / 1_000 + 0.25}}`,
      )
      yield* store.save(support.tokensOf())
      expect(JSON.parse(yield* Effect.promise(() => fs.readFile(file, "utf8")))).toHaveProperty(
        "refresh_token",
        null,
      )
    }),
  )

  it.scoped("reads what PySequence writes, and passes over keys that it does not know", () =>
    Effect.gen(function* () {
      const { load, file, logs } = yield* inFolder
      yield* write(
        file,
        `{\n  "access_token": "a",\n  "refresh_token": null,\n  "expires_at": 1769860800.5, "x": 1\n}\n`,
      )
      expect(plain(yield* load)).toEqual({
        accessToken: "a",
        refreshToken: undefined,
        expiresAt: 1_769_860_800_500,
      })
      expect(logs.lines).toEqual([])
    }),
  )

  it.scoped(
    "makes folder and files that only their owner can read, files that were open before included",
    () =>
      Effect.gen(function* () {
        const outer = yield* support.temporaryFolder
        const folder = path.join(outer, "new", "data")
        const store = yield* support.makeStore(folder)
        yield* store.save(some)
        yield* store.saveState(LoginState.empty())
        expect(yield* modeOf(folder)).toBe("700")
        for (const name of [".tokens.json", ".login.json"]) {
          expect(yield* modeOf(path.join(folder, name))).toBe("600")
        }
        yield* Effect.promise(() => fs.chmod(path.join(folder, ".tokens.json"), 0o644))
        yield* store.save(some)
        expect(yield* modeOf(path.join(folder, ".tokens.json"))).toBe("600")
        yield* store.exclusively(Effect.void)
        expect(
          (yield* Effect.promise(() => fs.readdir(folder))).filter((name) => name.endsWith(".tmp")),
        ).toEqual([])
      }),
  )

  it.scoped.each([
    ["nothing", ""],
    ["no JSON", "{"],
    ["another kind of JSON", "[]"],
    ["no token", `{"access_token": "", "refresh_token": null, "expires_at": 1}`],
    [
      "a token that no header can carry",
      `{"access_token": "CANARY\\n", "refresh_token": "CANARY\\u0000", "expires_at": 1}`.replace(
        "\\n",
        "\\n\\nx",
      ),
    ],
    ["a number for a token", `{"access_token": 5, "refresh_token": null, "expires_at": 1}`],
    ["text for a time", `{"access_token": "CANARY", "refresh_token": null, "expires_at": "soon"}`],
    ["no time", `{"access_token": "CANARY", "refresh_token": null}`],
    ["bytes", "\u0000\u0001\ufffd"],
  ] as const)("takes a file that holds %s for no token, and warns once", ([, text]) =>
    Effect.gen(function* () {
      const { load, file, logs, store } = yield* inFolder
      yield* write(file, text)
      expect(yield* load).toBeUndefined()
      expect(yield* load).toBeUndefined()
      expect(logs.matching(/cannot be understood/)).toHaveLength(1)
      support.expectNoSecret({}, logs)
      yield* store.save(some)
      expect(plain(yield* load)).toEqual(plain(some))
    }),
  )

  it.scoped("never fails on a file that is cut or changed at any byte", () =>
    Effect.gen(function* () {
      const { load, file } = yield* inFolder
      const whole = Buffer.from(`{"access_token":"aaaa","refresh_token":"bbbb","expires_at":1769860800.5}`)
      for (let at = 0; at < whole.length; at++) {
        yield* Effect.promise(() => fs.writeFile(file, whole.subarray(0, at)))
        expect(yield* load).toBeUndefined()
        const changed = Buffer.from(whole)
        changed[at] = (whole[at] ?? 0) ^ 0x15
        yield* Effect.promise(() => fs.writeFile(file, changed))
        yield* load
      }
    }),
  )

  it("reads any text as a state or as none", async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.json(), fc.string()), async (text) => {
        const load = Effect.gen(function* () {
          const { folder, store, logs } = yield* inFolder
          yield* write(path.join(folder, ".login.json"), text)
          return yield* Effect.provide(store.loadState, logs.layer)
        })
        expect(await Effect.runPromise(Effect.scoped(load))).toBeUndefined()
      }),
      { numRuns: 30 },
    )
  })

  it.live("keeps whole files while several write and read at once", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const folder = yield* support.temporaryFolder
        const stores = yield* Effect.all(Array.from({ length: 4 }, () => support.makeStore(folder)))
        const first = yield* support.makeStore(folder)
        yield* first.save(some)
        const writers = stores.flatMap((store, writer) =>
          Array.from({ length: 20 }, (_, n) =>
            store.save(
              support.tokensOf({
                accessToken: Redacted.make(`${writer}-${n}`.padEnd(500 * (writer + 1), "x")),
              }),
            ),
          ),
        )
        const readers = Array.from({ length: 80 }, (_, n) =>
          Effect.map((stores[n % 4] ?? first).load, (tokens) => expect(tokens).toBeDefined()),
        )
        yield* Effect.all([...writers, ...readers], { concurrency: "unbounded" })
      }),
    ),
  )

  it.live("takes away what a process that was killed has left half written, and nothing that is new", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const { folder, store } = yield* inFolder
        const [old, fresh, other] = ["..tokens.json.1.tmp", "..login.json.2.tmp", "..other.json.3.tmp"]
        for (const name of [old, fresh, other]) yield* write(path.join(folder, name ?? ""), "CANARY")
        const before = new Date(Date.now() - 3_600_000)
        for (const name of [old, other]) {
          yield* Effect.promise(() => fs.utimes(path.join(folder, name ?? ""), before, before))
        }
        yield* store.exclusively(Effect.void)
        const left = yield* Effect.promise(() => fs.readdir(folder))
        expect(left.filter((name) => name.endsWith(".tmp")).sort()).toEqual([fresh, other])
      }),
    ),
  )

  it.live(
    "has a whole file after kill -9 at any moment of writing",
    () =>
      Effect.scoped(
        Effect.gen(function* () {
          const folder = yield* support.temporaryFolder
          const child = yield* bundle("children/writer.ts")
          const store = yield* support.makeStore(folder)
          yield* store.save(some)
          for (let round = 0; round < 12; round++) {
            yield* killAfter(child, folder, 1 + 2 * round)
            const tokens = plain(yield* store.load)
            // The writer's tokens are all of one letter, so that a mixture would be seen.
            expect(tokens?.accessToken).toMatch(/^(CANARY-stored|([a-z])\2{3999})$/)
          }
        }),
      ),
    120_000,
  )
})

/** Runs the writer and kills it right after it said for the nth time that it has written: amid the next time. */
const killAfter = (child: string, folder: string, times: number) =>
  Effect.promise(async () => {
    const writer = spawn(process.execPath, [child, folder], { stdio: ["ignore", "pipe", "inherit"] })
    const gone = new Promise((resolve) => writer.once("exit", resolve))
    let said = 0
    writer.stdout.on("data", (chunk: Buffer) => {
      said += chunk.length
      if (said >= times) writer.kill("SIGKILL")
    })
    await gone
  })
