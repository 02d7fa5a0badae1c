import { type ChildProcess, spawn } from "node:child_process"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { formatCents } from "tsequence"
import { type Sandbox, startSandbox } from "tsequence-sandbox"
import { describe, expect, it, vi } from "vitest"

const dist = fileURLToPath(new URL("../dist/", import.meta.url))

/** A long timeout, since other tests run at the same time. */
const PATIENCE = { timeout: 45_000 }

/** A month that the seed has activity in. */
const month = new Date().toISOString().slice(0, 7)

interface Finished {
  readonly exitCode: number | null
  readonly output: string
  readonly errors: string
}

/** Collects what a program prints, for as long as it runs. */
const collect = (child: ChildProcess) => {
  const printed = { output: "", errors: "" }
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    printed.output += text
  })
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    printed.errors += text
  })
  const ended = new Promise<Finished>((resolve, reject) => {
    child.on("error", reject)
    child.on("close", (exitCode) => resolve({ exitCode, ...printed }))
  })
  return { printed, ended }
}

/** A sandbox, and programs that run against it. */
interface World {
  readonly sandbox: Sandbox
  readonly start: (
    program: string,
    args?: ReadonlyArray<string>,
    env?: Record<string, string>,
  ) => ChildProcess
  readonly run: (program: string, ...args: ReadonlyArray<string>) => Promise<Finished>
}

/** Runs a test with a world of its own: programs that keep their distance are waited for side by side. */
const within = (test: (world: World) => Promise<void>) => async (): Promise<void> => {
  const sandbox = await startSandbox({ seed: 7 })
  const folder = await mkdtemp(join(tmpdir(), "tsequence-examples-"))
  let runs = 0
  const start: World["start"] = (program, args = [], env = {}) => {
    // A folder each: in a shared one they would keep their distance from each other.
    runs += 1
    return spawn(process.execPath, [join(dist, `${program}.js`), ...args], {
      env: {
        ...process.env,
        ...sandbox.env,
        SEQUENCE_ACCESS_TOKEN: sandbox.issueTokens().accessToken,
        SEQUENCE_DATA_DIR: join(folder, String(runs)),
        ...env,
      },
      stdio: ["ignore", "pipe", "pipe"],
    })
  }
  try {
    await test({ sandbox, start, run: (program, ...args) => collect(start(program, args)).ended })
  } finally {
    await sandbox.close()
    await rm(folder, { recursive: true, force: true })
  }
}

describe.concurrent("examples", () => {
  it(
    "balances prints every pod and the total of the ledger",
    within(async ({ run }) => {
      const { exitCode, output, errors } = await run("balances")
      expect([exitCode, errors]).toEqual([0, ""])
      expect(output).toContain("Groceries: ")
      expect(output).toMatch(/^Total: \$[\d,]+\.\d\d$/m)
    }),
  )

  it(
    "twenty-lines does what the package's README says",
    within(async ({ sandbox, run }) => {
      const { exitCode, output, errors } = await run("twenty-lines")
      expect([exitCode, errors]).toEqual([0, ""])
      expect(output).toContain(`Accepted $50.00: transfer ${sandbox.ledger().payments.at(-1)?.id} is `)
    }),
  )

  it(
    "monthly-report and its Effect twin print the same",
    within(async ({ run }) => {
      const [plain, effect] = await Promise.all([
        run("monthly-report", month),
        run("monthly-report-effect", month),
      ])
      expect([plain.exitCode, effect.exitCode]).toEqual([0, 0])
      expect(plain.output).toMatch(/^Groceries: \$[\d,.]+ in, \$[\d,.]+ out$/m)
      expect(effect.output).toBe(plain.output)
    }),
  )

  describe("move-money", () => {
    it(
      "moves what it says",
      within(async ({ sandbox, run }) => {
        const { exitCode, output } = await run("move-money", "Main", "Groceries", "25.00")
        const payment = sandbox.ledger().payments.at(-1)
        expect(exitCode).toBe(0)
        expect(payment?.amountCents).toBe(2_500)
        expect(output).toContain(`Sequence accepted ${formatCents(2_500)} from Main to Groceries.`)
        expect(output).toContain(`Transfer ${payment?.id}: `)
      }),
    )

    it.each([
      [["Main", "Groceries", "25.005"], 2, "dollars and cents"],
      [["Main", "Groceries"], 2, "Usage"],
      [["Main", "Nowhere", "1"], 1, "no pod, port or account"],
      [["Main", "Groceries", "99999999"], 1, "Not moved"],
    ])("moves nothing for %j", (args, status, words) =>
      within(async ({ sandbox, run }) => {
        const before = sandbox.ledger().payments.length
        const { exitCode, errors } = await run("move-money", ...args)
        expect([exitCode, sandbox.ledger().payments.length]).toEqual([status, before])
        expect(errors).toContain(words)
      })(),
    )

    it(
      "says that it does not know where the answer got lost",
      within(async ({ sandbox, run }) => {
        sandbox.faults({ operation: "CreatePayment", cut: "after" })
        const { exitCode, errors } = await run("move-money", "Main", "Groceries", "1")
        expect(exitCode).toBe(3)
        expect(errors).toContain("may have moved")
      }),
    )
  })

  it(
    "follow-activity prints what is new until it is stopped",
    within(async ({ sandbox, start, run }) => {
      const looks = sandbox
        .requests()
        .filter(({ operation }) => operation === "ActivityLogV2Transfers").length
      const child = start("follow-activity", [], { EVERY_MS: "1" })
      const { printed, ended } = collect(child)
      const looked = () =>
        sandbox.requests().filter(({ operation }) => operation === "ActivityLogV2Transfers").length
      await vi.waitFor(() => expect(looked()).toBeGreaterThan(looks), PATIENCE)
      expect((await run("move-money", "Main", "Travel", "12.34")).exitCode).toBe(0)
      await vi.waitFor(() => expect(printed.output).toContain("Main → Travel: $12.34"), PATIENCE)
      child.kill("SIGINT")
      expect(await ended).toMatchObject({ exitCode: 0, errors: "" })
    }),
  )

  it(
    "demo does the main job while a reader waits",
    within(async ({ run }) => {
      const began = performance.now()
      const { exitCode, output, errors } = await run("demo")
      expect([exitCode, errors]).toEqual([0, ""])
      expect(output).toContain("Sequence accepted $25.00.")
      expect(output).toContain("Refreshed 1 time")
      expect(performance.now() - began).toBeLessThan(45_000)
    }),
  )
})
