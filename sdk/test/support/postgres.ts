/** A PostgreSQL server of the tests' own: in a temporary folder, on a socket there, and on no port. */
import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process"
import { once } from "node:events"
import { accessSync, chownSync, constants, existsSync, mkdtempSync, readdirSync, readFileSync } from "node:fs"
import { mkdir, rename, rm } from "node:fs/promises"
import { tmpdir, userInfo } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { describe, it } from "vitest"

const run = promisify(execFile)

/** Stands in every address; nothing that is logged or thrown may hold it. */
export const CANARY = "canary-5f1e0c"

const HOW_TO_GET_IT =
  "needs PostgreSQL's initdb, postgres and psql: `apt-get install postgresql` on Debian and Ubuntu, `brew install postgresql@17` on macOS"

const listed = (folder: string): ReadonlyArray<string> => {
  try {
    return readdirSync(folder).sort().reverse()
  } catch {
    return []
  }
}

const holdsServer = (folder: string): boolean => {
  try {
    for (const name of ["initdb", "postgres", "psql"]) accessSync(join(folder, name), constants.X_OK)
    return true
  } catch {
    return false
  }
}

const BIN = [
  ...(process.env.PATH ?? "").split(":"),
  ...listed("/usr/lib/postgresql").map((version) => `/usr/lib/postgresql/${version}/bin`),
  ...listed("/opt/homebrew/opt").flatMap((name) =>
    name.startsWith("postgresql@") ? [`/opt/homebrew/opt/${name}/bin`] : [],
  ),
].find(holdsServer)

/** As `describe`, where a server can be started; elsewhere says how to get one, and fails where all must be tested. */
export const describeWithPostgres = (name: string, body: () => void): void => {
  if (BIN !== undefined) describe(name, body)
  // `npm test` has to work with nothing installed but Node; continuous integration has a server, and passes over nothing.
  else if (process.env.CI === undefined) describe.skip(`${name}: ${HOW_TO_GET_IT}`, body)
  else
    it(name, () => {
      throw new Error(HOW_TO_GET_IT)
    })
}

/** The server refuses to run as root: there it is another user's. */
const user = (): { readonly uid: number; readonly gid: number } | undefined => {
  if (userInfo().uid !== 0) return undefined
  const lines = readFileSync("/etc/passwd", "utf8").split("\n")
  const line = ["postgres", "nobody"].flatMap(
    (name) => lines.find((one) => one.startsWith(`${name}:`)) ?? [],
  )[0]
  const [, , uid, gid] = (line ?? "").split(":").map(Number)
  if (uid === undefined || gid === undefined) throw new Error("there is no user that PostgreSQL could run as")
  return { uid, gid }
}

/** None outlives the tests. */
const servers = new Set<ChildProcess>()
process.once("exit", () => {
  for (const server of servers) server.kill("SIGQUIT")
})

/** A server that runs. */
export interface Postgres {
  /** Makes an empty database, and gives its address for a role that may do everything, or another. */
  readonly newDatabase: () => Promise<(role?: string) => string>
  /** Runs SQL as the owner of everything, and gives what it prints. */
  readonly sql: (url: string, text: string) => Promise<string>
  /** Runs a file of SQL. */
  readonly file: (url: string, path: string, variables?: Readonly<Record<string, string>>) => Promise<string>
  /** Ends it as a crash would. */
  readonly crash: () => Promise<void>
  /** Starts it again. */
  readonly start: () => Promise<void>
  /** Makes it stand still: connections stay open, and nothing answers. */
  readonly freeze: () => void
  /** Lets it go on. */
  readonly thaw: () => void
  readonly close: () => Promise<void>
}

const childrenOf = (pid: number): ReadonlyArray<number> =>
  execFileSync("ps", ["-A", "-o", "pid=,ppid="], { encoding: "utf8" })
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number))
    .flatMap(([child, parent]) => (parent === pid && child !== undefined ? [child] : []))

interface RunOptions {
  readonly uid?: number
  readonly gid?: number
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
}

const CACHE = fileURLToPath(new URL("../../node_modules/.cache/", import.meta.url))

