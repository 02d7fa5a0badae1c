import { inspect } from "node:util"
import { type RestTransferRequest, SequenceRest, type SequenceRestOptions } from "tsequence/rest"
import type { Sandbox } from "tsequence-sandbox"
import { describe, expect, it } from "vitest"
import { type Api, KEY, twoPods, withApi } from "./support.js"

const clientOf = ({ url }: Pick<Api, "url">, options: Partial<SequenceRestOptions> = {}): SequenceRest =>
  new SequenceRest({ baseUrl: url, apiKey: KEY, ...options })

const requestFor = async (sandbox: Sandbox, amountCents: number): Promise<RestTransferRequest> => {
  const [source, destination] = await twoPods(sandbox)
  return { source: { id: source, type: "POD" }, destination: { id: destination, kind: "POD" }, amountCents }
}

const errorOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => expect.unreachable(),
    (error: unknown) => error,
  )

const paid = ({ sandbox }: Api): number => sandbox.ledger().payments.length

/** A `fetch` that loses the first answers to transfers after the server has given them. */
const losing = (count: number): typeof fetch => {
  let left = count
  return async (input, init) => {
    const answer = await fetch(input, init)
    const isTransfer = init?.method === "POST"
    if (!isTransfer || left === 0) return answer
    left--
    await answer.arrayBuffer()
    throw new TypeError("fetch failed")
  }
}

