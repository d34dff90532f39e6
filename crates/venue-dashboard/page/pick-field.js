// Fields whose lines are picked instead of typed: which TVs a schedule is for, and what it does there. Whoever sets up
// the venue may type them as well.
/** @import { Field, Typed } from "../types/page" */
import { html } from "./html.js";
import { wishFor } from "./channels.js";
import { selectorWords, stepWords } from "./schedule-words.js";
import { isScreen } from "./screens.js";
import { store } from "./store.js";
import { t } from "./texts.js";
import { screenName } from "./words.js";

/** @typedef {[title: string, values: string[]]} Group */

const WAITS = ["wait 10 s", "wait 30 s", "wait 1 min", "wait 5 min"];
const KEYS = ["on", "off", "mute_on", "mute_off"];

/**
 * What can be picked: for whoever is limited to zones, what is in them.
 * @returns {Group[]}
 */
function tvGroups() {
  const screens = [...store.ports.values()].filter((port) => isScreen(port) && store.mayTv(port.key));
  const zones = store.zones.filter(({ id }) => store.mayIn(id)).map(({ id }) => `zone=${id}`);
  const isAll = [...store.ports.values()].every((port) => !isScreen(port) || store.mayTv(port.key));
  const tags = isAll ? store.tags.map(({ id }) => `tag=${id}`) : [];
  const keys = screens.sort((a, b) => screenName(a).localeCompare(screenName(b))).map(({ key }) => key);
  return [
    ["", isAll ? ["all"] : []],
    [t("setup.zones"), zones],
    [t("field.tags"), tags],
    [t("setup.tvs"), keys],
  ];
}

/** @returns {Group[]} */
const stepGroups = () => [
  ["", KEYS],
  [t("setup.channels"), store.channels.map((channel) => `channel ${wishFor(channel)}`)],
  [t("setup.presets"), store.presets.map(({ id }) => `preset ${id}`)],
  [t("schedules.waits"), WAITS],
];

/**
 * What is picked as chips that take it out again, and a list with what there is.
 * @param {{ field: Field, own: { id: string, "aria-describedby": string }, value: string, type: (value: string) => void }} props
 */
export function PickField({ field, own, value, type }) {
  const isTvs = field.kind === "tvs";
  const words = isTvs ? selectorWords : stepWords;
  const lines = value.split("\n").map((line) => line.trim()).filter(Boolean);
  const set = (/** @type {string[]} */ next) => type(next.join("\n"));
  const add = (/** @type {Typed} */ event) => {
    const { value: picked } = event.currentTarget;
    event.currentTarget.value = "";
    // A TV is meant once; a step may come again.
    if (picked && !(isTvs && lines.includes(picked))) set([...lines, picked]);
  };
  const option = (/** @type {string} */ one) => html`<option key=${one} value=${one}>${words(one)}</option>`;
  const groups = (isTvs ? tvGroups() : stepGroups()).filter(([, values]) => values.length);
  return html`
    <div class="row wrap">
      ${lines.map((line, place) => html`<button type="button" key=${`${place} ${line}`} class="chip" aria-label=${t("field.without", { what: words(line) })} onClick=${() => set(lines.filter((_, at) => at !== place))}>${words(line)} ✕</button>`)}
      <select id=${own.id} aria-describedby=${own["aria-describedby"]} value="" onChange=${add}>
        <option value="">${t("schedules.add")}</option>
        ${groups.map(([title, values]) => (title ? html`<optgroup key=${title} label=${title}>${values.map(option)}</optgroup>` : values.map(option)))}
      </select>
    </div>
    ${store.may.configure
      ? html`<details><summary>${t("schedules.as_text")}</summary><textarea aria-label=${t("schedules.text_of", { name: field.label })} rows="3" value=${value} onInput=${(/** @type {Typed} */ event) => type(event.currentTarget.value)}></textarea></details>`
      : ""}
  `;
}
