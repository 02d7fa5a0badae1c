/** The contents of the server's responses, in the words of the SDK's model. */
import type {
  PaymentStep,
  Transfer,
  TransferEndpoint,
  TransferRule,
  TransferStatus,
} from "../model/Transfer.js"

/** The server's sign of life. */
export interface RestHealth {
  /** Always `ok`; there is no answer otherwise. */
  readonly status: "ok"
}

/** A transfer whose outcome the server does not know. */
export interface RestUnresolvedTransfer {
  /** Ties together everything that the server's audit log says of it. */
  readonly requestId: string
  /** The state of the search for its outcome, such as `unknown`. */
  readonly status: string
  /** The amount that it was to move, in cents. */
  readonly amountCents: number
}

/** That the server can work, and what it still looks for. */
export interface RestReadiness {
  /** Always `ready`; a server that is not is an error. */
  readonly status: "ready"
  /** Transfers whose outcome is not known; empty as a rule. */
  readonly unresolved: ReadonlyArray<RestUnresolvedTransfer>
}

/** A pod as it appears in lists. */
export interface RestPod {
  /** Tells pods, ports and accounts apart. */
  readonly kind: "POD"
  /** Names it in other calls. */
  readonly id: string
  /** The organization that it belongs to. */
  readonly organizationId: string
  /** The name that its owner gave it. */
  readonly name: string
  /** The balance, in cents. `null` if the service does not say, which is not the same as 0. */
  readonly balanceCents: number | null
}

/** All pods together. */
export interface RestTotalBalance {
  /** In cents. */
  readonly totalCents: number
  /** The number of pods. */
  readonly podCount: number
}

/** A pod in the list of all pods, ports and accounts of an organization. */
export interface RestAccountsPod {
  /** Tells pods, ports and accounts apart. */
  readonly kind: "POD"
  /** Names it in other calls. */
  readonly id: string
  /** The name that its owner gave it. */
  readonly name: string
  /** In cents. `null` if the service does not say. */
  readonly balanceCents: number | null
  /** The service's own word for the kind of pod, if there is one. */
  readonly type: string | null
}

/** An account inside Sequence that income arrives at. */
export interface RestPort {
  /** Tells pods, ports and accounts apart. */
  readonly kind: "PORT"
  /** Names it in other calls. */
  readonly id: string
  /** The name that its owner gave it. */
  readonly name: string
  /** In cents. `null` if the service does not say. */
  readonly balanceCents: number | null
}

/** A bank account, a card or a loan outside Sequence. */
export interface RestExternalAccount {
  /** Tells pods, ports and accounts apart. */
  readonly kind: "ACCOUNT"
  /** Names it in other calls. */
  readonly id: string
  /** The name that its owner gave it. */
  readonly name: string
  /** In cents, negative if money is owed. `null` if the service does not say. */
  readonly balanceCents: number | null
  /** The service's own word for the kind of account. */
  readonly type: string | null
  /** Through whom Sequence sees it. */
  readonly providerType: string | null
  /** The bank's name. */
  readonly institutionName: string | null
}

/** All pods, ports and accounts of one organization. */
export interface RestAccounts {
  /** The pods. */
  readonly pods: ReadonlyArray<RestAccountsPod>
  /** The ports. */
  readonly ports: ReadonlyArray<RestPort>
  /** The accounts outside Sequence. */
  readonly accounts: ReadonlyArray<RestExternalAccount>
}

/** The debt on the credit card or loan that a pod pays. */
export interface RestLiability {
  /** Tells the kinds apart. */
  readonly type: "LIABILITY"
  /** The service's id of it. */
  readonly id: string
  /** Its name. */
  readonly name: string | null
  /** The last digits of its number. */
  readonly mask: string | null
  /** The service's own word for the kind. */
  readonly subtype: string | null
  /** The bank's name. */
  readonly institutionName: string | null
  /** In cents. */
  readonly balanceCents: number | null
  /** The time at which the balance was true. */
  readonly balanceLastUpdated: Date | null
  /** In cents. */
  readonly lastStatementBalanceCents: number | null
  /** In cents. */
  readonly nextPaymentMinimumCents: number | null
  /** A calendar date, such as `2026-01-31`. */
  readonly nextPaymentDueDate: string | null
  /** In percent a year. */
  readonly interestRatePercentage: number | null
}

