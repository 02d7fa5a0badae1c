// What of this folder a build would be sent, by the rules of .dockerignore.
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import dockerIgnore from "@balena/dockerignore"

// What must never be sent, wherever it lies.
const SECRET = [
  ".env",
  "op.env",
  ".env.local",
  ".tokens.json",
  ".login.json",
  ".turn.json",
  ".audit.jsonl",
  ".audit.head.json",
  ".audit.checkpoint.json",
  ".daily_limits.json",
  ".idempotency.jsonl",
  ".memories.json",
  ".conversations.json",
  ".owners/one",
  ".sandbox/.tokens.json",
  "bot-config.yaml",
]
const FOLDERS = ["", "data/", "apps/api/", "apps/sandbox/src/", "sdk/src/", "schema/"]
const NEVER = [
  ".git/HEAD",
  "node_modules/effect/package.json",
  "apps/api/node_modules/x.js",
  "sdk/dist/index.js",
]

const PRUNED = new Set([".git", "node_modules"])

const filesBelow = (root, folder = "") =>
  readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`
    if (!entry.isDirectory()) return [path]
    return PRUNED.has(entry.name) ? [] : filesBelow(root, path)
  })

/** The files of the context, and what is wrong with its rules. */
export const readContext = (root) => {
  const rules = dockerIgnore().add(readFileSync(join(root, ".dockerignore"), "utf8"))
  const forbidden = [...NEVER, ...FOLDERS.flatMap((folder) => SECRET.map((name) => `${folder}${name}`))]
  return {
    files: filesBelow(root).filter((path) => !rules.ignores(path)),
    problems: forbidden
      .filter((path) => !rules.ignores(path))
      .map((path) => `.dockerignore: ${path} would be sent to the build`),
  }
}
