/** Taking over what processes that died have left behind: their open transfers, and refusals not written down. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { type Attempt, needsClosing } from "./Attempt.js"
import type { Draft } from "./Entry.js"
import * as Misfits from "./Misfits.js"
import { keysOf } from "./Outcome.js"
import { Owners } from "./Owners.js"
import { SafeguardStorage } from "./SafeguardStorage.js"
import { Settings, type Values } from "./Settings.js"

/** What is written about a transfer whose process died; `undefined` where somebody has settled it meanwhile. */
const takeOverLine = (attempt: Attempt, owner: string, settings: Values): Draft | undefined => {
  const { verdict, intent, status } = attempt
  if (verdict._tag !== "Fits") {
    const { transfer, dailyLimitCents, requestId } = intent
    const { message } = Misfits.toError(verdict, transfer.amountCents, dailyLimitCents, requestId)
    return needsClosing(attempt)
      ? { ...keysOf(attempt, settings), event_type: "transfer_rejected", error: message }
      : undefined
  }
  const error = "The process that made it ended before its outcome was recorded."
  return status === "open"
    ? { ...keysOf(attempt, settings), event_type: "transfer_unknown", error, owner }
    : undefined
}

/** Makes an effect that takes over everything that the dead have left. */
export const make = Effect.gen(function* () {
  const storage = yield* SafeguardStorage
  const owners = yield* Owners
  const settings = yield* Settings

  const isLeftBehind = (attempt: Attempt) =>
    Effect.gen(function* () {
      if (attempt.status !== "open" && !needsClosing(attempt)) return false
      if (owners.isOwn(attempt.owner)) return false
      const [liveness, still] = yield* owners.livenessOf(attempt.owner)
      if (liveness !== "dead") return false
      if (needsClosing(attempt)) return true
      // No sooner than its request can have ended; on our own clock where the other's cannot be trusted.
      const wall = yield* Clock.currentTimeMillis
      return (
        wall >= attempt.intent.sendBefore + settings.attemptTimeout ||
        still >= settings.timeout + settings.attemptTimeout
      )
    })

  const takeOver = (left: ReadonlyArray<Attempt>) =>
    Effect.gen(function* () {
      const ids = new Set(left.map(({ intent }) => intent.requestId))
      // Before anything is written: who wakes up now must find that it was declared dead.
      yield* Effect.forEach(new Set(left.map(({ owner }) => owner)), owners.retire, { discard: true })
      const owner = yield* owners.mine
      yield* storage.append(
        ({ ledger }) =>
          ledger
            .unsettled()
            .filter(({ intent }) => ids.has(intent.requestId))
            .flatMap((attempt) => takeOverLine(attempt, owner, settings) ?? []),
        { durable: true },
      )
    })

  return Effect.gen(function* () {
    const { ledger } = yield* storage.read
    const foreign = ledger.unsettled().filter(({ owner }) => !owners.isOwn(owner))
    if (foreign.length === 0) return
    yield* owners.observe
    const left = yield* Effect.filter(foreign, isLeftBehind)
    if (left.length > 0) yield* takeOver(left)
  })
})
