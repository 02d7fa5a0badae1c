import { existsSync, readFileSync } from "node:fs"
import {
  buildSchema,
  GraphQLError,
  type GraphQLScalarType,
  type GraphQLSchema,
  isScalarType,
  valueFromASTUntyped,
} from "graphql"
import { isCalendarDate } from "../internal/EasternTime.js"

/** The published package has a copy beside its code; in the repository there is the one that all share. */
const schemaText = (): string => {
  const copy = new URL("../schema.graphql", import.meta.url)
  const shared = new URL("../../../../schema/schema.graphql", import.meta.url)
  for (const place of [copy, shared]) if (existsSync(place)) return readFileSync(place, "utf8")
  throw new Error("schema.graphql is missing from tsequence-sandbox: build it again")
}

const scalar = (schema: GraphQLSchema, name: string): GraphQLScalarType => {
  const type = schema.getType(name)
  if (!isScalarType(type)) throw new Error(`the schema has no scalar ${name}`)
  return type
}

const parse = (type: GraphQLScalarType, isValid: (text: string) => boolean): void => {
  const check = (value: unknown): string => {
    if (typeof value === "string" && isValid(value)) return value
    throw new GraphQLError(`${type.name} cannot represent this value`)
  }
  type.parseValue = check
  type.parseLiteral = (node, variables) => check(valueFromASTUntyped(node, variables))
}

/** Reads the captured schema, and gives its scalars the checks that a server has. */
export const loadSchema = (): GraphQLSchema => {
  const schema = buildSchema(schemaText())
  parse(scalar(schema, "Date"), isCalendarDate)
  parse(scalar(schema, "DateTime"), (text) => Number.isFinite(Date.parse(text)))
  return schema
}
