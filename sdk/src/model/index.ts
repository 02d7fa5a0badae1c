/** Everything that comes back from the service, as types and as schemas of the same names. */
export * from "./Account.js"
export type { Open } from "./Common.js"
export * from "./DebitCard.js"
export * from "./Institution.js"
export * from "./Payment.js"
export * from "./Pod.js"
export * from "./Rule.js"
export * from "./Transfer.js"
