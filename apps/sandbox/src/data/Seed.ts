import type { Ledger } from "../money/Ledger.js"
import type { Payments } from "../money/Payments.js"
import { makeAccount, makePod, makePort } from "./Holders.js"
import type { OrganizationRecord, UserRecord } from "./Model.js"
import { seedActivity } from "./SeedActivity.js"
import { seedRules } from "./SeedRules.js"
import type { World } from "./World.js"

/** Numbers of records that a sandbox starts with, for each organization. */
export interface Sizes {
  readonly organizations: number
  readonly pods: number
  readonly ports: number
  readonly accounts: number
  readonly transfers: number
}

const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"

const makeUser = (world: World, name: string, email: string): UserRecord => {
  const { random } = world
  const user = {
    id: `auth0|${random.digits(24)}`,
    name,
    email,
    // With everything in it that a form or a shell could get wrong.
    password: `Open sesame & <${random.digits(6)}> 100%+`,
    totpSecret: Array.from({ length: 16 }, () => BASE32[random.int(0, 31)]).join(""),
  }
  world.users.push(user)
  return user
}

const makeOrganization = (world: World, owner: UserRecord, number: number): OrganizationRecord => {
  const { random } = world
  const organization: OrganizationRecord = {
    id: random.uuid(),
    membershipId: random.uuid(),
    ownerId: owner.id,
    kyc: {
      id: random.uuid(),
      name: number === 0 ? owner.name : `${owner.name.split(" ").at(-1)} Ventures ${number}`,
      type: number === 0 ? "INDIVIDUAL" : "BUSINESS",
    },
    pods: [],
    ports: [],
    accounts: [],
    rules: [],
    ghosts: [],
  }
  world.organizations.push(organization)
  return organization
}

const count = (length: number): number[] => Array.from({ length }, (_, index) => index)

const furnish = (
  world: World,
  ledger: Ledger,
  organization: OrganizationRecord,
  sizes: Sizes,
  now: number,
): void => {
  const place = { world, ledger, organization, now }
  for (const index of count(sizes.accounts)) makeAccount(place, index)
  for (const index of count(sizes.ports)) makePort(place, index)
  for (const index of count(sizes.pods)) makePod(place, index)
  seedRules(world, organization, now)
}

/**
 * Fills an empty world: a user with organizations, and a stranger with one of their own, whom the user must never
 * see. The history that comes with it lies before the books were opened and moved no money in them; only the
 * newest two entries are still under way, and theirs is in transit.
 */
export const seed = (
  world: World,
  ledger: Ledger,
  payments: Payments,
  sizes: Sizes,
  now: number,
): UserRecord => {
  const user = makeUser(world, "Ada Lovelace", "ada@example.com")
  const stranger = makeUser(world, "Charles Babbage", "charles@example.com")
  for (const number of count(sizes.organizations)) {
    const organization = makeOrganization(world, user, number)
    furnish(world, ledger, organization, sizes, now)
    seedActivity(world, payments, organization, sizes.transfers, now)
  }
  const foreign = makeOrganization(world, stranger, 0)
  const few = { organizations: 1, pods: 2, ports: 1, accounts: 2, transfers: 12 }
  furnish(world, ledger, foreign, few, now)
  seedActivity(world, payments, foreign, few.transfers, now)
  payments.settle(now)
  return user
}
