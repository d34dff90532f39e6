// When something ends that somebody begins: a time by the clock of the venue, or none.
/** @import { Typed } from "../types/page" */
import { html } from "./html.js";
import { nextAt, untilWords } from "./locks.js";
import { t } from "./texts.js";

/** @param {{ time: string, setTime: (time: string) => void, none: string }} props `none` says what no time means */
export function UntilField({ time, setTime, none }) {
  return html`<div class="field">
    <label for="ends-at">${t("lock.until_label")}</label>
    <input id="ends-at" type="time" value=${time} onInput=${(/** @type {Typed} */ event) => setTime(event.currentTarget.value)} aria-describedby="ends-at-hint" />
    <p id="ends-at-hint" class="hint">${time ? untilWords(nextAt(time)) : none}</p>
  </div>`;
}
