import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { match } from "../../src/internal/Names.js"

const named = (...names: ReadonlyArray<string>) => names.map((name) => ({ name }))

describe("Names", () => {
  describe("match", () => {
    it("finds the one that is called exactly that, though others contain it", () => {
      expect(match(named("Rent reserve", "Rent", "Rental"), "rent")).toEqual({
        _tag: "One",
        value: { name: "Rent" },
      })
    })

    it("finds the only one that contains the text", () => {
      expect(match(named("Groceries", "Gas"), "grocer")).toEqual({
        _tag: "One",
        value: { name: "Groceries" },
      })
    })

    it("does not choose between two that are called the same", () => {
      expect(match(named("Rent", "RENT"), "rent")._tag).toBe("SeveralExact")
    })

    it("does not choose between two that contain the text", () => {
      expect(match(named("Gas", "Gas card"), "as")._tag).toBe("SeveralContaining")
    })

    it.each(["", "   ", "\n"])("means nothing by %j", (name) => {
      expect(match(named("Rent", ""), name)._tag).toBe("None")
    })

    it("takes composed and decomposed letters for the same", () => {
      expect(match(named("Café"), "cafe\u0301")._tag).toBe("One")
    })

    it("finds every thing by its own name where no other is called that", () => {
      fc.assert(
        fc.property(
          fc.uniqueArray(
            fc.string({ minLength: 1 }).filter((s) => s.trim() !== ""),
            { selector: (s) => s.normalize("NFC").trim().toLowerCase() },
          ),
          (names) => {
            for (const name of names)
              expect(match(named(...names), name)).toEqual({ _tag: "One", value: { name } })
          },
        ),
      )
    })
  })
})
