/** Makes payments through the proxy of the environment. */
import { EnvHttpProxyAgent, setGlobalDispatcher } from "undici6"
import { Sequence } from "../../../src/index.js"
import { SequenceRest } from "../../../src/rest.js"

/** A payment to make. */
interface Payment {
  /** The origin of the service. */
  readonly origin: string
  readonly source: string
  readonly destination: string
}

/** The orders that it gets on its command line. */
export interface Orders {
  readonly payments: ReadonlyArray<Payment>
  readonly token: string
}

/** The outcome of a payment; empty for one that was accepted. */
export interface Outcome {
  readonly error?: string
  readonly sent?: boolean
}

/** The outcomes of the payments with either client. */
export interface Report {
  readonly client: Outcome
  readonly rest: Outcome
}

// What Node does itself with NODE_USE_ENV_PROXY, if it knows that.
if (!process.allowedNodeEnvironmentFlags.has("--use-env-proxy")) setGlobalDispatcher(new EnvHttpProxyAgent())

const orders: Orders = JSON.parse(process.argv[2] ?? "")
const retry = { times: 1, baseDelay: 1 }

const outcomeOf = (paying: Promise<unknown>): Promise<Outcome> =>
  paying.then(
    () => ({}),
    (thrown: Error) => ({ error: thrown.name, ...("sent" in thrown && { sent: thrown.sent === true }) }),
  )

const pay = async ({ origin, source, destination }: Payment): Promise<Report> => {
  const request = {
    source: { id: source, type: "POD" },
    destination: { id: destination, type: "POD" },
    amountCents: 100,
  } as const
  const client = Sequence.fromEnv(
    {
      accessToken: orders.token,
      apiUrl: `${origin}/api/graphql`,
      dataDir: false,
      rateLimit: { minInterval: 0, jitter: 0 },
      retry,
      logger: false,
    },
    process.env,
  )
  const rest = new SequenceRest({ baseUrl: origin, apiKey: "a-key-that-is-long-enough", retry })
  const report = {
    client: await outcomeOf(client.transfer(request)),
    rest: await outcomeOf(rest.transfer(request)),
  }
  await client.close()
  return report
}

const reports: Array<Report> = []
for (const payment of orders.payments) reports.push(await pay(payment))
console.log(JSON.stringify(reports))
process.exit()
