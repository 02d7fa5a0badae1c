import { Sequence } from "tsequence"

test("reads all pods", async () => {
  const sequence = Sequence.fromEnv({ dataDir: false, rateLimit: { minInterval: 0, jitter: 0 } })
  try {
    expect(await sequence.getPods()).toHaveLength(8)
  } finally {
    await sequence.close()
  }
})
