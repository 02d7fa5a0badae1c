import { inspect } from "node:util"
import { type Sandbox, type SandboxOptions, startSandbox } from "tsequence-sandbox"
import { afterEach, describe, expect, it } from "vitest"
import { ConfigError, HttpError, Sequence, type SequenceOptions } from "../../src/index.js"

const closers: Array<() => Promise<void>> = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

const start = async (options: SandboxOptions = {}): Promise<Sandbox> => {
  const sandbox = await startSandbox({ settleAfter: 0, ...options })
  closers.push(sandbox.close)
  return sandbox
}

const unlimited = { requestsPerMinute: 0 } as const
const fast = { minInterval: 0, jitter: 0 }

const keyOf = (sandbox: Sandbox): string => sandbox.platformEnv.SEQUENCE_PLATFORM_API_KEY ?? ""

const clientOf = (sandbox: Sandbox, options: SequenceOptions = {}): Sequence => {
  const client = new Sequence({
    apiKey: keyOf(sandbox),
    platform: { baseUrl: sandbox.platformEnv.SEQUENCE_PLATFORM_API_URL },
    rateLimit: fast,
    logger: false,
    ...options,
  })
  closers.push(() => client.close())
  return client
}

const withLogin = (sandbox: Sandbox): Sequence => {
  const client = Sequence.fromEnv({ dataDir: false, rateLimit: fast, logger: false }, sandbox.env)
  closers.push(() => client.close())
  return client
}

const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => "no error",
    (error: unknown) => error,
  )

const all = async <A>(items: AsyncIterable<A>): Promise<ReadonlyArray<A>> => {
  const found: Array<A> = []
  for await (const item of items) found.push(item)
  return found
}

