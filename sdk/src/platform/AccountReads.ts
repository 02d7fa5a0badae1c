/** Pods and accounts over the Platform API, whose lists hold no balances: each account is read by itself. */
import * as Effect from "effect/Effect"
import type * as Accounts from "../api/Accounts.js"
import * as CallKeys from "../api/CallKeys.js"
import type * as Pods from "../api/Pods.js"
import { AmbiguousNameError, HttpError, NotFoundError, UnexpectedResponseError } from "../Errors.js"
import type { Decoded } from "../internal/Decode.js"
import * as Names from "../internal/Names.js"
import type { Pod, TotalBalance } from "../model/Pod.js"
import { type AccountSummary, checkOrganization, present, readAccounts } from "./lists.js"
import { toExternalAccount, toPod, toPodDetail, toPort } from "./Mapping.js"
import { type Get, PlatformHttp } from "./PlatformHttp.js"
import { pageOf, WireAccount, WireTransfer } from "./Wire.js"

const readAccount = (get: Get, id: string) =>
  get({
    operation: "getAccount",
    scope: "READ_ACCOUNTS",
    path: `/accounts/${encodeURIComponent(id)}`,
    decode: WireAccount,
  })

const isDenied = (error: unknown): boolean => error instanceof HttpError && error.status === 403

/** Reads the account behind a summary: `null` if the key may not read it, `undefined` if it no longer exists. */
const readBehind = (get: Get, { id }: AccountSummary) =>
  Effect.catchIf(readAccount(get, id), isDenied, () => Effect.succeed(null))

const isThere = ({ deletedAt }: AccountSummary): boolean => deletedAt === null

/** Reads the balances of accounts, one after the other, and leaves out those that are gone. */
const readEach = <A>(
  get: Get,
  summaries: ReadonlyArray<AccountSummary>,
  make: (summary: AccountSummary, account: Decoded<typeof WireAccount> | null) => A,
) =>
  Effect.map(
    Effect.forEach(summaries.filter(isThere), (summary) =>
      Effect.map(readBehind(get, summary), (account) =>
        account === undefined ? [] : [make(summary, account)],
      ),
    ),
    (made) => made.flat(),
  )

const addUp = (pods: ReadonlyArray<Pod>): Effect.Effect<TotalBalance, UnexpectedResponseError> => {
  const unknown = pods.find(({ balanceCents }) => balanceCents === null)
  if (unknown !== undefined) {
    return Effect.fail(
      new UnexpectedResponseError(
        `The total is not known: the service does not say what is in the pod "${unknown.name}" (${unknown.id}). The key may lack the scope READ_ACCOUNTS for it`,
        { operation: "getAccount" },
      ),
    )
  }
  const totalCents = pods.reduce((sum, { balanceCents }) => sum + (balanceCents ?? 0), 0)
  return Effect.succeed({ totalCents, podCount: pods.length })
}

const PODS = [["type", "POD"]] as const

/** Finds a pod by its name, and reads it. */
const findPod = (get: Get, organizationId: string, name: string) =>
  Effect.gen(function* () {
    const summaries = (yield* readAccounts(get, PODS)).filter(isThere)
    const found = Names.match(summaries, name)
    if (found._tag === "SeveralExact") {
      const pods = found.values.map((one) => toPod(one, null, organizationId))
      return yield* Effect.fail(new AmbiguousNameError(name, pods))
    }
    if (found._tag !== "One") return undefined
    const [pod] = yield* readEach(get, [found.value], (summary, account) =>
      toPod(summary, account, organizationId),
    )
    return pod
  })

/** Reads a pod with its newest transfers. */
const readDetail = (get: Get, organizationId: string, podId: string) =>
  Effect.gen(function* () {
    const account = yield* readAccount(get, podId)
    if (account === undefined || account.type !== "POD") {
      return yield* Effect.fail(
        new NotFoundError(`There is no pod with the id "${podId}"`, {
          kind: "pod",
          key: podId,
          operation: "getAccount",
        }),
      )
    }
    const page = yield* get({
      operation: "listAccountTransfers",
      scope: "READ_TRANSFERS",
      path: `/accounts/${encodeURIComponent(podId)}/transfers`,
      query: [["pageSize", "5"]],
      decode: pageOf(WireTransfer),
    })
    const { items } = yield* present("listAccountTransfers", page)
    return toPodDetail(account, items, organizationId)
  })

/** Makes the service of pods. */
export const makePods = (organizationId: string): Effect.Effect<Pods.Service, never, PlatformHttp> =>
  Effect.map(PlatformHttp, ({ call }) => {
    const getPods: Pods.Service["getPods"] = (options) =>
      Effect.zipRight(
        CallKeys.check(options, CallKeys.CALL),
        call("getPods", options, (get) =>
          Effect.flatMap(readAccounts(get, PODS), (summaries) =>
            readEach(get, summaries, (summary, account) => toPod(summary, account, organizationId)),
          ),
        ),
      )

    return {
      getPods,
      getTotalBalance: (options) => Effect.flatMap(getPods(options), addUp),
      getPodBalance: (name, options) =>
        Effect.zipRight(
          CallKeys.check(options, CallKeys.CALL),
          call("getPodBalance", options, (get) => findPod(get, organizationId, name)),
        ),
      getPodDetail: (podId, options = {}) =>
        CallKeys.check(options, CallKeys.ORGANIZATION).pipe(
          Effect.zipRight(checkOrganization(options.organizationId, organizationId, "getAccount")),
          Effect.zipRight(call("getPodDetail", options, (get) => readDetail(get, organizationId, podId))),
        ),
    }
  })

/** Makes the service of accounts. */
export const makeAccounts = (organizationId: string): Effect.Effect<Accounts.Service, never, PlatformHttp> =>
  Effect.map(PlatformHttp, ({ call }) => {
    const read = (get: Get) =>
      Effect.gen(function* () {
        const all = yield* readAccounts(get)
        const ofType = (type: string) => all.filter((one) => one.type === type)
        return {
          organizationId,
          pods: yield* readEach(get, ofType("POD"), (one, account) => toPod(one, account, organizationId)),
          ports: yield* readEach(get, ofType("INCOME_SOURCE"), (one, account) =>
            toPort(one, account, organizationId),
          ),
          accounts: yield* readEach(get, ofType("EXTERNAL_ACCOUNT"), (one, account) =>
            toExternalAccount(one, account, organizationId),
          ),
        }
      })
    return {
      getAllAccounts: (options = {}) =>
        CallKeys.check(options, CallKeys.ORGANIZATION).pipe(
          Effect.zipRight(checkOrganization(options.organizationId, organizationId, "listAccounts")),
          Effect.zipRight(call("getAllAccounts", options, read)),
        ),
    }
  })
