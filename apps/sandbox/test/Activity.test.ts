import fc from "fast-check"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Sandbox, startSandbox } from "../src/index.js"
import { ask, at, home, list, pay, text, withSandbox } from "./support.js"

const PAGE = `query ActivityLogV2Transfers($organizationId: ID!, $filter: TransferReferenceFilter!, $after: String, $first: Int) {
  organization(id: $organizationId) {
    numberOfTransfers(filter: $filter) { count }
    transferReferences(filter: $filter, after: $after, first: $first) {
      pageInfo { startCursor endCursor hasNextPage hasPreviousPage }
      edges { cursor node { id status direction activityType createdAt
        source { ...End } destination { ...End } } } } } }
fragment End on TransferEndpoint { __typename ... on Pod { id name } ... on Port { name } ... on Account { name }
  ... on Merchant { name } ... on ExternalEntity { name } }`

type Variables = Record<string, unknown>

const page = async (sandbox: Sandbox, variables: Variables = {}) => {
  const given = {
    organizationId: sandbox.env.SEQUENCE_ORG_ID,
    filter: {},
    after: "",
    first: 100,
    ...variables,
  }
  const { body } = await ask(sandbox, PAGE, given)
  const connection = at(body, "data", "organization", "transferReferences")
  return {
    body,
    connection,
    count: at(body, "data", "organization", "numberOfTransfers", "count"),
    nodes: list(at(connection, "edges")).map((edge) => at(edge, "node")),
    info: at(connection, "pageInfo"),
  }
}

const ids = (nodes: readonly unknown[]): readonly string[] => nodes.map((node) => text(at(node, "id")))

/** Walks all pages; `between` is called after each. */
const walk = async (
  sandbox: Sandbox,
  variables: Variables,
  between = async () => {},
): Promise<readonly unknown[]> => {
  const nodes: unknown[] = []
  for (let after: unknown = ""; ; ) {
    const { nodes: more, info } = await page(sandbox, { ...variables, after })
    nodes.push(...more)
    if (at(info, "hasNextPage") !== true) return nodes
    after = at(info, "endCursor")
    await between()
  }
}

describe("transferReferences", () => {
  let sandbox: Sandbox
  beforeAll(async () => {
    sandbox = await startSandbox({ transfers: 350, now: () => 1_750_000_000_000 })
  })
  afterAll(() => sandbox.close())

  it("lists all, newest first, and says where pages begin and end", async () => {
    const nodes = await walk(sandbox, {})
    const times = nodes.map((node) => text(at(node, "createdAt")))
    expect(nodes).toHaveLength(350)
    expect(times).toEqual([...times].sort().reverse())
    const first = await page(sandbox, { first: 10 })
    expect(first.count).toBe(350)
    const edges = list(at(first.connection, "edges"))
    expect(first.info).toEqual({
      startCursor: at(edges[0], "cursor"),
      endCursor: at(edges[9], "cursor"),
      hasNextPage: true,
      hasPreviousPage: false,
    })
    const second = await page(sandbox, { first: 10, after: at(first.info, "endCursor") })
    expect(at(second.info, "hasPreviousPage")).toBe(true)
  })

  it.each([null, "", undefined])("takes %j as the first page", async (after) => {
    expect(ids((await page(sandbox, { after, first: 3 })).nodes)).toEqual(
      ids((await page(sandbox, { first: 100 })).nodes).slice(0, 3),
    )
  })

  it("refuses more than 100, less than 0, and cursors that are none", async () => {
    for (const wrong of [{ first: 101 }, { first: -1 }, { after: "nonsense" }]) {
      const { body } = await page(sandbox, wrong)
      expect(at(body, "errors", 0, "extensions", "code")).toBe("BAD_USER_INPUT")
    }
    expect((await page(sandbox, { first: 0 })).nodes).toEqual([])
  })

  it("walks to exactly the full list, whatever the page size and however many arrive meanwhile", async () => {
    const property = fc.asyncProperty(
      fc.integer({ min: 20, max: 100 }),
      fc.nat(3),
      async (first, arriving) => {
        const full = ids(await walk(sandbox, { first: 100 }))
        const { pod } = home(sandbox)
        const arrive = async () => {
          for (let index = 0; index < arriving; index += 1) {
            sandbox.update({ add: "activity", source: pod(0).id, destination: pod(1).id, amountCents: 1 })
          }
        }
        expect(ids(await walk(sandbox, { first }, arrive))).toEqual(full)
      },
    )
    await fc.assert(property, { numRuns: 12 })
  })

  it.each([
    [
      "statuses",
      { statuses: ["FAILED", "CANCELLED"] },
      (node: unknown) => /FAILED|CANCELLED/.test(text(at(node, "status"))),
    ],
    ["directions", { directions: ["INCOMING"] }, (node: unknown) => at(node, "direction") === "INCOMING"],
    [
      "activityTypes",
      { activityTypes: ["RULE", "ACH"] },
      (node: unknown) => /^(RULE|ACH)$/.test(text(at(node, "activityType"))),
    ],
    [
      "hideInternalTransfers",
      { hideInternalTransfers: true },
      (node: unknown) => at(node, "direction") !== "INTERNAL",
    ],
    ["name", { name: "groCER" }, (node: unknown) => JSON.stringify(node).includes("Groceries")],
    ["no name", { name: "nobody has this name" }, () => false],
    ["empty lists", { statuses: [], directions: [] }, () => true],
  ])("filters by %s", async (_, filter, keep) => {
    const all = await walk(sandbox, {})
    const wanted = all.filter(keep)
    expect(ids(await walk(sandbox, { filter, first: 20 }))).toEqual(ids(wanted))
    expect((await page(sandbox, { filter })).count).toBe(wanted.length)
  })

  it("combines filters", async () => {
    const filter = { statuses: ["COMPLETE"], directions: ["OUTGOING"], activityTypes: ["ACH"] }
    const nodes = await walk(sandbox, { filter })
    expect(nodes.length).toBeGreaterThan(0)
    for (const node of nodes) {
      expect(node).toMatchObject({ status: "COMPLETE", direction: "OUTGOING", activityType: "ACH" })
    }
  })

  it("shows of a pod only what begins or ends there", async () => {
    const pod = home(sandbox).pod(1)
    const query = `query($org: ID!, $id: ID!) { organization(id: $org) { pod(id: $id) {
      transferReferences(first: 100) { edges { node { id } } } } } }`
    const { body } = await ask(sandbox, query, { org: sandbox.env.SEQUENCE_ORG_ID, id: pod.id })
    const edges = list(at(body, "data", "organization", "pod", "transferReferences", "edges"))
    const touches = (node: unknown) =>
      [at(node, "source", "id"), at(node, "destination", "id")].includes(pod.id)
    const wanted = (await walk(sandbox, {})).filter(touches)
    expect(edges.map((edge) => at(edge, "node", "id"))).toEqual(ids(wanted).slice(0, 100))
  })
})

