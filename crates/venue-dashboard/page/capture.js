// Makes a preset of how the TVs are assumed to be now; what is not known is left out, and said before it is saved.
/** @import { Field, Schemas, Typed } from "../types/page" */
import { html, useState } from "./html.js";
import { post } from "./api.js";
import { Dialog } from "./dialog.js";
import { Fields } from "./fields.js";
import { keyOf } from "./keys.js";
import { PRESET_FIELDS } from "./preset-editor.js";
import { store } from "./store.js";
import { t } from "./texts.js";

/** @typedef {{ name: string, color?: string, order?: number }} Named */

/** @type {Field[]} */
const FIELDS = PRESET_FIELDS.filter(({ name }) => name !== "id");

/**
 * An id that a name gives: `Game day!` is `game-day`, and the next one `game-day-2`.
 * @param {string} name
 * @param {string[]} taken
 */
export function idOf(name, taken) {
  const words = name.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().split(/[^a-z0-9]+/).filter(Boolean);
  const id = words.join("-").slice(0, 40).replace(/-+$/, "") || "preset";
  let next = id;
  for (let number = 2; taken.includes(next); number += 1) next = `${id}-${number}`;
  return next;
}

/** @returns {[selectors: string, words: string][]} */
function choices() {
  const chosen = [...store.selected];
  /** @type {[string, string][]} */
  const own = chosen.length ? [[chosen.join(" "), t("capture.selected", { n: chosen.length })]] : [];
  return [...own, ["all", t("capture.all")], ...store.zones.map(({ id, name }) => /** @type {[string, string]} */ ([`zone=${id}`, name || id]))];
}

/** @param {{ close: () => void }} props */
export function Capture({ close }) {
  // What was selected when it was opened stays meant.
  const [offered] = useState(choices);
  const [which, setWhich] = useState(offered[0]?.[0] ?? "all");
  const [found, setFound] = useState(/** @type {{ named: Named, answer: Schemas["PresetCaptured"] } | null} */ (null));
  const capture = async (/** @type {Named} */ named, /** @type {boolean} */ apply) => {
    const id = idOf(named.name, store.presets.map((preset) => preset.id));
    const answer = await post("/api/v1/presets/capture", { body: { ...named, id, selectors: which.split(" "), apply } });
    if (apply) {
      store.toast({ id: `captured-${id}`, kind: "note", words: t("capture.saved", { name: named.name }) });
      close();
      store.load();
    } else setFound({ named, answer });
  };
  if (found) return html`<${Found} ...${found} close=${close} save=${() => capture(found.named, true)} back=${() => setFound(null)} />`;
  return html`<${Dialog} title=${t("capture.title")} close=${close} wide>
    <p class="hint">${t("capture.hint")}</p>
    <div class="field">
      <label for="capture-which">${t("capture.which")}</label>
      <select id="capture-which" value=${which} onChange=${(/** @type {Typed} */ event) => setWhich(event.currentTarget.value)}>
        ${offered.map(([selectors, words]) => html`<option value=${selectors}>${words}</option>`)}
      </select>
    </div>
    <${Fields} fields=${FIELDS} item=${{}} fresh save=${(/** @type {Named} */ named) => capture(named, false)} action=${t("capture.look")} />
  <//>`;
}

/** @param {{ named: Named, answer: Schemas["PresetCaptured"], close: () => void, save: () => Promise<void>, back: () => void }} props */
function Found({ named, answer, close, save, back }) {
  const tvs = new Set(answer.preset.entries.flatMap(({ targets }) => targets)).size;
  const nameOf = (/** @type {string} */ key) => store.ports.get(key)?.name || key;
  return html`<${Dialog} title=${named.name} close=${close} wide>
    <${Fields} fields=${[]} item=${{}} save=${save} action=${t("capture.save", { n: tvs })}><p class="hint">${t("capture.unknown_hint")}</p><//>
    ${answer.unknown.length
      ? html`<h3>${t("capture.unknown")} <small>${answer.unknown.length}</small></h3>
          <ul class="plan">${answer.unknown.map((one) => html`<li key=${keyOf(one)}><b>${nameOf(keyOf(one))}</b> <span>${one.fields.join(", ")}</span></li>`)}</ul>`
      : ""}
    <div class="row wrap"><button onClick=${back}>${t("capture.back")}</button></div>
  <//>`;
}
