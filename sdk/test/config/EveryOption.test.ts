/** No public function takes options without refusing a key that it does not know. */
import { randomUUID } from "node:crypto"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { afterAll, describe, expect, it } from "vitest"
import { logInByBrowser } from "../../src/browser.js"
import * as Api from "../../src/effect.js"
import { ConfigError, Sequence } from "../../src/index.js"
import * as Postgres from "../../src/postgres.js"
import { SequenceRest } from "../../src/rest.js"
import * as Guards from "../../src/safeguards.js"
import { takingOptions } from "./options.js"

/** Nothing listens here: whatever is not refused before it is sent fails with another error. */
const NOWHERE = "http://127.0.0.1:9"
const url = Redacted.make("postgresql://user:secret@127.0.0.1:9/none")

/** Plain JavaScript passes such a key past the compiler. */
const given = <T extends object>(options: T): T => Object.assign(options, { surplus: true })
const none = given({})

const client = { accessToken: "t", organizationId: "o", kycId: "k", apiUrl: NOWHERE, dataDir: false } as const
const MOVE = {
  source: { id: "a", type: "POD" },
  destination: { id: "b", type: "POD" },
  amountCents: 1,
} as const
const END = { id: "a", type: "POD", name: null } as const
const settled = {
  source: END,
  destination: { ...END, id: "b" },
  amountCents: 1,
  description: "",
  instant: false,
  kycId: "k",
  organizationId: "o",
}
const decision = () => given({ outcome: "accepted" as const, transferId: "t" })

const sequence = new Sequence({ ...client, safeguards: true, logger: false })
const rest = new SequenceRest({ baseUrl: NOWHERE, apiKey: "key" })
const base = Layer.orDie(Api.Sequence.layer({ ...client, accessToken: Redacted.make("t") }))
const runtime = ManagedRuntime.make(
  Layer.provideMerge(Layer.orDie(Guards.Safeguards.layer({ dataDir: false })), base),
)
afterAll(async () => {
  await sequence.close()
  await runtime.dispose()
})

const take = async (values: AsyncIterable<unknown>): Promise<void> => {
  for await (const _ of values) break
}

/** Rejects with the error of an effect itself, not with a fiber's. */
const errorOf = async (error: Promise<unknown>): Promise<never> => {
  throw await error
}

type Provided = ManagedRuntime.ManagedRuntime.Context<typeof runtime>
const effect =
  <A, E>(one: Effect.Effect<A, E, Provided>) =>
  () =>
    errorOf(runtime.runPromise(Effect.flip(one)))

const layer =
  <A, E>(one: Layer.Layer<A, E, Postgres.DatabaseTag | Provided>) =>
  () =>
    errorOf(
      runtime.runPromise(
        Effect.flip(Effect.scoped(Layer.build(Layer.provide(one, Postgres.Database.layer({ url }))))),
      ),
    )

const database =
  <A, E>(one: Effect.Effect<A, E, Postgres.DatabaseTag | Scope.Scope>) =>
  () =>
    errorOf(
      Effect.runPromise(Effect.flip(Effect.scoped(Effect.provide(one, Postgres.Database.layer({ url }))))),
    )

type Cases = Readonly<Record<string, () => unknown>>

