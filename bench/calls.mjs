// One call over loopback without a rate limit, against a bare `fetch` and `JSON.parse` of the same bytes.
import { startSandbox } from "tsequence-sandbox"
import { connect, record, serveBytes } from "./clients.mjs"
import { inTurns, ratioRow } from "./figures.mjs"

const CASES = [
  { name: "20 pods", options: { pods: 20 }, read: (client) => client.getPods(), most: 2.1 },
  { name: "500 pods", options: { pods: 500 }, read: (client) => client.getPods(), most: 2.1 },
  {
    name: "a page of 100 transfers",
    options: { transfers: 200 },
    read: (client) => client.getActivity({ first: 100 }),
    most: 2.1,
  },
]

const bareCall = (url, body) => async () => {
  const answer = await fetch(url, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/json",
      authorization: "Bearer token",
    },
    body,
  })
  return JSON.parse(await answer.text())
}

const compare = async ({ name, options, read, most }, isQuick) => {
  const sandbox = await startSandbox(options)
  const { request, answer } = await record(sandbox, read)
  const server = await serveBytes(answer)
  const client = connect(sandbox, { apiUrl: `${server.url}/graphql`, appUrl: server.url })
  await sandbox.close()
  try {
    const cases = { ours: () => read(client), theirs: bareCall(`${server.url}/graphql`, request) }
    // Engines optimise what runs often, here after some 2,000 calls; a program that calls once waits for the network
    // anyway.
    await inTurns(cases, { rounds: 50, calls: 40 })
    const { ours, theirs } = await inTurns(cases, { rounds: isQuick ? 40 : 120, calls: 10 })
    return ratioRow({ what: `${name} / bare fetch`, ours, theirs, unit: "ms", most })
  } finally {
    await client.close()
    server.close()
  }
}

export const measure = async ({ isQuick }) => {
  const rows = []
  for (const one of isQuick ? CASES.slice(0, 1) : CASES) rows.push(await compare(one, isQuick))
  return rows
}
