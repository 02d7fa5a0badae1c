import { createHmac } from "node:crypto"

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
const PERIOD_MS = 30_000

const decodeBase32 = (secret: string): Buffer => {
  let bits = ""
  for (const letter of secret) bits += ALPHABET.indexOf(letter).toString(2).padStart(5, "0")
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)))
}

/** Gives the number of the 30 seconds that an instant, in milliseconds, lies in. */
export const totpStep = (instant: number): number => Math.floor(instant / PERIOD_MS)

/** Gives the six digits (RFC 6238, SHA-1) that a base32 secret has in one step. */
export const totpCode = (secret: string, step: number): string => {
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(step))
  const digest = createHmac("sha1", decodeBase32(secret)).update(counter).digest()
  const offset = (digest.at(-1) ?? 0) & 15
  return String((digest.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, "0")
}
