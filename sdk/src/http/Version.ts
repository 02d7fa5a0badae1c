/** The version of the package; a test holds it and `package.json` together. */
export const VERSION = "0.1.0"

/** The `user-agent` of the SDK's requests. */
export const USER_AGENT = `tsequence/${VERSION}`
