/** A real browser as a person has it in front of them, while another program opened it and only waits. */
import { existsSync } from "node:fs"
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Browser, chromium, type Page } from "playwright-core"
import type { Sandbox } from "tsequence-sandbox"
import { expect } from "vitest"

/** The browser that is there, if one is. */
export const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(
  (file) => existsSync(file),
)
if (CHROMIUM === undefined)
  console.warn("No chromium: apt-get install chromium, to log in by browser in tests")

/** A browser's program file, and the person who sees its window. */
export interface Window extends AsyncDisposable {
  readonly executablePath: string
  /** Waits until a page was opened, and gives it to the person. */
  readonly page: () => Promise<Page>
}

/** Makes a program file for a browser whose window a second program can look into, in the person's place. */
export const makeWindow = async (): Promise<Window> => {
  const folder = await mkdtemp(join(tmpdir(), "tsequence-window-"))
  const executablePath = join(folder, "browser")
  const portFile = join(folder, "profile/DevToolsActivePort")
  // No screen is needed, and where to look in is written into the profile.
  await writeFile(
    executablePath,
    `#!/bin/sh
for one in "$@"; do
  case "$one" in --user-data-dir=*) ln -sfn "\${one#*=}" "${folder}/profile" ;; esac
done
exec "${CHROMIUM}" --headless=new --remote-debugging-port=0 "$@"
`,
  )
  await chmod(executablePath, 0o755)
  let person: Browser | undefined
  return {
    executablePath,
    page: async () => {
      const portOf = async () => (await readFile(portFile, "utf8").catch(() => "")).split("\n")[0] ?? ""
      await expect.poll(portOf).not.toBe("")
      const port = await portOf()
      const browser = await chromium.connectOverCDP(`http://127.0.0.1:${port}`)
      person = browser
      const pages = () => browser.contexts().flatMap((context) => context.pages())
      await expect.poll(() => pages().some((page) => page.url().startsWith("http"))).toBe(true)
      const page = pages().find((one) => one.url().startsWith("http"))
      if (page === undefined) throw new Error("the window has no page")
      return page
    },
    [Symbol.asyncDispose]: async () => {
      await person?.close().catch(() => {})
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Presses the key that may end the login: the window can be gone before the press is reported. */
export const finish = (page: Page): Promise<void> => page.keyboard.press("Enter").catch(() => {})

/** Fills the login's pages, as the sandbox's user, who has no second factor. */
export const fill = async (page: Page, { env }: Sandbox): Promise<void> => {
  await page.locator("input[name=username]").fill(env.SEQUENCE_EMAIL ?? "")
  await page.keyboard.press("Enter")
  await page.locator("input[name=password]:visible").fill(env.SEQUENCE_PASSWORD ?? "")
  await finish(page)
}

/** Logs in where the web app asks for it. */
export const logIn = async (page: Page, sandbox: Sandbox): Promise<void> => {
  await page.getByRole("button", { name: "Log in" }).click()
  await fill(page, sandbox)
}
