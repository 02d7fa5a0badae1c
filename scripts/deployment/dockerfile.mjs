// Reads a Dockerfile into stages, and says what is wrong with it.
import { DockerfileParser } from "dockerfile-ast"
import { validate } from "dockerfile-utils"

const json = (text) => {
  try {
    const value = JSON.parse(text)
    return Array.isArray(value) && value.every((one) => typeof one === "string") ? value : undefined
  } catch {
    return undefined
  }
}

const toStep = (instruction) => ({
  name: instruction.getKeyword(),
  line: instruction.getRange().start.line + 1,
  text: instruction.getArgumentsContent() ?? "",
  args: instruction.getArguments().map((one) => one.getValue()),
  flags: Object.fromEntries((instruction.getFlags?.() ?? []).map((one) => [one.getName(), one.getValue()])),
  values: Object.fromEntries(
    (instruction.getProperties?.() ?? []).map((one) => [one.getName(), one.getValue()]),
  ),
})

/** The stages in order, each with its name, what it starts from, and its steps. */
export const readStages = (content) => {
  const stages = []
  for (const instruction of DockerfileParser.parse(content).getInstructions()) {
    if (instruction.getKeyword() === "FROM") {
      const name = instruction.getBuildStage() ?? `${stages.length}`
      stages.push({ name, from: instruction.getImage(), steps: [], line: toStep(instruction).line })
    } else stages.at(-1)?.steps.push(toStep(instruction))
  }
  return stages
}

/** A stage and what it starts from, the oldest first; what comes last of a kind is what holds. */
const lineage = (stages, stage) => {
  const parent = stages.find((one) => one.name === stage.from)
  return parent === undefined ? [stage] : [...lineage(stages, parent), stage]
}

/** Tells how a container of a stage is started; `healthcheck` and `command` are lists of words. */
export const settingsOf = (stages, stage) => {
  const steps = lineage(stages, stage).flatMap((one) => one.steps)
  const last = (name) => steps.findLast((one) => one.name === name)
  return {
    env: Object.assign({}, ...steps.filter((one) => one.name === "ENV").map((one) => one.values)),
    workdir: last("WORKDIR")?.text ?? "/",
    user: last("USER")?.text ?? "root",
    ports: steps.filter((one) => one.name === "EXPOSE").flatMap((one) => one.args),
    volumes: steps.filter((one) => one.name === "VOLUME").flatMap((one) => json(one.text) ?? one.args),
    command: json(last("CMD")?.text ?? ""),
    healthcheck: json(last("HEALTHCHECK")?.text.replace(/^CMD\s+/, "") ?? ""),
  }
}

/** Lists what the linter finds, and what it does not look for in a stage that runs. */
export const lintDockerfile = (content, { targets, checked }) => {
  const problems = validate(content).map(
    ({ message, range }) => `Dockerfile:${range.start.line + 1}: ${message}`,
  )
  const stages = readStages(content)
  for (const target of targets) {
    const stage = stages.find(({ name }) => name === target)
    if (stage === undefined) {
      problems.push(`Dockerfile: there is no target ${target}`)
      continue
    }
    const { command, user, healthcheck } = settingsOf(stages, stage)
    const at = `Dockerfile:${stage.line}: ${target}`
    if (/^(root|0)(:|$)/.test(user)) problems.push(`${at} runs as root`)
    if (command === undefined) problems.push(`${at} has no CMD in exec form, so that no signal reaches it`)
    if (checked.includes(target) && healthcheck === undefined) {
      problems.push(`${at} has no HEALTHCHECK in exec form`)
    }
  }
  const bases = stages.filter(({ from }) => !stages.some(({ name }) => name === from))
  for (const { from, line } of bases) {
    if (!/:/.test(from) || /:latest$/.test(from))
      problems.push(`Dockerfile:${line}: ${from} names no version`)
  }
  return problems
}
