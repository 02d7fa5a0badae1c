import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type LedgerSnapshot, type Sandbox, startSandbox } from "../src/index.js"
import { ask, at, balance, home, list, pay, still, withSandbox } from "./support.js"

const outcome = (body: unknown): unknown => at(body, "data", "forKYC", "createPayment")
const message = (body: unknown): unknown => at(outcome(body), "error", "message")
const total = ({ balances }: LedgerSnapshot): number =>
  Object.values(balances).reduce((sum, cents) => sum + cents, 0)
const statusOf = (sandbox: Sandbox, index: number) => sandbox.ledger().payments[index]?.status
const reasonOf = (sandbox: Sandbox, index: number) => sandbox.ledger().payments[index]?.errorReason

/** Works the balances out again from the opening ones and every entry since. */
const recomputed = ({ openingBalances, entries }: LedgerSnapshot): Record<string, number> => {
  const balances: Record<string, number> = { ...openingBalances }
  for (const { from, to, amountCents } of entries) {
    balances[from] = (balances[from] ?? 0) - amountCents
    balances[to] = (balances[to] ?? 0) + amountCents
  }
  return balances
}

describe("createPayment", () => {
  it("moves money between pods at once, and the answer shows it", () =>
    withSandbox(still, async (sandbox) => {
      const { pod } = home(sandbox)
      const ends = { source: pod(0), destination: pod(1) }
      const [from, to] = [balance(sandbox, pod(0)), balance(sandbox, pod(1))]
      const { body } = await pay(
        sandbox,
        ends,
        12_345,
        { achDescription: "Lunch" },
        { "x-request-id": "webapp-1" },
      )

      expect([balance(sandbox, pod(0)), balance(sandbox, pod(1))]).toEqual([from - 12_345, to + 12_345])
      const organization = at(outcome(body), "ok", "organization")
      const shown = list(at(organization, "pods")).map((shownPod) =>
        at(shownPod, "metadata", "balance", "cents"),
      )
      expect(shown.slice(0, 2)).toEqual([from - 12_345, to + 12_345])
      const [payment, ...others] = sandbox.ledger().payments
      expect(others).toEqual([])
      expect(payment).toMatchObject({
        ...ends,
        amountCents: 12_345,
        description: "Lunch",
        instant: false,
        requestId: "webapp-1",
        kycId: sandbox.env.SEQUENCE_KYC_ID,
        status: "PENDING",
      })
      const newest = at(organization, "transferReferences", "edges", 0, "node")
      expect(newest).toMatchObject({ id: payment?.id, status: "PENDING", amount: { cents: 12_345 } })
    }))

  const kinds = ["pod", "port", "account"] as const
  it.each(kinds.flatMap((from) => kinds.map((to) => [from, to] as const)))(
    "moves money from %s to %s",
    (from, to) =>
      withSandbox({ ...still, settleAfter: 1_000 }, async (sandbox) => {
        const place = home(sandbox)
        const ends = { source: place[from](0), destination: place[to](1) }
        const before = sandbox.ledger().balances
        const source = before[ends.source.id] ?? 0
        const destination = before[ends.destination.id] ?? 0
        expect(message((await pay(sandbox, ends, 700)).body)).toBeUndefined()
        expect(balance(sandbox, ends.source)).toBe(source - 700)
        expect(statusOf(sandbox, 0)).toBe("PENDING")
        sandbox.advance(500)
        expect(statusOf(sandbox, 0)).toBe("PROCESSING")
        const isInside = from !== "account" && to !== "account"
        expect(balance(sandbox, ends.destination)).toBe(isInside ? destination + 700 : destination)
        sandbox.advance(500)
        expect(statusOf(sandbox, 0)).toBe("COMPLETE")
        expect(balance(sandbox, ends.destination)).toBe(destination + 700)
      }),
  )

  it("refuses in words what cannot be, and books nothing of it", () =>
    withSandbox(still, async (sandbox) => {
      const { pod, account } = home(sandbox)
      const all = balance(sandbox, pod(1))
      const ends = { source: pod(1), destination: pod(0) }
      const cases = [
        [ends, all + 1, "Insufficient funds"],
        [ends, 0, "Amount must be greater than zero"],
        [ends, -5, "Amount must be greater than zero"],
        [{ ...ends, destination: pod(1) }, 5, "Source and destination must be different"],
        [{ ...ends, source: { id: "none", type: "POD" } }, 5, "Source account not found"],
        [{ ...ends, source: { ...pod(1), type: "PORT" } }, 5, "Source account not found"],
        [{ ...ends, destination: { ...pod(0), type: "ACCOUNT" } }, 5, "Destination account not found"],
        [{ ...ends, source: account(2) }, 5, "This account cannot be the source of a transfer"],
        [{ ...ends, source: account(5) }, 5, "Source account must be reconnected first"],
        [{ ...ends, destination: account(4) }, 5, "This account cannot receive transfers"],
      ] as const
      const before = sandbox.ledger()
      for (const [wanted, amount, words] of cases) {
        const { status, body } = await pay(sandbox, wanted, amount)
        expect([status, at(outcome(body), "ok"), message(body)]).toEqual([200, null, words])
      }
      expect(sandbox.ledger()).toEqual(before)
      expect(message((await pay(sandbox, ends, all)).body)).toBeUndefined()
      expect(balance(sandbox, pod(1))).toBe(0)
    }))

  it("refuses pods of another organization, and KYC applications of another user", () =>
    withSandbox({ ...still, organizations: 2 }, async (sandbox) => {
      const { pod } = home(sandbox)
      const [, second, foreign] = sandbox.ledger().organizations
      const ends = { source: pod(0), destination: { id: second?.pods[0] ?? "", type: "POD" } }
      expect(message((await pay(sandbox, ends, 5)).body)).toBe("Destination account not found")
      expect(foreign?.isReadable).toBe(false)
      const query = `mutation($id: ID!) { forKYC(id: $id) { createPayment(fields: {
        amount: 1, source: {id: "${foreign?.pods[0]}", type: POD}, destination: {id: "${foreign?.pods[1]}", type: POD}
      }) { ok { organization { id } } } } }`
      for (const id of [foreign?.kycId, "none"]) {
        const { body } = await ask(sandbox, query, { id })
        expect([at(body, "data"), at(body, "errors", 0, "extensions", "code")]).toEqual([null, "NOT_FOUND"])
      }
      expect(sandbox.ledger().payments).toEqual([])
    }))

  it("refuses what would make a balance larger than an Int, counting what is under way", () =>
    withSandbox({ ...still }, async (sandbox) => {
      const { pod, account } = home(sandbox)
      sandbox.update({ change: pod(0).id, balanceCents: 2_147_483_000 })
      const ends = { source: account(0), destination: pod(0) }
      expect(message((await pay(sandbox, ends, 400)).body)).toBeUndefined()
      expect(message((await pay(sandbox, ends, 400)).body)).toBe(
        "Destination account cannot hold this amount",
      )
      expect(message((await pay(sandbox, ends, 247)).body)).toBeUndefined()
    }))

  it("lets a transfer fail that a description or a fault marks, and gives the money back", () =>
    withSandbox({ ...still, settleAfter: 1_000 }, async (sandbox) => {
      const { pod, account } = home(sandbox)
      const before = [balance(sandbox, pod(0)), balance(sandbox, pod(1)), balance(sandbox, account(0))]
      await pay(sandbox, { source: pod(0), destination: pod(1) }, 100, {
        achDescription: "sandbox:fail: R02 closed",
      })
      sandbox.faults({ operation: "CreatePayment", failLater: "R01" })
      await pay(sandbox, { source: account(0), destination: pod(1) }, 100)
      // Held back from the destination, too: it could not give back what it has spent.
      expect([balance(sandbox, pod(0)), balance(sandbox, pod(1))]).toEqual([
        (before[0] ?? 0) - 100,
        before[1],
      ])
      sandbox.advance(1_000)
      expect([0, 1].map((index) => statusOf(sandbox, index))).toEqual(["FAILED", "FAILED"])
      expect([0, 1].map((index) => reasonOf(sandbox, index))).toEqual(["R02 closed", "R01"])
      expect([balance(sandbox, pod(0)), balance(sandbox, pod(1)), balance(sandbox, account(0))]).toEqual(
        before,
      )
    }))

  it("lets tests fail a transfer later, as long as its money is still there", () =>
    withSandbox(still, async (sandbox) => {
      const { pod } = home(sandbox)
      const before = [balance(sandbox, pod(0)), balance(sandbox, pod(1))]
      await pay(sandbox, { source: pod(0), destination: pod(1) }, 300)
      await pay(sandbox, { source: pod(0), destination: pod(1) }, 200)
      const [first, second] = sandbox.ledger().payments
      sandbox.update({ fail: first?.id ?? "", reason: "R05" })
      expect(reasonOf(sandbox, 0)).toBe("R05")
      expect([balance(sandbox, pod(0)), balance(sandbox, pod(1))]).toEqual([
        (before[0] ?? 0) - 200,
        (before[1] ?? 0) + 200,
      ])
      sandbox.update({ change: pod(1).id, balanceCents: 199 })
      expect(() => sandbox.update({ fail: second?.id ?? "" })).toThrow("has spent the money since")
      expect(() => sandbox.update({ fail: first?.id ?? "" })).toThrow("FAILED already")
    }))

  it("settles instant transfers in a tenth of the time", () =>
    withSandbox({ ...still, settleAfter: 1_000 }, async (sandbox) => {
      const { pod, account } = home(sandbox)
      await pay(sandbox, { source: pod(0), destination: account(0) }, 100, { isInstantTransfer: true })
      sandbox.advance(100)
      expect([statusOf(sandbox, 0), sandbox.ledger().payments[0]?.instant]).toEqual(["COMPLETE", true])
    }))

  it("books the payments of one mutation one after the other", () =>
    withSandbox(still, async (sandbox) => {
      const { pod } = home(sandbox)
      sandbox.update({ change: pod(0).id, balanceCents: 100 })
      const fields = `fields: {amount: 60, source: {id: "${pod(0).id}", type: POD}, destination: {id: "${pod(1).id}", type: POD}}`
      const query = `mutation { forKYC(id: "${sandbox.env.SEQUENCE_KYC_ID}") {
        a: createPayment(${fields}) { error { message } } b: createPayment(${fields}) { error { message } } } }`
      const { body } = await ask(sandbox, query)
      expect(at(body, "data", "forKYC")).toEqual({
        a: { error: null },
        b: { error: { message: "Insufficient funds" } },
      })
    }))
})