describe("dates", () => {
  it("are days of New York, both included, in winter and in summer", () =>
    withSandbox({ transfers: 0 }, async (sandbox) => {
      const { pod } = home(sandbox)
      const add = (createdAt: string) =>
        sandbox.update({
          add: "activity",
          source: pod(0).id,
          destination: pod(1).id,
          amountCents: 1,
          createdAt: Date.parse(createdAt),
        })
      for (const [day, first, last] of [
        ["2025-01-15", "2025-01-15T05:00:00.000Z", "2025-01-16T04:59:59.999Z"],
        ["2025-07-15", "2025-07-15T04:00:00.000Z", "2025-07-16T03:59:59.999Z"],
        // The clocks change on this day: it is an hour shorter.
        ["2025-03-09", "2025-03-09T05:00:00.000Z", "2025-03-10T03:59:59.999Z"],
      ] as const) {
        const inside = [add(first), add(last)].flat()
        add(new Date(Date.parse(first) - 1).toISOString())
        add(new Date(Date.parse(last) + 1).toISOString())
        const { nodes } = await page(sandbox, { filter: { createdAt: { start: day, end: day } } })
        expect(ids(nodes)).toEqual(inside.reverse())
      }
      const from = await page(sandbox, { filter: { createdAt: { start: "2025-07-16" } } })
      expect(from.nodes).toHaveLength(1)
      expect((await page(sandbox, { filter: { createdAt: { end: "2025-01-14" } } })).nodes).toHaveLength(1)
      const { body } = await page(sandbox, { filter: { createdAt: { start: "2025-02-30" } } })
      expect(at(body, "errors", 0)).toBeDefined()
    }))

  it("activitySummary counts the month of New York", () =>
    withSandbox({ transfers: 0, now: () => Date.parse("2025-08-01T04:30:00Z") }, async (sandbox) => {
      const { pod, port } = home(sandbox)
      const add = (createdAt: string, more: { activityType?: "RULE"; source?: string; status?: "FAILED" }) =>
        sandbox.update({
          add: "activity",
          source: pod(0).id,
          destination: port(0).id,
          amountCents: 500,
          createdAt: Date.parse(createdAt),
          ...more,
        })
      add("2025-08-01T03:59:59Z", { activityType: "RULE" })
      add("2025-08-01T04:00:00Z", { activityType: "RULE" })
      add("2025-08-01T04:10:00Z", { source: "external:Employer" })
      add("2025-08-01T04:20:00Z", { source: "external:Employer", status: "FAILED" })
      const query = `{ activitySummary { transferReferencesCount ruleExecutionsCount
        totalIncomingFundsInCents { cents formatted } } }`
      expect(at((await ask(sandbox, query)).body, "data", "activitySummary")).toEqual({
        transferReferencesCount: 3,
        ruleExecutionsCount: 1,
        totalIncomingFundsInCents: { cents: 500, formatted: "$5.00" },
      })
    }))
})

describe("an empty organization", () => {
  it("has an empty page without cursors", () =>
    withSandbox({ transfers: 0 }, async (sandbox) => {
      const { nodes, info } = await page(sandbox)
      expect(nodes).toEqual([])
      expect(info).toEqual({ startCursor: null, endCursor: null, hasNextPage: false, hasPreviousPage: false })
    }))
})

describe("a hundred thousand transfers", () => {
  it("are paged as quickly at the far end as at the near one", () =>
    withSandbox({ transfers: 100_000, pods: 20 }, async (sandbox) => {
      const { pod } = home(sandbox)
      await pay(sandbox, { source: pod(0), destination: pod(1) }, 1)
      expect((await page(sandbox)).count).toBe(100_001)
      const began = performance.now()
      const nodes: unknown[] = []
      let after: unknown = ""
      for (let index = 0; index < 40; index += 1) {
        const { nodes: more, info } = await page(sandbox, { after, filter: { name: "Rent" } })
        nodes.push(...more)
        after = at(info, "endCursor")
      }
      expect(new Set(ids(nodes)).size).toBe(4_000)
      // Each page also counts all that fit, which walks everything; a page that walked from the newest would add to it.
      expect(performance.now() - began).toBeLessThan(15_000)
    }))
})
