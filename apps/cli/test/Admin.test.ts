import { execFile } from "node:child_process"
import { appendFile, mkdir, readdir, readFile, writeFile } from "node:fs/promises"
import { isBuiltin } from "node:module"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { complaint, normalize } from "../src/Arguments.js"
import { linesOf } from "../src/Commands.js"
import { ofCommand } from "../src/Help.js"
import { commands } from "../src/Program.js"
import { makeWorld, type World } from "./support.js"

let world: World

beforeEach(async () => {
  world = await makeWorld()
})

afterEach(() => world[Symbol.asyncDispose]())

const PAY = ["transfer", "--from", "Main", "--to", "Groceries", "--amount", "20", "--yes"]

const trail = () => join(world.folder, ".audit.jsonl")

describe("audit", () => {
  it("shows the trail as a table and for programs, and what fits a filter", async () => {
    await world.run(PAY)
    const { output } = await world.run(["audit", "show"])
    expect(output.split("\n")[0]).toMatch(/^WHEN \(NEW YORK\) +EVENT +AMOUNT +FROM/)
    expect(output).toMatch(/transfer_requested +\$20\.00 +Main +Groceries /)
    expect(output).toMatch(/transfer_completed +\$20\.00 +Main +Groceries /)
    const one = await world.run(["audit", "show", "--event", "transfer_requested", "--json"])
    expect(JSON.parse(one.output)).toHaveLength(1)
    expect((await world.run(["audit", "show", "--day", "2020-01-01"])).errors).toContain("no entry that fits")
  })

  it("shows the ids of lines that have no names", async () => {
    const line = {
      timestamp: "2026-01-31T14:30:00Z",
      event_type: "transfer_completed",
      amount_cents: 100,
      source: "pod-main",
      destination: "pod-gas",
    }
    await writeFile(trail(), `${JSON.stringify(line)}\n`)
    const { output } = await world.run(["audit", "show"])
    expect(output).toMatch(/^2026-01-31 09:30 +transfer_completed +\$1\.00 +pod-main +pod-gas/m)
  })

  it("names a line that was changed, with an exit code of its own, until it is accepted", async () => {
    await world.run(PAY)
    expect(await world.run(["audit", "verify"])).toMatchObject({ code: 0, output: /2 lines/ })
    await writeFile(
      trail(),
      (await readFile(trail(), "utf8")).replace('"amount_cents":2000', '"amount_cents":1000'),
    )
    const found = await world.run(["audit", "verify", "--json"])
    expect(found.code).toBe(6)
    expect(JSON.parse(found.output).problems[0]).toMatchObject({ line: 1 })
    expect((await world.run(PAY)).errors).toContain("tsequence audit accept")
    expect((await world.run(["audit", "accept", "--reason", " "])).code).toBe(2)
    expect((await world.run(["audit", "accept", "--reason", "my own edit"])).code).toBe(0)
    expect((await world.run(PAY)).code).toBe(0)
  })
})

describe("limits", () => {
  it("tells what is left, of everybody and of one user", async () => {
    await world.run(PAY)
    const limit = JSON.parse((await world.run(["limits", "--json"])).output)
    expect(limit).toMatchObject({ limitCents: 2_500_000, spentCents: 2_000, remainingCents: 2_498_000 })
    const user = JSON.parse((await world.run(["limits", "--key", "42", "--json"])).output)
    expect(user).toMatchObject({ spentCents: 0 })
  })
})

