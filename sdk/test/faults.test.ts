import { inspect } from "node:util"
import { type FaultSpec, type Sandbox, startSandbox } from "tsequence-sandbox"
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"
import { isSequenceError, type Sequence, type SequenceError, type SequenceOptions } from "../src/index.js"
import { connections, graphqlRequests, twoPods } from "./support/connect.js"

let sandbox: Sandbox
const { connect: connectTo, closeAll } = connections(() => sandbox)

beforeAll(async () => {
  sandbox = await startSandbox({ seed: 7 })
})

afterEach(async () => {
  await closeAll()
  sandbox.clearFaults()
})

afterAll(() => sandbox.close())

const READ = "SelectSourceAndDestination"
const PAY = "CreatePayment"

const failure = async (run: Promise<unknown>): Promise<SequenceError> => {
  const thrown = await run.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (!isSequenceError(thrown)) throw new Error(`Expected one of the SDK's errors, got ${inspect(thrown)}`)
  return thrown
}

/** Counts the requests of an operation that a piece of work makes. */
const counting = async <A>(operation: string, work: () => Promise<A>): Promise<readonly [A, number]> => {
  const before = graphqlRequests(sandbox, operation).length
  const result = await work()
  return [result, graphqlRequests(sandbox, operation).length - before] as const
}

const at = (...path: ReadonlyArray<string | number>) => [
  "data",
  "me",
  "memberships",
  0,
  "organization",
  ...path,
]

