/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
export type ActivityType =
  | 'ACH'
  | 'CASHBACK'
  | 'DIRECT_DEPOSIT'
  | 'MONEY_IN'
  | 'ONE_TIME_TRANSFER'
  | 'PULLED_FROM_SEQUENCE'
  | 'RULE'
  | '%future added value';

/** Both ends are included; each is an ISO 8601 date. */
export type DateRange = {
  readonly end?: string | null | undefined;
  readonly start?: string | null | undefined;
};

export type PaymentAccountInput = {
  readonly id: string;
  readonly type: PaymentAccountType;
};

export type PaymentAccountType =
  | 'ACCOUNT'
  | 'POD'
  | 'PORT'
  | '%future added value';

export type TransferDirection =
  | 'INCOMING'
  | 'INTERNAL'
  | 'OUTGOING'
  | '%future added value';

export type TransferReferenceFilter = {
  readonly activityTypes?: ReadonlyArray<ActivityType> | null | undefined;
  readonly createdAt?: DateRange | null | undefined;
  readonly directions?: ReadonlyArray<TransferDirection> | null | undefined;
  readonly hideInternalTransfers?: boolean | null | undefined;
  readonly name?: string | null | undefined;
  readonly statuses?: ReadonlyArray<TransferStatus> | null | undefined;
};

export type TransferStatus =
  | 'CANCELLED'
  | 'COMPLETE'
  | 'FAILED'
  | 'PENDING'
  | 'PROCESSING'
  | '%future added value';

export type AccountSummaryFragment = { readonly __typename: 'Account', readonly id: string, readonly name: string, readonly type: string | null, readonly providerType: string | null, readonly icon: string | null, readonly description: string | null, readonly institutionName: string | null, readonly capabilities: ReadonlyArray<string> | null, readonly canBeSourceOfTransfer: boolean | null, readonly pendingDisconnectCode: string | null, readonly isPendingKyc: boolean | null, readonly metadata:
    | { readonly __typename: 'ManualAccountMetadata', readonly id: string, readonly balance: { readonly __typename: 'MoneyAmount', readonly cents: number } | null }
    | { readonly __typename: 'MethodMetadata', readonly id: string, readonly balance: { readonly __typename: 'MoneyAmount', readonly cents: number } | null, readonly institution: { readonly __typename: 'Institution', readonly id: string, readonly name: string | null, readonly logo: string | null } | null }
    | { readonly __typename: 'PlaidMetadata', readonly id: string, readonly balance: { readonly __typename: 'MoneyAmount', readonly cents: number } | null, readonly institution: { readonly __typename: 'Institution', readonly id: string, readonly name: string | null, readonly logo: string | null } | null }
   | null };

export type CardFragment = { readonly __typename: 'DebitCard', readonly id: string, readonly last4Digits: string | null, readonly expirationDate: string | null, readonly holderName: string | null, readonly holderType: string | null, readonly status: string | null, readonly type: string | null, readonly pinSet: boolean | null, readonly cashbackPercentage: number | null, readonly amountSpent: { readonly __typename: 'MoneyAmount', readonly cents: number } | null, readonly cashback: { readonly __typename: 'MoneyAmount', readonly cents: number } | null, readonly transactions: ReadonlyArray<{ readonly __typename: 'CardTransaction', readonly id: string, readonly direction: string | null, readonly summary: string | null, readonly createdAt: string | null, readonly amount: { readonly __typename: 'MoneyAmount', readonly cents: number } | null }> | null, readonly authorizations: ReadonlyArray<{ readonly __typename: 'CardTransaction', readonly id: string, readonly direction: string | null, readonly summary: string | null, readonly createdAt: string | null, readonly amount: { readonly __typename: 'MoneyAmount', readonly cents: number } | null }> | null };

export type CardEntryFragment = { readonly __typename: 'CardTransaction', readonly id: string, readonly direction: string | null, readonly summary: string | null, readonly createdAt: string | null, readonly amount: { readonly __typename: 'MoneyAmount', readonly cents: number } | null };

type Liability_ErrorMetadata_Fragment = { readonly __typename: 'ErrorMetadata', readonly errorCode: string | null, readonly displayMessage: string | null };

type Liability_LiabilityMetadata_Fragment = { readonly __typename: 'LiabilityMetadata', readonly id: string, readonly name: string | null, readonly mask: string | null, readonly subtype: string | null, readonly balanceLastUpdated: string | null, readonly nextPaymentDueDate: string | null, readonly interestRatePercentage: number | null, readonly institution: { readonly __typename: 'Institution', readonly id: string, readonly name: string | null, readonly logo: string | null } | null, readonly balance: { readonly __typename: 'MoneyAmount', readonly cents: number } | null, readonly lastStatementBalance: { readonly __typename: 'MoneyAmount', readonly cents: number } | null, readonly nextPaymentMinimumAmount: { readonly __typename: 'MoneyAmount', readonly cents: number } | null };

export type LiabilityFragment =
  | Liability_ErrorMetadata_Fragment
  | Liability_LiabilityMetadata_Fragment
;

export type LimitsFragment = { readonly __typename: 'CreditLimits', readonly dailyCreditLimit: { readonly __typename: 'MoneyAmount', readonly cents: number } | null, readonly remainingDailyCreditLimit: { readonly __typename: 'MoneyAmount', readonly cents: number } | null, readonly remainingMonthlyCreditLimit: { readonly __typename: 'MoneyAmount', readonly cents: number } | null };

export type MoneyFragment = { readonly __typename: 'MoneyAmount', readonly cents: number };

export type PodSummaryFragment = { readonly __typename: 'Pod', readonly id: string, readonly name: string, readonly icon: string | null, readonly type: string | null, readonly description: string | null, readonly goalAmountInCents: number | null, readonly metadata: { readonly __typename: 'PodMetadata', readonly id: string, readonly balance: { readonly __typename: 'MoneyAmount', readonly cents: number } | null } | null };

export type PortSummaryFragment = { readonly __typename: 'Port', readonly id: string, readonly name: string, readonly icon: string | null, readonly description: string | null, readonly metadata: { readonly __typename: 'PortMetadata', readonly id: string, readonly balance: { readonly __typename: 'MoneyAmount', readonly cents: number } | null } | null };

