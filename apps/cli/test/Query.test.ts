import { stripVTControlCharacters } from "node:util"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { commands } from "../src/Program.js"
import { makeWorld, type World } from "./support.js"

let world: World

beforeAll(async () => {
  world = await makeWorld()
})

afterAll(() => world[Symbol.asyncDispose]())

describe("pods", () => {
  it("shows every pod with its balance, and the total", async () => {
    const { code, output, errors } = await world.run(["pods"])
    expect({ code, errors }).toEqual({ code: 0, errors: "" })
    expect(output).toContain("Emergency Fund")
    expect(output.trimEnd().split("\n").at(-1)).toMatch(/^Total +\$[\d,]+\.\d\d$/)
    expect(output).not.toContain("\u001b")
  })

  it("prints the model as JSON", async () => {
    const { output } = await world.run(["pods", "--json"])
    const pods: ReadonlyArray<Record<string, unknown>> = JSON.parse(output)
    expect(pods[0]).toEqual({
      kind: "POD",
      id: expect.any(String),
      organizationId: world.environment.SEQUENCE_ORG_ID,
      name: "Main",
      balanceCents: expect.any(Number),
      type: "STANDARD",
      icon: expect.any(String),
      description: expect.any(String),
      goalCents: expect.any(Number),
    })
  })

  it("finds one by the only name that contains the text, and says when there is none", async () => {
    expect((await world.run(["pods", "groc"])).output).toMatch(/Groceries +\$/)
    const none = await world.run(["pods", "--json", "nowhere"])
    expect(none).toMatchObject({ code: 1, errors: expect.stringContaining('"nowhere"') })
    expect(JSON.parse(none.output)).toMatchObject({ error: { tag: "NotFoundError" } })
    expect((await world.run(["pods", "grocreies"])).errors).toContain('Did you mean "Groceries"?')
    const several = await world.run(["pods", "e"])
    expect(several.code).toBe(2)
    expect(several.errors).toMatch(/^"e" could be any of \d\. Use an id instead of the name:$/m)
    expect(several.errors).toMatch(/^ {2}Groceries \(pod \S+\)$/m)
  })

  it("shows no unknown balance as zero, nor a total without it", async () => {
    await using other = await makeWorld()
    other.sandbox.faults({
      patch: {
        path: ["data", "me", "memberships", 0, "organization", "pods", 1, "metadata", "balance"],
        value: null,
      },
    })
    const { output } = await other.run(["pods"])
    expect(output).toMatch(/^Groceries +unknown/m)
    expect(output).toMatch(/^Total +unknown$/m)
  })

  it("lets nothing in a name reach the terminal as a command", async () => {
    await using other = await makeWorld()
    other.sandbox.update({ add: "pod", name: "\u001b[2JEvil\u202e\r\nRow", balanceCents: 100 })
    const { output } = await other.run(["pods"])
    expect(output).toContain("Evil")
    for (const dangerous of ["\u001b", "\u202e", "\r"]) expect(output).not.toContain(dangerous)
    expect(output.split("\n").some((line) => line.startsWith("Row"))).toBe(false)
  })
})

describe("the terminal", () => {
  it("cuts the table to its width, and shows colours", async () => {
    const { output } = await world.terminal(["activity"], 70).ended
    const shown = stripVTControlCharacters(output).replace(/^[\s\S]*transfers read …\r?/, "")
    const lines = shown.split(/\r?\n/)
    expect(shown).toContain("…")
    expect(output).toContain("\u001b[1m")
    // Ids are worth nothing in part: they are left out where there is no room for them.
    expect(lines[0]).toMatch(/^WHEN .* NOTE$/)
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(70)
  })

  it("shows none with NO_COLOR", async () => {
    const { output } = await world.terminal(["accounts"], 120, { NO_COLOR: "1" }).ended
    expect(output).not.toContain("\u001b[1m")
    expect(output).toContain("Groceries")
  })
})

