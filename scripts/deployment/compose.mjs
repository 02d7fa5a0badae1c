// Looks at a compose file: by the schema of the Compose Specification, and by what it names.
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { DCLinter } from "dclint"
import { parse } from "yaml"

const linter = new DCLinter({
  rules: {
    // An image that is built here may well have a name.
    "no-build-and-image": 0,
    "service-keys-order": 0,
    // Takes "127.0.0.1:${PORT}:8720" for a port without quotes.
    "require-quotes-in-ports": 0,
  },
})

const lint = (file) =>
  linter
    .lintFiles([file], false)
    .flatMap(({ messages }) => messages.map(({ line, message, rule }) => `${line}: ${message} (${rule})`))

const named = (environment) =>
  Array.isArray(environment) ? environment.map((one) => one.split("=")) : Object.entries(environment ?? {})

const volumesOf = (service) =>
  (service.volumes ?? []).filter((one) => typeof one === "string").map((one) => one.split(":"))

const bindsOf = (service) => (service.volumes ?? []).filter((one) => one.type === "bind")

const hardened = {
  "read_only is not true": (service) => service.read_only === true,
  "cap_drop does not hold ALL": (service) => (service.cap_drop ?? []).includes("ALL"),
  "security_opt does not hold no-new-privileges:true": (service) =>
    (service.security_opt ?? []).includes("no-new-privileges:true"),
  "it has no restart policy": (service) => service.restart !== undefined,
  "a port is not bound to 127.0.0.1": (service) =>
    (service.ports ?? []).every((one) => String(one).startsWith("127.0.0.1:")),
  "stop_grace_period is shorter than the 8 s that the server may take": (service) =>
    Number.parseInt(service.stop_grace_period, 10) > 8,
}

const problemsOfOther = ({ image = "", ports, environment }) => [
  ...(/:[\w.-]*\d/.test(image) ? [] : [`image ${image} names no version`]),
  ...(ports === undefined ? [] : ["it is reached from outside"]),
  ...named(environment).flatMap(([name, value]) =>
    /PASSWORD$|SECRET|TOKEN/.test(name) && !value?.startsWith("${")
      ? [`${name} is a secret in plain sight`]
      : [],
  ),
]

const problemsOfService = (root, service, { volumes, settings, variables, required }) => {
  const problems = Object.entries(hardened).flatMap(([problem, holds]) => (holds(service) ? [] : [problem]))
  for (const [name] of volumesOf(service))
    if (!(name in volumes)) problems.push(`volume ${name} is not declared`)
  // Another's image, such as a database's: its settings are its own.
  // An image of this folder that another service builds.
  if (service.build === undefined && service.image?.endsWith(":local")) return problems
  if (service.build === undefined) return [...problems, ...problemsOfOther(service)]
  if (!existsSync(join(root, service.build?.context ?? ".", service.build?.dockerfile ?? "Dockerfile"))) {
    problems.push("its build has no Dockerfile")
  }
  const target = settings(service.build?.target)
  if (target === undefined) return [...problems, `the Dockerfile has no target ${service.build?.target}`]
  const places = volumesOf(service)
  for (const { source, read_only } of bindsOf(service)) {
    if (!existsSync(join(root, source))) problems.push(`${source} is not there to be mounted`)
    if (read_only !== true) problems.push(`${source} can be written from inside`)
  }
  const dataDir = target.env.SEQUENCE_DATA_DIR
  if (!places.some(([, place]) => place === dataDir)) problems.push(`nothing is mounted at ${dataDir}`)
  const inside = (service.ports ?? []).map((one) => String(one).split(":").at(-1))
  for (const port of inside) if (!target.ports.includes(port)) problems.push(`the image exposes no ${port}`)
  const environment = named(service.environment)
  for (const [name, value] of environment) {
    if (!variables.includes(name)) problems.push(`${name} is in no documentation`)
    const own = target.env[name]
    if (value !== undefined && value !== own) problems.push(`${name} is ${value}, in the image ${own}`)
  }
  for (const name of required) {
    if (!environment.some(([one]) => one === name)) problems.push(`${name} is not handed on`)
  }
  return problems
}

const problemsOfEnvFiles = (root, service) => {
  const ignored = readFileSync(join(root, ".gitignore"), "utf8").split("\n")
  return (service.env_file ?? []).flatMap((one) => {
    const { path, required = true } = typeof one === "string" ? { path: one } : one
    return [
      ...(ignored.includes(path) ? [] : [`env file ${path} is not in .gitignore`]),
      ...(existsSync(join(root, `${path}.example`)) ? [] : [`env file ${path} has no ${path}.example`]),
      ...(required ? [`env file ${path} must be optional: the variables may come from the shell`] : []),
    ]
  })
}

/**
 * Lists the problems of a compose file. `settings` tells what a target of the Dockerfile is started with,
 * `variables` are those that a service may be given, `required` those that it must be.
 */
export const lintCompose = (root, name, { settings, variables, required = variables }) => {
  const file = join(root, name)
  const problems = lint(file)
  const { services = {}, volumes = {} } = parse(readFileSync(file, "utf8"), { merge: true }) ?? {}
  for (const [id, service] of Object.entries(services)) {
    const found = [
      ...problemsOfService(root, service, { volumes, settings, variables, required }),
      ...problemsOfEnvFiles(root, service),
    ]
    problems.push(...found.map((problem) => `${id}: ${problem}`))
  }
  const used = Object.values(services).flatMap((service) => volumesOf(service).map(([volume]) => volume))
  for (const volume of Object.keys(volumes)) {
    if (!used.includes(volume)) problems.push(`volume ${volume} is used by no service`)
  }
  return problems.map((problem) => `${name}: ${problem}`)
}
