/** schema/ → sdk/src/generated/: one typed document for each operation. Run by `npm run codegen`. */
import type { CodegenConfig } from "@graphql-codegen/cli"
import { Kind, visit } from "graphql"

/**
 * Asks for `__typename` in every selection set but an operation's own, so that an unknown member of a union
 * can be told and passed on. (Options of the plugins promise it in the types without asking for it.)
 */
const selectTypename = {
  transform: ({ documents }) =>
    documents.map((file) => ({
      ...file,
      document:
        file.document &&
        visit(file.document, {
          SelectionSet(node, _key, parent) {
            if (parent === undefined || !("kind" in parent)) return undefined
            // An inline fragment inherits it from the set around it.
            if (parent.kind === Kind.OPERATION_DEFINITION || parent.kind === Kind.INLINE_FRAGMENT)
              return undefined
            const field = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: "__typename" } } as const
            return { ...node, selections: [field, ...node.selections] }
          },
        }),
    })),
} satisfies NonNullable<CodegenConfig["documentTransforms"]>[number]

const config: CodegenConfig = {
  schema: "schema/schema.graphql",
  documents: ["schema/operations/*.graphql", "schema/fragments/*.graphql"],
  generates: {
    "sdk/src/generated/operations.ts": {
      plugins: ["typescript-operations", "typed-document-node"],
      documentTransforms: [selectTypename],
      config: {
        scalars: { ID: "string", DateTime: "string", Date: "string", JSON: "unknown" },
        strictScalars: true,
        documentMode: "string",
        pureMagicComment: true,
        immutableTypes: true,
        // The service may send values that the capture does not list.
        futureProofEnums: true,
        useTypeImports: true,
        skipTypename: true,
        dedupeFragments: true,
      },
    },
  },
}

export default config
