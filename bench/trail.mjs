// Trails of any length, of lines as the SDK writes them: two that a real transfer left, again and again.
import { createHash, randomUUID } from "node:crypto"
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { startSandbox } from "tsequence-sandbox"
import { connect } from "./clients.mjs"

const makePattern = async () => {
  const folder = mkdtempSync(join(tmpdir(), "tsequence-bench-"))
  const sandbox = await startSandbox()
  const client = connect(sandbox, { dataDir: folder, safeguards: true })
  try {
    await client.transfer({ source: "Main", destination: "Groceries", amountCents: 1 })
    await client.close()
    const lines = readFileSync(join(folder, ".audit.jsonl"), "utf8").trim().split("\n")
    return lines.map((line) => JSON.parse(line))
  } finally {
    await sandbox.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

const [requested, completed] = await makePattern()
const DAY = 86_400_000
const sha256 = (text) => createHash("sha256").update(text).digest("hex")

// A text of everything would be longer than any may be.
const AT_ONCE = 10_000

/**
 * Writes a trail and its head into a folder.
 *
 * @param lines - how many, two a transfer
 * @param days - how many days they are spread over; 1: all are of today
 */
export const writeTrail = (folder, lines, days = 365) => {
  const now = Date.parse(requested.timestamp)
  const file = openSync(join(folder, ".audit.jsonl"), "w")
  let written = []
  let seq = 0
  let prev = sha256("")
  for (let index = 0; index < lines; index += 2) {
    const at = new Date(days === 1 ? now : now - DAY * (days - Math.floor((index / lines) * days)))
    const day = days === 1 ? requested.day : at.toISOString().slice(0, 10)
    const shared = { timestamp: at.toISOString().replace("Z", "+00:00"), request_id: randomUUID() }
    for (const entry of [
      { ...requested, ...shared, day },
      { ...completed, ...shared, transfer_id: randomUUID() },
    ]) {
      seq += 1
      const line = JSON.stringify({ ...entry, seq, prev })
      prev = sha256(line)
      written.push(`${line}\n`)
    }
    if (written.length >= AT_ONCE || index + 2 >= lines) {
      writeSync(file, written.join(""))
      written = []
    }
  }
  closeSync(file)
  writeFileSync(join(folder, ".audit.head.json"), JSON.stringify({ seq, hash: prev }))
}
