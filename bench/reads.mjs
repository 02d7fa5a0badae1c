// Many callers at once, at the default rate limit: how many requests reach the service, and how long it takes.
import { startSandbox } from "tsequence-sandbox"
import { connect } from "./clients.mjs"
import { plainRow, ratioRow } from "./figures.mjs"

const LATENCY = 100

/** Milliseconds of a fresh client's calls, and the requests that they cost. */
const timed = async (sandbox, calls) => {
  const client = connect(sandbox, { rateLimit: undefined })
  sandbox.clearRequests()
  const begun = performance.now()
  await Promise.all(calls(client))
  const time = performance.now() - begun
  await client.close()
  return { time, requests: sandbox.requests().filter(({ path }) => path === "/api/graphql").length }
}

const same = (count) => (client) => Array.from({ length: count }, () => client.getPods())

/** Four different reads, asked for by many. */
const mixture = (count) => (client) =>
  Array.from({ length: count }, (_, index) => {
    switch (index % 4) {
      case 0:
        return client.getPods()
      case 1:
        return client.getActivitySummary()
      case 2:
        return client.getActivity({ first: 10 })
      default:
        return client.getMoneyMap()
    }
  })

export const measure = async ({ isQuick }) => {
  const sandbox = await startSandbox({ latency: LATENCY })
  const rows = []
  try {
    await timed(sandbox, same(1))
    for (const count of isQuick ? [50] : [10, 50, 500]) {
      const [ours, theirs] = [[], []]
      let requests = 0
      for (let round = 0; round < (isQuick ? 5 : 11); round++) {
        theirs.push((await timed(sandbox, same(1))).time)
        const many = await timed(sandbox, same(count))
        ours.push(many.time)
        requests = Math.max(requests, many.requests)
      }
      rows.push(
        ratioRow({ what: `${count} equal reads at once / one`, ours, theirs, unit: "ms", most: 1.2 }),
        plainRow({ what: `requests upstream for ${count} equal reads`, value: requests, most: 1 }),
      )
    }
    const { requests } = await timed(sandbox, mixture(50))
    rows.push(plainRow({ what: "requests upstream for 50 reads of four kinds", value: requests, most: 4 }))
  } finally {
    await sandbox.close()
  }
  return rows
}
