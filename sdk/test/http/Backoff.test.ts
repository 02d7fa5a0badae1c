import { describe, expect, it } from "vitest"
import { backoffDelay, resolveBackoff } from "../../src/http/Backoff.js"

describe("backoffDelay", () => {
  it.each([
    { retries: 0, random: 0, delay: 0 },
    { retries: 0, random: 0.5, delay: 250 },
    { retries: 0, random: 1, delay: 500 },
    { retries: 1, random: 1, delay: 1_000 },
    { retries: 4, random: 1, delay: 8_000 },
    { retries: 5, random: 1, delay: 10_000 },
    { retries: 5_000, random: 0.5, delay: 5_000 },
  ])("waits $delay ms after $retries retries if the random part is $random", ({ retries, random, delay }) => {
    expect(backoffDelay(resolveBackoff(), retries, random)).toBe(delay)
  })

  it("keeps to the limits that the caller sets", () => {
    const backoff = resolveBackoff({ times: 9, baseDelay: 10, maxDelay: 35 })
    expect([0, 1, 2, 3].map((retries) => backoffDelay(backoff, retries, 1))).toEqual([10, 20, 35, 35])
  })
})

describe("resolveBackoff", () => {
  it("allows two retries by default, and none if the caller says so", () => {
    expect(resolveBackoff().times).toBe(2)
    expect(resolveBackoff({ times: 0 }).times).toBe(0)
  })
})
