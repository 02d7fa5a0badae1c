import { execFile } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, rm } from "node:fs/promises"
import { createServer as createHttpServer, request as httpRequest } from "node:http"
import { createServer, type Server, type Socket } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as tls from "node:tls"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { build } from "esbuild"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { closeIdleConnections, watch } from "../../src/http/NetworkEvidence.js"
import { type Certificates, makeCertificates } from "./certificates.js"
import type { Order, Report } from "./children/attempts.js"

/** The Node versions to try, by path; their own `fetch` differs. A campaign tries several. */
const NODES = process.env.CAMPAIGN_NODES?.split(",") ?? [process.execPath]

const BAD_REQUEST = "HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"

let folder: string
let certificates: Certificates
let program: string
const servers = new Set<Server>()

const portOf = (server: Server) => {
  const address = server.address()
  if (typeof address !== "object" || address === null) throw new Error("not listening")
  return address.port
}

const listen = async (server: Server): Promise<number> => {
  servers.add(server)
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  return portOf(server)
}

/** Does something with each connection when its first bytes are there. */
const onFirstBytes = (act: (socket: Socket, first: Buffer) => void): Server =>
  createServer((socket) => {
    socket.on("error", () => {})
    socket.once("data", (first) => act(socket, first))
  })

const overTls = (options: tls.TlsOptions, act: (socket: Socket) => void): Server => {
  const server = tls.createServer(options, (socket) => {
    socket.on("error", () => {})
    socket.once("data", () => act(socket))
  })
  return server.on("tlsClientError", () => {})
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "evidence-"))
  certificates = makeCertificates(folder)
  program = join(folder, "attempts.mjs")
  await build({
    entryPoints: [fileURLToPath(new URL("children/attempts.ts", import.meta.url))],
    outfile: program,
    bundle: true,
    format: "esm",
    platform: "node",
    logLevel: "warning",
  })
})

afterAll(async () => {
  for (const server of servers) server.close()
  await rm(folder, { recursive: true, force: true })
})

/** A way to fail, the addresses that it takes, and if the head of the request may have left. */
type Row = readonly [name: string, sent: boolean, code: string, make: () => Promise<Order>]

const plain = (act: (socket: Socket, first: Buffer) => void, scheme: "http" | "https") => async () => ({
  url: `${scheme}://127.0.0.1:${await listen(onFirstBytes(act))}/`,
})

const withCertificate = (options: () => tls.TlsOptions) => async () => ({
  url: `https://127.0.0.1:${await listen(overTls(options(), (socket) => socket.end(BAD_REQUEST)))}/`,
})

const closedPort = async () => {
  const server = createServer()
  const port = await listen(server)
  await new Promise((resolve) => server.close(resolve))
  return port
}

