/** Ids that sort by when they were made. */
import { randomBytes } from "node:crypto"

/**
 * Makes a UUID of version 7.
 *
 * @param now - milliseconds since 1970
 */
export const uuidV7 = (now: number): string => {
  const time = Math.max(0, Math.trunc(now)).toString(16).padStart(12, "0").slice(-12)
  const random = randomBytes(10)
  random.writeUInt8((random.readUInt8(0) & 0x0f) | 0x70, 0)
  random.writeUInt8((random.readUInt8(2) & 0x3f) | 0x80, 2)
  const rest = random.toString("hex")
  return `${time.slice(0, 8)}-${time.slice(8)}-${rest.slice(0, 4)}-${rest.slice(4, 8)}-${rest.slice(8)}`
}