describe("activity", () => {
  it("shows as many as asked for, newest first", async () => {
    const { output } = await world.run(["activity", "-n", "3"])
    const times = output
      .trimEnd()
      .split("\n")
      .slice(1)
      .map((line) => line.slice(0, 16))
    expect(times).toHaveLength(3)
    expect([...times].sort().reverse()).toEqual(times)
  })

  it("reads all pages as JSON Lines, each once", async () => {
    const { output } = await world.run(["activity", "--all", "--jsonl"])
    const ids = output
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line).id)
    expect(ids.length).toBeGreaterThan(100)
    expect(new Set(ids).size).toBe(ids.length)
  })

  it("writes values that a spreadsheet takes for what they are", async () => {
    await using other = await makeWorld({ settleAfter: 0 })
    other.sandbox.update({ add: "pod", name: '=HYPERLINK("x"),y', balanceCents: 10_000 })
    const made = await other.run([
      "transfer",
      "--from",
      '=HYPERLINK("x"),y',
      "--to",
      "Main",
      "--amount",
      "5",
      "--yes",
    ])
    expect(made.code).toBe(0)
    const { output } = await other.run(["activity", "--csv", "-n", "1"])
    const [head, row] = output.split("\n")
    expect(head).toMatch(/^id,created_at,amount_cents,/)
    expect(row).toContain(`,500,`)
    expect(row).toContain(`,"'=HYPERLINK(""x""),y",`)
  })

  it("prints what moves from now on, and nothing older", async () => {
    await using other = await makeWorld()
    const following = other.start(["activity", "--follow", "--every", "1", "--jsonl"])
    await expect.poll(() => other.sandbox.requests().length).toBeGreaterThan(0)
    expect(
      (await other.run(["transfer", "--from", "Main", "--to", "Rent", "--amount", "7", "--yes"])).code,
    ).toBe(0)
    await following.says('"amountCents":700')
    following.child.kill("SIGINT")
    const { code, output } = await following.ended
    expect(code).toBe(130)
    expect(output.trimEnd().split("\n")).toHaveLength(1)
  })

  it("ends quietly when nobody reads on", async () => {
    const before = world.sandbox.requests().length
    const running = world.start(["activity", "--follow", "--every", "1"])
    running.child.stdout?.destroy()
    await expect.poll(() => world.sandbox.requests().length).toBeGreaterThan(before)
    await world.run(["transfer", "--from", "Main", "--to", "Rent", "--amount", "1", "--yes"])
    const { code, errors } = await running.ended
    expect({ code, errors }).toEqual({ code: 0, errors: "" })
  })

  it.each([
    [["activity", "--since", "2026-02-30"], "--since must be a day"],
    [["activity", "--since", "2026-02-02", "--until", "2026-02-01"], "--since must not be after --until"],
    [["activity", "--limit", "0"], "--limit must be at least 1"],
    [["activity", "--jsonl", "--csv"], "one of --json"],
    [["activity", "--status", "x y"], "--status takes one word"],
    [["activity", "--nonsense"], "--nonsense"],
    [["nonsense"], "There is no command"],
  ])("refuses %j with one line", async (args, message) => {
    const { code, output, errors } = await world.run(args)
    expect({ code, output }).toEqual({ code: 2, output: "" })
    expect(errors).toContain(message)
    expect(errors).not.toMatch(/at .*\.js:/)
  })
})

describe("a result that cannot be written", () => {
  it("is a failure", async () => {
    const { code, errors } = await world.into("/dev/full", ["pods", "--json"])
    expect(code).toBe(1)
    expect(errors).toContain("ENOSPC")
  })
})

describe("transfer show", () => {
  it("shows one by its id, and says when there is none", async () => {
    const { output } = await world.run(["activity", "--json", "-n", "1"])
    const [transfer] = JSON.parse(output)
    const shown = (await world.run(["transfer", "show", transfer.id])).output
    expect(shown).toContain(transfer.id)
    expect(shown).toMatch(/^created +\d{4}-\d\d-\d\d \d\d:\d\d E[SD]T$/m)
    const none = await world.run(["transfer", "show", "--json", "nothing"])
    expect(none.code).toBe(1)
    expect(JSON.parse(none.output)).toEqual({ error: { tag: "NotFoundError", message: expect.any(String) } })
  })
})

describe("summary and rules", () => {
  it("show figures and rules", async () => {
    expect((await world.run(["summary"])).output).toMatch(/^\$[\d,.]+ in 8 pods\nThis month: \$/)
    expect((await world.run(["rules"])).output).toContain("Split the paycheck")
  })
})

describe("the command as a whole", () => {
  it("explains itself without arguments, and names every command", async () => {
    const { code, output } = await world.run([])
    expect(code).toBe(0)
    expect(commands.length).toBeGreaterThan(8)
    for (const { name } of commands) expect(output).toMatch(new RegExp(`^  ${name}\\b`, "m"))
  })

  it("explains each command, and prints completions", async () => {
    expect((await world.run(["transfer", "--help"])).output).toContain("--dry-run")
    expect((await world.run(["--completions", "bash"])).output).toContain("_tsequence")
    expect((await world.run(["--version"])).output.trim()).toMatch(/^\d+\.\d+\.\d+$/)
  })

  it("names the ways out when there is nothing to log in with, and every variable that is missing", async () => {
    await using other = await makeWorld()
    const nothing = Object.fromEntries(
      Object.keys(other.environment).flatMap((name) => (name.startsWith("SEQUENCE_") ? [[name, ""]] : [])),
    )
    for (const command of ["pods", "doctor"]) {
      const { code, output, errors } = await other.runProcess([command], nothing)
      expect(code).toBe(command === "pods" ? 2 : 6)
      for (const wayOut of ["tsequence login", "SEQUENCE_ACCESS_TOKEN", "SEQUENCE_EMAIL", "sandbox"]) {
        expect(output + errors).toContain(wayOut)
      }
      expect(output + errors).toContain("SEQUENCE_ORG_ID is not set")
    }
  })

  it("needs no account with --sandbox", async () => {
    const { code, output, errors } = await world.run(["pods", "--sandbox"], { SEQUENCE_API_URL: "" })
    expect(code).toBe(0)
    expect(output).toContain("Groceries")
    expect(errors).toContain("made-up money")
  })
})
