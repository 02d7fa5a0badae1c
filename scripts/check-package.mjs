// Packs the packages as they would be published, checks the tarballs with publint and attw, and uses the SDK's
// from a project of its own: as an ES module, through require, and from TypeScript.
import { execFileSync } from "node:child_process"
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"

const folder = mkdtempSync(join(tmpdir(), "tsequence-pack-"))
const tarballs = join(folder, "tarballs")
const consumer = join(folder, "consumer")

const run = (command, args, cwd = process.cwd()) => execFileSync(command, args, { cwd, stdio: "inherit" })

const pack = () => {
  mkdirSync(tarballs)
  for (const workspace of ["sdk", "apps/sandbox"]) {
    run("npm", ["pack", "--silent", "--workspace", workspace, "--pack-destination", tarballs])
  }
  return readdirSync(tarballs).map((name) => join(tarballs, name))
}

const files = {
  "package.json": JSON.stringify({ name: "consumer", private: true, type: "module" }),
  "use.mjs": `
    import { ConfigError, Sequence } from "tsequence"
    import * as effect from "tsequence/effect"
    import { startSandbox } from "tsequence-sandbox"
    import * as safeguards from "tsequence/safeguards"
    import { SequenceRest } from "tsequence/rest"
    if (ConfigError !== effect.ConfigError) throw new Error("the error classes differ between the entry points")
    const sandbox = await startSandbox()
    const sequence = Sequence.fromEnv({ dataDir: false }, sandbox.env)
    const { podCount } = await sequence.getTotalBalance()
    await sequence.close()
    console.log("ESM: logged in and read", podCount, "pods")
    const politeness = { minDelay: 0, jitter: 0 }
    const guarded = Sequence.fromEnv({ dataDir: false, safeguards: true, politeness }, sandbox.env)
    const { requestId } = await guarded.transfer({ source: "Main", destination: "Groceries", amountCents: 100 })
    const { lines, problems } = await guarded.safeguards.verifyAudit()
    await guarded.close()
    await sandbox.close()
    if (requestId === undefined || lines !== 2 || problems.length > 0) throw new Error("the transfer is not on record")
    const rest = new SequenceRest({ baseUrl: "http://127.0.0.1:1", apiKey: "key", retry: { times: 0 } })
    const refused = await rest.getPods().catch((error) => error._tag)
    if (refused !== "NetworkError") throw new Error("the REST client ended with " + refused)
    if (safeguards.Safeguards.serviceOf(sandbox.env.SEQUENCE_API_URL) !== "sandbox") throw new Error("not a sandbox")
    console.log("ESM: moved money within limits, on record")
    const databaseUrl = "postgresql://user:canary@127.0.0.1:9/none"
    const without = new Sequence({ accessToken: "a", organizationId: "o", kycId: "k", databaseUrl, logger: false })
    const missing = await without.getPods().catch((error) => error)
    await without.close()
    if (!(missing instanceof ConfigError) || !missing.message.includes("npm install @effect/sql-pg")) throw missing
    if (missing.message.includes("canary")) throw new Error("the address of the database was told")
    console.log("ESM: says which packages a database needs")
  `,
  "use.cjs": `
    const { Sequence, ConfigError } = require("tsequence")
    try {
      new Sequence({})
    } catch (error) {
      if (error instanceof ConfigError) console.log("require: works")
      else throw error
    }
  `,
  "use.ts": `

    import * as Layer from "effect/Layer"
    import { Sequence, type DailyLimit, type Pod, type SequenceError } from "tsequence"
    import { Sequence as Service } from "tsequence/effect"
    export const pods = (client: Sequence): Promise<ReadonlyArray<Pod>> => client.getPods()
    export const tag = (error: SequenceError): string => error._tag

    import { type RestPod, SequenceRest } from "tsequence/rest"
    import { Safeguards } from "tsequence/safeguards"
    export const podsOf = (client: SequenceRest): Promise<ReadonlyArray<RestPod>> => client.getPods()
    export const layer = Service.layerEnv()
    export const guarded = Layer.provideMerge(Safeguards.layer({ maxTransferCents: 50_000 }), layer)
    export const left = (client: Sequence): Promise<DailyLimit> => client.safeguards.getDailyLimit()
  `,
}

const typescript = createRequire(import.meta.url).resolve("typescript/bin/tsc")

const use = (packed) => {
  mkdirSync(consumer)
  for (const [name, content] of Object.entries(files)) writeFileSync(join(consumer, name), content)
  run("npm", ["install", "--silent", "--no-audit", "--no-fund", ...packed], consumer)
  run(process.execPath, ["use.mjs"], consumer)
  run(process.execPath, ["use.cjs"], consumer)
  // The checks of libraries are on: the types must hold without the consumer's indulgence.
  const strict = [
    "--noEmit",
    // What a program of theirs exports must be nameable too.
    "--declaration",
    "--strict",
    "--target",
    "es2022",
    "--lib",
    "esnext,dom,dom.iterable,dom.asynciterable",
  ]
  const settings = [
    ["--module", "node16", "--moduleResolution", "node16"],
    ["--module", "nodenext", "--moduleResolution", "nodenext"],
    ["--module", "esnext", "--moduleResolution", "bundler"],
  ]
  for (const setting of settings) {
    run(process.execPath, [typescript, ...strict, ...setting, "use.ts"], consumer)
    console.log(`TypeScript: compiles with ${setting.join(" ")}`)
  }
}

try {
  run("npm", ["run", "--silent", "build"])
  const packed = pack()
  for (const tarball of packed) {
    run("npm", ["run", "--silent", "publint", "--", tarball])
    // The packages are ESM only, by decision: what CommonJS and old resolvers see is not checked.
    run("npm", ["run", "--silent", "attw", "--", tarball])
  }
  use(packed)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
