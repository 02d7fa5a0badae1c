import { Sequence } from "tsequence"

const sequence = Sequence.fromEnv({ safeguards: true })
const { safeguards } = sequence
try {
  await safeguards.reconcile()
  const { lines, problems } = await safeguards.verifyAudit()
  const unresolved = await safeguards.getUnresolved()
  console.log(
    `${lines} lines on record, ${problems.length} problems, ${unresolved.length} without an outcome`,
  )
  for (const { line, kind, detail } of problems) console.error(`Line ${line} was ${kind}: ${detail}`)
  for (const { intent, status } of unresolved) console.error(`${intent.requestId} is ${status}`)
  if (problems.length + unresolved.length > 0) process.exitCode = 1
} finally {
  await sequence.close()
}
