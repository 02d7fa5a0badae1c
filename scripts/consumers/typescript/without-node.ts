import { formatCents, type Sequence } from "tsequence"
import type { SequenceRest } from "tsequence/rest"
import type { Attempt } from "tsequence/safeguards"
export const shown: string = formatCents(1)
export type All = [Sequence, SequenceRest, Attempt]
