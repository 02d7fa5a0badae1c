import { describe, expect, it } from "vitest"
import { decideTakeover, FREE } from "../../src/internal/LockTakeover.js"

const STALE_AFTER = 8_000
const seen = { number: 3, pulse: "a", since: 1_000 }

describe("decideTakeover", () => {
  it.each([
    { name: "takes a lock that was never held", seen: undefined, newest: { number: 0, pulse: FREE }, now: 0 },
    { name: "takes a lock that was released", seen, newest: { number: 3, pulse: FREE }, now: 1_001 },
    { name: "takes a lock without a heartbeat", seen, newest: { number: 3, pulse: "a" }, now: 9_001 },
  ])("$name", (one) => {
    expect(decideTakeover(one.seen, one.newest, one.now, STALE_AFTER)).toBe("take")
  })

  it.each([
    {
      name: "begins to watch a lock that it sees first",
      seen: undefined,
      newest: { number: 3, pulse: "a" },
      now: 50_000,
      remembered: { number: 3, pulse: "a", since: 50_000 },
    },
    {
      name: "begins again after a heartbeat",
      seen,
      newest: { number: 3, pulse: "b" },
      now: 50_000,
      remembered: { number: 3, pulse: "b", since: 50_000 },
    },
    {
      name: "begins again after another process took the lock",
      seen,
      newest: { number: 4, pulse: "a" },
      now: 50_000,
      remembered: { number: 4, pulse: "a", since: 50_000 },
    },
    {
      name: "waits until the time is over",
      seen,
      newest: { number: 3, pulse: "a" },
      now: 9_000,
      remembered: seen,
    },
    { name: "waits if the file has just gone", seen, newest: undefined, now: 50_000, remembered: seen },
  ])("$name", (one) => {
    expect(decideTakeover(one.seen, one.newest, one.now, STALE_AFTER)).toEqual(one.remembered)
  })
})