const TABLE: ReadonlyArray<Row> = [
  [
    "a refused connection",
    false,
    "ECONNREFUSED",
    async () => ({ url: `http://127.0.0.1:${await closedPort()}/` }),
  ],
  [
    "a name with several addresses that all refuse",
    false,
    "ECONNREFUSED",
    async () => ({ url: `http://localhost:${await closedPort()}/` }),
  ],
  [
    "a name that does not exist",
    false,
    "E(NOTFOUND|AI_AGAIN)",
    async () => ({ url: "http://nothing.invalid/" }),
  ],
  [
    "a reset within the TLS handshake",
    false,
    "ECONNRESET",
    plain((socket) => socket.resetAndDestroy(), "https"),
  ],
  ["an end within the TLS handshake", false, "ECONNRESET", plain((socket) => socket.end(), "https")],
  [
    "a peer that does not speak TLS",
    false,
    "ERR_SSL_WRONG_VERSION_NUMBER|EPROTO",
    plain((socket) => socket.end(BAD_REQUEST), "https"),
  ],
  [
    "a peer that speaks an old TLS only",
    false,
    "ERR_SSL_|EPROTO",
    withCertificate(() => ({
      ...certificates.good,
      minVersion: "TLSv1",
      maxVersion: "TLSv1.1",
      ciphers: "DEFAULT:@SECLEVEL=0",
    })),
  ],
  [
    "a self-signed certificate",
    false,
    "DEPTH_ZERO_SELF_SIGNED_CERT",
    withCertificate(() => certificates.selfSigned),
  ],
  [
    "a certificate for another name",
    false,
    "ERR_TLS_CERT_ALTNAME_INVALID",
    withCertificate(() => certificates.otherName),
  ],
  [
    "a certificate with a forged signature",
    false,
    "CERT_SIGNATURE_FAILURE",
    withCertificate(() => certificates.forged),
  ],
  [
    "a certificate of an unknown authority",
    false,
    "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    withCertificate(() => certificates.unknownAuthority),
  ],
  [
    "an abort within the TLS handshake",
    false,
    "",
    async () => ({ ...(await plain(() => {}, "https")()), abortAfter: 200 }),
  ],
  [
    "a name whose first address times out and whose second refuses",
    false,
    "ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ECONNREFUSED",
    async () => ({
      url: `http://two.invalid:${await closedPort()}/`,
      addresses: ["192.0.2.1", "127.0.0.1"],
    }),
  ],
  ["a reset after the head", true, "ECONNRESET", plain((socket) => socket.resetAndDestroy(), "http")],
  ["an end after the head", true, "UND_ERR_SOCKET", plain((socket) => socket.end(), "http")],
  [
    "an answer that is no HTTP",
    true,
    "(HPE_INVALID_CONSTANT)?",
    plain((socket) => socket.end("what?\r\n\r\n"), "http"),
  ],
  [
    "a reset after the head over TLS",
    true,
    "ECONNRESET|UND_ERR_SOCKET",
    async () => ({
      url: `https://127.0.0.1:${await listen(overTls(certificates.good, (socket) => socket.destroy()))}/`,
    }),
  ],
  [
    "an abort after the head",
    true,
    "",
    async () => ({ ...(await plain(() => {}, "http")()), abortAfter: 200 }),
  ],
]

