/** Complete reads of what the Platform API pages by number, and what reads have in common. */
import * as Effect from "effect/Effect"
import { NotFoundError, UnexpectedResponseError } from "../Errors.js"
import type { Decoded, Decoder } from "../internal/Decode.js"
import type { RequestError } from "../transport/GraphQL.js"
import type { Get, Read } from "./PlatformHttp.js"
import { pageOf, WireAccountSummary } from "./Wire.js"

const PAGE = 100

/** Account in a list. */
export type AccountSummary = Decoded<typeof WireAccountSummary>

/** Fails for a list that the service does not know at all. */
export const present = <A>(
  operation: string,
  data: A | undefined,
): Effect.Effect<A, UnexpectedResponseError> =>
  data === undefined
    ? Effect.fail(
        new UnexpectedResponseError(`The service does not know what ${operation} is about`, {
          operation,
          status: 404,
        }),
      )
    : Effect.succeed(data)

/** Reads all pages of a list, and drops what comes twice. */
export const readAll = <A extends { readonly id: string }, Input>(
  get: Get,
  read: Omit<Read<unknown>, "decode">,
  item: Decoder<A, Input>,
): Effect.Effect<ReadonlyArray<A>, RequestError> =>
  Effect.gen(function* () {
    const found = new Map<string, A>()
    const decode = pageOf(item)
    for (let page = 1; ; page += 1) {
      const paging = [
        ["page", String(page)],
        ["pageSize", String(PAGE)],
      ] as const
      const data = yield* get({ ...read, query: [...(read.query ?? []), ...paging], decode })
      const { items, hasNextPage } = yield* present(read.operation, data)
      for (const one of items) found.set(one.id, one)
      if (items.length === 0 || !(hasNextPage ?? items.length === PAGE)) return [...found.values()]
    }
  })

/** Lists accounts of one type or of all, without balances. */
export const readAccounts = (get: Get, query: Read<unknown>["query"] = []) =>
  readAll(
    get,
    { operation: "listAccounts", scope: "READ_ACCOUNTS", path: "/accounts", query },
    WireAccountSummary,
  )

/** Fails for an organization that is not the client's: a key belongs to exactly one. */
export const checkOrganization = (
  asked: string | undefined,
  own: string,
  operation: string,
): Effect.Effect<void, NotFoundError> =>
  asked === undefined || asked === own
    ? Effect.void
    : Effect.fail(
        new NotFoundError("An API key belongs to one organization, and this is not known to be its own", {
          kind: "organization",
          key: asked,
          operation,
        }),
      )
