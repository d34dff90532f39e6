// What opens the dialog that plans something for later; the rest of it is loaded then.
import { html, useState } from "./html.js";
import { store } from "./store.js";
import { t } from "./texts.js";
import { trouble } from "./answers.js";

/**
 * For the TVs `keys`, or for a preset on TVs that selectors mean.
 * @param {{ keys?: string[], preset?: { id: string, name: string, selectors: string[] } }} props
 */
export function PlanButton({ keys, preset }) {
  const [part, setPart] = useState(/** @type {typeof import("./planner.js") | null} */ (null));
  const load = () => import("./planner.js").then(setPart, (failed) => store.toast({ id: "plan-part", kind: "problem", words: trouble(failed) }));
  return html`<button onClick=${load}>${t("later.open")}</button>
    ${part ? html`<${part.Planner} keys=${keys} preset=${preset} close=${() => setPart(null)} />` : ""}`;
}
