/** A page to try the API on, made of the OpenAPI document; it needs nothing from anywhere else. */
import { createHash } from "node:crypto"

const script = `
const element = (name, text, parent) => {
  const made = document.createElement(name)
  if (text) made.textContent = text
  parent.append(made)
  return made
}
const field = (parent, label, name) => {
  const line = element("label", label + " ", parent)
  const input = element("input", "", line)
  input.name = name
  return input
}
const exampleOf = (schema, components) => {
  const body = schema && schema.$ref ? components.schemas[schema.$ref.split("/").pop()] : schema
  const names = body && body.required ? body.required : []
  return JSON.stringify(Object.fromEntries(names.map((name) => [name, name === "amount_cents" ? 100 : ""])), null, 2)
}
const show = (path, method, operation, components) => {
  const box = element("details", "", document.body)
  element("summary", method.toUpperCase() + " " + path, box)
  if (operation.description) element("p", operation.description, box)
  const inputs = (operation.parameters || []).map((parameter) => [parameter, field(box, parameter.name, parameter.name)])
  let body
  if (operation.requestBody) {
    body = element("textarea", "", box)
    const content = Object.values(operation.requestBody.content)[0]
    body.value = exampleOf(content && content.schema, components)
  }
  const button = element("button", "Try", box)
  const output = element("pre", "", box)
  button.onclick = async () => {
    let target = path
    const query = new URLSearchParams()
    const headers = { "X-API-Key": document.getElementById("key").value }
    for (const [parameter, input] of inputs) {
      if (parameter.in === "path") target = target.replace("{" + parameter.name + "}", encodeURIComponent(input.value))
      else if (input.value !== "" && parameter.in === "query") query.set(parameter.name, input.value)
      else if (input.value !== "" && parameter.in === "header") headers[parameter.name] = input.value
    }
    const search = query.size > 0 ? "?" + query : ""
    const answer = await fetch(target + search, { method: method.toUpperCase(), headers, body: body && body.value })
    const text = await answer.text()
    output.textContent = answer.status + "\\n" + text
  }
}
const load = async () => {
  const api = await (await fetch("/openapi.json")).json()
  for (const [path, methods] of Object.entries(api.paths)) {
    for (const [method, operation] of Object.entries(methods)) show(path, method, operation, api.components)
  }
}
load()
`

const style = `
body { font-family: system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
details { border: 1px solid #8886; border-radius: 6px; padding: .6rem; margin: .5rem 0 }
summary { font-family: monospace; cursor: pointer }
label { display: block; margin: .4rem 0 }
textarea { display: block; width: 100%; min-height: 8rem }
pre { overflow: auto }
`

const hashOf = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`

/** The page. */
export const docsPage = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>tsequence</title><style>${style}</style></head>
<body>
<h1>tsequence</h1>
<p>Transfers that are tried here move money. The contract: <a href="/openapi.json">openapi.json</a></p>
<label>X-API-Key <input id="key" type="password" autocomplete="off"></label>
<script>${script}</script>
</body>
</html>
`

/** Headers of the page: nothing but its own script and style runs, and it speaks to this server only. */
export const docsHeaders = {
  "content-type": "text/html; charset=utf-8",
  "content-security-policy": `default-src 'none'; script-src ${hashOf(script)}; style-src ${hashOf(style)}; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
}
