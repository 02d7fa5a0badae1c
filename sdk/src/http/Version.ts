/** The version of the package; a test holds it and `package.json` together. */
export const VERSION = "0.1.0"

/** What the SDK says it is. */
export const USER_AGENT = `tsequence/${VERSION}`
