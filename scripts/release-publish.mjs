// Publishes what is newer than the registry has. Runs in continuous integration alone, which says where the sources are:
// npm shows that address, and provenance wants it to be the one that the package was built from.
import { execFileSync } from "node:child_process"
import { readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"

/** A manifest that says where its sources are, in a folder of a repository. */
export const withAddress = (manifest, { address, directory }) => ({
  ...manifest,
  repository: { type: "git", url: `git+${address}.git`, directory },
  homepage: `${address}#readme`,
  bugs: { url: `${address}/issues` },
})

const PUBLISHED = ["sdk", "apps/sandbox", "apps/cli"]

const publish = ({ GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository }) => {
  if (server === undefined || repository === undefined)
    throw new Error("Releases are made by the workflow alone")
  for (const directory of PUBLISHED) {
    const path = `${directory}/package.json`
    const manifest = JSON.parse(readFileSync(path, "utf8"))
    const address = `${server}/${repository}`
    writeFileSync(path, `${JSON.stringify(withAddress(manifest, { address, directory }), undefined, 2)}\n`)
  }
  execFileSync("npm", ["run", "build"], { stdio: "inherit" })
  execFileSync("npm", ["run", "changeset", "--", "publish"], { stdio: "inherit" })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) publish(process.env)
