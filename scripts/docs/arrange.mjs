// Puts the reference into the order in which people look for things: what a thing is for, by its docstring's `@category`
// or else by the module that it is in.
import { Comment, CommentTag, ReflectionKind } from "typedoc"

/** Clients, whose methods are declared in the order in which people need them. */
const CLIENTS = ["Sequence", "SequenceClient", "SequenceRest", "SafeguardsClient"]

/** The part of the sidebar that holds the entry points. */
export const REFERENCE = "Reference"

/** The categories of the reference, first to last. */
export const CATEGORIES = [
  "Client",
  "Services",
  "Layers",
  "Constructors",
  "Options",
  "Errors",
  "Guards",
  "Money",
  "Models",
  "Safeguards",
  "Combinators",
  "Schemas",
  "Names for declarations",
]

// For what has no `@category`: the first that fits.
const RULES = [
  { category: "Errors", fits: ({ file }) => file.endsWith("/Errors.ts") },
  { category: "Money", fits: ({ name }) => /^(formatCents|parseDollars|MAX_AMOUNT_CENTS)$/.test(name) },
  { category: "Client", fits: ({ name }) => /^Sequence(Client|Rest)?$/.test(name) },
  { category: "Options", fits: ({ name }) => /(Options|Credentials|TokenStore|Logger|Settings)$/.test(name) },
  { category: "Services", fits: ({ kind }) => kind === ReflectionKind.Namespace },
  {
    category: "Safeguards",
    fits: ({ file }) => /\/(safeguards|audit|reconciliation)\/|SafeguardsClient/.test(file),
  },
  { category: "Models", fits: () => true },
]

const own = (reflection) =>
  reflection.sources?.filter(({ fullFileName }) => !fullFileName.includes("/node_modules/"))

const capitalized = (text) => `${text.charAt(0).toUpperCase()}${text.slice(1)}`

/** A function's docstring is its signature's. */
const commentsOf = (reflection) =>
  [reflection, ...(reflection.signatures ?? [])].flatMap(({ comment }) => comment ?? [])

const categoryOf = (reflection) => {
  // A tag is exported beside its namespace since declarations cannot name what is inside.
  if (reflection.name.endsWith("Tag")) return "Names for declarations"
  const [tag] = commentsOf(reflection).flatMap((comment) => comment.getTag("@category") ?? [])
  if (tag !== undefined) return capitalized(tag.content[0].text.trim())
  const file = reflection.sources?.[0]?.fullFileName ?? ""
  return RULES.find(({ fits }) => fits({ name: reflection.name, kind: reflection.kind, file })).category
}

const put = (reflection, category) => {
  for (const comment of commentsOf(reflection)) comment.removeTags("@category")
  const holder = reflection.signatures?.[0] ?? reflection
  holder.comment ??= new Comment()
  holder.comment.blockTags.push(new CommentTag("@category", [{ kind: "text", text: category }]))
}

/** Tells whether an entry point exports a value as a type only, so that a program cannot use it from there. */
const isOnlyTyped = (reflection) =>
  reflection.parent?.name === "tsequence" && categoryOf(reflection) === "Schemas"

/** Before TypeDoc makes its categories. */
export const arrange = (project) => {
  for (const reflection of Object.values(project.reflections)) {
    // What comes from other packages, such as the fields of Effect's tags, has no source of ours to show.
    if (own(reflection)?.length === 0) delete reflection.sources
    if (reflection.kind === ReflectionKind.Module) put(reflection, REFERENCE)
    else if (reflection.parent?.kindOf(ReflectionKind.SomeModule) && !reflection.isDocument?.()) {
      if (isOnlyTyped(reflection)) project.removeReflection(reflection)
      else put(reflection, categoryOf(reflection))
    }
  }
}

const lineOf = (reflection) => reflection.sources?.[0]?.line ?? 0

const byLine = (a, b) => lineOf(a) - lineOf(b)

/** The first sentence of a comment, with its links and code as they are. */
const firstSentence = (parts) => {
  const end = parts.findIndex(({ kind, text }) => kind === "text" && /[.:](\s|$)/.test(text))
  if (end === -1) return parts
  const { text } = parts[end]
  return [...parts.slice(0, end), { kind: "text", text: text.slice(0, text.search(/[.:](\s|$)/)) }]
}

const oneLine = (part) => ({ ...part, text: part.text.replaceAll(/\s+/g, " ") })

/** A list of a client's methods, each with a line that says what it does. */
const listOfMethods = (methods) =>
  methods.flatMap((method) => [
    { kind: "text", text: "\n- " },
    { kind: "inline-tag", tag: "@link", target: method, text: method.name },
    { kind: "text", text: ": " },
    ...firstSentence(method.signatures?.[0]?.comment?.summary ?? []).map(oneLine),
  ])

const arrangeClient = (client) => {
  for (const { children } of client.groups ?? []) children.sort(byLine)
  const methods = client.children
    .filter((child) => child.kind === ReflectionKind.Method && !child.name.startsWith("["))
    .sort(byLine)
  client.comment ??= new Comment()
  client.comment.summary.push({ kind: "text", text: "\n\n" }, ...listOfMethods(methods))
}

/**
 * Puts things into the order in which people need them, after TypeDoc has made its categories: guides as in the list of
 * pages, and a client's methods as they are declared.
 */
export const inOrder = (project) => {
  for (const name of CLIENTS) {
    for (const client of Object.values(project.reflections)) {
      if (client.name === name && client.kindOf(ReflectionKind.ClassOrInterface)) arrangeClient(client)
    }
  }
  for (const { title, children } of project.categories ?? []) {
    if (title !== REFERENCE) children.sort((a, b) => a.id - b.id)
  }
}
