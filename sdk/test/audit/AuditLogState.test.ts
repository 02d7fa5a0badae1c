import { describe, expect, it } from "vitest"
import {
  type AuditLogState,
  concludeRead,
  expectedHead,
  initial,
  lacksHead,
  mustInspect,
  noteAcceptances,
  noteDuplicates,
  noteHead,
  noteInspection,
  startOver,
  stopper,
} from "../../src/audit/AuditLogState.js"
import type { AuditProblem } from "../../src/audit/HashChain.js"

const head = (seq: number, hash = `hash-${seq}`) => ({ seq, hash })

/** A state after reads of a log whose entries have these hashes. */
const state = (changes: Partial<AuditLogState> = {}): AuditLogState => ({
  ...initial,
  isLoaded: true,
  ...changes,
})

/** The entries of a log, by their hashes. */
const entries = (hashes: ReadonlyArray<string>, accepts: ReadonlyArray<string> = [], isSuspect = false) => ({
  has: (hash: string) => hashes.includes(hash),
  accepts: new Set(accepts),
  isSuspect,
})

const problem = (changes: Partial<AuditProblem> = {}): AuditProblem => ({
  line: 1,
  kind: "changed",
  detail: "",
  accepted: false,
  isOld: false,
  ...changes,
})

describe("expectedHead", () => {
  it.each([
    { noted: undefined, seen: undefined, expected: undefined },
    { noted: head(3), seen: undefined, expected: head(3) },
    { noted: undefined, seen: head(3), expected: head(3) },
    { noted: head(4), seen: head(3), expected: head(4) },
    { noted: head(2), seen: head(3), expected: head(3) },
    { noted: head(3, "forged"), seen: head(3, "read"), expected: head(3, "read") },
  ])("gives $expected when $noted is noted and $seen was read", ({ noted, seen, expected }) => {
    expect(expectedHead(state({ notedHead: noted, seenHead: seen }))).toEqual(expected)
  })
})

describe("lacksHead", () => {
  it.each([
    { noted: undefined, found: undefined, hashes: [], lacks: false },
    { noted: head(2), found: undefined, hashes: ["hash-1", "hash-2"], lacks: false },
    { noted: head(2), found: undefined, hashes: ["hash-1"], lacks: true },
    { noted: head(2), found: "hash-2", hashes: [], lacks: false },
    { noted: head(2), found: "hash-1", hashes: ["hash-1"], lacks: true },
  ])(
    "is $lacks for the head $noted, found $found, in a log of $hashes",
    ({ noted, found, hashes, lacks }) => {
      expect(lacksHead(state({ notedHead: noted, foundHead: found }), entries(hashes))).toBe(lacks)
    },
  )
})

describe("startOver", () => {
  it.each([
    { seen: undefined, newest: undefined, after: undefined },
    { seen: undefined, newest: head(2), after: head(2) },
    { seen: head(3), newest: head(2), after: head(3) },
    { seen: head(2), newest: head(3), after: head(3) },
    { seen: head(3), newest: undefined, after: head(3) },
  ])("remembers $after when $seen was remembered and $newest was read", ({ seen, newest, after }) => {
    expect(startOver(state({ seenHead: seen }), newest).seenHead).toEqual(after)
  })

  it("forgets everything that is known of the content that is gone", () => {
    const before = state({ foundHead: "a", duplicateSeqs: new Set([1]), problems: [problem()] })
    expect(startOver(before, undefined)).toEqual(state())
  })
})

describe("noteDuplicates", () => {
  it("adds numbers to those that were known, and looks for the head again", () => {
    const after = noteDuplicates(state({ duplicateSeqs: new Set([1]), foundHead: "a" }), new Set([2]))
    expect(after).toEqual(state({ duplicateSeqs: new Set([1, 2]) }))
  })
})

describe("noteAcceptances", () => {
  it.each([
    { name: "a new one frees the log from what was read before", isLoaded: true, known: [], keeps: false },
    { name: "one that was known changes nothing", isLoaded: true, known: ["a"], keeps: true },
    { name: "one that the first read finds changes nothing", isLoaded: false, known: [], keeps: true },
  ])("$name", ({ isLoaded, known, keeps }) => {
    const before = state({ isLoaded, acceptances: new Set(known), seenHead: head(3) })
    const after = noteAcceptances(before, entries([], ["a"]))
    expect(after.seenHead).toEqual(keeps ? head(3) : undefined)
    expect(after.acceptances).toEqual(new Set(["a"]))
  })
})

describe("concludeRead", () => {
  it("finds the head and remembers it, however many entries follow", () => {
    const found = concludeRead(noteHead(initial, head(1)), entries(["hash-1"]))
    expect(found).toMatchObject({ isLoaded: true, foundHead: "hash-1", isHeadMissing: false })
    expect(concludeRead(found, entries(["hash-9"]))).toMatchObject({ isHeadMissing: false })
  })

  it("notices that the head is missing, and remembers that for one more read", () => {
    const missing = concludeRead(noteHead(initial, head(2)), entries(["hash-1"]))
    expect(missing).toMatchObject({ isHeadMissing: true, wasHeadMissing: false })
    const found = concludeRead(missing, entries(["hash-1", "hash-2"]))
    expect(found).toMatchObject({ isHeadMissing: false, wasHeadMissing: true })
    expect(concludeRead(found, entries([]))).toMatchObject({ isHeadMissing: false, wasHeadMissing: false })
  })
})

describe("mustInspect", () => {
  it.each([
    { isSuspect: false, missing: false, before: false, must: false },
    { isSuspect: true, missing: false, before: false, must: true },
    { isSuspect: false, missing: true, before: false, must: true },
    { isSuspect: false, missing: false, before: true, must: true },
  ])("is $must for suspect entries $isSuspect, a missing head $missing, missing before $before", (one) => {
    const read = state({ isHeadMissing: one.missing, wasHeadMissing: one.before })
    expect(mustInspect(read, entries([], [], one.isSuspect))).toBe(one.must)
  })
})

describe("noteInspection", () => {
  it("keeps the problems, and the head if the whole log holds it", () => {
    const read = state({ notedHead: head(1), isHeadMissing: true })
    const problems = [problem()]
    expect(noteInspection(read, { hasHead: true, problems })).toEqual({
      ...read,
      foundHead: "hash-1",
      problems,
    })
    expect(noteInspection(read, { hasHead: false, problems })).toEqual({ ...read, problems })
  })
})

describe("stopper", () => {
  it.each([
    { name: "a changed entry", changes: {}, stops: true },
    { name: "a shortened log", changes: { kind: "shortened" as const }, stops: true },
    { name: "an entry that was cut off", changes: { kind: "torn" as const }, stops: false },
    { name: "an inserted entry", changes: { kind: "inserted" as const }, stops: false },
    { name: "a missing head", changes: { kind: "headless" as const }, stops: false },
    { name: "accepted damage", changes: { accepted: true }, stops: false },
    { name: "old damage", changes: { isOld: true }, stops: false },
  ])("gives $name: $stops", ({ changes, stops }) => {
    expect(stopper(state({ problems: [problem(changes)] })) !== undefined).toBe(stops)
  })
})
