// Sends the same bytes to every client, over node's own `http`: what a call costs without any service behind it.
import { createServer } from "node:http"

process.once("message", ({ body }) => {
  const bytes = Buffer.from(body)
  const server = createServer((request, response) => {
    request.resume()
    request.on("end", () => {
      response.writeHead(200, { "content-type": "application/json", "content-length": bytes.length })
      response.end(bytes)
    })
  })
  server.listen(0, "127.0.0.1", () => process.send({ url: `http://127.0.0.1:${server.address().port}` }))
})
