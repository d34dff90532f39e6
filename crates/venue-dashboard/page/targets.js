// What became of each TV of a batch; and, once somebody took the batch back, what was restored there and what not.
/** @import { Schemas, Typed } from "../types/page" */
import { html, useEffect, useState } from "./html.js";
import { get } from "./api.js";
import { receiverName, zonesOf } from "./screens.js";
import { store } from "./store.js";
import { keyOf } from "./keys.js";
import { t } from "./texts.js";
import { trouble } from "./answers.js";
import { accounts, byTv } from "./accounts.js";
import { actionName, clock, reasonWords, statusWord } from "./words.js";

/** @typedef {Schemas["CommandRecord"]} Command */

/** @param {{ id: string, moved: string, undone?: string, left?: Schemas["SkippedPort"][] }} props */
export function Targets({ id, moved, undone, left }) {
  const [zone, setZone] = useState("");
  const [commands, problem] = useCommands(id, moved);
  const undo = undone ? store.batches.get(undone) : undefined;
  const [restoring, unread] = useCommands(undone, JSON.stringify(undo?.statuses));
  if (problem) return html`<p class="problem" role="alert">${problem}</p>`;
  if (!commands) return html`<p class="hint">${t("page.reading")}</p>`;
  const zones = [...new Set(commands.flatMap((one) => zonesOf(keyOf(one), store.ports)).filter(Boolean))].sort();
  const fits = (/** @type {string} */ key) => !zone || zonesOf(key, store.ports).includes(zone);
  return html`
    ${zones.length > 1
      ? html`<label>${t("targets.zone")} <select value=${zone} onChange=${(/** @type {Typed} */ event) => setZone(event.currentTarget.value)}>
            <option value="">${t("targets.all")}</option>
            ${zones.map((one) => html`<option value=${one}>${one}</option>`)}
          </select></label>`
      : ""}
    <ul class="targets">${byTv(commands).filter((one) => fits(keyOf(one))).map((one) => html`<${Line} key=${one.command_id} one=${one} />`)}</ul>
    ${undone ? html`<h3>${t("targets.taken_back")}</h3>` : ""}
    ${unread ? html`<p class="problem" role="alert">${unread}</p>` : ""}
    ${undone && restoring ? html`<${Restored} found=${accounts(commands, restoring, left)} fits=${fits} />` : ""}
  `;
}

/**
 * @param {{ found: { restored: Command[], left: { key: string, part: string, why: string }[] }, fits: (key: string) => boolean }} props
 */
function Restored({ found, fits }) {
  return html`<ul class="targets restored">
    ${found.restored.filter((one) => fits(keyOf(one))).map((one) => html`<${Line} key=${one.command_id} one=${one} />`)}
    ${found.left.filter(({ key }) => fits(key)).map(
      ({ key, part, why }) => html`<li key=${key + part}><b>${receiverName(key, store.ports)}</b><span>${part ? t("targets.part_left_alone", { part }) : t("targets.left_alone")}</span><span class="word"></span><span class="why">${why}</span></li>`,
    )}
  </ul>`;
}

/** @param {{ one: Command }} props */
function Line({ one }) {
  const argument = one.command === "input" ? ` ${one.input ?? ""}` : "";
  return html`<li>
    <b>${receiverName(keyOf(one), store.ports)}</b>
    <span>${actionName(one.command, one.channel)}${argument}</span>
    <span class=${`word ${one.status}`}>${statusWord(one.status)}</span>
    <span class="why">${one.status === "completed" ? clock(one.completed_at) : reasonWords(one.reason, one.status)}${one.attempts > 1 ? ` · ${t("targets.tries", { n: one.attempts })}` : ""}</span>
  </li>`;
}

/**
 * The commands of a batch, read again when its counts moved.
 * @param {string | undefined} id
 * @param {string | undefined} moved
 * @returns {[commands: Command[] | null, problem: string]}
 */
function useCommands(id, moved) {
  const [commands, setCommands] = useState(/** @type {Command[] | null} */ (null));
  const [problem, setProblem] = useState("");
  useEffect(() => {
    if (!id) return undefined;
    let gone = false;
    // Soon, and not for each of a burst of changes.
    const known = (/** @type {Command[] | null} */ found, /** @type {string} */ wrong) => {
      if (gone) return;
      if (found) setCommands(found);
      setProblem(wrong);
    };
    const soon = setTimeout(() => all(id).then((found) => known(found, ""), (failed) => known(null, trouble(failed))), commands ? 300 : 0);
    return () => {
      gone = true;
      clearTimeout(soon);
    };
  }, [id, moved]);
  return [commands, problem];
}

/** @param {string} id */
async function all(id) {
  /** @type {Command[]} */
  const found = [];
  /** @type {string | null | undefined} */
  let cursor = null;
  do {
    /** @type {Schemas["BatchStatus"]} */
    const page = await get("/api/v1/batches/{id}", { path: { id }, query: { limit: 500, cursor } });
    found.push(...page.commands);
    cursor = page.next_cursor;
  } while (cursor && found.length < 4_000);
  return found;
}
