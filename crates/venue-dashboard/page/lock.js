// Locks a zone or a TV, or unlocks it. Loaded when a manager asks for it.
/** @import { Schemas, Typed } from "../types/page" */
import { html, useState } from "./html.js";
import { ask } from "./api.js";
import { Dialog } from "./dialog.js";
import { Fields } from "./fields.js";
import { lockWords, nextAt, untilWords } from "./locks.js";
import { once } from "./once.js";
import { store } from "./store.js";
import { trouble } from "./answers.js";
import { count } from "./words.js";

/** @typedef {{ reason?: string, cancel_waiting?: boolean }} Filled */

/** @type {import("../types/page").Field[]} */
const FIELDS = [
  { name: "reason", label: "Why", hint: "whoever is refused reads it, such as: private party" },
  { name: "cancel_waiting", label: "Withdraw what waits", kind: "check", hint: "without this what was asked for before is still sent" },
];

/**
 * `lock` is the lock that there is, if there is one.
 * @param {{ id: string, name: string, lock: Schemas["Lock"] | undefined, close: () => void }} props
 */
export function LockDialog({ id, name, lock, close }) {
  const [time, setTime] = useState("");
  const [problem, setProblem] = useState("");
  const save = async (/** @type {Filled} */ { reason, cancel_waiting = false }) => {
    const body = { reason: reason ?? null, cancel_waiting, until: time ? nextAt(time) : null };
    const answer = await ask("PUT", "/api/v1/locks/{id}", { path: { id }, body });
    store.toast({ id: `lock-${id}`, kind: "note", words: saved(name, answer) });
    close();
    store.load();
  };
  const unlock = () =>
    once(`unlock ${id}`, async () => {
      try {
        await ask("DELETE", "/api/v1/locks/{id}", { path: { id } });
        store.toast({ id: `lock-${id}`, kind: "note", words: `${name} is not locked any more` });
        close();
        store.load();
      } catch (failed) {
        setProblem(trouble(failed));
      }
    });
  return html`<${Dialog} title=${`${lock ? "Locked: " : "Lock "}${name}`} close=${close}>
    ${lock ? html`<p>${lockWords(lock)}.</p><button class="main" onClick=${unlock}>Unlock</button><p class="problem" role="alert">${problem}</p><h3>Lock it otherwise</h3>` : html`<p class="hint">Only a manager can switch it then. Schedules and presets leave it alone.</p>`}
    <div class="field">
      <label for="lock-until">Until</label>
      <input id="lock-until" type="time" value=${time} onInput=${(/** @type {Typed} */ event) => setTime(event.currentTarget.value)} aria-describedby="lock-until-hint" />
      <p id="lock-until-hint" class="hint">${time ? untilWords(nextAt(time)) : "none: until somebody unlocks it"}</p>
    </div>
    <${Fields} fields=${FIELDS} item=${{}} save=${save} action="Lock" />
  <//>`;
}

/**
 * @param {string} name
 * @param {Schemas["LockSet"]} answer
 */
function saved(name, { lock, waiting, cancelled }) {
  const told = [`${name} is ${lockWords(lock)}`, count(lock.tvs, "TV")];
  if (cancelled) told.push(`${count(cancelled, "command")} withdrawn`);
  if (waiting) told.push(`${count(waiting, "command")} of before ${waiting === 1 ? "is" : "are"} still sent`);
  if (waiting === null || waiting === undefined) told.push("whether something of before is still sent is not known");
  return told.join(", ");
}
