/** `tsequence doctor`: what is configured, whose token, is the service reachable, are the files sound. */
import { Command, Options } from "@effect/cli"
import { common } from "../CommonOptions.js"
import * as Exit from "../Exit.js"
import * as Session from "../Session.js"
import * as Text from "../terminal/Text.js"
import * as Findings from "./Findings.js"

const offline = Options.boolean("offline").pipe(
  Options.withDescription("Leave the service alone: look at configuration and files only"),
)

const MARK = { ok: "ok  ", warning: "warn", failed: "FAIL" } as const

const look = async (
  session: Session.Service,
  isOffline: boolean,
  environment: NodeJS.ProcessEnv,
): Promise<ReadonlyArray<Findings.Finding>> => {
  const configuration = await Findings.configuration(environment)
  const findings = [
    ...configuration,
    await Findings.folder(environment),
    await Findings.token(environment),
    ...(await Session.withFolder(environment, Findings.files)),
  ]
  if (isOffline || configuration.some(({ state }) => state === "failed")) return findings
  const sequence = Session.makeClient(session, environment, { safeguards: false })
  try {
    return [...findings, ...(await Findings.service(sequence, session.interrupts.signal))]
  } finally {
    await sequence.close()
  }
}

export const doctor = Command.make("doctor", { ...common, offline }, (options) =>
  Session.perform(options, (session) =>
    Session.withEnvironment(session, options.sandbox, async (environment) => {
      const { line, style } = session.screen
      const findings = await look(session, options.offline, environment)
      const isSound = findings.every(({ state }) => state !== "failed")
      if (options.json) await line(Text.json({ isSound, findings }))
      else {
        const colour = { ok: style.green, warning: style.yellow, failed: style.red }
        for (const { check, state, detail } of findings) {
          await line(`${colour[state](MARK[state])}  ${check.padEnd(15)} ${Text.plain(detail)}`)
        }
      }
      return isSound ? Exit.CODES.done : Exit.CODES.unsound
    }),
  ),
).pipe(Command.withDescription("Check configuration, token, files and service; says what to do"))
