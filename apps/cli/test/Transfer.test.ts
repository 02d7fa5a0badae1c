import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { makeWorld, type World } from "./support.js"

const PAY = ["transfer", "--from", "Main", "--to", "Groceries", "--amount", "20"]

let world: World

beforeEach(async () => {
  world = await makeWorld()
})

afterEach(() => world[Symbol.asyncDispose]())

const paid = (): number => world.sandbox.ledger().payments.length

const events = async (): Promise<ReadonlyArray<string>> => {
  const { output } = await world.run(["audit", "show", "--json"])
  const entries: ReadonlyArray<{ readonly event_type: string }> = JSON.parse(output)
  return entries.map(({ event_type }) => event_type)
}

const payments = () =>
  world.sandbox.requests().filter(({ operation }) => operation === "CreatePayment").length

describe("transfer --yes", () => {
  it("shows what will happen, moves it once, and puts it on record", async () => {
    const { code, output, errors } = await world.run([...PAY, "--note", "food", "--yes"])
    expect(code).toBe(0)
    expect(errors).toContain("$20.00 from Main to Groceries")
    expect(errors).toMatch(/limit \$25,000\.00 of \$25,000\.00 left for \d{4}-\d\d-\d\d \(New York\)/)
    expect(output).toMatch(/^Sequence accepted \$20\.00 from Main to Groceries\.\ntransfer \S+ is PENDING\n$/)
    expect(paid()).toBe(1)
    expect(await events()).toEqual(["transfer_requested", "transfer_completed"])
    expect((await world.run(["limits"])).output).toContain("$24,980.00 of $25,000.00 left")
  })

  it("prints one document with --json", async () => {
    const { code, output } = await world.run([...PAY, "--yes", "--json"])
    expect(code).toBe(0)
    expect(JSON.parse(output)).toEqual({
      state: "accepted",
      transferId: expect.any(String),
      requestId: expect.any(String),
      status: "PENDING",
      message: "Sequence accepted $20.00 from Main to Groceries.",
    })
  })

  it("says the service's reason where it refuses, and no money moved", async () => {
    world.sandbox.faults({ operation: "CreatePayment", refuse: "Insufficient funds" })
    const { code, errors } = await world.run([...PAY, "--yes"])
    expect(code).toBe(3)
    expect(errors).toContain("Transfer failed: Insufficient funds")
    expect(paid()).toBe(0)
  })

  it.each([
    ["50", { SEQUENCE_MAX_TRANSFER_CENTS: "1000" }, "$50.00 is over the limit of $10.00 for one transfer"],
    [
      "50",
      { SEQUENCE_MAX_DAILY_TRANSFER_CENTS: "1000" },
      "$50.00 is over the $10.00 left of the daily limit of $10.00",
    ],
  ])("sends nothing above a limit (%s, %j)", async (amount, limits, message) => {
    const { code, errors } = await world.run(
      ["transfer", "--from", "Main", "--to", "Rent", "--amount", amount, "--yes"],
      limits,
    )
    expect(code).toBe(3)
    expect(errors).toContain(message)
    expect(payments()).toBe(0)
  })

  it.each([
    [["--from", "Main", "--to", "Groceries"], "Missing: --amount"],
    [["--from", "Main", "--to", "Groceries", "--amount", "1,00"], "--amount:"],
    [["--from", "Main", "--to", "Groceries", "--amount", "0"], "more than zero"],
    [["--from", "Main", "--to", "main", "--amount", "5"], "are the same"],
    [["--from", "a", "--to", "Groceries", "--amount", "5"], "could be"],
    [["--from", "Main", "--to", "Nowhere", "--amount", "5"], "There is no pod, port or account"],
    [["--from", "Main", "--to", "Grocreies", "--amount", "5"], 'Did you mean "Groceries"?'],
  ])("refuses %j before anything is sent", async (args, message) => {
    const { code, errors } = await world.run(["transfer", ...args, "--yes"])
    expect([1, 2]).toContain(code)
    expect(errors).toContain(message)
    expect(payments()).toBe(0)
  })
})

describe("the question", () => {
  it("is not asked of a script: nothing moves without --yes", async () => {
    const { code, errors } = await world.run(PAY)
    expect(code).toBe(2)
    expect(errors).toContain("Add --yes")
    expect(payments()).toBe(0)
  })

  it.each([
    ["y\r", 0, 1],
    ["n\r", 3, 0],
    ["\r", 3, 0],
    ["\u0003", 130, 0],
    ["\u0004", 3, 0],
  ])("answered %j ends with %i and %i payments", async (answer, code, count) => {
    const running = world.terminal(PAY)
    await running.says("Move it? [y/N]")
    running.child.stdin?.write(answer)
    expect((await running.ended).code).toBe(code)
    expect(paid()).toBe(count)
  })
})

describe("what a person sees before the question", () => {
  it("is the plan, with --json too, whose answer is one document", async () => {
    const running = world.terminal([...PAY, "--json"])
    await running.says("Move it? [y/N]")
    expect(running.output()).toContain("$20.00 from Main to Groceries")
    running.child.stdin?.write("n\r")
    const { code, output } = await running.ended
    expect(code).toBe(3)
    expect(output).toContain('"Declined"')
    expect(paid()).toBe(0)
  })

  it("is not answered by what was typed before it stood there", async () => {
    const running = world.terminal(PAY)
    running.child.stdin?.write("y\r")
    await running.says("Move it? [y/N]")
    running.child.stdin?.write("\r")
    expect((await running.ended).code).toBe(3)
    expect(paid()).toBe(0)
  })

  it("shows nothing of the service's words that a terminal would act on", async () => {
    world.sandbox.faults({ operation: "CreatePayment", refuse: "no \u001b[2Jway\r\nSequence accepted $5" })
    const { code, errors } = await world.run([...PAY, "--yes"])
    expect(code).toBe(3)
    expect(errors).not.toContain("\u001b[2J")
    expect(errors).not.toMatch(/^Sequence accepted/m)
  })
})

