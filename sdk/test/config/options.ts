/** Finds every public function that takes options, by reading the sources of the entry points. */
import { readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import ts from "typescript"

const TAKES_OPTIONS = /\b(\w*Options|\w*Filter|Decision)\b/

const parse = (path: string): ts.SourceFile =>
  ts.createSourceFile(path, readFileSync(path, "utf8"), ts.ScriptTarget.Latest, true)

const takes = (parameters: ts.NodeArray<ts.ParameterDeclaration>): boolean =>
  parameters.some(({ type }) => type !== undefined && TAKES_OPTIONS.test(type.getText()))

const isExported = (node: ts.Statement): boolean =>
  ts.canHaveModifiers(node) &&
  (ts.getModifiers(node) ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)

const ofClass = (node: ts.ClassDeclaration): ReadonlyArray<string> =>
  node.members.flatMap((member) => {
    const name = node.name?.text ?? ""
    if (ts.isConstructorDeclaration(member)) return takes(member.parameters) ? [name] : []
    const isPublic = ts.isMethodDeclaration(member) && !ts.isPrivateIdentifier(member.name)
    return isPublic && takes(member.parameters) ? [`${name}.${member.name.getText()}`] : []
  })

/** A class implements `SequenceClient`; the other interfaces with methods are services. */
const ofInterface = (node: ts.InterfaceDeclaration): ReadonlyArray<string> => {
  const name = node.name.text
  if (name !== "Service" && name !== "SafeguardsClient") return []
  return node.members.flatMap((member) => {
    const isMethod = ts.isMethodSignature(member)
    const type = ts.isPropertySignature(member) ? member.type : undefined
    const signature = isMethod ? member : type !== undefined && ts.isFunctionTypeNode(type) ? type : undefined
    return signature !== undefined && takes(signature.parameters)
      ? [`${name}.${member.name?.getText() ?? ""}`]
      : []
  })
}

const ofVariables = (node: ts.VariableStatement): ReadonlyArray<string> =>
  node.declarationList.declarations.flatMap(({ name, initializer }) =>
    initializer !== undefined && ts.isArrowFunction(initializer) && takes(initializer.parameters)
      ? [name.getText()]
      : [],
  )

const ofStatement = (node: ts.Statement, path: string): ReadonlyArray<string> => {
  if (ts.isExportDeclaration(node)) return ofExport(node, path)
  if (!isExported(node)) return []
  if (ts.isClassDeclaration(node)) return ofClass(node)
  if (ts.isInterfaceDeclaration(node)) return ofInterface(node)
  if (ts.isFunctionDeclaration(node)) return takes(node.parameters) ? [node.name?.text ?? ""] : []
  return ts.isVariableStatement(node) ? ofVariables(node) : []
}

const ofExport = (
  { exportClause, moduleSpecifier }: ts.ExportDeclaration,
  path: string,
): ReadonlyArray<string> => {
  if (moduleSpecifier === undefined || !ts.isStringLiteral(moduleSpecifier)) return []
  const target = join(dirname(path), moduleSpecifier.text.replace(/\.js$/, ".ts"))
  const names = namesIn(target)
  if (exportClause === undefined) return names
  if (ts.isNamespaceExport(exportClause)) return names.map((name) => `${exportClause.name.text}.${name}`)
  const chosen = exportClause.elements.map(({ name }) => name.text)
  return names.filter((name) => chosen.includes(name.replace(/\..*/, "")))
}

const namesIn = (path: string): ReadonlyArray<string> =>
  parse(path).statements.flatMap((statement) => ofStatement(statement, path))

/** The public functions and methods of an entry point that take options, such as `Pods.Service.getPods`. */
export const takingOptions = (entry: string): ReadonlyArray<string> => [
  ...new Set(namesIn(join(import.meta.dirname, "..", "..", "src", `${entry}.ts`))),
]
