// One preset: what it would change and where, then one tap that runs it. Loaded when somebody opens one.
/** @import { Schemas } from "../types/page" */
/** @import { Row } from "./plan.js" */
import { html, useEffect, useState } from "./html.js";
import { get } from "./api.js";
import { runPreset } from "./commands.js";
import { Dialog } from "./dialog.js";
import { parts, summary } from "./plan.js";
import { PlanButton } from "./plan-button.js";
import { PresetEditor } from "./preset-editor.js";
import { store } from "./store.js";
import { trouble } from "./answers.js";
import { t } from "./texts.js";
import { clock } from "./words.js";

export { Capture } from "./capture.js";

/** @typedef {Schemas["PresetSummary"]} Summary */

const zoneName = (/** @type {string} */ id) => store.zones.find((zone) => zone.id === id)?.name || id;
const nameOf = (/** @type {string} */ key) => store.ports.get(key)?.name || key;

/** @param {{ preset: Summary, only?: string, close: () => void }} props */
export function Preset({ preset, only, close }) {
  const [preview, setPreview] = useState(/** @type {{ at: number, plan: Schemas["PresetPreview"] } | null} */ (null));
  const [problem, setProblem] = useState("");
  const [zone, setZone] = useState(only ?? "");
  const [editing, setEditing] = useState(false);
  useEffect(() => {
    let gone = false;
    get("/api/v1/presets/{id}", { path: { id: preset.id } }).then((plan) => gone || setPreview({ at: Date.now(), plan }), (failed) => gone || setProblem(trouble(failed)));
    return () => {
      gone = true;
    };
  }, [preset.id]);
  if (editing) return html`<${PresetEditor} id=${preset.id} close=${close} done=${close} />`;
  return html`<${Dialog} title=${preset.name} close=${close} wide>
    <p class="problem" role="alert">${problem}</p>
    ${preview ? html`<${Preview} preset=${preset} ...${preview} zone=${zone} choose=${only === undefined ? setZone : null} close=${close} />` : problem ? "" : html`<p class="hint" role="status">${t("page.reading")}</p>`}
    ${store.may.plan && only === undefined ? html`<div class="row wrap"><button onClick=${() => setEditing(true)}>${t("preset.edit")}</button></div>` : ""}
  <//>`;
}

/**
 * Which TVs are meant, as the daemon is told: none for all of it.
 * @param {Summary} preset
 * @param {string} zone
 */
function selectorsOf(preset, zone) {
  if (zone) return [`zone=${zone}`];
  return preset.may_run ? [] : preset.zones.filter((one) => store.mayIn(one)).map((one) => `zone=${one}`);
}

/** @param {{ preset: Summary, at: number, plan: Schemas["PresetPreview"], zone: string, choose: ((zone: string) => void) | null, close: () => void }} props */
function Preview({ preset, at, plan, zone, choose, close }) {
  const zones = preset.zones.filter((one) => store.mayIn(one));
  const wanted = (/** @type {string} */ key) => {
    const own = store.ports.get(key)?.zone || "";
    return zone ? own === zone : preset.may_run || zones.includes(own);
  };
  const shown = parts(plan, { channels: store.channels, platformOf: (key) => store.ports.get(key)?.platform, nameOf, wanted });
  const later = selectorsOf(preset, zone);
  const run = () => {
    close();
    runPreset(preset, selectorsOf(preset, zone), shown.sent);
  };
  const chip = (/** @type {string} */ id, /** @type {string} */ name) => html`<button class="chip" aria-pressed=${zone === id} onClick=${() => choose?.(id)}>${name}</button>`;
  return html`
    ${choose && zones.length > 1 ? html`<div class="chips" role="group" aria-label=${t("preset.part")}>${chip("", t(preset.may_run ? "preset.whole" : "preset.my_zones"))} ${zones.map((one) => chip(one, zoneName(one)))}</div>` : ""}
    <div class="run">
      <button class="main" disabled=${!shown.sent.length} onClick=${run}>${t("preset.run", { n: shown.sent.length })}</button>
      <${PlanButton} preset=${{ id: preset.id, name: preset.name, selectors: later.length ? later : ["all"] }} />
      <p>${summary(shown)} <span class="hint">${t("preset.as_assumed", { at: clock(at) })}</span></p>
    </div>
    <${Rows} title=${t("preset.changes")} rows=${shown.changing} />
    <${Rows} title=${t("preset.left")} rows=${shown.left} />
    ${plan.unmatched.length ? html`<h3>${t("preset.unmatched")}</h3><ul class="plan">${plan.unmatched.map(({ selector, detail }) => html`<li><b>${selector}</b> <span>${detail}</span></li>`)}</ul>` : ""}
    <${Rows} title=${t("preset.same")} rows=${shown.same} />
    <${Rows} title=${t("preset.unchanged")} rows=${shown.unchanged} />
  `;
}

/** @param {{ title: string, rows: Row[] }} props */
function Rows({ title, rows }) {
  if (!rows.length) return "";
  return html`<h3>${title} <small>${rows.length}</small></h3>
    <ul class="plan">${rows.map(({ key, name, zone, words }) => html`<li key=${key}><b>${name}</b> <small>${zone && zoneName(zone)}</small> <span>${words}</span></li>`)}</ul>`;
}