describe("transfer --dry-run", () => {
  it("moves nothing, and tells what would be in the way", async () => {
    expect((await world.run([...PAY, "--dry-run"])).code).toBe(0)
    const { code, output } = await world.run([
      "transfer",
      "--from",
      "Main",
      "--to",
      "Rent",
      "--amount",
      "90000",
      "--dry-run",
      "--json",
    ])
    expect(code).toBe(3)
    expect(JSON.parse(output).obstacles).toHaveLength(3)
    expect(payments()).toBe(0)
    expect(await events()).toEqual([])
  })
})

describe("an answer that does not come", () => {
  it("is looked for: a payment that was made is found, and the command succeeds", async () => {
    world.sandbox.faults({ operation: "CreatePayment", cut: "after" })
    const { code, output, errors } = await world.run([...PAY, "--yes"])
    expect(errors).toContain("Looking for it in the activity")
    expect(output).toContain("Sequence accepted it after all.")
    expect(code).toBe(0)
    expect(paid()).toBe(1)
  })

  it("has an exit code of its own where nothing was found, and an identical one is held", async () => {
    world.sandbox.faults({ operation: "CreatePayment", cut: "before" })
    const { code, errors } = await world.run([...PAY, "--yes", "--watch", "1"])
    expect(code).toBe(4)
    expect(errors).toContain("MAY HAVE MOVED")
    const list = JSON.parse((await world.run(["transfers", "list", "--json"])).output)
    expect(list).toHaveLength(1)
    const plan = await world.run([...PAY, "--dry-run"])
    expect(plan).toMatchObject({ code: 3, errors: expect.stringContaining(list[0].requestId) })
    const again = await world.run([...PAY, "--yes"])
    expect(again.code).toBe(3)
    expect(again.errors).toContain("Held back")
    expect(payments()).toBe(1)

    expect((await world.run(["transfers", "reconcile"])).code).toBe(4)
    const resolved = await world.run([
      "transfers",
      "resolve",
      "--not-sent",
      "--reason",
      "The bank says so",
      list[0].requestId,
    ])
    expect(resolved.code).toBe(0)
    expect((await world.run(["transfers", "list", "--json"])).output).toBe("[]\n")
    expect((await world.run([...PAY, "--yes"])).code).toBe(0)
  })
})

describe("Ctrl-C", () => {
  it("before it is sent: nothing moves", async () => {
    const running = world.start([...PAY, "--yes"], { SEQUENCE_MIN_DELAY_MS: "60000" })
    await running.says("limit $25,000.00")
    running.child.kill("SIGINT")
    const { code, errors } = await running.ended
    expect(code).toBe(130)
    expect(errors).toContain("no money moved")
    expect(payments()).toBe(0)
  })

  it("after it was sent: its answer is waited for, and it is on record", async () => {
    world.sandbox.faults({ operation: "CreatePayment", delay: 1_500 })
    const running = world.start([...PAY, "--yes"])
    await expect.poll(payments).toBe(1)
    running.child.kill("SIGINT")
    const { code, output, errors } = await running.ended
    expect(errors).toContain("It was sent already")
    expect({ code, paid: paid() }).toEqual({ code: 0, paid: 1 })
    expect(output).toContain("Sequence accepted it after all.")
    expect(await events()).toEqual(["transfer_requested", "transfer_completed"])
  })

  it.each([0, 20])("twice within %i ms while it is looked for: its own exit code", async (gap) => {
    world.sandbox.faults([
      { operation: "CreatePayment", cut: "after" },
      { operation: "ActivityLogV2Transfers", after: 1, hang: true, times: 50 },
    ])
    const running = world.start([...PAY, "--yes", "--json"])
    await running.says("Looking for it")
    running.child.kill("SIGINT")
    await new Promise((resolve) => setTimeout(resolve, gap))
    running.child.kill("SIGTERM")
    const { code, output, errors } = await running.ended
    expect({ code, paid: paid() }).toEqual({ code: 4, paid: 1 })
    expect(errors).toContain("MAY HAVE MOVED")
    expect(JSON.parse(output)).toMatchObject({ state: "unknown", requestId: expect.any(String) })
  })

  it("twice after it was sent: leaves, says that the money may have moved, and the next start finds it", async () => {
    world.sandbox.faults({ operation: "CreatePayment", hang: true, act: true })
    const running = world.start([...PAY, "--yes"])
    await expect.poll(payments).toBe(1)
    running.child.kill("SIGINT")
    await running.says("It was sent already")
    running.child.kill("SIGINT")
    const { code, errors } = await running.ended
    expect(code).toBe(4)
    expect(errors).toContain("MAY HAVE MOVED")
    expect(await events()).toContain("transfer_requested")
    const again = await world.run([...PAY, "--yes"])
    expect(paid()).toBe(again.code === 0 ? 2 : 1)
  })
})

describe("a reader that goes away", () => {
  it("does not stop a payment", async () => {
    world.sandbox.faults({ operation: "CreatePayment", delay: 500 })
    const running = world.start([...PAY, "--yes"])
    await expect.poll(payments).toBe(1)
    running.child.stdout?.destroy()
    expect((await running.ended).code).toBe(0)
    expect(await events()).toEqual(["transfer_requested", "transfer_completed"])
  })
})
