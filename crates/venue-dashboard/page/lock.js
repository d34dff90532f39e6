// Locks a zone or a TV, or unlocks it. Loaded when a manager asks for it.
/** @import { Schemas } from "../types/page" */
import { html, useState } from "./html.js";
import { ask } from "./api.js";
import { Dialog } from "./dialog.js";
import { Fields } from "./fields.js";
import { lockWords, nextAt } from "./locks.js";
import { once } from "./once.js";
import { store } from "./store.js";
import { trouble } from "./answers.js";
import { tvs } from "./words.js";
import { t } from "./texts.js";
import { UntilField } from "./until-field.js";

/** @typedef {{ reason?: string, cancel_waiting?: boolean }} Filled */

/** @type {import("../types/page").Field[]} */
const FIELDS = [
  { name: "reason", label: t("lock.why"), hint: t("lock.hint_why") },
  { name: "cancel_waiting", label: t("lock.withdraw"), kind: "check", hint: t("lock.hint_withdraw") },
];

/**
 * `lock` is the lock that there is, if there is one.
 * @param {{ id: string, name: string, lock: Schemas["Lock"] | undefined, close: () => void }} props
 */
export function LockDialog({ id, name, lock, close }) {
  const [time, setTime] = useState("");
  const [problem, setProblem] = useState("");
  const save = async (/** @type {Filled} */ { reason, cancel_waiting = false }) => {
    // Whoever sees a lock and locks otherwise means to replace it; of one that came meanwhile the refusal tells.
    const body = { reason: reason ?? null, cancel_waiting, replace: Boolean(lock), until: time ? nextAt(time) : null };
    const answer = await ask("PUT", "/api/v1/locks/{id}", { path: { id }, body });
    store.toast({ id: `lock-${id}`, kind: "note", words: saved(name, answer) });
    close();
    store.load();
  };
  const unlock = () =>
    once(`unlock ${id}`, async () => {
      try {
        await ask("DELETE", "/api/v1/locks/{id}", { path: { id } });
        store.toast({ id: `lock-${id}`, kind: "note", words: t("lock.gone", { name }) });
        close();
        store.load();
      } catch (failed) {
        setProblem(trouble(failed));
      }
    });
  return html`<${Dialog} title=${t(lock ? "lock.title_locked" : "lock.lock", { name })} close=${close}>
    ${lock ? html`<p>${lockWords(lock)}.</p><button class="main" onClick=${unlock}>${t("lock.do_unlock")}</button><p class="problem" role="alert">${problem}</p><h3>${t("lock.otherwise")}</h3>` : html`<p class="hint">${t("lock.hint")}</p>`}
    <${UntilField} time=${time} setTime=${setTime} none=${t("lock.until_none")} />
    <${Fields} fields=${FIELDS} item=${{}} save=${save} action=${t("lock.do_lock")} />
  <//>`;
}

/**
 * @param {string} name
 * @param {Schemas["LockSet"]} answer
 */
function saved(name, { lock, waiting, cancelled }) {
  const told = [t("lock.saved", { name, lock: lockWords(lock) }), tvs(lock.tvs)];
  if (cancelled) told.push(t("redo.withdrawn", { n: cancelled }));
  if (waiting) told.push(t("lock.still_sent", { n: waiting }));
  if (waiting === null || waiting === undefined) told.push(t("lock.waiting_unknown"));
  return told.join(", ");
}
