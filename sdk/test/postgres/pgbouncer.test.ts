/** Behind a real PgBouncer in `pool_mode = session`, as the guide recommends it. */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync } from "node:fs"
import { chmod, writeFile } from "node:fs/promises"
import { userInfo } from "node:os"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { expect, it, vi } from "vitest"
import * as Database from "../../src/postgres/Database.js"
import * as PostgresAuditStorage from "../../src/postgres/PostgresAuditStorage.js"
import { intent, reserve, verdictOf } from "../safeguards/fixtures.js"
import { inFolder } from "../safeguards/world.js"
import { describeWithPostgres, startPostgres } from "../support/postgres.js"

const PGBOUNCER = ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer", "/opt/homebrew/bin/pgbouncer"].find(
  existsSync,
)
const HOW_TO_GET_IT = PGBOUNCER === undefined ? " (passed over: needs `apt-get install pgbouncer`)" : ""

describeWithPostgres("with PgBouncer between", () => {
  it.skipIf(PGBOUNCER === undefined)(
    `records a transfer, and statements have their time-out${HOW_TO_GET_IT}`,
    () =>
      inFolder(async (folder) => {
        const postgres = await startPostgres()
        const address = new URL((await postgres.newDatabase())().replace("@/", "@localhost/"))
        const settings = [
          "[databases]",
          `* = host=${address.searchParams.get("host")} user=owner`,
          "[pgbouncer]",
          `unix_socket_dir = ${folder}`,
          "listen_addr =",
          "listen_port = 6432",
          "auth_type = any",
          "pool_mode = session",
        ]
        await writeFile(join(folder, "pgbouncer.ini"), settings.join("\n"))
        await chmod(folder, 0o777)
        const asUser = userInfo().uid === 0 ? ["-u", "postgres"] : []
        const pooler = spawn(PGBOUNCER ?? "", [...asUser, join(folder, "pgbouncer.ini")], { stdio: "ignore" })
        try {
          await vi.waitFor(() => expect(existsSync(join(folder, ".s.PGSQL.6432"))).toBe(true), 10_000)
          const url = Redacted.make(`postgresql://owner@${address.pathname}?host=${folder}&port=6432`)
          await Effect.runPromise(
            Effect.scoped(
              Effect.gen(function* () {
                const database = yield* Database.make({ url, statementTimeout: 1_500 })
                const storage = yield* Effect.provideService(
                  PostgresAuditStorage.make(),
                  Database.Database,
                  database,
                )
                const one = intent({ amountCents: 1 })
                expect(verdictOf(yield* reserve(storage, one), one)?._tag).toBe("Fits")
                const shown = yield* database.run("read", (sql) => sql.unsafe("show statement_timeout"))
                expect(shown).toEqual([{ statement_timeout: "1500ms" }])
              }),
            ),
          )
        } finally {
          const ended = once(pooler, "exit")
          pooler.kill("SIGKILL")
          await ended
          await postgres.close()
        }
      }),
  )
})
