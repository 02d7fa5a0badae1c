import { describe, expect, it } from "vitest"
import { type Decision, decideRetry, type Result } from "../../src/transport/Retry.js"

const attempt = { tries: 0, times: 2, wait: 100, now: 1_000 }
const DEADLINE = 1_100

const rows: ReadonlyArray<readonly [Result, Decision, Decision]> = [
  ["final", "Stop", "Stop"],
  ["notSent", "Again", "Again"],
  ["mayPass", "Again", "Stop"],
  ["unauthenticated", "Stop", "LookFirst"],
  ["rateLimited", "Again", "LookFirst"],
]

describe("decideRetry", () => {
  it.each(rows)("lets %s be followed by: read %s, payment %s", (result, read, payment) => {
    expect(decideRetry("read", result, attempt, DEADLINE)).toBe(read)
    expect(decideRetry("payment", result, attempt, DEADLINE)).toBe(payment)
  })

  it.each(rows)("stops after %s once the tries are used up or the wait would outlast the call", (result) => {
    for (const kind of ["read", "payment"] as const) {
      expect(decideRetry(kind, result, { ...attempt, tries: 2 }, DEADLINE)).toBe("Stop")
      expect(decideRetry(kind, result, { ...attempt, times: 0 }, DEADLINE)).toBe("Stop")
      expect(decideRetry(kind, result, attempt, DEADLINE - 1)).toBe("Stop")
    }
  })
})
