import { FastCheck } from "effect"
import { describe, expect, it } from "vitest"
import { cut, split } from "../src/chat/Split.js"
import { oneLine } from "../src/memory/Fact.js"
import { ADA, dataOf, withBot } from "./support.js"

const CHARACTERS = ["a", " ", "\n", "é", "🏠", "👨‍👩‍👧‍👦", "🇺🇸", "e\u0301"]
const count = (text: string): number => [...new Intl.Segmenter().segment(text)].length

describe("A text that is cut", () => {
  it("is cut between characters as people count them, and loses none when it is split", () => {
    const texts = FastCheck.array(FastCheck.constantFrom(...CHARACTERS), { maxLength: 200 })
    const property = FastCheck.property(
      texts,
      FastCheck.integer({ min: 40, max: 100 }),
      (characters, most) => {
        const text = characters.join("")
        const short = cut(text, most)
        expect(text.startsWith(short)).toBe(true)
        expect(count(short) + count(text.slice(short.length))).toBe(count(text))
        expect(count(short)).toBe(Math.min(most, count(text)))
        const parts = split(text, most)
        expect(parts.every((part) => part.length <= most)).toBe(true)
        const solid = (value: string) => value.replace(/\s/g, "")
        expect(solid(parts.join(""))).toBe(solid(text))
        expect(parts.reduce((sum, part) => sum + count(solid(part)), 0)).toBe(count(solid(text)))
      },
    )
    FastCheck.assert(property, { numRuns: 200 })
    expect(split(`e${"\u0301".repeat(100)}`, 40)).toHaveLength(3)
  })

  it("elsewhere, in the middle of an emoji, has a mark in its place", () => {
    expect(oneLine("Gas \ud83d")).toBe("Gas \ufffd")
    expect(oneLine("Gas 🏠")).toBe("Gas 🏠")
  })
})

describe("A pod whose name ends in half an emoji", () => {
  it("can be found, shown with buttons, and paid into", () =>
    withBot(async ({ sandbox, telegram, claude, stage, says, pods }) => {
      sandbox.update({ change: pods.gas, name: "Gas \ud83d" })
      const card = await stage({ destination_name: "Gas \ufffd", note: "half \ud83c" })
      expect(card.text).toContain("To: Gas \ufffd\nNote: half \ufffd")
      telegram.press(dataOf(card, "Confirm"), card.id, { user: ADA })
      await says(card, "accepted")
      expect(sandbox.ledger().payments).toMatchObject([{ destination: { id: pods.gas } }])
      expect(claude.problems).toEqual([])
    }))
})
