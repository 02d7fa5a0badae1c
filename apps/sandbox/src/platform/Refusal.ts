/** The error codes of the Platform API, with the status that each comes with. */
const STATUS = {
  INVALID_PARAMETERS: 400,
  TRANSFER_SOURCE_NOT_FOUND: 400,
  TRANSFER_DESTINATION_NOT_FOUND: 400,
  IDEMPOTENCY_KEY_MISMATCH: 400,
  UNAUTHORIZED: 401,
  ACCESS_DENIED: 403,
  MAXIMUM_AMOUNT_EXCEEDED: 403,
  RULE_DEACTIVATED: 403,
  ACCOUNT_NOT_FOUND: 404,
  RULE_NOT_FOUND: 404,
  RULE_EXECUTION_NOT_FOUND: 404,
  TRANSFER_NOT_FOUND: 404,
  TRANSFER_IN_PROGRESS: 409,
  RULE_EXECUTION_IN_PROGRESS: 409,
  INVALID_RULE: 422,
  RATE_LIMIT_EXCEEDED: 429,
  UNEXPECTED_ERROR: 500,
} as const

/** An error code of the Platform API. */
export type PlatformCode = keyof typeof STATUS

/** Every error code. */
export const PLATFORM_CODES = Object.keys(STATUS)

const isCode = (code: string): code is PlatformCode => Object.hasOwn(STATUS, code)

/** Gives the status that an error code comes with. */
export const statusOf = (code: string): number => (isCode(code) ? STATUS[code] : 500)

/** A request that the Platform API turns down, with the code that it answers. */
export class Refusal extends Error {
  readonly code: PlatformCode

  constructor(code: PlatformCode, message: string) {
    super(message)
    this.code = code
  }
}
