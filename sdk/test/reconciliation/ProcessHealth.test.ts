import { describe, expect, it } from "vitest"
import { healthOf, observePulses } from "../../src/reconciliation/ProcessHealth.js"

const DEAD_AFTER = 15_000

describe("observePulses", () => {
  it.each([
    {
      name: "notes a process that it sees for the first time",
      before: {},
      pulses: { a: "1" },
      after: { a: { pulse: "1", since: 500, hasBeaten: false } },
    },
    {
      name: "keeps the time of a heartbeat that did not change",
      before: { a: { pulse: "1", since: 100, hasBeaten: true } },
      pulses: { a: "1" },
      after: { a: { pulse: "1", since: 100, hasBeaten: true } },
    },
    {
      name: "notes a heartbeat that changed",
      before: { a: { pulse: "1", since: 100, hasBeaten: false } },
      pulses: { a: "2" },
      after: { a: { pulse: "2", since: 500, hasBeaten: true } },
    },
    {
      name: "notes a process whose heartbeat is gone",
      before: { a: { pulse: "1", since: 100, hasBeaten: true } },
      pulses: {},
      after: { a: { pulse: undefined, since: 500, hasBeaten: false } },
    },
    {
      name: "does not take a heartbeat that came back for one that changed",
      before: { a: { pulse: undefined, since: 100, hasBeaten: false } },
      pulses: { a: "1" },
      after: { a: { pulse: "1", since: 500, hasBeaten: false } },
    },
  ])("$name", ({ before, pulses, after }) => {
    const observed = observePulses(new Map(Object.entries(before)), new Map(Object.entries(pulses)), 500)
    expect(Object.fromEntries(observed)).toEqual(after)
  })
})

describe("healthOf", () => {
  it.each([
    { name: "a process without any observation", observation: undefined, now: 500, health: ["dead", 0] },
    {
      name: "a process without a heartbeat",
      observation: { pulse: undefined, since: 100, hasBeaten: false },
      now: 500,
      health: ["dead", 400],
    },
    {
      name: "a process whose heartbeat was seen once",
      observation: { pulse: "1", since: 100, hasBeaten: false },
      now: 500,
      health: ["unclear", 400],
    },
    {
      name: "a process whose heartbeat was seen to change",
      observation: { pulse: "2", since: 100, hasBeaten: true },
      now: 500,
      health: ["alive", 400],
    },
    {
      name: "a process whose heartbeat stopped a moment too short",
      observation: { pulse: "2", since: 100, hasBeaten: true },
      now: 15_099,
      health: ["alive", 14_999],
    },
    {
      name: "a process whose heartbeat stopped long enough",
      observation: { pulse: "2", since: 100, hasBeaten: true },
      now: 15_100,
      health: ["dead", 15_000],
    },
  ])("judges $name as $health", ({ observation, now, health }) => {
    expect(healthOf(observation, now, DEAD_AFTER)).toEqual(health)
  })
})
