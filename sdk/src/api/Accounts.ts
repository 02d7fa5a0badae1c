/** Accounts of an organization: its pods, ports and outside accounts. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { NotFoundError } from "../Errors.js"
import type * as Model from "../model/Account.js"
import type { RequestError } from "../transport/GraphQL.js"
import * as CallKeys from "./CallKeys.js"
import { Organizations } from "./Organizations.js"
import type { OrganizationOptions } from "./Pods.js"

/**
 * Operations that read accounts.
 *
 * @category services
 */
export interface Service {
  /** Reads the pods, ports and outside accounts of one organization. */
  readonly getAllAccounts: (
    options?: OrganizationOptions,
  ) => Effect.Effect<Model.Accounts, RequestError | NotFoundError>
}

/**
 * Reads accounts.
 *
 * @category services
 */
export class Accounts extends Context.Tag("tsequence/Accounts")<Accounts, Service>() {}

/**
 * Reads what the login has.
 *
 * @category constructors
 */
export const make: Effect.Effect<Service, never, Organizations> = Effect.map(
  Organizations,
  (organizations) => ({
    getAllAccounts: (options = {}) =>
      CallKeys.check(options, CallKeys.ORGANIZATION).pipe(
        Effect.zipRight(organizations.get(options.organizationId, options)),
        Effect.map(({ kycIds: _, ...accounts }) => accounts),
      ),
  }),
)

/**
 * Reads accounts over what the login has.
 *
 * @category layers
 */
export const layer: Layer.Layer<Accounts, never, Organizations> = Layer.effect(Accounts, make)
