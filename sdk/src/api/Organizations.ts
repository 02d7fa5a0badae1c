/**
 * Organizations of the user, with their pods, ports and outside accounts. One operation reads them for pods, accounts
 * and name look-ups alike.
 */

import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { ConfigError, NotFoundError } from "../Errors.js"
import { SelectSourceAndDestinationDocument } from "../generated/operations.js"
import { array, type Fields, string, struct } from "../internal/Decode.js"
import type { Accounts } from "../model/Account.js"
import type { Pod } from "../model/Pod.js"
import { type CallOptions, GraphQL, type RequestError } from "../transport/GraphQL.js"
import { decoder, listOf } from "../webapp/Decode.js"
import { operationOf } from "../webapp/Operation.js"
import { toExternalAccount, toPod, toPort, WireAccount, WirePod, WirePort } from "../webapp/Wire.js"

const operation = operationOf(SelectSourceAndDestinationDocument)

const memberships = <F extends Fields>(contents: F) =>
  struct({
    me: struct({ memberships: array(struct({ organization: struct({ id: string, ...contents }) })) }),
  })

const decodeAll = decoder(
  operation,
  memberships({
    kycs: listOf(struct({ id: string })),
    pods: array(WirePod),
    ports: array(WirePort),
    accounts: array(WireAccount),
  }),
)

/** Decodes pods alone, so that nothing else has to fit, and nothing else costs time. */
const decodePods = decoder(operation, memberships({ pods: array(WirePod) }))

/** An organization and what is in it. */
export interface Organization extends Accounts {
  /** The KYC applications that transfers can be made for. */
  readonly kycIds: ReadonlyArray<string>
}

/**
 * Operations that read the user's organizations.
 *
 * @category services
 */
export interface Service {
  /** Reads all organizations of the user. */
  readonly all: (options?: CallOptions) => Effect.Effect<ReadonlyArray<Organization>, RequestError>
  /** Reads the pods of all organizations of the user. */
  readonly pods: (options?: CallOptions) => Effect.Effect<ReadonlyArray<Pod>, RequestError>
  /** Finds one organization; without an id the client's own, or the only one. */
  readonly get: (
    organizationId: string | undefined,
    options?: CallOptions,
  ) => Effect.Effect<Organization, RequestError | NotFoundError>
  /** Tells the id of an organization without asking the service if it is known already. */
  readonly idOf: (
    organizationId: string | undefined,
    options?: CallOptions,
  ) => Effect.Effect<string, RequestError | NotFoundError>
}

/**
 * Reads the user's organizations.
 *
 * @category services
 */
export class Organizations extends Context.Tag("tsequence/Organizations")<Organizations, Service>() {}

/**
 * Defaults of calls.
 *
 * @category options
 */
export interface Options {
  /** The organization that calls default to. May be left out if the user has exactly one. */
  readonly organizationId?: string | undefined
}

type Decoded<D extends (data: unknown) => Effect.Effect<unknown, unknown>> = Effect.Effect.Success<
  ReturnType<D>
>

/** Lists the organizations of the memberships, each once: a person may be a member of one in several ways. */
const distinct = <O extends { readonly id: string }>(wire: {
  readonly me: { readonly memberships: ReadonlyArray<{ readonly organization: O }> }
}): ReadonlyArray<O> => [
  ...new Map(wire.me.memberships.map(({ organization }) => [organization.id, organization])).values(),
]

const toPods = (wire: Decoded<typeof decodePods>): ReadonlyArray<Pod> =>
  distinct(wire).flatMap(({ id, pods }) => pods.map((pod) => toPod(pod, id)))

const toOrganizations = (wire: Decoded<typeof decodeAll>): ReadonlyArray<Organization> =>
  distinct(wire).map(({ id, kycs, pods, ports, accounts }) => ({
    organizationId: id,
    kycIds: kycs.map((kyc) => kyc.id),
    pods: pods.map((pod) => toPod(pod, id)),
    ports: ports.map((port) => toPort(port, id)),
    accounts: accounts.map((account) => toExternalAccount(account, id)),
  }))

/** Decodes a response once for all callers that share it, and gives each caller objects of its own. */
const sharing = <Wire, Model, E>(
  decode: (data: unknown) => Effect.Effect<Wire, E>,
  toModel: (wire: Wire) => Model,
): ((data: unknown) => Effect.Effect<Model, E>) => {
  let newest: { readonly data: unknown; readonly wire: Wire } | undefined
  return (data) => {
    if (newest !== undefined && newest.data === data) return Effect.succeed(toModel(newest.wire))
    return Effect.map(decode(data), (wire) => {
      newest = { data, wire }
      return toModel(wire)
    })
  }
}

const undecided = (count: number) =>
  new ConfigError([
    count === 0
      ? "The login belongs to no organization"
      : `The login belongs to ${count} organizations: set SEQUENCE_ORG_ID or organizationId`,
  ])

/**
 * Reads over a way to the service.
 *
 * @category constructors
 */
export const make = (options: Options): Effect.Effect<Service, never, GraphQL> =>
  Effect.map(GraphQL, (graphql) => {
    const readAll = sharing(decodeAll, toOrganizations)
    const readPods = sharing(decodePods, toPods)

    const all: Service["all"] = (callOptions) =>
      Effect.flatMap(graphql.query(operation, {}, callOptions), readAll)

    const pods: Service["pods"] = (callOptions) =>
      Effect.flatMap(graphql.query(operation, {}, callOptions), readPods)

    const get: Service["get"] = (organizationId = options.organizationId, callOptions) =>
      Effect.flatMap(
        all(callOptions),
        (organizations): Effect.Effect<Organization, ConfigError | NotFoundError> => {
          if (organizationId === undefined) {
            const [only] = organizations
            return only !== undefined && organizations.length === 1
              ? Effect.succeed(only)
              : Effect.fail(undecided(organizations.length))
          }
          const found = organizations.find((one) => one.organizationId === organizationId)
          return found === undefined
            ? Effect.fail(
                new NotFoundError("There is no such organization among those of this login", {
                  kind: "organization",
                  key: organizationId,
                  operation: operation.name,
                }),
              )
            : Effect.succeed(found)
        },
      )

    const idOf: Service["idOf"] = (organizationId = options.organizationId, callOptions) =>
      organizationId === undefined
        ? Effect.map(get(undefined, callOptions), (organization) => organization.organizationId)
        : Effect.succeed(organizationId)

    return { all, pods, get, idOf }
  })

/**
 * Reads what the login has over the service in context.
 *
 * @category layers
 */
export const layer = (options: Options = {}): Layer.Layer<Organizations, never, GraphQL> =>
  Layer.effect(Organizations, make(options))