const promises: Cases = {
  Sequence: () => new Sequence(given({ ...client })),
  "Sequence.fromEnv": () => Sequence.fromEnv(given({ ...client }), {}),
  "Sequence.getPods": () => sequence.getPods(none),
  "Sequence.getTotalBalance": () => sequence.getTotalBalance(none),
  "Sequence.getPodBalance": () => sequence.getPodBalance("p", none),
  "Sequence.getPodDetail": () => sequence.getPodDetail("p", none),
  "Sequence.getAllAccounts": () => sequence.getAllAccounts(none),
  "Sequence.getActivitySummary": () => sequence.getActivitySummary(none),
  "Sequence.getActivity": () => sequence.getActivity(none),
  "Sequence.activity": () => take(sequence.activity(none)),
  "Sequence.watch": () => take(sequence.watch(none)),
  "Sequence.getTransferDetail": () => sequence.getTransferDetail("t", none),
  "Sequence.getMoneyMap": () => sequence.getMoneyMap(none),
  "Sequence.transfer": () => sequence.transfer(MOVE, none),
  "Sequence.checkKyc": () => sequence.checkKyc(none),
  "Sequence.execute": () => sequence.execute("query { me { id } }", {}, none),
  "SafeguardsClient.getAuditEntries": () => sequence.safeguards.getAuditEntries(none),
  "SafeguardsClient.preview": () => sequence.safeguards.preview(MOVE, none),
  "SafeguardsClient.resolve": () => sequence.safeguards.resolve("r", decision(), "seen"),
}

const overRest: Cases = {
  SequenceRest: () => new SequenceRest(given({ baseUrl: NOWHERE, apiKey: "key" })),
  "SequenceRest.getHealth": () => rest.getHealth(none),
  "SequenceRest.getReady": () => rest.getReady(none),
  "SequenceRest.getPods": () => rest.getPods(none),
  "SequenceRest.getTotalBalance": () => rest.getTotalBalance(none),
  "SequenceRest.getPodBalance": () => rest.getPodBalance("p", none),
  "SequenceRest.getPodDetail": () => rest.getPodDetail("p", none),
  "SequenceRest.getAllAccounts": () => rest.getAllAccounts(none),
  "SequenceRest.getActivitySummary": () => rest.getActivitySummary(none),
  "SequenceRest.getActivity": () => rest.getActivity(none),
  "SequenceRest.activity": () => take(rest.activity(none)),
  "SequenceRest.getTransferDetail": () => rest.getTransferDetail("t", none),
  "SequenceRest.transfer": () => rest.transfer(MOVE, none),
}

const { Accounts, Activity, MoneyMap, Pods, Streams, Transfers, Watch } = Api

const effects: Cases = {
  "Sequence.layer": layer(Api.Sequence.layer(given({}))),
  "Sequence.layerEnv": layer(Api.Sequence.layerEnv(none, {})),
  "Sequence.Service.execute": effect(Api.Sequence.use((one) => one.execute("query { me { id } }", {}, none))),
  "Pods.Service.getPods": effect(Effect.flatMap(Pods.Pods, (one) => one.getPods(none))),
  "Pods.Service.getTotalBalance": effect(Effect.flatMap(Pods.Pods, (one) => one.getTotalBalance(none))),
  "Pods.Service.getPodBalance": effect(Effect.flatMap(Pods.Pods, (one) => one.getPodBalance("p", none))),
  "Pods.Service.getPodDetail": effect(Effect.flatMap(Pods.Pods, (one) => one.getPodDetail("p", none))),
  "Accounts.Service.getAllAccounts": effect(
    Effect.flatMap(Accounts.Accounts, (one) => one.getAllAccounts(none)),
  ),
  "Activity.Service.getActivity": effect(Effect.flatMap(Activity.Activity, (one) => one.getActivity(none))),
  "Activity.Service.nextPage": effect(
    Effect.flatMap(Activity.Activity, (one) => one.nextPage(Activity.firstPage(), none)),
  ),
  "Activity.nextPage": effect(Activity.nextPage(Activity.firstPage(), none)),
  "Activity.Service.getTransferDetail": effect(
    Effect.flatMap(Activity.Activity, (one) => one.getTransferDetail("t", none)),
  ),
  "Activity.Service.getActivitySummary": effect(
    Effect.flatMap(Activity.Activity, (one) => one.getActivitySummary(none)),
  ),
  "MoneyMap.Service.getMoneyMap": effect(Effect.flatMap(MoneyMap.MoneyMap, (one) => one.getMoneyMap(none))),
  "Streams.activity": effect(Stream.runDrain(Streams.activity(none))),
  "Streams.watch": effect(Stream.runDrain(Streams.watch(none))),
  "Watch.poll": effect(Watch.poll(undefined, none)),
  "Transfers.Service.checkKyc": effect(Effect.flatMap(Transfers.Transfers, (one) => one.checkKyc(none))),
  "Transfers.Service.transfer": effect(
    Effect.flatMap(Transfers.Transfers, (one) => one.transfer(MOVE, none)),
  ),
}

