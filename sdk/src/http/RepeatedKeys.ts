/** JSON in which one object has the same key twice: readers differ in which of the two they take. */

const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\]:]/gs

const nameOf = (token: string): string => String(JSON.parse(token))

/**
 * Tells whether an object in a text has the same key twice.
 *
 * @param json - a text that `JSON.parse` takes
 */
export const hasRepeatedKey = (json: string): boolean => {
  const open: Array<Set<string>> = []
  let newest = ""
  for (const [token] of json.matchAll(TOKEN)) {
    if (token === "{" || token === "[") open.push(new Set())
    else if (token === "}" || token === "]") open.pop()
    else if (token === ":") {
      const keys = open.at(-1)
      const name = nameOf(newest)
      if (keys?.has(name) === true) return true
      keys?.add(name)
    } else newest = token
  }
  return false
}
