import * as fc from "fast-check"
import { expect, it } from "vitest"
import { TimeoutError } from "../../src/Errors.js"
import { milliseconds } from "../../src/internal/Milliseconds.js"
import { run } from "../../src/rest/Call.js"
import { tooLate } from "../../src/safeguards/TransferContext.js"
import { callTimedOut } from "../../src/transport/GraphQLResponse.js"

const fractional = fc.double({ min: 1, max: 1_000_000, noNaN: true })

it("No time-out error says or holds fractions of milliseconds.", () =>
  fc.assert(
    fc.asyncProperty(fractional, fc.boolean(), async (timeout, sent) => {
      const errors = [
        callTimedOut("CreatePayment", timeout, sent),
        tooLate({ timeout }),
        await run("transfer", {}, timeout, async (call) => call.reason(sent)),
      ]
      for (const error of errors) {
        expect(error).toBeInstanceOf(TimeoutError)
        expect(error).toMatchObject({ timeout: Math.ceil(timeout) })
        expect(error.message).toContain(milliseconds(timeout))
        expect(error.message).not.toMatch(/\d[.,e]\d/)
      }
    }),
  ))
