import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { nearest, unknownKeys } from "../../src/config/OptionKeys.js"

const KEYS = {
  safeguards: { maxTransferCents: true },
  retry: { times: true },
  timeout: true,
  amountCents: true,
}
const known = Object.keys(KEYS)

describe("nearest", () => {
  it.each([
    ["safeguard", "safeguards"],
    ["amount", "amountCents"],
    ["amount_cents", "amountCents"],
    ["timeOut", "timeout"],
    ["tiemout", "timeout"],
    ["rtery", "retry"],
    ["Retry", "retry"],
  ])("takes %j for %j", (name, meant) => {
    expect(nearest(name, known)).toBe(meant)
  })

  it("guesses nothing for a name that resembles none", () => {
    expect(nearest("zzz", known)).toBeUndefined()
    expect(nearest("", known)).toBeUndefined()
  })

  it("finds every known name again, whatever single letter was lost", () => {
    fc.assert(
      fc.property(fc.constantFrom(...known), fc.nat(), (name, at) => {
        const lost = at % name.length
        expect(nearest(name.slice(0, lost) + name.slice(lost + 1), known)).toBe(name)
      }),
    )
  })
})

describe("unknownKeys", () => {
  it("finds nothing wrong with known keys, in objects within too", () => {
    expect(unknownKeys("options", { safeguards: { maxTransferCents: 1 }, timeout: 5 }, KEYS)).toEqual([])
    expect(unknownKeys("options", { safeguards: true }, KEYS)).toEqual([])
    expect(unknownKeys("options", undefined, KEYS)).toEqual([])
  })

  it("names each unknown key with the known one that it resembles, and never a value", () => {
    const given = { safeguard: "canary", retry: { time: "canary" }, zzz: "canary" }
    expect(unknownKeys("options", given, KEYS)).toEqual([
      'Unknown key "safeguard" in the options: did you mean "safeguards"?',
      'Unknown key "retry.time" in the options: did you mean "retry.times"?',
      'Unknown key "zzz" in the options. Known keys are safeguards, retry, timeout, amountCents',
    ])
  })

  it("says where a key belongs that another object of the same call has", () => {
    const elsewhere = { keys: { idempotencyKey: true }, place: "the options, the second argument" }
    expect(unknownKeys("transfer request", { idempotencyKey: "canary" }, KEYS, elsewhere)).toEqual([
      'Unknown key "idempotencyKey" in the transfer request: it belongs in the options, the second argument',
    ])
  })

  it.each([null, "text", 5, [], true])("refuses %j in place of an object", (value) => {
    expect(unknownKeys("options", value, KEYS)).toEqual(["The options must be an object"])
  })

  it("takes names of every object's own methods for unknown keys", () => {
    expect(unknownKeys("options", { constructor: 1, toString: 1 }, KEYS)).toHaveLength(2)
  })
})
