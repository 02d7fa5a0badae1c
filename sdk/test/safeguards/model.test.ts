/**
 * Two processes over one disk, and everything that can happen to them: transfers, lost answers, kills, power
 * cuts, full disks, clocks that are set, days that end, files that are edited.
 */
import { join } from "node:path"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as fc from "fast-check"
import { type Sandbox, startSandbox } from "tsequence-sandbox"
import { describe, expect, it } from "vitest"
import type { FileSystem } from "../../src/audit/FileSystem.js"
import { Fetch } from "../../src/http/Fetch.js"
import {
  AuditLog,
  AuditStorage,
  DailyLimits,
  FileAuditStorage,
  GuardedTransfers,
  Safeguards,
} from "../../src/safeguards.js"
import { type Chance, Disk } from "./Disk.js"
import { client, ends, TIMING } from "./world.js"

const RUNS = Number(process.env.CAMPAIGN_TRIALS ?? 6)
/** `CAMPAIGN_REPLAY=seed/path`, as a failure names them, plays one history again. */
const [seed, path] = (process.env.CAMPAIGN_REPLAY ?? "").split("/")
const REPLAY = path === undefined ? {} : { seed: Number(seed), path }
const LIMIT = 20_000
const FOLDER = "/data"
const TRAIL = join(FOLDER, ".audit.jsonl")
const LIMITS = join(FOLDER, ".daily_limits.json")

const OPTIONS = {
  ...TIMING,
  service: "sandbox",
  maxDailyTransferCents: LIMIT,
  timeout: 500,
  attemptTimeout: 100,
  deadAfter: 100,
  reconcileSchedule: [0, 20, 50, 100],
  notFoundAfter: 200,
  minReadInterval: 20,
  recoveryInterval: 20,
}

const never = () => new Promise<never>(() => {})

/** A process's access to the world: once the process is killed, nothing that it does reaches anything. */
class Body {
  isDead = false
  wallOffset = 0

  readonly fetch: typeof globalThis.fetch = async (input, init) => {
    if (this.isDead) return never()
    const response = await fetch(input, init)
    return this.isDead ? never() : response
  }

  #mortal<A extends ReadonlyArray<unknown>, B>(run: (...args: A) => Promise<B>): (...args: A) => Promise<B> {
    return async (...args) => {
      if (this.isDead) return never()
      const result = await run(...args)
      return this.isDead ? never() : result
    }
  }

  fileSystem(disk: FileSystem): FileSystem {
    return {
      makeFolder: this.#mortal(disk.makeFolder),
      flushFolder: this.#mortal(disk.flushFolder),
      openAppend: this.#mortal(async (file) => {
        const handle = await disk.openAppend(file)
        return {
          identity: handle.identity,
          append: this.#mortal(handle.append),
          flush: this.#mortal(handle.flush),
          readFrom: this.#mortal(handle.readFrom),
          close: handle.close,
        }
      }),
      status: this.#mortal(disk.status),
      read: this.#mortal(disk.read),
      replace: this.#mortal(disk.replace),
      overwrite: this.#mortal(disk.overwrite),
      rename: this.#mortal(disk.rename),
      remove: this.#mortal(disk.remove),
      list: this.#mortal(disk.list),
    }
  }

  clock(): Clock.Clock {
    const base = Clock.make()
    const millis = () => base.unsafeCurrentTimeMillis() + this.wallOffset
    return {
      [Clock.ClockTypeId]: Clock.ClockTypeId,
      unsafeCurrentTimeMillis: millis,
      currentTimeMillis: Effect.sync(millis),
      unsafeCurrentTimeNanos: () => base.unsafeCurrentTimeNanos(),
      currentTimeNanos: base.currentTimeNanos,
      sleep: (duration) => base.sleep(duration),
    }
  }
}

/** Takes turns as the folder's lock does, and forgets whoever died with it. */
class Lock {
  #holder: Body | undefined

