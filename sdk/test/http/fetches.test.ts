import { createServer, type Server } from "node:http"
import { type Sandbox, startSandbox } from "tsequence-sandbox"
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"
import { SequenceRest } from "../../src/rest.js"
import { json, KEY, pod, receipt, withServer } from "../rest/server.js"
import { connections, twoPods } from "../support/connect.js"

type Fetch = typeof globalThis.fetch

/** Takes an address and an init, as `fetch` of a package does that knows no `Request` of the runtime's. */
const strict: Fetch = (input, init) => {
  if (typeof input !== "string") throw new TypeError(`Failed to parse URL from ${input}`)
  for (const [name, value] of Object.entries(init ?? {})) {
    if (!["method", "headers", "body", "signal", "redirect"].includes(name)) throw new TypeError(`no ${name}`)
    if (name === "headers" && Object.getPrototypeOf(value) !== Object.prototype)
      throw new TypeError("headers")
    if (name === "body" && typeof value !== "string") throw new TypeError("body")
  }
  return fetch(input, init)
}

const isFetch = (value: unknown): value is Fetch => typeof value === "function"

/** The `fetch` of a package, whose types differ from those of the runtime. */
const fetchOf = (module: object): Fetch => {
  const fetch = Reflect.get(module, "fetch") ?? Reflect.get(module, "default")
  if (!isFetch(fetch)) throw new Error("The package has no fetch")
  return fetch
}

const FETCHES: ReadonlyArray<readonly [string, () => Promise<Fetch>]> = [
  ["undici 7", async () => fetchOf(await import("undici"))],
  ["undici 6", async () => fetchOf(await import("undici6"))],
  ["node-fetch 3", async () => fetchOf(await import("node-fetch"))],
  ["cross-fetch", async () => fetchOf(await import("cross-fetch"))],
  ["one that takes nothing but an address and a plain init", async () => strict],
]

let sandbox: Sandbox
const { connect, closeAll } = connections(() => sandbox)

beforeAll(async () => {
  sandbox = await startSandbox()
})

afterEach(closeAll)

afterAll(() => sandbox.close())

describe.each(FETCHES)("a caller's own fetch: %s", (_, load) => {
  it("logs in by password, reads, and pays", async () => {
    const { SEQUENCE_EMAIL = "", SEQUENCE_PASSWORD = "", SEQUENCE_TOTP = "", ...rest } = sandbox.env
    // The next code, since none works twice.
    sandbox.advance(30_000)
    const client = connect({
      fetch: await load(),
      accessToken: undefined,
      credentials: { email: SEQUENCE_EMAIL, password: SEQUENCE_PASSWORD, totp: SEQUENCE_TOTP },
      auth: {
        audience: rest.SEQUENCE_AUTH0_AUDIENCE,
        clientId: rest.SEQUENCE_AUTH0_CLIENT_ID,
        redirectUri: rest.SEQUENCE_AUTH0_REDIRECT_URI,
      },
      authUrl: rest.SEQUENCE_AUTH_URL,
    })
    const { source, destination } = await twoPods(client)
    const receipt = await client.transfer({ source, destination, amountCents: 1 })
    expect(receipt.id).toBe(sandbox.ledger().payments.at(-1)?.id)
  })

  it("reads and transfers with the REST client", async () => {
    const fetch = await load()
    await withServer(
      [json(200, [pod]), json(200, receipt)],
      async ({ client, arrived }) => {
        expect((await client.getPods()).map(({ name }) => name)).toEqual([pod.name])
        const ends = { source: { id: "a", type: "POD" }, destination: { id: "b", type: "POD" } } as const
        await client.transfer({ ...ends, amountCents: 100 }, { idempotencyKey: "once" })
        const [read, moved] = arrived
        expect(read).toMatchObject({ method: "GET", headers: { "x-api-key": KEY }, body: "" })
        expect(moved).toMatchObject({
          method: "POST",
          headers: { "x-api-key": KEY, "idempotency-key": "once", "content-type": "application/json" },
        })
        expect(JSON.parse(moved?.body ?? "")).toMatchObject({ amount_cents: 100 })
      },
      { fetch },
    )
  })
})

describe("a proxy that answers 407 to CONNECT", () => {
  let proxy: Server
  let tried = 0

  beforeAll(async () => {
    proxy = createServer().on("connect", (_, socket) => {
      tried += 1
      socket.end("HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n")
    })
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve))
  })

  afterAll(() => {
    proxy.close()
  })

  it.each([
    ["undici 7", () => import("undici")],
    ["undici 6", () => import("undici6")],
  ] as const)("means that nothing was sent, with the ProxyAgent of %s", async (_, load) => {
    const address = proxy.address()
    const port = typeof address === "object" ? address?.port : undefined
    const module = await load()
    const throughProxy = fetchOf(module)
    const dispatcher = new module.ProxyAgent(`http://127.0.0.1:${port}`)
    const own: Fetch = (input, init) => throughProxy(input, Object.assign({ dispatcher }, init))
    const ends = { source: { id: "a", type: "POD" }, destination: { id: "b", type: "POD" } } as const
    const before = tried
    const client = connect({
      fetch: own,
      apiUrl: "https://elsewhere.example/api/graphql",
      retry: { times: 1, baseDelay: 1 },
    })
    await expect(client.transfer({ ...ends, amountCents: 1 })).rejects.toMatchObject({
      _tag: "NetworkError",
      sent: false,
    })
    const rest = new SequenceRest({
      baseUrl: "https://elsewhere.example",
      apiKey: KEY,
      fetch: own,
      retry: { times: 1, baseDelay: 1 },
    })
    await expect(rest.transfer({ ...ends, amountCents: 1 })).rejects.toMatchObject({
      _tag: "NetworkError",
      sent: false,
    })
    // Each was tried twice, since nothing was sent.
    expect(tried - before).toBe(4)
    await dispatcher.close()
  })
})
