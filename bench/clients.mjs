// Clients of a sandbox, and of a server that sends what a sandbox once sent.
import { fork } from "node:child_process"
import { Sequence } from "tsequence"

export const NO_RATE_LIMIT = { minInterval: 0, jitter: 0 }

/** A client of a sandbox, with a token, in memory. */
export const connect = (sandbox, options = {}) =>
  new Sequence({
    accessToken: sandbox.issueTokens().accessToken,
    organizationId: sandbox.env.SEQUENCE_ORG_ID,
    kycId: sandbox.env.SEQUENCE_KYC_ID,
    apiUrl: sandbox.env.SEQUENCE_API_URL,
    appUrl: sandbox.url,
    dataDir: false,
    logger: false,
    rateLimit: NO_RATE_LIMIT,
    ...options,
  })

/** Records the request and the response of a read. */
export const record = async (sandbox, read) => {
  const seen = {}
  const client = connect(sandbox, {
    fetch: async (url, init) => {
      const response = await fetch(url, init)
      Object.assign(seen, { request: init.body, answer: await response.clone().text() })
      return response
    },
  })
  await read(client)
  await client.close()
  return seen
}

/** Starts a process that answers every request with these bytes. */
export const serveBytes = (body) =>
  new Promise((resolve) => {
    const child = fork(new URL("bytes-server.mjs", import.meta.url))
    child.once("message", ({ url }) => resolve({ url, close: () => child.kill() }))
    child.send({ body })
  })