export type TransferSummaryFragment = { readonly __typename: 'TransferReference', readonly id: string, readonly type: string | null, readonly status: TransferStatus | null, readonly errorReason: string | null, readonly description: string | null, readonly direction: TransferDirection | null, readonly activityType: ActivityType | null, readonly createdAt: string | null, readonly updatedAt: string | null, readonly amount: { readonly __typename: 'MoneyAmount', readonly cents: number }, readonly source:
    | { readonly __typename: 'Account', readonly id: string, readonly name: string, readonly icon: string | null }
    | { readonly __typename: 'ExternalEntity', readonly name: string }
    | { readonly __typename: 'Merchant', readonly id: string, readonly name: string, readonly icon: string | null }
    | { readonly __typename: 'Pod', readonly id: string, readonly name: string, readonly icon: string | null }
    | { readonly __typename: 'Port', readonly id: string, readonly name: string, readonly icon: string | null }
   | null, readonly destination:
    | { readonly __typename: 'Account', readonly id: string, readonly name: string, readonly icon: string | null }
    | { readonly __typename: 'ExternalEntity', readonly name: string }
    | { readonly __typename: 'Merchant', readonly id: string, readonly name: string, readonly icon: string | null }
    | { readonly __typename: 'Pod', readonly id: string, readonly name: string, readonly icon: string | null }
    | { readonly __typename: 'Port', readonly id: string, readonly name: string, readonly icon: string | null }
   | null };

type Endpoint_Account_Fragment = { readonly __typename: 'Account', readonly id: string, readonly name: string, readonly icon: string | null };

type Endpoint_ExternalEntity_Fragment = { readonly __typename: 'ExternalEntity', readonly name: string };

type Endpoint_Merchant_Fragment = { readonly __typename: 'Merchant', readonly id: string, readonly name: string, readonly icon: string | null };

type Endpoint_Pod_Fragment = { readonly __typename: 'Pod', readonly id: string, readonly name: string, readonly icon: string | null };

type Endpoint_Port_Fragment = { readonly __typename: 'Port', readonly id: string, readonly name: string, readonly icon: string | null };

export type EndpointFragment =
  | Endpoint_Account_Fragment
  | Endpoint_ExternalEntity_Fragment
  | Endpoint_Merchant_Fragment
  | Endpoint_Pod_Fragment
  | Endpoint_Port_Fragment
;

export type PaymentFragment = { readonly __typename: 'PaymentStatus', readonly status: string | null, readonly createdAt: string | null, readonly completedAt: string | null, readonly expectedCompletionDate: string | null };

export type ActivityLogV2TransfersQueryVariables = Exact<{
  organizationId: string;
  transferFilter: TransferReferenceFilter;
  after?: string | null | undefined;
  first: number;
}>;


export type ActivityLogV2TransfersQuery = { readonly organization: { readonly __typename: 'Organization', readonly id: string, readonly transferReferences: { readonly __typename: 'TransferReferenceConnection', readonly pageInfo: { readonly __typename: 'PageInfo', readonly endCursor: string | null, readonly hasNextPage: boolean }, readonly edges: ReadonlyArray<{ readonly __typename: 'TransferReferenceEdge', readonly cursor: string, readonly node: { readonly __typename: 'TransferReference', readonly id: string, readonly type: string | null, readonly status: TransferStatus | null, readonly errorReason: string | null, readonly description: string | null, readonly direction: TransferDirection | null, readonly activityType: ActivityType | null, readonly createdAt: string | null, readonly updatedAt: string | null, readonly ruleDetails: { readonly __typename: 'TransferRule', readonly triggerType: string | null } | null, readonly amount: { readonly __typename: 'MoneyAmount', readonly cents: number }, readonly source:
            | { readonly __typename: 'Account', readonly id: string, readonly name: string, readonly icon: string | null }
            | { readonly __typename: 'ExternalEntity', readonly name: string }
            | { readonly __typename: 'Merchant', readonly id: string, readonly name: string, readonly icon: string | null }
            | { readonly __typename: 'Pod', readonly id: string, readonly name: string, readonly icon: string | null }
            | { readonly __typename: 'Port', readonly id: string, readonly name: string, readonly icon: string | null }
           | null, readonly destination:
            | { readonly __typename: 'Account', readonly id: string, readonly name: string, readonly icon: string | null }
            | { readonly __typename: 'ExternalEntity', readonly name: string }
            | { readonly __typename: 'Merchant', readonly id: string, readonly name: string, readonly icon: string | null }
            | { readonly __typename: 'Pod', readonly id: string, readonly name: string, readonly icon: string | null }
            | { readonly __typename: 'Port', readonly id: string, readonly name: string, readonly icon: string | null }
           | null } }> } } | null };

export type ActivitySummaryQueryVariables = Exact<{ [key: string]: never; }>;


export type ActivitySummaryQuery = { readonly activitySummary: { readonly __typename: 'ActivitySummary', readonly id: string, readonly transferReferencesCount: number, readonly ruleExecutionsCount: number, readonly totalIncomingFundsInCents: { readonly __typename: 'MoneyAmount', readonly cents: number } }, readonly me: { readonly __typename: 'User', readonly id: string } };

export type CreatePaymentMutationVariables = Exact<{
  id: string;
  source: PaymentAccountInput;
  destination: PaymentAccountInput;
  amount: number;
  isInstantTransfer?: boolean | null | undefined;
  achDescription?: string | null | undefined;
}>;


