import { connect as connectSocket, createServer, type Server, type Socket } from "node:net"
import { type Sandbox, startSandbox } from "tsequence-sandbox"
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"
import { SequenceRest } from "../../src/rest.js"
import { json, KEY, withServer } from "../rest/server.js"
import { connections, graphqlRequests, twoPods } from "../support/connect.js"

/** A relay between a client and a server that forgets its connections, as a NAT does while a machine sleeps. */
interface Way {
  readonly url: string
  /** From now on, whatever comes over an old connection is answered with a reset and goes no further. */
  readonly forget: () => void
  /** Counts the requests that came over a forgotten connection. */
  readonly lost: () => number
  readonly close: () => void
}

const openWay = async (to: string): Promise<Way> => {
  const { hostname, port } = new URL(to)
  const known = new Set<Socket>()
  let lost = 0
  const server: Server = createServer((socket) => {
    known.add(socket)
    const onward = connectSocket(Number(port), hostname)
    for (const one of [socket, onward]) one.on("error", () => {})
    onward.pipe(socket)
    socket.on("close", () => onward.destroy())
    socket.on("data", (data) => {
      if (known.has(socket)) return onward.write(data)
      lost += 1
      return socket.resetAndDestroy()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const address = server.address()
  if (typeof address !== "object" || address === null) throw new Error("not listening")
  return {
    url: `http://127.0.0.1:${address.port}`,
    forget: () => known.clear(),
    lost: () => lost,
    close: () => server.close(),
  }
}

const transfer = {
  source: { id: "pod-1", type: "POD" },
  destination: { id: "pod-2", type: "POD" },
  amountCents: 100,
} as const

let sandbox: Sandbox
let way: Way
const { connect, closeAll } = connections(() => sandbox)

beforeAll(async () => {
  sandbox = await startSandbox()
  way = await openWay(sandbox.url)
})

afterEach(closeAll)

afterAll(async () => {
  way.close()
  await sandbox.close()
})

describe("connections that were forgotten while a process slept", () => {
  it("lose no payment: each goes over a connection that was not used before", async () => {
    const client = connect({ apiUrl: `${way.url}/api/graphql`, retry: { times: 0 } })
    const { source, destination } = await twoPods(client)
    for (let n = 1; n <= 5; n++) {
      await Promise.all([client.getPods(), client.getActivitySummary()])
      way.forget()
      const receipt = await client.transfer({ source, destination, amountCents: n })
      expect(receipt.id).toBe(sandbox.ledger().payments.at(-1)?.id)
    }
    expect(graphqlRequests(sandbox, "CreatePayment")).toHaveLength(5)
    expect(way.lost()).toBe(0)
  })

  it("are there for reads, which may be sent again", async () => {
    const client = connect({ apiUrl: `${way.url}/api/graphql` })
    await client.getPods()
    way.forget()
    expect((await client.getPods()).length).toBeGreaterThan(0)
    expect(way.lost()).toBeGreaterThan(0)
  })

  it("lose no transfer of the REST client either", () =>
    withServer([json(200, [])], async ({ url, arrived }) => {
      const between = await openWay(url)
      try {
        const client = new SequenceRest({ baseUrl: between.url, apiKey: KEY, retry: { times: 0 } })
        for (let n = 1; n <= 5; n++) {
          await client.getPods()
          between.forget()
          await client.transfer(transfer).catch(() => {})
          expect(arrived.filter(({ method }) => method === "POST")).toHaveLength(n)
        }
        expect(between.lost()).toBe(0)
      } finally {
        between.close()
      }
    }))
})
