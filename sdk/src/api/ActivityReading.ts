/** Complete reads of the activity, for telling what became of a transfer. */
import * as Effect from "effect/Effect"
import { UnexpectedResponseError } from "../Errors.js"
import type { TransferOnWire } from "../webapp/Wire.js"
import type * as Activity from "./Activity.js"

const PAGE = 100

const stuck = () =>
  new UnexpectedResponseError("The activity goes on, but the service gives no way on", {
    operation: "ActivityLogV2Transfers",
    path: "organization.transferReferences.pageInfo.endCursor",
  })

/**
 * Reads everything of one organization since some moment, newest first, in requests that are shared with no other
 * caller. Fails rather than end early.
 *
 * @param onPage - takes the service's time of each page, and tells since when to read, in the service's time
 * @param timeout - milliseconds that each page may take
 */
export const readSince = (
  { readFreshPage: freshPage }: Pick<Activity.Service, "readFreshPage">,
  organizationId: string,
  onPage: (date: number | undefined) => Effect.Effect<number>,
  timeout: number,
) =>
  Effect.gen(function* () {
    const read = new Map<string, TransferOnWire>()
    let after = ""
    while (true) {
      const { page, date } = yield* freshPage(organizationId, { first: PAGE, after }, { timeout })
      const since = yield* onPage(date)
      for (const { node } of page.edges) read.set(node.id, node)
      const isPast = page.edges.some(
        ({ node }) => node.createdAt !== null && node.createdAt.getTime() < since,
      )
      if (isPast || !page.pageInfo.hasNextPage) return [...read.values()]
      const next = page.pageInfo.endCursor ?? ""
      if (next === "" || next === after) return yield* Effect.fail(stuck())
      after = next
    }
  })
