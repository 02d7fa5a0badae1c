/** A small HTTP server on a free port, for stand-ins. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const readBody = async (request: IncomingMessage): Promise<Record<string, unknown>> => {
  let text = ""
  for await (const chunk of request) text += String(chunk)
  const parsed: unknown = text === "" ? {} : JSON.parse(text)
  return isRecord(parsed) ? parsed : {}
}

export type Handle = (
  path: string,
  body: Record<string, unknown>,
  response: ServerResponse,
  request: IncomingMessage,
) => void

export const answer = (
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void => {
  response.writeHead(status, { "content-type": "application/json", ...headers })
  response.end(typeof body === "string" ? body : JSON.stringify(body))
}

export const listen = async (
  handle: Handle,
): Promise<{ readonly url: string; readonly close: () => Promise<void> }> => {
  const server: Server = createServer((request, response) => {
    readBody(request).then(
      (body) => handle(request.url ?? "", body, response, request),
      () => response.destroy(),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const address = server.address()
  if (address === null || typeof address === "string") throw new Error("no port")
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** Somebody waits for something to become true; it is looked at after every change. */
export class Changes {
  readonly #waiting = new Set<() => void>()

  changed(): void {
    for (const look of [...this.#waiting]) look()
  }

  until<A>(find: () => A | undefined | false, what: string, patience = 20_000): Promise<A> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(look)
        reject(new Error(`waited in vain for ${what}`))
      }, patience)
      const look = (): void => {
        const found = find()
        if (found === undefined || found === false) return
        clearTimeout(timer)
        this.#waiting.delete(look)
        resolve(found)
      }
      this.#waiting.add(look)
      look()
    })
  }
}
