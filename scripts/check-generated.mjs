// Fails where schema/ was changed and nobody ran `npm run codegen`.
import { execFileSync } from "node:child_process"
import { readFileSync, writeFileSync } from "node:fs"

const file = "sdk/src/generated/operations.ts"
const committed = readFileSync(file, "utf8")
execFileSync("npm", ["run", "--silent", "codegen"], { stdio: "inherit" })
const generated = readFileSync(file, "utf8")
if (generated !== committed) {
  writeFileSync(file, committed)
  console.error(`${file} is not what schema/ says. Run "npm run codegen" and commit the result.`)
  process.exit(1)
}
console.log(`${file} is up to date.`)
