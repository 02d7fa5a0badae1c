// Measures the REST server: `npm run bench:api [-- --full]`. Each figure is a ratio against something else in this run.
import { execFileSync, fork, spawn } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import autocannon from "autocannon"
import { startSandbox } from "tsequence-sandbox"

const KEY = "a-key-for-the-benchmark"
const headers = { "x-api-key": KEY }
const isFull = process.argv.includes("--full")
const main = fileURLToPath(import.meta.resolve("tsequence-api/package.json")).replace(
  "package.json",
  "dist/main.js",
)

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]
const sandbox = await startSandbox({ seed: 7, transfers: 20 })
const folder = mkdtempSync(join(tmpdir(), "tsequence-bench-"))
const children = []
let ports = 18_720

/** Starts the server; gives its address, and the milliseconds until it first said that it is up. */
const startServer = async (environment) => {
  ports += 1
  const address = `http://127.0.0.1:${ports}`
  const begun = performance.now()
  const child = spawn(process.execPath, [main], {
    stdio: ["ignore", "ignore", "inherit"],
    env: {
      PATH: process.env.PATH,
      ...sandbox.env,
      SEQUENCE_DATA_DIR: join(folder, String(ports)),
      SEQUENCE_API_KEY: KEY,
      SEQUENCE_SERVER_HOST: "127.0.0.1",
      SEQUENCE_SERVER_PORT: String(ports),
      SEQUENCE_LOG_LEVEL: "error",
      ...environment,
    },
  })
  children.push(child)
  while (true) {
    const isUp = await fetch(`${address}/api/health`)
      .then(({ ok }) => ok)
      .catch(() => false)
    if (isUp) return { address, child, startedIn: performance.now() - begun }
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}

const startFastify = (body) =>
  new Promise((resolve) => {
    const child = fork(new URL("fastify-server.mjs", import.meta.url), [body, KEY])
    children.push(child)
    child.once("message", resolve)
  })

/** Milliseconds of a process that imports what the server imports, and does nothing. */
const importing = async () => {
  const code = `await import("effect"); await import("@effect/platform"); await import("tsequence/effect"); await import("tsequence/safeguards"); process.exit()`
  const begun = performance.now()
  const child = spawn(process.execPath, ["--input-type=module", "-e", code], {
    stdio: "inherit",
    cwd: fileURLToPath(new URL("../apps/api/", import.meta.url)),
  })
  await new Promise((resolve) => child.once("exit", resolve))
  return performance.now() - begun
}

const load = async (url, seconds) => {
  const result = await autocannon({ url, connections: 32, duration: seconds, headers })
  if (result.non2xx > 0 || result.errors > 0)
    throw new Error(`${url}: ${result.non2xx + result.errors} failed`)
  return result.requests.average
}

/** Mebibytes that a process holds in memory. */
const memoryOf = ({ pid }) =>
  Number(execFileSync("ps", ["-o", "rss=", "-p", String(pid)], { encoding: "utf8" })) / 1_024

const rows = []
const report = (what, figure, target, isMet) =>
  rows.push({ what, figure, target, result: isMet ? "pass" : "MISS" })

try {
  // Start, five times each, in turns.
  const [starts, imports] = [[], []]
  for (let i = 0; i < 5; i++) {
    imports.push(await importing())
    const { startedIn, child } = await startServer({})
    starts.push(startedIn)
    child.kill()
  }
  const startRatio = median(starts) / median(imports)
  report(
    "start to first healthy answer / importing the same",
    `${startRatio.toFixed(2)} ×`,
    "≤ 1.5 ×",
    startRatio <= 1.5,
  )

  // Fifty at once, at default politeness.
  const polite = await startServer({})
  const reads = () =>
    sandbox.requests().filter(({ path, operation }) => path === "/api/graphql" && operation !== undefined)
      .length
  await fetch(`${polite.address}/api/pods`, { headers })
  const before = reads()
  const answers = await Promise.all(
    Array.from({ length: 50 }, () =>
      fetch(`${polite.address}/api/pods`, { headers }).then(({ status }) => status),
    ),
  )
  const upstream = reads() - before
  if (answers.some((status) => status !== 200)) throw new Error("not all fifty reads were answered")
  report("requests upstream for fifty concurrent reads", String(upstream), "1", upstream === 1)
  polite.child.kill()

  // Throughput with a warm answer, interleaved.
  const warm = await startServer({ SEQUENCE_MAX_AGE_SECONDS: "3600" })
  const body = await fetch(`${warm.address}/api/pods`, { headers }).then((answer) => answer.text())
  const { address: fastify } = await startFastify(body)
  const [ours, theirs] = [[], []]
  await load(`${warm.address}/api/pods`, 2)
  await load(`${fastify}/api/pods`, 2)
  for (let round = 0; round < (isFull ? 5 : 3); round++) {
    ours.push(await load(`${warm.address}/api/pods`, 4))
    theirs.push(await load(`${fastify}/api/pods`, 4))
  }
  const ratio = median(ours) / median(theirs)
  report(
    `requests a second, warm (${Math.round(median(ours))}) / Fastify (${Math.round(median(theirs))})`,
    `${ratio.toFixed(2)} ×`,
    "≥ 0.25 ×",
    ratio >= 0.25,
  )

  // Memory.
  const total = isFull ? 1_000_000 : 50_000
  const first = memoryOf(warm.child)
  await autocannon({ url: `${warm.address}/api/pods`, connections: 32, amount: total, headers })
  const last = memoryOf(warm.child)
  report(
    `memory after ${total} more requests (${last.toFixed(0)} MB) / before (${first.toFixed(0)} MB)`,
    `${(last / first).toFixed(2)} ×`,
    "≤ 1.2 ×",
    last / first <= 1.2,
  )
} finally {
  for (const child of children) child.kill()
  await sandbox.close()
  rmSync(folder, { recursive: true, force: true })
}
console.table(rows)
process.exitCode = rows.some(({ result }) => result === "MISS") ? 1 : 0
