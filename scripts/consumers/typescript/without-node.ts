import { formatCents, type Sequence } from "tsequence"
import type { SequenceRest } from "tsequence/rest"
import type { TransferRecord } from "tsequence/safeguards"
export const shown: string = formatCents(1)
export type All = [Sequence, SequenceRest, TransferRecord]
