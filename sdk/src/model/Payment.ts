/** The request for a transfer, and the receipt of an accepted one. */
import type { ExternalAccount, Port } from "./Account.js"
import type { Pod } from "./Pod.js"
import type { TransferEndpoint, TransferStatus } from "./Transfer.js"

/** The kinds of things that money can be moved between. */
export type PaymentAccountType = "POD" | "PORT" | "ACCOUNT"

/** A pod, port or account by its id. */
export interface PaymentAccountRef {
  readonly id: string
  readonly type: PaymentAccountType
  /** Its name for the audit log, if it is known. */
  readonly name?: string | null | undefined
}

/**
 * Something to move money from or to: a pod, port or account as it was read, one by its id, or a name. A name
 * is looked up without regard to case: the one that is called exactly that, else the only one that contains it.
 */
export type PaymentAccount = Pod | Port | ExternalAccount | PaymentAccountRef | string

/** A transfer to make. */
export interface TransferRequest {
  readonly source: PaymentAccount
  readonly destination: PaymentAccount
  /** Whole cents, from 1 to 2147483647. */
  readonly amountCents: number
  /** For the statement, at most 200 characters. @default "" */
  readonly description?: string | undefined
  /** True to move the money at once, for the fee that the service charges. @default false */
  readonly instant?: boolean | undefined
  /** The KYC application to make it for. Default: the client's. */
  readonly kycId?: string | undefined
}

/** A reason why transfers cannot be made for a KYC application. */
export interface KycProblem {
  /** The problem and the setting that it comes from, for people. */
  readonly message: string
  /** True if transfers are certainly refused. `false`: the service may know more than it shows. */
  readonly isCertain: boolean
}

/** A transfer that the service accepted. */
export interface TransferReceipt {
  /** The new transfer's own id; `null` if it was accepted and could not be found in the activity yet. */
  readonly id: string | null
  readonly status: TransferStatus | null
  readonly amountCents: number
  readonly source: TransferEndpoint
  readonly destination: TransferEndpoint
  readonly createdAt: Date | null
  /** With safeguards: ties together everything that the audit log says of it. */
  readonly requestId?: string | undefined
  /** With an `idempotencyKey`: `true` if an earlier call under it moved the money. */
  readonly replayed?: boolean | undefined
  /** The `x-request-id` of the request that made it. */
  readonly upstreamRequestId: string
  /** The organization's pods with their balances after the transfer, if the response held them. */
  readonly organization: { readonly id: string; readonly pods: ReadonlyArray<Pod> } | null
}
