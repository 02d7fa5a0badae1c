// Builds the images and runs them as the compose files say, against a sandbox in a container. `engine.sh` runs this where an
// engine is, or unpacks one. The commands of docs/deployment.md and docs/postgres.md are run word for word.
import assert from "node:assert/strict"
import { execFileSync, spawnSync } from "node:child_process"
import { chmodSync, cpSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

const root = join(dirname(fileURLToPath(import.meta.url)), "../..")
const KEY = "a-key-for-the-containers-check"
const API = "docker compose --file compose.api.yaml"
const started = performance.now()

// A copy, since the commands write `.env` and backups into the project's folder.
const project = mkdtempSync(join(tmpdir(), "tsequence-containers-"))
const files = execFileSync("git", ["ls-files", "-co", "--exclude-standard", "-z"], {
  cwd: root,
  encoding: "utf8",
})
for (const file of files.split("\0").filter(Boolean)) cpSync(join(root, file), join(project, file))

/** Commands that were run, for the comparison with the guides. */
const ran = new Set()

/** Runs a command in the project's folder; returns its output, fails with it. */
const run = (command, { fails = false } = {}) => {
  ran.add(command)
  const { status, stdout, stderr } = spawnSync("bash", ["-c", command], {
    cwd: project,
    encoding: "utf8",
    timeout: 600_000,
    maxBuffer: 1 << 28,
  })
  const output = `${stdout}${stderr}`
  if ((status !== 0) !== fails) throw new Error(`${command}\nexit ${status}\n${output.slice(-3000)}`)
  return output.trim()
}

const step = async (title, action) => {
  const before = performance.now()
  await action()
  console.log(`  ${title} (${((performance.now() - before) / 1000).toFixed(1)} s)`)
}

const call = async (path, { port = 8720, key = KEY, body, idempotencyKey } = {}) => {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method: body === undefined ? "GET" : "POST",
    headers: {
      // A connection that is kept does not survive a restart of the server.
      connection: "close",
      ...(key === undefined ? {} : { "X-API-Key": key }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...(idempotencyKey === undefined ? {} : { "Idempotency-Key": idempotencyKey }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return { status: response.status, headers: response.headers, body: await response.json() }
}

/** Waits until an attempt succeeds. */
const until = async (what, attempt, seconds = 60) => {
  const deadline = performance.now() + seconds * 1000
  let last
  while (performance.now() < deadline) {
    try {
      return await attempt()
    } catch (error) {
      last = error
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
  }
  throw new Error(`Waited ${seconds} seconds for ${what}: ${last}`)
}

// The server takes plain HTTP from this machine's own addresses alone, so each container gets a forwarder of its own to the
// sandbox. It shares the network of the container, and has to be started again with it.
const FORWARD = `require("node:net").createServer((a) => { const b = require("node:net").connect(9000, process.argv[1]); a.pipe(b); b.pipe(a); a.on("error", () => b.destroy()); b.on("error", () => a.destroy()) }).listen(9000, "127.0.0.1")`
let sandboxAddress = ""
const forward = (container) => {
  spawnSync("docker", ["rm", "--force", `forward-${container}`])
  execFileSync("docker", [
    ...["run", "--detach", "--name", `forward-${container}`, "--network", `container:${container}`],
    ...["tsequence-dev", "node", "-e", FORWARD, sandboxAddress],
  ])
}

const ledger = async () => {
  const code = `fetch("http://127.0.0.1:9000/sandbox/ledger").then((r) => r.text()).then((t) => process.stdout.write(t))`
  return JSON.parse(
    execFileSync("docker", ["exec", "sandbox", "node", "-e", code], { encoding: "utf8", maxBuffer: 1 << 28 }),
  )
}
/** Payments that the sandbox has booked. */
const payments = async () => (await ledger()).payments.length

const ends = {}
const transferBody = (amountCents, more = {}) => ({ ...ends, amount_cents: amountCents, ...more })

const env = (lines) => {
  writeFileSync(join(project, ".env"), lines.map(([name, value]) => `${name}='${value}'\n`).join(""))
  chmodSync(join(project, ".env"), 0o600)
}

const inspect = (container, format) =>
  execFileSync("docker", ["inspect", "--format", format, container], { encoding: "utf8" }).trim()

const main = async () => {
  await step("every target builds", () => {
    for (const target of ["prod", "bot"])
      run(`docker build --quiet --target ${target} --tag tsequence-${target} .`)
    run("docker build --target dev --tag tsequence-dev .")
  })

  let account = []
  await step("the sandbox runs in a container", async () => {
    const start = "node apps/sandbox/dist/main.js --host 0.0.0.0 --port 9000 --json"
    // On the network of the host, which every bridge can reach.
    run(`docker run --detach --name sandbox --network host tsequence-dev ${start}`)
    await until("the sandbox", () => run("docker logs sandbox").includes('"url"') || assert.fail("not yet"))
    sandboxAddress = run("docker network inspect bridge --format '{{(index .IPAM.Config 0).Gateway}}'")
    const { env: variables } = JSON.parse(
      run("docker logs sandbox")
        .split("\n")
        .find((line) => line.startsWith("{")),
    )
    account = Object.entries(variables).filter(([name]) => name !== "SEQUENCE_DATA_DIR")
  })

  await step("wrong settings: every problem is listed, and the start fails", () => {
    env([["SEQUENCE_API_KEY", "short"]])
    run(`${API} up --build --detach --wait`, { fails: true })
    const log = run(`${API} logs`)
    for (const name of ["SEQUENCE_EMAIL", "SEQUENCE_KYC_ID"]) assert.match(log, new RegExp(name))
    run(`${API} down`)
  })

  const base = () => [
    ...account,
    ["SEQUENCE_API_KEY", KEY],
    ["SEQUENCE_MIN_DELAY_MS", "0"],
    ["SEQUENCE_JITTER_MS", "0"],
    ["SEQUENCE_MAX_DAILY_TRANSFER_CENTS", "1000"],
  ]
  await step(
    "the server starts healthy, without root, capabilities, or a filesystem to write to",
    async () => {
      env(base())
      run(`${API} up --build --detach --wait`)
      forward("tsequence-api-1")
      assert.equal(inspect("tsequence-api-1", "{{.State.Health.Status}}"), "healthy")
      assert.match(run(`${API} exec api id`), /uid=1000\(node\)/)
      run(`${API} exec api touch /app/x`, { fails: true })
      const status = run(`${API} exec api cat /proc/1/status`)
      assert.match(status, /CapEff:\s+0+\n/)
      assert.match(status, /NoNewPrivs:\s+1/)
      await until("the login", async () => assert.equal((await call("/api/ready")).status, 200))
      const pods = (await call("/api/pods")).body
      Object.assign(ends, {
        source_id: pods[0].id,
        source_type: "POD",
        destination_id: pods[1].id,
        destination_type: "POD",
      })
    },
  )

  const before = await payments()
  await step("a transfer; restart and recreate keep audit log, limits and keys", async () => {
    assert.equal(
      (await call("/api/transfers", { body: transferBody(600), idempotencyKey: "one" })).status,
      200,
    )
    run(`${API} restart`)
    forward("tsequence-api-1")
    await until("the server", async () => assert.equal((await call("/api/health")).status, 200))
    assert.equal(
      (await call("/api/transfers", { body: transferBody(600), idempotencyKey: "one" })).status,
      200,
    )
    assert.equal((await call("/api/transfers", { body: transferBody(500) })).status, 400)
    run(`${API} up --detach --force-recreate --wait`)
    forward("tsequence-api-1")
    assert.equal((await call("/api/transfers", { body: transferBody(500) })).status, 400)
    assert.equal(
      (await call("/api/transfers", { body: transferBody(601), idempotencyKey: "one" })).status,
      422,
    )
    assert.equal((await payments()) - before, 1)
  })

  await step("the command line works on the data of the container", () => {
    assert.match(run(`${API} exec api tsequence audit verify`), /each as it was written/)
    run(`${API} exec api tsequence limits`)
  })

  await step("a backup is readable by its owner alone, and can be restored", async () => {
    run(`${API} stop`)
    run(guide("tar -czf"))
    assert.equal(statSync(join(project, "tsequence-data.tgz")).mode & 0o777, 0o600)
    run(`${API} start`)
    run(`${API} down --volumes`)
    run(`${API} create`)
    run(guide("tar -xzf"))
    run(`${API} up --build --detach --wait`)
    forward("tsequence-api-1")
    assert.equal((await call("/api/transfers", { body: transferBody(500) })).status, 400)
  })

  await step("SIGTERM ends the server within its grace time", () => {
    const from = performance.now()
    run(`${API} stop`)
    assert.ok(performance.now() - from < 15_000)
    assert.equal(inspect("tsequence-api-1", "{{.State.ExitCode}}"), "0")
    run(`${API} down --volumes`)
  })

  await step("two servers on one database: a limit for ten takes ten", async () => {
    const password = "0123456789abcdef0123456789abcdef"
    env([
      ...base(),
      ["COMPOSE_PROFILES", "postgres"],
      ["POSTGRES_PASSWORD", password],
      ["SEQUENCE_DATABASE_URL", `postgresql://tsequence:${password}@database:5432/tsequence`],
    ])
    run(`${API} up --build --detach --wait`)
    for (const name of ["tsequence-api-1", "tsequence-api-second-1"]) forward(name)
    // Both failed to log in before they had a forwarder, and a one-time code works once: this can take a minute or two.
    const isReady = async (port) => {
      const { status, body } = await call("/api/ready", { port })
      assert.equal(status, 200, JSON.stringify(body))
    }
    for (const port of [8720, 8721]) await until("the login", () => isReady(port), 180)
    const booked = await payments()
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        call("/api/transfers", {
          port: 8720 + (index % 2),
          body: transferBody(100, { description: `number ${index}` }),
        }),
      ),
    )
    assert.equal(answers.filter(({ status }) => status === 200).length, 10)
    assert.equal((await payments()) - booked, 10)
    assert.match(run(`${API} exec api tsequence audit verify`), /each as it was written/)
  })

  await step("the data of PySequence's volume are taken over", () => {
    run(`${API} down --volumes`)
    env(base())
    run(
      `docker run --rm --user root --volume old-data:/from tsequence-api:local sh -c 'echo "[]" > /from/.memories.json'`,
    )
    run(`${API} create`)
    for (const part of ["cp -a /from", "chown -R node"]) run(guide(part))
    run(`${API} up --build --detach --wait`)
    assert.match(run(`${API} exec api ls -ln /app/data/.memories.json`), /1000/)
    run("docker volume rm old-data")
  })

  await step("`down` leaves no container", () => {
    run(`${API} down`)
    assert.equal(run("docker ps --all --quiet --filter label=com.docker.compose.project=tsequence"), "")
    run(`${API} down --volumes`)
  })

  await step("every command of the guides ran", () => {
    // One that follows a log never ends, and `.env` is written by the steps above.
    const isApart = (command) => command.endsWith("logs --follow") || command.startsWith("cp .env.example")
    const missing = guideCommands("docs/deployment.md").filter(
      (command) => !ran.has(command) && !isApart(command),
    )
    assert.deepEqual(missing, [], missing.join("\n"))
  })
}

/** The commands in the `sh` blocks of a guide, without their comments. Lines that end in a backslash are one. */
function guideCommands(file) {
  const text = readFileSync(join(project, file), "utf8")
  return [...text.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block = ""]) =>
    block
      .replace(/\\\n\s*/g, "")
      .split("\n")
      .map((line) => line.replace(/\s+# .*$/, "").trim())
      .filter((line) => line !== "" && !line.startsWith("#")),
  )
}

/** The one command of the deployment guide that holds a text. */
function guide(part) {
  const found = guideCommands("docs/deployment.md").filter((command) => command.includes(part))
  assert.equal(found.length, 1, `docs/deployment.md has ${found.length} commands with ${part}`)
  return found[0]
}

let failed = false
try {
  await main()
} catch (error) {
  failed = true
  console.error(error)
  for (const name of ["tsequence-api-1", "tsequence-api-second-1", "sandbox"])
    console.error(spawnSync("docker", ["logs", "--tail", "20", name], { encoding: "utf8" }))
} finally {
  spawnSync(
    "bash",
    [
      "-c",
      `${API} down --volumes; docker rm --force $(docker ps --all --quiet --filter name=forward- --filter name=sandbox)`,
    ],
    { cwd: project },
  )
  rmSync(project, { recursive: true, force: true })
}
if (failed) process.exitCode = 1
else console.log(`The containers work as documented (${((performance.now() - started) / 1000).toFixed(0)} s)`)