export type CreatePaymentMutation = { readonly forKYC: { readonly __typename: 'KYCActions', readonly createPayment: { readonly __typename: 'CreatePaymentResult', readonly ok: { readonly __typename: 'CreatePaymentOk', readonly organization: { readonly __typename: 'Organization', readonly id: string, readonly pods: ReadonlyArray<{ readonly __typename: 'Pod', readonly id: string, readonly name: string, readonly icon: string | null, readonly type: string | null, readonly description: string | null, readonly goalAmountInCents: number | null, readonly metadata: { readonly __typename: 'PodMetadata', readonly id: string, readonly balance: { readonly __typename: 'MoneyAmount', readonly cents: number } | null } | null }>, readonly transferReferences: { readonly __typename: 'TransferReferenceConnection', readonly edges: ReadonlyArray<{ readonly __typename: 'TransferReferenceEdge', readonly node: { readonly __typename: 'TransferReference', readonly id: string, readonly type: string | null, readonly status: TransferStatus | null, readonly errorReason: string | null, readonly description: string | null, readonly direction: TransferDirection | null, readonly activityType: ActivityType | null, readonly createdAt: string | null, readonly updatedAt: string | null, readonly ruleDetails: { readonly __typename: 'TransferRule', readonly triggerType: string | null } | null, readonly amount: { readonly __typename: 'MoneyAmount', readonly cents: number }, readonly source:
                  | { readonly __typename: 'Account', readonly id: string, readonly name: string, readonly icon: string | null }
                  | { readonly __typename: 'ExternalEntity', readonly name: string }
                  | { readonly __typename: 'Merchant', readonly id: string, readonly name: string, readonly icon: string | null }
                  | { readonly __typename: 'Pod', readonly id: string, readonly name: string, readonly icon: string | null }
                  | { readonly __typename: 'Port', readonly id: string, readonly name: string, readonly icon: string | null }
                 | null, readonly destination:
                  | { readonly __typename: 'Account', readonly id: string, readonly name: string, readonly icon: string | null }
                  | { readonly __typename: 'ExternalEntity', readonly name: string }
                  | { readonly __typename: 'Merchant', readonly id: string, readonly name: string, readonly icon: string | null }
                  | { readonly __typename: 'Pod', readonly id: string, readonly name: string, readonly icon: string | null }
                  | { readonly __typename: 'Port', readonly id: string, readonly name: string, readonly icon: string | null }
                 | null } }> } } } | null, readonly error: { readonly __typename: 'PaymentError', readonly message: string } | null } } };

export type MapContextMeQueryVariables = Exact<{
  organizationId: string;
}>;


export type MapContextMeQuery = { readonly organization: { readonly __typename: 'Organization', readonly id: string, readonly rules: ReadonlyArray<{ readonly __typename: 'Rule', readonly id: string, readonly priority: number | null, readonly nickname: string | null, readonly description: string | null, readonly transferDescription: string | null, readonly enabled: boolean | null, readonly isDirectDeposit: boolean | null, readonly testModeEnabled: boolean | null, readonly createdAt: string | null, readonly trigger:
        | { readonly __typename: 'FundsTransferTrigger', readonly accountId: string | null, readonly id: string, readonly portId: string | null, readonly podId: string | null }
        | { readonly __typename: 'ManualTrigger', readonly accountId: string | null, readonly ghostNodeId: string | null, readonly id: string, readonly portId: string | null, readonly podId: string | null }
        | { readonly __typename: 'RemoteApiTrigger', readonly endpoint: string | null, readonly id: string, readonly portId: string | null, readonly podId: string | null }
        | { readonly __typename: 'ScheduledTrigger', readonly cron: string | null, readonly type: string | null, readonly timezone: string | null, readonly startDate: string | null, readonly id: string, readonly portId: string | null, readonly podId: string | null }
       | null, readonly steps: ReadonlyArray<{ readonly __typename: 'RuleStep', readonly conditions: { readonly __typename: 'ConditionGroup', readonly combinator: string | null, readonly conditions: ReadonlyArray<{ readonly __typename: 'ConditionGroup', readonly combinator: string | null, readonly conditions: ReadonlyArray<{ readonly __typename: 'ConditionGroup', readonly combinator: string | null, readonly conditions: ReadonlyArray<{ readonly __typename: 'ConditionGroup', readonly combinator: string | null, readonly conditions: ReadonlyArray<{ readonly __typename: 'ConditionGroup', readonly combinator: string | null, readonly conditions: ReadonlyArray<{ readonly __typename: 'ConditionGroup', readonly combinator: string | null, readonly condition: { readonly __typename: 'RuleCondition', readonly fact: string | null, readonly operator: string | null, readonly value: unknown, readonly valueFact: string | null, readonly valueFactParams: { readonly __typename: 'RuleConditionTarget', readonly portId: string | null, readonly podId: string | null, readonly accountId: string | null } | null } | null }> | null, readonly condition: { readonly __typename: 'RuleCondition', readonly fact: string | null, readonly operator: string | null, readonly value: unknown, readonly valueFact: string | null, readonly valueFactParams: { readonly __typename: 'RuleConditionTarget', readonly portId: string | null, readonly podId: string | null, readonly accountId: string | null } | null } | null }> | null, readonly condition: { readonly __typename: 'RuleCondition', readonly fact: string | null, readonly operator: string | null, readonly value: unknown, readonly valueFact: string | null, readonly valueFactParams: { readonly __typename: 'RuleConditionTarget', readonly portId: string | null, readonly podId: string | null, readonly accountId: string | null } | null } | null }> | null, readonly condition: { readonly __typename: 'RuleCondition', readonly fact: string | null, readonly operator: string | null, readonly value: unknown, readonly valueFact: string | null, readonly valueFactParams: { readonly __typename: 'RuleConditionTarget', readonly portId: string | null, readonly podId: string | null, readonly accountId: string | null } | null } | null }> | null, readonly condition: { readonly __typename: 'RuleCondition', readonly fact: string | null, readonly operator: string | null, readonly value: unknown, readonly valueFact: string | null, readonly valueFactParams: { readonly __typename: 'RuleConditionTarget', readonly portId: string | null, readonly podId: string | null, readonly accountId: string | null } | null } | null }> | null, readonly condition: { readonly __typename: 'RuleCondition', readonly fact: string | null, readonly operator: string | null, readonly value: unknown, readonly valueFact: string | null, readonly valueFactParams: { readonly __typename: 'RuleConditionTarget', readonly portId: string | null, readonly podId: string | null, readonly accountId: string | null } | null } | null } | null, readonly actions: ReadonlyArray<{ readonly __typename: 'PaymentAction', readonly isInstantTransfer: boolean | null, readonly amount: unknown, readonly source: { readonly __typename: 'RuleEndpoint', readonly id: string, readonly type: string | null, readonly name: string | null, readonly icon: string | null } | null, readonly destination: { readonly __typename: 'RuleEndpoint', readonly id: string, readonly type: string | null, readonly name: string | null, readonly icon: string | null } | null }> }> }>, readonly ruleConnections: ReadonlyArray<{ readonly __typename: 'RuleConnection', readonly id: string, readonly ruleId: string | null, readonly sourceNodeId: string | null, readonly destinationNodeId: string | null }>, readonly ghostNodes: ReadonlyArray<{ readonly __typename: 'GhostNode', readonly id: string, readonly name: string | null, readonly icon: string | null, readonly accountId: string | null, readonly portId: string | null }>, readonly mapState: { readonly __typename: 'MapState', readonly nodes: ReadonlyArray<{ readonly __typename: 'MapNode', readonly id: string, readonly position: { readonly __typename: 'MapPosition', readonly x: number, readonly y: number } }> } | null } | null };

