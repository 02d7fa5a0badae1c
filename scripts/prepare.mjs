// Makes a fresh clone ready to run: installs what is missing and builds what is stale. Needs Node alone.
import { spawnSync } from "node:child_process"
import { existsSync, statSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

const root = join(dirname(fileURLToPath(import.meta.url)), "..")

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number)
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`tsequence needs Node 20.19 or newer; this is ${process.version}.`)
  process.exit(1)
}

const npm = (...args) => {
  const { status } = spawnSync("npm", args, {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
    shell: process.platform === "win32",
  })
  if (status !== 0) process.exit(status ?? 1)
}

const installed = join(root, "node_modules/.package-lock.json")
const isInstalled =
  existsSync(installed) && statSync(installed).mtimeMs >= statSync(join(root, "package-lock.json")).mtimeMs
if (!isInstalled) {
  console.error("Installing what is needed (half a minute the first time) …")
  npm("ci", "--no-audit", "--no-fund", "--loglevel=error")
}
npm("run", "--silent", "build")
