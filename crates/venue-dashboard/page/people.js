// Who signs in with a PIN: added with a link or a QR code that is shown once, signed out, removed.
/** @import { Field, Schemas } from "../types/page" */
import { html, useEffect, useState } from "./html.js";
import { ask, get, post } from "./api.js";
import { Dialog } from "./dialog.js";
import { Fields } from "./fields.js";
import { once } from "./once.js";
import { store } from "./store.js";
import { trouble } from "./answers.js";
import { ago, count, when } from "./words.js";

/** @typedef {{ name?: string, role?: string, zones?: string[] }} Filled */

/** @returns {Field[]} */
const fields = () => [
  { name: "name", label: "Name", required: true, hint: "what they sign in with, and what history shows" },
  { name: "role", label: "Role", kind: "choice", choices: (store.may.configure ? ["operator", "viewer", "manager", "admin"] : ["operator", "viewer"]).map((role) => /** @type {[string, string]} */ ([role, role])) },
  { name: "zones", label: "Only these zones", kind: "lines", hint: `one a line: ${store.zones.map(({ id }) => id).join(", ")}; empty for all` },
];

/** Where this page is opened: the tablet of the person has to reach it there. */
const address = () => location.origin + location.pathname.replace(/\/$/, "");

export function People() {
  const [items, setItems] = useState(/** @type {Schemas["Person"][] | null} */ (null));
  const [problem, setProblem] = useState("");
  const [adding, setAdding] = useState(false);
  const [invited, setInvited] = useState(/** @type {Schemas["PersonInvited"] | null} */ (null));
  const load = () => get("/api/v1/people").then((answer) => { setItems(answer.items); setProblem(""); }, (failed) => setProblem(trouble(failed)));
  useEffect(() => {
    load();
  }, []);
  const add = async (/** @type {Filled} */ { name = "", role = "operator", zones = [] }) => {
    const body = { name, role, address: address(), ...(zones.length ? { zones } : {}) };
    setInvited(await post("/api/v1/people", { body }));
    setAdding(false);
    load();
  };
  const doing = (/** @type {string} */ what, /** @type {() => Promise<unknown>} */ act) => once(what, async () => {
    try {
      await act();
      await load();
    } catch (failed) {
      setProblem(trouble(failed));
    }
  });
  const path = (/** @type {Schemas["Person"]} */ { id }) => ({ path: { id } });
  const invite = (/** @type {Schemas["Person"]} */ one) => doing(`invite ${one.id}`, async () => setInvited(await post("/api/v1/people/{id}/invitation", { ...path(one), body: { address: address() } })));
  const out = (/** @type {Schemas["Person"]} */ one) => doing(`out ${one.id}`, async () => {
    const { ended } = await ask("DELETE", "/api/v1/people/{id}/sessions", path(one));
    store.toast({ id: `out-${one.id}`, kind: "note", words: `${one.name} is signed out of ${count(ended, "browser")}` });
  });
  const remove = (/** @type {Schemas["Person"]} */ one) => doing(`remove ${one.id}`, () => ask("DELETE", "/api/v1/people/{id}", path(one)));
  return html`
    <button class="main" onClick=${() => setAdding(true)}>Add a person</button>
    <p class="problem" role="alert">${problem}</p>
    ${items && !items.length ? html`<p class="empty">Nobody yet: everybody signs in with a token.</p>` : ""}
    <ul class="items">
      ${(items || []).map((one) => html`<${Row} key=${one.id} one=${one} invite=${invite} out=${out} remove=${remove} />`)}
    </ul>
    ${adding ? html`<${Dialog} title="Add a person" close=${() => setAdding(false)}><${Fields} fields=${fields()} item=${{ role: "operator" }} fresh save=${add} action="Add and invite" /><//>` : ""}
    ${invited ? html`<${Invitation} one=${invited} close=${() => setInvited(null)} />` : ""}
  `;
}

/** @typedef {(one: Schemas["Person"]) => Promise<unknown>} Act */

/** @param {{ one: Schemas["Person"], invite: Act, out: Act, remove: Act }} props */
function Row({ one, invite, out, remove }) {
  const [sure, setSure] = useState(false);
  const told = [one.role, one.zones?.join(", "), one.can_sign_in ? "" : one.invited_until ? `invited until ${when(one.invited_until)}` : "has no PIN", one.sessions ? `signed in on ${count(one.sessions, "browser")}, ${ago(one.last_used)}` : ""];
  return html`<li>
    <b>${one.name}</b> <span class="why">${told.filter(Boolean).join(" · ")}</span>
    <button aria-label=${`Invite ${one.name} anew`} onClick=${() => invite(one)}>New invitation</button>
    ${one.sessions ? html`<button aria-label=${`Sign ${one.name} out everywhere`} onClick=${() => out(one)}>Sign out</button>` : ""}
    ${sure ? html`<button class="danger" onClick=${() => remove(one)}>Really remove</button>` : html`<button aria-label=${`Remove ${one.name}`} onClick=${() => setSure(true)}>Remove…</button>`}
  </li>`;
}

/** @param {{ one: Schemas["PersonInvited"], close: () => void }} props */
function Invitation({ one, close }) {
  return html`<${Dialog} title=${`Invitation for ${one.name}`} close=${close}>
    <p>Shown this once: ${one.name} opens it on the tablet and chooses a PIN. It is good until ${one.invited_until ? when(one.invited_until) : ""}.</p>
    ${one.qr ? html`<div class="qr" role="img" aria-label="QR code of the link" dangerouslySetInnerHTML=${{ __html: one.qr.slice(one.qr.indexOf("<svg")) }}></div>` : ""}
    <p><input class="link" readonly aria-label="Link" value=${one.link || one.path} onFocus=${(/** @type {Event & { currentTarget: HTMLInputElement }} */ event) => event.currentTarget.select()} /></p>
  <//>`;
}