describe("ledger", () => {
  it("gives copies: changing one changes nothing", () =>
    withSandbox(still, async (sandbox) => {
      const { pod } = home(sandbox)
      await pay(sandbox, { source: pod(0), destination: pod(1) }, 100)
      const before = sandbox.ledger()
      Object.assign(sandbox.ledger().balances, { [pod(0).id]: 1 })
      Object.assign(sandbox.ledger().payments[0]?.source ?? {}, { id: "other" })
      expect(sandbox.ledger()).toEqual(before)
    }))

  it("conserves money, overdraws nothing and equals a model, whatever is paid and whenever it settles", async () => {
    const step = fc.oneof(
      fc.record({
        kind: fc.constant("pay" as const),
        from: fc.nat(5),
        to: fc.nat(5),
        amount: fc.oneof(fc.integer({ min: -2, max: 500 }), fc.integer({ min: 1, max: 2_147_483_647 })),
        instant: fc.boolean(),
        fails: fc.boolean(),
      }),
      fc.record({ kind: fc.constant("wait" as const), milliseconds: fc.nat(1_200) }),
    )
    const property = fc.asyncProperty(fc.array(step, { maxLength: 25 }), fc.nat(), async (steps, seed) => {
      const sandbox = await startSandbox({
        ...still,
        seed,
        settleAfter: 1_000,
        pods: 2,
        ports: 2,
        transfers: 12,
      })
      try {
        const { pod, port, account } = home(sandbox)
        const ends = [pod(0), pod(1), port(0), port(1), account(0), account(1)]
        for (const { id } of ends) sandbox.update({ change: id, balanceCents: 1_000 })
        let accepted = 0
        for (const one of steps) {
          if (one.kind === "wait") {
            sandbox.advance(one.milliseconds)
            continue
          }
          const [source = pod(0), destination = pod(0)] = [ends[one.from], ends[one.to]]
          const before = balance(sandbox, source)
          const isPossible = one.amount > 0 && one.amount <= before && source.id !== destination.id
          const more = {
            isInstantTransfer: one.instant,
            ...(one.fails ? { achDescription: "sandbox:fail" } : {}),
          }
          const { body } = await pay(sandbox, { source, destination }, one.amount, more)
          expect(at(outcome(body), "ok") !== null).toBe(isPossible)
          if (isPossible) accepted += 1
          expect(balance(sandbox, source)).toBe(isPossible ? before - one.amount : before)
          checkBooks(sandbox.ledger(), ends)
        }
        expect(sandbox.ledger().payments).toHaveLength(accepted)
        sandbox.advance(1_000)
        const settled = sandbox.ledger()
        checkBooks(settled, ends)
        expect(ends.reduce((sum, { id }) => sum + (settled.balances[id] ?? 0), 0)).toBe(6_000)
      } finally {
        await sandbox.close()
      }
    })
    await fc.assert(property, { numRuns: 40 })
  })

  const checkBooks = (snapshot: LedgerSnapshot, ends: ReadonlyArray<{ readonly id: string }>): void => {
    expect(total(snapshot)).toBe(0)
    expect(recomputed(snapshot)).toEqual(snapshot.balances)
    for (const { id } of ends) expect(snapshot.balances[id]).toBeGreaterThanOrEqual(0)
  }
})
