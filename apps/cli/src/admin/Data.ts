/** `tsequence data`: what programs on one account share, from files into a database and back. */
import { Command, Options } from "@effect/cli"
import { Effect, Either, Redacted } from "effect"
import { ConfigError } from "tsequence"
import { common } from "../CommonOptions.js"
import * as Exit from "../Exit.js"
import * as Session from "../Session.js"
import * as Text from "../terminal/Text.js"

const NOT_SET = "SEQUENCE_DATABASE_URL is not set: which database to carry everything into, or from"

const carry = async (environment: NodeJS.ProcessEnv, to: "database" | "files") => {
  const { url, folder } = Session.readVariables(environment, (reader) => ({
    url: reader.text("SEQUENCE_DATABASE_URL"),
    folder: reader.text("SEQUENCE_DATA_DIR") ?? ".",
  }))
  if (url === undefined) throw new ConfigError([NOT_SET])
  const { DataMigration: Carry, Database } = await import("tsequence/postgres")
  const carried = await Effect.runPromise(
    (to === "database" ? Carry.toDatabase(folder) : Carry.toFiles(folder)).pipe(
      Effect.scoped,
      Effect.provide(Database.layerShared(Redacted.make(url))),
      Effect.either,
    ),
  )
  if (Either.isLeft(carried)) throw carried.left
  return carried.right
}

const migrate = Command.make(
  "migrate",
  {
    ...common,
    to: Options.choice("to", ["database", "files"]).pipe(
      Options.withDescription(
        "Where everything goes: the database of SEQUENCE_DATABASE_URL, or SEQUENCE_DATA_DIR",
      ),
    ),
  },
  (options) =>
    Session.perform(options, async ({ screen, environment }) => {
      if (options.sandbox) throw new Exit.UsageError("A sandbox has nothing to be carried.")
      const carried = await carry(environment, options.to)
      if (options.json) await screen.line(Text.json(carried))
      else {
        const login = carried.hasTokens ? "the login" : "no login"
        await screen.line(
          screen.style.green(
            `${carried.lines} lines of the trail, ${login} and ${carried.answers} answers were carried and compared.`,
          ),
        )
        screen.note(`SHA-256 of the trail, there as here: ${carried.sha256}`)
      }
      return Exit.CODES.done
    }),
).pipe(
  Command.withDescription("Carry trail, limits, login and answers into the database, or back into files"),
)

export const data = Command.make("data").pipe(
  Command.withDescription("Move what programs on one account share"),
  Command.withSubcommands([migrate]),
)
