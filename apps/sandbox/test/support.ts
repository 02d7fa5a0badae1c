/** A client of the sandbox that is as plain as can be, so that tests see what is on the wire. */
import { createHmac } from "node:crypto"
import { type Sandbox, type SandboxOptions, startSandbox } from "../src/index.js"

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null

/** Follows a path into JSON; `undefined` where it does not lead on. */
export const at = (value: unknown, ...path: ReadonlyArray<string | number>): unknown =>
  path.reduce<unknown>((inner, step) => (isRecord(inner) ? inner[step] : undefined), value)

export const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

export const text = (value: unknown): string => {
  if (typeof value !== "string") throw new TypeError(`not a text: ${JSON.stringify(value)}`)
  return value
}

/** A sandbox whose time only tests move, so that no code turns and nothing settles in flight. */
export const still = { now: () => 1_750_000_000_000 }

/** Runs a body with a sandbox of its own. */
export const withSandbox = async (
  options: SandboxOptions,
  body: (sandbox: Sandbox) => Promise<void>,
): Promise<void> => {
  const sandbox = await startSandbox(options)
  try {
    await body(sandbox)
  } finally {
    await sandbox.close()
  }
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: unknown
}

/** Sends an operation; the token is the user's unless another one is given. */
export const ask = async (
  sandbox: Sandbox,
  query: string,
  variables: Record<string, unknown> = {},
  {
    token = sandbox.issueTokens().accessToken,
    headers = {},
  }: { token?: string; headers?: Record<string, string> } = {},
): Promise<Answer> => {
  const response = await fetch(`${sandbox.url}/api/graphql`, {
    method: "POST",
    redirect: "manual",
    headers: {
      "content-type": "application/json",
      accept: "application/graphql-response+json, application/json",
      authorization: `Bearer ${token}`,
      ...headers,
    },
    body: JSON.stringify({ query, variables }),
  })
  return { status: response.status, headers: response.headers, body: await response.json() }
}

export const PAY = `mutation CreatePayment($id: ID!, $fields: CreatePaymentInput!) {
  forKYC(id: $id) { createPayment(fields: $fields) {
    ok { organization { id pods { id metadata { balance { cents } } }
      transferReferences(first: 3) { edges { node { id status amount { cents } description } } } } }
    error { message }
  } }
}`

export interface Ends {
  readonly source: { readonly id: string; readonly type: string }
  readonly destination: { readonly id: string; readonly type: string }
}

export const pay = (
  sandbox: Sandbox,
  ends: Ends,
  amount: number,
  more: Record<string, unknown> = {},
  headers: Record<string, string> = {},
): Promise<Answer> =>
  ask(sandbox, PAY, { id: sandbox.env.SEQUENCE_KYC_ID, fields: { ...ends, amount, ...more } }, { headers })

/** The user's own organization in the ledger, with ids of what is in it. */
export const home = (sandbox: Sandbox) => {
  const organization = sandbox.ledger().organizations.find(({ id }) => id === sandbox.env.SEQUENCE_ORG_ID)
  if (organization === undefined) throw new Error("the user has no organization")
  const id = (kind: "pods" | "ports" | "accounts", index: number): string => text(organization[kind][index])
  return {
    organization,
    pod: (index: number) => ({ id: id("pods", index), type: "POD" }),
    port: (index: number) => ({ id: id("ports", index), type: "PORT" }),
    account: (index: number) => ({ id: id("accounts", index), type: "ACCOUNT" }),
  }
}

export const balance = (sandbox: Sandbox, { id }: { readonly id: string }): number =>
  sandbox.ledger().balances[id] ?? 0

const base32 = (secret: string): Buffer => {
  const bits = [...secret]
    .map((letter) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0"))
    .join("")
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)))
}

/** A one-time code, worked out apart from the sandbox's own code. */
export const codeAt = (secret: string, milliseconds: number): string => {
  const counter = Buffer.alloc(8)
  counter.writeUInt32BE(Math.floor(milliseconds / 30_000), 4)
  const digest = createHmac("sha1", base32(secret)).update(counter).digest()
  const offset = digest.readUInt8(19) & 15
  return String((digest.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, "0")
}
