import { execFile } from "node:child_process"
import { mkdtemp, rm } from "node:fs/promises"
import { createServer as createHttpServer } from "node:http"
import { connect, type Socket } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Duplex } from "node:stream"
import * as tls from "node:tls"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { build } from "esbuild"
import { type Sandbox, startSandbox } from "tsequence-sandbox"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { booked, ends } from "../safeguards/world.js"
import { type Certificates, makeCertificates } from "./certificates.js"
import type { Orders, Outcome, Report } from "./children/proxied.js"

/** The Node versions to try, by path; a campaign tries several. */
const NODES = process.env.CAMPAIGN_NODES?.split(",") ?? [process.execPath]

/** The name in a certificate; it exists nowhere, so that nothing gets there but through the proxy. */
const HOST = "elsewhere.example"

/** The port of the first case; each has its own. */
const FIRST_PORT = 8001

/** An answer of the proxy to a tunnel to the sandbox, and the outcome of a payment. */
interface Case {
  readonly name: string
  readonly act: (client: Duplex, world: World) => void
  readonly client: Outcome
  /** The same with the REST client. */
  readonly rest: Outcome
  readonly booked: number
}

interface World {
  readonly sandbox: Sandbox
  /** Takes TLS off, and passes everything on. */
  readonly terminate: (client: Duplex, use: (socket: tls.TLSSocket) => void) => void
}

const UNSENT = { error: "NetworkError", sent: false }
const UNKNOWN = { error: "TransferOutcomeUnknownError" }
const NOTHING_LEFT = { client: UNSENT, rest: UNSENT, booked: 0 }
/** The sandbox has no routes of the REST server. */
const NO_ROUTE = { error: "HttpError" }
const ESTABLISHED = "HTTP/1.1 200 Connection established\r\n\r\n"

const refuse = (status: string) => (client: Duplex) =>
  void client.end(`HTTP/1.1 ${status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`)

const passOn = (secure: tls.TLSSocket, sandbox: Sandbox): Socket => {
  const inner = connect(Number(new URL(sandbox.url).port), "127.0.0.1")
  inner.on("error", () => secure.destroy()).on("close", () => secure.destroy())
  secure.on("close", () => inner.destroy())
  return inner.pipe(secure).pipe(inner)
}

const CASES: ReadonlyArray<Case> = [
  {
    name: "passes everything on",
    act: (client, { sandbox, terminate }) => terminate(client, (secure) => passOn(secure, sandbox)),
    client: {},
    rest: NO_ROUTE,
    booked: 1,
  },
  { name: "answers 407 to CONNECT", act: refuse("407 Proxy Authentication Required"), ...NOTHING_LEFT },
  { name: "answers 502 to CONNECT", act: refuse("502 Bad Gateway"), ...NOTHING_LEFT },
  {
    name: "cuts the tunnel within the TLS handshake",
    act: (client) => {
      client.once("data", () => client.destroy())
      client.write(ESTABLISHED)
    },
    ...NOTHING_LEFT,
  },
  {
    name: "cuts the tunnel as soon as the payment is in it",
    act: (client, { terminate }) =>
      terminate(client, (secure) => secure.once("data", () => secure.destroy())),
    client: UNKNOWN,
    rest: UNKNOWN,
    booked: 0,
  },
  {
    name: "cuts the tunnel after the payment was booked",
    act: (client, { sandbox, terminate }) =>
      terminate(client, (secure) => {
        sandbox.faults({ operation: "CreatePayment", cut: "after" })
        passOn(secure, sandbox)
      }),
    client: UNKNOWN,
    rest: NO_ROUTE,
    booked: 1,
  },
]

let folder: string
let certificates: Certificates
let program: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "proxy-"))
  certificates = makeCertificates(folder)
  program = fileURLToPath(new URL(`../../node_modules/.cache/proxied-${process.pid}.mjs`, import.meta.url))
  await build({
    entryPoints: [fileURLToPath(new URL("children/proxied.ts", import.meta.url))],
    outfile: program,
    bundle: true,
    format: "esm",
    platform: "node",
    packages: "external",
    logLevel: "warning",
  })
})

afterAll(() => Promise.all([folder, program].map((path) => rm(path, { recursive: true, force: true }))))

/** Starts a proxy that does with a tunnel what the case says whose port it leads to. */
const startProxy = async (sandbox: Sandbox) => {
  const sockets = new Set<Duplex>()
  const terminate: World["terminate"] = (client, use) => {
    client.write(ESTABLISHED)
    const secure = new tls.TLSSocket(client, { isServer: true, ...certificates.otherName })
    use(secure.on("error", () => {}))
  }
  const server = createHttpServer().on("connect", ({ url = "" }, client: Duplex) => {
    sockets.add(client.on("error", () => {}))
    CASES[Number(new URL(`http://${url}`).port) - FIRST_PORT]?.act(client, { sandbox, terminate })
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const address = server.address()
  if (typeof address !== "object" || address === null) throw new Error("not listening")
  const close = () => {
    for (const socket of sockets) socket.destroy()
    server.close()
  }
  return { url: `http://127.0.0.1:${address.port}`, close }
}

describe.each(NODES)("a payment through the proxy of the environment, with %s", (node) => {
  let results: ReadonlyArray<Report & { readonly booked: number }>

  beforeAll(async () => {
    const sandbox = await startSandbox({ transfers: 0 })
    const proxy = await startProxy(sandbox)
    const payments = CASES.map((_, index) => {
      const { source, destination } = ends(sandbox)
      return {
        origin: `https://${HOST}:${FIRST_PORT + index}`,
        source: source.id,
        destination: destination.id,
      }
    })
    const orders: Orders = { payments, token: sandbox.issueTokens().accessToken }
    const { SEQUENCE_ORG_ID, SEQUENCE_KYC_ID } = sandbox.env
    const env = {
      ...{ PATH: process.env.PATH, SEQUENCE_ORG_ID, SEQUENCE_KYC_ID },
      ...{ HTTPS_PROXY: proxy.url, NODE_USE_ENV_PROXY: "1" },
      NODE_EXTRA_CA_CERTS: certificates.authority,
    }
    try {
      const { stdout } = await promisify(execFile)(node, [program, JSON.stringify(orders)], { env })
      const reports: ReadonlyArray<Report> = JSON.parse(stdout)
      results = reports.map((report, index) => ({
        ...report,
        booked: booked(sandbox, payments[index]?.source ?? "").length,
      }))
    } finally {
      proxy.close()
      await sandbox.close()
    }
  })

  it.each(CASES.map((one, index) => ({ ...one, index })))(
    "is called unsent if nothing left, and unknown if it did: the proxy $name",
    ({ index, client, rest, booked: count }) => {
      expect(results[index]).toEqual({ client, rest, booked: count })
    },
  )
})
