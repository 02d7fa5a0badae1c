// Breaks the deployment in one way after another, each in a copy of the tracked files, and wants the check to say so:
// `npm run campaign:deployment [part of a name]`. Takes half a minute for each that shows only when it runs.
import { execFileSync, spawnSync } from "node:child_process"
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

const root = join(dirname(fileURLToPath(import.meta.url)), "..")

/** What is replaced by what in which file, and what the check must say. */
const trials = [
  [
    "the lock file is not copied",
    "Dockerfile",
    "package.json package-lock.json ./",
    "package.json ./",
    "npm ci",
  ],
  [
    "a workspace is not copied",
    "Dockerfile",
    "COPY apps/api/package.json apps/api/\n",
    "",
    "Could not resolve",
  ],
  [
    "a source is not there",
    "Dockerfile",
    "COPY schema schema",
    "COPY scheme schema",
    "not in the build context",
  ],
  [
    "a stage is not there",
    "Dockerfile",
    "--from=build /app/apps/api/bin",
    "--from=builds /app/apps/api/bin",
    "no stage builds",
  ],
  [
    "the build does not reach prod",
    "Dockerfile",
    "COPY --from=build /app/apps/api/bin apps/api/bin\n",
    "",
    "prod: it ended",
  ],
  ["CMD names no file", "Dockerfile", "api/bin/main.js", "api/bin/server.js", "prod: it ended with 1"],
  ["CMD is a shell's", "Dockerfile", 'CMD ["node", "apps/api/bin/main.js"]', "CMD node main.js", "exec form"],
  [
    "CMD keeps signals from node",
    "Dockerfile",
    '"node", "apps/api/bin/main.js"',
    '"sh", "-c", "node apps/api/bin/main.js; true"',
    "SIGTERM",
  ],
  [
    "HEALTHCHECK asks another port",
    "Dockerfile",
    "process.env.SEQUENCE_SERVER_PORT",
    "8721",
    "HEALTHCHECK failed",
  ],
  ["HEALTHCHECK asks another path", "Dockerfile", "/api/health'", "/api/healthy'", "HEALTHCHECK failed"],
  ["HEALTHCHECK is gone", "Dockerfile", "HEALTHCHECK --", "# HEALTHCHECK --", "no HEALTHCHECK"],
  [
    "development packages go along",
    "Dockerfile",
    "COPY --from=build /app/apps/api/bin apps/api/bin\n",
    "COPY --from=build /app ./\n",
    "is for development",
  ],
  [
    "sources go along",
    "Dockerfile",
    "/app/apps/api/bin apps/api/bin\n",
    "/app/apps/api apps/api\n",
    "is a source",
  ],
  ["it runs as root", "Dockerfile", /USER node/g, "USER root", "runs as root"],
  ["the base has no version", "Dockerfile", ":$" + "{NODE_VERSION}-slim", "", "names no version"],
  ["an instruction is misspelt", "Dockerfile", "EXPOSE 8720", "EXPOSES 8720", "Unknown instruction"],
  ["secrets go into builds", ".dockerignore", "**/.tokens.json", "", ".tokens.json would be sent"],
  ["a key of compose is misspelt", "compose.api.yaml", "cap_drop:", "cap_dorp:", "invalid-schema"],
  [
    "compose wants another target",
    "compose.api.yaml",
    "target: prod",
    "target: production",
    "no target production",
  ],
  [
    "compose mounts elsewhere",
    "compose.api.yaml",
    "api-data:/app/data",
    "api-data:/data",
    "nothing is mounted",
  ],
  ["compose declares another volume", "compose.api.yaml", "  api-data:\n", "  data:\n", "is not declared"],
  ["compose opens the port", "compose.api.yaml", "127.0.0.1:", "", "not bound to 127.0.0.1"],
  [
    "compose forgets a variable",
    "compose.api.yaml",
    "      - SEQUENCE_TOTP\n",
    "",
    "SEQUENCE_TOTP is not handed on",
  ],
  ["just calls what is not there", "justfile", "npm run docs", "npm run document", "no script document"],
  ["just reads another file", "justfile", "compose.api.yaml", "compose.yaml", "there is no compose.yaml"],
  ["a variable has no example", ".env.example", "# SEQUENCE_LOG_LEVEL=info", "", "documented and missing"],
  ["an example has a value", ".env.example", "SEQUENCE_API_KEY=", "SEQUENCE_API_KEY=abc", "has a value"],
]

const attempt = ([name, file, before, after, wanted]) => {
  const folder = mkdtempSync(join(tmpdir(), "tsequence-trial-"))
  try {
    const tracked = execFileSync("git", ["ls-files", "-z"], { cwd: root, encoding: "utf8" }).split("\0")
    for (const path of tracked.filter((one) => one !== "")) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      cpSync(join(root, path), join(folder, path))
    }
    symlinkSync(join(root, "node_modules"), join(folder, "node_modules"))
    const content = readFileSync(join(folder, file), "utf8")
    const broken = content.replace(before, after)
    if (broken === content) return `${name}: ${file} has nothing to replace`
    writeFileSync(join(folder, file), broken)
    const check = spawnSync(process.execPath, ["scripts/check-deployment.mjs"], {
      cwd: folder,
      encoding: "utf8",
    })
    if (check.status === 0) return `${name}: the check did not notice`
    if (!check.stderr.includes(wanted)) return `${name}: the check said something else:\n${check.stderr}`
    const line = check.stderr.split("\n").find((one) => one.includes(wanted))
    console.log(`noticed: ${name}\n  ${line.trim().slice(0, 160)}`)
    return undefined
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const part = process.argv[2] ?? ""
const chosen = trials.filter(([name]) => name.includes(part))
const missed = chosen.map(attempt).filter((one) => one !== undefined)
for (const one of missed) console.error(one)
console.log(`${chosen.length - missed.length} of ${chosen.length} were noticed`)
if (missed.length > 0 || chosen.length === 0) process.exitCode = 1