describe("NetworkEvidence", () => {
  describe.each(NODES)("watch, of the fetch of %s", (node) => {
    let reports: ReadonlyArray<Report>

    beforeAll(async () => {
      const orders = await Promise.all(TABLE.map(([, , , make]) => make()))
      const env = { ...process.env, NODE_EXTRA_CA_CERTS: certificates.authority }
      const { stdout } = await promisify(execFile)(node, [program, JSON.stringify(orders)], { env })
      reports = JSON.parse(stdout)
    })

    it.each(TABLE.map(([name, sent, code], index) => [name, sent, code, index] as const))(
      "knows of %s that sent is %s",
      (_, sent, code, index) => {
        expect(reports[index]).toMatchObject({ isAnswered: false, sent })
        expect(reports[index]?.code ?? "").toMatch(new RegExp(`^(${code})`))
      },
    )
  })

  describe("watch", () => {
    const call = async (fetch: typeof globalThis.fetch, url: string, init: RequestInit = {}) => {
      const watched = watch(fetch, url)
      const thrown = await watched.fetch(url, { method: "POST", body: "{}", ...init }).then(
        () => undefined,
        (error: unknown) => error,
      )
      return { watched, thrown, sent: watched.wasSent(thrown) }
    }

    const post = (port: number) => `http://127.0.0.1:${port}/`

    it("tells calls apart that are under way at the same time, to the same place", async () => {
      const accepted: Array<Socket> = []
      const server = onFirstBytes((socket) => accepted.push(socket))
      const port = await listen(server)
      const first = call(globalThis.fetch, post(port))
      await vi.waitFor(() => expect(accepted).toHaveLength(1))
      server.close()
      const second = await call(globalThis.fetch, post(port))
      accepted[0]?.resetAndDestroy()
      expect([(await first).sent, second.sent]).toEqual([true, false])
    })

    it("counts a request that a caller's own fetch delivered before the one that failed to connect", async () => {
      const server = onFirstBytes((socket) => socket.resetAndDestroy())
      const delivers = post(await listen(server))
      const refuses = post(await closedPort())
      const repeating: typeof fetch = async (_, init) => {
        await fetch(delivers, init).catch(() => {})
        await new Promise((resolve) => setImmediate(resolve))
        return fetch(refuses, init)
      }
      expect((await call(repeating, refuses)).sent).toBe(true)
      const careful: typeof fetch = async (_, init) => {
        await fetch(refuses, init).catch(() => {})
        return fetch(refuses, init)
      }
      expect((await call(careful, refuses)).sent).toBe(false)
    })

    it("takes a caller's own fetch without evidence for sent, whatever it throws", async () => {
      const refused = Object.assign(new Error("connect ECONNREFUSED"), {
        code: "ECONNREFUSED",
        syscall: "connect",
      })
      const url = post(await closedPort())
      expect((await call(() => Promise.reject(refused), url)).sent).toBe(true)
      const overHttp: typeof fetch = (input) =>
        new Promise((_, reject) =>
          httpRequest(String(input), { method: "POST" }).on("error", reject).end("{}"),
        )
      expect((await call(overHttp, url)).sent).toBe(true)
      const both: typeof fetch = async (input, init) => {
        await fetch(input, init).catch(() => {})
        return overHttp(input, init)
      }
      expect((await call(both, url)).sent).toBe(true)
    })

    it("sends nothing later of a request that was aborted before its connection was made", async () => {
      let bytes = ""
      const secure = tls.createServer(certificates.good, (socket) => {
        socket.on("data", (data) => {
          bytes += String(data)
        })
        socket.on("error", () => {})
      })
      const held: Array<() => void> = []
      const ended: Array<Promise<unknown>> = []
      // Holds the handshake back until the request is aborted.
      const server = createServer({ pauseOnConnect: true }, (socket) => {
        ended.push(once(socket, "close"))
        held.push(() => secure.emit("connection", socket))
      })
      const url = `https://127.0.0.1:${await listen(server)}/`
      const controller = new AbortController()
      const running = call(globalThis.fetch, url, { signal: controller.signal })
      await vi.waitFor(() => expect(held).toHaveLength(1))
      controller.abort()
      const { watched } = await running
      expect(watched.wasSentDespiteAbort()).toBe(false)
      for (const go of held) go()
      await Promise.all(ended)
      expect(bytes).toBe("")
    })

    it("does not trust an abort of a caller's own fetch, which may send the request later", async () => {
      const url = post(await closedPort())
      const { watched } = await call((input, init) => fetch(input, init), url)
      expect(watched.wasSentDespiteAbort()).toBe(true)
    })
  })

  describe("closeIdleConnections", () => {
    const countingServer = async () => {
      const sockets = new Set<Socket>()
      const server = createHttpServer((request, response) => {
        sockets.add(request.socket)
        request.resume()
        request.on("end", () => (request.url === "/held" ? undefined : response.end("ok")))
      })
      return { sockets, url: `http://127.0.0.1:${await listen(server)}` }
    }

    it("makes the next request use a connection that was not used before", async () => {
      const { sockets, url } = await countingServer()
      for (let n = 1; n <= 3; n++) {
        await closeIdleConnections(`${url}/path`)
        const response = await watch(fetch, url).fetch(`${url}/`)
        await response.text()
        // The connection is idle once its request has ended for the runtime too.
        await new Promise((resolve) => setImmediate(resolve))
        expect(sockets.size).toBe(n)
      }
    })

    it("leaves alone a connection with a request under way", async () => {
      const { sockets, url } = await countingServer()
      await closeIdleConnections(url)
      const controller = new AbortController()
      const held = watch(fetch, url).fetch(`${url}/held`, { signal: controller.signal })
      await vi.waitFor(() => expect(sockets.size).toBe(1))
      await closeIdleConnections(url)
      expect([...sockets].map(({ destroyed }) => destroyed)).toEqual([false])
      controller.abort()
      await expect(held).rejects.toThrow()
    })
  })
})
