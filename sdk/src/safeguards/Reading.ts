/** Complete reads of the activity, for telling what became of a transfer. */
import * as Effect from "effect/Effect"
import { Activity, type WireActivityPage } from "../client/Activity.js"
import { isMadeByRule, toTransfer } from "../client/Wire.js"
import { UnexpectedResponseError } from "../Errors.js"
import type { Seen } from "./Matching.js"
import { ServiceTime } from "./ServiceTime.js"

/** What stands in the activity since some moment. */
export interface Reading {
  readonly seen: ReadonlyArray<Seen>
  /** The service's time at the end of it. */
  readonly serviceTime: number
}

const PAGE = 100

const toSeen = ({ node }: WireActivityPage["edges"][number]): Seen => {
  const { id, source, destination, amountCents, createdAt, status } = toTransfer(node)
  return {
    id,
    identity: JSON.stringify([
      source?.type ?? null,
      source?.id ?? null,
      destination?.type ?? null,
      destination?.id ?? null,
      amountCents,
    ]),
    createdAt: createdAt?.getTime(),
    status: status ?? undefined,
    isMadeByRule: isMadeByRule(node),
  }
}

const stuck = () =>
  new UnexpectedResponseError("The activity goes on, but the service gives no way on", {
    operation: "ActivityLogV2Transfers",
    path: "organization.transferReferences.pageInfo.endCursor",
  })

/** Makes a function that reads everything since some moment of the service's time, newest first, of one organization. */
export const make = Effect.gen(function* () {
  const activity = yield* Activity
  const serviceTime = yield* ServiceTime
  return (organizationId: string, since: number, timeout: number) =>
    Effect.gen(function* () {
      const seen = new Map<string, Seen>()
      let after = ""
      while (true) {
        const { page, date } = yield* activity.freshPage(organizationId, { first: PAGE, after }, { timeout })
        yield* serviceTime.note(date)
        const entries = page.edges.map(toSeen)
        for (const entry of entries) seen.set(entry.id, entry)
        const isPast = entries.some(({ createdAt }) => createdAt !== undefined && createdAt < since)
        if (isPast || !page.pageInfo.hasNextPage) break
        const next = page.pageInfo.endCursor ?? ""
        if (next === "" || next === after) return yield* Effect.fail(stuck())
        after = next
      }
      return { seen: [...seen.values()], serviceTime: yield* serviceTime.guess } satisfies Reading
    })
})
