import { describe, expect, it } from "vitest"
import { resolveBackoff } from "../../src/http/Backoff.js"
import { run } from "../../src/rest/Call.js"
import * as RestErrors from "../../src/rest/RestErrors.js"
import * as RestHttp from "../../src/rest/RestHttp.js"
import { transfer } from "../../src/rest/RestTransfers.js"
import {
  DailyLimitError,
  isSequenceError,
  type RestTransferRequest,
  type SequenceRest,
  TransferHeldError,
  TransferLimitError,
  TransferOutcomeUnknownError,
  TransferRejectedError,
} from "../../src/rest.js"
import { errorOf, failure, hangUp, json, KEY, receipt, silence, withServer } from "./server.js"

const request: RestTransferRequest = {
  source: { id: "a", kind: "POD" },
  destination: { id: "b", type: "ACCOUNT" },
  amountCents: 5_000,
}

const move = (client: SequenceRest) => client.transfer(request)

const inUse = failure(409, "IdempotencyKeyInUse", "A request with this Idempotency-Key is still running", {
  "retry-after": "2",
})

/** A transfer whose waits are written down instead of waited for. */
const moveNotingWaits = async (url: string, waits: Array<number>, timeout = 10_000) =>
  run("transfer", {}, timeout, (call) =>
    transfer(
      {
        http: RestHttp.make({ baseUrl: url, apiKey: KEY, fetch: undefined }),
        failures: RestErrors.make(KEY),
        backoff: resolveBackoff({ times: 1, baseDelay: 0 }),
        sleep: async (milliseconds) => void waits.push(milliseconds),
      },
      call,
      { operation: "transfer", path: "api/transfers", body: "{}", idempotencyKey: "key-1" },
    ),
  )

