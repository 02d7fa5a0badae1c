/** Splitting of a file into lines, byte by byte. */

const NEWLINE = 10
/** Bytes of a blank line: tab, carriage return, space. */
const BLANK: ReadonlySet<number> = new Set([9, 13, 32])

/** A line without its line break. */
export interface Line {
  readonly bytes: Uint8Array
  /** Offset of its first byte. */
  readonly start: number
}

/** The line break that ends every line of ours. */
export const LINE_BREAK = new Uint8Array([NEWLINE])

/** Tells if a line holds nothing but white space. */
export const isBlank = (line: Uint8Array): boolean => {
  for (const byte of line) if (!BLANK.has(byte)) return false
  return true
}

/**
 * Gives the lines of some bytes, and what follows the last line break.
 *
 * @param offset - where the bytes begin in their file
 */
export const splitLines = (
  bytes: Uint8Array,
  offset = 0,
): { readonly lines: ReadonlyArray<Line>; readonly tail: Line } => {
  const lines: Array<Line> = []
  let start = 0
  for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
    lines.push({ bytes: bytes.subarray(start, end), start: offset + start })
    start = end + 1
  }
  return { lines, tail: { bytes: bytes.subarray(start), start: offset + start } }
}
