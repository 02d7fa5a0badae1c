/** `tsequence data migrate` between a folder and a real PostgreSQL. */
import { createHash } from "node:crypto"
import { appendFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Sequence } from "tsequence"
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest"
import {
  CANARY,
  describeWithPostgres,
  type Postgres,
  startPostgres,
} from "../../../sdk/test/support/postgres.js"
import { type Ended, makeWorld, type World } from "./support.js"

const LINE = {
  timestamp: "2026-01-31T15:00:00.123456+00:00",
  event_type: "transfer_completed",
  transfer_id: "t-1",
  amount_cents: 700,
  source: "Größe",
  destination: "b",
}

describeWithPostgres("tsequence data migrate", () => {
  let postgres: Postgres
  let world: World
  let url: string
  let other: string
  beforeAll(async () => {
    postgres = await startPostgres()
  })
  afterAll(() => postgres.close())
  beforeEach(async () => {
    world = await makeWorld()
    url = (await postgres.newDatabase())()
    other = await mkdtemp(join(tmpdir(), "tsequence-cli-"))
  })
  afterEach(async () => {
    await world[Symbol.asyncDispose]()
    await rm(other, { recursive: true })
  })

  const run = async (args: ReadonlyArray<string>, more: Record<string, string> = {}): Promise<Ended> => {
    const ended = await world.run(args, { SEQUENCE_DATABASE_URL: url, ...more })
    expect(ended.output + ended.errors).not.toContain(CANARY)
    return ended
  }

  const migrate = (to: string, more?: Record<string, string>) =>
    run(["data", "migrate", "--to", to, "--json"], more)

  const client = (environment: Record<string, string>) =>
    Sequence.fromEnv(
      { safeguards: true, logger: false, rateLimit: { minInterval: 0, jitter: 0 } },
      { ...world.environment, ...environment },
    )

  const pay = async (environment: Record<string, string>) => {
    const sequence = client(environment)
    try {
      return await sequence.transfer({ source: "Main", destination: "Groceries", amountCents: 100 })
    } finally {
      await sequence.close()
    }
  }

  /** Fills the folder with a trail of others' lines and ours, a limit file, a login and an answer. */
  const fill = async () => {
    await writeFile(join(world.folder, ".audit.jsonl"), `${JSON.stringify(LINE)}\n\n`)
    await pay({})
    await appendFile(
      join(world.folder, ".audit.jsonl"),
      `${JSON.stringify({ ...LINE, transfer_id: "t-2" })}\n`,
    )
    const { requestId } = await pay({})
    await writeFile(join(world.folder, ".idempotency.jsonl"), `\n{"request_id":"${requestId}","body":"ü"}\n`)
    await writeFile(
      join(world.folder, ".tokens.json"),
      `{"access_token":"a","refresh_token":"r","expires_at":1}`,
    )
    return readFile(join(world.folder, ".audit.jsonl"))
  }

  it("carries everything there and back, byte for byte, and puts what was left out of use", async () => {
    const trail = await fill()
    const there = await migrate("database")
    expect(JSON.parse(there.output)).toEqual({
      lines: 6,
      sha256: createHash("sha256").update(trail).digest("hex"),
      answers: 1,
      hasTokens: true,
    })
    const verified = await run(["audit", "verify", "--json"])
    expect(JSON.parse(verified.output)).toEqual({ lines: 6, problems: [] })
    expect(await postgres.sql(url, "select count(*) from tsequence.trail")).toBe("7")
    expect(await postgres.sql(url, "select content::json->>'refresh_token' from tsequence.login")).toBe("r")
    await expect(pay({})).rejects.toMatchObject({ _tag: "StorageError" })
    await pay({ SEQUENCE_DATABASE_URL: url })

    const tokens = await postgres.sql(url, "select content from tsequence.login where name = 'tokens'")

    const back = await migrate("files", { SEQUENCE_DATA_DIR: other })
    expect(JSON.parse(back.output)).toMatchObject({ lines: 8, answers: 1, hasTokens: true })
    const returned = await readFile(join(other, ".audit.jsonl"))
    expect(returned.subarray(0, trail.length)).toEqual(trail)
    expect(await readFile(join(other, ".tokens.json"), "utf8")).toBe(tokens)
    expect(await readFile(join(other, ".idempotency.jsonl"), "utf8")).toContain('"body":"ü"')
    const files = await run(["audit", "verify", "--json"], {
      SEQUENCE_DATA_DIR: other,
      SEQUENCE_DATABASE_URL: "",
    })
    expect(JSON.parse(files.output)).toEqual({ lines: 8, problems: [] })
    await expect(pay({ SEQUENCE_DATABASE_URL: url })).rejects.toThrow(/moved to files/)
    await pay({ SEQUENCE_DATA_DIR: other })
  }, 120_000)

  it("refuses a target that is not empty, a trail that is damaged, and a source at work", async () => {
    await fill()
    const sequence = client({})
    const sent = sequence.transfer({ source: "Main", destination: "Groceries", amountCents: 100 })
    await sent
    const busy = await world.runProcess(["data", "migrate", "--to", "database"], {
      SEQUENCE_DATABASE_URL: url,
    })
    expect([busy.code, busy.errors]).toEqual([1, expect.stringContaining("at work")])
    await sequence.close()

    const path = join(world.folder, ".audit.jsonl")
    const trail = await readFile(path, "utf8")
    await writeFile(path, trail.replaceAll('"amount_cents":100,', '"amount_cents":1,'))
    const damaged = await migrate("database")
    expect([damaged.code, damaged.errors]).toEqual([1, expect.stringContaining("damaged")])
    await writeFile(path, trail)

    expect((await migrate("database")).code).toBe(0)
    await writeFile(path, trail)
    const full = await migrate("database")
    expect([full.code, full.errors]).toEqual([1, expect.stringContaining("not empty")])
    const back = await migrate("files")
    expect([back.code, back.errors]).toEqual([1, expect.stringContaining("not empty")])
    expect(await postgres.sql(url, "select moved_at is null from tsequence.trail_head")).toBe("t")
  }, 120_000)

  it("says what is missing", async () => {
    const nowhere = await migrate("database", { SEQUENCE_DATABASE_URL: "" })
    expect([nowhere.code, nowhere.errors]).toEqual([2, expect.stringContaining("SEQUENCE_DATABASE_URL")])
    const away = await migrate("database", {
      SEQUENCE_DATABASE_URL: `postgresql://a:${CANARY}@127.0.0.1:9/b`,
    })
    expect([away.code, away.errors]).toEqual([1, expect.stringContaining("ECONNREFUSED")])
  }, 60_000)
})
