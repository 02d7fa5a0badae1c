import { describe, expect, it } from "vitest"
import { errorFromJson, errorToJson } from "../src/ErrorJson.js"
import * as Errors from "../src/Errors.js"

type Tag = Errors.SequenceError["_tag"]

const context = { operation: "op", requestId: "r-1" }

/** An example of each class; a new class does not compile without its line. */
const examples: { readonly [T in Tag]: Extract<Errors.SequenceError, { readonly _tag: T }> } = {
  ConfigError: new Errors.ConfigError(["one", "two"], context),
  AuthenticationError: new Errors.AuthenticationError("CoolingDown", "wait", { ...context, retryAfter: 5 }),
  NetworkError: new Errors.NetworkError("lost", { ...context, sent: true, code: "ECONNRESET" }),
  TimeoutError: new Errors.TimeoutError("late", { ...context, sent: false, timeout: 7 }),
  RateLimitedError: new Errors.RateLimitedError("busy", context),
  HttpError: new Errors.HttpError("broken", { ...context, status: 500, body: "b" }),
  GraphQLError: new Errors.GraphQLError("refused", {
    ...context,
    errors: [{ message: "m", code: undefined, path: ["a", 0] }],
  }),
  UnexpectedResponseError: new Errors.UnexpectedResponseError("odd", {
    ...context,
    path: "a.b",
    status: 200,
  }),
  NotFoundError: new Errors.NotFoundError("none", { ...context, kind: "pod", key: "p" }),
  AmbiguousNameError: new Errors.AmbiguousNameError("x", [{ id: "1", name: "X", kind: "PORT" }], context),
  TransferRejectedError: new Errors.TransferRejectedError("no funds", context),
  TransferOutcomeUnknownError: new Errors.TransferOutcomeUnknownError("unknown", context),
  TransferLimitError: new Errors.TransferLimitError(1e21, 5, context),
  DailyLimitError: new Errors.DailyLimitError({ amountCents: 3, limitCents: 2, remainingCents: 1 }, context),
  TransferHeldError: new Errors.TransferHeldError("r-0", 60_000, context),
  IdempotencyKeyError: new Errors.IdempotencyKeyError("r-1", { operation: "op" }),
  QueueFullError: new Errors.QueueFullError(100, 2_000, context),
  StorageError: new Errors.StorageError("full", { ...context, path: undefined }),
}

const overTheWire = (error: Errors.SequenceError): Record<string, unknown> =>
  JSON.parse(JSON.stringify(errorToJson(error)))

describe("an error as JSON", () => {
  it.each(Object.values(examples))("becomes the same $_tag again", (error) => {
    const again = errorFromJson(overTheWire(error), error.message, { operation: "op" })
    expect(again).toBeInstanceOf(error.constructor)
    expect(again?.message).toBe(error.message)
    expect({ ...again }).toEqual({ ...error })
  })

  it("does not tell the path of a file or the cause", () => {
    const error = new Errors.StorageError("full", { path: "/secret/folder", cause: new Error("secret") })
    expect(JSON.stringify(errorToJson(error))).not.toContain("secret")
  })

  it("is no error if the class is not known or one of its fields does not fit", () => {
    const limit = overTheWire(examples.TransferLimitError)
    const others = [undefined, null, "x", [], {}, { tag: "NewError" }, { tag: "toString" }]
    for (const value of [...others, { ...limit, limit_cents: "5" }, { tag: "NetworkError" }]) {
      expect(errorFromJson(value, "m", {})).toBeUndefined()
    }
  })
})
