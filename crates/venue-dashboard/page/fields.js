// A form over an item: what is wrong is said at the field that is wrong.
/** @import { ComponentChildren } from "preact" */
/** @import { Field as FormField, Typed } from "../types/page" */
import { html, useState } from "./html.js";
import { placed } from "./answers.js";
import { WEEKDAYS, weekdayName } from "./calendar.js";
import { filled, typed } from "./form.js";
import { PickField } from "./pick-field.js";
import { t } from "./texts.js";

/**
 * `save(item)` gets the item as it was filled in; what it throws is shown. `action` is what its button says.
 * @template {object} T
 * @param {{ fields: FormField[], item: Partial<T>, fresh?: boolean, save: (item: T) => Promise<void>, remove?: (() => Promise<void>) | null, action?: string, children?: ComponentChildren }} props
 */
export function Fields({ fields, item, fresh, save, remove, action, children }) {
  const given = /** @type {Record<string, unknown>} */ (item);
  const all = fields.filter((field) => fresh || !field.fresh);
  // What is hidden keeps what was typed, and says nothing.
  const shown = all.filter(({ hidden }) => !hidden);
  const [values, setValues] = useState(() => Object.fromEntries(all.map((field) => [field.name, typed(field, given[field.name])])));
  const [problems, setProblems] = useState(/** @type {Record<string, string>} */ ({}));
  const [sure, setSure] = useState(false);
  const doing = (/** @type {() => Promise<void>} */ act) => async (/** @type {Event} */ event) => {
    event.preventDefault();
    try {
      await act();
    } catch (failed) {
      setProblems(placed(failed, shown));
    }
  };
  const said = (/** @type {FormField} */ { name, hidden }) => [name, (hidden ? undefined : values[name]) ?? ""];
  const submit = doing(() => save(/** @type {T} */ (filled(given, all, Object.fromEntries(all.map(said))))));
  return html`<form class="fields" onSubmit=${submit}>
    ${shown.map(
      (field) => html`<${Field} key=${field.name} field=${field} value=${values[field.name]} problem=${problems[field.name]} type=${(/** @type {string | boolean} */ value) => setValues({ ...values, [field.name]: value })} />`,
    )}
    ${children}
    <p class="problem" role="alert">${problems[""]}</p>
    <div class="row">
      <button class="main" type="submit">${action || t("form.save")}</button>
      ${remove && !sure ? html`<button type="button" onClick=${() => setSure(true)}>${t("form.remove")}</button>` : ""}
      ${remove && sure ? html`<button type="button" class="danger" onClick=${doing(remove)}>${t("form.really_remove")}</button>` : ""}
    </div>
  </form>`;
}

/** @param {{ field: FormField, value: string | boolean, problem?: string, type: (value: string | boolean) => void }} props */
function Field({ field, value, problem, type }) {
  const id = `field-${field.name}`;
  const own = { id, name: field.name, required: field.required, "aria-invalid": Boolean(problem), "aria-describedby": `${id}-hint` };
  const onInput = (/** @type {Typed} */ event) => type(event.currentTarget.value);
  const input = () => {
    if (field.kind === "color") return html`<${Color} own=${own} value=${value} type=${type} />`;
    if (field.kind === "tvs" || field.kind === "steps") return html`<${PickField} field=${field} own=${own} value=${String(value)} type=${type} />`;
    if (field.kind === "lines" || field.kind === "pairs") return html`<textarea ...${own} rows="3" value=${value} onInput=${onInput}></textarea>`;
    if (field.kind === "check") return html`<input ...${own} required=${false} type="checkbox" checked=${value} onChange=${(/** @type {Typed} */ event) => type(event.currentTarget.checked)} />`;
    if (field.kind === "choice" || field.kind === "port") {
      return html`<select ...${own} value=${value} onChange=${onInput}>
        ${(field.choices || []).map((choice) => {
          const [key, words] = Array.isArray(choice) ? choice : [choice, choice || t("field.none")];
          return html`<option value=${key}>${words}</option>`;
        })}
      </select>`;
    }
    if (field.kind === "days" || field.kind === "dates") return html`<${Dates} field=${field} own=${own} value=${value} type=${type} />`;
    return html`<input ...${own} type=${TYPES[field.kind ?? ""] ?? "text"} step=${String(value).split(":").length > 2 ? 1 : undefined} autocomplete="off" value=${value} onInput=${onInput} />`;
  };
  return html`<div class="field">
    <label for=${id}>${field.label}</label>
    ${input()}
    <p id=${`${id}-hint`} class=${problem ? "problem" : "hint"}>${problem || field.hint || ""}</p>
  </div>`;
}

/**
 * What a browser asks for.
 * @type {Record<string, string>}
 */
const TYPES = { secret: "password", number: "number", time: "time", moment: "datetime-local" };

/**
 * Days of the week to tap, or dates with one to add.
 * @param {{ field: FormField, own: { id: string, "aria-describedby": string }, value: string | boolean, type: (value: string) => void }} props
 */
function Dates({ field, own, value, type }) {
  const chosen = String(value).split("\n").filter(Boolean);
  const has = (/** @type {string} */ one) => chosen.includes(one);
  const turn = (/** @type {string} */ one) => type((has(one) ? chosen.filter((other) => other !== one) : [...chosen, one].sort()).join("\n"));
  if (field.kind === "days") {
    return html`<div id=${own.id} class="chips" role="group" aria-label=${field.label} aria-describedby=${own["aria-describedby"]}>
      ${WEEKDAYS.map(String).map((day) => html`<button type="button" class="chip" aria-pressed=${has(day)} onClick=${() => turn(day)}>${weekdayName(Number(day))}</button>`)}
    </div>`;
  }
  const add = (/** @type {Typed} */ { currentTarget }) => {
    const { value: day } = currentTarget;
    currentTarget.value = "";
    if (day && !has(day)) turn(day);
  };
  return html`<div class="row wrap">
    ${chosen.map((day) => html`<button type="button" class="chip" aria-label=${t("field.without", { what: day })} onClick=${() => turn(day)}>${day} ✕</button>`)}
    <input ...${own} required=${false} type="date" onChange=${add} />
  </div>`;
}

/** Colours that can be told from one another, on light ground and on dark. */
const COLORS = [["#d64545", t("color.red")], ["#e08a1e", t("color.orange")], ["#d9c01a", t("color.yellow")], ["#3aa655", t("color.green")], ["#2a9db5", t("color.turquoise")], ["#3b6fd6", t("color.blue")], ["#8a55d1", t("color.violet")], ["#7d8793", t("color.grey")]];

/** @param {{ own: Record<string, unknown>, value: string | boolean, type: (value: string) => void }} props */
function Color({ own, value, type }) {
  const known = value === "" || COLORS.some(([color]) => color === value);
  const choices = known ? COLORS : [...COLORS, [String(value), String(value)]];
  return html`<select ...${own} value=${value} onChange=${(/** @type {Typed} */ event) => type(event.currentTarget.value)}>
    <option value="">${t("field.none")}</option>
    ${choices.map(([color, words]) => html`<option value=${color}>${words}</option>`)}
  </select>`;
}
