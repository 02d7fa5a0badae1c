// Through `require`, which Node gives an ES module since 20.19.
const assert = require("node:assert/strict")
const { ConfigError, formatCents, Sequence } = require("tsequence")
const { SequenceRest } = require("tsequence/rest")

const main = async () => {
  assert.throws(() => new Sequence({}), ConfigError)
  const sequence = Sequence.fromEnv({ dataDir: false, rateLimit: { minInterval: 0, jitter: 0 } })
  const { totalCents } = await sequence.getTotalBalance()
  await sequence.close()
  const rest = new SequenceRest({
    baseUrl: process.env.SEQUENCE_SERVER_URL,
    apiKey: process.env.SEQUENCE_API_KEY,
  })
  assert.ok((await rest.getPods()).length > 0)
  console.log(`logged in, read ${formatCents(totalCents)}, and asked the REST server`)
}

main()
