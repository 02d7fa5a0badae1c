/** Makes pods, ports and outside accounts, with an opening balance and everything a reader can ask about them. */
import type { Ledger } from "../money/Ledger.js"
import type {
  AccountRecord,
  CardEntry,
  CardRecord,
  Liability,
  OrganizationRecord,
  PodRecord,
  PortRecord,
} from "./Model.js"
import { ACCOUNTS, MERCHANTS, PODS, PORTS } from "./Names.js"
import type { World } from "./World.js"

/** The organization of a new pod, port, or account, and its surroundings. */
export interface Place {
  readonly world: World
  readonly ledger: Ledger
  readonly organization: OrganizationRecord
  readonly now: number
}

/** Requested fields of a new pod, port, or account; the others are invented. */
export interface Wanted {
  readonly name?: string
  readonly icon?: string | null
  readonly description?: string | null
  readonly balanceCents?: number
}

const DAY = 86_400_000

const cycle = <Item>(items: readonly Item[], index: number): Item => {
  const item = items[index % items.length]
  if (item === undefined) throw new RangeError("nothing to choose from")
  return item
}

/** Numbers the names of a second and later round, so that seeded names are unique. */
const numbered = (name: string, index: number, length: number): string =>
  index < length ? name : `${name} ${Math.floor(index / length) + 1}`

const common = ({ world, organization, now }: Place) => ({
  id: world.random.uuid(),
  organizationId: organization.id,
  createdAt: now - world.random.int(200, 900) * DAY,
  beneficiaryName: organization.kyc.name,
  bankAccountNumber: world.random.digits(12),
  routingNumber: `0${world.random.digits(8)}`,
  hidden: "nothing" as const,
})

/** Adds the pod with the seed's name number `index`, or with the name that is wanted. */
export const makePod = (place: Place, index: number, wanted: Wanted = {}): PodRecord => {
  const { world, ledger, organization, now } = place
  const { random } = world
  const template = cycle(PODS, index)
  const own = wanted.name === undefined
  const debts = organization.accounts.filter((account) => account.providerType === "METHOD")
  const debt = own && template.name === "Card Payoff" ? debts[0] : undefined
  const unreadable = own && template.name === "Car" ? debts[1] : undefined
  const pod: PodRecord = {
    ...common(place),
    kind: "POD",
    name: wanted.name ?? numbered(template.name, index, PODS.length),
    icon: wanted.icon === undefined ? template.icon : wanted.icon,
    description: wanted.description ?? (own ? template.description : null),
    type: debt || unreadable ? "LIABILITY" : "STANDARD",
    goalCents: own && random.next() < 0.5 ? random.int(5, 200) * 10_000 : null,
    linkedAccountId: (debt ?? unreadable)?.id ?? null,
    liability: debt ? knownLiability(place, debt) : unreadable ? LIABILITY_ERROR : null,
    cards:
      own && (index === 1 || index % 10 === 9)
        ? [makeCard(place, "VIRTUAL"), makeCard(place, "PHYSICAL")]
        : [],
  }
  organization.pods.push(world.add(pod))
  const opening = index === 0 ? 5_000_000 + random.int(0, 99_999) : random.int(20_000, 400_000)
  ledger.set(pod.id, wanted.balanceCents ?? opening, now)
  return pod
}

/** Adds the port with the seed's name number `index`, or with the name that is wanted. */
export const makePort = (place: Place, index: number, wanted: Wanted = {}): PortRecord => {
  const { world, ledger, organization, now } = place
  const template = cycle(PORTS, index)
  const own = wanted.name === undefined
  const port: PortRecord = {
    ...common(place),
    kind: "PORT",
    name: wanted.name ?? numbered(template.name, index, PORTS.length),
    icon: wanted.icon === undefined ? template.icon : wanted.icon,
    description: wanted.description ?? (own ? template.description : null),
  }
  organization.ports.push(world.add(port))
  ledger.set(port.id, wanted.balanceCents ?? world.random.int(10_000, 350_000), now)
  return port
}

const OPENING: Record<(typeof ACCOUNTS)[number]["type"], readonly [least: number, most: number]> = {
  CHECKING: [6_000_000, 9_000_000],
  SAVINGS: [2_000_000, 4_000_000],
  CREDIT_CARD: [-420_000, -35_000],
  LOAN: [-1_900_000, -700_000],
  ASSET: [41_000_000, 62_000_000],
}

/** Adds the outside account number `index`, or a checking account with the name that is wanted. */
export const makeAccount = (place: Place, index: number, wanted: Wanted = {}): AccountRecord => {
  const { world, ledger, organization, now } = place
  const { random } = world
  const own = wanted.name === undefined
  const template = cycle(ACCOUNTS, own ? index : 0)
  const disconnected = template.name === "Old Checking"
  const deposits = template.type === "CHECKING" || template.type === "SAVINGS"
  const account: AccountRecord = {
    ...common(place),
    kind: "ACCOUNT",
    name: wanted.name ?? numbered(template.name, index, ACCOUNTS.length),
    icon: wanted.icon === undefined ? template.icon : wanted.icon,
    description: wanted.description ?? (own ? template.description : null),
    type: template.type,
    providerType: template.provider,
    institution: template.bank === null ? null : { id: random.uuid(), name: template.bank },
    pendingDisconnectCode: disconnected ? "ITEM_LOGIN_REQUIRED" : null,
    refusesAsSource: disconnected
      ? "Source account must be reconnected first"
      : deposits
        ? null
        : "This account cannot be the source of a transfer",
    refusesAsDestination: template.provider === "MANUAL" ? "This account cannot receive transfers" : null,
  }
  organization.accounts.push(world.add(account))
  ledger.set(account.id, wanted.balanceCents ?? random.int(...OPENING[template.type]), now)
  return account
}

const LIABILITY_ERROR: Liability = {
  kind: "error",
  code: "LIABILITY_UNAVAILABLE",
  message: "We could not reach your lender. Please try again later.",
}

const knownLiability = ({ world }: Place, account: AccountRecord): Liability => ({
  kind: "known",
  id: world.random.uuid(),
  accountId: account.id,
  mask: account.bankAccountNumber.slice(-4),
  subtype: account.type === "LOAN" ? "auto" : "credit card",
  statementCents: world.random.int(20_000, 300_000),
  minimumCents: world.random.int(2_500, 9_900),
  interestPercent: world.random.int(1_899, 2_799) / 100,
})

const makeCardEntry = ({ world, now }: Place): CardEntry => ({
  id: world.random.uuid(),
  cents: world.random.int(250, 12_500),
  direction: world.random.next() < 0.9 ? "DEBIT" : "CREDIT",
  summary: world.random.pick(MERCHANTS).name,
  createdAt: now - world.random.int(1, 40) * DAY,
})

const makeCard = (place: Place, type: CardRecord["type"]): CardRecord => ({
  id: place.world.random.uuid(),
  type,
  last4: place.world.random.digits(4),
  expires: `0${place.world.random.int(1, 9)}/${(new Date(place.now).getUTCFullYear() + 3) % 100}`,
  holder: place.organization.kyc.name,
  status: "ACTIVE",
  transactions: Array.from({ length: 5 }, () => makeCardEntry(place)).sort(
    (a, b) => b.createdAt - a.createdAt,
  ),
  authorizations: type === "PHYSICAL" ? [makeCardEntry(place)] : [],
})
