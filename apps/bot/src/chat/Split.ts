/** Cuts long texts where a reader would: between paragraphs, lines or words. */

/** Characters (UTF-16 code units) that a message can hold at Telegram. */
const MOST = 4_096

const BREAKS = ["\n\n", "\n", " "]

/** Where to cut a text that is too long; never early, and never in the midst of a character. */
const cutAt = (text: string, most: number): number => {
  for (const mark of BREAKS) {
    const at = text.lastIndexOf(mark, most - mark.length)
    if (at > most / 2) return at + mark.length
  }
  const isPair = /[\uD800-\uDBFF]/.test(text.charAt(most - 1))
  return isPair ? most - 1 : most
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
  const characters = [...text]
  return characters.length <= most ? text : characters.slice(0, most).join("")
}
