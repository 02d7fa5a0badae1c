/** The rules of an organization and the web app's map of them. */

import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { NotFoundError } from "../Errors.js"
import { type ConditionsFragment, MapContextMeDocument } from "../generated/operations.js"
import {
  array,
  boolean,
  type Decoded,
  type Decoder,
  type InputOf,
  nullable,
  nullish,
  number,
  string,
  struct,
  unknown,
} from "../internal/Decode.js"
import type * as Model from "../model/Rule.js"
import { GraphQL, type RequestError } from "../transport/GraphQL.js"
import { decoder, Instant, listOf, type Reads } from "../webapp/Decode.js"
import { operationOf } from "../webapp/Operation.js"
import * as CallKeys from "./CallKeys.js"
import { Organizations } from "./Organizations.js"
import type { OrganizationOptions } from "./Pods.js"

const operation = operationOf(MapContextMeDocument)

const Text = nullish(string)
const Flag = nullish(boolean)

const WireTrigger = struct({
  __typename: string,
  id: string,
  podId: Text,
  portId: Text,
  accountId: Text,
  cron: Text,
  type: Text,
  timezone: Text,
  startDate: nullish(Instant),
  endpoint: Text,
})

const WireCondition = struct({
  fact: Text,
  operator: Text,
  value: unknown,
  valueFact: Text,
  valueFactParams: nullish(struct({ podId: Text, portId: Text, accountId: Text })),
})

const WireConditionGroup = struct({
  combinator: Text,
  condition: nullish(WireCondition),
}) satisfies Reads<ConditionsFragment>

/** A group of conditions, which may hold further groups. */
interface WireConditions extends Decoded<typeof WireConditionGroup> {
  readonly conditions: ReadonlyArray<WireConditions>
}

/** The document selects a few levels of groups; the innermost has no `conditions`. */
interface ConditionsInput extends InputOf<typeof WireConditionGroup> {
  readonly conditions?: ReadonlyArray<ConditionsInput> | null
}

const decodeConditions: Decoder<WireConditions, ConditionsInput> = (value: unknown) => WireConditions(value)

const WireConditions = struct({ ...WireConditionGroup.fields, conditions: listOf(decodeConditions) })

const WireRuleEndpoint = nullish(struct({ id: string, type: Text, name: Text, icon: Text }))

const WireAction = struct({
  __typename: string,
  amount: unknown,
  source: WireRuleEndpoint,
  destination: WireRuleEndpoint,
  isInstantTransfer: Flag,
})

const WireRule = struct({
  id: string,
  priority: nullish(number),
  nickname: Text,
  description: Text,
  transferDescription: Text,
  enabled: Flag,
  isDirectDeposit: Flag,
  testModeEnabled: Flag,
  createdAt: nullish(Instant),
  trigger: nullish(WireTrigger),
  steps: array(struct({ conditions: nullish(decodeConditions), actions: array(WireAction) })),
})

const WireMap = struct({
  rules: array(WireRule),
  ruleConnections: array(struct({ id: string, ruleId: Text, sourceNodeId: Text, destinationNodeId: Text })),
  ghostNodes: array(struct({ id: string, name: Text, icon: Text, accountId: Text, portId: Text })),
  mapState: nullish(
    struct({
      nodes: listOf(struct({ id: string, position: struct({ x: number, y: number }) })),
    }),
  ),
})

const decode = decoder(operation, struct({ organization: nullable(WireMap) }))

const toTrigger = ({
  __typename,
  type,
  timezone,
  ...rest
}: Decoded<typeof WireTrigger>): Model.RuleTrigger => ({
  ...rest,
  type: __typename,
  scheduleType: type,
  timeZone: timezone,
})

const toConditions = ({ combinator, condition, conditions }: WireConditions): Model.RuleConditions => ({
  combinator,
  condition:
    condition === null
      ? null
      : {
          fact: condition.fact,
          operator: condition.operator,
          value: condition.value ?? null,
          valueFact: condition.valueFact,
          podId: condition.valueFactParams?.podId ?? null,
          portId: condition.valueFactParams?.portId ?? null,
          accountId: condition.valueFactParams?.accountId ?? null,
        },
  conditions: conditions.map(toConditions),
})

const toAction = (wire: Decoded<typeof WireAction>): Model.RuleAction => ({
  type: wire.__typename,
  amount: wire.amount ?? null,
  source: wire.source,
  destination: wire.destination,
  instant: wire.isInstantTransfer,
})

const toRule = (wire: Decoded<typeof WireRule>): Model.Rule => ({
  ...wire,
  trigger: wire.trigger === null ? null : toTrigger(wire.trigger),
  steps: wire.steps.map(({ conditions, actions }) => ({
    conditions: conditions === null ? null : toConditions(conditions),
    actions: actions.map(toAction),
  })),
})

/**
 * Operations that read rules.
 *
 * @category services
 */
export interface Service {
  /** Reads the rules of an organization, in the service's order, and how the web app draws them. */
  readonly getMoneyMap: (
    options?: OrganizationOptions,
  ) => Effect.Effect<Model.MoneyMap, RequestError | NotFoundError>
}

/**
 * Reads rules and the money map.
 *
 * @category services
 */
export class MoneyMap extends Context.Tag("tsequence/MoneyMap")<MoneyMap, Service>() {}

/**
 * Reads over a way to the service.
 *
 * @category constructors
 */
export const make: Effect.Effect<Service, never, GraphQL | Organizations> = Effect.gen(function* () {
  const graphql = yield* GraphQL
  const organizations = yield* Organizations

  const getMoneyMap: Service["getMoneyMap"] = (options = {}) =>
    Effect.gen(function* () {
      yield* CallKeys.check(options, CallKeys.ORGANIZATION)
      const organizationId = yield* organizations.idOf(options.organizationId, options)
      const { organization } = yield* decode(yield* graphql.query(operation, { organizationId }, options))
      if (organization === null) {
        return yield* Effect.fail(
          new NotFoundError(`There is no organization with the id "${organizationId}"`, {
            kind: "organization",
            key: organizationId,
            operation: operation.name,
          }),
        )
      }
      return {
        organizationId,
        rules: organization.rules.map(toRule),
        connections: organization.ruleConnections,
        ghostNodes: organization.ghostNodes,
        nodes: (organization.mapState?.nodes ?? []).map(({ id, position }) => ({ id, ...position })),
      }
    })

  return { getMoneyMap }
})

/**
 * Reads rules over the services in context.
 *
 * @category layers
 */
export const layer: Layer.Layer<MoneyMap, never, GraphQL | Organizations> = Layer.effect(MoneyMap, make)
