/** The safeguards under the Promise API's client; loaded only where a client has them. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { parseDocument } from "../api/Execute.js"
import { AuditLog } from "../audit/AuditLog.js"
import { DEFAULTS, type Options } from "../client/Options.js"
import { ConfigError } from "../Errors.js"
import { Reconciler } from "../reconciliation/Reconciler.js"
import { Sequence } from "../Sequence.js"
import { DailyLimits } from "../safeguards/DailyLimits.js"
import { GuardedTransfers } from "../safeguards/GuardedTransfers.js"
import * as IdempotentTransfers from "../safeguards/IdempotentTransfers.js"
import * as Safeguards from "../safeguards/Safeguards.js"
import { TransferPreviews } from "../safeguards/TransferPreviews.js"
import { Unresolved } from "../safeguards/Unresolved.js"
import { type SequenceSafeguardOptions, SequenceSafeguards, type Service } from "./SafeguardsClient.js"

const refuseMutation = () =>
  Effect.fail(
    new ConfigError([
      "A client with safeguards executes no mutations, which would go past them: move money with transfer(), and use a client without safeguards for anything else",
    ]),
  )

const make = Effect.fn("GuardedSequence.make")(function* (timeout: number) {
  const client = yield* Sequence
  const transfers = yield* GuardedTransfers
  const transferOnce = yield* IdempotentTransfers.make(timeout)
  const limits = yield* DailyLimits
  const audit = yield* AuditLog
  const unresolved = yield* Unresolved
  const previews = yield* TransferPreviews
  const { reconcileNow } = yield* Reconciler
  const service: Service = {
    transfer: (request, { idempotencyKey, ...options } = {}) =>
      idempotencyKey === undefined
        ? transfers.transfer(request, options)
        : transferOnce(request, idempotencyKey, options),
    execute: (document, variables, options) =>
      Effect.flatMap(parseDocument(document), ({ kind }) =>
        kind === "mutation" ? refuseMutation() : client.execute(document, variables, options),
      ),
    getDailyLimit: limits.today,
    getAuditEntries: audit.entries,
    verifyAudit: () => audit.verify,
    acceptAudit: audit.accept,
    getTransfer: transfers.getTransfer,
    preview: (request, { signal: _, ...options } = {}) => previews.preview(request, options),
    getUnresolved: () => unresolved.list,
    resolve: unresolved.resolve,
    reconcile: () => reconcileNow,
    resetDay: limits.resetDay,
  }
  return service
})

/** The safeguards of a client that was made with `options`, over its services. */
export const layer = (
  options: Options,
  { timeZone, ...limits }: SequenceSafeguardOptions & { readonly timeZone: string | undefined },
): Layer.Layer<SequenceSafeguards, ConfigError, Sequence | Safeguards.Dependencies> =>
  Layer.effect(SequenceSafeguards, make(options.timeout ?? 120_000)).pipe(
    Layer.provide(
      Safeguards.layer({
        ...limits,
        timeZone,
        dataDir: options.dataDir,
        databaseUrl: options.databaseUrl,
        service: Safeguards.serviceOf(options.apiUrl ?? DEFAULTS.apiUrl),
        timeout: options.timeout,
        attemptTimeout: options.attemptTimeout,
      }),
    ),
  )
