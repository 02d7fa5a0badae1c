/** The activity: all movements of money, newest first, by the page or one after another. */

import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { problemsWithFilter } from "../config/filter.js"
import type { Keys } from "../config/OptionKeys.js"
import { ConfigError, NotFoundError, UnexpectedResponseError } from "../Errors.js"
import {
  ActivityLogV2TransfersDocument,
  ActivitySummaryDocument,
  TransferReferenceDrawerContentV2Document,
} from "../generated/operations.js"
import {
  array,
  boolean,
  type Decoded,
  integer,
  nullable,
  nullish,
  string,
  struct,
} from "../internal/Decode.js"
import type {
  ActivityFilter,
  ActivityPage,
  ActivitySummary,
  Transfer,
  TransferDetail,
  TransferDetails,
} from "../model/Transfer.js"
import { type CallOptions, GraphQL, type RequestError } from "../transport/GraphQL.js"
import { decoder, Money } from "../webapp/Decode.js"
import { operationOf } from "../webapp/Operation.js"
import {
  type TransferOnWire,
  toPaymentStep,
  toTransfer,
  WireActivityTransfer,
  WirePaymentStep,
  WireTransfer,
} from "../webapp/Wire.js"
import * as CallKeys from "./CallKeys.js"
import { Organizations } from "./Organizations.js"
import type { OrganizationOptions } from "./Pods.js"

export type { EndpointOnWire, TransferOnWire } from "../webapp/Wire.js"

const pageOperation = operationOf(ActivityLogV2TransfersDocument)

const WirePage = struct({
  pageInfo: struct({ endCursor: nullish(string), hasNextPage: boolean }),
  edges: array(struct({ node: WireActivityTransfer })),
})

/** A page as the service sends it. */
export interface WireActivityPage {
  readonly pageInfo: { readonly endCursor: string | null; readonly hasNextPage: boolean }
  readonly edges: ReadonlyArray<{ readonly node: TransferOnWire }>
}

const decodePage = decoder(
  pageOperation,
  struct({ organization: nullable(struct({ transferReferences: WirePage })) }),
)

const summaryOperation = operationOf(ActivitySummaryDocument)

const decodeSummary = decoder(
  summaryOperation,
  struct({
    activitySummary: struct({
      transferReferencesCount: integer,
      ruleExecutionsCount: integer,
      totalIncomingFundsInCents: Money,
    }),
  }),
)

const detailOperation = operationOf(TransferReferenceDrawerContentV2Document)

const WireDetails = struct({
  __typename: string,
  status: nullish(WirePaymentStep),
  pullPaymentStatus: nullish(WirePaymentStep),
  pushPaymentStatus: nullish(WirePaymentStep),
  reversalPaymentStatus: nullish(WirePaymentStep),
})

const WireTransferDetail = struct({
  ...WireTransfer.fields,
  details: nullish(WireDetails),
  ruleDetails: nullish(struct({ triggerType: nullish(string), triggerCron: nullish(string) })),
})

const decodeDetail = decoder(
  detailOperation,
  struct({
    organization: nullable(struct({ transferReference: nullable(WireTransferDetail) })),
  }),
)

const toDetails = (wire: Decoded<typeof WireDetails>): TransferDetails => {
  if (wire.__typename === "SimpleTransferDetails")
    return { type: "simple", payment: toPaymentStep(wire.status) }
  if (wire.__typename === "CompoundTransferDetails") {
    return {
      type: "compound",
      pull: toPaymentStep(wire.pullPaymentStatus),
      push: toPaymentStep(wire.pushPaymentStatus),
      reversal: toPaymentStep(wire.reversalPaymentStatus),
    }
  }
  return { type: "unknown", typename: wire.__typename }
}

/** Options of a page of the activity. */
export interface ActivityOptions extends ActivityFilter, CallOptions {
  /** Number of transfers, from 1 to 100. @default 10 */
  readonly first?: number | undefined
  /** The `endCursor` of the page before; empty for the first. @default "" */
  readonly after?: string | undefined
}

/** Options of a walk through the whole activity. */
export interface ActivityWalkOptions extends ActivityFilter, CallOptions {
  /** Number of transfers to read at once, from 1 to 100. @default 50 */
  readonly pageSize?: number | undefined
}

/**
 * Keys of {@link ActivityOptions}.
 *
 * @internal
 */