  readonly of =
    (body: Body): FileAuditStorage.Lock =>
    (use) =>
      Effect.acquireUseRelease(
        this.#acquire(body),
        () => use(Effect.sync(() => this.#holder === body)),
        () =>
          Effect.sync(() => {
            if (this.#holder === body) this.#holder = undefined
          }),
      )

  #acquire(body: Body): Effect.Effect<void> {
    return Effect.suspend(() => {
      if (this.#holder === undefined || this.#holder.isDead) {
        this.#holder = body
        return Effect.void
      }
      return Effect.zipRight(Effect.yieldNow(), Effect.zipRight(Effect.sleep(1), this.#acquire(body)))
    })
  }
}

const startProcess = (sandbox: Sandbox, disk: Disk, lock: Lock) => {
  const body = new Body()
  const runtime = ManagedRuntime.make(
    Safeguards.layerStorage(OPTIONS).pipe(
      Layer.provideMerge(
        FileAuditStorage.layer(FOLDER, {
          fileSystem: body.fileSystem(disk.fileSystem),
          withLock: lock.of(body),
          publishEvery: 5,
        }),
      ),
      Layer.provide(Layer.orDie(client(sandbox))),
      Layer.provide(Layer.succeed(Fetch, body.fetch)),
      Layer.orDie,
      Layer.provide(
        Layer.mergeAll(
          process.env.CAMPAIGN_LOG === undefined ? Logger.remove(Logger.defaultLogger) : Layer.empty,
          Layer.setClock(body.clock()),
        ),
      ),
    ),
  )
  return { body, runtime }
}

type Command =
  | {
      readonly do: "transfer"
      readonly by: 0 | 1
      readonly dollars: number
      readonly twin: boolean
      readonly mishap: Mishap
    }
  | { readonly do: "kill"; readonly who: 0 | 1 }
  | { readonly do: "killDuring"; readonly who: 0 | 1; readonly dollars: number; readonly after: number }
  | { readonly do: "powerCut" }
  | { readonly do: "restart"; readonly who: 0 | 1 }
  | { readonly do: "setClock"; readonly who: 0 | 1; readonly hours: number }
  | { readonly do: "nextDay" }
  | { readonly do: "editLimits"; readonly how: "cut" | "empty" | "remove" | "lower" }
  | { readonly do: "editTrail" }

type Mishap = "none" | "before" | "after" | "refuse" | "full" | "readOnly"

const who = fc.constantFrom(0 as const, 1 as const)
const dollars = fc.integer({ min: 20, max: 90 })
const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      do: fc.constant("transfer" as const),
      by: who,
      dollars,
      twin: fc.boolean(),
      mishap: fc.constantFrom<Mishap>(
        "none",
        "none",
        "none",
        "before",
        "after",
        "refuse",
        "full",
        "readOnly",
      ),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("kill" as const), who }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant("killDuring" as const), who, dollars, after: fc.nat(12) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("powerCut" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("restart" as const), who }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("setClock" as const),
      who,
      hours: fc.integer({ min: -50, max: 50 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("nextDay" as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("editLimits" as const),
      how: fc.constantFrom("cut", "empty", "remove", "lower"),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("editTrail" as const) }) },
)

/** Right before the two days that have no 24 hours. */
const STARTS = [Date.parse("2026-03-08T04:30:00Z"), Date.parse("2026-11-01T03:30:00Z")] as const

class World {
  readonly disk = new Disk()
  readonly lock = new Lock()
  readonly sandbox: Sandbox
  readonly pods: ReturnType<typeof ends>
  readonly chance: Chance
  processes: [ReturnType<typeof startProcess>, ReturnType<typeof startProcess>]
  /** By amount: how often a transfer of it was reported as made. */
  readonly reported = new Map<number, number>()
  isTampered = false
  transfers = 0

  constructor(sandbox: Sandbox, chance: Chance) {
    this.sandbox = sandbox
    this.chance = chance
    this.pods = ends(sandbox)
    this.processes = [this.#start(), this.#start()]
  }

  #start() {
    return startProcess(this.sandbox, this.disk, this.lock)
  }

  kill(index: 0 | 1): void {
    this.processes[index].body.isDead = true
    this.processes[index] = this.#start()
  }

  transfer(index: 0 | 1, amountCents: number) {
    this.transfers += 1
    return this.processes[index].runtime.runPromise(
      Effect.either(
        Effect.flatMap(GuardedTransfers.GuardedTransfers, (guarded) =>
          guarded.transfer({ ...this.pods, amountCents }),
        ),
      ),
    )
  }

  booked(amountCents: number): number {
    const { source } = this.pods
    return this.sandbox
      .ledger()
      .payments.filter((one) => one.amountCents === amountCents && JSON.stringify(one).includes(source.id))
      .length
  }

  async read() {
    const [{ runtime }] = this.processes
    return runtime.runPromise(
      Effect.gen(function* () {
        const snapshot = yield* Effect.flatMap(AuditStorage.AuditStorage, (storage) => storage.read)
        const { problems } = yield* Effect.flatMap(AuditLog.AuditLog, (audit) => audit.verify)
        const entries = yield* Effect.flatMap(AuditLog.AuditLog, (audit) => audit.entries())
        return { attempts: [...snapshot.ledger.records()], ledger: snapshot.ledger, problems, entries }
      }),
    )
  }

  async run(one: Command): Promise<void> {
    switch (one.do) {
      case "transfer":
        return this.#transfer(
          one.by,
          one.twin ? 5_000 : one.dollars * 100 + (this.transfers % 90),
          one.mishap,
        )
      case "kill":
        return this.kill(one.who)
      case "killDuring": {
        const { body } = this.processes[one.who]
        void this.transfer(one.who, one.dollars * 100 + (this.transfers % 90))
        await new Promise((resolve) => setTimeout(resolve, one.after))
        body.isDead = true
        this.processes[one.who] = this.#start()
        return
      }
      case "powerCut":
        for (const process of this.processes) process.body.isDead = true
        this.disk.cutPower(this.chance)
        this.processes = [this.#start(), this.#start()]
        return
      case "restart":
        await this.processes[one.who].runtime.dispose()
        this.processes[one.who] = this.#start()
        return
      case "setClock":
        this.processes[one.who].body.wallOffset = one.hours * 3_600_000
        return
      case "nextDay":
        return this.sandbox.advance(24 * 3_600_000)
      case "editLimits":
        return this.#editLimits(one.how)
      default:
        return this.#editTrail()
    }
  }

  async #transfer(by: 0 | 1, amountCents: number, mishap: Mishap): Promise<void> {
    const before = this.booked(amountCents)
    if (mishap === "before" || mishap === "after")
      this.sandbox.faults({ operation: "CreatePayment", cut: mishap })
    if (mishap === "refuse") this.sandbox.faults({ operation: "CreatePayment", refuse: "No" })
    if (mishap === "full") this.disk.space = Math.floor(this.chance() * 1_500)
    if (mishap === "readOnly") this.disk.isReadOnly = true
    const result = await this.transfer(by, amountCents)
    this.disk.space = Number.POSITIVE_INFINITY
    this.disk.isReadOnly = false
    this.sandbox.clearFaults()
    const made = this.booked(amountCents) - before
    // What the caller was told is what happened.
    if (Either.isRight(result)) expect(made).toBe(1)
    else if (result.left._tag !== "TransferOutcomeUnknownError") expect(made, result.left.message).toBe(0)
    else expect(made).toBeLessThanOrEqual(1)
  }

  #editLimits(how: "cut" | "empty" | "remove" | "lower"): void {
    const text = this.disk.text(LIMITS)
    if (text === "") return
    const edits = {
      cut: text.slice(0, Math.floor(text.length * this.chance())),
      empty: "{}",
      remove: undefined,
      lower: text.replace(/"amount_cents":\d/g, '"amount_cents":0'),
    }
    this.disk.edit(LIMITS, edits[how])
  }