describe("tsequence/rest and the server", () => {
  it("understand each other in every read", () =>
    withApi(async (api) => {
      const client = clientOf(api)
      expect(await client.getHealth()).toEqual({ status: "ok" })
      expect(await client.getReady()).toEqual({ status: "ready", unresolved: [] })

      const pods = await client.getPods()
      const total = await client.getTotalBalance()
      expect(total.podCount).toBe(pods.length)
      expect(total.totalCents).toBe(pods.reduce((sum, { balanceCents }) => sum + (balanceCents ?? 0), 0))
      const [first] = pods
      if (first === undefined) throw new Error("the sandbox has no pods")
      const { id, name, organizationId } = first
      expect(await client.getPodBalance(name.toUpperCase())).toEqual(first)
      expect(await client.getPodBalance("no pod is called this")).toBeUndefined()

      for (const pod of pods) {
        const detail = await client.getPodDetail(pod.id, { organizationId: pod.organizationId })
        expect(detail).toMatchObject({ id: pod.id, name: pod.name, balanceCents: pod.balanceCents })
      }
      expect(await client.getPodDetail(id)).toEqual(await client.getPodDetail(id, { organizationId }))

      const accounts = await client.getAllAccounts()
      expect(await client.getAllAccounts({ organizationId })).toEqual(accounts)
      expect(accounts.pods.map((pod) => pod.id)).toContain(id)
      expect(accounts.ports.length).toBeGreaterThan(0)
      expect(accounts.accounts.length).toBeGreaterThan(0)
      expect((await client.getActivitySummary()).transferCount).toBeGreaterThanOrEqual(0)
    }))

  it("understand each other about the activity, page after page", () =>
    withApi(async (api) => {
      const client = clientOf(api)
      const whole = await client.getActivity({ first: 30 })
      expect(whole.transfers).toHaveLength(30)
      const walked: Array<string> = []
      for await (const transfer of client.activity({ pageSize: 7 })) {
        walked.push(transfer.id)
        if (walked.length === 30) break
      }
      expect(walked).toEqual(whole.transfers.map(({ id }) => id))
      for (const { id, amountCents, createdAt } of whole.transfers) {
        expect(await client.getTransferDetail(id)).toMatchObject({ id, amountCents, createdAt })
      }
      const incoming = await client.getActivity({ directions: ["INCOMING"], hideInternal: true, first: 5 })
      expect(incoming.transfers.length).toBeGreaterThan(0)
      expect(new Set(incoming.transfers.map(({ direction }) => direction))).toEqual(new Set(["INCOMING"]))
    }))

  it("find pods whose names an address cannot hold as they are", () =>
    withApi(async (api) => {
      const names = ["Rent & Food / 100%", "🏖 Ferien?", "a#b+c d"]
      const ids = api.sandbox.update(names.map((name) => ({ add: "pod", name, balanceCents: 1 })))
      const client = clientOf(api)
      for (const [index, name] of names.entries()) {
        expect(await client.getPodBalance(name)).toMatchObject({ id: ids[index], name, balanceCents: 1 })
      }
    }))

  it("name every misuse", () =>
    withApi(async (api) => {
      const client = clientOf(api)
      const request = await requestFor(api.sandbox, 1)
      const stranger = clientOf(api, { apiKey: "another-key-altogether" })
      const refusal = await errorOf(stranger.getPods())
      expect(refusal).toMatchObject({ _tag: "AuthenticationError", reason: "Unauthorized" })
      expect(inspect(refusal, { depth: 9 })).not.toContain("another-key-altogether")
      expect(await errorOf(stranger.transfer(request))).toMatchObject({ _tag: "AuthenticationError" })
      expect(await errorOf(client.getTransferDetail("none"))).toMatchObject({
        _tag: "NotFoundError",
        kind: "transfer",
        key: "none",
        requestId: expect.any(String),
      })
      expect(await errorOf(client.getPodDetail("none"))).toMatchObject({ _tag: "NotFoundError", kind: "pod" })
      expect(await errorOf(client.getAllAccounts({ organizationId: "none" }))).toMatchObject({
        _tag: "NotFoundError",
        kind: "organization",
      })
      expect(await errorOf(client.getActivity({ first: 101 }))).toMatchObject({
        _tag: "ConfigError",
        problems: ["first: Input should be a whole number from 1 to 100"],
      })
      expect(await errorOf(client.transfer({ ...request, amountCents: 0.5 }))).toMatchObject({
        _tag: "ConfigError",
        problems: ["amount_cents: Input should be a whole number of cents, and at least 1"],
      })
      expect(paid(api)).toBe(0)
    }))

  it("list the pods of an ambiguous name", () =>
    withApi(async (api) => {
      const ids = api.sandbox.update([
        { add: "pod", name: "Twin", balanceCents: 1 },
        { add: "pod", name: "TWIN", balanceCents: 2 },
      ])
      const error = await errorOf(clientOf(api).getPodBalance("twin"))
      expect(error).toMatchObject({ _tag: "AmbiguousNameError", key: "twin", candidates: { length: 2 } })
      for (const id of ids) expect(String(error)).toContain(id)
    }))

  it("move money, once for each key", () =>
    withApi(async (api) => {
      const client = clientOf(api)
      const request = await requestFor(api.sandbox, 1_234)
      const receipt = await client.transfer(request, { idempotencyKey: "rent" })
      expect(receipt).toMatchObject({ amountCents: 1_234, replayed: false, idempotencyKey: "rent" })
      const balanceOf = (id: string) => receipt.organization?.pods.find((pod) => pod.id === id)?.balanceCents
      expect(balanceOf(request.destination.id)).toBe(1_234)
      expect(await client.transfer(request, { idempotencyKey: "rent" })).toEqual({
        ...receipt,
        replayed: true,
      })
      const other = { ...request, amountCents: 1 }
      expect(await errorOf(client.transfer(other, { idempotencyKey: "rent" }))).toMatchObject({
        _tag: "IdempotencyKeyError",
        requestId: receipt.requestId,
      })
      expect(paid(api)).toBe(1)
    }))

  it("move money once although answers are lost, and tell what became of it", () =>
    withApi(async (api) => {
      const client = clientOf(api, { fetch: losing(2), retry: { baseDelay: 0 } })
      const receipt = await client.transfer(await requestFor(api.sandbox, 500))
      expect(receipt).toMatchObject({ amountCents: 500, replayed: true, id: expect.any(String) })
      expect(paid(api)).toBe(1)
    }))

  it("can be asked again under the key of an outcome that the client does not know", () =>
    withApi(async (api) => {
      const request = await requestFor(api.sandbox, 500)
      const options = { idempotencyKey: "mine" }
      const client = clientOf(api, { fetch: losing(1), retry: { times: 0 } })
      const error = await errorOf(client.transfer(request, options))
      expect(error).toMatchObject({ _tag: "TransferOutcomeUnknownError" })
      expect(String(error)).toContain('"mine"')
      expect(await client.transfer(request, options)).toMatchObject({ replayed: true, amountCents: 500 })
      expect(paid(api)).toBe(1)
    }))

  it("agree that an outcome is not known, and on the request_id to look for", () =>
    withApi(async (api) => {
      api.sandbox.faults([
        { operation: "CreatePayment", cut: "after" },
        // The first read is the one that tells the time before sending.
        { operation: "ActivityLogV2Transfers", status: 403, after: 1, times: 1_000 },
      ])
      const request = await requestFor(api.sandbox, 500)
      const error = await errorOf(clientOf(api).transfer(request))
      expect(error).toMatchObject({ _tag: "TransferOutcomeUnknownError" })
      const { unresolved } = await clientOf(api).getReady()
      expect(unresolved).toMatchObject([{ amountCents: 500 }])
      const { requestId } = unresolved[0] ?? {}
      expect(error).toMatchObject({ requestId })
      expect(await errorOf(clientOf(api).transfer(request))).toMatchObject({
        _tag: "TransferHeldError",
        heldBy: requestId,
      })
      expect(paid(api)).toBe(1)
    }))

  it("agree on the limits", () =>
    withApi(
      async (api) => {
        const client = clientOf(api)
        const request = await requestFor(api.sandbox, 1_000_000)
        expect(await errorOf(client.transfer({ ...request, amountCents: 1_500_000 }))).toMatchObject({
          _tag: "TransferLimitError",
          amountCents: 1_500_000,
          limitCents: 1_000_000,
        })
        await client.transfer(request)
        expect(await errorOf(client.transfer({ ...request, amountCents: 500_000 }))).toMatchObject({
          _tag: "DailyLimitError",
          amountCents: 500_000,
          remainingCents: 200_000,
        })
        expect(paid(api)).toBe(1)
      },
      { variables: { SEQUENCE_MAX_DAILY_TRANSFER_CENTS: "1200000" } },
    ))

  it("pass on the service's refusal", () =>
    withApi(async (api) => {
      const request = await requestFor(api.sandbox, 500)
      const back = { source: request.destination, destination: request.source, amountCents: 500 }
      expect(await errorOf(clientOf(api).transfer(back))).toMatchObject({
        _tag: "TransferRejectedError",
        reason: expect.stringMatching(/insufficient/i),
      })
    }))
})