export type ConditionsFragment = { readonly __typename: 'ConditionGroup', readonly combinator: string | null, readonly condition: { readonly __typename: 'RuleCondition', readonly fact: string | null, readonly operator: string | null, readonly value: unknown, readonly valueFact: string | null, readonly valueFactParams: { readonly __typename: 'RuleConditionTarget', readonly portId: string | null, readonly podId: string | null, readonly accountId: string | null } | null } | null };

export type RuleEndFragment = { readonly __typename: 'RuleEndpoint', readonly id: string, readonly type: string | null, readonly name: string | null, readonly icon: string | null };

export type PodDrawerContentQueryVariables = Exact<{
  organizationId: string;
  id: string;
}>;


export type PodDrawerContentQuery = { readonly organization: { readonly __typename: 'Organization', readonly id: string, readonly pod: { readonly __typename: 'Pod', readonly beneficiaryName: string | null, readonly bankAccountNumber: string | null, readonly routingNumber: string | null, readonly createdAt: string | null, readonly id: string, readonly name: string, readonly icon: string | null, readonly type: string | null, readonly description: string | null, readonly goalAmountInCents: number | null, readonly limits: { readonly __typename: 'CreditLimits', readonly dailyCreditLimit: { readonly __typename: 'MoneyAmount', readonly cents: number } | null, readonly remainingDailyCreditLimit: { readonly __typename: 'MoneyAmount', readonly cents: number } | null, readonly remainingMonthlyCreditLimit: { readonly __typename: 'MoneyAmount', readonly cents: number } | null } | null, readonly linkedAccount: { readonly __typename: 'LinkedAccount', readonly id: string, readonly name: string | null, readonly pendingDisconnectCode: string | null } | null, readonly liabilityMetadata:
        | { readonly __typename: 'ErrorMetadata', readonly errorCode: string | null, readonly displayMessage: string | null }
        | { readonly __typename: 'LiabilityMetadata', readonly id: string, readonly name: string | null, readonly mask: string | null, readonly subtype: string | null, readonly balanceLastUpdated: string | null, readonly nextPaymentDueDate: string | null, readonly interestRatePercentage: number | null, readonly institution: { readonly __typename: 'Institution', readonly id: string, readonly name: string | null, readonly logo: string | null } | null, readonly balance: { readonly __typename: 'MoneyAmount', readonly cents: number } | null, readonly lastStatementBalance: { readonly __typename: 'MoneyAmount', readonly cents: number } | null, readonly nextPaymentMinimumAmount: { readonly __typename: 'MoneyAmount', readonly cents: number } | null }
       | null, readonly debitCards: ReadonlyArray<{ readonly __typename: 'DebitCard', readonly id: string, readonly last4Digits: string | null, readonly expirationDate: string | null, readonly holderName: string | null, readonly holderType: string | null, readonly status: string | null, readonly type: string | null, readonly pinSet: boolean | null, readonly cashbackPercentage: number | null, readonly amountSpent: { readonly __typename: 'MoneyAmount', readonly cents: number } | null, readonly cashback: { readonly __typename: 'MoneyAmount', readonly cents: number } | null, readonly transactions: ReadonlyArray<{ readonly __typename: 'CardTransaction', readonly id: string, readonly direction: string | null, readonly summary: string | null, readonly createdAt: string | null, readonly amount: { readonly __typename: 'MoneyAmount', readonly cents: number } | null }> | null, readonly authorizations: ReadonlyArray<{ readonly __typename: 'CardTransaction', readonly id: string, readonly direction: string | null, readonly summary: string | null, readonly createdAt: string | null, readonly amount: { readonly __typename: 'MoneyAmount', readonly cents: number } | null }> | null }> | null, readonly transferReferences: { readonly __typename: 'TransferReferenceConnection', readonly edges: ReadonlyArray<{ readonly __typename: 'TransferReferenceEdge', readonly node: { readonly __typename: 'TransferReference', readonly id: string, readonly type: string | null, readonly status: TransferStatus | null, readonly errorReason: string | null, readonly description: string | null, readonly direction: TransferDirection | null, readonly activityType: ActivityType | null, readonly createdAt: string | null, readonly updatedAt: string | null, readonly amount: { readonly __typename: 'MoneyAmount', readonly cents: number }, readonly source:
              | { readonly __typename: 'Account', readonly id: string, readonly name: string, readonly icon: string | null }
              | { readonly __typename: 'ExternalEntity', readonly name: string }
              | { readonly __typename: 'Merchant', readonly id: string, readonly name: string, readonly icon: string | null }
              | { readonly __typename: 'Pod', readonly id: string, readonly name: string, readonly icon: string | null }
              | { readonly __typename: 'Port', readonly id: string, readonly name: string, readonly icon: string | null }
             | null, readonly destination:
              | { readonly __typename: 'Account', readonly id: string, readonly name: string, readonly icon: string | null }
              | { readonly __typename: 'ExternalEntity', readonly name: string }
              | { readonly __typename: 'Merchant', readonly id: string, readonly name: string, readonly icon: string | null }
              | { readonly __typename: 'Pod', readonly id: string, readonly name: string, readonly icon: string | null }
              | { readonly __typename: 'Port', readonly id: string, readonly name: string, readonly icon: string | null }
             | null } }> }, readonly metadata: { readonly __typename: 'PodMetadata', readonly id: string, readonly balance: { readonly __typename: 'MoneyAmount', readonly cents: number } | null } | null } | null } | null };

export type SelectSourceAndDestinationQueryVariables = Exact<{ [key: string]: never; }>;


