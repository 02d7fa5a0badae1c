// What becomes of speed as things grow: lines in the trail when a client starts, transfers that are paged through.
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { startSandbox } from "tsequence-sandbox"
import { connect } from "./clients.mjs"
import { ratioRow } from "./figures.mjs"
import { writeTrail } from "./trail.mjs"

/** Milliseconds until a client that starts on this folder knows what is left of the day. */
const startOn = async (sandbox, dataDir) => {
  const client = connect(sandbox, { dataDir, safeguards: true })
  const begun = performance.now()
  await client.safeguards.getDailyLimit()
  const time = performance.now() - begun
  await client.close()
  return time
}

/** The first start reads every line; those after it go on from what it has kept. */
const starts = async (sandbox, lines, rounds) => {
  const times = { first: [], again: [] }
  for (let round = 0; round < rounds; round++) {
    const folder = mkdtempSync(join(tmpdir(), "tsequence-bench-"))
    try {
      writeTrail(folder, lines)
      times.first.push(await startOn(sandbox, folder))
      for (let more = 0; more < 3; more++) times.again.push(await startOn(sandbox, folder))
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }
  return times
}

/** Milliseconds a transfer, through all pages to the end. */
const pageThrough = async (transfers) => {
  const sandbox = await startSandbox({ transfers })
  const client = connect(sandbox)
  try {
    const begun = performance.now()
    let count = 0
    for await (const _ of client.activity({ pageSize: 100 })) count += 1
    if (count !== transfers) throw new Error(`${count} of ${transfers} transfers came`)
    return (performance.now() - begun) / transfers
  } finally {
    await client.close()
    await sandbox.close()
  }
}

export const measure = async ({ isQuick }) => {
  const sandbox = await startSandbox()
  const rows = []
  try {
    const sizes = isQuick ? [1_000, 10_000] : [1_000, 100_000, 1_000_000]
    const { again: few } = await starts(sandbox, sizes[0], 3)
    for (const size of sizes.slice(1)) {
      const { first, again } = await starts(sandbox, size, size > 100_000 ? 1 : 2)
      const lines = size.toLocaleString("en-US")
      rows.push(
        ratioRow({
          what: `first start on a trail of ${lines} lines / of 1,000`,
          ours: first,
          theirs: few,
          unit: "ms",
        }),
        ratioRow({
          what: `start on a trail of ${lines} lines / of 1,000`,
          ours: again,
          theirs: few,
          unit: "ms",
        }),
      )
    }
    const [small, large] = isQuick ? [1_000, 10_000] : [1_000, 100_000]
    await pageThrough(small)
    rows.push(
      ratioRow({
        what: `a transfer of ${large.toLocaleString("en-US")} paged through / of ${small.toLocaleString("en-US")}`,
        ours: [await pageThrough(large)],
        theirs: [await pageThrough(small)],
        unit: "ms",
        most: 1.5,
      }),
    )
  } finally {
    await sandbox.close()
  }
  return rows
}
