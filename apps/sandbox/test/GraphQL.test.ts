import { readFileSync } from "node:fs"
import {
  buildSchema,
  type GraphQLField,
  type GraphQLOutputType,
  getNamedType,
  isCompositeType,
  isInterfaceType,
  isUnionType,
} from "graphql"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Sandbox, startSandbox } from "../src/index.js"
import { ask, at, home, list, PAY, pay, withSandbox } from "./support.js"

const schema = buildSchema(readFileSync(new URL("../../../schema/schema.graphql", import.meta.url), "utf8"))

/** Fields seen with a value, as `Type.field`. */
type Seen = Set<string>

const ARGUMENTS: Readonly<Record<string, string>> = {
  "Query.organization": "(id: $org)",
  "User.offer": "(location: ACTIVITY_LOG)",
  "Pod.offer": "(location: POD_DRAWER)",
  "Organization.pod": "(id: $pod)",
  "Organization.transferReference": "(id: $transfer)",
  "Organization.transferReferences": "(first: 100)",
  "Pod.transferReferences": "(first: 5)",
}

/** The number of times that a type may come again on one way down, if once would not show all of it. */
const AGAIN: Readonly<Record<string, number>> = { ConditionGroup: 3 }

/**
 * Selects everything, without coming to the same type twice on one way down. An alias names type and field, since
 * members of a union may disagree about a field's type.
 */
const select = (type: GraphQLOutputType, path: readonly string[]): string => {
  const named = getNamedType(type)
  if (!isCompositeType(named)) return ""
  const way = [...path, named.name]
  if (isUnionType(named) || isInterfaceType(named)) {
    const members = schema.getPossibleTypes(named).filter((member) => isNew(member.name, path))
    return `{ __typename ${members.map((member) => `... on ${member.name} ${select(member, way)}`).join(" ")} }`
  }
  const fields = Object.values(named.getFields()).map((field) => selectField(named.name, field, way))
  return `{ __typename ${fields.join(" ")} }`
}

const isNew = (name: string, path: readonly string[]): boolean =>
  path.filter((before) => before === name).length < (AGAIN[name] ?? 1)

const selectField = (
  owner: string,
  field: GraphQLField<unknown, unknown>,
  path: readonly string[],
): string => {
  const named = getNamedType(field.type)
  if (isCompositeType(named) && !isNew(named.name, path)) return ""
  const inner = select(field.type, path)
  return `${owner}__${field.name}: ${field.name}${ARGUMENTS[`${owner}.${field.name}`] ?? ""} ${inner}`
}

const note = (value: unknown, seen: Seen): void => {
  if (typeof value !== "object" || value === null) return
  for (const [key, inner] of Object.entries(value)) {
    if (inner !== null) seen.add(key.replace("__", "."))
    note(inner, seen)
  }
}

/** Types that nothing leads to, and fields that only another moment fills. */
const UNREACHED = /^(OmniCard|Mutation|KYCActions|CreatePayment|PaymentError|Query\.__)/