  /** Lowers an amount in the trail: fresh processes must refuse until somebody accepts that. */
  async #editTrail(): Promise<void> {
    if (!this.disk.text(TRAIL).includes('"transfer_requested"')) return
    await this.settle()
    // Nobody writes while it is edited.
    for (const process of this.processes) process.body.isDead = true
    const whole = this.disk.text(TRAIL)
    const lines = whole.split("\n")
    // What was torn counts for nothing, so nothing comes of changing it.
    const index = lines.findIndex((line) => /"amount_cents":\d\d.*"prev":"\w{64}"}$/.test(line))
    if (index < 0 || index >= lines.length - 2) {
      this.processes = [this.#start(), this.#start()]
      return
    }
    const edited = (lines[index] ?? "").replace(/"amount_cents":\d+/, '"amount_cents":1')
    this.disk.edit(TRAIL, lines.with(index, edited).join("\n"))
    this.processes[0] = this.#start()
    const result = await this.transfer(0, 100)
    this.processes[0].body.isDead = true
    const error = Either.isLeft(result) ? result.left._tag : "made"
    expect(error, `line ${index + 1}`).toBe("StorageError")
    // Outcomes are recorded on a damaged trail too, and stay.
    this.disk.edit(TRAIL, this.disk.text(TRAIL).replace(edited, lines[index] ?? ""))
    this.processes = [this.#start(), this.#start()]
  }

  async settle(): Promise<void> {
    const undecided = async () =>
      (await this.read()).attempts.filter(({ status }) => status === "open" || status === "unknown")
    await expect.poll(undecided, { timeout: 20_000, interval: 20 }).toEqual([])
  }

  async check(): Promise<void> {
    await this.settle()
    const { attempts, ledger, problems, entries } = await this.read()
    const { payments } = this.sandbox.ledger()
    const ours = payments.filter((one) => JSON.stringify(one).includes(this.pods.source.id))
    // Every payment is in the trail under its own id, each once.
    const ids = entries.flatMap(({ transfer_id }) => (typeof transfer_id === "string" ? [transfer_id] : []))
    expect([...ids].sort()).toEqual(ours.map(({ id }) => id).sort())
    for (const day of new Set(attempts.map(({ intent }) => intent.day))) {
      const { spentCents, reservedCents } = ledger.totals("__global__", day)
      expect(spentCents + reservedCents).toBeLessThanOrEqual(LIMIT)
    }
    // A day never goes back.
    const days = attempts.map(({ intent }) => intent.day)
    expect(days).toEqual([...days].sort())
    // A power cut may tear a line, and take the head.
    const damage = problems.filter(({ kind }) => kind !== "torn" && kind !== "headless")
    expect(damage, `${JSON.stringify(damage)}\n${this.disk.text(TRAIL).slice(0, 2_500)}`).toEqual([])
  }

  async close(): Promise<void> {
    for (const process of this.processes) await process.runtime.dispose()
    await this.sandbox.close()
  }
}

describe("two processes over one disk", () => {
  it(
    "never pass a day's limit, lose no payment, and tell the truth, whatever happens",
    async () => {
      let commands = 0
      let transfers = 0
      await fc.assert(
        fc.asyncProperty(
          fc.array(command, { minLength: 4, maxLength: 14 }),
          fc.constantFrom(...STARTS),
          fc.infiniteStream(fc.nat(999)),
          async (plan, begin, chances) => {
            const offset = begin - Date.now()
            const sandbox = await startSandbox({
              now: () => Date.now() + offset,
              transfers: 0,
              tokenLife: 31_000_000,
            })
            const world = new World(sandbox, () => Number(chances.next().value) / 1_000)
            try {
              for (const one of plan) await world.run(one)
              await world.check()
              commands += plan.length
              transfers += world.transfers
            } finally {
              await world.close()
            }
          },
        ),
        { numRuns: RUNS, endOnFailure: true, ...REPLAY },
      )
      if (RUNS > 20)
        console.log(
          `${RUNS} histories of ${commands} commands, ${transfers} transfers: limits, ledger and trail agree`,
        )
    },
    60_000 + RUNS * 10_000,
  )
})
void DailyLimits