/** The service's message if it could not find out what is owed. */
export interface RestLiabilityError {
  /** Tells the kinds apart. */
  readonly type: "ERROR"
  /** For a program. */
  readonly errorCode: string | null
  /** For people. */
  readonly displayMessage: string | null
}

/** A kind of liability that the server does not know yet. */
export interface RestUnknownLiability {
  /** Tells the kinds apart. */
  readonly type: "UNKNOWN"
}

/** The outside account that a pod pays or is filled from. */
export interface RestLinkedAccount {
  /** Its id. */
  readonly id: string
  /** Its name. */
  readonly name: string | null
}

/** All details of one pod. Printed, it shows the last four digits of its account numbers only. */
export interface RestPodDetail extends RestPod {
  /** Its picture. */
  readonly icon: string | null
  /** The name that its account is in. */
  readonly beneficiaryName: string | null
  /** In full. */
  readonly bankAccountNumber: string | null
  /** In full. */
  readonly routingNumber: string | null
  /** The savings goal of its owner, in cents. */
  readonly goalCents: number | null
  /** The outside account behind it, if there is one. */
  readonly linkedAccount: RestLinkedAccount | null
  /** The debt on the card or loan that it pays, if it pays one. */
  readonly liability: RestLiability | RestLiabilityError | RestUnknownLiability | null
  /** The newest ones, newest first. */
  readonly recentTransfers: ReadonlyArray<Transfer>
}

/** A transfer that one payment carries out. */
export interface RestSimpleTransferDetails extends PaymentStep {
  /** Tells the kinds apart. */
  readonly type: "simple"
}

/** A transfer that first pulls money into Sequence, then pushes it out. */
export interface RestCompoundTransferDetails {
  /** Tells the kinds apart. */
  readonly type: "compound"
  /** The payment into Sequence. */
  readonly pull: PaymentStep | null
  /** The payment out of it. */
  readonly push: PaymentStep | null
  /** Set if the money was sent back. */
  readonly reversal: PaymentStep | null
}

/** A kind of details that the server does not know yet. */
export interface RestUnknownTransferDetails {
  /** Tells the kinds apart. */
  readonly type: "unknown"
}

/** The payments that carry out a transfer. */
export type RestTransferDetails =
  | RestSimpleTransferDetails
  | RestCompoundTransferDetails
  | RestUnknownTransferDetails

/** All details of one transfer. */
export interface RestTransferDetail extends Transfer {
  /** The payments that carry it out, if the service names them. */
  readonly details: RestTransferDetails | null
  /** The rule that triggered it, if one did. */
  readonly rule: TransferRule | null
}

/** A transfer that was accepted. */
export interface RestTransferReceipt {
  /** The new transfer's own id; `null` if it was accepted and the service does not show it yet. */
  readonly id: string | null
  /** Its status. */
  readonly status: TransferStatus | null
  /** The amount that it moves, in cents. */
  readonly amountCents: number
  /** The source of the money. */
  readonly source: TransferEndpoint
  /** The destination of the money. */
  readonly destination: TransferEndpoint
  /** The time at which the service made it. */
  readonly createdAt: Date | null
  /** Ties together everything that the server's audit log says of it. */
  readonly requestId: string
  /** The key that it was made under: the caller's, or the client's own. */
  readonly idempotencyKey: string
  /** True if the server gave the answer of an earlier request under that key. Money moved once either way. */
  readonly replayed: boolean
  /** The organization's pods with their balances after the transfer, if the response held them. */
  readonly organization: { readonly id: string; readonly pods: ReadonlyArray<RestPod> } | null
}
