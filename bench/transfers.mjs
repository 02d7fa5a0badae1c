// Guarded transfers: against unguarded ones, with few and many records in the day, and how often the disk is flushed.
import { spawn, spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { startSandbox } from "tsequence-sandbox"
import { connect } from "./clients.mjs"
import { inTurns, plainRow, ratioRow } from "./figures.mjs"
import { writeTrail } from "./trail.mjs"

// Far above what is moved here: one more cent each time, so that none is identical to one under way.
const LIMITS = { maxTransferCents: 2_000_000_000, maxDailyTransferCents: 2_000_000_000 }

const transferring = (client) => {
  let amountCents = 0
  return () => {
    amountCents += 1
    return client.transfer({ source: "Main", destination: "Groceries", amountCents })
  }
}

const guarded = (sandbox, records) => {
  const folder = mkdtempSync(join(tmpdir(), "tsequence-bench-"))
  if (records > 0) writeTrail(folder, records * 2, 1)
  const client = connect(sandbox, { dataDir: folder, safeguards: LIMITS })
  return {
    run: transferring(client),
    close: async () => {
      await client.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Flushes of a process that makes so many guarded transfers; `undefined` if nothing can count them. */
const flushes = (sandbox, count) => {
  if (spawnSync("strace", ["-V"], { stdio: "ignore" }).status !== 0) return undefined
  const folder = mkdtempSync(join(tmpdir(), "tsequence-bench-"))
  const program = `
    import { Sequence } from "tsequence"
    const sequence = Sequence.fromEnv({ safeguards: true, rateLimit: { minInterval: 0, jitter: 0 } })
    for (let cents = 1; cents <= ${count}; cents++) {
      await sequence.transfer({ source: "Main", destination: "Groceries", amountCents: cents })
    }
    await sequence.close()`
  const log = join(folder, "strace.log")
  const { SEQUENCE_EMAIL: _e, SEQUENCE_PASSWORD: _p, SEQUENCE_TOTP: _t, ...rest } = sandbox.env
  const env = {
    PATH: process.env.PATH,
    ...rest,
    SEQUENCE_DATA_DIR: folder,
    SEQUENCE_ACCESS_TOKEN: sandbox.issueTokens().accessToken,
  }
  // The sandbox runs in this process, which must not block while the child runs.
  const child = spawn(
    "strace",
    [
      "-f",
      "-o",
      log,
      "-e",
      "trace=fsync,fdatasync",
      process.execPath,
      "--input-type=module",
      "--eval",
      program,
    ],
    { env, stdio: ["ignore", "ignore", "inherit"], cwd: join(import.meta.dirname, "..") },
  )
  return new Promise((resolve, reject) =>
    child.once("exit", (code) => {
      const calls = code === 0 ? readFileSync(log, "utf8").match(/f(data)?sync\(\d/g) : null
      rmSync(folder, { recursive: true, force: true })
      if (calls === null) reject(new Error(`the program under strace ended with ${code}`))
      else resolve(calls.length)
    }),
  )
}

const compare = async (sandbox, isQuick) => {
  const bare = connect(sandbox)
  const few = guarded(sandbox, 10)
  const many = guarded(sandbox, isQuick ? 2_000 : 10_000)
  try {
    const cases = { unguarded: transferring(bare), few: few.run, many: many.run }
    await inTurns(cases, { rounds: 20 })
    return await inTurns(cases, { rounds: isQuick ? 60 : 200 })
  } finally {
    await Promise.all([bare.close(), few.close(), many.close()])
  }
}

/** Transfers a second of so many callers at once. */
const together = async (run, { callers, transfers }) => {
  let left = transfers
  const begun = performance.now()
  const caller = async () => {
    while (left-- > 0) await run()
  }
  await Promise.all(Array.from({ length: callers }, caller))
  return (transfers / (performance.now() - begun)) * 1_000
}

const compareTogether = async (sandbox, isQuick) => {
  const bare = connect(sandbox)
  const kept = guarded(sandbox, 10)
  const many = { callers: 16, transfers: isQuick ? 48 : 160 }
  const [ours, theirs] = [[], []]
  try {
    for (let round = 0; round < (isQuick ? 2 : 5); round++) {
      ours.push(await together(kept.run, many))
      theirs.push(await together(transferring(bare), many))
    }
    return ratioRow({
      what: "guarded transfers of 16 callers / unguarded ones",
      ours,
      theirs,
      unit: "a second",
    })
  } finally {
    await Promise.all([bare.close(), kept.close()])
  }
}

export const measure = async ({ isQuick }) => {
  const sandbox = await startSandbox({ pods: 4, transfers: 20 })
  try {
    const { unguarded, few, many } = await compare(sandbox, isQuick)
    const [one, eleven] = [await flushes(sandbox, 1), await flushes(sandbox, 11)]
    return [
      ratioRow({ what: "a guarded transfer / an unguarded one", ours: few, theirs: unguarded, unit: "ms" }),
      await compareTogether(sandbox, isQuick),
      ratioRow({
        what: `a transfer with ${isQuick ? "2,000" : "10,000"} records in the day / with 10`,
        ours: many,
        theirs: few,
        unit: "ms",
        most: 1.5,
      }),
      ...(one === undefined
        ? []
        : [plainRow({ what: "flushes to disk of a guarded transfer", value: (eleven - one) / 10, most: 4 })]),
    ]
  } finally {
    await sandbox.close()
  }
}
