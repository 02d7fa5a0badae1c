/** The safeguards' storage in a real PostgreSQL: what every storage must do, and what a table does besides. */
import { fileURLToPath } from "node:url"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Service } from "../../src/audit/AuditStorage.js"
import * as Database from "../../src/postgres/Database.js"
import * as PostgresAuditStorage from "../../src/postgres/PostgresAuditStorage.js"
import { contract, type Open, run } from "../audit/contract.js"
import { intent, outcome, reserve, verdictOf } from "../safeguards/fixtures.js"
import { CANARY, describeWithPostgres, type Postgres, startPostgres } from "../support/postgres.js"

const GRANTS = fileURLToPath(new URL("../../migrations/grants.sql", import.meta.url))

const openAt =
  (url: string, options: Partial<Database.Options> = {}): Open =>
  () =>
    Effect.flatMap(Database.make({ url: Redacted.make(url), ...options }), (database) =>
      Effect.provideService(PostgresAuditStorage.make(), Database.Database, database),
    ).pipe(Effect.orDie)

/** Gives the reason why the next transfer is refused; fails if it is not. */
const refusalOf = (storage: Service) =>
  Effect.flip(reserve(storage, intent())).pipe(
    Effect.orDieWith(() => new Error("it was not refused")),
    Effect.map(({ message }) => {
      expect(message).not.toContain(CANARY)
      return message
    }),
  )

const fits = (storage: Service) =>
  Effect.gen(function* () {
    const one = intent({ amountCents: 1 })
    return verdictOf(yield* reserve(storage, one), one)?._tag === "Fits"
  })

