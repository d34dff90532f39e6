// Edits a preset: its name, its colour, its place, and what it sets where.
/** @import { ConfigItemOf, Field, Schemas } from "../types/page" */
import { html, useEffect, useState } from "./html.js";
import { ask, get } from "./api.js";
import { Dialog } from "./dialog.js";
import { Fields } from "./fields.js";
import { entryWords, targetWords } from "./plan.js";
import { store } from "./store.js";
import { trouble } from "./answers.js";
import { t } from "./texts.js";

/** @typedef {ConfigItemOf<"presets">} Item */

/** @type {Field[]} */
export const PRESET_FIELDS = [
  { name: "name", label: t("field.name"), required: true },
  { name: "color", label: t("field.color"), kind: "color" },
  { name: "order", label: t("field.place_presets"), kind: "number", hint: t("field.smallest_first") },
];

/** @param {{ id: string, close: () => void, done: () => void }} props */
export function PresetEditor({ id, close, done }) {
  const [one, setOne] = useState(/** @type {Item | null} */ (null));
  const [problem, setProblem] = useState("");
  useEffect(() => {
    let gone = false;
    get("/api/v1/config/{kind}/{id}", { path: { kind: "presets", id } }).then((found) => gone || setOne(/** @type {Item} */ (found)), (failed) => gone || setProblem(trouble(failed)));
    return () => {
      gone = true;
    };
  }, [id]);
  return html`<${Dialog} title=${t("preset.edit_title", { name: one?.item.name || id })} close=${close} wide>
    <p class="problem" role="alert">${problem}</p>
    ${one ? html`<${Form} one=${one} done=${done} />` : problem ? "" : html`<p class="hint" role="status">${t("page.reading")}</p>`}
  <//>`;
}

/** @param {{ one: Item, done: () => void }} props */
function Form({ one, done }) {
  const [entries, setEntries] = useState(one.item.entries);
  const own = { path: { kind: /** @type {const} */ ("presets"), id: one.id }, headers: { "if-match": `"${one.revision}"` } };
  if (one.fixed) return html`<p class="hint">${t("preset.fixed")}</p><${Entries} entries=${entries} />`;
  const save = async (/** @type {Schemas["PresetItem"]} */ item) => {
    await ask("PUT", "/api/v1/config/{kind}/{id}", { ...own, body: { ...item, entries } });
    store.load();
    done();
  };
  const remove = async () => {
    await ask("DELETE", "/api/v1/config/{kind}/{id}", own);
    store.load();
    done();
  };
  return html`<${Fields} fields=${PRESET_FIELDS} item=${one.item} save=${save} remove=${remove}>
    <${Entries} entries=${entries} drop=${(/** @type {number} */ place) => setEntries(entries.filter((_, at) => at !== place))} />
  <//>`;
}

/** @param {{ entries: Schemas["PresetEntry"][], drop?: (place: number) => void }} props */
function Entries({ entries, drop }) {
  const named = { nameOf: (/** @type {string} */ key) => store.ports.get(key)?.name ?? undefined, zoneOf: (/** @type {string} */ id) => store.zones.find((zone) => zone.id === id)?.name ?? undefined };
  if (!entries.length) return html`<p class="hint">${t("preset.sets_nothing")}</p>`;
  return html`<table class="entries">
    <caption class="hidden">${t("preset.sets")}</caption>
    <thead><tr><th scope="col">${t("setup.tvs")}</th><th scope="col">${t("preset.become")}</th><th></th></tr></thead>
    <tbody>
      ${entries.map((entry, place) => {
        const tvs = targetWords(entry.targets, named);
        return html`<tr>
          <td>${tvs}</td>
          <td>${entryWords(entry, store.channels)}</td>
          <td>${drop ? html`<button type="button" class="quiet" aria-label=${t("preset.remove_entry", { tvs })} onClick=${() => drop(place)}>✕</button>` : ""}</td>
        </tr>`;
      })}
    </tbody>
  </table>`;
}
