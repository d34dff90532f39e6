// A time of day by the clock of the venue.
/** @import { Typed } from "../types/page" */
import { html } from "./html.js";

/** @param {{ id: string, label: string, value: string, hint: string, set: (time: string) => void }} props */
export function TimeField({ id, label, value, hint, set }) {
  return html`<div class="field">
    <label for=${id}>${label}</label>
    <input id=${id} type="time" value=${value} aria-describedby=${`${id}-hint`} onInput=${(/** @type {Typed} */ event) => set(event.currentTarget.value)} />
    <p id=${`${id}-hint`} class="hint">${hint}</p>
  </div>`;
}
