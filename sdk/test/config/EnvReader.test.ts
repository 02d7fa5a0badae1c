import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { EnvReader } from "../../src/config/EnvReader.js"

const NAME = "SEQUENCE_PASSWORD"
const reading = <A>(value: string, read: (reader: EnvReader) => A) => {
  const reader = new EnvReader({ [NAME]: value })
  return { value: read(reader), problems: reader.problems }
}
const lineEnds = fc.array(fc.constantFrom("\n", "\r\n", "\r"), { maxLength: 3 }).map((ends) => ends.join(""))
const visible = fc.stringMatching(/^[!-~][ -~]{0,30}[!-~]$/)

describe("EnvReader", () => {
  it("takes away the line ends that files and secrets end in, and nothing else of a password", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^ {0,2}[!-~][ -~]{0,30}$/), lineEnds, (password, end) => {
        const { value, problems } = reading(`${password}${end}`, (reader) => reader.password(NAME))
        expect({ value, problems }).toEqual({ value: password, problems: [] })
      }),
    )
  })

  it("takes a blank value for one that is not set, in every way of reading", () => {
    for (const blank of ["", " ", "\n", "\r\n", " \t\n", "\uFEFF"]) {
      const { value, problems } = reading(blank, (reader) => [
        reader.password(NAME),
        reader.text(NAME),
        reader.word(NAME),
        reader.token(NAME),
        reader.address(NAME),
        reader.whole(NAME, { least: 0, most: 1 }),
        reader.oneOf(NAME, ["a", "b"]),
        reader.isSet(NAME),
      ])
      expect(value.filter((one) => one !== undefined && one !== false)).toEqual([])
      expect(problems).toEqual([])
    }
  })

  it("names a variable with a line break or an invisible character inside, and never shows its value", () => {
    const odd = fc.constantFrom("\n", "\r", "\t", "\0", "\u200b", "\u2028", "\u0085", "\u202e", "\u00ad")
    fc.assert(
      fc.property(visible, odd, visible, (before, sign, after) => {
        for (const read of ["password", "text", "word", "token", "address"] as const) {
          const { value, problems } = reading(`${before}${sign}${after}`, (reader) => reader[read](NAME))
          expect(value).toBeUndefined()
          expect(problems).toHaveLength(1)
          expect(problems[0]).toMatch(/^SEQUENCE_PASSWORD /)
          if (before.length > 12) expect(problems[0]).not.toContain(before)
        }
      }),
    )
  })

  it("names a value that kept the quotes of its file, except for a password, which may begin and end so", () => {
    expect(reading('"me@example.com"', (reader) => reader.word(NAME)).problems).toEqual([
      "SEQUENCE_PASSWORD is in quotes: take them away",
    ])
    expect(reading("'1'", (reader) => reader.whole(NAME, { least: 0, most: 9 })).problems).toHaveLength(1)
    expect(reading('"quoted"', (reader) => reader.password(NAME))).toEqual({
      value: '"quoted"',
      problems: [],
    })
  })

  it.each([
    ["1_000_000", 1_000_000],
    [" 007\n", 7],
    ["+5", 5],
    ["0", 0],
  ])("reads the whole number %j as Python does", (text, number) => {
    const { value, problems } = reading(text, (reader) => reader.whole(NAME, { least: 0, most: 1e9 }))
    expect({ value, problems }).toEqual({ value: number, problems: [] })
  })

  it.each(["1e3", "-1", "1.0", "_1", "1_", "1__0", "0x10", "1,000", "٣", "99999999999", "NaN"])(
    "refuses %j as a whole number",
    (text) => {
      const { value, problems } = reading(text, (reader) =>
        reader.whole(NAME, { unit: "cents", least: 0, most: 1e9 }),
      )
      expect(value).toBeUndefined()
      expect(problems).toEqual(["SEQUENCE_PASSWORD must be a whole number of cents from 0 to 1000000000"])
    },
  )

  it("takes words regardless of case, and lists them when it gets another", () => {
    const words = ["debug", "info", "warn"] as const
    expect(reading("INFO\n", (reader) => reader.oneOf(NAME, words)).value).toBe("info")
    expect(reading("loud", (reader) => reader.oneOf(NAME, words)).problems).toEqual([
      "SEQUENCE_PASSWORD must be debug, info or warn",
    ])
  })
})
