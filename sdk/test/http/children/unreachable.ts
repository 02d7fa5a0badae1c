/**
 * Pays over a way that a router refuses after the payment was delivered, in a network namespace of its own: the answer
 * is lost, and then ICMP ends the established connection.
 */
import { execFileSync } from "node:child_process"
import { mkdtemp, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { startSandbox } from "tsequence-sandbox"
import { Sequence } from "../../../src/index.js"

/** The outcome of the payment. */
export interface Report {
  /** The system's code and call that ended the connection. */
  readonly ending: string
  readonly error: string | undefined
  readonly booked: number
  readonly requested: number
}

const [kind = "host-unreachable"] = process.argv.slice(2)
const nft = (...args: ReadonlyArray<string>) => execFileSync("nft", args)

const sandbox = await startSandbox()
const { port } = new URL(sandbox.url)
const folder = await mkdtemp(join(tmpdir(), "unreachable-"))

nft("add", "table", "inet", "way")
nft("add", "chain", "inet", "way", "out", "{ type filter hook output priority 0; }")
const rule = (text: string) => nft("add", "rule", "inet", "way", "out", ...text.split(" "))

let ending = ""
const { fetch } = globalThis
globalThis.fetch = async (input, init) => {
  if (ending !== "" || !String(init?.body).includes("CreatePayment")) return fetch(input, init)
  // A connection can be made, and no more comes back.
  rule(`tcp sport ${port} tcp flags & syn == 0 drop`)
  const answer = fetch(input, init)
  while (sandbox.ledger().payments.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
  rule(`tcp dport ${port} reject with icmp type ${kind}`)
  return answer.catch((thrown: Error & { cause?: NodeJS.ErrnoException }) => {
    ending = `${thrown.cause?.syscall} ${thrown.cause?.code}`
    nft("flush", "ruleset")
    throw thrown
  })
}

const client = Sequence.fromEnv(
  {
    accessToken: sandbox.issueTokens().accessToken,
    dataDir: folder,
    safeguards: true,
    rateLimit: { minInterval: 0, jitter: 0 },
    retry: { baseDelay: 1 },
    logger: false,
  },
  { ...sandbox.env, SEQUENCE_MAX_TRANSFER_CENTS: "10000", SEQUENCE_MAX_DAILY_TRANSFER_CENTS: "100000" },
)
const [source, destination] = (await client.getPods()).filter(
  ({ balanceCents }) => (balanceCents ?? 0) >= 100,
)
if (source === undefined || destination === undefined)
  throw new Error("The sandbox has no two pods with money")
const error = await client.transfer({ source, destination, amountCents: 100 }).then(
  () => undefined,
  (thrown: Error) => thrown.name,
)
const trail = await readFile(join(folder, ".audit.jsonl"), "utf8")
const report: Report = {
  ending,
  error,
  booked: sandbox.ledger().payments.length,
  requested: trail.split("\n").filter((line) => line.includes('"transfer_requested"')).length,
}
console.log(JSON.stringify(report))
await client.close()
await sandbox.close()
await rm(folder, { recursive: true, force: true })
process.exit()
