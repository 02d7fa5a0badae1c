/** Types that several models share. */

/**
 * A value that the service may add to at any time: the known ones complete in an editor, any other text is
 * passed on as it is.
 */
export type Open<Known extends string> = Known | (string & {})

const lastFour = (digits: string) => (digits.length > 4 ? `•••• ${digits.slice(-4)}` : "••••")

const inspect = Symbol.for("nodejs.util.inspect.custom")

const MASKED = ["bankAccountNumber", "routingNumber"] as const

/**
 * Makes an object show only the last four digits of its account numbers when it is printed. Its fields stay
 * whole, and so does what `JSON.stringify` makes of it.
 */
export const maskAccountNumbers = <A extends object>(model: A): A =>
  Object.defineProperty(model, inspect, {
    value: (): unknown => {
      const shown = new Map<string, unknown>(Object.entries(model))
      for (const key of MASKED) {
        const digits = shown.get(key)
        if (typeof digits === "string") shown.set(key, lastFour(digits))
      }
      return Object.fromEntries(shown)
    },
    enumerable: false,
  })
