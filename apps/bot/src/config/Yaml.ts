/** Reads YAML 1.2 as people write it: whole numbers may have underscores, as in YAML 1.1. */
import { Either } from "effect"
import { parseDocument } from "yaml"

const integerWithUnderscores = {
  tag: "tag:yaml.org,2002:int",
  default: true,
  test: /^[-+]?[0-9]+(?:_[0-9]+)+$/,
  resolve: (text: string) => Number(text.replaceAll("_", "")),
} as const

/** Parses a document into plain values, or says where it cannot be read; never repeats what stands there. */
export const parse = (text: string): Either.Either<unknown, string> => {
  const document = parseDocument(text, {
    version: "1.2",
    prettyErrors: false,
    customTags: (tags) => [integerWithUnderscores, ...tags],
  })
  const [error] = document.errors
  if (error !== undefined) {
    const line = text.slice(0, error.pos[0]).split("\n").length
    return Either.left(`is not YAML that can be read (line ${line}: ${error.code})`)
  }
  try {
    return Either.right(document.toJS({ maxAliasCount: 10 }))
  } catch {
    return Either.left("is not YAML that can be read: it refers to itself too often")
  }
}
