/** Banks and other companies that keep accounts. */
import * as Schema from "effect/Schema"

/** A bank or another company that keeps an account. */
export interface Institution {
  readonly id: string
  readonly name: string | null
  /** Address or data of its picture. */
  readonly logo: string | null
}

/**
 * The schema of the type of the same name.
 *
 * @category schemas
 */
export const Institution = Schema.Struct({
  id: Schema.String,
  name: Schema.NullOr(Schema.String),
  logo: Schema.NullOr(Schema.String),
})
