// What the REST server is measured against: Fastify, sending the same bytes after the same check of a key.
import { createHash, timingSafeEqual } from "node:crypto"
import Fastify from "fastify"

const [body, key] = process.argv.slice(2)
const hash = (text) => createHash("sha256").update(text).digest()
const expected = hash(key)

const app = Fastify()
app.addHook("onRequest", async (request, reply) => {
  const shown = request.headers["x-api-key"]
  if (typeof shown !== "string" || !timingSafeEqual(hash(shown), expected)) {
    return reply.code(401).send({ detail: "Invalid API key" })
  }
})
app.get("/api/pods", async (_request, reply) => reply.type("application/json").send(body))
const address = await app.listen({ host: "127.0.0.1", port: 0 })
process.send?.({ address })
