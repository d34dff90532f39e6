// What opens the lock of a zone or a TV; the rest of it is loaded then.
import { html, useState } from "./html.js";
import { store } from "./store.js";
import { t } from "./texts.js";
import { trouble } from "./answers.js";

/** @param {{ id: string, name: string, words?: string }} props */
export function LockButton({ id, name, words = "" }) {
  const [part, setPart] = useState(/** @type {typeof import("./lock.js") | null} */ (null));
  const lock = store.locks.get(id);
  const of = (/** @type {string} */ called) => t(lock ? "lock.unlock" : "lock.lock", { name: called });
  const load = () => import("./lock.js").then(setPart, (failed) => store.toast({ id: "lock-part", kind: "problem", words: trouble(failed) }));
  return html`<button class="lock" aria-label=${words ? undefined : of(name)} onClick=${load}>${words ? of(words) : t(lock ? "lock.do_unlock" : "lock.do_lock")}</button>
    ${part ? html`<${part.LockDialog} id=${id} name=${name} lock=${lock} close=${() => setPart(null)} />` : ""}`;
}
