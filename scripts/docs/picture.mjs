// Makes the picture of the README and the site: the real command line against a real sandbox, drawn as an SVG.
import { spawn } from "node:child_process"
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"

const root = join(import.meta.dirname, "../..")

/** The committed picture, from the root of the repository. */
export const PICTURE = "docs/images/terminal.svg"

const COMMANDS = [
  "pods",
  "transfer --from Main --to Groceries --amount 20 --yes",
  "transfer --from Main --to Groceries --amount 20000 --yes",
]

/** Patterns of text that differs from run to run, each with the text that the picture shows instead. */
const FIXED = [
  [/\d{4}-\d\d-\d\d(?= \(New York\))/g, "2026-01-31"],
  [/(?<=request_id )[0-9a-f-]{36}/g, "019c1234-5678-7abc-8def-0123456789ab"],
]

/** Runs one command, and returns what a terminal would show: standard output and standard error together. */
const run = (command, { env, folder }) =>
  new Promise((resolve, reject) => {
    const file = join(folder, "terminal.txt")
    const terminal = openSync(file, "w")
    const child = spawn(process.execPath, [join(root, "apps/cli/bin/tsequence.js"), ...command.split(" ")], {
      env,
      stdio: ["ignore", terminal, terminal],
    })
    child.on("error", reject)
    child.on("close", () => {
      closeSync(terminal)
      resolve(readFileSync(file, "utf8").trimEnd())
    })
  })

const record = async () => {
  const { startSandbox } = await import(pathToFileURL(join(root, "apps/sandbox/dist/index.js")).href)
  const folder = mkdtempSync(join(tmpdir(), "tsequence-picture-"))
  const sandbox = await startSandbox({ seed: 7 })
  try {
    const { accessToken } = sandbox.issueTokens()
    const env = {
      PATH: process.env.PATH,
      NO_COLOR: "1",
      ...sandbox.env,
      SEQUENCE_ACCESS_TOKEN: accessToken,
      SEQUENCE_DATA_DIR: folder,
    }
    const shown = []
    for (const command of COMMANDS) {
      const output = await run(command, { env, folder })
      shown.push({ command, output: FIXED.reduce((text, [from, to]) => text.replaceAll(from, to), output) })
    }
    return shown
  } finally {
    await sandbox.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")

const ROW = 21
const COLUMN = 8.43
const PADDING = 24
const TITLE = 40

/** A terminal window on a ground of its own, so that it can be read on a light page and on a dark one. */
const draw = (shown) => {
  const rows = shown.flatMap(({ command, output }, i) => [
    ...(i === 0 ? [] : [""]),
    `<tspan class="prompt">$</tspan> <tspan class="command">tsequence ${escaped(command)}</tspan>`,
    ...output.split("\n").map(escaped),
  ])
  const lengths = shown.flatMap(({ command, output }) =>
    [`$ tsequence ${command}`, ...output.split("\n")].map((line) => line.length),
  )
  const width = Math.ceil(Math.max(...lengths) * COLUMN + 2 * PADDING)
  const height = TITLE + rows.length * ROW + PADDING
  const lines = rows.map((row, i) => `<text x="${PADDING}" y="${TITLE + (i + 1) * ROW - 6}">${row}</text>`)
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title">
<title id="title">A terminal: tsequence lists pods, moves $20.00, and refuses a transfer that is over the limit</title>
<style>
text { font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #d6dbe4; white-space: pre; }
.prompt { fill: #7ee2a8; }
.command { fill: #ffffff; font-weight: 600; }
</style>
<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="10" fill="#161b26" stroke="#3a4358"/>
<circle cx="24" cy="20" r="6" fill="#ff6159"/><circle cx="44" cy="20" r="6" fill="#ffbd2e"/><circle cx="64" cy="20" r="6" fill="#28c941"/>
${lines.join("\n")}
</svg>
`
}

/** The picture as it would be made now. */
export const makePicture = async () => draw(await record())

/** Tells how to make the picture again if the committed one is not what the programs print now. */
export const problemsWithPicture = async () =>
  (await makePicture()) === readFileSync(join(root, PICTURE), "utf8")
    ? []
    : [`${PICTURE} does not show what the programs print: run "npm run docs:picture"`]

if (process.argv[1] === import.meta.filename) {
  writeFileSync(join(root, PICTURE), await makePicture())
  console.log(`${PICTURE} is written.`)
}
