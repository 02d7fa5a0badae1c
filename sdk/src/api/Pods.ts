/** Pods and their balances. */

import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { AmbiguousNameError, NotFoundError, UnexpectedResponseError } from "../Errors.js"
import { PodDrawerContentDocument } from "../generated/operations.js"
import { array, type Decoded, nullable, nullish, string, struct } from "../internal/Decode.js"
import * as Names from "../internal/Names.js"
import { maskAccountNumbers } from "../model/Common.js"
import type { Pod, PodDetail, TotalBalance } from "../model/Pod.js"
import { type CallOptions, GraphQL, type RequestError } from "../transport/GraphQL.js"
import { decoder, Instant, listOf } from "../webapp/Decode.js"
import { operationOf } from "../webapp/Operation.js"
import {
  toDebitCard,
  toLiability,
  toPod,
  toTransfer,
  WireCard,
  WireLiability,
  WireLimits,
  WireLinkedAccount,
  WirePod,
  WireTransfer,
} from "../webapp/Wire.js"
import * as CallKeys from "./CallKeys.js"
import { Organizations } from "./Organizations.js"

const operation = operationOf(PodDrawerContentDocument)

const WirePodDetail = struct({
  ...WirePod.fields,
  beneficiaryName: nullish(string),
  bankAccountNumber: nullish(string),
  routingNumber: nullish(string),
  createdAt: nullish(Instant),
  limits: nullish(WireLimits),
  linkedAccount: nullish(WireLinkedAccount),
  liabilityMetadata: nullish(WireLiability),
  debitCards: listOf(WireCard),
  transferReferences: nullish(struct({ edges: array(struct({ node: WireTransfer })) })),
})

const decode = decoder(
  operation,
  struct({ organization: nullable(struct({ pod: nullable(WirePodDetail) })) }),
)

const toPodDetail = (wire: Decoded<typeof WirePodDetail>, organizationId: string): PodDetail =>
  maskAccountNumbers({
    ...toPod(wire, organizationId),
    beneficiaryName: wire.beneficiaryName,
    bankAccountNumber: wire.bankAccountNumber,
    routingNumber: wire.routingNumber,
    createdAt: wire.createdAt,
    limits:
      wire.limits === null
        ? null
        : {
            dailyCents: wire.limits.dailyCreditLimit,
            remainingDailyCents: wire.limits.remainingDailyCreditLimit,
            remainingMonthlyCents: wire.limits.remainingMonthlyCreditLimit,
          },
    linkedAccount: wire.linkedAccount,
    liability: wire.liabilityMetadata === null ? null : toLiability(wire.liabilityMetadata),
    debitCards: wire.debitCards.map(toDebitCard),
    recentTransfers: wire.transferReferences?.edges.map(({ node }) => toTransfer(node)) ?? [],
  })

/** Options of calls that concern one organization. */
export interface OrganizationOptions extends CallOptions {
  /** Default: the client's organization. */
  readonly organizationId?: string | undefined
}

/**
 * Operations that read pods.
 *
 * @category services
 */
export interface Service {
  /** Reads the pods of all organizations of the user. */
  readonly getPods: (options?: CallOptions) => Effect.Effect<ReadonlyArray<Pod>, RequestError>
  /** Adds up all pods. Fails with `UnexpectedResponseError` if the balance of one is not known. */
  readonly getTotalBalance: (options?: CallOptions) => Effect.Effect<TotalBalance, RequestError>
  /**
   * Finds a pod by its name, without regard to case: the one that is called exactly that, else the only one
   * that contains it, else `undefined`. Fails with `AmbiguousNameError` if several are called that.
   */
  readonly getPodBalance: (
    name: string,
    options?: CallOptions,
  ) => Effect.Effect<Pod | undefined, RequestError | AmbiguousNameError>
  /** Reads everything about one pod. */
  readonly getPodDetail: (
    podId: string,
    options?: OrganizationOptions,
  ) => Effect.Effect<PodDetail, RequestError | NotFoundError>
}

/**
 * Reads pods.
 *
 * @category services
 */
export class Pods extends Context.Tag("tsequence/Pods")<Pods, Service>() {}

const addUp = (pods: ReadonlyArray<Pod>): Effect.Effect<TotalBalance, UnexpectedResponseError> => {
  let totalCents = 0
  for (const pod of pods) {
    if (pod.balanceCents === null) {
      return Effect.fail(
        new UnexpectedResponseError(
          `The total is not known: the service does not say what is in the pod "${pod.name}" (${pod.id})`,
          { operation: "SelectSourceAndDestination" },
        ),
      )
    }
    totalCents += pod.balanceCents
  }
  return Effect.succeed({ totalCents, podCount: pods.length })
}

/**
 * Reads over a way to the service.
 *
 * @category constructors
 */
export const make: Effect.Effect<Service, never, GraphQL | Organizations> = Effect.gen(function* () {
  const graphql = yield* GraphQL
  const organizations = yield* Organizations

  const getPods: Service["getPods"] = (options) =>
    Effect.zipRight(CallKeys.check(options, CallKeys.CALL), organizations.pods(options))

  const getTotalBalance: Service["getTotalBalance"] = (options) => Effect.flatMap(getPods(options), addUp)

  const getPodBalance: Service["getPodBalance"] = (name, options) =>
    Effect.flatMap(getPods(options), (pods) => {
      const found = Names.match(pods, name)
      if (found._tag === "SeveralExact") return Effect.fail(new AmbiguousNameError(name, found.values))
      return Effect.succeed(found._tag === "One" ? found.value : undefined)
    })

  const getPodDetail: Service["getPodDetail"] = (podId, options = {}) =>
    Effect.gen(function* () {
      yield* CallKeys.check(options, CallKeys.ORGANIZATION)
      const organizationId = yield* organizations.idOf(options.organizationId, options)
      const data = yield* graphql.query(operation, { organizationId, id: podId }, options)
      const { organization } = yield* decode(data)
      if (organization?.pod) return toPodDetail(organization.pod, organizationId)
      const kind = organization === null ? "organization" : "pod"
      const key = organization === null ? organizationId : podId
      return yield* Effect.fail(
        new NotFoundError(`There is no ${kind} with the id "${key}"`, {
          kind,
          key,
          operation: operation.name,
        }),
      )
    })

  return { getPods, getTotalBalance, getPodBalance, getPodDetail }
})

/**
 * Reads pods over the services in context.
 *
 * @category layers
 */
export const layer: Layer.Layer<Pods, never, GraphQL | Organizations> = Layer.effect(Pods, make)
