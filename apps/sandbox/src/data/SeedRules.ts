/** Invents rules with every kind of trigger and condition, and what the money map shows of them. */
import type {
  ConditionGroupRecord,
  GhostRecord,
  Holder,
  OrganizationRecord,
  RuleRecord,
  TriggerRecord,
} from "./Model.js"
import { SCHEDULES } from "./Names.js"
import type { World } from "./World.js"

type Amount = RuleRecord["actions"][number]["amount"]

const trigger = (
  world: World,
  kind: TriggerRecord["kind"],
  about: Partial<TriggerRecord>,
): TriggerRecord => ({
  id: world.random.uuid(),
  portId: null,
  podId: null,
  accountId: null,
  ghostNodeId: null,
  cron: null,
  ...about,
  kind,
})

const leaf = (fact: string, operator: string, value: number, about: Holder | null): ConditionGroupRecord => ({
  combinator: null,
  conditions: null,
  condition: { fact, operator, value, valueFact: null, about },
})

/** Compares one balance with another, where `leaf` compares with a number. */
const comparison = (
  fact: string,
  operator: string,
  valueFact: string,
  about: Holder,
): ConditionGroupRecord => ({
  combinator: null,
  conditions: null,
  condition: { fact, operator, value: null, valueFact, about },
})

const group = (
  combinator: "AND" | "OR",
  conditions: readonly ConditionGroupRecord[],
): ConditionGroupRecord => ({
  combinator,
  condition: null,
  conditions,
})

const fixed = (value: number): Amount => ({ type: "FIXED", value })
const percent = (value: number): Amount => ({ type: "PERCENTAGE", value })

const action = (source: Holder, destination: Holder, amount: Amount) => ({
  source,
  destination,
  amount,
  instant: false,
})

type RuleTemplate = Pick<RuleRecord, "nickname" | "description" | "trigger" | "conditions" | "actions">

const splitPaycheck = (
  world: World,
  { ports: [port], pods: [main, second] }: OrganizationRecord,
): RuleTemplate | undefined =>
  port &&
  main &&
  second && {
    nickname: "Split the paycheck",
    description: "When money arrives, a fifth goes to the second pod and the rest to the first",
    trigger: trigger(world, "FundsTransferTrigger", { portId: port.id }),
    conditions: leaf("incoming.amount", "GREATER_THAN", 10_000, port),
    actions: [action(port, second, percent(20)), action(port, main, { type: "REMAINDER", value: 0 })],
  }

const topUp = (world: World, { pods: [main, , third] }: OrganizationRecord): RuleTemplate | undefined => {
  if (main === undefined || third === undefined) return undefined
  const { cron, words } = world.random.pick(SCHEDULES)
  return {
    nickname: null,
    description: `Top up ${words} while there is enough`,
    trigger: trigger(world, "ScheduledTrigger", { podId: main.id, cron }),
    conditions: group("AND", [
      leaf("balance", "GREATER_THAN_OR_EQUAL", 50_000, main),
      group("OR", [
        leaf("balance", "LESS_THAN", 20_000, third),
        comparison("balance", "LESS_THAN", "balance", third),
      ]),
    ]),
    actions: [action(main, third, { type: "TOP_UP", value: 20_000 })],
  }
}

const fromScript = (world: World, { pods: [main, second] }: OrganizationRecord): RuleTemplate | undefined =>
  main &&
  second && {
    nickname: "From a script",
    description: "Moves a fixed amount when its address is called",
    trigger: trigger(world, "RemoteApiTrigger", { podId: main.id }),
    conditions: null,
    actions: [action(main, second, fixed(2_500))],
  }

const payCard = (
  world: World,
  { pods: [main], accounts, ghosts }: OrganizationRecord,
): RuleTemplate | undefined => {
  const debt = accounts.find((account) => account.providerType === "METHOD")
  if (main === undefined || debt === undefined) return undefined
  return {
    nickname: "Pay the card",
    description: "Pays down the card, by hand",
    trigger: trigger(world, "ManualTrigger", {
      accountId: debt.id,
      ghostNodeId: ghosts[0]?.id ?? null,
    }),
    conditions: leaf("liability.balance", "GREATER_THAN", 0, debt),
    actions: [action(main, debt, fixed(15_000))],
  }
}

/** Gives an organization its ghost nodes, and the rules that its pods, ports, and accounts allow. */
export const seedRules = (world: World, organization: OrganizationRecord, now: number): void => {
  const bank = organization.accounts.find((account) => account.refusesAsSource === null)
  organization.ghosts = ghosts(world, bank, organization.ports[0])
  const rules: RuleRecord[] = []
  for (const templateFor of [splitPaycheck, topUp, fromScript, payCard]) {
    const template = templateFor(world, organization)
    if (template === undefined) continue
    rules.push({
      id: world.random.uuid(),
      priority: rules.length + 1,
      enabled: rules.length !== 3,
      testMode: rules.length === 2,
      isDirectDeposit: rules.length === 0,
      createdAt: now - world.random.int(30, 400) * 86_400_000,
      ...template,
    })
  }
  organization.rules = rules
}

const ghosts = (
  world: World,
  account: OrganizationRecord["accounts"][number] | undefined,
  port: OrganizationRecord["ports"][number] | undefined,
): readonly GhostRecord[] => [
  ...(account ? [{ id: world.random.uuid(), name: `${account.name} (copy)`, account, port: null }] : []),
  ...(port ? [{ id: world.random.uuid(), name: `${port.name} (copy)`, account: null, port }] : []),
]
