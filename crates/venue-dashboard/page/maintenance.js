// Maintenance of boards and zones: begun here, and ended. That a board does not answer is no alert meanwhile.
/** @import { Device, Schemas, Typed } from "../types/page" */
import { html, useState } from "./html.js";
import { ask } from "./api.js";
import { trouble } from "./answers.js";
import { Dialog } from "./dialog.js";
import { Fields } from "./fields.js";
import { maintenanceWords, nextAt } from "./locks.js";
import { once } from "./once.js";
import { store } from "./store.js";
import { t } from "./texts.js";
import { UntilField } from "./until-field.js";

/** @type {import("../types/page").Field[]} */
const FIELDS = [{ name: "reason", label: t("lock.why"), hint: t("maintenance.hint_why") }];

/**
 * What a board says of it, and for a manager what begins and ends it.
 * @param {{ device: Device }} props
 */
export function BoardMaintenance({ device }) {
  const [asking, setAsking] = useState(false);
  const { maintenance } = device;
  const name = device.name || device.hostname;
  return html`
    ${maintenance ? html`<span class="locked">${maintenanceWords(maintenance)}</span>` : ""}
    ${store.may.plan
      ? html`<button class="maintain" aria-label=${t(maintenance ? "maintenance.end_of" : "maintenance.begin_of", { name })}
          onClick=${() => (maintenance ? end(maintenance.id) : setAsking(true))}>${t(maintenance ? "maintenance.end" : "maintenance.begin")}</button>`
      : ""}
    ${asking ? html`<${Begin} choices=${[[`device:${device.hostname}`, name]]} close=${() => setAsking(false)} />` : ""}
  `;
}

/** The maintenance of whole zones, for a manager. */
export function ZoneMaintenance() {
  const [asking, setAsking] = useState(false);
  if (!store.may.plan || !store.zones.length) return "";
  const choices = store.zones.map((zone) => /** @type {[id: string, name: string]} */ ([`zone:${zone.id}`, zone.name]));
  return html`<button onClick=${() => setAsking(true)}>${t("maintenance.zone")}</button>
    ${asking ? html`<${Begin} choices=${choices} close=${() => setAsking(false)} />` : ""}`;
}

/** @param {string} id */
const end = (id) =>
  once(`maintenance ${id}`, () =>
    ask("DELETE", "/api/v1/maintenance/{id}", { path: { id } }).then(
      () => store.load(),
      (failed) => store.toast({ id: `maintenance-${id}`, kind: "problem", words: trouble(failed) }),
    ),
  );

/** @param {{ choices: [id: string, name: string][], close: () => void }} props what can be worked on */
function Begin({ choices, close }) {
  const [first] = choices;
  const [id, setId] = useState(first?.[0] ?? "");
  const [time, setTime] = useState("");
  const name = choices.find((choice) => choice[0] === id)?.[1] ?? "";
  const save = async (/** @type {{ reason?: string }} */ { reason }) => {
    const body = { reason: reason ?? null, until: time ? nextAt(time) : null };
    const answer = await ask("PUT", "/api/v1/maintenance/{id}", { path: { id }, body });
    store.toast({ id: `maintenance-${id}`, kind: "note", words: saved(name, answer) });
    close();
    store.load();
  };
  return html`<${Dialog} title=${t("maintenance.begin_of", { name })} close=${close}>
    <p class="hint">${t("maintenance.hint")}</p>
    ${choices.length > 1
      ? html`<div class="field"><label for="maintained">${t("maintenance.which")}</label>
          <select id="maintained" value=${id} onChange=${(/** @type {Typed} */ event) => setId(event.currentTarget.value)}>
            ${choices.map(([value, label]) => html`<option key=${value} value=${value}>${label}</option>`)}
          </select></div>`
      : ""}
    <${UntilField} time=${time} setTime=${setTime} none=${t("maintenance.until_none")} />
    <${Fields} fields=${FIELDS} item=${{}} save=${save} action=${t("maintenance.begin")} />
  <//>`;
}

/**
 * @param {string} name
 * @param {Schemas["MaintenanceSet"]} answer
 */
const saved = (name, { maintenance, boards }) => t("maintenance.saved", { name, words: maintenanceWords(maintenance), n: boards.length });