describe("every field of the schema", () => {
  it(
    "answers without an error, and somewhere with a value",
    () =>
      withSandbox({ transfers: 400, pods: 12, accounts: 8, settleAfter: 1_000 }, async (sandbox) => {
        const { pod, account } = home(sandbox)
        await pay(sandbox, { source: account(0), destination: account(1) }, 100, {
          achDescription: "sandbox:fail",
        })
        sandbox.advance(1_000)
        const variables = {
          org: sandbox.env.SEQUENCE_ORG_ID,
          pod: pod(7).id,
          transfer: sandbox.ledger().payments[0]?.id,
        }
        const seen: Seen = new Set()
        const parts = Object.values(schema.getQueryType()?.getFields() ?? {})
        for (const field of parts) {
          const query = `query($org: ID!, $pod: ID!, $transfer: ID!) {
          ${selectField("Query", field, ["Query"])} used: organization(id: $org) { pod(id: $pod) { id } pods { debitCards { DebitCard__pod: pod { id } } } transferReference(id: $transfer) { id } } }`
          const { status, body } = await ask(sandbox, query, variables)
          expect(at(body, "errors")).toBeUndefined()
          expect(status).toBe(200)
          note(at(body, "data"), seen)
        }
        const fields = Object.values(schema.getTypeMap())
          .filter((type) => "getFields" in type && "getInterfaces" in type && !isInterfaceType(type))
          .filter(({ name }) => !name.startsWith("__"))
          .flatMap((type) =>
            Object.keys("getFields" in type ? type.getFields() : {}).map((name) => `${type.name}.${name}`),
          )
          .filter((name) => !UNREACHED.test(name))
        const never = fields.filter((name) => !seen.has(name))
        // What is right to be null: a trigger has one of several ids, nothing is disconnected, discounted or cancelled.
        expect(never).toEqual([
          "LinkedAccount.pendingDisconnectCode",
          "Offer.linkedTransferReferenceId",
          "FundsTransferTrigger.podId",
          "FundsTransferTrigger.accountId",
          "ScheduledTrigger.portId",
          "RemoteApiTrigger.portId",
          "ManualTrigger.portId",
          "ManualTrigger.podId",
          "SubscriptionPayment.discountCoupon",
          "SubscriptionPayment.cancelAt",
        ])
      }),
    30_000,
  )
})

describe("over HTTP", () => {
  let sandbox: Sandbox
  beforeAll(async () => {
    sandbox = await startSandbox({ organizations: 2, seed: "http" })
  })
  afterAll(() => sandbox.close())

  const send = (init: RequestInit, headers: Record<string, string> = {}) =>
    fetch(`${sandbox.url}/api/graphql`, {
      method: "POST",
      ...init,
      headers: {
        authorization: `Bearer ${sandbox.issueTokens().accessToken}`,
        "content-type": "application/json",
        ...headers,
      },
    })

  it.each([
    ["an unknown field", { query: "{ me { nothing } }" }],
    ["a syntax error", { query: "{ me {" }],
    ["a missing variable", { query: "query($id: ID!) { organization(id: $id) { id } }" }],
    ["a variable that does not fit", { query: PAY, variables: { id: "x", fields: { amount: "much" } } }],
    ["an amount beyond 32 bits", { query: PAY, variables: { id: "x", fields: { amount: 2_147_483_648 } } }],
    ["an unknown operation", { query: "query A { me { id } }", operationName: "B" }],
  ])("answers %s with errors and no data key: 400, or 200 in the classic media type", async (_, body) => {
    for (const [accept, status] of [
      ["application/graphql-response+json", 400],
      ["application/json", 200],
    ] as const) {
      const response = await send({ body: JSON.stringify(body) }, { accept })
      expect([response.status, response.headers.get("content-type")]).toEqual([
        status,
        `${accept}; charset=utf-8`,
      ])
      const answer: unknown = await response.json()
      expect([at(answer, "errors", 0, "message"), Object.keys(answer ?? {})]).toEqual([
        expect.any(String),
        ["errors"],
      ])
    }
  })

  it.each([
    ["no JSON", "{", 400],
    ["a list", "[]", 400],
    ["no query", "{}", 400],
    ["variables that are no object", `{"query":"{me{id}}","variables":[1]}`, 400],
  ])("answers a body with %s with 400", async (_, body, status) => {
    expect((await send({ body })).status).toBe(status)
  })

  it("takes POST of JSON only, and gives JSON only", async () => {
    expect((await send({ method: "GET" })).status).toBe(405)
    expect((await send({ body: "query={me{id}}" }, { "content-type": "text/plain" })).status).toBe(415)
    expect((await send({ body: `{"query":"{me{id}}"}` }, { accept: "text/html" })).status).toBe(406)
  })

  it("shows a user both organizations, and nobody else's", async () => {
    const query = "{ me { memberships { id organization { id kycs { id } pods { id } } } } }"
    const { body } = await ask(sandbox, query)
    const memberships = list(at(body, "data", "me", "memberships"))
    const known = sandbox.ledger().organizations
    const own = known.filter(({ isReadable }) => isReadable)
    expect(own).toHaveLength(2)
    expect(memberships.map((membership) => at(membership, "organization", "id"))).toEqual(
      own.map(({ id }) => id),
    )
    expect(memberships.map((membership) => at(membership, "organization", "kycs", 0, "id"))).toEqual(
      own.map(({ kycId }) => kycId),
    )
    const foreign = known.find(({ isReadable }) => !isReadable)
    const look = "query($id: ID!) { organization(id: $id) { id } }"
    for (const id of [foreign?.id, "none"]) {
      expect((await ask(sandbox, look, { id })).body).toEqual({ data: { organization: null } })
    }
  })

  it("gives null for a pod or transfer of another organization", async () => {
    const [own, second] = sandbox.ledger().organizations
    const query =
      "query($org: ID!, $pod: ID!) { organization(id: $org) { pod(id: $pod) { id } transferReference(id: $pod) { id } } }"
    const { body } = await ask(sandbox, query, { org: own?.id, pod: second?.pods[0] })
    expect(at(body, "data", "organization")).toEqual({ pod: null, transferReference: null })
  })

  it("gives the same world for the same seed", async () => {
    const pick = ({ env, ledger }: Sandbox) => [
      env.SEQUENCE_TOTP,
      env.SEQUENCE_KYC_ID,
      ledger().openingBalances,
    ]
    await withSandbox({ organizations: 2, seed: "http" }, async (twin) =>
      expect(pick(twin)).toEqual(pick(sandbox)),
    )
    await withSandbox({ organizations: 2, seed: 2 }, async (other) =>
      expect(pick(other)).not.toEqual(pick(sandbox)),
    )
  })
})