export const OPTIONS: Keys<ActivityOptions> = { ...CallKeys.FILTER, first: true, after: true }

/**
 * The keys of {@link ActivityWalkOptions}.
 *
 * @internal
 */
export const WALK: Keys<ActivityWalkOptions> = { ...CallKeys.FILTER, pageSize: true }

/** Position of a walk through the activity. Begin a walk with {@link firstPage}. */
export interface ActivityCursor {
  readonly after: string
  // Both grow while the walk goes on, so that a long one costs no more by the page than a short one.
  /** Ids of the transfers that were read. */
  readonly seen: Set<string>
  /** Cursors that were followed. */
  readonly followed: Set<string>
}

/** Begins a walk. */
export const firstPage = (): ActivityCursor => ({ after: "", seen: new Set(), followed: new Set() })

/**
 * Operations that read the activity.
 *
 * @category services
 */
export interface Service {
  /** Reads one page, newest first. Fails with `NotFoundError` if there is no such organization. */
  readonly getActivity: (
    options?: ActivityOptions,
  ) => Effect.Effect<ActivityPage, RequestError | NotFoundError>
  /**
   * Reads the next page of a walk: the transfers that no page before had, and the position after it, `undefined` at the
   * end. Fails if there is a next page but the service gives no new cursor for it.
   */
  readonly nextPage: (
    cursor: ActivityCursor,
    options?: ActivityWalkOptions,
  ) => Effect.Effect<
    readonly [ReadonlyArray<Transfer>, ActivityCursor | undefined],
    RequestError | NotFoundError
  >
  /**
   * Reads a page as the service sends it, in a request that is shared with no other caller.
   *
   * @returns the page and the service's time when it answered
   */
  readonly readFreshPage: (
    organizationId: string,
    page: { readonly first: number; readonly after: string },
    options?: CallOptions,
  ) => Effect.Effect<
    { readonly page: WireActivityPage; readonly date: number | undefined },
    RequestError | NotFoundError
  >
  /** Reads everything about one transfer. */
  readonly getTransferDetail: (
    transferId: string,
    options?: OrganizationOptions,
  ) => Effect.Effect<TransferDetail, RequestError | NotFoundError>
  /** Reads this month's counts and incoming money over all organizations. */
  readonly getActivitySummary: (options?: CallOptions) => Effect.Effect<ActivitySummary, RequestError>
}

/**
 * Reads the activity.
 *
 * @category services
 */
export class Activity extends Context.Tag("tsequence/Activity")<Activity, Service>() {}

/** Makes a {@link Service.nextPage} with the service in context. */
export const nextPage = (cursor: ActivityCursor, options?: ActivityWalkOptions) =>
  Effect.flatMap(Activity, (activity) => activity.nextPage(cursor, options))

const noOrganization = (organizationId: string, operation: string) =>
  new NotFoundError(`There is no organization with the id "${organizationId}"`, {
    kind: "organization",
    key: organizationId,
    operation,
  })

const toFilter = (options: ActivityFilter) => {
  const { statuses, directions, activityTypes, dateStart, dateEnd, hideInternal, name } = options
  const range = { ...(dateStart && { start: dateStart }), ...(dateEnd && { end: dateEnd }) }
  return {
    ...(Object.keys(range).length > 0 && { createdAt: range }),
    ...(statuses && statuses.length > 0 && { statuses }),
    ...(directions && directions.length > 0 && { directions }),
    ...(activityTypes && activityTypes.length > 0 && { activityTypes }),
    ...(hideInternal !== undefined && { hideInternalTransfers: hideInternal }),
    ...(name && { name }),
  }
}

const badPageSize = () => new ConfigError(["A page of the activity holds 1 to 100 transfers"])

const missingCursor = (why: string) =>
  new UnexpectedResponseError(
    `The activity goes on, but the service gives no way on: ${why}. What was read so far is not all there is.`,
    { operation: pageOperation.name, path: "organization.transferReferences.pageInfo.endCursor" },
  )

/**
 * Reads over a way to the service.
 *
 * @category constructors
 */
