// When something ends that somebody begins: a time by the clock of the venue, or none.
import { html } from "./html.js";
import { nextAt, untilWords } from "./locks.js";
import { t } from "./texts.js";
import { TimeField } from "./time-field.js";

/** @param {{ time: string, setTime: (time: string) => void, none: string }} props `none` says what no time means */
export function UntilField({ time, setTime, none }) {
  return html`<${TimeField} id="ends-at" label=${t("lock.until_label")} value=${time} set=${setTime} hint=${time ? untilWords(nextAt(time)) : none} />`;
}
