/** The types of everything that the service returns. */
export type * from "./Account.js"
export type { Open } from "./Common.js"
export type * from "./DebitCard.js"
export type * from "./Institution.js"
export type * from "./Payment.js"
export type * from "./Pod.js"
export type * from "./Rule.js"
export type * from "./Transfer.js"
