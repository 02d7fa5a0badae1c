import { describe, expect, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import * as fc from "fast-check"
import { codeOf, pickStep } from "../../../src/auth/login/OneTimeCodes.js"
import {
  type CodeSource,
  decodeBase32,
  parseTotp,
  stepAt,
  type TotpSecret,
} from "../../../src/auth/login/Totp.js"

const parse = (text: string): Either.Either<CodeSource, string> => parseTotp(Redacted.make(text))

const secretOf = (text: string): TotpSecret => {
  const source = Either.getOrThrow(parse(text))
  if (source._tag !== "TotpSecret") throw new Error("not a secret")
  return source
}

const keyOf = (text: string): string => Buffer.from(Redacted.value(secretOf(text).key)).toString("hex")

/** Base32 written out by hand, apart from the decoder under test. */
const encodeBase32 = (bytes: Uint8Array): string => {
  const bits = Array.from(bytes, (byte) => byte.toString(2).padStart(8, "0")).join("")
  return (bits.match(/.{1,5}/g) ?? [])
    .map((group) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[Number.parseInt(group.padEnd(5, "0"), 2)])
    .join("")
}

const SECRET = "JBSWY3DPEHPK3PXP"
const KEY = "48656c6c6f21deadbeef"

describe("Totp", () => {
  describe("decodeBase32", () => {
    it("gives back the bytes of any secret, however it is written", () => {
      const separator = fc.constantFrom("", " ", "-", "\n", "\t", "\u2013", "\u200b", "\u00a0")
      fc.assert(
        fc.property(
          fc.uint8Array({ minLength: 1, maxLength: 80 }),
          fc.boolean(),
          separator,
          fc.nat(6),
          (bytes, lower, gap, pad) => {
            const dense = encodeBase32(bytes)
            const written = (dense.match(/.{1,4}/g) ?? []).join(gap) + "=".repeat(pad)
            const decoded = decodeBase32(lower ? written.toLowerCase() : written)
            expect(Either.getOrThrow(decoded)).toEqual(bytes)
          },
        ),
      )
    })

    it("never throws, and never repeats a character of the text", () => {
      fc.assert(
        fc.property(fc.string({ unit: "binary" }), (text) => {
          const decoded = parse(`0${text}`)
          if (Either.isLeft(decoded) && text.length > 12) expect(decoded.left).not.toContain(text)
        }),
      )
    })
  })

  describe("parseTotp", () => {
    it.each([
      ["as it is", SECRET],
      ["in small letters", SECRET.toLowerCase()],
      ["in groups", "JBSW Y3DP EHPK 3PXP"],
      ["with dashes", "jbsw-y3dp-ehpk-3pxp"],
      ["with padding and a line break", `${SECRET}======\n`],
      ["as an address", `otpauth://totp/Sequence:ada%40example.com?secret=${SECRET}&issuer=Sequence`],
      ["as an address in capitals", `OTPAUTH://TOTP/SEQUENCE:ADA?SECRET=${SECRET}`],
      ["as an address without slashes", `otpauth:totp/x?secret=${SECRET.toLowerCase()}`],
      [
        "as an address of Auth0",
        `otpauth://totp/x?secret=${SECRET}&enrollment_tx_id=abc&algorithm=SHA1&digits=6&period=30`,
      ],
    ])("reads a secret of 10 bytes %s", (_, text) => {
      expect(keyOf(text)).toBe(KEY)
      expect(secretOf(text)).toMatchObject({ algorithm: "sha1", digits: 6, period: 30 })
    })

    it("honours algorithm, digits and period of an address", () => {
      const source = secretOf(`otpauth://totp/x?secret=${SECRET}&algorithm=SHA-256&digits=8&period=60`)
      expect(source).toMatchObject({ algorithm: "sha256", digits: 8, period: 60 })
    })

    it("takes six digits for a code", () => {
      const source = Either.getOrThrow(parse(" 123 456 "))
      expect(source._tag).toBe("SingleCode")
      expect(source._tag === "SingleCode" && Redacted.value(source.code)).toBe("123456")
    })

    it.each([
      ["nothing", "  ", "it is empty"],
      ["a digit that Base32 has not", "JBSWY3DPEHPK3PX0", "a character that Base32 does not have"],
      ["a length that cannot be", "JBSWY3DPEHPK3PXPA", "its length fits no Base32 text"],
      ["a number of another length", "12345678", "not one of six digits"],
      ["counted codes", `otpauth://hotp/x?secret=${SECRET}&counter=1`, "counts codes (hotp)"],
      ["an export of an app", "otpauth-migration://offline?data=abc", "an export of an authenticator app"],
      ["an address without a secret", "otpauth://totp/x", "it is empty"],
      ["an address of another kind", `otpauth://yotp/x?secret=${SECRET}`, "not of the type totp"],
      ["an unknown algorithm", `otpauth://totp/x?secret=${SECRET}&algorithm=MD5`, "its algorithm"],
      ["five digits", `otpauth://totp/x?secret=${SECRET}&digits=5`, "its digits"],
      ["a period of nothing", `otpauth://totp/x?secret=${SECRET}&period=0`, "its period"],
      ["a novel", "A".repeat(1_000), "longer than 256 bytes"],
    ])("refuses %s, and says so without repeating it", (_, text, problem) => {
      const parsed = parse(text)
      expect(Either.isLeft(parsed) && parsed.left).toContain(problem)
      if (text.trim().length > 5) expect(JSON.stringify(parsed)).not.toContain(text.slice(-8))
    })

    it("shows nothing of the secret when it is printed", () => {
      expect(JSON.stringify(Either.getOrThrow(parse(SECRET)))).not.toMatch(/72|JBSW/)
    })
  })
})

describe("Codes", () => {
  // RFC 6238, appendix B; the seeds are the ASCII digits repeated to 20, 32 and 64 bytes.
  const seed = (length: number) => encodeBase32(Buffer.from("1234567890".repeat(7).slice(0, length)))
  const vectors: ReadonlyArray<readonly [number, string, string, string]> = [
    [59, "94287082", "46119246", "90693936"],
    [1_111_111_109, "07081804", "68084774", "25091201"],
    [1_111_111_111, "14050471", "67062674", "99943326"],
    [1_234_567_890, "89005924", "91819424", "93441116"],
    [2_000_000_000, "69279037", "90698825", "38618901"],
    [20_000_000_000, "65353130", "77737706", "47863826"],
  ]

  it.each(vectors)("makes the codes of RFC 6238 at %d seconds", (seconds, sha1, sha256, sha512) => {
    const code = (algorithm: string, length: number) =>
      codeOf(
        secretOf(`otpauth://totp/x?secret=${seed(length)}&algorithm=${algorithm}&digits=8`),
        stepAt(seconds * 1_000, 30),
      )
    expect([code("SHA1", 20), code("SHA256", 32), code("SHA512", 64)]).toEqual([sha1, sha256, sha512])
  })

  it("makes codes of secrets of 10 bytes", () => {
    expect(codeOf(secretOf(SECRET), 1)).toMatch(/^\d{6}$/)
  })

  describe("pickStep", () => {
    it.each([
      ["takes the current step", 30_000, undefined, 1],
      ["takes the current step with three seconds to go", 57_000, undefined, 1],
      ["takes the next step where less is left", 57_001, undefined, 2],
      ["takes the next step where the current one was used", 30_000, 1, 2],
      ["takes the one after, where a step of the future was used", 30_000, 2, 3],
      ["takes the current step where an older one was used", 60_000, 1, 2],
      ["passes over a step so far ahead that a clock was wrong", 30_000, 999, 1],
    ])("%s", (_, now, last, step) => {
      expect(pickStep(now, 30, last)).toBe(step)
    })

    it("never picks a step that was used", () => {
      fc.assert(
        fc.property(fc.nat(10_000_000), fc.integer({ min: -3, max: 2 }), (now, distance) => {
          const last = stepAt(now, 30) + distance
          expect(pickStep(now, 30, last)).toBeGreaterThan(last)
        }),
      )
    })
  })
})
