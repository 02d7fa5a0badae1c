/** The page of the web app: starts the login, keeps the token in sessionStorage, and shows the pods. */
import type { Application } from "../auth/Authorize.js"
import { page } from "../auth/Pages.js"
import { htmlReply, type Reply } from "./Messages.js"

const SCRIPT = `
const app = JSON.parse(document.getElementById("application").textContent)
const show = (id, isShown) => { document.getElementById(id).hidden = !isShown }
const say = (text) => { document.getElementById("message").textContent = text }
const logIn = () => {
  const state = crypto.randomUUID()
  sessionStorage.setItem("state", state)
  location.assign("/authorize?" + new URLSearchParams({ response_type: "token", scope: "openid profile email",
    client_id: app.clientId, audience: app.audience, redirect_uri: app.redirectUri, state }))
}
const takeToken = () => {
  const answer = new URLSearchParams(location.hash.slice(1))
  if (![...answer].length) return
  history.replaceState(null, "", "/")
  if (answer.get("state") !== sessionStorage.getItem("state")) return say("This login was begun elsewhere.")
  if (answer.get("error")) return say(answer.get("error_description") ?? answer.get("error"))
  sessionStorage.setItem("access_token", answer.get("access_token"))
}
const query = "query SelectSourceAndDestination { me { memberships { organization { pods { id name icon metadata { balance { formatted } } } } } } }"
const showPods = async () => {
  const token = sessionStorage.getItem("access_token")
  show("login", !token)
  show("home", Boolean(token))
  if (!token) return
  const answer = await fetch("/api/graphql", { method: "POST", body: JSON.stringify({ query, operationName: "SelectSourceAndDestination" }),
    headers: { "content-type": "application/json", authorization: "Bearer " + token } })
  if (answer.status === 401) { sessionStorage.removeItem("access_token"); return showPods() }
  const { data, errors } = await answer.json()
  if (errors) say(errors[0].message)
  const rows = (data?.me.memberships ?? []).flatMap((membership) => membership.organization.pods).map((pod) => {
    const row = document.createElement("tr")
    for (const text of [(pod.icon ?? "") + " " + pod.name, pod.metadata?.balance?.formatted ?? "unknown"]) {
      row.appendChild(document.createElement("td")).textContent = text
    }
    return row
  })
  document.getElementById("pods").replaceChildren(...rows)
}
document.getElementById("login").addEventListener("click", logIn)
document.getElementById("logout").addEventListener("click", () => {
  sessionStorage.removeItem("access_token")
  location.assign("/v2/logout")
})
takeToken()
showPods().catch(() => say("The sandbox does not answer."))
`

/** Draws the page for the one application there is. */
export const appPage = ({ clientId, audience }: Application, redirectUri: string): Reply => {
  // "<" is the one character that could end the script element that holds this JSON.
  const data = JSON.stringify({ clientId, audience, redirectUri }).replaceAll("<", "\\u003c")
  return htmlReply(
    200,
    page(
      "Pods",
      `<h1>Pods</h1><p id="message" role="status"></p>
<button id="login" type="button">Log in</button>
<div id="home" hidden><table><tbody id="pods"></tbody></table><button id="logout" type="button" class="other">Log out</button></div>
<noscript><p>This page needs JavaScript; the login's pages do not.</p></noscript>
<script type="application/json" id="application">${data}</script>
<script type="module">${SCRIPT}</script>`,
    ),
  )
}
