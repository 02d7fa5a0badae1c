/** The way in which the requests of a key are counted. */
export type RateModel = "bucket" | "window"

/** The stage of the vendor's document that responses follow. */
export type PlatformShape = "A" | "B" | "C"

/** The precision in which instants are written. */
export type TimestampPrecision = "seconds" | "milliseconds" | "microseconds"

/** Behavior of the Platform API. */
export interface PlatformOptions {
  /** Choice between the ids of the GraphQL API and others. Default `other`: a test must not depend on it. */
  readonly ids?: "same" | "other"
  /** Requests that a key has in a minute; 0 for any number. Default 100. */
  readonly requestsPerMinute?: number
  /** Model of the rate limit: a bucket that is refilled evenly, or a window of a minute. Default `bucket`. */
  readonly rateModel?: RateModel
  /** The stage of the vendor's document that responses follow; the older ones lack fields. Default `C`. */
  readonly shape?: PlatformShape
  /** Lets pages say if there is a next one. Default true; shape A never does. */
  readonly hasNextPage?: boolean
  /** Precision in which instants are written. They are compared in microseconds in any case. Default `milliseconds`. */
  readonly timestamps?: TimestampPrecision
  /** Milliseconds in which a new transfer cannot be read by its id. Default 100. */
  readonly freshDelay?: number
  /** Lets an idempotency key repeat a refusal too. Default false. */
  readonly replayRefusals?: boolean
  /** Lets simulations and real transfers share idempotency keys. Default true. */
  readonly shareSimulationKeys?: boolean
}

/** Options of the Platform API with every default filled in. */
export type PlatformSettings = Required<PlatformOptions>
