// The presets on the wall: a button for each. What it would do is shown before anything is sent.
/** @import { Schemas } from "../types/page" */
import { html, useEffect, useState } from "./html.js";
import { store } from "./store.js";
import { t } from "./texts.js";
import { trouble } from "./answers.js";

/**
 * Those of which somebody may run at least a part.
 * @returns {Schemas["PresetSummary"][]}
 */
const offered = () => store.presets.filter((preset) => preset.may_run || preset.zones.some((zone) => store.mayIn(zone)));

/**
 * `only` is the zone to which a kiosk is limited: of each preset that zone's part alone is run there.
 * @param {{ only?: string }} props
 */
export function Presets({ only }) {
  const [part, setPart] = useState(/** @type {typeof import("./preset.js") | null} */ (null));
  const [open, setOpen] = useState(/** @type {string | null} */ (null));
  const [capturing, setCapturing] = useState(false);
  const mayCapture = store.may.plan && only === undefined;
  const shown = offered().filter(({ zones }) => only === undefined || zones.includes(only));
  // What is shown first stays small: the rest comes with the first tap.
  const load = () => import("./preset.js").then(setPart, (failed) => store.toast({ id: "preset-part", kind: "problem", words: trouble(failed) }));
  const show = (/** @type {string} */ id) => {
    load();
    setOpen(id);
  };
  const { sought } = store;
  useEffect(() => {
    if (!sought?.preset) return;
    store.sought = null;
    show(sought.preset);
  }, [sought]);
  if (!store.may.command || !(shown.length || mayCapture)) return "";
  const preset = shown.find(({ id }) => id === open);
  return html`
    <div class="presets" role="group" aria-label=${t("preset.all")}>
      ${shown.map((one) => html`<button key=${one.id} class="preset" style=${{ "--own": one.color || "var(--line)" }} onClick=${() => show(one.id)}>${one.name}</button>`)}
      ${mayCapture ? html`<button class="quiet capture" onClick=${() => { load(); setCapturing(true); }}>${t("preset.capture")}</button>` : ""}
    </div>
    ${part && preset ? html`<${part.Preset} key=${preset.id} preset=${preset} only=${only} close=${() => setOpen(null)} />` : ""}
    ${part && capturing ? html`<${part.Capture} close=${() => setCapturing(false)} />` : ""}
  `;
}