const { AuditLog, GuardedTransfers, Safeguards, TransferPreviews, Unresolved } = Guards

const safeguards: Cases = {
  "Safeguards.layer": layer(Safeguards.layer(given({ dataDir: false as const }))),
  "AuditLog.Service.entries": effect(Effect.flatMap(AuditLog.AuditLog, (one) => one.entries(none))),
  "GuardedTransfers.Service.transfer": effect(
    Effect.flatMap(GuardedTransfers.GuardedTransfers, (one) => one.transfer(MOVE, none)),
  ),
  "GuardedTransfers.Service.transferResolved": effect(
    Effect.flatMap(GuardedTransfers.GuardedTransfers, (one) => one.transferResolved(settled, none)),
  ),
  "TransferPreviews.Service.preview": effect(
    Effect.flatMap(TransferPreviews.TransferPreviews, (one) => one.preview(MOVE, none)),
  ),
  "Unresolved.Service.resolve": effect(
    Effect.flatMap(Unresolved.Unresolved, (one) => one.resolve("r", decision(), "seen")),
  ),
}

const { DataMigration, Database, PostgresAuditStorage, PostgresTokenStore, PostgresRequestQueue } = Postgres

const postgres: Cases = {
  "DataMigration.toDatabase": database(DataMigration.toDatabase(`/none/${randomUUID()}`, none)),
  "DataMigration.toFiles": database(DataMigration.toFiles(`/none/${randomUUID()}`, none)),
  "Database.make": database(Database.make(given({ url }))),
  "Database.layer": layer(Database.layer(given({ url }))),
  "PostgresAuditStorage.make": database(PostgresAuditStorage.make(none)),
  "PostgresAuditStorage.layer": layer(PostgresAuditStorage.layer(none)),
  "PostgresTokenStore.layer": layer(PostgresTokenStore.layer(none)),
  "PostgresRequestQueue.layer": layer(PostgresRequestQueue.layer(none)),
}

/** Parts that a client is made of. Those above them check a caller's options and hand on more than one part reads. */
const PARTS =
  /^(AccessTokens|FileTokenStore|FileAuditStorage|FolderLock|GraphQL|Login|Organizations|AuditStorage|RequestQueue)\.|^Transfers\.(make|layer|Service\.(resolve|send))$|^Activity\.Service\.readFreshPage$|^Sequence\.layer(Services|AccessTokens|GraphQL|RequestQueue|TokenStore)$|^Safeguards\.layerStorage$/

const entries: ReadonlyArray<readonly [entry: string, cases: Cases]> = [
  ["index", promises],
  ["rest", overRest],
  ["effect", effects],
  ["safeguards", safeguards],
  ["postgres", postgres],
  ["browser", { logInByBrowser: () => logInByBrowser(none) }],
]

describe.each(entries)("the entry point %s", (entry, cases) => {
  it("has no function with options that this test does not know", () => {
    const found = takingOptions(entry).filter((name) => !PARTS.test(name))
    expect(found.toSorted()).toEqual(Object.keys(cases).toSorted())
  })

  it.each(Object.keys(cases))("refuses an unknown key given to %s", async (name) => {
    const error = await Promise.resolve()
      .then(cases[name])
      .catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(ConfigError)
    expect(error).toMatchObject({ message: expect.stringContaining('Unknown key "surplus"') })
  })
})
