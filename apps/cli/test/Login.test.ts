import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { CHROMIUM, logIn, makeWindow } from "../../../sdk/test/support/window.js"
import { makeWorld, type World } from "./support.js"

let world: World

beforeEach(async () => {
  world = await makeWorld({ login: { mfa: "none" } })
})

afterEach(() => world[Symbol.asyncDispose]())

/** Variables that are not set, so that nothing but a login gives a token. */
const WITHOUT = { SEQUENCE_ACCESS_TOKEN: "", SEQUENCE_EMAIL: "", SEQUENCE_PASSWORD: "", SEQUENCE_TOTP: "" }

const AUTHORIZE = [
  "SEQUENCE_AUTH0_CLIENT_ID",
  "SEQUENCE_AUTH0_REDIRECT_URI",
  "SEQUENCE_AUTH0_AUDIENCE",
  "SEQUENCE_ORG_ID",
  "SEQUENCE_KYC_ID",
]

const expectValues = (output: string): void => {
  for (const name of AUTHORIZE) expect(output).toContain(`${name}=${world.environment[name]}`)
}

const expectNoSecret = async (text: string): Promise<void> => {
  const { access_token } = JSON.parse(await readFile(join(world.folder, ".tokens.json"), "utf8"))
  expect(text).not.toContain(access_token)
  expect(text).not.toContain(world.environment.SEQUENCE_PASSWORD)
}

const expectLoggedIn = async (): Promise<void> => {
  expect((await world.run(["pods", "--json"], WITHOUT)).code).toBe(0)
}

const logins = () => world.sandbox.requests().filter(({ path }) => path === "/authorize").length

describe("login", () => {
  it("takes everything from the environment, and prints what belongs there", async () => {
    const { code, output, errors } = await world.run(["login"], { SEQUENCE_ACCESS_TOKEN: "" })
    expect({ code, errors }).toEqual({ code: 0, errors: expect.stringContaining("Logged in.") })
    expectValues(output)
    await expectNoSecret(output + errors)
    await expectLoggedIn()
  })

  it("asks for what the environment lacks, and shows no secret while it is typed", async () => {
    const running = world.terminal(["login"], 120, WITHOUT)
    await running.says("Email: ")
    running.child.stdin?.write(`${world.environment.SEQUENCE_EMAIL}\r`)
    await running.says("Password: ")
    running.child.stdin?.write(`${world.environment.SEQUENCE_PASSWORD}\r`)
    await running.says("One-time code")
    running.child.stdin?.write("\r")
    const { code, output } = await running.ended
    expect(code).toBe(0)
    expectValues(output)
    await expectNoSecret(output)
    await expectLoggedIn()
  })

  it("asks nothing of a script, and lists what is missing", async () => {
    const { code, errors } = await world.run(["login"], WITHOUT)
    expect(code).toBe(2)
    for (const name of ["SEQUENCE_EMAIL", "SEQUENCE_PASSWORD"]) expect(errors).toContain(name)
    expect(logins()).toBe(0)
  })

  it("has an exit code of its own where it is refused, and tries the password once", async () => {
    const { code, errors } = await world.run(["login"], { SEQUENCE_PASSWORD: "wrong" })
    expect(code).toBe(5)
    expect(errors).not.toContain("wrong\n")
    expect(logins()).toBe(1)
  })

  it("keeps no token that the service refuses, and none that was good before is lost", async () => {
    await world.run(["login"], { SEQUENCE_ACCESS_TOKEN: "" })
    const file = join(world.folder, ".tokens.json")
    const before = await readFile(file, "utf8")
    world.sandbox.faults({ path: "/api/graphql", status: 401, times: 9 })
    expect((await world.run(["login"], { SEQUENCE_ACCESS_TOKEN: "" })).code).toBe(5)
    expect(await readFile(file, "utf8")).toBe(before)
  })

  it("takes several lines that are pasted at once, and shows no secret among them", async () => {
    const { SEQUENCE_EMAIL, SEQUENCE_PASSWORD } = world.environment
    const running = world.terminal(["login"], 120, WITHOUT)
    await running.says("Email: ")
    running.child.stdin?.write(`${SEQUENCE_EMAIL}\r${SEQUENCE_PASSWORD}\r\r`)
    const { code, output } = await running.ended
    expect(code).toBe(0)
    await expectNoSecret(output)
  })

  it("prints one document with --json", async () => {
    const { output } = await world.run(["login", "--json"], { SEQUENCE_ACCESS_TOKEN: "" })
    const { SEQUENCE_ORG_ID, SEQUENCE_KYC_ID } = world.environment
    expect(JSON.parse(output)).toEqual({
      expiresAt: expect.any(String),
      isTried: true,
      environment: expect.objectContaining({ SEQUENCE_ORG_ID, SEQUENCE_KYC_ID }),
      organizations: [{ organizationId: SEQUENCE_ORG_ID, kycIds: [SEQUENCE_KYC_ID] }],
    })
  })

  it("leaves the choice where there are several organizations", async () => {
    await using other = await makeWorld({ organizations: 2, login: { mfa: "none" } })
    const { output, errors } = await other.run(["login"], { SEQUENCE_ACCESS_TOKEN: "" })
    expect(output).not.toContain("SEQUENCE_ORG_ID")
    expect(errors).toContain(other.environment.SEQUENCE_ORG_ID)
  })

  it("says so where a token in the environment may win over the login", async () => {
    const { errors } = await world.run(["login"])
    expect(errors).toContain("SEQUENCE_ACCESS_TOKEN is set")
  })

  it("is stopped by Ctrl-C at a question: nothing is stored", async () => {
    const running = world.terminal(["login"], 120, WITHOUT)
    await running.says("Email: ")
    running.child.stdin?.write("\u0003")
    expect((await running.ended).code).toBe(130)
    expect((await world.run(["pods"], WITHOUT)).code).toBe(2)
  })
})

