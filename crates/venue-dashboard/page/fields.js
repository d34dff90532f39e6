// A form over an item: what is wrong is said at the field that is wrong.
import { html, useState } from "./html.js";
import { placed } from "./answers.js";

const text = (field, value) => {
  if (value === undefined || value === null) return field.kind === "check" ? false : "";
  return field.kind === "lines" ? value.join("\n") : field.kind === "check" ? value : String(value);
};

/** What a field means; `undefined` where nothing is said. */
function meant(field, value) {
  if (field.kind === "check") return value;
  if (field.kind === "lines") return value.split("\n").map((line) => line.trim()).filter(Boolean);
  const trimmed = value.trim();
  if (!trimmed) return undefined;
  return field.kind === "number" ? Number(trimmed) : trimmed;
}

/** `save(item)` gets the item with what the form does not show left as it was; what it throws is shown. */
export function Fields({ fields, item, fresh, save, remove, children }) {
  const [values, type] = useState(() => Object.fromEntries(fields.map((field) => [field.name, text(field, item[field.name])])));
  const [problems, tell] = useState({});
  const [sure, ask] = useState(false);
  const doing = (act) => async (event) => {
    event.preventDefault();
    try {
      await act();
    } catch (failed) {
      tell(placed(failed, fields));
    }
  };
  const submit = doing(() => {
    const next = { ...item };
    for (const field of fields) {
      if (field.fresh && !fresh) continue;
      const value = meant(field, values[field.name]);
      if (value === undefined || (value === false && item[field.name] === undefined)) delete next[field.name];
      else next[field.name] = value;
    }
    return save(next);
  });
  return html`<form class="fields" onSubmit=${submit}>
    ${fields
      .filter((field) => fresh || !field.fresh)
      .map((field) => html`<${Field} key=${field.name} field=${field} value=${values[field.name]} problem=${problems[field.name]} type=${(value) => type({ ...values, [field.name]: value })} />`)}
    ${children}
    <p class="problem" role="alert">${problems[""]}</p>
    <div class="row">
      <button class="main" type="submit">Save</button>
      ${remove && !sure ? html`<button type="button" onClick=${() => ask(true)}>Remove…</button>` : ""}
      ${remove && sure ? html`<button type="button" class="danger" onClick=${doing(remove)}>Really remove</button>` : ""}
    </div>
  </form>`;
}

function Field({ field, value, problem, type }) {
  const id = `field-${field.name}`;
  const own = { id, name: field.name, required: field.required, "aria-invalid": Boolean(problem), "aria-describedby": `${id}-hint` };
  const typed = (event) => type(event.target.value);
  const input = () => {
    if (field.kind === "lines") return html`<textarea ...${own} rows="3" value=${value} onInput=${typed}></textarea>`;
    if (field.kind === "check") return html`<input ...${own} required=${false} type="checkbox" checked=${value} onChange=${(event) => type(event.target.checked)} />`;
    if (field.kind === "choice") {
      return html`<select ...${own} value=${value} onChange=${typed}>
        ${field.choices.map((choice) => {
          const [key, words] = Array.isArray(choice) ? choice : [choice, choice || "usual"];
          return html`<option value=${key}>${words}</option>`;
        })}
      </select>`;
    }
    return html`<input ...${own} type=${field.kind === "secret" ? "password" : field.kind === "number" ? "number" : "text"} autocomplete="off" value=${value} onInput=${typed} />`;
  };
  return html`<div class="field">
    <label for=${id}>${field.label}</label>
    ${input()}
    <p id=${`${id}-hint`} class=${problem ? "problem" : "hint"}>${problem || field.hint || ""}</p>
  </div>`;
}
