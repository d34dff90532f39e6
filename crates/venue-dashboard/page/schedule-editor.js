// A schedule as a form: weekdays and a time with pickers, one time, or a cron pattern for whoever wants one.
/** @import { Field, Schemas } from "../types/page" */
import { html, useState } from "./html.js";
import { ask, post } from "./api.js";
import { cronOf, editable, ownZone, weekly } from "./calendar.js";
import { Dialog } from "./dialog.js";
import { Fields } from "./fields.js";
import { store } from "./store.js";
import { t } from "./texts.js";

/**
 * A schedule, or one that is being made.
 * @typedef {Schemas["Schedule"] | { fresh: true, id: "", revision: 0, item: Partial<Schemas["ScheduleItem"]> }} Edited
 */
/** @typedef {"weekly" | "once" | "cron"} Mode */
/** @typedef {Partial<Schemas["ScheduleItem"]> & { days?: string[], time?: string }} Form */

/** @type {Mode[]} */
const MODES = ["weekly", "once", "cron"];

/** One that is being made. @returns {Edited} */
export const fresh = () => ({ fresh: true, id: "", revision: 0, item: { zone: ownZone(), cron: "0 10 * * *" } });

/**
 * @param {Mode} mode
 * @returns {Field[]}
 */
const fields = (mode) => [
  { name: "id", label: t("field.id"), hint: t("field.hint_id"), fresh: true, required: true },
  { name: "name", label: t("field.name") },
  { name: "selectors", label: t("schedules.which"), kind: "tvs", hint: store.may.configure ? t("schedules.which_hint") : "" },
  { name: "days", label: t("schedules.days"), kind: "days", hidden: mode !== "weekly" },
  { name: "time", label: t("later.at"), kind: "time", hidden: mode !== "weekly", required: mode === "weekly" },
  { name: "at", label: t("schedules.once_at"), kind: "moment", hidden: mode !== "once", required: mode === "once" },
  { name: "cron", label: t("schedules.cron"), hint: t("schedules.cron_hint"), hidden: mode !== "cron" },
  { name: "put_back", label: t("later.put_back"), kind: "time", hint: t("later.stays") },
  { name: "steps", label: t("schedules.steps"), kind: "steps", hint: store.may.configure ? t("schedules.steps_hint") : "" },
  { name: "except", label: t("schedules.except"), kind: "dates", hidden: mode === "once" },
  { name: "holidays", label: t("schedules.holidays"), kind: "choice", hidden: mode === "once", choices: [["", t("schedules.holidays_same")], ["skip", t("schedules.holidays_skip")], ["only", t("schedules.holidays_only")]] },
  { name: "zone", label: t("venue.time_zone"), hint: t("schedules.zone_hint") },
  { name: "missed", label: t("schedules.missed"), hint: t("schedules.missed_hint") },
  { name: "overlap", label: t("schedules.overlap"), kind: "choice", choices: [["", t("schedules.overlap_skip")], ["supersede", t("schedules.overlap_supersede")]] },
];

/**
 * How it says when, and what the form shows of it.
 * @param {Partial<Schemas["ScheduleItem"]>} item
 * @returns {{ mode: Mode, form: Form }}
 */
export function shown(item) {
  // What is usual is not said.
  const plain = { ...editable(item), overlap: item.overlap === "skip" ? undefined : item.overlap };
  const parts = weekly(item.cron);
  const form = { ...plain, days: (parts?.days ?? weekly("0 10 * * *")?.days ?? []).map(String), time: parts?.time ?? "10:00" };
  return { mode: item.at ? "once" : parts ? "weekly" : "cron", form };
}

/**
 * The schedule that a form means.
 * @param {Form} form
 * @param {Mode} mode
 * @returns {Schemas["ScheduleItem"]}
 */
export function meant({ days = [], time = "", ...item }, mode) {
  const plain = /** @type {Schemas["ScheduleItem"]} */ ({ ...item });
  if (mode === "weekly") plain.cron = cronOf(time, days.map(Number));
  if (mode === "once") delete plain.cron;
  else delete plain.at;
  return plain;
}

/** @param {{ one: Edited, close: () => void, done: () => void }} props */
export function Editor({ one, close, done }) {
  const isFresh = "fresh" in one;
  const [{ mode: first, form }] = useState(() => shown(one.item));
  const [mode, setMode] = useState(first);
  const own = { path: { id: one.id }, headers: { "if-match": `"${one.revision}"` } };
  const save = async (/** @type {Form} */ filled) => {
    const item = meant(filled, mode);
    if (isFresh) await post("/api/v1/schedules", { body: item });
    else await ask("PUT", "/api/v1/schedules/{id}", { ...own, body: item });
    done();
  };
  const remove = async () => {
    await ask("DELETE", "/api/v1/schedules/{id}", own);
    done();
  };
  return html`<${Dialog} title=${isFresh ? t("schedules.new") : one.item.name || one.id} close=${close} wide>
    <div class="chips" role="group" aria-label=${t("later.repeat")}>
      ${MODES.map((name) => html`<button type="button" class="chip" aria-pressed=${mode === name} onClick=${() => setMode(name)}>${t(`schedules.${name}`)}</button>`)}
    </div>
    <${Fields} fields=${fields(mode)} item=${form} fresh=${isFresh} save=${save} remove=${isFresh ? null : remove} />
  <//>`;
}
