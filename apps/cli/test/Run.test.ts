import { appendFile } from "node:fs/promises"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { makeWorld, type World } from "./support.js"

let world: World

beforeAll(async () => {
  world = await makeWorld()
  await appendFile(join(world.folder, ".audit.jsonl"), "not an entry\n")
})

afterAll(() => world[Symbol.asyncDispose]())

const TRANSFER = ["transfer", "--from", "Main", "--to", "Groceries"]

describe("a command", () => {
  it.each<[code: number, args: ReadonlyArray<string>, environment?: Record<string, string>]>([
    [0, ["pods"]],
    [0, ["activity", "--all", "--csv"]],
    [0, ["transfer", "--help"]],
    [0, ["--version"]],
    [1, ["pods", "nowhere", "--json"]],
    [2, ["transfer", "--fron", "Main", "--json"]],
    [2, ["transfer", "show"]],
    [3, [...TRANSFER, "--amount", "90000", "--dry-run", "--json"]],
    [5, ["login"], { SEQUENCE_PASSWORD: "wrong" }],
    [6, ["audit", "verify"]],
  ])(
    "ends with %i and the same output in a process as in the test's process: %j",
    async (code, args, environment) => {
      const here = await world.run(args, environment)
      expect(here.code).toBe(code)
      expect(await world.runProcess(args, environment)).toEqual(here)
    },
  )
})
