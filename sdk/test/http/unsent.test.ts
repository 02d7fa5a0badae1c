import { mkdtemp, readFile, rm } from "node:fs/promises"
import { createServer, type Server, type Socket } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Sandbox, startSandbox } from "tsequence-sandbox"
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"
import { SequenceRest } from "../../src/rest.js"
import { KEY } from "../rest/server.js"
import { connections, twoPods } from "../support/connect.js"

/** Endings of a connection before the head of a request can leave. */
const ENDINGS: ReadonlyArray<readonly [string, (socket: Socket) => void]> = [
  ["a reset within the TLS handshake", (socket) => socket.resetAndDestroy()],
  ["an end within the TLS handshake", (socket) => socket.end()],
  ["a peer that does not speak TLS", (socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")],
]

const SILENCE = ["silence within the TLS handshake", () => {}] as const

const ends = { source: { id: "a", type: "POD" }, destination: { id: "b", type: "POD" } } as const

let sandbox: Sandbox
let folder: string
const servers: Array<Server> = []
const { connect, closeAll } = connections(() => sandbox)

const peer = async (act: (socket: Socket) => void) => {
  const tries: Array<Socket> = []
  const server = createServer((socket) => {
    socket.on("error", () => {})
    socket.once("data", () => {
      tries.push(socket)
      act(socket)
    })
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const address = server.address()
  if (typeof address !== "object" || address === null) throw new Error("not listening")
  return { authority: `127.0.0.1:${address.port}`, tries }
}

beforeAll(async () => {
  sandbox = await startSandbox()
})

afterEach(async () => {
  await closeAll()
  for (const server of servers.splice(0)) server.close()
  if (folder !== undefined) await rm(folder, { recursive: true, force: true })
})

afterAll(() => sandbox.close())

const FAST = { attemptTimeout: 300, retry: { times: 1, baseDelay: 1 } } as const

describe.each(ENDINGS)("%s", (_, act) => {
  it("makes a guarded transfer one that was not sent, which holds nothing back and counts for nothing", async () => {
    folder = await mkdtemp(join(tmpdir(), "unsent-"))
    const { authority, tries } = await peer(act)
    const { source, destination } = await twoPods(connect())
    const options = { dataDir: folder, safeguards: { maxDailyTransferCents: 100 }, ...FAST } as const
    // Reads reach the sandbox, the payment meets the peer.
    const client = connect({
      ...options,
      fetch: (input, init) =>
        fetch(String(init?.body).includes("CreatePayment") ? `https://${authority}/` : input, init),
    })
    await expect(client.transfer({ source, destination, amountCents: 100 })).rejects.toMatchObject({
      _tag: "NetworkError",
      sent: false,
      operation: "CreatePayment",
    })
    expect(tries).toHaveLength(2)
    const before = sandbox.ledger().payments.length
    await connect(options).transfer({ source, destination, amountCents: 100 })
    expect(sandbox.ledger().payments.length - before).toBe(1)
    expect(await readFile(join(folder, ".audit.jsonl"), "utf8")).not.toContain("transfer_unknown")
  })

  it("means that the REST client sent no transfer", async () => {
    const { authority, tries } = await peer(act)
    const client = new SequenceRest({ baseUrl: `https://${authority}`, apiKey: KEY, retry: FAST.retry })
    await expect(client.transfer({ ...ends, amountCents: 100 })).rejects.toMatchObject({
      _tag: "NetworkError",
      sent: false,
    })
    expect(tries).toHaveLength(2)
  })

  it("means that a login sent nothing", async () => {
    const { authority } = await peer(act)
    const { SEQUENCE_EMAIL = "", SEQUENCE_PASSWORD = "", ...rest } = sandbox.env
    const client = connect({
      accessToken: undefined,
      credentials: { email: SEQUENCE_EMAIL, password: SEQUENCE_PASSWORD },
      auth: { clientId: rest.SEQUENCE_AUTH0_CLIENT_ID, redirectUri: rest.SEQUENCE_AUTH0_REDIRECT_URI },
      authUrl: `https://${authority}`,
    })
    await expect(client.getPods()).rejects.toMatchObject({ _tag: "NetworkError", sent: false })
  })
})

describe("a REST transfer whose time is up while it connects", () => {
  it("was not sent, by timeout and by abort", async () => {
    const { authority, tries } = await peer(() => {})
    const client = new SequenceRest({ baseUrl: `https://${authority}`, apiKey: KEY, retry: FAST.retry })
    await expect(client.transfer({ ...ends, amountCents: 100 }, { timeout: 300 })).rejects.toMatchObject({
      _tag: "TimeoutError",
      sent: false,
      message: expect.stringContaining("nothing was sent"),
    })
    const controller = new AbortController()
    const options = { signal: controller.signal }
    const aborted = client.transfer({ ...ends, amountCents: 100 }, options).catch((error: unknown) => error)
    await expect.poll(() => tries.length).toBe(2)
    controller.abort()
    expect(await aborted).toMatchObject({ name: "AbortError" })
  })
})

describe.each([...ENDINGS, SILENCE])("%s", (_, act) => {
  it("makes a transfer one that was not sent, and that is tried again", async () => {
    const { authority, tries } = await peer(act)
    const client = connect({ apiUrl: `https://${authority}/api/graphql`, ...FAST })
    await expect(client.transfer({ ...ends, amountCents: 100 })).rejects.toMatchObject({
      sent: false,
      message: expect.stringMatching(/^No connection for CreatePayment.* Nothing was sent\.$/),
    })
    expect(tries).toHaveLength(2)
  })
})
