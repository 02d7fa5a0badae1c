/** Random acts of a man in the middle on a payment; some of them are lies that nothing shows. */
import * as fc from "fast-check"
import { type Act, type Early, type Forged, isEarly, type Late } from "./middleman.js"

/** An act on a payment. */
export interface Trick {
  readonly act: Act
  /** True if it claims in the service's own words that the payment was made or refused. Then the outcome is not to be trusted. */
  readonly isLie: boolean
}

const error = (code: string | undefined, path?: ReadonlyArray<string>) => ({
  message: "no",
  ...(code !== undefined && { extensions: { code } }),
  ...(path !== undefined && { path }),
})

const FIELD = ["forKYC", "createPayment"]
const of = (payment: unknown) => ({ data: { forKYC: { createPayment: payment } } })
const OK = { organization: { id: "org-forged", pods: [] } }

/** Bodies that say nothing certain of the payment. */
const VAGUE: ReadonlyArray<unknown> = [
  {},
  { data: null },
  { data: {} },
  { data: { forKYC: {} } },
  of(null),
  of({}),
  of({ ok: null, error: null }),
  of({ ok: OK, error: { message: "no" } }),
  { errors: [error("UNAUTHENTICATED")] },
  { data: null, errors: [error("UNAUTHENTICATED")] },
  { ...of(null), errors: [error("UNAUTHENTICATED", FIELD)] },
  { data: { forKYC: null }, errors: [error("UNAUTHENTICATED", ["forKYC"])] },
  { data: null, errors: [error("INTERNAL_SERVER_ERROR")] },
  { data: null, errors: [error(undefined, FIELD)] },
  { data: null, errors: [error("FORBIDDEN", [...FIELD, "error"])] },
]

const VAGUE_TEXTS: ReadonlyArray<string> = [
  "",
  "null",
  "[]",
  "<html>busy</html>",
  '{"data":{"forKYC":{"createPayment":{"ok":{"organization":',
  '{"data":{"forKYC":{"createPayment":{"error":{"message":"no"}}}},"data":null}',
  '{"data":{"forKYC":{"createPayment":{"error":null,"error":{"message":"no"}}}}}',
  '{"errors":[],"errors":[{"message":"no","extensions":{"code":"UNAUTHENTICATED"}}]}',
]

/** Bodies that claim an end of the payment. */
const LIES: ReadonlyArray<unknown> = [
  of({ ok: OK, error: null }),
  { ...of({ ok: null }), errors: [error(undefined, [...FIELD, "ok", "organization"])] },
  of({ ok: null, error: { message: "Insufficient funds" } }),
  { data: { forKYC: null } },
  { data: null, errors: [error("NOT_FOUND", ["forKYC"])] },
  { errors: [error("FORBIDDEN")] },
  { errors: [error("BAD_USER_INPUT")] },
]

/** The statuses that mean a refusal by themselves. */
const REFUSALS = [400, 403, 404, 405, 413, 414, 415, 422, 431, 451]
const STATUSES = [
  ...[100, 101, 103, 200, 201, 202, 204, 206, 301, 302, 304, 307, 308],
  ...[402, 406, 407, 408, 409, 410, 411, 412, 416, 418, 421, 423, 424, 425, 426, 428, 444, 460, 499],
  ...[500, 501, 502, 503, 504, 505, 507, 511, 520, 522, 524, 530, 599],
]

const texts = (isLie: boolean) =>
  fc.constantFrom(
    ...(isLie ? LIES : VAGUE).map((body) => JSON.stringify(body)),
    ...(isLie ? [] : VAGUE_TEXTS),
  )

const DAY = 86_400_000

const headers = fc
  .record({
    retryAfter: fc.constantFrom(undefined, undefined, "0"),
    type: fc.constantFrom("application/json", "text/html", undefined),
    // Days by which the answer's clock is off.
    date: fc.constantFrom(undefined, undefined, 0, -1.1, 1.1),
  })
  .map(({ retryAfter, type, date }) => ({
    ...(retryAfter !== undefined && { "retry-after": retryAfter }),
    ...(type !== undefined && { "content-type": type }),
    ...(date !== undefined && { date: new Date(Date.now() + date * DAY).toUTCString() }),
  }))

