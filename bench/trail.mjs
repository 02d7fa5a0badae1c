// Trails of any length, of lines as the SDK writes them: two that a real transfer left, again and again.
import { createHash, randomUUID } from "node:crypto"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
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

/**
 * A trail and its head.
 *
 * @param lines - how many, two a transfer
 * @param days - how many days they are spread over; 1: all are of today
 */
export const trailOf = (lines, days = 365) => {
  const now = Date.parse(requested.timestamp)
  const all = []
  let prev = sha256("")
  for (let index = 0; index < lines; index += 2) {
    const at = new Date(days === 1 ? now : now - DAY * (days - Math.floor((index / lines) * days)))
    const day = days === 1 ? requested.day : at.toISOString().slice(0, 10)
    const shared = { timestamp: at.toISOString().replace("Z", "+00:00"), request_id: randomUUID() }
    for (const entry of [
      { ...requested, ...shared, day },
      { ...completed, ...shared, transfer_id: randomUUID() },
    ]) {
      const line = JSON.stringify({ ...entry, seq: all.length + 1, prev })
      prev = sha256(line)
      all.push(line)
    }
  }
  return { trail: `${all.join("\n")}\n`, head: JSON.stringify({ seq: all.length, hash: prev }) }
}
