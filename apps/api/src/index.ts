/** The REST server over tsequence, for programs that start it themselves. */
export * as Config from "./Config.js"
export { Api, openApi } from "./contract/Contract.js"
export { type RunningServer, startServer } from "./Program.js"