export type SelectSourceAndDestinationQuery = { readonly me: { readonly __typename: 'User', readonly id: string, readonly memberships: ReadonlyArray<{ readonly __typename: 'Membership', readonly id: string, readonly organization: { readonly __typename: 'Organization', readonly id: string, readonly kycs: ReadonlyArray<{ readonly __typename: 'KYC', readonly id: string }>, readonly pods: ReadonlyArray<{ readonly __typename: 'Pod', readonly id: string, readonly name: string, readonly icon: string | null, readonly type: string | null, readonly description: string | null, readonly goalAmountInCents: number | null, readonly metadata: { readonly __typename: 'PodMetadata', readonly id: string, readonly balance: { readonly __typename: 'MoneyAmount', readonly cents: number } | null } | null }>, readonly ports: ReadonlyArray<{ readonly __typename: 'Port', readonly id: string, readonly name: string, readonly icon: string | null, readonly description: string | null, readonly metadata: { readonly __typename: 'PortMetadata', readonly id: string, readonly balance: { readonly __typename: 'MoneyAmount', readonly cents: number } | null } | null }>, readonly accounts: ReadonlyArray<{ readonly __typename: 'Account', readonly id: string, readonly name: string, readonly type: string | null, readonly providerType: string | null, readonly icon: string | null, readonly description: string | null, readonly institutionName: string | null, readonly capabilities: ReadonlyArray<string> | null, readonly canBeSourceOfTransfer: boolean | null, readonly pendingDisconnectCode: string | null, readonly isPendingKyc: boolean | null, readonly metadata:
            | { readonly __typename: 'ManualAccountMetadata', readonly id: string, readonly balance: { readonly __typename: 'MoneyAmount', readonly cents: number } | null }
            | { readonly __typename: 'MethodMetadata', readonly id: string, readonly balance: { readonly __typename: 'MoneyAmount', readonly cents: number } | null, readonly institution: { readonly __typename: 'Institution', readonly id: string, readonly name: string | null, readonly logo: string | null } | null }
            | { readonly __typename: 'PlaidMetadata', readonly id: string, readonly balance: { readonly __typename: 'MoneyAmount', readonly cents: number } | null, readonly institution: { readonly __typename: 'Institution', readonly id: string, readonly name: string | null, readonly logo: string | null } | null }
           | null }> } }> } };

export type TransferReferenceDrawerContentV2QueryVariables = Exact<{
  organizationId: string;
  id: string;
}>;


export type TransferReferenceDrawerContentV2Query = { readonly organization: { readonly __typename: 'Organization', readonly id: string, readonly transferReference: { readonly __typename: 'TransferReference', readonly id: string, readonly type: string | null, readonly status: TransferStatus | null, readonly errorReason: string | null, readonly description: string | null, readonly direction: TransferDirection | null, readonly activityType: ActivityType | null, readonly createdAt: string | null, readonly updatedAt: string | null, readonly details:
        | { readonly __typename: 'CompoundTransferDetails', readonly pullPaymentStatus: { readonly __typename: 'PaymentStatus', readonly status: string | null, readonly createdAt: string | null, readonly completedAt: string | null, readonly expectedCompletionDate: string | null } | null, readonly pushPaymentStatus: { readonly __typename: 'PaymentStatus', readonly status: string | null, readonly createdAt: string | null, readonly completedAt: string | null, readonly expectedCompletionDate: string | null } | null, readonly reversalPaymentStatus: { readonly __typename: 'PaymentStatus', readonly status: string | null, readonly createdAt: string | null, readonly completedAt: string | null, readonly expectedCompletionDate: string | null } | null }
        | { readonly __typename: 'SimpleTransferDetails', readonly status: { readonly __typename: 'PaymentStatus', readonly status: string | null, readonly createdAt: string | null, readonly completedAt: string | null, readonly expectedCompletionDate: string | null } | null }
       | null, readonly ruleDetails: { readonly __typename: 'TransferRule', readonly triggerType: string | null, readonly triggerCron: string | null } | null, readonly amount: { readonly __typename: 'MoneyAmount', readonly cents: number }, readonly source:
        | { readonly __typename: 'Account', readonly id: string, readonly name: string, readonly icon: string | null }
        | { readonly __typename: 'ExternalEntity', readonly name: string }
        | { readonly __typename: 'Merchant', readonly id: string, readonly name: string, readonly icon: string | null }
        | { readonly __typename: 'Pod', readonly id: string, readonly name: string, readonly icon: string | null }
        | { readonly __typename: 'Port', readonly id: string, readonly name: string, readonly icon: string | null }
       | null, readonly destination:
        | { readonly __typename: 'Account', readonly id: string, readonly name: string, readonly icon: string | null }
        | { readonly __typename: 'ExternalEntity', readonly name: string }
        | { readonly __typename: 'Merchant', readonly id: string, readonly name: string, readonly icon: string | null }
        | { readonly __typename: 'Pod', readonly id: string, readonly name: string, readonly icon: string | null }
        | { readonly __typename: 'Port', readonly id: string, readonly name: string, readonly icon: string | null }
       | null } | null } | null };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}
export const MoneyFragmentDoc = /*#__PURE__*/ new TypedDocumentString(`
    fragment Money on MoneyAmount {
  __typename
  cents
}
    `, {"fragmentName":"Money"}) as unknown as TypedDocumentString<MoneyFragment, unknown>;
