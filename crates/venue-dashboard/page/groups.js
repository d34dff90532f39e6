// Groups of TVs that somebody made on this tablet, as "the four at the window": one tap selects them again.
/** @import { Typed } from "../types/page" */
import { html, useReducer, useState } from "./html.js";
import { Dialog } from "./dialog.js";
import { keep, kept } from "./kept.js";
import { store } from "./store.js";
import { t } from "./texts.js";
import { tvs } from "./words.js";

/** @typedef {{ name: string, keys: string[] }} Group */

/** More than this nobody finds again. */
const MOST = 24;

/** @type {Group[]} */
let groups = kept("groups", /** @type {Group[]} */ ([])).filter(({ name, keys }) => typeof name === "string" && Array.isArray(keys));

/** @param {Group[]} next */
function changed(next) {
  groups = next.slice(-MOST);
  keep("groups", groups);
  store.changed();
}

/** The groups as buttons above the TVs: those of which there is a TV that may be commanded. */
export function GroupChips() {
  const shown = groups.map(({ name, keys }) => ({ name, keys: keys.filter((key) => store.mayTv(key)) })).filter(({ keys }) => keys.length);
  if (!shown.length) return "";
  return html`<div class="row groups" role="group" aria-label=${t("group.label")}>
    ${shown.map(({ name, keys }) => {
      const all = keys.every((key) => store.selected.has(key));
      return html`<button key=${name} class="chip" aria-pressed=${all} onClick=${() => store.select(keys, !all)}>★ ${name} <small>${keys.length}</small></button>`;
    })}
  </div>`;
}

/**
 * Makes a group of what is selected, and removes those that nobody wants any more.
 * @param {{ keys: string[] }} props
 */
export function Groups({ keys }) {
  const [open, setOpen] = useState(false);
  return html`<button class="quiet" aria-label=${t("group.save")} onClick=${() => setOpen(true)}>☆</button>
    ${open ? html`<${Editor} keys=${keys} close=${() => setOpen(false)} />` : ""}`;
}

/** @param {{ keys: string[], close: () => void }} props */
function Editor({ keys, close }) {
  const [name, setName] = useState("");
  const [, again] = useReducer((/** @type {number} */ count) => count + 1, 0);
  const save = (/** @type {Event} */ event) => {
    event.preventDefault();
    const called = name.trim();
    if (!called) return;
    changed([...groups.filter((one) => one.name !== called), { name: called, keys }]);
    close();
  };
  const remove = (/** @type {string} */ gone) => {
    changed(groups.filter((one) => one.name !== gone));
    again(undefined);
  };
  return html`<${Dialog} title=${t("group.save")} close=${close}>
    <form onSubmit=${save}>
      <label for="group-name">${t("group.name", { tvs: tvs(keys.length) })}</label>
      <input id="group-name" autocomplete="off" maxlength="40" value=${name} onInput=${(/** @type {Typed} */ event) => setName(event.currentTarget.value)} />
      <div class="row wrap"><button class="main" type="submit" disabled=${!name.trim()}>${t("form.save")}</button></div>
    </form>
    <p class="hint">${t("group.hint")}</p>
    <ul class="items">
      ${groups.map((one) => html`<li key=${one.name}><b>${one.name}</b> <span>${tvs(one.keys.length)}</span><button aria-label=${t("group.remove", { name: one.name })} onClick=${() => remove(one.name)}>✕</button></li>`)}
    </ul>
  <//>`;
}