describe("a read that goes wrong", () => {
  const connect = connectTo

  const cases: ReadonlyArray<readonly [string, FaultSpec, SequenceError["_tag"], number, object]> = [
    ["HTTP 500, three times", { status: 500 }, "HttpError", 3, { status: 500, retryable: true }],
    ["HTTP 503, three times", { status: 503 }, "HttpError", 3, { status: 503 }],
    ["HTTP 404", { status: 404 }, "HttpError", 1, { status: 404, retryable: false }],
    [
      "a redirect, which is not followed",
      { redirect: "http://127.0.0.1:9/elsewhere" },
      "HttpError",
      1,
      { status: 307 },
    ],
    ["429, three times", { status: 429 }, "RateLimitedError", 3, { retryAfter: undefined }],
    ["a page of the network edge", { edge: { challenge: true } }, "HttpError", 1, { status: 403 }],
    [
      "an HTML page with status 200",
      { edge: { status: 200 } },
      "UnexpectedResponseError",
      1,
      { status: 200 },
    ],
    ["an empty answer", { empty: true }, "UnexpectedResponseError", 1, {}],
    ["JSON that does not parse", { invalidJson: true }, "UnexpectedResponseError", 1, {}],
    ["an answer of 12 MB", { huge: 12 }, "UnexpectedResponseError", 1, {}],
    ["a connection cut before an answer, three times", { cut: "before" }, "NetworkError", 3, { sent: true }],
    ["a connection reset, three times", { cut: "after", reset: true }, "NetworkError", 3, { sent: true }],
    ["an answer cut in the middle, three times", { cut: "body" }, "NetworkError", 3, { sent: true }],
    ["GraphQL errors", { graphqlErrors: [{ message: "no", code: "INTERNAL" }] }, "GraphQLError", 1, {}],
    [
      "GraphQL errors beside data",
      { graphqlErrors: [{ message: "no" }], data: "keep" },
      "GraphQLError",
      1,
      {},
    ],
    ["a refused document", { graphqlErrors: [{ message: "no" }], errorStatus: 400 }, "GraphQLError", 1, {}],
    ["null data", { patch: { path: ["data"], value: null } }, "UnexpectedResponseError", 1, {}],
    [
      "a missing name",
      { patch: { path: at("pods", 1, "name"), remove: true } },
      "UnexpectedResponseError",
      1,
      { path: "me.memberships[0].organization.pods[1].name" },
    ],
    [
      "a name of another type",
      { patch: { path: at("pods", 0, "name"), value: 7 } },
      "UnexpectedResponseError",
      1,
      { path: "me.memberships[0].organization.pods[0].name" },
    ],
    [
      "half a cent",
      { patch: { path: at("pods", 0, "metadata", "balance", "cents"), value: 0.5 } },
      "UnexpectedResponseError",
      1,
      { path: "me.memberships[0].organization.pods[0].metadata.balance.cents" },
    ],
    [
      "no memberships",
      { patch: { path: ["data", "me", "memberships"], value: null } },
      "UnexpectedResponseError",
      1,
      { path: "me.memberships" },
    ],
  ]

  it.each(cases)("says so: %s", async (_, fault, tag, requests, fields) => {
    sandbox.faults({ operation: READ, times: "always", ...fault })
    const [error, sent] = await counting(READ, () => failure(connect().getPods()))
    expect(error).toMatchObject({ _tag: tag, operation: READ, ...fields })
    expect(sent).toBe(requests)
  })

  it.each([
    ["HTTP 500", { status: 500 }],
    ["429", { status: 429, retryAfter: 0 }],
    ["a lost connection", { cut: "before" }],
  ] satisfies ReadonlyArray<readonly [string, FaultSpec]>)("succeeds after %s twice", async (_, fault) => {
    sandbox.faults({ operation: READ, times: 2, ...fault })
    const [pods, sent] = await counting(READ, () => connect().getPods())
    expect(pods.length).toBeGreaterThan(0)
    expect(sent).toBe(3)
  })

  it("makes one request with no retries", async () => {
    sandbox.faults({ operation: READ, times: "always", status: 500 })
    const [, sent] = await counting(READ, () => failure(connect({ retry: { times: 0 } }).getPods()))
    expect(sent).toBe(1)
  })

  it("gives up a request after its own time-out and tries again", async () => {
    sandbox.faults({ operation: READ, times: 1, hang: true })
    const [pods, sent] = await counting(READ, () => connect({ attemptTimeout: 100 }).getPods())
    expect(pods.length).toBeGreaterThan(0)
    expect(sent).toBe(2)
  })

  it("gives up the call after the call's time-out, wherever it is", async () => {
    sandbox.faults({ operation: READ, times: 1, hang: true })
    expect(await failure(connect().getPods({ timeout: 100 }))).toMatchObject({
      _tag: "TimeoutError",
      sent: true,
      timeout: 100,
    })
    const waiting = connect({ rateLimit: { minInterval: 60_000 } })
    await waiting.getPods()
    expect(await failure(waiting.getPods({ timeout: 50 }))).toMatchObject({
      _tag: "TimeoutError",
      sent: false,
    })
  })

  it("waits as Retry-After says, and holds back other calls too", async () => {
    sandbox.faults({ operation: READ, status: 429, retryAfter: 1 })
    const client = connect()
    const started = performance.now()
    const summary = client.getPods().then(() => performance.now() - started)
    await expect.poll(() => graphqlRequests(sandbox, READ).at(-1)?.status).toBe(429)
    await client.getActivitySummary()
    expect(performance.now() - started).toBeGreaterThanOrEqual(990)
    expect(await summary).toBeGreaterThanOrEqual(990)
  })

  it("fails at once where Retry-After asks for longer than the call may take", async () => {
    sandbox.faults({ operation: READ, times: "always", status: 429, retryAfter: 100 })
    const client = connect({ timeout: 5_000 })
    const [error, sent] = await counting(READ, () => failure(client.getPods()))
    expect(error).toMatchObject({ _tag: "RateLimitedError", retryAfter: 100_000 })
    expect(sent).toBe(1)
    const [next, sentNext] = await counting(READ, () => failure(client.getTotalBalance()))
    expect(next).toMatchObject({ _tag: "RateLimitedError" })
    expect(sentNext).toBe(0)
  })

  it("asks of an answer only that what it needs fits", async () => {
    sandbox.faults({
      operation: READ,
      times: "always",
      patch: { path: at("accounts", 0, "name"), remove: true },
    })
    const client = connect()
    expect((await client.getPods()).length).toBeGreaterThan(0)
    expect(await failure(client.getAllAccounts())).toMatchObject({
      _tag: "UnexpectedResponseError",
      path: "me.memberships[0].organization.accounts[0].name",
    })
  })

  it("reads the answers of what stands in for fetch, whose bodies may be of another kind", async () => {
    const foreign: typeof fetch = async (input, init) =>
      Object.defineProperty(await fetch(input, init), "body", { value: {} })
    expect((await connect({ fetch: foreign }).getPods()).length).toBeGreaterThan(0)
    sandbox.faults({ operation: READ, huge: 12 })
    expect(await failure(connect({ fetch: foreign }).getPods())).toMatchObject({
      _tag: "UnexpectedResponseError",
    })
  })

  it("finds its way through whatever a fetch throws", async () => {
    const circular = new Error("round and round")
    circular.cause = circular
    const client = connect({ fetch: () => Promise.reject(circular), retry: { times: 0 } })
    expect(await failure(client.getPods())).toMatchObject({ _tag: "NetworkError", sent: true })
    const nameless: unknown = Object.create(null)
    const broken = connect({ fetch: () => Promise.reject(nameless), retry: { times: 0 } })
    await expect(broken.getPods()).rejects.toThrow()
  })

  it("passes on values that it does not know", async () => {
    sandbox.faults([
      {
        operation: READ,
        patch: { path: at("accounts", 0, "metadata"), value: { __typename: "NewMetadata" } },
      },
      {
        operation: "ActivityLogV2Transfers",
        patch: {
          path: ["data", "organization", "transferReferences", "edges", 0, "node", "status"],
          value: "HELD",
        },
      },
      {
        operation: "ActivityLogV2Transfers",
        patch: {
          path: ["data", "organization", "transferReferences", "edges", 0, "node", "source"],
          value: { __typename: "Safe" },
        },
      },
    ])
    const client = connect()
    const { accounts } = await client.getAllAccounts()
    expect(accounts[0]).toMatchObject({ metadataType: "NewMetadata", balanceCents: null })
    const { transfers } = await client.getActivity()
    expect(transfers[0]).toMatchObject({ status: "HELD", source: { type: "Safe", id: null, name: null } })
  })

  it("never takes a missing balance for 0", async () => {
    for (const patch of [{ value: null }, { remove: true as const }]) {
      sandbox.faults({
        operation: READ,
        times: 2,
        patch: { path: at("pods", 0, "metadata", "balance"), ...patch },
      })
      const client = connect()
      expect((await client.getPods())[0]?.balanceCents).toBeNull()
      expect(await failure(client.getTotalBalance())).toMatchObject({ _tag: "UnexpectedResponseError" })
    }
  })

  it("does not end the activity early where the service gives no way on", async () => {
    sandbox.faults({
      operation: "ActivityLogV2Transfers",
      patch: { path: ["data", "organization", "transferReferences", "pageInfo", "endCursor"], value: null },
    })
    const walk = async () => {
      for await (const _ of connect().activity({ pageSize: 2 })) {
        // only whether it ends matters
      }
    }
    expect(await failure(walk())).toMatchObject({ _tag: "UnexpectedResponseError" })
  })

  it("gets another token once after a 401, and says so where that is refused too", async () => {
    let asked = 0
    const client = connect({
      accessToken: undefined,
      tokenProvider: () => {
        asked += 1
        return sandbox.issueTokens().accessToken
      },
    })
    sandbox.faults({ operation: READ, status: 401 })
    const [pods, sent] = await counting(READ, () => client.getPods())
    expect([pods.length > 0, sent, asked]).toEqual([true, 2, 2])
    sandbox.faults({ operation: READ, times: "always", unauthenticated: true })
    const [error, sentAgain] = await counting(READ, () => failure(client.getPods()))
    expect(error).toMatchObject({ _tag: "AuthenticationError", reason: "Unauthorized" })
    expect(sentAgain).toBe(2)
  })

  it("does not repeat a login that failed", async () => {
    let asked = 0
    const tokenProvider = () => {
      asked += 1
      return Promise.reject(new Error("canary"))
    }
    const client = connect({ accessToken: undefined, tokenProvider })
    const [error, sent] = await counting(READ, () => failure(client.getPods()))
    expect(error).toMatchObject({ _tag: "AuthenticationError" })
    expect([asked, sent]).toEqual([1, 0])

    const { SEQUENCE_EMAIL = "", SEQUENCE_PASSWORD = "", SEQUENCE_TOTP = "", ...rest } = sandbox.env
    sandbox.faults({ path: "/u/login/password", method: "POST", times: "always", cut: "before" })
    const credentials = { email: SEQUENCE_EMAIL, password: SEQUENCE_PASSWORD, totp: SEQUENCE_TOTP }
    const byPassword = connect({
      accessToken: undefined,
      credentials,
      auth: { clientId: rest.SEQUENCE_AUTH0_CLIENT_ID, redirectUri: rest.SEQUENCE_AUTH0_REDIRECT_URI },
      authUrl: rest.SEQUENCE_AUTH_URL,
    })
    const before = sandbox.requests().length
    expect(await failure(byPassword.getPods())).toMatchObject({ _tag: "NetworkError" })
    const tries = sandbox
      .requests()
      .slice(before)
      .filter(({ path, method }) => path === "/u/login/password" && method === "POST")
    expect(tries).toHaveLength(1)
  })

  it("knows that nothing was sent where there is no connection", async () => {
    const gone = await startSandbox()
    await gone.close()
    const error = await failure(connect({ apiUrl: `${gone.url}/api/graphql` }).getPods())
    expect(error).toMatchObject({ _tag: "NetworkError", sent: false, code: "ECONNREFUSED" })
  })
})

