/**
 * Clocks of machines that are wrong, and are set while a process runs and while none does: no payment is made twice by
 * it, and no key is lost. Only the service's time decides.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as fc from "fast-check"
import { startSandbox } from "tsequence-sandbox"
import { describe, expect, it } from "vitest"
import { FileAuditStorage, GuardedTransfers, Safeguards } from "../../src/safeguards.js"
import { Disk } from "./Disk.js"
import { booked, client, ends, TIMING } from "./world.js"

const RUNS = Number(process.env.CAMPAIGN_TRIALS ?? 6)
const HOUR = 3_600_000
const DAY = 24 * HOUR

/** A clock that can be set, of a machine on which time passes faster than here. */
const settable = (offset: number, passed: () => number) => {
  const base = Clock.make()
  const clock = { offset }
  const millis = () => base.unsafeCurrentTimeMillis() + passed() + clock.offset
  const nanos = () => base.unsafeCurrentTimeNanos() + BigInt(passed()) * 1_000_000n
  const layer = Layer.setClock({
    [Clock.ClockTypeId]: Clock.ClockTypeId,
    unsafeCurrentTimeMillis: millis,
    currentTimeMillis: Effect.sync(millis),
    unsafeCurrentTimeNanos: nanos,
    currentTimeNanos: Effect.sync(nanos),
    sleep: (duration) => base.sleep(duration),
  })
  return { clock, layer }
}

/** Two machines over one folder, each with a clock of its own, and a service whose time goes on by itself. */
const machines = async () => {
  let passed = 0
  const sandbox = await startSandbox({ transfers: 1, now: () => Date.now() + passed, tokenLife: 31_536_000 })
  const disk = new Disk()
  const pods = ends(sandbox)
  // The lock is for the chain of the trail, and they take turns here.
  const storage = FileAuditStorage.layer("/data", {
    fileSystem: disk.fileSystem,
    withLock: (use) => use(Effect.succeed(true)),
  })
  const boot = (offset: number) => {
    const { clock, layer } = settable(offset, () => passed)
    const runtime = ManagedRuntime.make(
      Safeguards.layerStorage({ ...TIMING, service: "sandbox" }).pipe(
        Layer.provideMerge(Layer.fresh(storage)),
        Layer.provideMerge(Layer.orDie(client(sandbox))),
        Layer.orDie,
        Layer.provide(Layer.mergeAll(Logger.remove(Logger.defaultLogger), layer)),
      ),
    )
    return { clock, runtime }
  }
  let running = [boot(0), boot(0)]
  return {
    payments: () => booked(sandbox, pods.source.id).length,
    serviceTime: () => sandbox.now(),
    passes: (time: number) => {
      passed += time
    },
    setClock: (who: number, offset: number) => {
      const machine = running[who]
      if (machine !== undefined) machine.clock.offset = offset
    },
    restart: async (who: number, offset: number) => {
      await running[who]?.runtime.dispose()
      running = running.with(who, boot(offset))
    },
    /** Pays under a key; whether it was paid now, or had been. */
    pay: (who: number, key: string) =>
      running[who]?.runtime.runPromise(
        Effect.gen(function* () {
          const guarded = yield* GuardedTransfers.GuardedTransfers
          const holder = yield* guarded.byKey(key)
          if (holder !== undefined) return "held"
          const request = { ...pods, amountCents: 100 }
          yield* guarded.transfer(request, { idempotency: { key, body: "" } })
          return "paid"
        }),
      ),
    close: async () => {
      await Promise.all(running.map(({ runtime }) => runtime.dispose()))
      await sandbox.close()
    },
  }
}

const who = fc.integer({ min: 0, max: 1 })
const offset = fc.integer({ min: -60, max: 60 }).map((hours) => hours * HOUR)
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant("pay" as const), who }) },
  fc.record({ do: fc.constant("setClock" as const), who, offset }),
  fc.record({ do: fc.constant("restart" as const), who, offset }),
  fc.record({ do: fc.constant("passes" as const), hours: fc.constantFrom(1, 11, 25) }),
)

describe("an idempotency key", () => {
  it(
    "is held for a day of the service's time whatever the clocks say, and free once that is known to be over",
    () =>
      fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 12 }), async (steps) => {
          const world = await machines()
          try {
            let payments = 0
            let last = Number.NEGATIVE_INFINITY
            for (const one of [{ do: "pay", who: 0 } as const, ...steps, { do: "pay", who: 1 } as const]) {
              if (one.do === "setClock") world.setClock(one.who, one.offset)
              else if (one.do === "restart") await world.restart(one.who, one.offset)
              else if (one.do === "passes") world.passes(one.hours * HOUR)
              else {
                const isFree = world.serviceTime() - last >= DAY
                const told = await world.pay(one.who, "rent")
                if (!isFree) expect(told).toBe("held")
                else if (told === "held") {
                  // A clock that was set back may hold it longer, until the service has told the time again.
                  expect(await world.pay(one.who, `other ${payments}`)).toBe("paid")
                  expect(await world.pay(one.who, "rent")).toBe("paid")
                  payments += 1
                } else expect(told).toBe("paid")
                if (isFree) {
                  payments += 1
                  last = world.serviceTime()
                }
                expect(world.payments()).toBe(payments)
              }
            }
          } finally {
            await world.close()
          }
        }),
        { numRuns: RUNS },
      ),
    30_000 + RUNS * 5_000,
  )

  it("is held after a restart with the clock 25 hours ahead, within seconds of the payment", async () => {
    const world = await machines()
    expect(await world.pay(0, "rent")).toBe("paid")
    await world.restart(0, 25 * HOUR)
    expect(await world.pay(0, "rent")).toBe("held")
    expect(world.payments()).toBe(1)
    await world.close()
  })
})
