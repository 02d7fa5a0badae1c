import { readFileSync } from "node:fs"
import { Ajv2020 } from "ajv/dist/2020.js"
import { describe, expect, it } from "vitest"
import { parse } from "yaml"
import type { FaultSpec, PlatformKeyOptions, Sandbox, SandboxOptions } from "../src/index.js"
import { at, balance, home, list, pay, still, text, withSandbox } from "./support.js"

const DOCUMENT: unknown = parse(
  readFileSync(new URL("../../../schema/platform.openapi.yaml", import.meta.url), "utf8"),
)
const ajv = new Ajv2020({ strict: false, allErrors: true })
ajv.addSchema({ $id: "platform", components: at(DOCUMENT, "components") })

/** Compares a response with the schema that the document names for it. */
const problemsWith = (envelope: string, body: unknown): unknown => {
  const validate = ajv.compile({ $ref: `platform#/components/schemas/${envelope}` })
  return validate(body) ? [] : validate.errors
}

interface Ask {
  readonly key?: string
  readonly method?: string
  readonly body?: unknown
  readonly headers?: Record<string, string>
}

const client = (sandbox: Sandbox, standing = sandbox.platformEnv.SEQUENCE_PLATFORM_API_KEY) => {
  return async (path: string, { key = standing, method = "GET", body, headers = {} }: Ask = {}) => {
    const response = await fetch(`${sandbox.platformEnv.SEQUENCE_PLATFORM_API_URL}${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const content: unknown =
      response.headers.get("content-type")?.includes("json") === true
        ? await response.json()
        : await response.text()
    return { status: response.status, headers: response.headers, body: content }
  }
}

const codeOf = ({ body }: { readonly body: unknown }) => at(body, "error", "code")
const items = ({ body }: { readonly body: unknown }) => list(at(body, "data", "items"))
const ids = (response: { readonly body: unknown }) => items(response).map((item) => text(at(item, "id")))
const ends = (sandbox: Sandbox, amountInCents = 2_500) => ({
  sourceAccountId: sandbox.platform.idOf(home(sandbox).pod(0).id),
  destinationAccountId: sandbox.platform.idOf(home(sandbox).pod(1).id),
  amountInCents,
})
const allIds = (sandbox: Sandbox): string => {
  const { pods, ports } = home(sandbox).organization
  return [...pods, ...ports].map((id) => `accountIds[]=${sandbox.platform.idOf(id)}`).join("&")
}
const platform = (options: SandboxOptions["platform"]): SandboxOptions => ({
  ...still,
  platform: options ?? {},
})

describe("responses", () => {
  it.each(["A", "B", "C"] as const)("fit the document in shape %s", (shape) =>
    withSandbox(platform({ shape }), async (sandbox) => {
      const ask = client(sandbox)
      const [pod] = ids(await ask("/accounts?type=POD"))
      const [rule] = ids(await ask("/rules"))
      const transfers = await ask(`/transfers?${allIds(sandbox)}&origin=RULE&pageSize=5`)
      const made = await ask("/transfers", { method: "POST", body: ends(sandbox) })
      const executions = await ask(`/rules/${rule}/executions`)
      const [execution] = ids(executions)
      const seen = [
        ["AccountPageEnvelope", await ask("/accounts?state=ALL&pageSize=100")],
        ["AccountEnvelope", await ask(`/accounts/${pod}`)],
        ["TransferPageEnvelope", await ask(`/accounts/${pod}/transfers`)],
        ["BeneficiaryPageEnvelope", await ask("/beneficiaries")],
        ["RulePageEnvelope", await ask("/rules")],
        ["RuleEnvelope", await ask(`/rules/${rule}`)],
        ["ExecutionPageEnvelope", executions],
        ["ExecutionEnvelope", await ask(`/rules/${rule}/executions/${execution}`)],
        ["TransferPageEnvelope", transfers],
        ["TransferEnvelope", made],
        ["AuditEntryPageEnvelope", await ask("/audit-logs")],
        ["Failure", await ask("/accounts/none")],
      ] as const
      for (const [envelope, response] of seen)
        expect([envelope, problemsWith(envelope, response.body)]).toEqual([envelope, []])
      expect(seen.slice(0, -1).every(([, { status }]) => status < 300)).toBe(true)
      expect("hasNextPage" in Object(at(transfers.body, "data", "pagination"))).toBe(shape !== "A")
      expect("description" in Object(items(transfers)[0])).toBe(shape === "C")
    }),
  )

  it("never show a balance in a list, and a debt as a positive balance", () =>
    withSandbox(still, async (sandbox) => {
      const ask = client(sandbox)
      expect(JSON.stringify((await ask("/accounts?pageSize=100")).body)).not.toContain("balanceInCents")
      const debt = home(sandbox).account(2)
      const { body } = await ask(`/accounts/${sandbox.platform.idOf(debt.id)}`)
      expect(at(body, "data", "externalAccountType")).toBe("LIABILITY")
      expect(at(body, "data", "balance", "balanceInCents")).toBe(-balance(sandbox, debt))
      expect(at(body, "data", "balance", "balanceInCents")).toBeGreaterThan(0)
    }))

  it("have other ids than the GraphQL API, unless they are asked to be the same", async () => {
    for (const kind of ["other", "same"] as const) {
      await withSandbox(platform({ ids: kind }), async (sandbox) => {
        const { id } = home(sandbox).pod(0)
        const shown = ids(await client(sandbox)("/accounts?pageSize=100"))
        expect([shown.includes(id), shown.includes(sandbox.platform.idOf(id))]).toEqual([
          kind === "same",
          true,
        ])
      })
    }
  })
})

describe("requests", () => {
  it.each([
    ["/accounts?page=0", 400, "INVALID_PARAMETERS"],
    ["/accounts?pageSize=101", 400, "INVALID_PARAMETERS"],
    ["/accounts?type=BOAT", 400, "INVALID_PARAMETERS"],
    ["/accounts?sort=name", 400, "INVALID_PARAMETERS"],
    ["/transfers", 400, "INVALID_PARAMETERS"],
    ["/transfers?accountIds[]=none", 404, "ACCOUNT_NOT_FOUND"],
    ["/audit-logs?from=yesterday", 400, "INVALID_PARAMETERS"],
    ["/accounts/%", 404, "ACCOUNT_NOT_FOUND"],
    ["/transfers/none", 404, "TRANSFER_NOT_FOUND"],
    ["/rules/none", 404, "RULE_NOT_FOUND"],
  ])("%s gets %i %s", (path, status, code) =>
    withSandbox(still, async (sandbox) => {
      const response = await client(sandbox)(path)
      expect([response.status, codeOf(response)]).toEqual([status, code])
    }),
  )

  it("get a plain 404 for a path or a method that is not supported", () =>
    withSandbox(still, async (sandbox) => {
      const ask = client(sandbox)
      for (const response of [await ask("/nothing"), await ask("/accounts", { method: "DELETE" })]) {
        expect([response.status, response.body]).toEqual([404, "404 Not Found"])
      }
    }))

  it("with an unknown or revoked key get 401", () =>
    withSandbox(still, async (sandbox) => {
      const { id, key } = sandbox.platform.createKey()
      const ask = client(sandbox, key)
      expect((await ask("/beneficiaries")).status).toBe(200)
      expect(sandbox.platform.revokeKey(id)).toBe(true)
      for (const used of [key, "sk_other"])
        expect((await ask("/beneficiaries", { key: used })).status).toBe(401)
    }))

  it("are allowed by scope and by account", () =>
    withSandbox(still, async (sandbox) => {
      const [own, other] = [home(sandbox).pod(0).id, home(sandbox).pod(1).id]
      const status = async (options: PlatformKeyOptions, path: string) =>
        (await client(sandbox, sandbox.platform.createKey(options).key)(path)).status
      const account = (id: string) => `/accounts/${sandbox.platform.idOf(id)}`
      expect(await status({ scopes: [] }, "/beneficiaries")).toBe(200)
      expect(await status({ scopes: [] }, "/accounts")).toBe(403)
      expect(await status({ accountIds: [own] }, "/accounts")).toBe(200)
      expect(await status({ accountIds: [own] }, account(own))).toBe(200)
      expect(await status({ accountIds: [own] }, account(other))).toBe(403)
      expect(await status({ accountIds: [own] }, `/transfers?${allIds(sandbox)}`)).toBe(403)
      expect(await status({ scopes: ["READ_ACCOUNTS"] }, "/rules")).toBe(403)
    }))

  it("are in the log by their operation, and the key nowhere in it", () =>
    withSandbox(still, async (sandbox) => {
      const { id, key } = sandbox.platform.createKey()
      await client(sandbox, key)("/accounts")
      expect(sandbox.requests()).toMatchObject([
        { operation: "listAccounts", authorization: { tokenId: id } },
      ])
      expect(JSON.stringify(sandbox.requests())).not.toContain(key)
    }))

  it("are hit by faults that name their operation or their API", () =>
    withSandbox(still, async (sandbox) => {
      const faults: readonly FaultSpec[] = [
        { operation: "listRules", code: "UNEXPECTED_ERROR" },
        { target: "platform", code: "RATE_LIMIT_EXCEEDED" },
        { target: "platform", edge: {} },
      ]
      sandbox.faults(faults)
      const ask = client(sandbox)
      expect((await ask("/rules")).status).toBe(500)
      const limited = await ask("/accounts")
      expect([limited.status, limited.headers.get("retry-after")]).toEqual([429, "1"])
      expect((await ask("/accounts")).status).toBe(403)
      expect((await ask("/accounts")).status).toBe(200)
    }))
})

describe("the rate limit", () => {
  it.each([
    ["bucket", 1],
    ["window", 60],
  ] as const)("as a %s holds at the 101st request and says to wait for %i s", (rateModel, seconds) =>
    withSandbox(platform({ rateModel }), async (sandbox) => {
      const ask = client(sandbox)
      for (let count = 0; count < 100; count += 1) expect((await ask("/beneficiaries")).status).toBe(200)
      const limited = await ask("/beneficiaries")
      expect([limited.status, codeOf(limited)]).toEqual([429, "RATE_LIMIT_EXCEEDED"])
      expect(limited.headers.get("retry-after")).toBe(String(seconds))
      expect((await ask("/beneficiaries", { key: sandbox.platform.createKey().key })).status).toBe(200)
      sandbox.advance(seconds * 1000)
      expect((await ask("/beneficiaries")).status).toBe(200)
    }),
  )
})

describe("POST /transfers", () => {
  const post = (sandbox: Sandbox, body: unknown, key?: string, headers: Record<string, string> = {}) =>
    client(sandbox, key)("/transfers", { method: "POST", body, headers })

  it("moves money in the ledger that the GraphQL API shows too", () =>
    withSandbox({ ...still, settleAfter: 1_000 }, async (sandbox) => {
      const before = balance(sandbox, home(sandbox).pod(1))
      const made = await post(sandbox, ends(sandbox), undefined, { "idempotency-key": "one" })
      const id = text(at(made.body, "data", "id"))
      expect([made.status, at(made.body, "data", "status")]).toEqual([201, "PROCESSING"])
      expect(balance(sandbox, home(sandbox).pod(1)) - before).toBe(2_500)
      expect(sandbox.ledger().payments).toMatchObject([{ amountCents: 2_500, idempotencyKey: "one" }])
      const ask = client(sandbox)
      expect(codeOf(await ask(`/transfers/${id}`))).toBe("TRANSFER_NOT_FOUND")
      sandbox.advance(500)
      expect(at((await ask(`/transfers/${id}`)).body, "data", "status")).toBe("PENDING")
      sandbox.advance(500)
      expect(at((await ask(`/transfers/${id}`)).body, "data", "status")).toBe("COMPLETE")
    }))

  it("is shown beside what the GraphQL API booked", () =>
    withSandbox(still, async (sandbox) => {
      await pay(sandbox, { source: home(sandbox).pod(0), destination: home(sandbox).pod(1) }, 777)
      const [newest] = items(await client(sandbox)(`/transfers?${allIds(sandbox)}&pageSize=1`))
      expect(newest).toMatchObject({ amountInCents: 777, origin: "USER", direction: "INTERNAL" })
    }))

  it("repeats its response for a key, and books once", () =>
    withSandbox(still, async (sandbox) => {
      const send = (cents: number) =>
        post(sandbox, ends(sandbox, cents), undefined, { "idempotency-key": "k" })
      const [first, second] = [await send(500), await send(500)]
      expect(at(second.body, "data")).toEqual(at(first.body, "data"))
      expect(codeOf(await send(501))).toBe("IDEMPOTENCY_KEY_MISMATCH")
      expect(sandbox.ledger().payments).toHaveLength(1)
      sandbox.advance(86_400_000)
      expect((await send(501)).status).toBe(201)
      expect(sandbox.ledger().payments).toHaveLength(2)
    }))

  it("answers 409 while a fault holds the first request of a key", () =>
    withSandbox(still, async (sandbox) => {
      sandbox.faults({ operation: "createTransfer", delay: 60_000, act: true })
      const headers = { "idempotency-key": "k" }
      const held = post(sandbox, ends(sandbox), undefined, headers).catch(() => "cut off")
      await expect.poll(() => sandbox.ledger().payments, { interval: 5 }).toHaveLength(1)
      expect(codeOf(await post(sandbox, ends(sandbox), undefined, headers))).toBe("TRANSFER_IN_PROGRESS")
      await sandbox.close()
      expect(await held).toBe("cut off")
    }))

  it.each([
    [{ amountInCents: 99 }, "INVALID_PARAMETERS"],
    [{ description: "Rent-May" }, "INVALID_PARAMETERS"],
    [{ description: "12345678901" }, "INVALID_PARAMETERS"],
    [{ sourceAccountId: "none" }, "TRANSFER_SOURCE_NOT_FOUND"],
    [{ destinationAccountId: "none" }, "TRANSFER_DESTINATION_NOT_FOUND"],
    [{ memo: "x" }, "INVALID_PARAMETERS"],
  ])("refuses %j with %s", (change, code) =>
    withSandbox(still, async (sandbox) => {
      expect(codeOf(await post(sandbox, { ...ends(sandbox), ...change }))).toBe(code)
      expect(sandbox.ledger().payments).toEqual([])
    }),
  )

  it("holds a key to the pairs and amounts of its scope", () =>
    withSandbox(still, async (sandbox) => {
      const [source, target] = [home(sandbox).pod(0).id, home(sandbox).pod(1).id]
      const { key } = sandbox.platform.createKey({ transfers: [{ source, target, maxCents: 1_000 }] })
      expect((await post(sandbox, ends(sandbox, 1_000), key)).status).toBe(201)
      expect(codeOf(await post(sandbox, ends(sandbox, 1_001), key))).toBe("MAXIMUM_AMOUNT_EXCEEDED")
      const back = {
        sourceAccountId: sandbox.platform.idOf(target),
        destinationAccountId: sandbox.platform.idOf(source),
      }
      expect(codeOf(await post(sandbox, { ...back, amountInCents: 100 }, key))).toBe("ACCESS_DENIED")
    }))

  it("simulates without moving money, with the outcome that a real one would have", () =>
    withSandbox(platform({ freshDelay: 0 }), async (sandbox) => {
      const before = sandbox.ledger().balances
      const simulate = (cents: number) => post(sandbox, { ...ends(sandbox, cents), simulation: true })
      const good = await simulate(500)
      expect(at(good.body, "data")).toMatchObject({ status: "COMPLETE", executionMode: "SIMULATION" })
      const tooMuch = await simulate(2_000_000_00)
      expect(at(tooMuch.body, "data")).toMatchObject({
        status: "INCOMPLETE",
        errorCode: "INSUFFICIENT_FUNDS",
      })
      expect(sandbox.ledger().balances).toEqual(before)
      const ask = client(sandbox)
      const id = text(at(good.body, "data", "id"))
      expect((await ask(`/transfers/${id}`)).status).toBe(200)
      const path = `/transfers?${allIds(sandbox)}&pageSize=2`
      expect(ids(await ask(path))).not.toContain(id)
      expect(ids(await ask(`${path}&executionMode=SIMULATION`))).toContain(id)
    }))

  it("leaves a transfer that is not covered incomplete, and one that fails later with its code", () =>
    withSandbox({ ...still, settleAfter: 1_000 }, async (sandbox) => {
      const before = sandbox.ledger().balances
      const uncovered = await post(sandbox, ends(sandbox, 2_000_000_00))
      expect(at(uncovered.body, "data", "status")).toBe("INCOMPLETE")
      expect(sandbox.ledger().balances).toEqual(before)
      sandbox.faults({ operation: "createTransfer", failLater: "NAME_MISMATCH" })
      const failing = await post(sandbox, ends(sandbox))
      sandbox.advance(1_000)
      const { body } = await client(sandbox)(`/transfers/${at(failing.body, "data", "id")}`)
      expect(at(body, "data")).toMatchObject({ status: "ERROR", errorCode: "NAME_MISMATCH" })
      expect(sandbox.ledger().balances).toEqual(before)
    }))
})

describe("GET /transfers", () => {
  it("pages newest first, between two instants that are both included", () =>
    withSandbox(still, async (sandbox) => {
      const ask = client(sandbox)
      const path = `/transfers?${allIds(sandbox)}&pageSize=10`
      const first = await ask(path)
      const times = items(first).map((item) => text(at(item, "createdAt")))
      expect(times).toEqual([...times].sort().reverse())
      expect(ids(await ask(`${path}&page=2`)).some((id) => ids(first).includes(id))).toBe(false)
      const instant = (index: number) =>
        new Date(Date.parse(times[index] ?? "") + (index === 2 ? 1 : 0)).toISOString()
      const within = await ask(`${path}&from=${instant(5)}&to=${instant(2)}`)
      expect(ids(within)).toEqual(ids(first).slice(2, 6))
    }))

  it("says who called, why, and with which outcome in the list of calls", () =>
    withSandbox(still, async (sandbox) => {
      const ask = client(sandbox)
      await ask("/rules/none", { headers: { "x-called-reason": "a test" } })
      const response = await ask("/audit-logs")
      expect(items(response)[0]).toMatchObject({
        action: "GET_RULE",
        reason: "a test",
        outcome: "FAILURE",
        errorCode: "RULE_NOT_FOUND",
      })
      expect(at(response.body, "data", "window", "truncated")).toBe(false)
      expect(
        at((await ask("/audit-logs?from=2020-01-01T00:00:00Z")).body, "data", "window", "truncated"),
      ).toBe(true)
    }))
})
