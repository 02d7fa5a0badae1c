/** The monthly report once more, with the Effect API: the client is a layer, the activity a stream. */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { Sequence, Streams } from "tsequence/effect"
import { addTransfer, daysOf, type PodMonth, writeReport } from "./report.js"

const report = Streams.activity(daysOf(process.argv[2])).pipe(
  Stream.runFold(new Map<string, PodMonth>(), addTransfer),
  Effect.flatMap((months) => Effect.forEach(writeReport(months), (line) => Console.log(line))),
  // Every error has a tag, and the compiler knows which there are.
  Effect.catchTag("AuthenticationError", (error) => Console.error(`${error.reason}: ${error.message}`)),
)

await Effect.runPromise(Effect.provide(report, Sequence.layerEnv()))
