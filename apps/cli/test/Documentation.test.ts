/** Every command that the guide shows, run as it stands there. */
import { readFile } from "node:fs/promises"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { CODES } from "../src/Exit.js"
import { makeWorld, type World } from "./support.js"

const guide = await readFile(fileURLToPath(new URL("../../../docs/cli.md", import.meta.url)), "utf8")

const commands = [...guide.matchAll(/```sh\n([\s\S]*?)```/g)]
  .flatMap(([, block = ""]) => block.trim().split("\n"))
  .map((line) => line.replace(/^npx tsequence-cli /, "tsequence "))

const words = (command: string): ReadonlyArray<string> =>
  [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "")

let world: World

beforeAll(async () => {
  world = await makeWorld()
})

afterAll(() => world[Symbol.asyncDispose]())

describe("the guide", () => {
  it.each(commands)("shows a command that works: %s", async (command) => {
    const [name, ...args] = words(command)
    expect(name).toBe("tsequence")
    expect((await world.run(args)).code).toBe(0)
  })

  it("lists the exit codes that there are", () => {
    const listed = [...guide.matchAll(/^\| (\d+) \|/gm)].map(([, code]) => Number(code))
    expect(listed).toEqual(Object.values(CODES))
  })
})
