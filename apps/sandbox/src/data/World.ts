/**
 * The data of a sandbox without its money: users, organizations with their pods, ports, accounts and rules,
 * and the activity. Looks things up by id, and adds new ones.
 */

import type { Random } from "../internal/Random.js"
import { ActivityIndex } from "../money/ActivityIndex.js"
import type {
  Activity,
  Direction,
  End,
  Holder,
  OrganizationRecord,
  PaymentKind,
  PodRecord,
  Status,
  TransferRecord,
  UserRecord,
} from "./Model.js"

/** A transfer to be added to the activity; id, order and direction follow by themselves. */
export interface NewTransfer {
  readonly organizationId: string
  readonly source: End
  readonly destination: End
  readonly amountCents: number
  readonly activityType: Activity
  readonly description?: string | null
  readonly instant?: boolean
  readonly createdAt: number
  readonly settlesAt: number
  readonly status: Status
  readonly errorReason?: string | null
  readonly rule?: TransferRecord["rule"]
}

/** Says which way money goes, seen from Sequence. */
const directionOf = (source: string, destination: string): Direction => {
  const isInside = (kind: string): boolean => kind === "POD" || kind === "PORT"
  if (isInside(source) && isInside(destination)) return "INTERNAL"
  return isInside(destination) ? "INCOMING" : "OUTGOING"
}

/** Holds what exists; it neither moves money nor knows of GraphQL. */
export class World {
  readonly users: UserRecord[] = []
  readonly organizations: OrganizationRecord[] = []
  readonly random: Random
  readonly #ends = new Map<string, End>()
  readonly #transfers = new Map<string, TransferRecord>()
  readonly #activity = new Map<string, ActivityIndex>()
  #sequence = 0

  constructor(random: Random) {
    this.random = random
  }

  /** The number of transfers in all organizations. */
  get transferCount(): number {
    return this.#transfers.size
  }

  /** Adds an end of transfers, so that it can be found by its id. */
  add<Kind extends End>(end: Kind): Kind {
    this.#ends.set(end.id, end)
    return end
  }

  /** Finds any end of transfers. */
  end(id: string): End | undefined {
    return this.#ends.get(id)
  }

  /** Finds the pod, port or account of an organization that a payment names. */
  holder(
    organizationId: string,
    named: { readonly id: string; readonly type: PaymentKind },
  ): Holder | undefined {
    const end = this.#ends.get(named.id)
    if (end === undefined || end.kind === "MERCHANT" || end.kind === "EXTERNAL") return undefined
    return end.kind === named.type && end.organizationId === organizationId ? end : undefined
  }

  /** Finds an organization by its id. */
  organization(id: string): OrganizationRecord | undefined {
    return this.organizations.find((organization) => organization.id === id)
  }

  /** Finds the organization that a KYC application belongs to. */
  organizationOfKyc(kycId: string): OrganizationRecord | undefined {
    return this.organizations.find((organization) => organization.kyc.id === kycId)
  }

  /** Lists the organizations that a user is a member of. */
  organizationsOf(user: UserRecord): readonly OrganizationRecord[] {
    return this.organizations.filter((organization) => organization.ownerId === user.id)
  }

  /** Finds a pod of an organization. */
  pod(organizationId: string, id: string): PodRecord | undefined {
    const end = this.holder(organizationId, { id, type: "POD" })
    return end?.kind === "POD" ? end : undefined
  }

  /** Finds a transfer by its id. */
  transfer(id: string): TransferRecord | undefined {
    return this.#transfers.get(id)
  }

  /** Gives the activity of an organization, or of one pod. */
  activityOf(id: string): ActivityIndex {
    const known = this.#activity.get(id)
    if (known !== undefined) return known
    const made = new ActivityIndex()
    this.#activity.set(id, made)
    return made
  }

  /** Makes a transfer that appears in no activity. */
  describe(wanted: NewTransfer): TransferRecord {
    this.#sequence += 1
    return {
      id: this.random.uuid(),
      sequence: this.#sequence,
      organizationId: wanted.organizationId,
      source: wanted.source,
      destination: wanted.destination,
      amountCents: wanted.amountCents,
      direction: directionOf(wanted.source.kind, wanted.destination.kind),
      activityType: wanted.activityType,
      description: wanted.description ?? null,
      instant: wanted.instant ?? false,
      createdAt: wanted.createdAt,
      settlesAt: wanted.settlesAt,
      rule: wanted.rule ?? null,
      status: wanted.status,
      updatedAt: wanted.status === "PENDING" ? wanted.createdAt : wanted.settlesAt,
      errorReason: wanted.errorReason ?? null,
    }
  }

  /** Adds a transfer to the activity of its organization and of the pods at its ends. */
  record(wanted: NewTransfer): TransferRecord {
    const transfer = this.describe(wanted)
    this.#transfers.set(transfer.id, transfer)
    this.activityOf(transfer.organizationId).add(transfer)
    for (const end of [transfer.source, transfer.destination]) {
      if (end.kind === "POD") this.activityOf(end.id).add(transfer)
    }
    return transfer
  }
}
