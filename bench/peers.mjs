// What the REST server is measured against, in a process of its own: Fastify, or node's own `http`, sending the same
// bytes; Fastify after the same check of a key, and of a query if there is one.
import { createHash, timingSafeEqual } from "node:crypto"
import { createServer } from "node:http"
import Fastify from "fastify"

const hash = (text) => createHash("sha256").update(text).digest()

const querystring = {
  type: "object",
  properties: {
    first: { type: "integer", minimum: 1, maximum: 100 },
    directions: { type: "string", pattern: "^[A-Z_]*(,[A-Z_]+)*$" },
  },
}

const fastify = async ({ pods, activity, key }) => {
  const expected = hash(key)
  const app = Fastify()
  const onRequest = async (request, reply) => {
    const shown = request.headers["x-api-key"]
    if (typeof shown !== "string" || !timingSafeEqual(hash(shown), expected)) {
      return reply.code(401).send({ detail: "Invalid API key" })
    }
  }
  const send = (body) => async (_request, reply) => reply.type("application/json").send(body)
  app.get("/api/health", send('{"status":"ok"}'))
  app.get("/api/pods", { onRequest }, send(pods))
  app.get("/api/activity", { onRequest, schema: { querystring } }, send(activity))
  return app.listen({ host: "127.0.0.1", port: 0 })
}

const plain = ({ pods }) =>
  new Promise((resolve) => {
    const bytes = Buffer.from(pods)
    const server = createServer((_request, response) => {
      response.writeHead(200, { "content-type": "application/json", "content-length": bytes.length })
      response.end(bytes)
    })
    server.listen(0, "127.0.0.1", () => resolve(`http://127.0.0.1:${server.address().port}`))
  })

process.once("message", async (options) => {
  process.send({ address: await (options.peer === "fastify" ? fastify(options) : plain(options)) })
})
