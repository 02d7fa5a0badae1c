/** Runs processes that make guarded transfers. */
import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"
import type { Sandbox } from "tsequence-sandbox"
import type { Orders, Report } from "./children/transferrer.js"
import { FAST, TIMING } from "./world.js"

const cache = new URL("../../node_modules/.cache/safeguards/", import.meta.url)

/** Puts the process's program into one file, from the sources as they are. */
export const buildProgram = async (): Promise<string> => {
  const outfile = fileURLToPath(new URL(`transferrer-${process.pid}.mjs`, cache))
  await build({
    entryPoints: [fileURLToPath(new URL("children/transferrer.ts", import.meta.url))],
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20.19",
    mainFields: ["module", "main"],
    external: ["ky", "otplib", "tough-cookie", "htmlparser2", "pg", "pg-connection-string", "pg-cursor"],
    logLevel: "warning",
  })
  return outfile
}

/** The orders of a process that makes one transfer, and changes to them. */
export const orders = (
  sandbox: Sandbox,
  folder: string,
  ends: Orders["ends"],
  changes: Partial<Orders> = {},
): Orders => ({
  env: sandbox.env,
  token: sandbox.issueTokens().accessToken,
  folder,
  ends,
  amountCents: 5_000,
  times: 1,
  dieAt: 0,
  hasLock: true,
  options: { ...TIMING, ...changes.options },
  lock: FAST.lock,
  ...changes,
})

/** Runs a process to its end; `undefined` for one that died. */
export const run = (program: string, given: Orders): Promise<Report | undefined> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, JSON.stringify(given)], {
      stdio: ["ignore", "pipe", "inherit"],
    })
    let output = ""
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text
    })
    child.on("error", reject)
    child.on("close", (_status, signal) => {
      if (signal === "SIGKILL") resolve(undefined)
      else if (output === "") reject(new Error("the process ended without a word"))
      else resolve(JSON.parse(output))
    })
  })
