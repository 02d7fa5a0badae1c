// Starts what a stage would start, as a process of its own, and asks it what a container would be asked.
import { execFile, spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { createServer } from "node:net"
import { createInterface } from "node:readline"
import { promisify } from "node:util"
import { plainEnvironment } from "./replay.mjs"

const START_SECONDS = 20
const STOP_SECONDS = 10
const KEY = "a-key-for-this-check-alone"

const freePort = async () => {
  const server = createServer().listen(0, "127.0.0.1")
  await once(server, "listening")
  const { port } = server.address()
  server.close()
  await once(server, "close")
  return port
}

const within = (seconds, what, promise) => {
  let timer
  const tooLate = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took longer than ${seconds} s`)), seconds * 1_000)
  })
  return Promise.race([promise, tooLate]).finally(() => clearTimeout(timer))
}

/** Where the process listens, by its own words. */
const listening = (child, said) =>
  new Promise((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      createInterface(stream).on("line", (line) => {
        said.push(line)
        const found = /"host":"([^"]+)","port":(\d+)/.exec(line)
        if (found !== null) resolve({ host: found[1], port: Number(found[2]) })
      })
    }
    child.once("error", reject)
    child.once("close", (code, signal) => reject(new Error(`it ended with ${code ?? signal}`)))
  })

const answerOf = async (url, headers = {}) => {
  const answer = await fetch(url, { headers, signal: AbortSignal.timeout(10_000) })
  return { status: answer.status, body: await answer.text() }
}

const ask = async (url) => {
  const problems = []
  const closed = await answerOf(`${url}/api/pods`)
  if (closed.status !== 401) problems.push(`/api/pods without a key answered ${closed.status}, not 401`)
  const pods = await answerOf(`${url}/api/pods`, { "x-api-key": KEY })
  if (pods.status !== 200) problems.push(`/api/pods answered ${pods.status}: ${pods.body}`)
  else if (JSON.parse(pods.body).length === 0) problems.push("/api/pods told of no pod")
  return problems
}

/** Ends a process and all that it started, which would hold its output open. */
const endAll = (child) => {
  try {
    // A group that has ended is no longer there to be killed.
    process.kill(-child.pid, "SIGKILL")
  } catch {}
  child.stdout.destroy()
  child.stderr.destroy()
}

const isHealthy = async ([program, ...args], options) => {
  try {
    await promisify(execFile)(program, args, { ...options, timeout: 5_000 })
    return []
  } catch (error) {
    return [`its HEALTHCHECK failed (exit ${error.code}) although it listens ${error.stderr}`.trim()]
  }
}

/** Starts a target's CMD in its folder, asks it, and stops it; answers what went wrong. */
export const serve = async ({ target, settings, folder, dataDir, variables }) => {
  const port = await freePort()
  const env = plainEnvironment({
    ...settings.env,
    ...variables,
    SEQUENCE_API_KEY: KEY,
    SEQUENCE_MIN_DELAY_MS: "0",
    SEQUENCE_JITTER_MS: "0",
    SEQUENCE_DATA_DIR: dataDir,
    SEQUENCE_SERVER_PORT: String(port),
  })
  const [program, ...args] = settings.command
  const child = spawn(program, args, { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"], detached: true })
  const ended = once(child, "exit")
  ended.catch(() => undefined)
  const said = []
  const problems = []
  try {
    const place = await within(START_SECONDS, "listening", listening(child, said))
    if (place.host !== "0.0.0.0") problems.push(`it listens on ${place.host}, where no container is reached`)
    if (place.port !== port) problems.push(`it listens on ${place.port}, not on SEQUENCE_SERVER_PORT`)
    if (settings.healthcheck !== undefined) {
      problems.push(...(await isHealthy(settings.healthcheck, { cwd: folder, env })))
    }
    problems.push(...(await ask(`http://127.0.0.1:${place.port}`)))
    child.kill("SIGTERM")
    const [code, signal] = await within(STOP_SECONDS, "SIGTERM", ended)
    if (code !== 0) problems.push(`SIGTERM ended it with ${code ?? signal}, not 0`)
  } catch (error) {
    problems.push(error.message, ...said.slice(-5))
  } finally {
    endAll(child)
  }
  return problems.map((problem) => `${target}: ${problem}`)
}

/** Starts a target's CMD without any setting: everything it needs must be there to be loaded, and it must say what is missing. */
export const refusesToStart = ({ target, settings, folder }) => {
  const [program, ...args] = settings.command
  const env = plainEnvironment(settings.env)
  const { status, stdout, stderr } = spawnSync(program, args, {
    cwd: folder,
    env,
    encoding: "utf8",
    timeout: START_SECONDS * 1_000,
  })
  const said = `${stdout}${stderr}`
  const problems = []
  if (status !== 1) problems.push(`without settings it ended with ${status}, not 1`)
  if (!said.includes("TELEGRAM_BOT_TOKEN")) problems.push(`without settings it said: ${said.slice(0, 300)}`)
  if (/^\s+at .+:\d+:\d+/m.test(said)) problems.push("without settings it showed a stack")
  if (said.includes("Warning")) problems.push(`it started with a warning: ${said.slice(0, 300)}`)
  return problems.map((problem) => `${target}: ${problem}`)
}
