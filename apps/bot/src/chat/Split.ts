/** Cuts long texts where a reader would: between paragraphs, lines or words. */

/** Characters (UTF-16 code units) that a message can hold at Telegram. */
const MOST = 4_096

const BREAKS = ["\n\n", "\n", " "]

/** Characters as people count them: a flag or a family is one. */
const characters = new Intl.Segmenter("en-US")

/** Finds the position to cut a text that is too long; never too early, and never inside a character. */
const cutAt = (text: string, most: number): number => {
  for (const mark of BREAKS) {
    const at = text.lastIndexOf(mark, most - mark.length)
    if (at > most / 2) return at + mark.length
  }
  const start = characters.segment(text).containing(most)?.index ?? most
  // A character that is longer than a message is cut as well as it can be.
  if (start > 0) return start
  return /[\uD800-\uDBFF]/.test(text.charAt(most - 1)) ? most - 1 : most
}

/** Splits a text into parts that each fit into a message; blank parts are left out. */
export const split = (text: string, most = MOST): ReadonlyArray<string> => {
  const parts: Array<string> = []
  let rest = text
  while (rest.length > most) {
    const at = cutAt(rest, most)
    parts.push(rest.slice(0, at))
    rest = rest.slice(at)
  }
  return [...parts, rest].map((part) => part.trim()).filter((part) => part !== "")
}

/** Cuts a text to so many characters, as people count them. */
export const cut = (text: string, most: number): string => {
  if (text.length <= most) return text
  const all = [...characters.segment(text)]
  return text.slice(0, all[most]?.index ?? text.length)
}
