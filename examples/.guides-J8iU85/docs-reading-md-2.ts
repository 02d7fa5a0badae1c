import { formatCents, Sequence } from "tsequence"

const sequence = Sequence.fromEnv()
try {
  let seen = 0
  for await (const transfer of sequence.activity({ directions: ["INCOMING"], dateStart: "2026-01-01" })) {
    console.log(transfer.createdAt, transfer.source?.name, formatCents(transfer.amountCents), transfer.status)
    seen += 1
    if (seen === 10) break
  }
} finally {
  await sequence.close()
}