describe("a client with an API key", () => {
  it.each(["A", "B", "C"] as const)(
    "reads balances as a client with a login does, in shape %s",
    async (shape) => {
      const sandbox = await start({ platform: { ...unlimited, ids: "same", shape } })
      const [byKey, byLogin] = [clientOf(sandbox), withLogin(sandbox)]
      const money = (one: {
        readonly id: string
        readonly name: string
        readonly balanceCents: number | null
      }) => ({
        id: one.id,
        name: one.name,
        balanceCents: one.balanceCents,
      })
      expect((await byKey.getPods()).map(money)).toEqual((await byLogin.getPods()).map(money))
      expect(await byKey.getTotalBalance()).toEqual(await byLogin.getTotalBalance())
      expect((await byKey.getPodBalance("rent"))?.balanceCents).toBe(
        (await byLogin.getPodBalance("rent"))?.balanceCents,
      )
      const [mine, theirs] = [await byKey.getAllAccounts(), await byLogin.getAllAccounts()]
      expect(mine.ports.map(money)).toEqual(theirs.ports.map(money))
      // A lender that does not answer is an error in the balance here, and a number there.
      const known = mine.accounts.filter(({ balanceCents }) => balanceCents !== null).map(money)
      expect(theirs.accounts.map(money)).toEqual(expect.arrayContaining(known))
      expect(known.length).toBeGreaterThan(3)
      expect(known.some(({ balanceCents }) => (balanceCents ?? 0) < 0)).toBe(true)
    },
  )

  it("reads details of pods and transfers", async () => {
    const sandbox = await start({ platform: { ...unlimited, ids: "same" } })
    const [byKey, byLogin] = [clientOf(sandbox), withLogin(sandbox)]
    const payoff = (await byKey.getPods()).find(({ name }) => name === "Card Payoff")?.id ?? ""
    const [mine, theirs] = [await byKey.getPodDetail(payoff), await byLogin.getPodDetail(payoff)]
    expect([mine.bankAccountNumber, mine.debitCards, mine.limits]).toEqual([
      theirs.bankAccountNumber,
      null,
      null,
    ])
    expect(mine.liability).toMatchObject({
      type: "LIABILITY",
      balanceCents: Reflect.get(theirs.liability ?? {}, "balanceCents"),
    })
    expect(inspect(mine)).not.toContain(mine.bankAccountNumber)
    const { transfers } = await byKey.getActivity({ first: 1, activityTypes: ["RULE"] })
    const id = transfers[0]?.id ?? ""
    const [one, other] = [await byKey.getTransferDetail(id), await byLogin.getTransferDetail(id)]
    const fields = ({ amountCents, status, direction, activityType, createdAt }: typeof one) => ({
      amountCents,
      status,
      direction,
      activityType,
      createdAt,
    })
    expect(fields(one)).toEqual(fields(other))
    expect(one.rule).not.toBeNull()
    expect(await failure(byKey.getTransferDetail("none"))).toMatchObject({
      _tag: "NotFoundError",
      kind: "transfer",
    })
    expect(await failure(byKey.getPodDetail("../x"))).toMatchObject({ _tag: "NotFoundError", kind: "pod" })
    expect((await byKey.getActivitySummary()).transferCount).toBeGreaterThan(0)
  })

  it("reads what the environment names", async () => {
    const sandbox = await start({ platform: unlimited })
    const client = Sequence.fromEnv({ dataDir: false, rateLimit: fast }, sandbox.platformEnv)
    closers.push(() => client.close())
    expect(await client.getPods()).toHaveLength(8)
  })

  it("refuses what needs a login before it sends anything", async () => {
    const sandbox = await start()
    const client = clientOf(sandbox)
    const transfer = client.transfer({ source: "Main", destination: "Rent", amountCents: 100 })
    for (const call of [
      transfer,
      client.getMoneyMap(),
      client.checkKyc(),
      client.execute("query Me { me { id } }"),
    ]) {
      expect(await failure(call)).toBeInstanceOf(ConfigError)
    }
    expect(sandbox.requests()).toEqual([])
    expect(sandbox.ledger().payments).toEqual([])
  })

  it.each([
    [{ apiKey: "" }],
    [{ apiKey: "sk_a b" }],
    [{ apiKey: "sk_a\n" }],
    [{ apiKey: "sk_ü" }],
    [{ apiKey: "sk_secret", accessToken: "token" }],
    [{ apiKey: "sk_secret", safeguards: true }],
    [{ apiKey: "sk_secret", platform: { baseUrl: "http://example.com" } }],
    [{ apiKey: "sk_secret", platform: { baseUrl: "https://u:p@example.com" } }],
  ] satisfies ReadonlyArray<readonly [SequenceOptions]>)(
    "refuses the options %j without showing the key",
    (options) => {
      expect(() => new Sequence(options)).toThrow(ConfigError)
      expect(() => new Sequence(options)).not.toThrow(/sk_/)
    },
  )

  it("names the scope that is missing, and knows a balance that it may not read as unknown", async () => {
    const sandbox = await start({ platform: unlimited })
    const [own] = sandbox.ledger().organizations[0]?.pods ?? []
    const limited = sandbox.platform.createKey({ accountIds: [own ?? ""] }).key
    const client = clientOf(sandbox, { apiKey: limited })
    const pods = await client.getPods()
    expect(pods.filter(({ balanceCents }) => balanceCents !== null)).toHaveLength(1)
    expect(await failure(client.getTotalBalance())).toMatchObject({
      message: expect.stringContaining("READ_ACCOUNTS"),
    })
    const denied = await failure(client.getActivity())
    expect(denied).toBeInstanceOf(HttpError)
    expect(denied).toMatchObject({ status: 403, message: expect.stringContaining("READ_TRANSFERS") })
  })

  it("stays within 100 requests a minute, however they are counted", async () => {
    for (const rateModel of ["bucket", "window"] as const) {
      let now = 1_750_000_000_000
      const sandbox = await start({ pods: 120, now: () => now, platform: { rateModel } })
      sandbox.faults({ target: "platform", date: { omit: true }, times: "always" })
      // The sandbox's clock goes on by the least distance of requests at each of them.
      const stepping: typeof fetch = (input, init) => {
        now += 600
        return fetch(input, init)
      }
      expect(await clientOf(sandbox, { fetch: stepping }).getPods()).toHaveLength(120)
      expect(sandbox.requests().filter(({ status }) => status === 429)).toEqual([])
    }
  })

  it("waits as the service asks after 429, tries again after 500, and stops at 401", async () => {
    const sandbox = await start({ platform: unlimited })
    const client = clientOf(sandbox, { retry: { baseDelay: 1 } })
    sandbox.faults([
      { operation: "listAccounts", status: 429, retryAfter: 0 },
      { operation: "listAccounts", code: "UNEXPECTED_ERROR" },
    ])
    expect(await client.getPods()).toHaveLength(8)
    sandbox.clearRequests()
    sandbox.faults({ operation: "listAccounts", code: "UNAUTHORIZED" })
    expect(await failure(client.getPods())).toMatchObject({
      _tag: "AuthenticationError",
      reason: "Unauthorized",
    })
    expect(sandbox.requests()).toHaveLength(1)
  })

  it("says where a response does not fit, and shows the key in no error", async () => {
    const sandbox = await start({ platform: unlimited })
    const key = keyOf(sandbox)
    const client = clientOf(sandbox, { retry: { times: 0 } })
    const patch = { path: ["data", "items", 3, "id"], value: 7 }
    sandbox.faults({ operation: "listAccounts", patch })
    const misfit = await failure(client.getPods())
    expect(misfit).toMatchObject({ _tag: "UnexpectedResponseError", path: "data.items[3].id" })
    sandbox.faults([
      { operation: "listAccounts", status: 500, body: `Bearer ${key} and ${key}` },
      { operation: "listAccounts", edge: {} },
      { operation: "listAccounts", cut: "before" },
      { operation: "listAccounts", redirect: "https://example.com/" },
      { operation: "listAccounts", invalidJson: true },
    ])
    const errors = [misfit]
    for (let index = 0; index < 5; index += 1) errors.push(await failure(client.getPods()))
    expect(errors.map((error) => Reflect.get(Object(error), "_tag"))).toEqual([
      "UnexpectedResponseError",
      "HttpError",
      "HttpError",
      "NetworkError",
      "HttpError",
      "UnexpectedResponseError",
    ])
    expect(inspect(errors, { depth: 9, showHidden: true })).not.toContain(key)
  })
})

