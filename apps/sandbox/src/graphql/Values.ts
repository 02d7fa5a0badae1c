import { GraphQLError } from "graphql"

/**
 * The values that the GraphQL executor reads fields from: plain values, or functions that it calls with the field's
 * arguments. Functions keep deep and circular types cheap: nothing is worked out that was not asked for.
 */
export type View = Record<string, unknown>

/** Shows cents as the service does, such as `$1,500.00`. */
const formatCents = (cents: number): string => {
  const whole = Math.floor(Math.abs(cents) / 100).toLocaleString("en-US")
  const rest = String(Math.abs(cents) % 100).padStart(2, "0")
  return `${cents < 0 ? "-" : ""}$${whole}.${rest}`
}

/** Shows an amount of money. */
export const moneyView = (cents: number): View => ({ cents, formatted: () => formatCents(cents) })

/** Shows an instant as ISO 8601 in UTC. */
export const instantView = (milliseconds: number): string => new Date(milliseconds).toISOString()

/** Shows an instant as a calendar date. */
export const dateView = (milliseconds: number): string => instantView(milliseconds).slice(0, 10)

/** Makes an error as the service words it: a message, and a code in its extensions. */
export const serviceError = (message: string, code: string): GraphQLError =>
  new GraphQLError(message, { extensions: { code } })
