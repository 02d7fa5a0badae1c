/** `npm start`: as `tsequence-api`; without any variable of an account, against a sandbox of its own. */
import { randomBytes } from "node:crypto"
import { startSandbox } from "tsequence-sandbox"
import { giveUp, run } from "./Run.js"

const OF_AN_ACCOUNT = [
  "SEQUENCE_EMAIL",
  "SEQUENCE_PASSWORD",
  "SEQUENCE_TOTP",
  "SEQUENCE_ORG_ID",
  "SEQUENCE_KYC_ID",
  "SEQUENCE_AUTH0_CLIENT_ID",
  "SEQUENCE_ACCESS_TOKEN",
  "SEQUENCE_REFRESH_TOKEN",
  "SEQUENCE_API_URL",
]

const isSet = (name: string): boolean => (process.env[name] ?? "").trim() !== ""

const given = (): Record<string, string | undefined> =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => isSet(name)))

const onSandbox = async (): Promise<void> => {
  const sandbox = await startSandbox()
  const environment = {
    SEQUENCE_API_KEY: randomBytes(24).toString("base64url"),
    SEQUENCE_SERVER_HOST: "127.0.0.1",
    SEQUENCE_DATA_DIR: ".sandbox",
    SEQUENCE_MIN_DELAY_MS: "0",
    SEQUENCE_JITTER_MS: "0",
    ...given(),
    ...sandbox.env,
  }
  if (!isSet("SEQUENCE_API_KEY")) {
    process.stdout.write(`A sandbox with made-up money. X-API-Key: ${environment.SEQUENCE_API_KEY}\n`)
  }
  await run(environment)
}

await (OF_AN_ACCOUNT.some(isSet) ? run(process.env) : onSandbox()).catch(giveUp)
