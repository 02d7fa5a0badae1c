/** The activity over the Platform API. */
import * as Effect from "effect/Effect"
import * as Activity from "../api/Activity.js"
import * as CallKeys from "../api/CallKeys.js"
import { problemsWithFilter } from "../config/filter.js"
import { ConfigError, NotFoundError, UnexpectedResponseError } from "../Errors.js"
import type { Decoded } from "../internal/Decode.js"
import type { ActivityFilter, Transfer } from "../model/Transfer.js"
import { checkOrganization, present, readAccounts, readAll } from "./lists.js"
import { toTransfer, toTransferDetail } from "./Mapping.js"
import { type Get, PlatformHttp } from "./PlatformHttp.js"
import { advance, readCursor, START, type TimeCursor, writeCursor } from "./TimeCursor.js"
import { pageOf, WireExecution, WireRuleSummary, WireTransfer } from "./Wire.js"

type TransferWire = Decoded<typeof WireTransfer>

const OPERATION = "listTransfers"
const DAY = 86_400_000
const MOST_ACCOUNTS = 100
/** Pages that are read to fill one page of what a filter keeps. */
const MOST_PAGES = 10

const dayFormat = new Intl.DateTimeFormat("en-CA", {
  timeZone: "America/New_York",
  year: "numeric",
  month: "2-digit",
  day: "2-digit",
})

const dayOf = (moment: Date): string => dayFormat.format(moment)

const oneOf = (words: ReadonlyArray<string> | undefined, word: string | null): boolean =>
  words === undefined || words.length === 0 || (word !== null && words.includes(word))

/** Tells if a filter keeps a transfer. The service takes one value of a filter at most, so this is decided here. */
const keeps = (filter: ActivityFilter, transfer: Transfer): boolean => {
  const { dateStart, dateEnd, hideInternal, name } = filter
  const day = transfer.createdAt === null ? "" : dayOf(transfer.createdAt)
  const wanted = name?.toLowerCase() ?? ""
  const names = [transfer.source?.name ?? "", transfer.destination?.name ?? ""]
  return (
    oneOf(filter.statuses, transfer.status) &&
    oneOf(filter.directions, transfer.direction) &&
    oneOf(filter.activityTypes, transfer.activityType) &&
    (!dateStart || day >= dateStart) &&
    (!dateEnd || day <= dateEnd) &&
    !(hideInternal === true && transfer.direction === "INTERNAL") &&
    (wanted === "" || names.some((one) => one.toLowerCase().includes(wanted)))
  )
}

/** Gives the moments that certainly hold the calendar days of a filter, whatever the zone. */
const periodOf = ({ dateStart, dateEnd }: ActivityFilter) => ({
  from: dateStart ? Date.parse(`${dateStart}T00:00:00Z`) - DAY : undefined,
  to: dateEnd ? Date.parse(`${dateEnd}T00:00:00Z`) + 2 * DAY : undefined,
})

const instant = (name: string, moment: number | undefined) =>
  moment === undefined ? [] : [[name, new Date(moment).toISOString()] as const]

const badPageSize = () => new ConfigError(["A page of the activity holds 1 to 100 transfers"])
const badCursor = () => new ConfigError(["The cursor in `after` is not one of this client's pages"])

const tooMany = (count: number) =>
  new ConfigError([
    `The activity of ${count} accounts cannot be read with an API key yet: at most ${MOST_ACCOUNTS}`,
  ])

const stuck = () =>
  new UnexpectedResponseError(
    "The activity goes on, but the service gives no way on. What was read so far is not all there is.",
    { operation: OPERATION, path: "data.items" },
  )

/** Reads the ids of all accounts, deleted ones included: every transfer has one of them at one end. */
const readAccountIds = (get: Get) =>
  Effect.gen(function* () {
    const all = yield* readAccounts(get, [["state", "ALL"]])
    const ids = all.map(({ id }) => id)
    return ids.length > MOST_ACCOUNTS ? yield* Effect.fail(tooMany(ids.length)) : ids
  })

interface PageRequest {
  readonly accountIds: ReadonlyArray<string>
  readonly from: number | undefined
  readonly pageSize: number
}

const readPage = (get: Get, { accountIds, from, pageSize }: PageRequest, { to, page }: TimeCursor) =>
  Effect.gen(function* () {
    const data = yield* get({
      operation: OPERATION,
      scope: "READ_TRANSFERS",
      path: "/transfers",
      query: [
        ...accountIds.map((id) => ["accountIds[]", id] as const),
        ...instant("from", from),
        ...instant("to", to),
        ["page", String(page)],
        ["pageSize", String(pageSize)],
      ],
      decode: pageOf(WireTransfer),
    })
    const { items, hasNextPage } = yield* present(OPERATION, data)
    const goesOn = hasNextPage ?? items.length === pageSize
    if (goesOn && items.length === 0) return yield* Effect.fail(stuck())
    return { items, goesOn }
  })

const isLive = ({ executionMode }: TransferWire): boolean => executionMode !== "SIMULATION"

interface FilledPage {
  readonly transfers: ReadonlyArray<Transfer>
  readonly next: TimeCursor
  readonly goesOn: boolean
}

