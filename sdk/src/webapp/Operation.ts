/** Operations made of generated documents, with the types of their data and their variables. */
import type { DocumentTypeDecoration } from "@graphql-typed-document-node/core"
import type { Operation } from "../transport/GraphQL.js"

/** Variables whose enums take any text: the service may know values that the captured schema does not list. */
type WithOpenEnums<Value> = Value extends string
  ? string extends Value
    ? Value
    : Value | (string & {})
  : Value extends ReadonlyArray<infer Element>
    ? ReadonlyArray<WithOpenEnums<Element>>
    : Value extends object
      ? { readonly [Key in keyof Value]: WithOpenEnums<Value[Key]> }
      : Value

/** Makes the operation of a generated document. */
export const operationOf = <Data, Variables>(
  document: DocumentTypeDecoration<Data, Variables> & object,
): Operation<Data, WithOpenEnums<Variables>> => {
  const text = String(document)
  const [, name = "anonymous"] = /^\s*(?:query|mutation)\s+(\w+)/m.exec(text) ?? []
  return { name, document: text }
}
