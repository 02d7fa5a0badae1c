import { Sequence } from "tsequence"

const sequence = Sequence.fromEnv({ safeguards: true })
const { safeguards } = sequence

console.log(await safeguards.getDailyLimit())
console.log(await safeguards.getAuditEntries({ day: "2026-01-31", event: "transfer_completed" }))

const { problems } = await safeguards.verifyAudit()
for (const { line, kind, detail } of problems) console.error(`Line ${line} was ${kind}: ${detail}`)

for (const { intent, status } of await safeguards.getUnresolved()) {
  console.log(intent.requestId, intent.transfer.amountCents, status)
}
await safeguards.reconcile()
await sequence.close()
