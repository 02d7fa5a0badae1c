// Packs the SDK as it would be published and checks the tarball with publint and attw.
import { execFileSync } from "node:child_process"
import { mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

const run = (command, args) => execFileSync(command, args, { stdio: "inherit" })

const folder = mkdtempSync(join(tmpdir(), "tsequence-pack-"))
try {
  run("npm", ["run", "--silent", "build"])
  for (const workspace of ["sdk", "apps/sandbox"]) {
    run("npm", ["pack", "--silent", "--workspace", workspace, "--pack-destination", folder])
  }
  for (const tarball of readdirSync(folder)) {
    run("npx", ["publint", "run", join(folder, tarball), "--strict"])
    // The packages are ESM only, by decision: what CommonJS and old resolvers see is not checked.
    run("npx", ["attw", join(folder, tarball), "--profile", "esm-only", "--no-emoji"])
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
