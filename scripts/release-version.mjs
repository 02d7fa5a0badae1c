// Turns the changesets into versions and changelogs, and writes the version wherever else it stands.
import { execFileSync } from "node:child_process"
import { readFileSync, writeFileSync } from "node:fs"

const run = (...args) => execFileSync("npm", args, { stdio: "inherit" })

run("run", "changeset", "--", "version")

const { version } = JSON.parse(readFileSync("sdk/package.json", "utf8"))
const file = "sdk/src/http/Version.ts"
const text = readFileSync(file, "utf8")
writeFileSync(file, text.replace(/(export const VERSION = )"[^"]+"/, `$1"${version}"`))

// The lock file holds the versions of the workspaces too.
run("install", "--package-lock-only", "--ignore-scripts", "--no-audit", "--no-fund")