describe("update", () => {
  const POD = `query($org: ID!, $id: ID!) { organization(id: $org) { pod(id: $id) {
    name icon description metadata { balance { cents } } } } }`
  const podOf = async (sandbox: Sandbox, id: string | undefined) =>
    at(
      (await ask(sandbox, POD, { org: sandbox.env.SEQUENCE_ORG_ID, id })).body,
      "data",
      "organization",
      "pod",
    )

  it("adds pods of any name, twice of the same, and changes them", () =>
    withSandbox({}, async (sandbox) => {
      const names = ["Rent", "Rent", "🏠/a b?c#d", "  "]
      const ids = sandbox.update(names.map((name) => ({ add: "pod", name, balanceCents: 7 })))
      for (const [index, name] of names.entries()) {
        expect(await podOf(sandbox, ids[index])).toMatchObject({ name, metadata: { balance: { cents: 7 } } })
      }
      sandbox.update({ change: ids[0] ?? "", name: "New", icon: null, balanceCents: 0 })
      expect(await podOf(sandbox, ids[0])).toMatchObject({
        name: "New",
        icon: null,
        metadata: { balance: { cents: 0 } },
      })
    }))

  it("hides a balance, or all metadata, and shows them again", () =>
    withSandbox({}, async (sandbox) => {
      const { id } = home(sandbox).pod(0)
      sandbox.update({ change: id, hide: "balance" })
      expect(at(await podOf(sandbox, id), "metadata")).toEqual({ balance: null })
      sandbox.update({ change: id, hide: "metadata" })
      expect(at(await podOf(sandbox, id), "metadata")).toBeNull()
      sandbox.update({ change: id, hide: "nothing" })
      expect(at(await podOf(sandbox, id), "metadata", "balance", "cents")).toBe(sandbox.ledger().balances[id])
    }))

  it("refuses what makes no sense", () =>
    withSandbox({}, async (sandbox) => {
      expect(() => sandbox.update({ change: "none", name: "x" })).toThrow(RangeError)
      expect(() => sandbox.update({ add: "pod", name: "x", organizationId: "none" })).toThrow(
        "no such organization",
      )
      expect(() =>
        sandbox.update({ add: "activity", source: "none", destination: "x", amountCents: 1 }),
      ).toThrow(RangeError)
      expect(() => sandbox.update({ add: "pod", name: "x", balanceCents: 0.5 })).toThrow("balanceCents")
    }))
})
