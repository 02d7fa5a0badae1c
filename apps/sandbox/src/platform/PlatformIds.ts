import { createHash } from "node:crypto"

/** A name space of the sandbox's own, for version 5 UUIDs. */
const NAMESPACE = Buffer.from("8e0f4c52d5a94be0b6f16c1b0d6a7f10", "hex")

/** Derives a version 5 UUID from a text. */
export const derivedId = (text: string): string => {
  const hash = createHash("sha1").update(NAMESPACE).update(text).digest().subarray(0, 16)
  hash.writeUInt8((hash.readUInt8(6) & 0x0f) | 0x50, 6)
  hash.writeUInt8((hash.readUInt8(8) & 0x3f) | 0x80, 8)
  const hex = hash.toString("hex")
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-")
}

/**
 * Translates between the ids of records and those that the Platform API shows. They differ unless asked otherwise, so
 * that nothing can depend on both APIs having the same ids.
 */
export class PlatformIds {
  readonly #areSame: boolean
  readonly #shown = new Map<string, string>()
  readonly #records = new Map<string, string>()

  constructor(ids: "same" | "other") {
    this.#areSame = ids === "same"
  }

  /** Gives the id under which the Platform API shows a record. */
  show(id: string): string {
    const known = this.#shown.get(id)
    if (known !== undefined) return known
    const shown = this.#areSame ? id : derivedId(id)
    this.#shown.set(id, shown)
    this.#records.set(shown, id)
    return shown
  }

  /** Gives the id of the record that was shown under an id; `undefined` if none was. */
  recordOf(shown: string): string | undefined {
    return this.#records.get(shown)
  }
}
