// The site: the reference of every entry point, and the guides beside it.
import { join, relative } from "node:path"
import { CATEGORIES, REFERENCE } from "./scripts/docs/arrange.mjs"
import { pages, parts } from "./scripts/docs/pages.mjs"
import { stage } from "./scripts/docs/stage.mjs"
import { entryPoints } from "./sdk/scripts/reach.mjs"

const root = import.meta.dirname

const sourceOf = ({ types }) => relative(root, types).replace("/dist/", "/src/").replace(".d.ts", ".ts")

const [readme, ...documents] = stage(root, pages)

export default {
  name: "tsequence",
  entryPoints: (await entryPoints(join(root, "sdk"))).map(sourceOf),
  projectDocuments: documents,
  tsconfig: "sdk/tsconfig.json",
  out: "site",
  readme,
  includeVersion: false,
  plugin: ["./scripts/docs/plugin.mjs"],
  customCss: "scripts/docs/site.css",
  sourceLinkTemplate: "source:{path}#L{line}",
  gitRevision: "main",
  disableGit: true,
  displayBasePath: ".",
  excludeExternals: true,
  excludeInternal: true,
  excludePrivate: true,
  sortEntryPoints: false,
  sort: ["kind", "alphabetical"],
  categorizeByGroup: false,
  defaultCategory: "More",
  categoryOrder: [...parts, REFERENCE, ...CATEGORIES, "*"],
  navigation: { includeCategories: true, includeGroups: false },
  treatWarningsAsErrors: true,
  requiredToBeDocumented: ["Module", "Class", "Interface", "Function", "TypeAlias", "Variable"],
  validation: { notExported: true, invalidLink: true, notDocumented: true },
}
