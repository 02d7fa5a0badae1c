// A TypeDoc plugin. It adds the guides to the reference, orders both, and turns links to sources into links to pages of the
// site itself: these work wherever the site is hosted and show the text that the reference was made from.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join, relative } from "node:path"
import { Application, Converter, PageEvent, RendererEvent } from "typedoc"
import { arrange, CATEGORIES, inOrder, REFERENCE } from "./arrange.mjs"
import { pages, parts } from "./pages.mjs"
import { stage } from "./stage.mjs"

const SOURCE_LINK = /href="source:([^"#]+)(#L\d+)?"/g

/** The meta tag with the description of a page that search engines show. */
const DESCRIPTION = /(<meta name="description" content=")[^"]*(")/

/** Opens the guides in the sidebar for a reader who has not closed them. */
const OPEN_GUIDES = `<script>for (const part of ${JSON.stringify(parts)}) { const key = "tsd-accordion-" + part; if (localStorage.getItem(key) === null) localStorage.setItem(key, "true") }</script>`

const pageOf = (path) => `source/${path}.html`

/** The HTML of a source file, a line each with an anchor of its own. */
const linesOf = (html) => {
  const code = /<code[^>]*>(.*)<\/code>/s.exec(html)?.[1] ?? ""
  return code
    .split("<br/>")
    .map(
      (line, i) => `<span class="line" id="L${i + 1}"><a href="#L${i + 1}">${i + 1}</a>${line || " "}</span>`,
    )
    .join("")
}

const LANGUAGES = { ts: "ts", mjs: "js", json: "json", yaml: "yaml", graphql: "graphql" }

const render = ({ title, base, code }) => `<!DOCTYPE html>
<html lang="en" class="default" data-base="${base}">
<head>
<meta charset="utf-8"/><meta name="viewport" content="width=device-width, initial-scale=1"/>
<title>${title} | tsequence</title>
<link rel="stylesheet" href="${base}assets/style.css"/>
<link rel="stylesheet" href="${base}assets/highlight.css"/>
<link rel="stylesheet" href="${base}assets/custom.css"/>
<script>document.documentElement.dataset.theme = localStorage.getItem("tsd-theme") || "os"</script>
</head>
<body>
<header class="tsd-page-toolbar"><div class="tsd-toolbar-contents container"><a class="title" href="${base}index.html">tsequence</a></div></header>
<main class="container source"><h1>${title}</h1><pre><code>${code}</code></pre></main>
</body>
</html>
`

/** Sets the options that `typedoc.json` cannot hold, because they are computed. */
const setComputedOptions = ({ options }) => {
  const [landing, ...documents] = stage(process.cwd(), pages)
  options.setValue("readme", landing)
  options.setValue("projectDocuments", documents)
  options.setValue("categoryOrder", [...parts, REFERENCE, ...CATEGORIES, "*"])
}

/** Called by TypeDoc. */
export const load = (app) => {
  const sources = new Set()

  app.on(Application.EVENT_BOOTSTRAP_END, setComputedOptions)

  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => arrange(project))
  // After TypeDoc has made its categories.
  app.converter.on(Converter.EVENT_RESOLVE_END, ({ project }) => inOrder(project), -1_000)

  const { description } = JSON.parse(readFileSync("sdk/package.json", "utf8"))

  app.renderer.on(PageEvent.END, (page) => {
    page.contents = page.contents
      ?.replace(DESCRIPTION, `$1${description}$2`)
      .replace("</head>", `${OPEN_GUIDES}</head>`)
    page.contents = page.contents?.replaceAll(SOURCE_LINK, (_, path, line = "") => {
      sources.add(path)
      const here = relative(app.options.getValue("out"), page.filename)
      return `href="${relative(dirname(here), pageOf(path))}${line}"`
    })
  })

  // Before TypeDoc writes the style sheet of the colours that were used.
  app.renderer.on(
    RendererEvent.END,
    ({ outputDirectory, project }) => {
      const page = new PageEvent(project)
      page.project = project
      const context = app.renderer.theme.getRenderContext(page)
      for (const path of [...sources].sort()) {
        const language = LANGUAGES[path.split(".").at(-1)] ?? "txt"
        const fence = "`".repeat(12)
        const html = context.markdown(
          `${fence}${language}\n${readFileSync(path, "utf8").trimEnd()}\n${fence}`,
        )
        const file = join(outputDirectory, pageOf(path))
        const base = `${relative(dirname(file), outputDirectory)}/`
        mkdirSync(dirname(file), { recursive: true })
        writeFileSync(file, render({ title: path, base, code: linesOf(html) }))
      }
    },
    1_000,
  )
}