/** Makes a server's data folder: a copy of one that was made before, since `initdb` takes twenty times as long. */
const makeData = async (bin: string, data: string, options: RunOptions): Promise<void> => {
  const { stdout } = await run(join(bin, "postgres"), ["--version"], options)
  const name = `${stdout.trim()} of ${options.uid ?? userInfo().uid}`
  const template = join(CACHE, name.replaceAll(/\W+/g, "-"))
  const copy = (from: string, to: string) => run("cp", ["-a", from, to])
  if (existsSync(template)) return void (await copy(template, data))
  const initial = ["--pgdata", data, "--no-sync", "--encoding=UTF8", "--auth=trust", "--username=owner"]
  await run(join(bin, "initdb"), initial, options)
  await mkdir(CACHE, { recursive: true })
  const unfinished = `${template}.${process.pid}`
  await copy(data, unfinished)
  // Another worker may have been first.
  await rename(unfinished, template).catch(() => rm(unfinished, { recursive: true }))
}

/** Starts a server with no database of ours in it. */
export const startPostgres = async (): Promise<Postgres> => {
  const bin = BIN ?? ""
  const folder = mkdtempSync(join(tmpdir(), "tsequence-pg-"))
  const data = join(folder, "data")
  const as = user()
  if (as !== undefined) chownSync(folder, as.uid, as.gid)
  const options = { ...as, cwd: folder, env: { PATH: process.env.PATH, LC_ALL: "C" } }
  await makeData(bin, data, options)
  // Copying files takes a quarter of the time of writing their pages to the log, which versions before 15 cannot do.
  const strategy = Number(readFileSync(join(data, "PG_VERSION"), "utf8")) < 15 ? "" : "strategy file_copy"

  let server: ChildProcess | undefined
  let made = 0
  const urlOf = (database: string, role: string) =>
    `postgresql://${role}:${CANARY}@/${database}?host=${folder}`

  const psql = async (url: string, args: ReadonlyArray<string>) => {
    const quiet = ["--no-psqlrc", "--tuples-only", "--no-align", "--set", "ON_ERROR_STOP=1"]
    const { stdout } = await run(join(bin, "psql"), [...quiet, ...args, url])
    return stdout.trim()
  }

  const start = async () => {
    // A crash of the machine is not what tests go for: the disk need not be waited for.
    const settings = ["listen_addresses=", "fsync=off", "max_connections=60", "log_min_messages=log"]
    const args = ["-D", data, "-k", folder, ...settings.flatMap((one) => ["-c", one])]
    const started = spawn(join(bin, "postgres"), args, { ...options, stdio: ["ignore", "ignore", "pipe"] })
    server = started
    servers.add(started)
    await new Promise<void>((resolve, reject) => {
      let log = ""
      started.stderr.setEncoding("utf8").on("data", (text: string) => {
        log += text
        if (log.includes("ready to accept connections")) resolve()
      })
      started.once("exit", () => reject(new Error(log)))
    })
  }

  const signal = (name: NodeJS.Signals) => {
    const pid = server?.pid
    if (pid === undefined) return
    for (const one of [pid, ...childrenOf(pid)]) {
      try {
        process.kill(one, name)
      } catch {
        // It has ended meanwhile.
      }
    }
  }

  const end = async (name: NodeJS.Signals) => {
    if (server === undefined || server.exitCode !== null) return
    const exited = once(server, "exit")
    server.kill(name)
    await exited
  }

  await start()
  return {
    newDatabase: async () => {
      made += 1
      const database = `test_${made}`
      await psql(urlOf("postgres", "owner"), ["--command", `create database ${database} ${strategy}`])
      return (role = "owner") => urlOf(database, role)
    },
    sql: (url, text) => psql(url, ["--command", text]),
    file: (url, path, variables = {}) =>
      psql(url, [
        ...Object.entries(variables).flatMap(([name, value]) => ["--set", `${name}=${value}`]),
        "--file",
        path,
      ]),
    crash: () => end("SIGQUIT"),
    start,
    freeze: () => signal("SIGSTOP"),
    thaw: () => signal("SIGCONT"),
    close: async () => {
      signal("SIGCONT")
      await end("SIGQUIT")
      await rm(folder, { recursive: true, force: true })
    },
  }
}
