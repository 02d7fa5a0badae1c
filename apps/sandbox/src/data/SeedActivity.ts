/** Invents the history of an organization: rules that ran, deposits, purchases, bills, transfers by hand. */
import type { Payments } from "../money/Payments.js"
import type {
  Activity,
  End,
  ExternalRecord,
  MerchantRecord,
  OrganizationRecord,
  TransferRecord,
} from "./Model.js"
import { BILLERS, EMPLOYERS, FAILURES, MERCHANTS } from "./Names.js"
import type { World } from "./World.js"

const DAY = 86_400_000

type EndGroup = "pods" | "ports" | "banks" | "debts" | "merchants" | "employers" | "billers"

interface KindTemplate {
  readonly weight: number
  readonly activityType: Activity
  readonly from: EndGroup
  readonly to: readonly EndGroup[]
  /** Least and most cents. */
  readonly cents: readonly [number, number]
  readonly description?: string
}

/** A template with the ends of one organization. */
interface Kind extends Omit<KindTemplate, "from" | "to"> {
  readonly from: readonly End[]
  readonly to: readonly End[]
}

const KINDS: readonly KindTemplate[] = [
  { weight: 30, activityType: "RULE", from: "ports", to: ["pods"], cents: [1_000, 90_000] },
  { weight: 12, activityType: "ONE_TIME_TRANSFER", from: "pods", to: ["pods"], cents: [500, 60_000] },
  {
    weight: 8,
    activityType: "DIRECT_DEPOSIT",
    from: "employers",
    to: ["ports"],
    cents: [150_000, 420_000],
    description: "PAYROLL",
  },
  { weight: 24, activityType: "PULLED_FROM_SEQUENCE", from: "pods", to: ["merchants"], cents: [225, 18_000] },
  {
    weight: 6,
    activityType: "PULLED_FROM_SEQUENCE",
    from: "pods",
    to: ["billers"],
    cents: [3_000, 25_000],
    description: "Autopay",
  },
  { weight: 6, activityType: "MONEY_IN", from: "banks", to: ["ports"], cents: [5_000, 200_000] },
  {
    weight: 8,
    activityType: "ACH",
    from: "pods",
    to: ["banks", "debts"],
    cents: [2_000, 150_000],
    description: "ACH transfer",
  },
  { weight: 3, activityType: "RULE", from: "banks", to: ["debts"], cents: [2_500, 40_000] },
  {
    weight: 3,
    activityType: "CASHBACK",
    from: "merchants",
    to: ["pods"],
    cents: [5, 900],
    description: "Cashback",
  },
]

interface Outsiders {
  readonly merchants: readonly MerchantRecord[]
  readonly employers: readonly ExternalRecord[]
  readonly billers: readonly ExternalRecord[]
}

const outsiders = (world: World): Outsiders => {
  const external = (name: string): ExternalRecord =>
    world.add({ kind: "EXTERNAL", id: `external:${world.random.uuid()}`, name })
  return {
    merchants: MERCHANTS.map(({ name, icon }) =>
      world.add({ kind: "MERCHANT", id: world.random.uuid(), name, icon }),
    ),
    employers: EMPLOYERS.map(external),
    billers: BILLERS.map(external),
  }
}

/** Gives the kinds of transfers that are possible with the ends of an organization, in the order of the templates. */
const kinds = ({ pods, ports, accounts }: OrganizationRecord, outside: Outsiders): readonly Kind[] => {
  const groups: Readonly<Record<EndGroup, readonly End[]>> = {
    ...outside,
    pods,
    ports,
    banks: accounts.filter((account) => account.refusesAsSource === null),
    debts: accounts.filter((account) => account.providerType === "METHOD"),
  }
  return KINDS.map((template) => ({
    ...template,
    from: groups[template.from],
    to: template.to.flatMap((name) => groups[name]),
  })).filter(({ from, to }) => from.length > 0 && to.length > 0 && new Set([...from, ...to]).size > 1)
}

const pickKind = (world: World, choices: readonly Kind[]): Kind => {
  const total = choices.reduce((sum, { weight }) => sum + weight, 0)
  let left = world.random.next() * total
  for (const choice of choices) {
    left -= choice.weight
    if (left < 0) return choice
  }
  return world.random.pick(choices)
}

/** Draws until the ends differ; `kinds` has made sure that some do. */
const pickEnds = ({ random }: World, { from, to }: Kind): readonly [source: End, destination: End] => {
  for (;;) {
    const source = random.pick(from)
    const destination = random.pick(to)
    if (source !== destination) return [source, destination]
  }
}

/** Adds one past transfer. */
const addPast = (
  world: World,
  organization: OrganizationRecord,
  kind: Kind,
  createdAt: number,
  now: number,
): void => {
  const { random } = world
  const [source, destination] = pickEnds(world, kind)
  const luck = random.next()
  const status = luck < 0.94 ? "COMPLETE" : luck < 0.98 ? "FAILED" : "CANCELLED"
  world.record({
    organizationId: organization.id,
    source,
    destination,
    amountCents: random.int(...kind.cents),
    activityType: kind.activityType,
    description: kind.description ?? null,
    createdAt,
    settlesAt: Math.min(now, createdAt + random.int(1, 48) * 3_600_000),
    status,
    errorReason: status === "FAILED" ? random.pick(FAILURES) : null,
    rule:
      kind.activityType === "RULE" && organization.rules.length > 0 ? ruleDetails(world, organization) : null,
  })
}

const ruleDetails = (world: World, { rules }: OrganizationRecord): TransferRecord["rule"] => {
  const { id, trigger } = world.random.pick(rules)
  return { id, triggerType: trigger.kind, triggerCron: trigger.cron }
}

/** Two entries that are still under way; banks take days, so tests that wait for seconds see them stay so. */
const addUnderWay = (
  world: World,
  payments: Payments,
  organization: OrganizationRecord,
  others: Outsiders,
  now: number,
): void => {
  const port = organization.ports[0]
  const pod = organization.pods[0]
  const debt = organization.accounts.find((account) => account.providerType === "METHOD")
  const employer = others.employers[0]
  const start = (
    source: End,
    destination: End,
    activityType: Activity,
    createdAt: number,
    settlesAt: number,
  ): void => {
    const amountCents = world.random.int(2_000, 90_000)
    const ends = { organizationId: organization.id, source, destination }
    const transfer = world.record({
      ...ends,
      amountCents,
      activityType,
      createdAt,
      settlesAt,
      status: "PENDING",
    })
    payments.start(transfer, null)
  }
  if (pod && debt) start(pod, debt, "ACH", now - 2 * DAY, now + DAY)
  if (port && employer) start(employer, port, "DIRECT_DEPOSIT", now - 60_000, now + 3 * DAY)
}

/** Adds `count` transfers of the past; the larger the number, the further back they go, up to two years. */
export const seedActivity = (
  world: World,
  payments: Payments,
  organization: OrganizationRecord,
  count: number,
  now: number,
): void => {
  const others = outsiders(world)
  const choices = kinds(organization, others)
  if (choices.length === 0) return
  const span = Math.min(730, Math.max(75, count / 20)) * DAY
  const step = span / Math.max(1, count)
  const underWay = count >= 10 ? 2 : 0
  for (let index = 0; index < count - underWay; index += 1) {
    const createdAt = Math.floor(now - span + step * index + world.random.next() * step)
    addPast(world, organization, pickKind(world, choices), createdAt, now)
  }
  if (underWay > 0) addUnderWay(world, payments, organization, others, now)
}
