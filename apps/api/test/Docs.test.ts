/** The page at `/docs`, in a real browser. */
import { existsSync } from "node:fs"
import { type Browser, chromium } from "playwright-core"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { KEY, withApi } from "./support.js"

const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((file) =>
  existsSync(file),
)
if (CHROMIUM === undefined) console.warn("No chromium: apt-get install chromium, to see /docs in a browser")

// Without a browser there is nothing to see the page with; continuous integration installs one.
describe.skipIf(CHROMIUM === undefined)("the page at /docs", () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: CHROMIUM ?? "", args: ["--no-sandbox"] })
  }, 90_000)
  afterAll(() => browser.close())

  it.each([
    ["a desktop", { width: 1280, height: 800 }],
    ["a phone", { width: 390, height: 844 }],
  ])("loads on %s without an error, and from this server alone", (_name, viewport) =>
    withApi(async ({ url }) => {
      const page = await browser.newPage({ viewport })
      const [errors, elsewhere] = [[] as Array<string>, [] as Array<string>]
      page.on("console", (message) => message.type() === "error" && errors.push(message.text()))
      page.on("pageerror", (error) => errors.push(error.message))
      page.on("request", (request) => !request.url().startsWith(url) && elsewhere.push(request.url()))
      await page.goto(`${url}/docs`)
      await page.getByText("POST /api/transfers").waitFor()
      expect(await page.locator("details").count()).toBeGreaterThanOrEqual(12)
      const width = await page.evaluate<number>("document.documentElement.scrollWidth - window.innerWidth")
      expect(width).toBeLessThanOrEqual(0)
      expect([errors, elsewhere]).toEqual([[], []])
      await page.close()
    }),
  )

  it("shows pods to whoever has the key, and says what is wrong to who has not", () =>
    withApi(async ({ url, sandbox }) => {
      sandbox.update([{ add: "pod", name: "Seen in a browser", balanceCents: 12_345 }])
      const page = await browser.newPage()
      await page.goto(`${url}/docs`)
      const pods = page.locator("details", { has: page.getByText("GET /api/pods", { exact: true }) })
      await pods.locator("summary").click()
      const output = pods.locator("pre")
      const answered = () => page.waitForResponse(`${url}/api/pods`)
      const refused = answered()
      await pods.getByRole("button", { name: "Try" }).click()
      await refused
      await expect.poll(() => output.textContent()).toContain("401\n")
      await page.getByLabel("X-API-Key").fill(KEY)
      const allowed = answered()
      await pods.getByRole("button", { name: "Try" }).click()
      await allowed
      await expect.poll(() => output.textContent()).toContain("Seen in a browser")
      expect(await output.textContent()).toContain("200\n")
      await page.close()
    }))
})
