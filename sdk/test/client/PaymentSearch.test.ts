import { describe, expect, it } from "vitest"
import { departureOf, judge, type Rivals, type SearchResult } from "../../src/api/PaymentSearch.js"
import { TOLERANCE, WINDOW } from "../../src/api/TransferMatching.js"
import type { TransferOnWire } from "../../src/webapp/Wire.js"

const SENT = Date.UTC(2026, 0, 15, 12)

const pod = (id: string) => ({ __typename: "Pod", id, name: id, icon: null })

const wire = (id: string, at: number | null, changes: Partial<TransferOnWire> = {}): TransferOnWire => ({
  id,
  type: "POD_TO_POD",
  status: "PENDING",
  errorReason: null,
  description: null,
  direction: "INTERNAL",
  activityType: "ACCOUNT_TRANSFER",
  createdAt: at === null ? null : new Date(at),
  updatedAt: null,
  amount: 100,
  source: pod("a"),
  destination: pod("b"),
  ruleDetails: null,
  ...changes,
})

const SOUGHT = {
  kycId: "kyc",
  source: { id: "a", type: "POD" },
  destination: { id: "b", type: "POD" },
  amountCents: 100,
} as const

const NONE: Rivals = { isClaimed: () => false, exist: false }
const DEPARTURE = { earliest: SENT, latest: SENT }

describe("judge", () => {
  it.each<[string, ReadonlyArray<TransferOnWire>, Rivals, SearchResult["_tag"]]>([
    ["no entry", [], NONE, "Nothing"],
    ["one from when it was sent", [wire("x", SENT)], NONE, "Found"],
    ["one within the tolerance", [wire("x", SENT - TOLERANCE)], NONE, "Found"],
    ["one shortly before", [wire("x", SENT - TOLERANCE - 1)], NONE, "Doubtful"],
    ["one at the edge of the window", [wire("x", SENT - WINDOW)], NONE, "Doubtful"],
    ["one from before the window", [wire("x", SENT - WINDOW - 1)], NONE, "Nothing"],
    ["one without a time", [wire("x", null)], NONE, "Doubtful"],
    ["two", [wire("x", SENT), wire("y", SENT)], NONE, "Doubtful"],
    ["one, and an unknown rival", [wire("x", SENT)], { ...NONE, exist: true }, "Doubtful"],
    ["one that another transfer has", [wire("x", SENT)], { ...NONE, isClaimed: () => true }, "Nothing"],
    ["one that a rule made", [wire("x", SENT, { activityType: "RULE" })], NONE, "Nothing"],
    ["one of another amount", [wire("x", SENT, { amount: 101 })], NONE, "Nothing"],
    ["one to another pod", [wire("x", SENT, { destination: pod("c") })], NONE, "Nothing"],
  ])("makes of %s in the activity what it is", (_, read, rivals, expected) => {
    expect(judge(read, SOUGHT, DEPARTURE, rivals)._tag).toBe(expected)
  })
})

describe("departureOf", () => {
  it.each<[string, number | undefined, number | undefined, number, number]>([
    ["by answer and read", SENT, SENT + 10, SENT, SENT + 10],
    ["by an answer whose time is forged ahead", SENT + 9_000_000, SENT, SENT, SENT + 9_000_000],
    ["by an answer whose time is forged back", SENT - 9_000_000, SENT, SENT - 9_000_000, SENT],
    ["by the read alone", undefined, SENT, SENT, SENT],
    ["by the answer alone", SENT - 500_000, undefined, SENT - 500_000, Number.POSITIVE_INFINITY],
    ["by this machine's clock alone", undefined, undefined, SENT - 120_000, Number.POSITIVE_INFINITY],
  ])("bounds the moment of the first send %s", (_, answered, read, earliest, latest) => {
    expect(departureOf({ answered, monotonic: 0, wall: SENT }, read)).toEqual({ earliest, latest })
  })
})