describe("doctor", () => {
  const findings = async (environment: Record<string, string> = {}, args: ReadonlyArray<string> = []) => {
    const { code, output } = await world.run(["doctor", "--json", ...args], environment)
    const { findings: all }: { findings: ReadonlyArray<{ check: string; state: string; detail: string }> } =
      JSON.parse(output)
    return { code, output, of: (check: string) => all.find((one) => one.check === check) }
  }

  it("finds nothing where nothing is wrong, and shows no secret", async () => {
    const { code, output, of } = await findings({ SEQUENCE_REFRESH_TOKEN: "canary-refresh-token" })
    expect(code).toBe(0)
    expect(of("service")?.detail).toContain("8 pods")
    for (const name of ["SEQUENCE_PASSWORD", "SEQUENCE_TOTP", "SEQUENCE_ACCESS_TOKEN"]) {
      expect(output).not.toContain(world.environment[name])
    }
    expect(output).not.toContain("canary-refresh-token")
  })

  it.each([
    ["configuration", { SEQUENCE_AUTH_URL: "somewhere" }, "SEQUENCE_AUTH_URL"],
    ["service", { SEQUENCE_ORG_ID: "another" }, "Check SEQUENCE_ORG_ID"],
    ["service", { SEQUENCE_API_URL: "http://127.0.0.1:65535/" }, "Check the network"],
    ["data folder", { SEQUENCE_DATA_DIR: "/dev/null/nowhere" }, "SEQUENCE_DATA_DIR"],
  ])("says what is wrong with the %s, and what to do (%j)", async (check, environment, advice) => {
    const { code, of } = await findings(environment)
    expect(code).toBe(6)
    expect(of(check)).toMatchObject({ state: "failed", detail: expect.stringContaining(advice) })
  })

  it("reports the organization's id for that of the KYC application, and warns of one that is not listed", async () => {
    const wrong = await findings({ SEQUENCE_KYC_ID: world.environment.SEQUENCE_ORG_ID ?? "" })
    expect(wrong.code).toBe(6)
    expect(wrong.of("KYC application")).toMatchObject({
      state: "failed",
      detail: expect.stringContaining("SEQUENCE_KYC_ID"),
    })
    const unlisted = await findings({ SEQUENCE_KYC_ID: "kyc-other" })
    expect(unlisted.code).toBe(0)
    expect(unlisted.of("KYC application")).toMatchObject({ state: "warning" })
  })

  it("leaves the service alone with --offline, and notices a damaged trail and a token that ran out", async () => {
    await world.run(PAY)
    await appendFile(trail(), "no line of ours\n")
    await writeFile(
      join(world.folder, ".tokens.json"),
      JSON.stringify({ access_token: "opaque", refresh_token: null, expires_at: 1 }),
    )
    world.sandbox.clearRequests()
    const { code, of } = await findings({}, ["--offline"])
    expect(code).toBe(6)
    expect(of("audit trail")?.detail).toContain("tsequence audit verify")
    expect(of("token")).toMatchObject({
      state: "warning",
      detail: expect.stringContaining("tsequence login"),
    })
    expect(world.sandbox.requests()).toEqual([])
  })
})

describe("arguments", () => {
  it.each([
    [
      ["pods", "Main", "--json"],
      ["pods", "--json", "Main"],
    ],
    [
      ["transfer", "show", "id", "--sandbox", "--json"],
      ["transfer", "show", "--sandbox", "--json", "id"],
    ],
    [
      ["transfers", "resolve", "id", "--reason", "so it is", "--not-sent"],
      ["transfers", "resolve", "--reason", "so it is", "--not-sent", "id"],
    ],
    [
      ["transfers", "resolve", "--transfer-id=t", "id"],
      ["transfers", "resolve", "--transfer-id=t", "id"],
    ],
    [
      ["pods", "--json", "--", "--odd"],
      ["pods", "--json", "--", "--odd"],
    ],
    [
      ["transfer", "--from", "A", "--yes"],
      ["transfer", "--from", "A", "--yes"],
    ],
  ])("of %j are read as %j", (given, read) => {
    expect(normalize(given, commands)).toEqual(read)
  })

  it.each([
    [["pdos"], "Did you mean tsequence pods?"],
    [["transfer", "shwo", "id"], "Did you mean tsequence transfer show?"],
    [["audit", "verfiy", "--json"], "Did you mean tsequence audit verify?"],
    [["limits", "reset"], "Did you mean tsequence limits reset-day?"],
    [["zzz"], "tsequence --help lists the commands"],
    [["transfer", "--fron", "Main"], "Did you mean --from?"],
    [["pods", "Main", "--jsno"], "Did you mean --json?"],
    [["activity", "--limit=5", "--csb"], "Did you mean --csv?"],
    [["audit", "--json"], "tsequence audit has no option --json"],
    [["pods", "-x"], "tsequence pods has no option -x"],
    [["transfer", "--from", "--amount"], undefined],
    [["transfer", "--from"], "--from needs a value"],
    [["activity", "-n", "5", "-f"], undefined],
    [["pods", "--", "--odd"], undefined],
    [["pods", "any name"], undefined],
    [["transfers", "resolve", "id", "--not-sent", "--reason", "so it is"], undefined],
    [["--version"], undefined],
  ])("%j have this wrong with them: %s", (args, expected) => {
    const said = complaint(args, commands)
    if (expected === undefined) expect(said).toBeUndefined()
    else expect(said).toContain(expected)
  })

  it("are completed by bash", async () => {
    const { output } = await world.run(["--completions", "bash"])
    const script = `${output}\nCOMP_WORDS=(tsequence po); COMP_CWORD=1; _tsequence_bash_completions tsequence po tsequence; echo "\${COMPREPLY[@]}"`
    const { stdout } = await promisify(execFile)("bash", ["-c", script])
    expect(stdout.trim()).toBe("pods")
  })
})

