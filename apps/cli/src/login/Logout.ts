/** `tsequence logout`: forgets the stored token. */
import { Command } from "@effect/cli"
import { Login } from "tsequence/effect"
import { common } from "../CommonOptions.js"
import * as Exit from "../Exit.js"
import * as Session from "../Session.js"
import * as Text from "../terminal/Text.js"
import * as Run from "./Run.js"
import * as Values from "./Values.js"

export const logout = Command.make("logout", common, (given) =>
  Session.perform(given, (session) =>
    Session.withEnvironment(session, given.sandbox, async (environment) => {
      await Run.withStore(session, Values.read(environment).dataDir, Login.clearTokens)
      if (given.json) await session.screen.line(Text.json({ loggedOut: true }))
      else
        session.screen.note(
          "The stored token is forgotten. The service is not told: whoever else has it can use it until it ends.",
        )
      return Exit.CODES.done
    }),
  ),
).pipe(Command.withDescription("Forget the stored token"))
