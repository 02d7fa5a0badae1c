/** Reads different things at the same time, as a program of its own. Leaves without closing its client. */
import { Sequence } from "tsequence"

const sequence = Sequence.fromEnv({ rateLimit: { minInterval: 40, jitter: 20 } })
const callers = Number(process.argv[2])
await Promise.all(Array.from({ length: callers }, (_, i) => sequence.getActivity({ first: i + 1 })))