describe("a transfer that goes wrong", () => {
  const connect = connectTo

  type Row = readonly [
    string,
    FaultSpec,
    SequenceError["_tag"],
    { readonly requests: number; readonly booked: number },
  ]
  const cases: ReadonlyArray<Row> = [
    [
      "the service's refusal",
      { refuse: "Pod is locked" },
      "TransferRejectedError",
      { requests: 1, booked: 0 },
    ],
    [
      "a validation error",
      { graphqlErrors: [{ message: "no such field" }], errorStatus: 400 },
      "TransferRejectedError",
      { requests: 1, booked: 0 },
    ],
    ["HTTP 403", { status: 403 }, "TransferRejectedError", { requests: 1, booked: 0 }],
    [
      "HTTP 410 after it acted",
      { status: 410, act: true },
      "TransferOutcomeUnknownError",
      { requests: 1, booked: 1 },
    ],
    [
      "an error above the payment",
      { graphqlErrors: [{ message: "no such KYC", path: ["forKYC"] }], data: "null" },
      "TransferRejectedError",
      { requests: 1, booked: 0 },
    ],
    [
      "a parent of the payment that is null",
      { status: 200, body: { data: { forKYC: null } } },
      "TransferRejectedError",
      { requests: 1, booked: 0 },
    ],
    [
      "an error at the payment",
      { graphqlErrors: [{ message: "no", path: ["forKYC", "createPayment"] }], data: "null", act: true },
      "TransferOutcomeUnknownError",
      { requests: 1, booked: 1 },
    ],
    [
      "JSON with the same key twice",
      {
        status: 200,
        act: true,
        contentType: "application/json",
        body: '{"data":{"forKYC":{"createPayment":{"ok":{}}}},"data":{"forKYC":null}}',
      },
      "TransferOutcomeUnknownError",
      { requests: 1, booked: 1 },
    ],
    [
      "429, three times",
      { status: 429, retryAfter: 0 },
      "TransferOutcomeUnknownError",
      { requests: 3, booked: 0 },
    ],
    [
      "401 where the token cannot be renewed",
      { status: 401 },
      "TransferOutcomeUnknownError",
      { requests: 1, booked: 0 },
    ],
    [
      "UNAUTHENTICATED in a 502 after it acted",
      {
        status: 502,
        act: true,
        body: { errors: [{ message: "no", extensions: { code: "UNAUTHENTICATED" } }] },
      },
      "TransferOutcomeUnknownError",
      { requests: 1, booked: 1 },
    ],
    [
      "null data in a 429 after it acted",
      { status: 429, act: true, body: { data: null } },
      "TransferOutcomeUnknownError",
      { requests: 1, booked: 1 },
    ],
    [
      "a connection cut before it acted",
      { cut: "before" },
      "TransferOutcomeUnknownError",
      { requests: 1, booked: 0 },
    ],
    [
      "a connection cut after it acted",
      { cut: "after" },
      "TransferOutcomeUnknownError",
      { requests: 1, booked: 1 },
    ],
    [
      "a reset after it acted",
      { cut: "after", reset: true },
      "TransferOutcomeUnknownError",
      { requests: 1, booked: 1 },
    ],
    [
      "an answer cut in the middle",
      { cut: "body" },
      "TransferOutcomeUnknownError",
      { requests: 1, booked: 1 },
    ],
    [
      "HTTP 500 after it acted",
      { status: 500, act: true },
      "TransferOutcomeUnknownError",
      { requests: 1, booked: 1 },
    ],
    ["HTTP 502 before it acted", { status: 502 }, "TransferOutcomeUnknownError", { requests: 1, booked: 0 }],
    ["HTTP 409", { status: 409, act: true }, "TransferOutcomeUnknownError", { requests: 1, booked: 1 }],
    [
      "an HTML page",
      { edge: { status: 200 }, act: true },
      "TransferOutcomeUnknownError",
      { requests: 1, booked: 1 },
    ],
    [
      "an empty answer",
      { empty: true, act: true },
      "TransferOutcomeUnknownError",
      { requests: 1, booked: 1 },
    ],
    ["JSON cut in half", { invalidJson: true }, "TransferOutcomeUnknownError", { requests: 1, booked: 1 }],
    [
      "an answer of 12 MB",
      { huge: 12, act: true },
      "TransferOutcomeUnknownError",
      { requests: 1, booked: 1 },
    ],
    [
      "a redirect",
      { redirect: "http://127.0.0.1:9/elsewhere" },
      "TransferOutcomeUnknownError",
      { requests: 1, booked: 0 },
    ],
    [
      "errors beside null data",
      { graphqlErrors: [{ message: "no" }], data: "null", act: true },
      "TransferOutcomeUnknownError",
      { requests: 1, booked: 1 },
    ],
    [
      "neither ok nor error",
      { patch: { path: ["data", "forKYC", "createPayment", "ok"], value: null } },
      "TransferOutcomeUnknownError",
      { requests: 1, booked: 1 },
    ],
    ["no answer in time", { hang: true }, "TransferOutcomeUnknownError", { requests: 1, booked: 0 }],
    [
      "no answer in time after it acted",
      { hang: true, act: true },
      "TransferOutcomeUnknownError",
      { requests: 1, booked: 1 },
    ],
  ]

  it.each(cases)("is called what it is, and sent once: %s", async (_, fault, tag, { requests, booked }) => {
    const client = connect({ attemptTimeout: 300 })
    const { source, destination } = await twoPods(client)
    sandbox.advance(600_000)
    const before = sandbox.ledger().payments.length
    sandbox.faults({ operation: PAY, times: "always", ...fault })
    const [error, sent] = await counting(PAY, () =>
      failure(client.transfer({ source, destination, amountCents: 1 })),
    )
    expect(error).toMatchObject({ _tag: tag })
    expect(sent).toBe(requests)
    expect(sandbox.ledger().payments.length - before).toBe(booked)
    if (tag === "TransferOutcomeUnknownError") {
      expect(error.message).toContain("The money may have moved")
      expect(error.retryable).toBe(false)
    }
  })

  it.each([
    ["refused", { refuse: "Account is under review." }, "TransferRejectedError"],
    [
      "not known",
      { status: 500, body: { errors: [{ message: "Account is under review." }] } },
      "TransferOutcomeUnknownError",
    ],
  ] satisfies ReadonlyArray<readonly [string, FaultSpec, string]>)(
    "says and logs the service's own words: %s",
    async (_, fault, tag) => {
      const lines: Array<string> = []
      const note = (line: string) => lines.push(line)
      const client = connect({ logger: { debug: note, info: note, warn: note, error: note } })
      const { source, destination } = await twoPods(client)
      sandbox.faults({ operation: PAY, ...fault })
      const error = await failure(client.transfer({ source, destination, amountCents: 1 }))
      expect(error).toMatchObject({ _tag: tag, message: expect.stringContaining("Account is under review") })
      expect(lines.join("\n")).toContain("Account is under review")
    },
  )

  it("names the setting if the organization's id stands for that of the KYC application", async () => {
    const organizationId = sandbox.env.SEQUENCE_ORG_ID ?? ""
    const client = connect({ kycId: organizationId })
    const { source, destination } = await twoPods(client)
    const before = sandbox.ledger().payments.length
    const error = await failure(client.transfer({ source, destination, amountCents: 1 }))
    expect(error).toMatchObject({
      _tag: "TransferRejectedError",
      message: expect.stringMatching(/KYC application not found.*SEQUENCE_KYC_ID/),
    })
    expect(sandbox.ledger().payments).toHaveLength(before)
    expect(await client.checkKyc()).toEqual({
      isCertain: true,
      message: expect.stringContaining("is the id of an organization"),
    })
  })

  it("checks the KYC application without moving money", async () => {
    expect(await connect().checkKyc()).toBeUndefined()
    expect(await connect({ kycId: "kyc-other" }).checkKyc()).toMatchObject({ isCertain: false })
  })

  describe.each([
    ["401", { status: 401 }],
    ["429", { status: 429, retryAfter: 0 }],
    ["UNAUTHENTICATED in a 200", { unauthenticated: true }],
  ] satisfies ReadonlyArray<readonly [string, FaultSpec]>)("and is answered %s", (_, fault) => {
    const ACTIVITY = "ActivityLogV2Transfers"
    const renewing = (options: SequenceOptions = {}) =>
      connect({ accessToken: undefined, tokenProvider: () => sandbox.issueTokens().accessToken, ...options })

    /** Advances the sandbox, so that no earlier transfer can be meant. */
    const prepare = async (client: Sequence) => {
      const ends = await twoPods(client)
      sandbox.advance(600_000)
      return { ...ends, before: sandbox.ledger().payments.length }
    }

    it("is accepted with its id if the activity shows it, and not sent again", async () => {
      const client = renewing()
      const { source, destination, before } = await prepare(client)
      sandbox.faults({ operation: PAY, act: true, ...fault })
      const [receipt, sent] = await counting(PAY, () =>
        client.transfer({ source, destination, amountCents: 31 }),
      )
      expect([sent, sandbox.ledger().payments.length - before]).toEqual([1, 1])
      expect(receipt).toMatchObject({ id: sandbox.ledger().payments.at(-1)?.id, amountCents: 31 })
    })

    it("is sent again if a complete read does not show it", async () => {
      const client = renewing()
      const { source, destination, before } = await prepare(client)
      sandbox.faults({ operation: PAY, ...fault })
      const [[receipt, sent], looks] = await counting(ACTIVITY, () =>
        counting(PAY, () => client.transfer({ source, destination, amountCents: 32 })),
      )
      expect([sent, sandbox.ledger().payments.length - before]).toEqual([2, 1])
      expect(looks).toBeGreaterThanOrEqual(1)
      expect(receipt.id).toBe(sandbox.ledger().payments.at(-1)?.id)
    })

    it("is unknown if the activity cannot be read, and not sent again", async () => {
      const client = renewing()
      const { source, destination, before } = await prepare(client)
      sandbox.faults([
        { operation: PAY, times: "always", act: true, ...fault },
        { operation: ACTIVITY, times: "always", status: 500 },
      ])
      const [error, sent] = await counting(PAY, () =>
        failure(client.transfer({ source, destination, amountCents: 33 })),
      )
      expect(error).toMatchObject({
        _tag: "TransferOutcomeUnknownError",
        message: expect.stringContaining("the activity could not be read"),
      })
      expect([sent, sandbox.ledger().payments.length - before]).toEqual([1, 1])
    })

    it("is unknown if an identical one from shortly before may be it, or the answer's time is forged", async () => {
      const client = renewing()
      const { source, destination, before } = await prepare(client)
      sandbox.faults({ operation: PAY, act: true, date: { offsetSeconds: 86_400 }, ...fault })
      const [error, sent] = await counting(PAY, () =>
        failure(client.transfer({ source, destination, amountCents: 34 })),
      )
      expect(error._tag).toBe("TransferOutcomeUnknownError")
      expect([sent, sandbox.ledger().payments.length - before]).toEqual([1, 1])
    })

    it("is unknown, in whole milliseconds, if the second try gets no turn", async () => {
      const client = renewing({ timeout: 700 })
      const { source, destination, before } = await prepare(client)
      sandbox.faults([
        { operation: PAY, act: true, ...fault },
        { operation: ACTIVITY, times: "always", hang: true },
      ])
      const error = await failure(client.transfer({ source, destination, amountCents: 35 }))
      expect(error._tag).toBe("TransferOutcomeUnknownError")
      expect(error.message).not.toMatch(/nothing was sent|\d\.\d+ ms/i)
      expect(sandbox.ledger().payments.length - before).toBe(1)
    })
  })

  const accepted: ReadonlyArray<readonly [string, FaultSpec | ReadonlyArray<FaultSpec>, number]> = [
    ["an error inside ok", { operation: PAY, okLost: true }, 1],
    ["errors beside ok", { operation: PAY, graphqlErrors: [{ message: "no" }], data: "keep" }, 1],
    [
      "an answer without the activity",
      {
        operation: PAY,
        patch: {
          path: ["data", "forKYC", "createPayment", "ok", "organization", "transferReferences"],
          remove: true,
        },
      },
      1,
    ],
    [
      "pods of another shape",
      {
        operation: PAY,
        patch: { path: ["data", "forKYC", "createPayment", "ok", "organization", "pods"], value: "none" },
      },
      1,
    ],
    ["429 first", { operation: PAY, status: 429, retryAfter: 0 }, 2],
  ]

  it.each(accepted)("is accepted, with its id, in spite of %s", async (_, faults, requests) => {
    const client = connect()
    const { source, destination } = await twoPods(client)
    sandbox.advance(600_000)
    sandbox.faults(faults)
    const [receipt, sent] = await counting(PAY, () =>
      client.transfer({ source, destination, amountCents: 1 }),
    )
    expect(receipt.id).toBe(sandbox.ledger().payments.at(-1)?.id)
    expect(sent).toBe(requests)
  })

  describe("gets the id of no other transfer", () => {
    const newest = ["data", "forKYC", "createPayment", "ok", "organization", "transferReferences", "edges"]
    /** The answer does not show the new transfer, and so leads into temptation. */
    const hideNewest: FaultSpec = { operation: PAY, patch: { path: [...newest, 0], remove: true } }

    const expectOwnId = async (pay: () => Promise<{ readonly id: string | null }>) => {
      const { id } = await pay()
      expect(id).toBe(sandbox.ledger().payments.at(-1)?.id)
    }

    it("not that of an equal one that was made before", async () => {
      const client = connect()
      const { source, destination } = await twoPods(client)
      await client.transfer({ source, destination, amountCents: 77 })
      sandbox.faults(hideNewest)
      await expectOwnId(() => client.transfer({ source, destination, amountCents: 77 }))
    })

    it("not that of an equal one that somebody else made a while ago", async () => {
      const client = connect()
      const { source, destination } = await twoPods(client)
      // Away from the transfers of other tests, so that the answer shows this one.
      sandbox.advance(60_000)
      sandbox.update({
        add: "activity",
        source: source.id,
        destination: destination.id,
        amountCents: 78,
        createdAt: sandbox.now() - 10_000,
      })
      sandbox.faults(hideNewest)
      await expectOwnId(() => client.transfer({ source, destination, amountCents: 78 }))
    })

    it("not that of an equal one that a rule made", async () => {
      const client = connect()
      const { source, destination } = await twoPods(client)
      sandbox.update({
        add: "activity",
        source: source.id,
        destination: destination.id,
        amountCents: 79,
        activityType: "RULE",
        createdAt: sandbox.now() + 60_000,
      })
      await expectOwnId(() => client.transfer({ source, destination, amountCents: 79 }))
    })
  })

  it("is not sent again after UNAUTHENTICATED from deep inside, where the service may have acted", async () => {
    const client = connect({ accessToken: undefined, tokenProvider: () => sandbox.issueTokens().accessToken })
    const { source, destination } = await twoPods(client)
    const path = ["forKYC", "createPayment"]
    sandbox.faults({
      operation: PAY,
      times: "always",
      graphqlErrors: [{ message: "no", code: "UNAUTHENTICATED", path }],
      data: "null",
      act: true,
    })
    const before = sandbox.ledger().payments.length
    const error = await failure(client.transfer({ source, destination, amountCents: 1 }))
    expect(error).toMatchObject({ _tag: "TransferOutcomeUnknownError" })
    expect(sandbox.ledger().payments.length - before).toBe(1)
  })

  it("is accepted without an id where the activity does not show it", async () => {
    const client = connect()
    const { source, destination } = await twoPods(client)
    sandbox.faults([
      { operation: PAY, okLost: true },
      { operation: "ActivityLogV2Transfers", times: "always", status: 500 },
    ])
    expect(await client.transfer({ source, destination, amountCents: 1 })).toMatchObject({
      id: null,
      amountCents: 1,
    })
  })

  it("goes out again with another token after a 401", async () => {
    const client = connect({ accessToken: undefined, tokenProvider: () => sandbox.issueTokens().accessToken })
    const { source, destination } = await twoPods(client)
    sandbox.advance(600_000)
    const before = sandbox.ledger().payments.length
    sandbox.faults({ operation: PAY, status: 401 })
    const [receipt, sent] = await counting(PAY, () =>
      client.transfer({ source, destination, amountCents: 1 }),
    )
    expect([receipt.id === null, sent, sandbox.ledger().payments.length - before]).toEqual([false, 2, 1])
  })

  it("is not failed, but unknown, where it is aborted after it was sent", async () => {
    const client = connect()
    const { source, destination } = await twoPods(client)
    sandbox.faults({ operation: PAY, delay: 200 })
    const before = sandbox.ledger().payments.length
    const sent = graphqlRequests(sandbox, PAY).length
    const controller = new AbortController()
    const outcome = failure(
      client.transfer({ source, destination, amountCents: 1 }, { signal: controller.signal }),
    )
    await expect.poll(() => graphqlRequests(sandbox, PAY).length).toBe(sent + 1)
    controller.abort()
    expect(await outcome).toMatchObject({
      _tag: "TransferOutcomeUnknownError",
      cause: { name: "AbortError" },
    })
    await client.close()
    expect(sandbox.ledger().payments.length - before).toBe(1)
  })

  it("is taken back where it is aborted while it waits", async () => {
    const client = connect({ rateLimit: { minInterval: 60_000 } })
    const ends = { source: { id: "a", type: "POD" }, destination: { id: "b", type: "POD" } } as const
    await client.getPods()
    const controller = new AbortController()
    const [thrown, sent] = await counting(PAY, () => {
      const transfer = client
        .transfer({ ...ends, amountCents: 1 }, { signal: controller.signal })
        .catch((error: unknown) => error)
      controller.abort()
      return transfer
    })
    expect(thrown).toMatchObject({ name: "AbortError" })
    expect(sent).toBe(0)
  })
})

describe("secrets", () => {
  const connect = connectTo

  it("stand in no error", async () => {
    const token = "canarytokencanarytoken"
    const client = connect({ accessToken: token, retry: { times: 0 }, attemptTimeout: 200 })
    const echo = `Bearer ${token} {"access_token":"${token}"} ?state=${token}`
    const faults: ReadonlyArray<FaultSpec> = [
      { status: 500, body: echo },
      { status: 400, body: echo },
      { edge: {} },
      { graphqlErrors: [{ message: echo }] },
      { cut: "before" },
      { hang: true },
      { invalidJson: true },
      { status: 401, body: echo },
    ]
    for (const fault of faults) {
      sandbox.clearFaults()
      sandbox.faults({ target: "graphql", times: "always", ...fault })
      const error = await failure(
        client.transfer({
          source: { id: "a", type: "POD" },
          destination: { id: "b", type: "POD" },
          amountCents: 1,
        }),
      )
      const shown = [
        inspect(error, { depth: null, showHidden: true }),
        JSON.stringify(error),
        error.stack,
        String(error.cause),
      ].join("\n")
      expect(shown).not.toContain(token)
    }
  })
})
