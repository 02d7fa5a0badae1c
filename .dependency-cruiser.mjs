/**
 * The direction of imports. These are the folders of `sdk/src` from the lowest to the highest: a file imports from its own
 * folder and from those above it in this list.
 */
const FOLDERS = [
  "model",
  "Errors",
  "generated",
  "config",
  "http",
  "internal",
  "ErrorJson",
  "auth/login",
  "auth",
  "browser",
  "transport",
  "webapp",
  "api",
  "platform",
  "audit",
  "audit/pysequence",
  "audit/file",
  "reconciliation",
  "client",
  "postgres",
  "safeguards",
  "Sequence",
  "promise",
  "rest",
  "index|effect|safeguards|rest|browser|postgres|app",
]

/** A pattern of the files that lie in a folder itself, or of the named files of `sdk/src`. */
const filesOf = (folder) =>
  FOLDERS.some((other) => other.startsWith(`${folder}/`))
    ? `^sdk/src/${folder}/[^/]+$`
    : /^[a-z/]+$/.test(folder)
      ? `^sdk/src/${folder}/`
      : `^sdk/src/(${folder})\\.ts$`

const noUpwardArrows = FOLDERS.slice(0, -1).map((folder, index) => ({
  name: `no import upward from ${folder}`,
  severity: "error",
  from: { path: filesOf(folder) },
  to: { path: FOLDERS.slice(index + 1).map(filesOf) },
}))

export default {
  forbidden: [
    { name: "no circle", severity: "error", from: {}, to: { circular: true } },
    {
      name: "no app imports another",
      severity: "error",
      from: { path: "^apps/([^/]+)/src/" },
      to: { path: "^apps/([^/]+)/src/", pathNot: "^apps/($1|sandbox)/src/" },
    },
    {
      name: "no import past an entry point",
      severity: "error",
      from: { path: "^(apps|examples)/" },
      to: { path: "^sdk/(src|dist)/.+/" },
    },
    ...noUpwardArrows,
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.base.json" },
    doNotFollow: { path: "node_modules|/dist/" },
  },
}
