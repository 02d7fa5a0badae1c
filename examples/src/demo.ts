/**
 * The main job, against a sandbox of its own: logs in, looks around, moves $25.00 and follows it. What it does
 * with `sequence` is what a program of yours would do; only the first and last lines are about the sandbox.
 */
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { styleText } from "node:util"
import Table from "cli-table3"
import { formatCents, Sequence, type SequenceClient, type Transfer } from "tsequence"
import { type Sandbox, startSandbox } from "tsequence-sandbox"

const dollars = (cents: number | null) => (cents === null ? "unknown" : formatCents(cents))

let steps = 0
const step = (what: string) => {
  steps += 1
  console.log(`\n${styleText("cyan", `${steps}.`)} ${styleText("bold", what)}`)
}
const say = (what: string) => console.log(`   ${what}`)

const newTable = (...columns: ReadonlyArray<string>) =>
  new Table({
    head: [...columns],
    style: { head: ["dim"], border: ["dim"], compact: true },
    colAligns: columns.map((column) => (column === "Balance" || column === "Amount" ? "right" : "left")),
  })

const print = (table: InstanceType<typeof Table>) =>
  console.log(
    table
      .toString()
      .split("\n")
      .map((line) => `   ${line}`)
      .join("\n"),
  )

const printTransfers = (transfers: ReadonlyArray<Transfer>) => {
  const table = newTable("Date", "From", "To", "Amount", "Status")
  for (const { createdAt, source, destination, amountCents, status } of transfers) {
    table.push([
      createdAt?.toISOString().slice(0, 10) ?? "",
      source?.name ?? "",
      destination?.name ?? "",
      formatCents(amountCents),
      status ?? "",
    ])
  }
  print(table)
}

const showAccounts = async (sequence: SequenceClient) => {
  const { pods, ports, accounts } = await sequence.getAllAccounts()
  const table = newTable("Kind", "Name", "Institution", "Balance")
  for (const pod of pods) table.push(["pod", pod.name, "", dollars(pod.balanceCents)])
  for (const port of ports) table.push(["port", port.name, "", dollars(port.balanceCents)])
  for (const { name, institutionName, balanceCents } of accounts) {
    table.push(["account", name, institutionName ?? "", dollars(balanceCents)])
  }
  print(table)
  const { totalCents, podCount } = await sequence.getTotalBalance()
  say(`All ${podCount} pods together: ${styleText("bold", formatCents(totalCents))}`)
}

const moveMoney = async (sequence: SequenceClient) => {
  const [from, to] = (await sequence.getPods()).filter(({ balanceCents }) => (balanceCents ?? 0) >= 2_500)
  if (from === undefined || to === undefined)
    throw new Error("The sandbox has no two pods with money in them")
  say(`${from.name} has ${dollars(from.balanceCents)}, ${to.name} has ${dollars(to.balanceCents)}.`)
  const receipt = await sequence.transfer({ source: from, destination: to, amountCents: 2_500 })
  const after = (id: string) => receipt.organization?.pods.find((pod) => pod.id === id)?.balanceCents ?? null
  say(`Moved ${styleText("green", formatCents(receipt.amountCents))}.`)
  say(`${from.name} has ${dollars(after(from.id))}, ${to.name} has ${dollars(after(to.id))}.`)
  return receipt
}

const demo = async (sandbox: Sandbox, sequence: SequenceClient) => {
  step("Pods, ports and accounts (this logs in first: email, password, one-time code)")
  await showAccounts(sequence)

  step("One pod, by a part of its name")
  const pod = await sequence.getPodBalance("grocer")
  say(pod === undefined ? "There is none." : `${pod.name}: ${dollars(pod.balanceCents)}`)

  step("This month")
  const { transferCount, ruleExecutions, totalIncomingCents } = await sequence.getActivitySummary()
  say(`${transferCount} transfers, ${ruleExecutions} by rules, ${formatCents(totalIncomingCents)} came in.`)

  step("The newest activity, two pages of five")
  const first = await sequence.getActivity({ first: 5 })
  const second = await sequence.getActivity({ first: 5, after: first.endCursor })
  printTransfers([...first.transfers, ...second.transfers])

  step("The access token expires; the next call gets a new one by itself")
  sandbox.expireTokens()
  await sequence.getPods()
  const refreshes = sandbox.requests().filter(({ path }) => path === "/oauth/token").length
  say(
    `The service refused the token, and was asked again with a fresh one (${refreshes} calls to /oauth/token).`,
  )

  step("Move $25.00 between two pods")
  const { id } = await moveMoney(sequence)

  step("What became of it")
  if (id === null) return say("It was accepted, and does not show in the activity yet.")
  const { status, details } = await sequence.getTransferDetail(id)
  say(`Transfer ${id} is ${styleText("green", status ?? "unknown")}${details ? ` (${details.type})` : ""}.`)
}

const began = performance.now()
const dataDir = await mkdtemp(join(tmpdir(), "tsequence-demo-"))
const sandbox = await startSandbox()
console.log(`A sandbox stands in for the service at ${sandbox.url}. No account is needed, no money is real.`)
const sequence = Sequence.fromEnv(
  {
    dataDir,
    // With the code flow there is a refresh token; the web app's own flow has none.
    auth: {
      clientId: sandbox.env["SEQUENCE_AUTH0_CLIENT_ID"],
      redirectUri: sandbox.env["SEQUENCE_AUTH0_REDIRECT_URI"],
      audience: sandbox.env["SEQUENCE_AUTH0_AUDIENCE"],
      scope: "openid profile email offline_access",
      responseType: "code",
    },
    // The real service is given 1.5 to 3.5 seconds between requests; this one is ours.
    politeness: { minDelay: 100, jitter: 100 },
  },
  sandbox.env,
)
try {
  await demo(sandbox, sequence)
  console.log(`\nDone in ${((performance.now() - began) / 1000).toFixed(1)} s.`)
} finally {
  await sequence.close()
  await sandbox.close()
  await rm(dataDir, { recursive: true, force: true })
}
