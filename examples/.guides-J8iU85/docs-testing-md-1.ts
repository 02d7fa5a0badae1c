import assert from "node:assert/strict"
import { after, before, test } from "node:test"
import { Sequence } from "tsequence"
import { type Sandbox, startSandbox } from "tsequence-sandbox"

let sandbox: Sandbox
let sequence: Sequence

before(async () => {
  sandbox = await startSandbox({ seed: 7 })
  const politeness = { minDelay: 0, jitter: 0 }
  sequence = Sequence.fromEnv({ dataDir: false, safeguards: true, politeness }, sandbox.env)
})

after(async () => {
  await sequence.close()
  await sandbox.close()
})

test("pays once", async () => {
  await sequence.transfer({ source: "Main", destination: "Groceries", amountCents: 100 })
  assert.equal(sandbox.ledger().payments.length, 1)
})

test("does not pay again where no answer came", async () => {
  // Books the payment, then hangs up.
  sandbox.faults({ operation: "CreatePayment", cut: "after" })
  const transfer = { source: "Main", destination: "Groceries", amountCents: 250 }
  const outcome = await sequence.transfer(transfer).then(
    () => "found in the activity",
    (error: unknown) => String(error),
  )
  assert.match(outcome, /found in the activity|TransferOutcomeUnknownError/)
  assert.equal(sandbox.ledger().payments.length, 2)
})