/** Reads pages until there is something that the filter keeps. A page may be shorter than asked for. */
const readFilled = (
  get: Get,
  accountIds: ReadonlyArray<string>,
  filter: ActivityFilter,
  pageSize: number,
  start: TimeCursor,
) =>
  Effect.gen(function* () {
    const { from, to } = periodOf(filter)
    let cursor: TimeCursor = { ...start, to: start.to ?? to }
    if (accountIds.length === 0) return { transfers: [], next: cursor, goesOn: false }
    for (let pages = 1; ; pages += 1) {
      const { items, goesOn } = yield* readPage(get, { accountIds, from, pageSize }, cursor)
      const { fresh, next } = advance(cursor, items)
      const transfers = fresh
        .filter(isLive)
        .map(toTransfer)
        .filter((one) => keeps(filter, one))
      const filled: FilledPage = { transfers, next, goesOn }
      if (transfers.length > 0 || !goesOn || pages === MOST_PAGES) return filled
      cursor = next
    }
  })

const monthStart = (): string => `${dayOf(new Date()).slice(0, 8)}01`

const readSummary = (get: Get) =>
  Effect.gen(function* () {
    const filter = { dateStart: monthStart() }
    const accountIds = yield* readAccountIds(get)
    const transfers: Array<Transfer> = []
    let cursor = readCursor("")
    while (cursor !== undefined) {
      const page: FilledPage = yield* readFilled(get, accountIds, filter, 100, cursor)
      transfers.push(...page.transfers)
      cursor = page.goesOn ? page.next : undefined
    }
    const rules = yield* readAll(
      get,
      { operation: "listRules", scope: "READ_RULES", path: "/rules" },
      WireRuleSummary,
    )
    const from = new Date(Date.parse(`${filter.dateStart}T05:00:00Z`)).toISOString()
    const executions = yield* Effect.forEach(
      rules.filter(({ isSupported }) => isSupported !== false),
      ({ id }) =>
        readAll(
          get,
          {
            operation: "listRuleExecutions",
            scope: "READ_RULES",
            path: `/rules/${encodeURIComponent(id)}/executions`,
            query: [["from", from]],
          },
          WireExecution,
        ),
    )
    const incoming = transfers.filter((one) => one.direction === "INCOMING" && one.status !== "FAILED")
    return {
      transferCount: transfers.length,
      ruleExecutions: executions.flat().length,
      totalIncomingCents: incoming.reduce((sum, { amountCents }) => sum + amountCents, 0),
    }
  })

const readDetail = (get: Get, id: string) =>
  Effect.gen(function* () {
    const wire = yield* get({
      operation: "getTransfer",
      scope: "READ_TRANSFERS",
      path: `/transfers/${encodeURIComponent(id)}`,
      decode: WireTransfer,
    })
    if (wire !== undefined && isLive(wire)) return toTransferDetail(wire)
    return yield* Effect.fail(
      new NotFoundError(`There is no transfer with the id "${id}"`, {
        kind: "transfer",
        key: id,
        operation: "getTransfer",
      }),
    )
  })

const checkPage = (filter: ActivityFilter, first: number, organizationId: string) =>
  Effect.gen(function* () {
    if (!Number.isInteger(first) || first < 1 || first > 100) return yield* Effect.fail(badPageSize())
    const problems = problemsWithFilter(filter)
    if (problems.length > 0) return yield* Effect.fail(new ConfigError(problems, { operation: OPERATION }))
    return yield* checkOrganization(filter.organizationId, organizationId, OPERATION)
  })

/** Makes the service of the activity. */
export const make = (organizationId: string): Effect.Effect<Activity.Service, never, PlatformHttp> =>
  Effect.map(PlatformHttp, ({ call }) => {
    let known: ReadonlyArray<string> | undefined
    /** Reads the ids at the start of a list, and again only if another process began it. */
    const accountIdsAt = (get: Get, cursor: TimeCursor) =>
      known !== undefined && cursor !== START
        ? Effect.succeed(known)
        : Effect.tap(readAccountIds(get), (ids) => {
            known = ids
          })

    const read = (options: Activity.ActivityOptions, first: number, after: string) =>
      Effect.gen(function* () {
        yield* checkPage(options, first, organizationId)
        const cursor = readCursor(after)
        if (cursor === undefined) return yield* Effect.fail(badCursor())
        return yield* call("getActivity", options, (get) =>
          Effect.flatMap(accountIdsAt(get, cursor), (ids) => readFilled(get, ids, options, first, cursor)),
        )
      })

    return {
      getActivity: (options = {}) =>
        Effect.zipRight(
          CallKeys.check(options, Activity.OPTIONS),
          Effect.map(
            read(options, options.first ?? 10, options.after ?? ""),
            ({ transfers, next, goesOn }) => ({
              transfers,
              endCursor: goesOn ? writeCursor(next) : "",
              hasNextPage: goesOn,
            }),
          ),
        ),
      nextPage: (cursor, options = {}) =>
        Effect.zipRight(
          CallKeys.check(options, Activity.WALK),
          Effect.map(
            read(options, options.pageSize ?? 50, cursor.after),
            ({ transfers, next, goesOn }) =>
              [transfers, goesOn ? { ...cursor, after: writeCursor(next) } : undefined] as const,
          ),
        ),
      readFreshPage: () =>
        Effect.fail(
          new ConfigError(["Transfers are not reconciled with an API key yet: that needs a login"]),
        ),
      getTransferDetail: (transferId, options = {}) =>
        CallKeys.check(options, CallKeys.ORGANIZATION).pipe(
          Effect.zipRight(checkOrganization(options.organizationId, organizationId, "getTransfer")),
          Effect.zipRight(call("getTransferDetail", options, (get) => readDetail(get, transferId))),
        ),
      getActivitySummary: (options) =>
        Effect.zipRight(
          CallKeys.check(options, CallKeys.CALL),
          call("getActivitySummary", options, readSummary),
        ),
    }
  })