describeWithPostgres("with PostgreSQL", () => {
  let postgres: Postgres
  beforeAll(async () => {
    postgres = await startPostgres()
  })
  afterAll(() => postgres.close())

  contract("a database", async (use) => use(openAt((await postgres.newDatabase())())))

  /** Runs with a database that holds three lines. */
  const withThree = async (
    use: (storage: Service, url: (role?: string) => string) => Effect.Effect<void, unknown, Scope.Scope>,
    options?: Partial<Database.Options>,
  ) => {
    const url = await postgres.newDatabase()
    await run(
      Effect.gen(function* () {
        const storage = yield* openAt(url(), options)()
        for (let i = 0; i < 3; i++) yield* reserve(storage, intent({ amountCents: 1 }))
        yield* use(storage, url)
      }),
    )
  }

  const tamper = (url: string, text: string) =>
    Effect.promise(() =>
      postgres.sql(
        url,
        `alter table tsequence.trail disable trigger append_only; ${text};
         alter table tsequence.trail enable always trigger append_only`,
      ),
    )

  describe("the tables", () => {
    it("are made once, however many start at the same moment", async () => {
      const url = (await postgres.newDatabase())()
      const open = openAt(url)
      const all = Array.from({ length: 6 }, () => Effect.flatMap(open(), fits))
      expect(await run(Effect.all(all, { concurrency: 6 }))).toEqual(all.map(() => true))
      expect(await postgres.sql(url, "select count(*) from tsequence.migrations")).toBe("1")
      expect(
        await postgres.sql(url, "select string_agg(number::text, ',' order by number) from tsequence.trail"),
      ).toBe("1,2,3,4,5,6")
    })

    it("refuse to be used by an older version than the one that changed them", () =>
      withThree((_, url) =>
        Effect.gen(function* () {
          yield* Effect.promise(() =>
            postgres.sql(url(), "insert into tsequence.migrations values (9999, 'later')"),
          )
          expect(yield* refusalOf(yield* openAt(url())())).toContain("newer version")
        }),
      ))

    it.each([
      "update tsequence.trail set line = line",
      "delete from tsequence.trail",
      "truncate tsequence.trail",
    ])("refuse, even from their owner: %s", (text) =>
      withThree((storage, url) =>
        Effect.gen(function* () {
          for (const prefix of ["", "set session_replication_role = replica; "]) {
            const failed = yield* Effect.flip(Effect.tryPromise(() => postgres.sql(url(), prefix + text)))
            expect(String(failed.error)).toContain("only ever appended to")
          }
          expect(yield* storage.verify).toEqual({ lines: 3, problems: [] })
        }),
      ),
    )

    it("can be used by a role that can only append", () =>
      withThree((_, url) =>
        Effect.gen(function* () {
          const role = "tsequence_app"
          yield* Effect.promise(async () => {
            await postgres.sql(url(), `create role ${role} login`)
            await postgres.file(url(), GRANTS, { role })
          })
          const storage = yield* openAt(url(role))()
          expect(yield* fits(storage)).toBe(true)
          yield* storage.processes.create("one")
          yield* storage.processes.remove("one")
          yield* storage.checkWritable
          expect(yield* storage.verify).toEqual({ lines: 4, problems: [] })
          for (const text of [
            "update tsequence.trail set line = line",
            "delete from tsequence.trail",
            "truncate tsequence.trail",
            "alter table tsequence.trail disable trigger append_only",
            "drop function tsequence.refuse_change() cascade",
          ]) {
            const failed = yield* Effect.flip(Effect.tryPromise(() => postgres.sql(url(role), text)))
            expect(String(failed.error)).toMatch(/permission denied|must be owner/)
          }
        }),
      ))
  })

  describe("a trail in a table", () => {
    it.each([
      [
        "changed",
        "update tsequence.trail set line = replace(line, '\"amount_cents\":1', '\"amount_cents\":0') where number = 2",
        2,
      ],
      ["removed", "delete from tsequence.trail where number = 2", 2],
      ["shortened", "delete from tsequence.trail where number = 3", 3],
      ["shortened", "truncate tsequence.trail", 1],
    ])("that was tampered with is told from one that was not: %s, %s", (kind, text, line) =>
      withThree((_, url) =>
        Effect.gen(function* () {
          yield* tamper(url(), text)
          const fresh = yield* openAt(url())()
          expect((yield* fresh.verify).problems).toMatchObject([{ kind, line }])
          expect(yield* refusalOf(fresh)).toContain(`(${kind})`)
          yield* fresh.append(() => [{ event_type: "audit_accepted", note: "a test" }], { durable: true })
          expect(yield* fits(fresh)).toBe(true)
          expect((yield* fresh.verify).problems.every(({ accepted }) => accepted)).toBe(true)
        }),
      ),
    )

    it("that loses lines is noticed by who has read them, also where its note of the newest fits", () =>
      withThree((storage, url) =>
        Effect.gen(function* () {
          yield* tamper(
            url(),
            `delete from tsequence.trail where number = 3;
             update tsequence.trail_head set seq = 2, hash = encode(sha256(convert_to(
               (select line from tsequence.trail where number = 2), 'UTF8')), 'hex')`,
          )
          // Nobody else can tell.
          expect((yield* (yield* openAt(url())()).verify).problems).toEqual([])
          expect(yield* refusalOf(storage)).toContain("(shortened)")
        }),
      ))

    it("holds lines of others and of any bytes as they are", () =>
      withThree((storage, url) =>
        Effect.gen(function* () {
          const line = JSON.stringify({
            timestamp: "2026-07-01T15:00:00.123456+00:00",
            event_type: "transfer_completed",
            amount_cents: 5_000,
          })
          yield* Effect.promise(() =>
            postgres.sql(
              url(),
              `insert into tsequence.trail (number, line) values (4, '${line}');
               insert into tsequence.trail (number, bytes) values (5, '\\xff00fe')`,
            ),
          )
          const { ledger } = yield* storage.read
          expect(ledger.externalCents("__global__", "2026-07-01")).toBe(5_000)
          yield* storage.append(() => [{ event_type: "audit_accepted", note: "a test" }], { durable: true })
          expect(yield* fits(storage)).toBe(true)
          expect((yield* storage.verify).problems).toMatchObject([{ line: 5, accepted: true }])
        }),
      ))
  })

  describe("a database", () => {
    const impatient = { connectTimeout: 500, statementTimeout: 500 }

    it("that is read-only can be read, and refuses transfers", () =>
      withThree((_, url) =>
        Effect.gen(function* () {
          const database = /@\/(\w+)/.exec(url())?.[1]
          const set = (value: string) =>
            Effect.promise(() =>
              postgres.sql(
                url(),
                `begin; set transaction read write;
                 alter database ${database} set default_transaction_read_only = ${value}; commit`,
              ),
            )
          yield* set("on")
          const storage = yield* openAt(url())()
          expect((yield* storage.entries).length).toBe(3)
          expect(yield* refusalOf(storage)).toContain("read-only")
          expect(yield* Effect.flip(storage.checkWritable)).toMatchObject({ _tag: "StorageError" })
          yield* set("off")
          expect(yield* fits(yield* openAt(url())())).toBe(true)
        }),
      ))

    it.each([
      ["is full", "raise exception 'could not extend file' using errcode = 'disk_full'", "its disk is full"],
      ["is slow", "perform pg_sleep(20)", "took too long"],
    ])("that %s refuses, with the reason, and can be read", (_name, body, reason) =>
      withThree(
        (storage, url) =>
          Effect.gen(function* () {
            yield* Effect.promise(() =>
              postgres.sql(
                url(),
                `create function hinder() returns trigger language plpgsql as $$ begin ${body}; return new; end $$;
                 create trigger hinder before insert on tsequence.trail for each row execute function hinder()`,
              ),
            )
            expect(yield* refusalOf(storage)).toContain(reason)
            expect((yield* storage.entries).length).toBe(3)
            yield* Effect.promise(() => postgres.sql(url(), "drop function hinder() cascade"))
            expect(yield* fits(storage)).toBe(true)
            expect((yield* storage.verify).problems).toEqual([])
          }),
        impatient,
      ),
    )

    it("that crashes refuses, and goes on when it is back", () =>
      withThree((storage, url) =>
        Effect.gen(function* () {
          yield* Effect.promise(() => postgres.crash())
          for (let i = 0; i < 3; i++) expect(yield* refusalOf(storage)).toContain("database")
          yield* Effect.promise(() => postgres.start())
          expect(yield* fits(storage)).toBe(true)
          expect((yield* (yield* openAt(url())()).verify).problems).toEqual([])
        }),
      ))

    it("that stands still is not waited for without end, and nothing of it is left behind", () =>
      withThree(
        (storage, url) =>
          Effect.gen(function* () {
            postgres.freeze()
            const startedAt = performance.now()
            const all = Array.from({ length: 50 }, () => refusalOf(storage))
            expect(new Set(yield* Effect.all(all, { concurrency: 50 })).size).toBeGreaterThan(0)
            expect(performance.now() - startedAt).toBeLessThan(8_000)
            postgres.thaw()
            const other = yield* openAt(url())()
            expect(yield* fits(other)).toBe(true)
            yield* Effect.promise(() =>
              expect.poll(() => run(Effect.either(fits(storage)))).toEqual(Either.right(true)),
            )
            expect((yield* other.verify).problems).toEqual([])
            const open = "select count(*) from pg_stat_activity where state like 'idle in transaction%'"
            expect(yield* Effect.promise(() => postgres.sql(url(), open))).toBe("0")
          }),
        impatient,
      ))

    it("whose lock another holds for too long refuses", () =>
      withThree(
        (storage, url) =>
          Effect.gen(function* () {
            const held = yield* Database.make({ url: Redacted.make(url()) })
            yield* held.transaction("select pg_advisory_xact_lock(720177401, 2)", () =>
              Effect.gen(function* () {
                expect(yield* refusalOf(storage)).toContain("others held it for too long")
              }),
            )
            expect(yield* fits(storage)).toBe(true)
          }),
        impatient,
      ))

    it("that nobody can reach costs an error without a secret", () =>
      run(
        Effect.gen(function* () {
          const secret = `postgresql://owner:${CANARY}@127.0.0.1:9/none`
          for (const url of [
            secret,
            `${secret}?sslmode=verify-full`,
            `postgresql://owner:${CANARY}@ho%zzst/none`,
          ]) {
            const storage = yield* openAt(url, impatient)()
            expect(yield* refusalOf(storage)).toContain("Could not write the database")
            const error = yield* Effect.flip(storage.read)
            expect(JSON.stringify(error) + String(error.stack) + String(error.cause)).not.toContain(CANARY)
          }
        }),
      ))

    it("whose commit nobody heard of is read back: the order of lines decides", () =>
      withThree((storage, url) =>
        Effect.gen(function* () {
          const one = intent({ amountCents: 1 })
          yield* reserve(yield* openAt(url())(), one)
          const { ledger } = yield* storage.append(
            ({ ledger: before }) => {
              expect(before.record(one.requestId)?.status).toBe("open")
              return [outcome(one.requestId, "transfer_failed", { sent: false })]
            },
            { durable: true },
          )
          expect(ledger.record(one.requestId)?.status).toBe("not_sent")
        }),
      ))
  })
})
