// Who signs in with a PIN: added with a link or a QR code that is shown once, signed out, removed.
/** @import { Field, Schemas } from "../types/page" */
import { html, useEffect, useState } from "./html.js";
import { ask, get, post } from "./api.js";
import { Dialog } from "./dialog.js";
import { Fields } from "./fields.js";
import { once } from "./once.js";
import { store } from "./store.js";
import { trouble } from "./answers.js";
import { t, word } from "./texts.js";
import { ago, when } from "./words.js";

/** @typedef {{ name?: string, role?: string, zones?: string[] }} Filled */

const roleWord = (/** @type {string} */ role) => word("role", role) ?? role;

/** @returns {Field[]} */
const fields = () => [
  { name: "name", label: t("field.name"), required: true, fresh: true, hint: t("people.name_hint") },
  { name: "role", label: t("people.role"), kind: "choice", choices: (store.may.configure ? ["operator", "viewer", "manager", "admin"] : ["operator", "viewer"]).map((role) => /** @type {[string, string]} */ ([role, roleWord(role)])) },
  { name: "zones", label: t("people.zones"), kind: "lines", hint: t("people.zones_hint", { zones: store.zones.map(({ id }) => id).join(", ") }) },
];

/** Where this page is opened: the tablet of the person has to reach it there. */
const address = () => location.origin + location.pathname.replace(/\/$/, "");

export function People() {
  const [items, setItems] = useState(/** @type {Schemas["Person"][] | null} */ (null));
  const [problem, setProblem] = useState("");
  const [adding, setAdding] = useState(false);
  const [changing, setChanging] = useState(/** @type {Schemas["Person"] | null} */ (null));
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
  const change = (/** @type {Schemas["Person"]} */ { id, name }) => async (/** @type {Filled} */ { role, zones = [] }) => {
    await ask("PATCH", "/api/v1/people/{id}", { path: { id }, body: { role, zones: zones.length ? zones : null } });
    store.toast({ id: `rights-${id}`, kind: "note", words: t("people.changed", { name }) });
    setChanging(null);
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
    store.toast({ id: `out-${one.id}`, kind: "note", words: t("people.is_out", { name: one.name, n: ended }) });
  });
  const remove = (/** @type {Schemas["Person"]} */ one) => doing(`remove ${one.id}`, () => ask("DELETE", "/api/v1/people/{id}", path(one)));
  return html`
    <button class="main" onClick=${() => setAdding(true)}>${t("people.add")}</button>
    <p class="problem" role="alert">${problem}</p>
    ${items && !items.length ? html`<p class="empty">${t("people.none")}</p>` : ""}
    <ul class="items">
      ${(items || []).map((one) => html`<${Row} key=${one.id} one=${one} change=${setChanging} invite=${invite} out=${out} remove=${remove} />`)}
    </ul>
    ${adding ? html`<${Dialog} title=${t("people.add")} close=${() => setAdding(false)}><${Fields} fields=${fields()} item=${{ role: "operator" }} fresh save=${add} action=${t("people.add_and_invite")} /><//>` : ""}
    ${changing ? html`<${Dialog} title=${changing.name} close=${() => setChanging(null)}><p class="hint">${t("people.change_hint")}</p><${Fields} fields=${fields()} item=${{ role: changing.role, zones: changing.zones ?? [] }} save=${change(changing)} /><//>` : ""}
    ${invited ? html`<${Invitation} one=${invited} close=${() => setInvited(null)} />` : ""}
  `;
}

/** @typedef {(one: Schemas["Person"]) => Promise<unknown>} Act */

/** @param {{ one: Schemas["Person"], change: (one: Schemas["Person"]) => void, invite: Act, out: Act, remove: Act }} props */
function Row({ one, change, invite, out, remove }) {
  const [sure, setSure] = useState(false);
  const told = [roleWord(one.role), one.zones?.join(", "), one.can_sign_in ? "" : one.invited_until ? t("people.invited_until", { at: when(one.invited_until) }) : t("people.no_pin"), one.sessions ? t("people.signed_in", { n: one.sessions, age: ago(one.last_used) }) : ""];
  return html`<li>
    <b>${one.name}</b> <span class="why">${told.filter(Boolean).join(" · ")}</span>
    ${store.may.configure || ["viewer", "operator"].includes(one.role) ? html`<button aria-label=${t("people.change_of", { name: one.name })} onClick=${() => change(one)}>${t("people.change")}</button>` : ""}
    <button aria-label=${t("people.invite_of", { name: one.name })} onClick=${() => invite(one)}>${t("people.invite")}</button>
    ${one.sessions ? html`<button aria-label=${t("people.out_of", { name: one.name })} onClick=${() => out(one)}>${t("page.sign_out")}</button>` : ""}
    ${sure ? html`<button class="danger" onClick=${() => remove(one)}>${t("people.really")}</button>` : html`<button aria-label=${t("people.remove_of", { name: one.name })} onClick=${() => setSure(true)}>${t("people.remove")}</button>`}
  </li>`;
}

/** @param {{ one: Schemas["PersonInvited"], close: () => void }} props */
function Invitation({ one, close }) {
  return html`<${Dialog} title=${t("people.invitation_of", { name: one.name })} close=${close}>
    <p>${t("people.once", { name: one.name, at: one.invited_until ? when(one.invited_until) : "" })}</p>
    ${one.qr ? html`<div class="qr" role="img" aria-label=${t("people.qr")} dangerouslySetInnerHTML=${{ __html: one.qr.slice(one.qr.indexOf("<svg")) }}></div>` : ""}
    <p><input class="link" readonly aria-label=${t("people.link")} value=${one.link || one.path} onFocus=${(/** @type {Event & { currentTarget: HTMLInputElement }} */ event) => event.currentTarget.select()} /></p>
  <//>`;
}
