import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, readFile, rm } from "node:fs/promises"
import { createServer, type RequestListener } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { text } from "node:stream/consumers"
import { fileURLToPath } from "node:url"
import { build, type Plugin } from "esbuild"
import { chromium } from "playwright-core"
import { describe, expect, it } from "vitest"
import { CHROMIUM } from "../support/window.js"

const root = fileURLToPath(new URL("../../../", import.meta.url))
const KEY = "a-key-of-more-than-sixteen-characters"

const blocksOf = (markdown: string, language: string): ReadonlyArray<string> =>
  [...markdown.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, "gms"))].map(([, code = ""]) => code)

/** Bundles a program that imports the guide's first example, as its reader would for a page. */
const bundle = async (program: string, example: string): Promise<string> => {
  const groceries: Plugin = {
    name: "groceries",
    setup: ({ onResolve, onLoad }) => {
      onResolve({ filter: /^\.\/groceries\.js$/ }, () => ({ path: "groceries", namespace: "guide" }))
      onLoad({ filter: /.*/, namespace: "guide" }, () => ({
        contents: example,
        loader: "ts",
        resolveDir: root,
      }))
    },
  }
  const { outputFiles } = await build({
    stdin: { contents: program, resolveDir: root },
    bundle: true,
    write: false,
    format: "esm",
    platform: "browser",
    plugins: [groceries],
    logLevel: "silent",
  })
  return outputFiles[0]?.text ?? ""
}

const listen = async (listener: RequestListener) => {
  const server = createServer(listener).listen(0, "127.0.0.1")
  await once(server, "listening")
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, "close")
    },
  }
}

/** Starts the REST server over a sandbox of its own, as `npm start` does without an account. */
const startServer = async () => {
  const taken = await listen(() => {})
  const { port } = taken
  await taken[Symbol.asyncDispose]()
  const folder = await mkdtemp(join(tmpdir(), "tsequence-guide-"))
  const url = `http://127.0.0.1:${port}`
  const env = { PATH: process.env.PATH, SEQUENCE_API_KEY: KEY, SEQUENCE_SERVER_PORT: `${port}` }
  const program = join(root, "apps/api/bin/start.js")
  const server = spawn(process.execPath, [program], { cwd: folder, env, stdio: "ignore" })
  return {
    url,
    isUp: () =>
      fetch(`${url}/api/health`).then(
        ({ ok }) => ok,
        () => false,
      ),
    [Symbol.asyncDispose]: async () => {
      server.kill()
      await once(server, "exit")
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Serves files, and passes all below `/api` on: the reverse proxy that the guide asks for. */
const startProxy = (target: string, files: Readonly<Record<string, string>>) =>
  listen(async (request, response) => {
    const { url = "/", method = "GET", headers } = request
    const file = files[url]
    if (file !== undefined) {
      const type = url === "/" ? "text/html" : "text/javascript"
      response.writeHead(200, { "content-type": type }).end(file)
      return
    }
    const sent = Object.entries(headers).flatMap(([name, value]) =>
      typeof value === "string" && /^(accept|content-type|idempotency-key|x-)/.test(name)
        ? [[name, value]]
        : [],
    )
    const body = await text(request)
    const answer = await fetch(`${target}${url}`, {
      method,
      headers: Object.fromEntries(sent),
      ...(body !== "" && { body }),
    })
    const type = answer.headers.get("content-type") ?? ""
    response.writeHead(answer.status, { "content-type": type }).end(await answer.text())
  })

/** Opens a page that runs a program, and collects what it and its workers say. */
const open = async (address: string) => {
  const browser = await chromium.launch({ ...(CHROMIUM !== undefined && { executablePath: CHROMIUM }) })
  const page = await browser.newPage()
  const said: Array<string> = []
  page.on("console", (message) => said.push(message.text()))
  page.on("pageerror", (error) => said.push(String(error)))
  page.on("dialog", (dialog) => void dialog.accept(KEY))
  await page.goto(address)
  return { said, [Symbol.asyncDispose]: () => browser.close() }
}

const WORKER = `import { payGroceries } from "./groceries.js"
addEventListener("message", ({ data }) => payGroceries(location.origin, data))`

const START_WORKER = `new Worker("/worker.js", { type: "module" }).postMessage(prompt("Key of the server"))`

describe.skipIf(CHROMIUM === undefined)("the guide's first example, bundled", () => {
  it.each(["page", "worker"])("reads and pays in a browser's %s", { timeout: 90_000 }, async (place) => {
    const guide = await readFile(join(root, "docs/rest-client.md"), "utf8")
    const [example = ""] = blocksOf(guide, "ts")
    const [, inBrowser = ""] = blocksOf(guide, "js")
    await using server = await startServer()
    await expect.poll(server.isUp, { timeout: 60_000 }).toBe(true)
    await using proxy = await startProxy(server.url, {
      "/": `<!doctype html><script type="module" src="/page.js"></script>`,
      "/page.js": place === "page" ? await bundle(inBrowser, example) : START_WORKER,
      "/worker.js": await bundle(WORKER, example),
    })
    await using page = await open(proxy.url)
    await expect.poll(() => page.said.join("\n")).toMatch(/^Accepted, on record as [0-9a-f-]{36}$/m)
    expect(page.said.join("\n")).toMatch(/^Groceries \$/m)
  })
})