const forged = (status: fc.Arbitrary<number>, body: fc.Arbitrary<string>): fc.Arbitrary<Forged> =>
  fc.record({ status, body, headers, isUnsized: fc.boolean() })

const part = fc.oneof(
  { weight: 3, arbitrary: fc.constant(1) },
  { weight: 1, arbitrary: fc.double({ min: 0, max: 0.999, noNaN: true }) },
)

const answered = (answer: fc.Arbitrary<Forged | undefined>, isLie: boolean): fc.Arbitrary<Trick> =>
  fc.record({ delivers: fc.boolean(), answer, part }).map((act) => ({ isLie, act: { at: "answer", ...act } }))

/** A connection that ends before its request is read. */
const broken: fc.Arbitrary<Trick> = fc
  .record({ at: fc.constantFrom("accept" as const, "firstBytes" as const), isReset: fc.boolean() })
  .map((act) => ({ isLie: false, act }))

/** A request without an answer. */
const unanswered: fc.Arbitrary<Trick> = fc
  .record({ delivers: fc.boolean(), ending: fc.constantFrom("reset", "end", "reset", "end", "silence") })
  .map((act) => ({ isLie: false, act: { at: "noAnswer", ...act } }))

const truth = answered(fc.constant(undefined), false)

/** The answers that ask for the same request again: where most could go wrong. */
const again = answered(forged(fc.constantFrom(401, 429, 200), texts(false)), false)

/** A trick on a whole request. */
const trick: fc.Arbitrary<Trick> = fc.oneof(
  { weight: 2, arbitrary: truth },
  { weight: 6, arbitrary: again },
  { weight: 4, arbitrary: answered(forged(fc.constantFrom(...STATUSES), texts(false)), false) },
  { weight: 2, arbitrary: unanswered },
  { weight: 1, arbitrary: answered(forged(fc.constantFrom(...REFUSALS), texts(false)), true) },
  { weight: 1, arbitrary: answered(forged(fc.constantFrom(200, 401, 429, 403), texts(true)), true) },
)

/** Tricks on the tries of one payment; the tries after the last trick are passed on. */
export const tricks = fc.array(fc.oneof({ weight: 5, arbitrary: trick }, { weight: 1, arbitrary: broken }), {
  minLength: 1,
  maxLength: 3,
})

/** Mishaps of a bad line or a proxy, which claim nothing about the outcome of a request. */
export const mishaps = fc.array(
  fc.oneof(
    truth,
    unanswered,
    broken,
    answered(
      forged(fc.constantFrom(502, 503, 504, 520), fc.constantFrom("", "<html>busy</html>", "{}")),
      false,
    ),
  ),
  { maxLength: 4 },
)

/** The tricks played on the tries of an order, and those to come. */
export class Script {
  readonly played: Array<Trick> = []
  readonly #left: Array<Trick>

  constructor(left: ReadonlyArray<Trick>) {
    this.#left = [...left]
  }

  /** True if no trick played so far was a lie. */
  get isTrue(): boolean {
    return this.played.every(({ isLie }) => !isLie)
  }

  #next(): Trick["act"] | undefined {
    const trick = this.#left.shift()
    if (trick !== undefined) this.played.push(trick)
    return trick?.act
  }

  /** For a request that was read whole. */
  late(): Late | undefined {
    const act = this.#next()
    // The connection outlived what was due when it was made.
    return act !== undefined && isEarly(act) ? this.late() : act
  }

  /** Before the request is read, only an act that does not need it is due. */
  early(): Early | undefined {
    const act = this.#left[0]?.act
    if (act === undefined || !isEarly(act)) return undefined
    this.#next()
    return act
  }
}
