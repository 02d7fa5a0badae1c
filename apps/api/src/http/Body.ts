/** Receives bodies of bounded size. */
import type { IncomingMessage } from "node:http"
import { Effect } from "effect"
import { Refusal } from "./Answer.js"

/** Most bytes that a body may have. */
const MAX_BODY = 64 * 1024

const tooLarge = () =>
  new Refusal({
    status: 413,
    tag: "PayloadTooLarge",
    detail: `The body is larger than ${MAX_BODY} bytes`,
    headers: { connection: "close" },
  })

/** Receives the body; of one that is too large, nothing is kept. */
export const receive = (request: IncomingMessage): Effect.Effect<Uint8Array, Refusal> =>
  Effect.async((resume) => {
    if (Number(request.headers["content-length"] ?? 0) > MAX_BODY) return resume(Effect.fail(tooLarge()))
    const chunks: Array<Uint8Array> = []
    let size = 0
    const onData = (chunk: Uint8Array): void => {
      size += chunk.byteLength
      if (size <= MAX_BODY) {
        chunks.push(chunk)
        return
      }
      request.off("data", onData)
      chunks.length = 0
      resume(Effect.fail(tooLarge()))
    }
    request.on("data", onData)
    request.once("end", () => resume(Effect.succeed(Buffer.concat(chunks))))
    // A client that goes away in the middle gets no answer; the request is interrupted then.
  })
