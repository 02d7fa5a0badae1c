// Uses what a user would, over HTTP, and ends with an error where anything is amiss.
import assert from "node:assert/strict"
import { ConfigError, isSequenceError, Sequence } from "tsequence"
import * as effect from "tsequence/effect"
import { SequenceRest } from "tsequence/rest"
import * as safeguards from "tsequence/safeguards"

const rateLimit = { minInterval: 0, jitter: 0 }

assert.equal(ConfigError, effect.ConfigError, "the error classes differ between the entry points")
assert.equal(safeguards.Safeguards.serviceOf(process.env.SEQUENCE_API_URL), "sandbox")

const sequence = Sequence.fromEnv({ dataDir: false, safeguards: true, rateLimit })
const { podCount } = await sequence.getTotalBalance()
assert.ok(podCount > 0)
const { requestId } = await sequence.transfer({
  source: "Main",
  destination: "Groceries",
  amountCents: 100,
})
assert.ok(requestId)
const { lines, problems } = await sequence.safeguards.verifyAudit()
assert.deepEqual([lines, problems], [2, []])
await sequence.close()

const rest = new SequenceRest({
  baseUrl: process.env.SEQUENCE_SERVER_URL,
  apiKey: process.env.SEQUENCE_API_KEY,
})
assert.ok((await rest.getPods()).length > 0)
const stranger = new SequenceRest({ baseUrl: process.env.SEQUENCE_SERVER_URL, apiKey: "another" })
await assert.rejects(stranger.getPods(), (error) => isSequenceError(error))

console.log(`logged in, read ${podCount} pods, moved money on record, and asked the REST server`)

const without = new Sequence({
  accessToken: "a",
  organizationId: "o",
  kycId: "k",
  databaseUrl: "postgresql://user:canary@127.0.0.1:9/none",
  logger: false,
})
const missing = await without.getPods().catch((error) => error)
await without.close()
if (!(missing instanceof ConfigError) || !missing.message.includes("npm install @effect/sql-pg"))
  throw missing
if (missing.message.includes("canary")) throw new Error("the address of the database was told")