describe("the activity", () => {
  it.each([
    ["milliseconds", "C", 7],
    ["microseconds", "C", 20],
    ["seconds", "C", 9],
    ["seconds", "A", 100],
  ] as const)(
    "with times in %s and shape %s is walked in pages of %i to its end, each entry once, while new ones arrive",
    async (timestamps, shape, pageSize) => {
      const start0 = 1_750_000_000_000
      const sandbox = await start({
        transfers: 60,
        now: () => start0,
        platform: { ...unlimited, ids: "same", timestamps, shape },
      })
      const [source = "", destination = ""] = sandbox.ledger().organizations[0]?.pods ?? []
      const add = (createdAt: number) =>
        sandbox.update({ add: "activity", source, destination, amountCents: 100, createdAt })[0] ?? ""
      const old = Array.from({ length: 90 }, (_, index) => add(start0 - 5_000 + Math.floor(index / 30) * 300))
      const client = clientOf(sandbox)
      const before = await all(withLogin(sandbox).activity({ pageSize: 100 }))
      const seen: Array<string> = []
      for await (const { id } of client.activity({ pageSize })) {
        seen.push(id)
        if (seen.length % 3 === 0) add(start0 + seen.length)
      }
      expect(new Set(seen).size).toBe(seen.length)
      const cards = before.filter(({ destination }) => destination?.type === "MERCHANT").map(({ id }) => id)
      const expected = before.map(({ id }) => id).filter((id) => !cards.includes(id))
      expect(expected).toEqual(expect.arrayContaining(old))
      expect(seen.filter((id) => expected.includes(id)).sort()).toEqual([...expected].sort())
    },
  )

  it("keeps what a filter keeps, as with a login", async () => {
    const sandbox = await start({ platform: { ...unlimited, ids: "same" } })
    const [byKey, byLogin] = [clientOf(sandbox), withLogin(sandbox)]
    for (const filter of [
      { statuses: ["FAILED"] },
      { directions: ["INCOMING", "INTERNAL"], activityTypes: ["RULE"] },
      { hideInternal: true, name: "main", activityTypes: ["RULE", "DIRECT_DEPOSIT"] },
    ]) {
      const ids = async (client: Sequence) =>
        (await all(client.activity(filter)))
          .filter(({ destination }) => destination?.type !== "MERCHANT")
          .map(({ id }) => id)
      expect(await ids(byKey)).toEqual(await ids(byLogin))
    }
  })

  it("refuses a page size and a cursor that make no sense", async () => {
    const client = clientOf(await start({ platform: unlimited }))
    for (const options of [{ first: 0 }, { first: 101 }, { after: "x" }, { dateStart: "2026-02-30" }]) {
      expect(await failure(client.getActivity(options))).toBeInstanceOf(ConfigError)
    }
  })
})