export const AccountSummaryFragmentDoc = /*#__PURE__*/ new TypedDocumentString(`
    fragment AccountSummary on Account {
  __typename
  id
  name
  type
  providerType
  icon
  description
  institutionName
  capabilities
  canBeSourceOfTransfer
  pendingDisconnectCode
  isPendingKyc
  metadata {
    __typename
    ... on PlaidMetadata {
      id
      balance {
        __typename
        ...Money
      }
      institution {
        __typename
        id
        name
        logo
      }
    }
    ... on MethodMetadata {
      id
      balance {
        __typename
        ...Money
      }
      institution {
        __typename
        id
        name
        logo
      }
    }
    ... on ManualAccountMetadata {
      id
      balance {
        __typename
        ...Money
      }
    }
  }
}
    fragment Money on MoneyAmount {
  __typename
  cents
}`, {"fragmentName":"AccountSummary"}) as unknown as TypedDocumentString<AccountSummaryFragment, unknown>;
export const CardEntryFragmentDoc = /*#__PURE__*/ new TypedDocumentString(`
    fragment CardEntry on CardTransaction {
  __typename
  id
  amount {
    __typename
    ...Money
  }
  direction
  summary
  createdAt
}
    fragment Money on MoneyAmount {
  __typename
  cents
}`, {"fragmentName":"CardEntry"}) as unknown as TypedDocumentString<CardEntryFragment, unknown>;
export const CardFragmentDoc = /*#__PURE__*/ new TypedDocumentString(`
    fragment Card on DebitCard {
  __typename
  id
  last4Digits
  expirationDate
  holderName
  holderType
  status
  type
  pinSet
  amountSpent {
    __typename
    ...Money
  }
  cashback {
    __typename
    ...Money
  }
  cashbackPercentage
  transactions {
    __typename
    ...CardEntry
  }
  authorizations {
    __typename
    ...CardEntry
  }
}
    fragment CardEntry on CardTransaction {
  __typename
  id
  amount {
    __typename
    ...Money
  }
  direction
  summary
  createdAt
}
fragment Money on MoneyAmount {
  __typename
  cents
}`, {"fragmentName":"Card"}) as unknown as TypedDocumentString<CardFragment, unknown>;
export const LiabilityFragmentDoc = /*#__PURE__*/ new TypedDocumentString(`
    fragment Liability on LiabilityMetadataResult {
  __typename
  ... on LiabilityMetadata {
    id
    name
    mask
    subtype
    institution {
      __typename
      id
      name
      logo
    }
    balance {
      __typename
      ...Money
    }
    balanceLastUpdated
    lastStatementBalance {
      __typename
      ...Money
    }
    nextPaymentMinimumAmount {
      __typename
      ...Money
    }
    nextPaymentDueDate
    interestRatePercentage
  }
  ... on ErrorMetadata {
    errorCode
    displayMessage
  }
}
    fragment Money on MoneyAmount {
  __typename
  cents
}`, {"fragmentName":"Liability"}) as unknown as TypedDocumentString<LiabilityFragment, unknown>;
export const LimitsFragmentDoc = /*#__PURE__*/ new TypedDocumentString(`
    fragment Limits on CreditLimits {
  __typename
  dailyCreditLimit {
    __typename
    ...Money
  }
  remainingDailyCreditLimit {
    __typename
    ...Money
  }
  remainingMonthlyCreditLimit {
    __typename
    ...Money
  }
}
    fragment Money on MoneyAmount {
  __typename
  cents
}`, {"fragmentName":"Limits"}) as unknown as TypedDocumentString<LimitsFragment, unknown>;
export const PodSummaryFragmentDoc = /*#__PURE__*/ new TypedDocumentString(`
    fragment PodSummary on Pod {
  __typename
  id
  name
  icon
  type
  description
  goalAmountInCents
  metadata {
    __typename
    id
    balance {
      __typename
      ...Money
    }
  }
}
    fragment Money on MoneyAmount {
  __typename
  cents
}`, {"fragmentName":"PodSummary"}) as unknown as TypedDocumentString<PodSummaryFragment, unknown>;
export const PortSummaryFragmentDoc = /*#__PURE__*/ new TypedDocumentString(`
    fragment PortSummary on Port {
  __typename
  id
  name
  icon
  description
  metadata {
    __typename
    id
    balance {
      __typename
      ...Money
    }
  }
}
    fragment Money on MoneyAmount {
  __typename
  cents
}`, {"fragmentName":"PortSummary"}) as unknown as TypedDocumentString<PortSummaryFragment, unknown>;
export const EndpointFragmentDoc = /*#__PURE__*/ new TypedDocumentString(`
    fragment Endpoint on TransferEndpoint {
  __typename
  ... on Pod {
    id
    name
    icon
  }
  ... on Port {
    id
    name
    icon
  }
  ... on Account {
    id
    name
    icon
  }
  ... on Merchant {
    id
    name
    icon
  }
  ... on ExternalEntity {
    name
  }
}
    `, {"fragmentName":"Endpoint"}) as unknown as TypedDocumentString<EndpointFragment, unknown>;
export const TransferSummaryFragmentDoc = /*#__PURE__*/ new TypedDocumentString(`
    fragment TransferSummary on TransferReference {
  __typename
  id
  type
  status
  errorReason
  description
  direction
  activityType
  createdAt
  updatedAt
  amount {
    __typename
    ...Money
  }
  source {
    __typename
    ...Endpoint
  }
  destination {
    __typename
    ...Endpoint
  }
}
    fragment Money on MoneyAmount {
  __typename
  cents
}
fragment Endpoint on TransferEndpoint {
  __typename
  ... on Pod {
    id
    name
    icon
  }
  ... on Port {
    id
    name
    icon
  }
  ... on Account {
    id
    name
    icon
  }
  ... on Merchant {
    id
    name
    icon
  }
  ... on ExternalEntity {
    name
  }
}`, {"fragmentName":"TransferSummary"}) as unknown as TypedDocumentString<TransferSummaryFragment, unknown>;
export const PaymentFragmentDoc = /*#__PURE__*/ new TypedDocumentString(`
    fragment Payment on PaymentStatus {
  __typename
  status
  createdAt
  completedAt
  expectedCompletionDate
}
    `, {"fragmentName":"Payment"}) as unknown as TypedDocumentString<PaymentFragment, unknown>;
export const ConditionsFragmentDoc = /*#__PURE__*/ new TypedDocumentString(`
    fragment Conditions on ConditionGroup {
  __typename
  combinator
  condition {
    __typename
    fact
    operator
    value
    valueFact
    valueFactParams {
      __typename
      portId
      podId
      accountId
    }
  }
}
    `, {"fragmentName":"Conditions"}) as unknown as TypedDocumentString<ConditionsFragment, unknown>;
export const RuleEndFragmentDoc = /*#__PURE__*/ new TypedDocumentString(`
    fragment RuleEnd on RuleEndpoint {
  __typename
  id
  type
  name
  icon
}
    `, {"fragmentName":"RuleEnd"}) as unknown as TypedDocumentString<RuleEndFragment, unknown>;
