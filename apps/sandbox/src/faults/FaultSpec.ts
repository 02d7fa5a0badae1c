import type { Json } from "../internal/Json.js"

/** Requests of one kind: GraphQL, the Platform API, the token endpoint, the login's pages and `/authorize`, or the web app's page. */
export type FaultTarget = "graphql" | "platform" | "token" | "login" | "app"

/** A step into JSON: the key of an object or the index of an array. */
export type PathStep = string | number

/** A change to the JSON of a response: sets the value at `path`, or removes it. */
export interface Patch {
  readonly path: readonly PathStep[]
  /** The new value; added if it is missing and its parent exists. Omitted together with `remove`. */
  readonly value?: Json
  readonly remove?: true
}

/** A GraphQL error that a fault adds. */
export interface FaultyError {
  readonly message: string
  /** The value of `extensions.code`. */
  readonly code?: string
  readonly path?: readonly PathStep[]
}

/**
 * The requests that a fault hits: those that match every given field; without any, all outside `/sandbox`.
 */
export interface FaultSelector {
  readonly target?: FaultTarget
  /** Names of operations of GraphQL or the Platform API. */
  readonly operation?: string | readonly string[]
  /** The prefix of the path, such as `/u/mfa-otp-challenge`. */
  readonly path?: string
  readonly method?: string
  /** The number of matching requests that pass first. Default 0. */
  readonly after?: number
  /** The number of requests that are hit after that. Default 1. */
  readonly times?: number | "always"
}

/** Faults that change an answer or its timing; any number of them can hit one request. */
export interface FaultModifiers {
  /** Milliseconds to wait: before the request acts, or with `act: true` after it. */
  readonly delay?: number
  /** Changes to the JSON of the answer. */
  readonly patch?: Patch | readonly Patch[]
  /** Sends the answer in pieces of `bytes`, one each `every` milliseconds. */
  readonly drip?: { readonly bytes: number; readonly every: number }
  /** The `Date` header: off by some seconds, sent twice, or missing. */
  readonly date?: { readonly offsetSeconds?: number; readonly duplicate?: boolean; readonly omit?: boolean }
  /** Makes all access tokens expired just before the request is looked at. */
  readonly expireTokens?: boolean
  /**
   * Lets the payment that this request books fail when it would have settled; the text is its `errorReason`, and the
   * `errorCode` of the Platform API if it looks like one.
   */
  readonly failLater?: string
  /** Refuses the payment in these words (`createPayment.error.message`). */
  readonly refuse?: string
  /** Books the payment, then fails `createPayment.ok`: `ok` is null and `errors` has a path into it. */
  readonly okLost?: boolean
  /** Shows a page of the login again with this complaint, instead of working on what was posted. */
  readonly pageError?: { readonly code: string; readonly field?: string }
}

/** Faults that stand in for the answer; a request is hit by the first that fits and leaves the others waiting. */
export interface FaultAnswers {
  /** Answers with this status; `body`, `contentType`, `headers` and `retryAfter` go with it. */
  readonly status?: number
  /** Text, or a value that is sent as JSON. */
  readonly body?: Json
  readonly contentType?: string
  readonly headers?: Readonly<Record<string, string>>
  /** `Retry-After` in seconds; with `retryAfterAs: "date"` as an HTTP date. */
  readonly retryAfter?: number
  readonly retryAfterAs?: "seconds" | "date"
  /** An HTML page of the edge in front of the service; `challenge` adds `cf-mitigated`. Status 403 by default. */
  readonly edge?: { readonly status?: number; readonly challenge?: boolean }
  /**
   * GraphQL errors. `data` says what comes with them: `"absent"` (default) no such key, `"null"` the key with
   * null, `"keep"` the true data of the request, which acts. Status 200 unless `errorStatus` says otherwise.
   */
  readonly graphqlErrors?: readonly FaultyError[]
  readonly data?: "absent" | "null" | "keep"
  readonly errorStatus?: number
  /** An error code of the Platform API, such as `UNEXPECTED_ERROR`, in an answer with the status it comes with. */
  readonly code?: string
  /** A GraphQL error `UNAUTHENTICATED` in a 200. */
  readonly unauthenticated?: boolean
  /** Never answers, until the client goes away or the sandbox closes. */
  readonly hang?: boolean
  /**
   * Cuts the connection: `"before"` the request acts, `"after"` it acted and before the first byte, or in the midst
   * of the `"body"` (which then is shorter than its `content-length`).
   */
  readonly cut?: "before" | "after" | "body"
  /** Cuts by a reset (RST) instead of an orderly end. */
  readonly reset?: boolean
  /** Answers 200 with nothing in it. */
  readonly empty?: boolean
  /** Answers 200 with this many mebibytes of JSON. */
  readonly huge?: number
  /** Answers with JSON that does not parse: the true answer, cut in half, with a `content-length` that fits. */
  readonly invalidJson?: boolean
  /** Redirects, method and body kept (307 unless `redirectStatus` says otherwise). */
  readonly redirect?: string
  readonly redirectStatus?: number
  /** The token endpoint refuses the refresh token: 403 `invalid_grant`. */
  readonly invalidGrant?: boolean
  /**
   * Lets the request act (book a payment, rotate a refresh token) before the fault answers if true. Default
   * false; `cut: "after"` and `"body"`, `data: "keep"` and `invalidJson` act always, `cut: "before"` never.
   */
  readonly act?: boolean
}

/**
 * A fault: which requests, how many of them, and what goes wrong.
 *
 * @example
 * sandbox.faults({ operation: "CreatePayment", cut: "after" })
 * sandbox.faults([{ target: "graphql", status: 429, retryAfter: 2 }, { target: "token", invalidGrant: true }])
 */
export interface FaultSpec extends FaultSelector, FaultModifiers, FaultAnswers {}

/** The keys of which a fault can have one at most. */
export const ANSWERS = [
  "status",
  "edge",
  "code",
  "graphqlErrors",
  "unauthenticated",
  "hang",
  "cut",
  "empty",
  "huge",
  "invalidJson",
  "redirect",
  "invalidGrant",
] as const

/** The keys that change a request or an answer without standing in for it. */
export const MODIFIERS = [
  "delay",
  "patch",
  "drip",
  "date",
  "expireTokens",
  "failLater",
  "refuse",
  "okLost",
  "pageError",
] as const
