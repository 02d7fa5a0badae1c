/** Makes requests to the addresses that it is given, and tells what the evidence says of each. */
import dns from "node:dns"
import { codeOf, watch } from "../../../src/http/NetworkEvidence.js"

/** A request to make. */
export interface Order {
  readonly url: string
  /** Milliseconds until it is aborted. */
  readonly abortAfter?: number
  /** The addresses that the name in it stands for, tried one after the other. */
  readonly addresses?: ReadonlyArray<string>
}

/** The outcome of an attempt. */
export interface Report {
  readonly isAnswered: boolean
  readonly sent: boolean
  readonly code: string | undefined
}

const resolveTo = (addresses: ReadonlyArray<string>) =>
  Object.defineProperty(dns, "lookup", {
    value: (_name: string, _options: unknown, callback: (error: null, found: unknown) => void) =>
      callback(
        null,
        addresses.map((address) => ({ address, family: 4 })),
      ),
  })

const attempt = async ({ url, abortAfter, addresses }: Order): Promise<Report> => {
  if (addresses !== undefined) resolveTo(addresses)
  const watched = watch(globalThis.fetch, url)
  const signal = abortAfter === undefined ? null : AbortSignal.timeout(abortAfter)
  try {
    const response = await watched.fetch(url, { method: "POST", body: "{}", redirect: "manual", signal })
    await response.text()
    return { isAnswered: true, sent: true, code: undefined }
  } catch (thrown) {
    const sent = signal?.aborted === true ? watched.wasSentDespiteAbort() : watched.wasSent(thrown)
    return { isAnswered: false, sent, code: codeOf(thrown) }
  }
}

const orders: ReadonlyArray<Order> = JSON.parse(process.argv[2] ?? "[]")
const reports: Array<Report> = []
for (const order of orders) reports.push(await attempt(order))
console.log(JSON.stringify(reports))
process.exit()
