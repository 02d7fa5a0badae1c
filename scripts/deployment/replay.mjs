// Does in a clean folder what a build would do: every COPY, and every RUN that needs no container.
import { execFileSync } from "node:child_process"
import { cpSync, existsSync, mkdirSync, statSync } from "node:fs"
import { basename, delimiter, dirname, join, posix } from "node:path"

// Commands about users, owners and packages of the system, which only a container has.
const OF_A_SYSTEM = /^(install\s+-d|chown|chmod|adduser|addgroup|useradd|groupadd|apt-get|apk|corepack)\b/

/** The environment of a fresh machine: nothing of the workspace, nor of the npm that runs this. */
export const plainEnvironment = (more = {}) => ({
  ...Object.fromEntries(
    ["HOME", "TMPDIR", "TEMP", "SystemRoot", "LANG"].flatMap((name) =>
      process.env[name] === undefined ? [] : [[name, process.env[name]]],
    ),
  ),
  PATH: (process.env.PATH ?? "")
    .split(delimiter)
    .filter((folder) => !folder.includes("node_modules"))
    .join(delimiter),
  ...more,
})

const npmSettings = {
  npm_config_prefer_offline: "true",
  npm_config_audit: "false",
  npm_config_fund: "false",
  npm_config_update_notifier: "false",
}

const fail = (step, why) => {
  throw new Error(`Dockerfile:${step.line}: ${step.name} ${step.text}\n  ${why}`)
}

/** Copies as COPY does: a folder gives its content, and a place that ends with a slash is a folder. */
const place = (source, target, intoFolder) => {
  if (statSync(source).isDirectory()) {
    // Links stay as they are written: npm's between workspaces are relative.
    cpSync(source, target, { recursive: true, verbatimSymlinks: true })
    return
  }
  const file = intoFolder ? join(target, basename(source)) : target
  mkdirSync(dirname(file), { recursive: true })
  cpSync(source, file)
}

const copyFromContext = (step, source, target, { root, files }) => {
  const wanted = posix.normalize(source).replace(/\/$/, "")
  const found = files.filter((path) => path === wanted || path.startsWith(`${wanted}/`))
  if (found.length === 0) fail(step, `${source} is not in the build context (see .dockerignore)`)
  const isFolder = found[0] !== wanted
  const intoFolder = target.endsWith("/")
  for (const path of found) {
    if (isFolder) place(join(root, path), join(target, posix.relative(wanted, path)), false)
    else place(join(root, path), target, intoFolder)
  }
}

const copy = (step, state) => {
  const places = step.args.slice(0, -1)
  const target = state.inStage(state.stage, step.args.at(-1))
  const from = step.flags.from
  for (const source of places) {
    if (from === undefined) {
      copyFromContext(step, source, target, state.context)
      continue
    }
    if (!state.folders.has(from)) fail(step, `there is no stage ${from} before this one`)
    const path = state.inStage(from, source)
    if (!existsSync(path)) fail(step, `stage ${from} has no ${source}`)
    place(path, target, target.endsWith("/"))
  }
}

const isOfASystem = (step) => step.text.split(/&&|;/).every((part) => OF_A_SYSTEM.test(part.trim()))

const run = (step, state) => {
  const folder = state.inStage(state.stage, state.workdir)
  const started = Date.now()
  try {
    execFileSync("sh", ["-ec", step.text], {
      cwd: folder,
      env: plainEnvironment({ ...npmSettings, ...state.env }),
      stdio: ["ignore", "pipe", "pipe"],
    })
  } catch (error) {
    const said = [error.stdout, error.stderr].join("").trim().split("\n")
    // npm says what is wrong first, compilers say it last.
    const part = said.length > 24 ? [...said.slice(0, 12), "…", ...said.slice(-12)] : said
    fail(step, part.join("\n  ") || error.message)
  }
  state.note(`ran (${((Date.now() - started) / 1000).toFixed(1)} s): ${state.stage}: ${step.text}`)
}

const isSkipped = (step) => step.name === "RUN" && isOfASystem(step)
const changesFiles = (step) => ["COPY", "ADD", "RUN"].includes(step.name) && !isSkipped(step)

/**
 * Replays stages below `folder`; answers where the root of each lies. A stage that adds no file is its parent's.
 * Throws where a step fails, with its line.
 */
export const replay = (stages, { folder, context, note }) => {
  const folders = new Map()
  const carried = new Map()
  const inStage = (stage, path) => {
    const { workdir } = carried.get(stage)
    const full = posix.resolve(workdir, path)
    return join(folders.get(stage), full, path.endsWith("/") ? "/" : "")
  }
  for (const { name, from, steps } of stages) {
    const { workdir, env } = carried.get(from) ?? { workdir: "/", env: {} }
    const isOwn = steps.some(changesFiles) || !folders.has(from)
    folders.set(name, isOwn ? join(folder, name) : folders.get(from))
    if (isOwn) {
      mkdirSync(folders.get(name), { recursive: true })
      if (folders.has(from)) place(folders.get(from), folders.get(name), false)
    }
    const state = { stage: name, context, folders, inStage, note, workdir, env }
    carried.set(name, state)
    for (const step of steps) {
      if (step.name === "WORKDIR") {
        state.workdir = posix.resolve(state.workdir, step.text)
        mkdirSync(inStage(name, "."), { recursive: true })
      } else if (step.name === "ENV") state.env = { ...state.env, ...step.values }
      else if (step.name === "COPY") copy(step, state)
      else if (step.name === "ADD") fail(step, "only COPY is known to this check")
      else if (isSkipped(step)) note(`skipped (about users or the system): ${name}: ${step.text}`)
      else if (step.name === "RUN") run(step, state)
    }
  }
  return (stage, path = "/") => inStage(stage, path)
}