describe("login --paste", () => {
  const paste = async (text: string) => {
    const running = world.terminal(["login", "--paste"], 120, WITHOUT)
    await running.says("Paste it here")
    running.child.stdin?.write(`${text}\r`)
    return running
  }

  it("takes the access token, and shows nothing of it", async () => {
    const { accessToken } = world.sandbox.issueTokens()
    const { code, output } = await (await paste(accessToken)).ended
    expect(code).toBe(0)
    expect(output).toContain("/authorize?")
    expectValues(output)
    await expectNoSecret(output)
    await expectLoggedIn()
  })

  it("keeps nothing that the service refuses", async () => {
    const { code, output } = await (await paste("no-token-at-all")).ended
    expect(code).toBe(5)
    expect(output).not.toContain("no-token-at-all")
    expect((await world.run(["pods"], WITHOUT)).code).toBe(2)
  })

  it("says that it needs a terminal", async () => {
    expect((await world.run(["login", "--paste"])).code).toBe(2)
  })
})

describe.skipIf(CHROMIUM === undefined)("login --browser", () => {
  it("opens a window, waits for the person, and knows no value before", async () => {
    await using window = await makeWindow()
    const nothing = Object.fromEntries(AUTHORIZE.map((name) => [name, ""]))
    const running = world.start(["login", "--browser", "--browser-path", window.executablePath], {
      ...WITHOUT,
      ...nothing,
    })
    await logIn(await window.page(), world.sandbox)
    const { code, output, errors } = await running.ended
    expect({ code, errors }).toEqual({ code: 0, errors: expect.stringContaining("Logged in.") })
    expectValues(output)
    expect(output).toContain("SEQUENCE_AUTH0_SCOPE='openid profile email'")
    await expectNoSecret(output + errors)
    await expectLoggedIn()
  })

  it("ends where the person closes the window", async () => {
    await using window = await makeWindow()
    const running = world.start(["login", "--browser", "--browser-path", window.executablePath], WITHOUT)
    await (await window.page()).close()
    const { code, errors } = await running.ended
    expect(code).toBe(5)
    expect(errors).toContain("nobody is logged in")
  })

  it("closes the window at Ctrl-C", async () => {
    await using window = await makeWindow()
    const running = world.start(["login", "--browser", "--browser-path", window.executablePath], WITHOUT)
    const page = await window.page()
    const gone = new Promise((resolve) => page.on("close", resolve))
    running.child.kill("SIGINT")
    expect((await running.ended).code).toBe(130)
    await gone
  })
})

describe("logout", () => {
  it("forgets the token", async () => {
    await world.run(["login"], { SEQUENCE_ACCESS_TOKEN: "" })
    await expectLoggedIn()
    expect((await world.run(["logout"])).code).toBe(0)
    expect((await world.run(["pods"], WITHOUT)).code).toBe(2)
    // Nothing to forget is no failure.
    expect((await world.run(["logout", "--json"])).output).toContain("loggedOut")
  })
})