export const ActivityLogV2TransfersDocument = /*#__PURE__*/ new TypedDocumentString(`
    query ActivityLogV2Transfers($organizationId: ID!, $transferFilter: TransferReferenceFilter!, $after: String, $first: Int!) {
  organization(id: $organizationId) {
    __typename
    id
    transferReferences(filter: $transferFilter, after: $after, first: $first) {
      __typename
      pageInfo {
        __typename
        endCursor
        hasNextPage
      }
      edges {
        __typename
        cursor
        node {
          __typename
          ...TransferSummary
          ruleDetails {
            __typename
            triggerType
          }
        }
      }
    }
  }
}
    fragment Money on MoneyAmount {
  __typename
  cents
}
fragment TransferSummary on TransferReference {
  __typename
  id
  type
  status
  errorReason
  description
  direction
  activityType
  createdAt
  updatedAt
  amount {
    __typename
    ...Money
  }
  source {
    __typename
    ...Endpoint
  }
  destination {
    __typename
    ...Endpoint
  }
}
fragment Endpoint on TransferEndpoint {
  __typename
  ... on Pod {
    id
    name
    icon
  }
  ... on Port {
    id
    name
    icon
  }
  ... on Account {
    id
    name
    icon
  }
  ... on Merchant {
    id
    name
    icon
  }
  ... on ExternalEntity {
    name
  }
}`) as unknown as TypedDocumentString<ActivityLogV2TransfersQuery, ActivityLogV2TransfersQueryVariables>;
export const ActivitySummaryDocument = /*#__PURE__*/ new TypedDocumentString(`
    query ActivitySummary {
  activitySummary {
    __typename
    id
    transferReferencesCount
    ruleExecutionsCount
    totalIncomingFundsInCents {
      __typename
      ...Money
    }
  }
  me {
    __typename
    id
  }
}
    fragment Money on MoneyAmount {
  __typename
  cents
}`) as unknown as TypedDocumentString<ActivitySummaryQuery, ActivitySummaryQueryVariables>;
export const CreatePaymentDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation CreatePayment($id: ID!, $source: PaymentAccountInput!, $destination: PaymentAccountInput!, $amount: Int!, $isInstantTransfer: Boolean, $achDescription: String) {
  forKYC(id: $id) {
    __typename
    createPayment(
      fields: {amount: $amount, source: $source, destination: $destination, isInstantTransfer: $isInstantTransfer, achDescription: $achDescription}
    ) {
      __typename
      ok {
        __typename
        organization {
          __typename
          id
          pods {
            __typename
            ...PodSummary
          }
          transferReferences(first: 20) {
            __typename
            edges {
              __typename
              node {
                __typename
                ...TransferSummary
                ruleDetails {
                  __typename
                  triggerType
                }
              }
            }
          }
        }
      }
      error {
        __typename
        message
      }
    }
  }
}
    fragment Money on MoneyAmount {
  __typename
  cents
}
fragment PodSummary on Pod {
  __typename
  id
  name
  icon
  type
  description
  goalAmountInCents
  metadata {
    __typename
    id
    balance {
      __typename
      ...Money
    }
  }
}
fragment TransferSummary on TransferReference {
  __typename
  id
  type
  status
  errorReason
  description
  direction
  activityType
  createdAt
  updatedAt
  amount {
    __typename
    ...Money
  }
  source {
    __typename
    ...Endpoint
  }
  destination {
    __typename
    ...Endpoint
  }
}
fragment Endpoint on TransferEndpoint {
  __typename
  ... on Pod {
    id
    name
    icon
  }
  ... on Port {
    id
    name
    icon
  }
  ... on Account {
    id
    name
    icon
  }
  ... on Merchant {
    id
    name
    icon
  }
  ... on ExternalEntity {
    name
  }
}`) as unknown as TypedDocumentString<CreatePaymentMutation, CreatePaymentMutationVariables>;
export const MapContextMeDocument = /*#__PURE__*/ new TypedDocumentString(`
    query MapContextMe($organizationId: ID!) {
  organization(id: $organizationId) {
    __typename
    id
    rules {
      __typename
      id
      priority
      nickname
      description
      transferDescription
      enabled
      isDirectDeposit
      testModeEnabled
      createdAt
      trigger {
        __typename
        id
        portId
        podId
        ... on FundsTransferTrigger {
          accountId
        }
        ... on ScheduledTrigger {
          cron
          type
          timezone
          startDate
        }
        ... on RemoteApiTrigger {
          endpoint
        }
        ... on ManualTrigger {
          accountId
          ghostNodeId
        }
      }
      steps {
        __typename
        conditions {
          __typename
          ...Conditions
          conditions {
            __typename
            ...Conditions
            conditions {
              __typename
              ...Conditions
              conditions {
                __typename
                ...Conditions
                conditions {
                  __typename
                  ...Conditions
                  conditions {
                    __typename
                    ...Conditions
                  }
                }
              }
            }
          }
        }
        actions {
          __typename
          amount
          ... on PaymentAction {
            source {
              __typename
              ...RuleEnd
            }
            destination {
              __typename
              ...RuleEnd
            }
            isInstantTransfer
          }
        }
      }
    }
    ruleConnections {
      __typename
      id
      ruleId
      sourceNodeId
      destinationNodeId
    }
    ghostNodes {
      __typename
      id
      name
      icon
      accountId
      portId
    }
    mapState {
      __typename
      nodes {
        __typename
        id
        position {
          __typename
          x
          y
        }
      }
    }
  }
}
    fragment Conditions on ConditionGroup {
  __typename
  combinator
  condition {
    __typename
    fact
    operator
    value
    valueFact
    valueFactParams {
      __typename
      portId
      podId
      accountId
    }
  }
}
fragment RuleEnd on RuleEndpoint {
  __typename
  id
  type
  name
  icon
}`) as unknown as TypedDocumentString<MapContextMeQuery, MapContextMeQueryVariables>;
export const PodDrawerContentDocument = /*#__PURE__*/ new TypedDocumentString(`
    query PodDrawerContent($organizationId: ID!, $id: ID!) {
  organization(id: $organizationId) {
    __typename
    id
    pod(id: $id) {
      __typename
      ...PodSummary
      beneficiaryName
      bankAccountNumber
      routingNumber
      createdAt
      limits {
        __typename
        ...Limits
      }
      linkedAccount {
        __typename
        id
        name
        pendingDisconnectCode
      }
      liabilityMetadata {
        __typename
        ...Liability
      }
      debitCards {
        __typename
        ...Card
      }
      transferReferences(first: 5) {
        __typename
        edges {
          __typename
          node {
            __typename
            ...TransferSummary
          }
        }
      }
    }
  }
}
    fragment Card on DebitCard {
  __typename
  id
  last4Digits
  expirationDate
  holderName
  holderType
  status
  type
  pinSet
  amountSpent {
    __typename
    ...Money
  }
  cashback {
    __typename
    ...Money
  }
  cashbackPercentage
  transactions {
    __typename
    ...CardEntry
  }
  authorizations {
    __typename
    ...CardEntry
  }
}
fragment CardEntry on CardTransaction {
  __typename
  id
  amount {
    __typename
    ...Money
  }
  direction
  summary
  createdAt
}
fragment Liability on LiabilityMetadataResult {
  __typename
  ... on LiabilityMetadata {
    id
    name
    mask
    subtype
    institution {
      __typename
      id
      name
      logo
    }
    balance {
      __typename
      ...Money
    }
    balanceLastUpdated
    lastStatementBalance {
      __typename
      ...Money
    }
    nextPaymentMinimumAmount {
      __typename
      ...Money
    }
    nextPaymentDueDate
    interestRatePercentage
  }
  ... on ErrorMetadata {
    errorCode
    displayMessage
  }
}
fragment Limits on CreditLimits {
  __typename
  dailyCreditLimit {
    __typename
    ...Money
  }
  remainingDailyCreditLimit {
    __typename
    ...Money
  }
  remainingMonthlyCreditLimit {
    __typename
    ...Money
  }
}
fragment Money on MoneyAmount {
  __typename
  cents
}
fragment PodSummary on Pod {
  __typename
  id
  name
  icon
  type
  description
  goalAmountInCents
  metadata {
    __typename
    id
    balance {
      __typename
      ...Money
    }
  }
}
fragment TransferSummary on TransferReference {
  __typename
  id
  type
  status
  errorReason
  description
  direction
  activityType
  createdAt
  updatedAt
  amount {
    __typename
    ...Money
  }
  source {
    __typename
    ...Endpoint
  }
  destination {
    __typename
    ...Endpoint
  }
}
fragment Endpoint on TransferEndpoint {
  __typename
  ... on Pod {
    id
    name
    icon
  }
  ... on Port {
    id
    name
    icon
  }
  ... on Account {
    id
    name
    icon
  }
  ... on Merchant {
    id
    name
    icon
  }
  ... on ExternalEntity {
    name
  }
}`) as unknown as TypedDocumentString<PodDrawerContentQuery, PodDrawerContentQueryVariables>;
export const SelectSourceAndDestinationDocument = /*#__PURE__*/ new TypedDocumentString(`
    query SelectSourceAndDestination {
  me {
    __typename
    id
    memberships {
      __typename
      id
      organization {
        __typename
        id
        kycs {
          __typename
          id
        }
        pods {
          __typename
          ...PodSummary
        }
        ports {
          __typename
          ...PortSummary
        }
        accounts {
          __typename
          ...AccountSummary
        }
      }
    }
  }
}
    fragment AccountSummary on Account {
  __typename
  id
  name
  type
  providerType
  icon
  description
  institutionName
  capabilities
  canBeSourceOfTransfer
  pendingDisconnectCode
  isPendingKyc
  metadata {
    __typename
    ... on PlaidMetadata {
      id
      balance {
        __typename
        ...Money
      }
      institution {
        __typename
        id
        name
        logo
      }
    }
    ... on MethodMetadata {
      id
      balance {
        __typename
        ...Money
      }
      institution {
        __typename
        id
        name
        logo
      }
    }
    ... on ManualAccountMetadata {
      id
      balance {
        __typename
        ...Money
      }
    }
  }
}
fragment Money on MoneyAmount {
  __typename
  cents
}
fragment PodSummary on Pod {
  __typename
  id
  name
  icon
  type
  description
  goalAmountInCents
  metadata {
    __typename
    id
    balance {
      __typename
      ...Money
    }
  }
}
fragment PortSummary on Port {
  __typename
  id
  name
  icon
  description
  metadata {
    __typename
    id
    balance {
      __typename
      ...Money
    }
  }
}`) as unknown as TypedDocumentString<SelectSourceAndDestinationQuery, SelectSourceAndDestinationQueryVariables>;
export const TransferReferenceDrawerContentV2Document = /*#__PURE__*/ new TypedDocumentString(`
    query TransferReferenceDrawerContentV2($organizationId: ID!, $id: ID!) {
  organization(id: $organizationId) {
    __typename
    id
    transferReference(id: $id) {
      __typename
      ...TransferSummary
      details {
        __typename
        ... on SimpleTransferDetails {
          status {
            __typename
            ...Payment
          }
        }
        ... on CompoundTransferDetails {
          pullPaymentStatus {
            __typename
            ...Payment
          }
          pushPaymentStatus {
            __typename
            ...Payment
          }
          reversalPaymentStatus {
            __typename
            ...Payment
          }
        }
      }
      ruleDetails {
        __typename
        triggerType
        triggerCron
      }
    }
  }
}
    fragment Money on MoneyAmount {
  __typename
  cents
}
fragment TransferSummary on TransferReference {
  __typename
  id
  type
  status
  errorReason
  description
  direction
  activityType
  createdAt
  updatedAt
  amount {
    __typename
    ...Money
  }
  source {
    __typename
    ...Endpoint
  }
  destination {
    __typename
    ...Endpoint
  }
}
fragment Endpoint on TransferEndpoint {
  __typename
  ... on Pod {
    id
    name
    icon
  }
  ... on Port {
    id
    name
    icon
  }
  ... on Account {
    id
    name
    icon
  }
  ... on Merchant {
    id
    name
    icon
  }
  ... on ExternalEntity {
    name
  }
}
fragment Payment on PaymentStatus {
  __typename
  status
  createdAt
  completedAt
  expectedCompletionDate
}`) as unknown as TypedDocumentString<TransferReferenceDrawerContentV2Query, TransferReferenceDrawerContentV2QueryVariables>;