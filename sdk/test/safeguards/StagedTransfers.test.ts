import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import * as Layer from "effect/Layer"
import { type Sandbox, startSandbox } from "tsequence-sandbox"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { inMemory, makeMemory } from "../../src/audit/AuditStorage.js"
import { AuditStorage, StagedTransfers } from "../../src/safeguards.js"
import { booked, ends, start, startOver } from "./world.js"

let sandbox: Sandbox
let pods: ReturnType<typeof ends>
let bot: ReturnType<typeof start>
const open = (options: Parameters<typeof start>[2] = {}) => {
  bot = start(sandbox, false, { style: "bot", ...options })
}
beforeEach(async () => {
  sandbox = await startSandbox()
  pods = ends(sandbox)
})
afterEach(async () => {
  await bot.dispose()
  await sandbox.close()
})

const ANNA = { userId: 1, userName: "Anna", chatId: 7 }

const use = <A, E>(run: (staged: StagedTransfers.Service) => Effect.Effect<A, E>) =>
  bot.runPromise(Effect.flatMap(StagedTransfers.StagedTransfers, run))
const stage = (amountCents = 5_000, by = ANNA) =>
  use((staged) => staged.stage({ source: "Source", destination: "Destination", amountCents }, by))
const entries = () => bot.runPromise(Effect.flatMap(AuditStorage.AuditStorage, (storage) => storage.entries))
const events = async () => (await entries()).map(({ event_type }) => event_type)

describe("StagedTransfers", () => {
  it("makes one payment of a hundred confirmations, as staged, and writes names", async () => {
    open()
    const { id } = await stage()
    const receipts = await Promise.all(
      Array.from({ length: 100 }, () => use((staged) => staged.confirm(id, ANNA))),
    )
    expect(new Set(receipts.map((receipt) => receipt.id)).size).toBe(1)
    expect(booked(sandbox, pods.source.id)).toHaveLength(1)
    expect(await entries()).toMatchObject([
      {
        event_type: "transfer_staged",
        user_id: 1,
        user_name: "Anna",
        source: "Source",
        destination: "Destination",
      },
      { event_type: "transfer_requested", user_id: 1, limit_key: "1", chat_id: 7 },
      { event_type: "transfer_confirmed", user_id: 1, source: "Source", transfer_id: receipts[0]?.id },
    ])
  })

  it("lets nobody else confirm or cancel, nor the same one elsewhere", async () => {
    open()
    const { id } = await stage()
    for (const by of [
      { ...ANNA, userId: 2 },
      { ...ANNA, chatId: 8 },
    ]) {
      const confirmed = use((staged) => Effect.flip(staged.confirm(id, by)))
      expect(await confirmed).toMatchObject({ _tag: "TransferRejectedError" })
      expect(await use((staged) => Effect.flip(staged.cancel(id, by)))).toMatchObject({
        _tag: "TransferRejectedError",
      })
    }
    expect(booked(sandbox, pods.source.id)).toEqual([])
  })

  it("makes nothing of what was cancelled", async () => {
    open()
    const { id } = await stage()
    await use((staged) => staged.cancel(id, ANNA))
    expect(await use((staged) => Effect.flip(staged.confirm(id, ANNA)))).toMatchObject({
      _tag: "NotFoundError",
    })
    expect(await events()).toEqual(["transfer_staged", "transfer_cancelled"])
  })

  it("lets time run out by itself, and says so", async () => {
    open({ confirmationTimeout: 30 })
    const expired = bot.runPromise(
      Effect.scoped(
        Effect.gen(function* () {
          const staged = yield* StagedTransfers.StagedTransfers
          const queue = yield* staged.expired
          const made = yield* staged.stage(
            { source: "Source", destination: "Destination", amountCents: 1 },
            ANNA,
          )
          return [made.id, (yield* queue.take).id]
        }),
      ),
    )
    const [made, gone] = await expired
    expect(gone).toBe(made)
    expect(await use((staged) => Effect.flip(staged.confirm(gone ?? "", ANNA)))).toMatchObject({
      _tag: "NotFoundError",
    })
    expect(await events()).toEqual(["transfer_staged", "transfer_expired"])
  })

  it("counts what is staged, and checks the limits once more", async () => {
    open({ maxDailyTransferCents: 10_000, maxTransferCents: 9_000 })
    const { id } = await stage(6_000)
    await expect(stage(5_000)).rejects.toMatchObject({
      message: expect.stringContaining("$40.00 left of the daily limit"),
    })
    await expect(stage(9_500)).rejects.toMatchObject({
      message: expect.stringContaining("over the limit of $90.00"),
    })
    await stage(5_000, { ...ANNA, userId: 2 })
    await use((staged) => staged.confirm(id, ANNA))
    expect(booked(sandbox, pods.source.id)).toHaveLength(1)
  })

  it("forgets in time what was staged for a caller who left while it was noted", async () => {
    const memory = inMemory(makeMemory(), "America/New_York")
    const [noting, noted] = [Deferred.unsafeMake<void>(FiberId.none), Deferred.unsafeMake<void>(FiberId.none)]
    const slow: AuditStorage.Service = {
      ...memory,
      append: (drafts, options) =>
        Effect.zipRight(
          options.durable
            ? Effect.void
            : Effect.zipRight(Deferred.succeed(noting, undefined), Deferred.await(noted)),
          memory.append(drafts, options),
        ),
    }
    bot = startOver(sandbox, Layer.succeed(AuditStorage.AuditStorage, slow), {
      style: "bot",
      confirmationTimeout: 1,
      maxDailyTransferCents: 10_000,
      maxTransferCents: 10_000,
    })
    const request = { source: "Source", destination: "Destination", amountCents: 10_000 }
    const gone = await bot.runPromise(
      Effect.scoped(
        Effect.gen(function* () {
          const staged = yield* StagedTransfers.StagedTransfers
          const expired = yield* staged.expired
          const caller = yield* Effect.fork(staged.stage(request, ANNA))
          yield* Deferred.await(noting)
          const leaving = yield* Effect.fork(Fiber.interrupt(caller))
          yield* Deferred.succeed(noted, undefined)
          yield* Fiber.join(leaving)
          const { id } = yield* expired.take
          return yield* staged.get(id)
        }).pipe(Effect.timeout("5 seconds")),
      ),
    )
    expect(gone).toBeUndefined()
  })
})