export const make: Effect.Effect<Service, never, GraphQL | Organizations> = Effect.gen(function* () {
  const graphql = yield* GraphQL
  const organizations = yield* Organizations

  const variables = (organizationId: string, filter: ActivityFilter, first: number, after: string) => ({
    organizationId,
    transferFilter: toFilter(filter),
    after,
    first,
  })

  const readPage = (options: ActivityFilter & CallOptions, first: number, after: string) =>
    Effect.gen(function* () {
      if (!Number.isInteger(first) || first < 1 || first > 100) return yield* Effect.fail(badPageSize())
      const problems = problemsWithFilter(options)
      if (problems.length > 0) {
        return yield* Effect.fail(new ConfigError(problems, { operation: pageOperation.name }))
      }
      const organizationId = yield* organizations.idOf(options.organizationId, options)
      const data = yield* graphql.query(
        pageOperation,
        variables(organizationId, options, first, after),
        options,
      )
      const { organization } = yield* decodePage(data)
      if (organization === null) return yield* Effect.fail(noOrganization(organizationId, pageOperation.name))
      const { edges, pageInfo } = organization.transferReferences
      return {
        transfers: edges.map(({ node }) => toTransfer(node)),
        endCursor: pageInfo.endCursor ?? "",
        hasNextPage: pageInfo.hasNextPage,
      }
    })

  const getActivity: Service["getActivity"] = (given = {}) =>
    Effect.suspend(() => {
      const { first = 10, after = "", ...options } = given
      return Effect.zipRight(CallKeys.check(given, OPTIONS), readPage(options, first, after))
    })

  const nextPage: Service["nextPage"] = (cursor, given = {}) =>
    Effect.gen(function* () {
      yield* CallKeys.check(given, WALK)
      const { pageSize = 50, ...options } = given
      const page = yield* readPage(options, pageSize, cursor.after)
      // New transfers push older ones on to the next page, where they must not be counted twice.
      const fresh = page.transfers.filter(({ id }) => !cursor.seen.has(id))
      if (!page.hasNextPage) return [fresh, undefined] as const
      if (page.endCursor === "") return yield* Effect.fail(missingCursor("it sent no cursor"))
      if (page.endCursor === cursor.after || cursor.followed.has(page.endCursor)) {
        return yield* Effect.fail(missingCursor("it sent a cursor again that was followed before"))
      }
      for (const { id } of fresh) cursor.seen.add(id)
      cursor.followed.add(cursor.after)
      return [fresh, { ...cursor, after: page.endCursor }] as const
    })

  const readFreshPage: Service["readFreshPage"] = (organizationId, { first, after }, options) =>
    Effect.gen(function* () {
      const { data, date, requestId } = yield* graphql.freshQuery(
        pageOperation,
        variables(organizationId, {}, first, after),
        options,
      )
      const { organization } = yield* decodePage(data, requestId)
      if (organization === null) return yield* Effect.fail(noOrganization(organizationId, pageOperation.name))
      return { page: organization.transferReferences, date }
    })

  const getTransferDetail: Service["getTransferDetail"] = (transferId, options = {}) =>
    Effect.gen(function* () {
      yield* CallKeys.check(options, CallKeys.ORGANIZATION)
      const organizationId = yield* organizations.idOf(options.organizationId, options)
      const data = yield* graphql.query(detailOperation, { organizationId, id: transferId }, options)
      const { organization } = yield* decodeDetail(data)
      if (organization === null)
        return yield* Effect.fail(noOrganization(organizationId, detailOperation.name))
      const wire = organization.transferReference
      if (wire === null) {
        return yield* Effect.fail(
          new NotFoundError(`There is no transfer with the id "${transferId}"`, {
            kind: "transfer",
            key: transferId,
            operation: detailOperation.name,
          }),
        )
      }
      return {
        ...toTransfer(wire),
        details: wire.details === null ? null : toDetails(wire.details),
        rule: wire.ruleDetails,
      }
    })

  const getActivitySummary: Service["getActivitySummary"] = (options) =>
    CallKeys.check(options, CallKeys.CALL).pipe(
      Effect.zipRight(graphql.query(summaryOperation, {}, options)),
      Effect.flatMap(decodeSummary),
      Effect.map(({ activitySummary }) => ({
        transferCount: activitySummary.transferReferencesCount,
        ruleExecutions: activitySummary.ruleExecutionsCount,
        totalIncomingCents: activitySummary.totalIncomingFundsInCents,
      })),
    )

  return { getActivity, nextPage, readFreshPage, getTransferDetail, getActivitySummary }
})

/**
 * Reads the activity over the services in context.
 *
 * @category layers
 */
export const layer: Layer.Layer<Activity, never, GraphQL | Organizations> = Layer.effect(Activity, make)
