import { describe, expect, it } from "vitest"
import { problemWithProxy, proxyFor } from "../../src/config/EnvProxy.js"
import { Sequence } from "../../src/index.js"

const PROXY = "http://user:canary@proxy.test:3128"
const API = "https://app.getsequence.io/api/graphql"

describe("A proxy of the environment", () => {
  it.each([
    ["none is named", {}, API, undefined],
    ["it is blank", { HTTPS_PROXY: " " }, API, undefined],
    ["it is for https", { HTTPS_PROXY: PROXY }, API, "HTTPS_PROXY"],
    ["it is for https, in small letters", { https_proxy: PROXY }, API, "https_proxy"],
    ["it is for http alone", { HTTP_PROXY: PROXY }, API, undefined],
    ["it is for http", { HTTP_PROXY: PROXY }, "http://a.test", "HTTP_PROXY"],
    ["the server is this machine", { HTTP_PROXY: PROXY }, "http://127.0.0.1:8720", undefined],
    ["everything is excepted", { HTTPS_PROXY: PROXY, NO_PROXY: "*" }, API, undefined],
    ["the host is excepted", { HTTPS_PROXY: PROXY, NO_PROXY: "a, APP.getsequence.io" }, API, undefined],
    ["its domain is excepted", { HTTPS_PROXY: PROXY, NO_PROXY: ".getsequence.io" }, API, undefined],
    [
      "another port is excepted",
      { HTTPS_PROXY: PROXY, NO_PROXY: "app.getsequence.io:8443" },
      API,
      "HTTPS_PROXY",
    ],
    ["another host is excepted", { HTTPS_PROXY: PROXY, NO_PROXY: "getsequence.io" }, API, "HTTPS_PROXY"],
  ])("is the right one if %s", (_, environment, address, name) => {
    expect(proxyFor(environment, address)).toBe(name)
    expect(problemWithProxy(environment, [address], true)).toBeUndefined()
    expect(problemWithProxy(environment, [address], false)?.split(" ")[0]).toBe(name)
  })

  it("that the runtime does not use is refused, without its password, unless the caller has a fetch", () => {
    const environment = {
      SEQUENCE_ACCESS_TOKEN: "token",
      SEQUENCE_ORG_ID: "org",
      SEQUENCE_KYC_ID: "kyc",
      HTTPS_PROXY: PROXY,
    }
    const make = (options = {}) => Sequence.fromEnv({ dataDir: false, ...options }, environment)
    expect(() => make()).toThrow(/HTTPS_PROXY names a proxy that is not used: set NODE_USE_ENV_PROXY=1/)
    expect(() => make()).not.toThrow(/canary/)
    expect(() => make({ fetch: globalThis.fetch })).not.toThrow()
  })
})
