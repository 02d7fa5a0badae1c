/** Finding and starting a browser that is there; none is downloaded. */
import { existsSync } from "node:fs"
import type { Browser, BrowserType, LaunchOptions } from "playwright-core"
import { ConfigError } from "../Errors.js"

const load = async (): Promise<BrowserType> => {
  try {
    const { chromium } = await import("playwright-core")
    return chromium
  } catch {
    throw new ConfigError([
      "A login by browser needs the package playwright-core: npm install playwright-core (it downloads no browser)",
    ])
  }
}

const DEBIAN = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/snap/bin/chromium"]

/** Lists the browsers to try: the vendors' installed ones, then Chromium of a distribution, then Playwright's own. */
const candidates = (executablePath: string | undefined): ReadonlyArray<LaunchOptions> =>
  executablePath === undefined
    ? [
        { channel: "chrome" },
        { channel: "msedge" },
        ...DEBIAN.filter((file) => existsSync(file)).map((file) => ({ executablePath: file })),
        {},
      ]
    : [{ executablePath }]

// The superuser's browser cannot start inside its sandbox; every other user's browser must run inside it.
const isSuperuser = (): boolean => process.getuid?.() === 0

const NO_SCREEN = /XServer|\$DISPLAY|cannot open display|Missing X server/i

/** Gives the reason why a browser does not start: a missing screen, or the first line of its long message. */
const reasonOf = (thrown: unknown): string => {
  const text = thrown instanceof Error ? thrown.message : String(thrown)
  return NO_SCREEN.test(text) ? "there is no screen to open a window on" : (text.split("\n")[0] ?? "")
}

const isAbsent = (reason: string): boolean => /not found|doesn't exist|ENOENT/i.test(reason)

const failed = (executablePath: string | undefined, reasons: ReadonlyArray<string>): ConfigError => {
  // Of one that is there the reason helps; of those that are not, that they are not.
  const reason = reasons.find((one) => !isAbsent(one))
  if (reason !== undefined) return new ConfigError([`The browser could not be started: ${reason}`])
  return new ConfigError([
    executablePath === undefined
      ? "There is no browser: install Chrome, Edge or Chromium, or name its program file"
      : `There is no browser at ${executablePath}`,
  ])
}

/**
 * Starts a browser with a window.
 *
 * @param executablePath - its program file; without, the first that is found
 */
export const launch = async (executablePath: string | undefined): Promise<Browser> => {
  const chromium = await load()
  const reasons: Array<string> = []
  for (const candidate of candidates(executablePath)) {
    try {
      return await chromium.launch({
        ...candidate,
        headless: false,
        chromiumSandbox: !isSuperuser(),
        // Signals are for the program to answer: it may have money on its way.
        handleSIGINT: false,
        handleSIGTERM: false,
        handleSIGHUP: false,
      })
    } catch (thrown) {
      reasons.push(reasonOf(thrown))
    }
  }
  throw failed(executablePath, reasons)
}
