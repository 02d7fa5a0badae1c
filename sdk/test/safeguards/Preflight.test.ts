import { describe, expect, it } from "vitest"
import { decideTwins } from "../../src/safeguards/Preflight.js"

const PATIENCE = 6_000
const twin = (health: "alive" | "dead" | "unclear", still = 0) => ({ requestId: health, health, still })

describe("decideTwins", () => {
  it.each([
    { name: "passes without identical transfers", twins: [], decision: { _tag: "Clear" } },
    { name: "passes beside one of a living process", twins: [twin("alive")], decision: { _tag: "Clear" } },
    {
      name: "holds for one of a dead process",
      twins: [twin("alive"), twin("dead")],
      decision: { _tag: "Held", by: "dead" },
    },
    {
      name: "waits while a process is unclear",
      twins: [twin("alive"), twin("unclear", PATIENCE)],
      decision: { _tag: "Wait" },
    },
    {
      name: "holds for a process that stays unclear",
      twins: [twin("unclear", PATIENCE + 1)],
      decision: { _tag: "Held", by: "unclear" },
    },
    {
      name: "holds for a dead process rather than waits for an unclear one",
      twins: [twin("unclear"), twin("dead")],
      decision: { _tag: "Held", by: "dead" },
    },
  ])("$name", ({ twins, decision }) => {
    expect(decideTwins(twins, PATIENCE)).toEqual(decision)
  })
})
