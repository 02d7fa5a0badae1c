import { spawn } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"
import { expect, it } from "vitest"

const MAIN = fileURLToPath(new URL("../dist/try/main.js", import.meta.url))

it("the bot can be tried in a terminal: it answers, shows buttons as numbers, and moves made-up money", async () => {
  const child = spawn(process.execPath, [MAIN], {
    env: { PATH: process.env.PATH ?? "" },
    stdio: ["pipe", "pipe", "inherit"],
  })
  let output = ""
  child.stdout.on("data", (chunk) => {
    output += String(chunk)
  })
  child.stdin.end(
    "how much is in gas\nmove 20 from main to gas\n1\nhow much is in gas\nwhat did I spend on groceries this month?\n",
  )
  const [code] = await once(child, "close")
  expect(code).toBe(0)
  expect(output).toContain("a small stand-in with a few rules answers instead of Claude")
  expect(output).toContain("Gas holds $42.50.")
  expect(output).toContain("[1] ✅ Confirm   [2] ✖️ Cancel")
  expect(output).toContain("Sequence accepted the transfer: $20.00 from Main to Gas")
  expect(output).toContain("Gas holds $62.50.")
  expect(output).toMatch(/(You spent \$[\d,.]+|No transfer went out) on "groceries" this month/)
})
