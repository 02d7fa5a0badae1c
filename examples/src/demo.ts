/**
 * The main job, against a sandbox of its own: logs in, looks around, moves $25.00 and follows it. What it does
 * with `sequence` is what a program of yours would do; only the first and last lines are about the sandbox.
 */
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { styleText } from "node:util"
import Table from "cli-table3"
import { formatCents, Sequence, type SequenceClient, type Transfer } from "tsequence"
import { type Sandbox, startSandbox } from "tsequence-sandbox"

const isColourful = process.stdout.isTTY && !process.env.NO_COLOR
const styled = (style: Parameters<typeof styleText>[0], text: string) =>
  isColourful ? styleText(style, text) : text

const dollars = (cents: number | null) => (cents === null ? "unknown" : formatCents(cents))

let steps = 0
const step = (what: string) => {
  steps += 1
  console.log(`\n${styled("cyan", `${steps}.`)} ${styled("bold", what)}`)
}
const say = (what: string) => console.log(`   ${what}`)

const newTable = (...columns: ReadonlyArray<string>) =>
  new Table({
    head: [...columns],
    style: isColourful
      ? { head: ["dim"], border: ["dim"], compact: true }
      : { head: [], border: [], compact: true },
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
  say(`All ${podCount} pods together: ${styled("bold", formatCents(totalCents))}`)
}

const moveMoney = async (sequence: SequenceClient) => {
  const [from, to] = (await sequence.getPods()).filter(({ balanceCents }) => (balanceCents ?? 0) >= 2_500)
  if (from === undefined || to === undefined)
    throw new Error("The sandbox has no two pods with money in them")
  say(`${from.name} has ${dollars(from.balanceCents)}, ${to.name} has ${dollars(to.balanceCents)}.`)
  const receipt = await sequence.transfer({ source: from, destination: to, amountCents: 2_500 })
  const after = (id: string) => receipt.organization?.pods.find((pod) => pod.id === id)?.balanceCents ?? null
  say(`Sequence accepted ${styled("green", formatCents(receipt.amountCents))}.`)
  say(`${from.name} has ${dollars(after(from.id))}, ${to.name} has ${dollars(after(to.id))}.`)
  return receipt
}

const follow = async (sequence: SequenceClient, id: string) => {
  const began = performance.now()
  let shown: string | null = null
  while (shown !== "COMPLETE" && shown !== "FAILED") {
    const { status, details } = await sequence.getTransferDetail(id)
    if (status !== shown) {
      const seconds = ((performance.now() - began) / 1000).toFixed(1)
      say(
        `After ${seconds} s: ${styled("green", status ?? "unknown")}${details ? `, a ${details.type} transfer` : ""}`,
      )
    }
    shown = status
    await sleep(100)
  }
}

const countRequests = (sandbox: Sandbox, prefix: string) =>
  sandbox.requests().filter(({ path }) => path.startsWith(prefix)).length

const demo = async (sandbox: Sandbox, sequence: SequenceClient) => {
  step("Log in with email, password and a one-time code")
  await sequence.getPods()
  say(
    `Done: ${countRequests(sandbox, "/u/")} requests to the login's pages, one code made from the secret, one token kept.`,
  )

  step("Pods, ports and accounts")
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
  const [logins, tokens] = [countRequests(sandbox, "/u/"), countRequests(sandbox, "/oauth/token")]
  sandbox.expireTokens()
  await sequence.getPods()
  say(
    `Refreshed ${countRequests(sandbox, "/oauth/token") - tokens} time, logged in again ${countRequests(sandbox, "/u/") - logins} times.`,
  )

  step("Move $25.00 between two pods")
  const { id } = await moveMoney(sequence)

  step("What became of it")
  if (id === null) return say("It was accepted, and does not show in the activity yet.")
  await follow(sequence, id)
}

const began = performance.now()
const dataDir = await mkdtemp(join(tmpdir(), "tsequence-demo-"))
const sandbox = await startSandbox({ settleAfter: 1_000 })
console.log(`A sandbox stands in for the service at ${sandbox.url}. No account is needed, no money is real.`)
const sequence = Sequence.fromEnv(
  {
    dataDir,
    // With the code flow there is a refresh token; the web app's own flow has none.
    auth: {
      clientId: sandbox.env.SEQUENCE_AUTH0_CLIENT_ID,
      redirectUri: sandbox.env.SEQUENCE_AUTH0_REDIRECT_URI,
      audience: sandbox.env.SEQUENCE_AUTH0_AUDIENCE,
      scope: "openid profile email offline_access",
      responseType: "code",
    },
    // The real service is given 1.5 to 3.5 seconds between requests; this one is ours.
    rateLimit: { minInterval: 100, jitter: 100 },
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
