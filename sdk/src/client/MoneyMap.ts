/** The rules of an organization and the web app's map of them. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { NotFoundError } from "../Errors.js"
import { MapContextMeDocument } from "../generated/operations.js"
import type * as Model from "../model/Rule.js"
import { GraphQL, type RequestError } from "../transport/GraphQL.js"
import { decoder, Instant, listOf, nullish } from "./Decode.js"
import { Organizations } from "./Organizations.js"
import type { OrganizationOptions } from "./Pods.js"

const operation = { name: "MapContextMe", document: MapContextMeDocument.toString() }

const Text = nullish(Schema.String)
const Flag = nullish(Schema.Boolean)

const WireTrigger = Schema.Struct({
  __typename: Schema.String,
  id: Schema.String,
  podId: Text,
  portId: Text,
  accountId: Text,
  cron: Text,
  type: Text,
  timezone: Text,
  startDate: nullish(Instant),
  endpoint: Text,
})

const WireCondition = Schema.Struct({
  fact: Text,
  operator: Text,
  value: Schema.optional(Schema.Unknown),
  valueFact: Text,
  valueFactParams: nullish(Schema.Struct({ podId: Text, portId: Text, accountId: Text })),
})

interface WireConditions {
  readonly combinator: string | null
  readonly condition: typeof WireCondition.Type | null
  readonly conditions: ReadonlyArray<WireConditions>
}

interface WireConditionsEncoded {
  readonly combinator?: string | null | undefined
  readonly condition?: typeof WireCondition.Encoded | null | undefined
  readonly conditions?: ReadonlyArray<WireConditionsEncoded> | null | undefined
}

const WireConditions: Schema.Schema<WireConditions, WireConditionsEncoded> = Schema.Struct({
  combinator: Text,
  condition: nullish(WireCondition),
  conditions: listOf(
    Schema.suspend((): Schema.Schema<WireConditions, WireConditionsEncoded> => WireConditions),
  ),
})

const WireRuleEndpoint = nullish(Schema.Struct({ id: Schema.String, type: Text, name: Text, icon: Text }))

const WireAction = Schema.Struct({
  __typename: Schema.String,
  amount: Schema.optional(Schema.Unknown),
  source: WireRuleEndpoint,
  destination: WireRuleEndpoint,
  isInstantTransfer: Flag,
})

const WireRule = Schema.Struct({
  id: Schema.String,
  priority: nullish(Schema.Number),
  nickname: Text,
  description: Text,
  transferDescription: Text,
  enabled: Flag,
  isDirectDeposit: Flag,
  testModeEnabled: Flag,
  createdAt: nullish(Instant),
  trigger: nullish(WireTrigger),
  steps: Schema.Array(
    Schema.Struct({ conditions: nullish(WireConditions), actions: Schema.Array(WireAction) }),
  ),
})

const WireMap = Schema.Struct({
  rules: Schema.Array(WireRule),
  ruleConnections: Schema.Array(
    Schema.Struct({ id: Schema.String, ruleId: Text, sourceNodeId: Text, destinationNodeId: Text }),
  ),
  ghostNodes: Schema.Array(
    Schema.Struct({ id: Schema.String, name: Text, icon: Text, accountId: Text, portId: Text }),
  ),
  mapState: nullish(
    Schema.Struct({
      nodes: listOf(
        Schema.Struct({ id: Schema.String, position: Schema.Struct({ x: Schema.Number, y: Schema.Number }) }),
      ),
    }),
  ),
})

const decode = decoder(operation.name, Schema.Struct({ organization: Schema.NullOr(WireMap) }))

const toTrigger = ({ __typename, type, timezone, ...rest }: typeof WireTrigger.Type): Model.RuleTrigger => ({
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

const toAction = (wire: typeof WireAction.Type): Model.RuleAction => ({
  type: wire.__typename,
  amount: wire.amount ?? null,
  source: wire.source,
  destination: wire.destination,
  instant: wire.isInstantTransfer,
})

const toRule = (wire: typeof WireRule.Type): Model.Rule => ({
  ...wire,
  trigger: wire.trigger === null ? null : toTrigger(wire.trigger),
  steps: wire.steps.map(({ conditions, actions }) => ({
    conditions: conditions === null ? null : toConditions(conditions),
    actions: actions.map(toAction),
  })),
})

/**
 * What can be read of rules.
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
