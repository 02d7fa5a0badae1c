/** Clients of a sandbox for tests: with a token, in memory, and without keeping their distance. */
import type { Sandbox } from "tsequence-sandbox"
import { type Pod, Sequence, type SequenceOptions } from "../../src/index.js"

export interface Connections {
  readonly connect: (options?: SequenceOptions) => Sequence
  readonly closeAll: () => Promise<void>
}

/** Makes clients of a sandbox that are closed together. */
export const connections = (sandbox: () => Sandbox): Connections => {
  const clients: Array<Sequence> = []
  return {
    connect: (options = {}) => {
      const { SEQUENCE_ORG_ID, SEQUENCE_KYC_ID, SEQUENCE_API_URL, SEQUENCE_APP_URL } = sandbox().env
      const client = Sequence.fromEnv(
        {
          accessToken: sandbox().issueTokens().accessToken,
          dataDir: false,
          rateLimit: { minInterval: 0, jitter: 0 },
          retry: { baseDelay: 1 },
          logger: false,
          ...options,
        },
        { SEQUENCE_ORG_ID, SEQUENCE_KYC_ID, SEQUENCE_API_URL, SEQUENCE_APP_URL },
      )
      clients.push(client)
      return client
    },
    closeAll: async () => {
      await Promise.all(clients.splice(0).map((client) => client.close()))
    },
  }
}

/** Counts the SDK's GraphQL requests that reached a sandbox, in all or with one operation. */
export const graphqlRequests = (sandbox: Sandbox, operation?: string) =>
  sandbox
    .requests()
    .filter(
      (request) =>
        request.path === "/api/graphql" && (operation === undefined || request.operation === operation),
    )

/** Two pods with at least this much in the first. */
export const twoPods = async (
  client: Sequence,
  cents = 5_000,
): Promise<{ source: Pod; destination: Pod }> => {
  const pods = await client.getPods()
  const source = pods.find(({ balanceCents }) => (balanceCents ?? 0) >= cents)
  const destination = pods.find((pod) => pod !== source && pod.balanceCents !== null)
  if (source === undefined || destination === undefined) throw new Error("the seed has no such pods")
  return { source, destination }
}
