import { createHash } from "node:crypto"

/** Random numbers that a seed decides: the same seed gives the same world, ids included. */
export interface Random {
  /** Gives a number from 0 up to, but not including, 1. */
  next(): number
  /** Gives a whole number from `least` to `most`, both included. */
  int(least: number, most: number): number
  /** Picks one of a list that must not be empty. */
  pick<Item>(items: readonly Item[]): Item
  /** Gives a version 4 UUID. */
  uuid(): string
  /** Gives `length` random decimal digits. */
  digits(length: number): string
}

/**
 * Makes random numbers from a seed (sfc32, seeded by a hash, so that close seeds give unlike sequences).
 * `purpose` keeps users of one seed apart: drawing more in one place changes nothing in another.
 */
export const makeRandom = (seed: number | string, purpose: string): Random => {
  const hash = createHash("sha256").update(`${purpose}\u0000${seed}`).digest()
  let a = hash.readUInt32LE(0)
  let b = hash.readUInt32LE(4)
  let c = hash.readUInt32LE(8)
  let counter = 1

  const next32 = (): number => {
    const sum = (a + b + counter) >>> 0
    counter = (counter + 1) >>> 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) >>> 0
    c = (((c << 21) | (c >>> 11)) + sum) >>> 0
    return sum
  }
  const next = (): number => next32() / 2 ** 32
  const int = (least: number, most: number): number => least + Math.floor(next() * (most - least + 1))
  const hex = (length: number): string => {
    let text = ""
    while (text.length < length) text += next32().toString(16).padStart(8, "0")
    return text.slice(0, length)
  }

  for (let round = 0; round < 12; round += 1) next32()
  return {
    next,
    int,
    pick: (items) => {
      const item = items[int(0, items.length - 1)]
      if (item === undefined) throw new RangeError("nothing to pick from")
      return item
    },
    uuid: () => `${hex(8)}-${hex(4)}-4${hex(3)}-${"89ab"[int(0, 3)]}${hex(3)}-${hex(12)}`,
    digits: (length) => Array.from({ length }, () => int(0, 9)).join(""),
  }
}
