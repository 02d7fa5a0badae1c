// Fails if schema/ was changed without running `npm run codegen`.
import { execFileSync } from "node:child_process"
import { readFileSync, writeFileSync } from "node:fs"

const files = ["sdk/src/generated/operations.ts", "sdk/src/generated/platform.ts"]
const committed = files.map((file) => readFileSync(file, "utf8"))
execFileSync("npm", ["run", "--silent", "codegen"], { stdio: ["ignore", "ignore", "inherit"] })
const stale = files.filter((file, index) => {
  if (readFileSync(file, "utf8") === committed[index]) return false
  writeFileSync(file, committed[index])
  return true
})
if (stale.length > 0) {
  console.error(`${stale.join(", ")}: not what schema/ says. Run "npm run codegen" and commit the result.`)
  process.exit(1)
}
console.log(`${files.join(", ")}: up to date.`)