describe("help", () => {
  it.each([
    [["transfer", "show", "--help"], "Usage: tsequence transfer show [--json] [--sandbox] <id>"],
    [["transfers", "resolve", "id", "-h"], "Usage: tsequence transfers resolve "],
    [["transfer", "--from", "A", "--help", "--yes"], "Usage: tsequence transfer [--json]"],
    [["pods", "Main", "--nonsense", "--help"], "Usage: tsequence pods "],
    [["limits", "reset-day", "--help"], "Usage: tsequence limits reset-day "],
    [["audit"], "Usage: tsequence audit <command>"],
  ])("of %j names the whole command, and nothing is asked", async (args, usage) => {
    world.sandbox.clearRequests()
    const { code, output, errors } = await world.run(args)
    expect({ code, errors }).toEqual({ code: 0, errors: "" })
    expect(output.startsWith(usage)).toBe(true)
    expect(world.sandbox.requests()).toEqual([])
  })

  it("describes every command and every option, in one line each", () => {
    for (const command of commands.flatMap((one) => [one, ...one.subcommands])) {
      const [usage = "", ...lines] = ofCommand([command.name], command).split("\n")
      expect(usage).toContain(`tsequence ${command.name}`)
      for (const line of lines.filter((one) => one.startsWith("  "))) expect(line).toMatch(/^ {2}\S.* {2,}\S/)
      const described = lines.filter((one) => /^ {2}-/.test(one))
      expect(described).toHaveLength(linesOf(command).filter(([name]) => name.startsWith("-")).length)
    }
  })

  it("stands beside what the parser finds missing", async () => {
    const { code, errors } = await world.run(["transfer", "show"])
    expect(code).toBe(2)
    expect(errors).toBe("<id> is missing.\nUsage: tsequence transfer show [--json] [--sandbox] <id>\n")
  })
})

describe("a mistyped command line", () => {
  it("is told so as one document with --json, and by the right name", async () => {
    for (const args of [
      ["transfer", "--dry-runn", "--json"],
      ["limits", "--json", "--key"],
      ["pods", "--json", "--bogus"],
    ]) {
      const { code, output, errors } = await world.run(args)
      expect(code).toBe(2)
      expect(JSON.parse(output)).toMatchObject({ error: { tag: "UsageError" } })
      expect(errors).not.toContain("subcommand")
    }
    expect((await world.run(["transfer", "--from", "Main", "--help"])).code).toBe(0)
    expect((await world.run(["audit", "show", "--day", "yesterday"])).code).toBe(2)
  })
})

describe("the sandbox", () => {
  it("works where no folder can be written but the system's temporary one, and leaves nothing there", async () => {
    const temporary = join(world.folder, "tmp")
    await mkdir(temporary)
    const pods = await world.runProcess(["pods", "--sandbox"], {
      SEQUENCE_DATA_DIR: "/proc/nope",
      TMPDIR: temporary,
    })
    expect(pods).toMatchObject({ code: 0, output: expect.stringContaining("Groceries") })
    expect(await readdir(temporary)).toEqual([])
    const nowhere = await world.runProcess(["pods", "--sandbox"], { TMPDIR: "/proc/nope" })
    expect(nowhere).toMatchObject({ code: 1, errors: expect.stringContaining("Set TMPDIR") })
    expect(nowhere.errors).not.toContain("unexpected")
  })

  it("keeps its files apart from real ones", async () => {
    const { code } = await world.run(["transfer", "--sandbox", ...PAY.slice(1)])
    expect(code).toBe(0)
    expect(await world.run(["audit", "show", "--json"])).toMatchObject({ output: "[]\n" })
    expect((await world.run(["logout", "--sandbox"], { SEQUENCE_DATA_DIR: "" })).code).toBe(0)
  })
})

describe("a mistyped option", () => {
  it.each([
    ["pods", "--nope"],
    ["transfer", "show", "--nope"],
    ["activity", "--nope"],
  ])("is named, and nothing is asked (%s %s %s)", async (...args) => {
    world.sandbox.clearRequests()
    const { code, errors } = await world.run(args.filter((one) => one !== undefined))
    expect(code).toBe(2)
    expect(errors).toContain("--nope")
    expect(world.sandbox.requests()).toEqual([])
  })
})

it("starts from one file, with nothing of its dependencies left to load", async () => {
  const main = await readFile(fileURLToPath(new URL("../bin/tsequence.js", import.meta.url)), "utf8")
  const imports = [...main.matchAll(/^import[^;]*?from"([^"]+)"/gm)].map(([, from = ""]) => from)
  expect(imports.filter((from) => !/^(\.\/|node:)/.test(from) && !isBuiltin(from))).toEqual([])
})
