/**
 * Prints what every pod got and gave in a month.
 *
 *     node monthly-report.js [MONTH]           such as: node monthly-report.js 2026-01
 */
import { Sequence } from "tsequence"
import { addTransfer, daysOf, type PodMonth, writeReport } from "./report.js"

const sequence = Sequence.fromEnv()
try {
  const months = new Map<string, PodMonth>()
  // Reads page after page; it throws rather than leave some out.
  for await (const transfer of sequence.activity(daysOf(process.argv[2]))) addTransfer(months, transfer)
  for (const line of writeReport(months)) console.log(line)
} finally {
  await sequence.close()
}
