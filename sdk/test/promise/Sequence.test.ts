import { getEventListeners } from "node:events"
import { inspect } from "node:util"
import type { TypedDocumentNode } from "@graphql-typed-document-node/core"
import { parse } from "graphql"
import { type Sandbox, startSandbox } from "tsequence-sandbox"
import { afterEach, beforeEach, describe, expect, expectTypeOf, it, vi } from "vitest"
import { ActivitySummaryDocument } from "../../src/generated/operations.js"
import { AmbiguousNameError, ConfigError, NotFoundError, TransferRejectedError } from "../../src/index.js"
import { connections, graphqlRequests as requestsTo, twoPods } from "../support/connect.js"

let sandbox: Sandbox
const { connect, closeAll } = connections(() => sandbox)
const graphqlRequests = () => requestsTo(sandbox)

beforeEach(async () => {
  sandbox = await startSandbox({ seed: 7, transfers: 120 })
})

afterEach(async () => {
  await closeAll()
  await sandbox.close()
})

describe("Sequence", () => {
  describe("reading", () => {
    it("reads pods with the balances of the ledger", async () => {
      const pods = await connect().getPods()
      expect(pods.length).toBeGreaterThan(1)
      const { balances } = sandbox.ledger()
      for (const pod of pods) expect(pod).toMatchObject({ kind: "POD", balanceCents: balances[pod.id] })
    })

    it("adds up what is in all pods", async () => {
      const client = connect()
      const [pods, total] = [await client.getPods(), await client.getTotalBalance()]
      expect(total).toEqual({
        podCount: pods.length,
        totalCents: pods.reduce((sum, { balanceCents }) => sum + (balanceCents ?? Number.NaN), 0),
      })
    })

    it("reads pods, ports and accounts of the organization", async () => {
      const { pods, ports, accounts, organizationId } = await connect().getAllAccounts()
      expect(organizationId).toBe(sandbox.env.SEQUENCE_ORG_ID)
      expect(pods.length * ports.length * accounts.length).toBeGreaterThan(0)
      expect(accounts.some(({ institutionName }) => institutionName !== null)).toBe(true)
    })

    it("finds a pod by a part of its name and none by an empty one", async () => {
      const client = connect()
      expect(await client.getPodBalance("GROCER")).toMatchObject({ name: "Groceries" })
      expect(await client.getPodBalance("no such pod")).toBeUndefined()
      expect(await client.getPodBalance(" ")).toBeUndefined()
    })

    it("reads every pod's detail and shows only the last digits of its account number", async () => {
      const client = connect()
      for (const pod of await client.getPods()) {
        const detail = await client.getPodDetail(pod.id)
        expect(detail).toMatchObject({ id: pod.id, name: pod.name, balanceCents: pod.balanceCents })
        if (detail.bankAccountNumber === null) continue
        expect(inspect(detail)).not.toContain(detail.bankAccountNumber)
        expect(inspect(detail)).toContain(detail.bankAccountNumber.slice(-4))
        expect(JSON.parse(JSON.stringify(detail))).toMatchObject({
          bankAccountNumber: detail.bankAccountNumber,
        })
      }
    })

    it("says which pod, organization or transfer does not exist", async () => {
      const client = connect()
      await expect(client.getPodDetail("nowhere")).rejects.toMatchObject({
        _tag: "NotFoundError",
        kind: "pod",
        key: "nowhere",
      })
      await expect(client.getTransferDetail("nowhere")).rejects.toBeInstanceOf(NotFoundError)
      await expect(client.getAllAccounts({ organizationId: "nowhere" })).rejects.toMatchObject({
        kind: "organization",
      })
      await expect(client.getActivity({ organizationId: "nowhere" })).rejects.toMatchObject({
        kind: "organization",
      })
    })

    it("reads rules and the money map", async () => {
      const { rules, connections, nodes } = await connect().getMoneyMap()
      expect(rules.length * connections.length * nodes.length).toBeGreaterThan(0)
      expect(rules.flatMap(({ steps }) => steps.flatMap(({ actions }) => actions)).length).toBeGreaterThan(0)
    })

    it("reads this month's summary", async () => {
      const summary = await connect().getActivitySummary()
      expect(summary).toEqual({
        transferCount: expect.any(Number),
        ruleExecutions: expect.any(Number),
        totalIncomingCents: expect.any(Number),
      })
    })
  })

  describe("activity", () => {
    it("pages through everything without leaving out or repeating any, whatever the size of a page", async () => {
      const client = connect()
      const collect = async (pageSize: number) => {
        const ids: Array<string> = []
        for await (const { id } of client.activity({ pageSize })) ids.push(id)
        return ids
      }
      const all = await collect(100)
      expect(all.length).toBeGreaterThanOrEqual(120)
      expect(new Set(all).size).toBe(all.length)
      expect(await collect(7)).toEqual(all)
    })

    it("reads only as many pages as are asked for", async () => {
      for await (const _ of connect().activity({ pageSize: 10 })) break
      expect(graphqlRequests()).toHaveLength(1)
    })

    it("filters as the service does", async () => {
      const { transfers } = await connect().getActivity({ first: 100, directions: ["INCOMING"] })
      expect(transfers.length).toBeGreaterThan(0)
      expect(transfers.every(({ direction }) => direction === "INCOMING")).toBe(true)
    })

    it.each([0, 101, 1.5, Number.NaN])("refuses a page of %d", async (first) => {
      await expect(connect().getActivity({ first })).rejects.toBeInstanceOf(ConfigError)
      expect(graphqlRequests()).toHaveLength(0)
    })

    it("reads the detail of every kind of transfer", async () => {
      const client = connect()
      const { transfers } = await client.getActivity({ first: 30 })
      for (const transfer of transfers) {
        const { details: _, rule: __, ...rest } = await client.getTransferDetail(transfer.id)
        expect(rest).toEqual(transfer)
      }
    })

    it("watches for what is new, and yields it once, oldest first", async () => {
      const client = connect()
      const { source, destination } = await twoPods(client)
      const seen: Array<number> = []
      const watch = client.watch({ interval: 1, pageSize: 2 })
      const first = watch.next()
      const looked = () => graphqlRequests().some(({ operation }) => operation === "ActivityLogV2Transfers")
      await expect.poll(looked).toBe(true)
      for (const amountCents of [101, 102, 103, 104, 105])
        await client.transfer({ source, destination, amountCents })
      seen.push((await first).value?.amountCents ?? 0)
      for (let i = 0; i < 4; i++) seen.push((await watch.next()).value?.amountCents ?? 0)
      await watch.return?.()
      expect(seen).toEqual([101, 102, 103, 104, 105])
    })
  })

  describe("transfer", () => {
    it("moves money and returns the new transfer's own id and the balances after it", async () => {
      const client = connect()
      const { source, destination } = await twoPods(client)
      const receipt = await client.transfer({
        source,
        destination,
        amountCents: 2_500,
        description: "groceries",
      })
      const { payments, balances } = sandbox.ledger()
      expect(payments).toHaveLength(1)
      expect(receipt).toMatchObject({ id: payments[0]?.id, amountCents: 2_500 })
      expect(balances[source.id]).toBe((source.balanceCents ?? 0) - 2_500)
      expect(receipt.organization?.pods.find(({ id }) => id === destination.id)?.balanceCents).toBe(
        balances[destination.id],
      )
      expect(await client.getTransferDetail(receipt.id ?? "")).toMatchObject({ amountCents: 2_500 })
    })

    it("gives equal transfers ids of their own", async () => {
      const client = connect()
      const { source, destination } = await twoPods(client)
      const receipts = await Promise.all(
        [1, 2, 3].map(() => client.transfer({ source, destination, amountCents: 100 })),
      )
      const ids = receipts.map(({ id }) => id)
      expect(ids).not.toContain(null)
      expect(new Set(ids)).toEqual(new Set(sandbox.ledger().payments.map(({ id }) => id)))
    })

    it("takes names, of which the exact one wins", async () => {
      const client = connect()
      const { source, destination } = await twoPods(client)
      const receipt = await client.transfer({
        source: source.name.toUpperCase(),
        destination: destination.name,
        amountCents: 1,
      })
      expect(receipt).toMatchObject({ source: { id: source.id }, destination: { id: destination.id } })
    })

    it("moves nothing where a name is unknown or could mean several", async () => {
      const client = connect()
      const { source } = await twoPods(client)
      await expect(
        client.transfer({ source, destination: "nowhere at all", amountCents: 1 }),
      ).rejects.toBeInstanceOf(NotFoundError)
      await expect(client.transfer({ source, destination: "e", amountCents: 1 })).rejects.toBeInstanceOf(
        AmbiguousNameError,
      )
      expect(sandbox.ledger().payments).toHaveLength(0)
    })

    it("says in the service's words why it refused", async () => {
      const client = connect()
      const { source, destination } = await twoPods(client)
      const amountCents = (source.balanceCents ?? 0) + 1
      await expect(client.transfer({ source, destination, amountCents })).rejects.toMatchObject({
        _tag: "TransferRejectedError",
        reason: "Insufficient funds",
        message: "Transfer failed: Insufficient funds",
      })
      expect(sandbox.ledger().payments).toHaveLength(0)
    })

    it.each([0, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2_147_483_648])(
      "refuses to move %d cents before anything is sent",
      async (amountCents) => {
        const client = connect()
        const ends = { source: { id: "a", type: "POD" }, destination: { id: "b", type: "POD" } } as const
        await expect(client.transfer({ ...ends, amountCents })).rejects.toBeInstanceOf(TransferRejectedError)
        expect(graphqlRequests()).toHaveLength(0)
      },
    )

    it("refuses to move money to where it comes from", async () => {
      const end = { id: "a", type: "POD" } as const
      await expect(connect().transfer({ source: end, destination: end, amountCents: 1 })).rejects.toThrow(
        "the same",
      )
      expect(graphqlRequests()).toHaveLength(0)
    })
  })

  describe("sharing", () => {
    it("asks once for what fifty callers want at the same time", async () => {
      const client = connect()
      const all = await Promise.all(Array.from({ length: 50 }, () => client.getPods()))
      expect(graphqlRequests()).toHaveLength(1)
      expect(new Set(all.map((pods) => JSON.stringify(pods))).size).toBe(1)
    })

    it("gives each caller objects of its own", async () => {
      const client = connect()
      const [a, b] = await Promise.all([client.getPods(), client.getPods()])
      expect(a).toEqual(b)
      expect(a[0]).not.toBe(b[0])
    })

    it("asks again for what is asked later", async () => {
      const client = connect()
      await client.getPods()
      await client.getPods()
      expect(graphqlRequests()).toHaveLength(2)
    })

    it("uses an answer again within maxAge, and not after a transfer", async () => {
      const client = connect({ maxAge: 60_000 })
      const { source, destination } = await twoPods(client)
      await client.getTotalBalance()
      expect(graphqlRequests()).toHaveLength(1)
      await client.transfer({ source, destination, amountCents: 100 })
      const after = await client.getPods()
      expect(graphqlRequests()).toHaveLength(3)
      expect(after.find(({ id }) => id === source.id)?.balanceCents).toBe((source.balanceCents ?? 0) - 100)
    })
  })

  it("reads rules whose words fit their schedule, whatever the seed of the sandbox", async () => {
    const words: Readonly<Record<string, RegExp>> = {
      "0 9 * * 1": /every Monday/,
      "0 6 1 * *": /on the first of the month/,
      "30 7 1,15 * *": /on the first and the fifteenth/,
    }
    const seen = new Set<string>()
    for (const seed of [1, 2, 3, 4, 5, 6]) {
      await using other = await startSandbox({ seed, transfers: 1 })
      const clients = connections(() => other)
      const { rules } = await clients.connect().getMoneyMap()
      await clients.closeAll()
      for (const { description, trigger } of rules) {
        const cron = trigger?.cron
        if (cron === null || cron === undefined) continue
        expect(description).toMatch(words[cron] ?? /no such schedule/)
        seen.add(cron)
      }
    }
    expect(seen.size).toBeGreaterThan(1)
  })

  describe("abort and close", () => {
    it.each(["activity", "watch"] as const)(
      "makes a loop over %s throw an AbortError, while it waits too, and leaving it is quiet",
      async (method) => {
        const client = connect()
        const controller = new AbortController()
        const { signal } = controller
        const { length: before } = sandbox.requests()
        const loop = async () => {
          for await (const _ of client[method]({ signal, pageSize: 1 })) controller.abort()
        }
        const ended = expect(loop()).rejects.toMatchObject({ name: "AbortError" })
        // A watch has read what there is, and waits for more.
        await vi.waitFor(() => expect(sandbox.requests().length).toBeGreaterThan(before))
        if (method === "watch") controller.abort()
        await ended
        for await (const _ of client.activity()) break
      },
    )

    it("rejects with an AbortError where the signal is aborted already, and sends nothing", async () => {
      await expect(connect().getPods({ signal: AbortSignal.abort() })).rejects.toMatchObject({
        name: "AbortError",
      })
      expect(graphqlRequests()).toHaveLength(0)
    })

    it("leaves no listener on a signal that many calls share", async () => {
      const client = connect()
      const { signal } = new AbortController()
      for (let i = 0; i < 20; i++) {
        const calls = Array.from({ length: 50 }, () => client.getPods({ signal }))
        expect(getEventListeners(signal, "abort").length).toBeLessThanOrEqual(1)
        await Promise.all(calls)
      }
      expect(getEventListeners(signal, "abort")).toHaveLength(0)
    })

    it("ends all calls that share a signal, and only those", async () => {
      const client = connect({ rateLimit: { minInterval: 60_000 } })
      await client.getPods()
      const controller = new AbortController()
      const aborted = [1, 2, 3].map((n) => client.getPodBalance(`${n}`, { signal: controller.signal }))
      const left = client.getMoneyMap({ timeout: 200 })
      controller.abort(new Error("enough"))
      for (const call of aborted) {
        await expect(call).rejects.toMatchObject({ name: "AbortError", cause: { message: "enough" } })
      }
      await expect(left).rejects.toMatchObject({ _tag: "TimeoutError" })
    })

    it("can be closed twice, and rejects calls afterwards", async () => {
      const client = connect()
      await client.getPods()
      await client.close()
      await client.close()
      await expect(client.getPods()).rejects.toThrow("The client was closed")
    })
  })

  describe("execute", () => {
    it("takes documents of code generators, as text or as syntax trees, and knows their types", async () => {
      const client = connect()
      const fromText = await client.execute(ActivitySummaryDocument)
      expectTypeOf(fromText.activitySummary.transferReferencesCount).toEqualTypeOf<number>()
      const tree: TypedDocumentNode<{ me: { id: string } }, { unused?: string }> =
        parse("query Me { me { id } }")
      const fromTree = await client.execute(tree)
      expectTypeOf(fromTree.me.id).toEqualTypeOf<string>()
      expect(fromText.me.id).toBe(fromTree.me.id)
    })

    it("sends a mutation once, and lets later reads see what it did", async () => {
      const client = connect({ maxAge: 60_000 })
      const { source, destination } = await twoPods(client)
      const pay = `mutation Pay($kyc: ID!, $from: ID!, $to: ID!) {
        forKYC(id: $kyc) {
          createPayment(fields: { amount: 100, source: { id: $from, type: POD }, destination: { id: $to, type: POD } }) {
            ok { organization { id } }
          }
        }
      }`
      const variables = { kyc: sandbox.env.SEQUENCE_KYC_ID, from: source.id, to: destination.id }
      await client.execute(pay, variables)
      const after = (await client.getPods()).find(({ id }) => id === source.id)
      expect(after?.balanceCents).toBe((source.balanceCents ?? 0) - 100)
      sandbox.faults({ operation: "Pay", times: "always", cut: "after" })
      await expect(client.execute(pay, variables)).rejects.toMatchObject({ _tag: "NetworkError", sent: true })
      expect(sandbox.ledger().payments).toHaveLength(2)
    })

    it("sends any document", async () => {
      const data = await connect().execute<{ me: { id: string } }>("query Me { me { id } }")
      expect(data.me.id).toEqual(expect.any(String))
    })

    it.each([
      "",
      "not graphql {",
      "query A { me { id } } query B { me { id } }",
      "fragment F on User { id }",
    ])("refuses %j", async (document) => {
      await expect(connect().execute(document)).rejects.toBeInstanceOf(ConfigError)
      expect(graphqlRequests()).toHaveLength(0)
    })
  })
})