describe("SequenceRest.transfer", () => {
  it("sends the contract's body under a key of its own", () =>
    withServer([json(200, receipt)], async ({ client, arrived }) => {
      const first = await move(client)
      const second = await move(client)
      expect(arrived[0]).toMatchObject({ method: "POST", url: "/api/transfers" })
      expect(JSON.parse(arrived[0]?.body ?? "")).toEqual({
        source_id: "a",
        source_type: "POD",
        destination_id: "b",
        destination_type: "ACCOUNT",
        amount_cents: 5_000,
        description: "",
        instant: false,
        kyc_id: null,
      })
      expect(first).toMatchObject({
        id: "transfer-1",
        requestId: "attempt-1",
        amountCents: 5_000,
        replayed: false,
        idempotencyKey: arrived[0]?.headers["idempotency-key"],
        organization: { id: "org-1", pods: [{ kind: "POD", balanceCents: 150_000 }] },
      })
      expect(second.idempotencyKey).not.toBe(first.idempotencyKey)
    }))

  it("sends the caller's key, and says when an earlier request moved the money", () =>
    withServer([json(200, receipt, { "idempotent-replayed": "true" })], async ({ client, arrived }) => {
      const done = await client.transfer(request, { idempotencyKey: "rent-2026-01" })
      expect(done).toMatchObject({ replayed: true, idempotencyKey: "rent-2026-01" })
      expect(arrived[0]?.headers["idempotency-key"]).toBe("rent-2026-01")
    }))

  it.each(["", "a b", "ä", "x".repeat(256)])(
    "refuses %j as a key before anything is sent",
    (idempotencyKey) =>
      withServer([json(200, receipt)], async ({ client, arrived }) => {
        expect(await errorOf(client.transfer(request, { idempotencyKey }))).toMatchObject({
          _tag: "ConfigError",
        })
        expect(arrived).toHaveLength(0)
      }),
  )

  it.each([
    ["a lost connection", hangUp],
    ["a gateway's error", json(502, { message: "bad gateway" })],
    ["a bug of the server", failure(500, "Defect", "Internal Server Error")],
    ["an answer that does not fit", json(200, { id: 5 })],
  ])("asks again under the same key after %s", (_, reaction) =>
    withServer(
      [reaction, json(200, receipt, { "idempotent-replayed": "true" })],
      async ({ client, arrived }) => {
        expect(await move(client)).toMatchObject({ replayed: true })
        expect(arrived).toHaveLength(2)
        expect(new Set(arrived.map(({ headers }) => headers["idempotency-key"]))).toHaveProperty("size", 1)
        expect(arrived[1]?.body).toBe(arrived[0]?.body)
      },
    ),
  )

  it("does not know the outcome when every answer was lost, and names the key", () =>
    withServer([hangUp], async ({ client, arrived }) => {
      const error = await errorOf(move(client))
      expect(error).toBeInstanceOf(TransferOutcomeUnknownError)
      expect(error).toMatchObject({ cause: { _tag: "NetworkError" }, operation: "transfer" })
      expect(String(error)).toContain(String(arrived[0]?.headers["idempotency-key"]))
      expect(arrived).toHaveLength(3)
    }))

  it.each([
    [
      "a limit",
      failure(400, "DailyLimitError", "Amount 5000 cents exceeds daily remaining limit of 1 cents"),
    ],
    ["a wrong key", failure(401, "Unauthorized", "Invalid API key")],
    [
      "a held transfer",
      failure(409, "TransferHeldError", "Held back: … (request_id r) …", { "retry-after": "1" }),
    ],
    ["the service out of reach", failure(502, "NetworkError", "No connection")],
  ])("does not take %s for the outcome of a try whose answer was lost", (_, reaction) =>
    withServer([hangUp, reaction], async ({ client, arrived }) => {
      const error = await errorOf(move(client))
      expect(error).toBeInstanceOf(TransferOutcomeUnknownError)
      expect(error).toMatchObject({ cause: { _tag: expect.any(String) } })
      expect(arrived).toHaveLength(2)
    }),
  )

  it("takes a refusal by the service for the outcome of all tries", () =>
    withServer(
      [hangUp, failure(400, "TransferRejectedError", "Transfer failed: Insufficient funds")],
      async ({ client }) => {
        expect(await errorOf(move(client))).toBeInstanceOf(TransferRejectedError)
      },
    ))

  it.each([
    [
      "the limit of one",
      failure(400, "TransferLimitError", "Amount 1500000 cents exceeds per-transfer limit of 1000000 cents"),
      TransferLimitError,
      { amountCents: 1_500_000, limitCents: 1_000_000 },
    ],
    [
      "the day's limit",
      failure(400, "DailyLimitError", "Amount 500000 cents exceeds daily remaining limit of 200000 cents"),
      DailyLimitError,
      { amountCents: 500_000, remainingCents: 200_000, limitCents: undefined },
    ],
    [
      "the service's refusal",
      failure(400, "TransferRejectedError", "Transfer failed: Insufficient funds"),
      TransferRejectedError,
      { reason: "Insufficient funds", message: "Transfer failed: Insufficient funds" },
    ],
    [
      "an identical one",
      failure(
        409,
        "TransferHeldError",
        "Held back: an identical transfer (request_id r-1) has no known outcome yet",
        { "retry-after": "7" },
      ),
      TransferHeldError,
      { heldBy: "r-1", retryAfter: 7_000 },
    ],
    [
      "an outcome that the server does not know",
      failure(502, "TransferOutcomeUnknownError", "Transfer outcome unknown: no answer (request_id r-2)"),
      TransferOutcomeUnknownError,
      { requestId: "r-2" },
    ],
  ])("tells of %s, after one request", (_, reaction, type, fields) =>
    withServer([reaction], async ({ client, arrived }) => {
      const error = await errorOf(move(client))
      expect(error).toBeInstanceOf(type)
      expect(error).toMatchObject(fields)
      expect(isSequenceError(error)).toBe(true)
      expect(arrived).toHaveLength(1)
    }),
  )

  it("believes the fields beside the sentence, and the sentence only without them", async () => {
    const detail = "Amount 5 cents exceeds daily remaining limit of 1 cents"
    const told = { tag: "DailyLimitError", request_id: "r-7", amount_cents: 5, remaining_cents: 1 }
    const answers: ReadonlyArray<readonly [error: unknown, expected: object]> = [
      [
        { ...told, limit_cents: 9 },
        { _tag: "DailyLimitError", limitCents: 9, requestId: "r-7" },
      ],
      [
        { tag: "IdempotencyKeyError", request_id: "r-8" },
        { _tag: "IdempotencyKeyError", requestId: "r-8" },
      ],
      [{ tag: "NewError" }, { _tag: "DailyLimitError", limitCents: undefined, remainingCents: 1 }],
      [undefined, { _tag: "DailyLimitError", limitCents: undefined, remainingCents: 1 }],
    ]
    for (const [error, expected] of answers) {
      await withServer(
        [json(400, { detail, error }, { "x-error-tag": "DailyLimitError" })],
        async ({ client }) => {
          expect(await errorOf(move(client))).toMatchObject(expected)
        },
      )
    }
  })

  it("does not show the key of the client that comes back in a field", () =>
    withServer(
      [json(400, { detail: "no", error: { tag: "TransferRejectedError", reason: `the key is ${KEY}` } })],
      async ({ client }) => {
        const error = await errorOf(move(client))
        expect(error).toBeInstanceOf(TransferRejectedError)
        expect(String(error)).not.toContain(KEY)
      },
    ))

  it("waits as the server says for a request under the same key, however often", () =>
    withServer([hangUp, inUse, inUse, inUse, json(200, receipt)], async ({ url, arrived }) => {
      const waits: Array<number> = []
      expect(await moveNotingWaits(url, waits)).toMatchObject({ id: "transfer-1", idempotencyKey: "key-1" })
      expect(waits).toEqual([0, 2_000, 2_000, 2_000])
      expect(arrived).toHaveLength(5)
    }))

  it("does not count such waits as tries", () =>
    withServer([inUse, inUse, hangUp, json(200, receipt)], async ({ url, arrived }) => {
      expect(await moveNotingWaits(url, [])).toMatchObject({ id: "transfer-1" })
      expect(arrived).toHaveLength(4)
    }))

  it("does not wait longer than the call may take, and then does not know the outcome", () =>
    withServer([inUse], async ({ url, arrived }) => {
      const waits: Array<number> = []
      const error = await errorOf(moveNotingWaits(url, waits, 1_900))
      expect(error).toMatchObject({ _tag: "TransferOutcomeUnknownError", cause: { status: 409 } })
      expect(waits).toEqual([])
      expect(arrived).toHaveLength(1)
    }))

  it("comes back to a full queue, of which it knows that nothing was sent", () =>
    withServer(
      [failure(503, "QueueFullError", "100 requests wait for their turn already", { "retry-after": "3" })],
      async ({ url, arrived }) => {
        const waits: Array<number> = []
        expect(await errorOf(moveNotingWaits(url, waits))).toMatchObject({ _tag: "QueueFullError" })
        expect(waits).toEqual([3_000])
        expect(arrived).toHaveLength(2)
      },
    ))

  it("says of a server that is not there that nothing was sent", async () => {
    let gone = ""
    await withServer([silence], async ({ url }) => {
      gone = url
    })
    expect(await errorOf(moveNotingWaits(gone, []))).toMatchObject({ _tag: "NetworkError", sent: false })
  })

  it("does not know the outcome when its time is over", () =>
    withServer([silence], async ({ client }) => {
      const error = await errorOf(client.transfer(request, { timeout: 500 }))
      expect(error).toMatchObject({ _tag: "TransferOutcomeUnknownError", cause: { _tag: "TimeoutError" } })
    }))

  it("does not know the outcome when it is aborted under way, and was not sent when aborted before", async () => {
    const controller = new AbortController()
    const { signal } = controller
    await withServer([() => controller.abort()], async ({ client, arrived }) => {
      expect(await errorOf(client.transfer(request, { signal }))).toMatchObject({
        _tag: "TransferOutcomeUnknownError",
        cause: { name: "AbortError" },
      })
      expect(await errorOf(client.transfer(request, { signal }))).toMatchObject({ name: "AbortError" })
      expect(arrived).toHaveLength(1)
    })
  })

  it("does not follow a redirect with money in its hands", () =>
    withServer([json(307, {}, { location: "/api/transfers" })], async ({ client, arrived }) => {
      expect(await errorOf(move(client))).toMatchObject({
        _tag: "TransferOutcomeUnknownError",
        cause: { status: 307 },
      })
      expect(arrived).toHaveLength(1)
    }))
})
