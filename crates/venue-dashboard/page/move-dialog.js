// Another time for one run of a schedule, or for all of them.
/** @import { Schemas } from "../types/page" */
import { html, useState } from "./html.js";
import { ask, post } from "./api.js";
import { trouble } from "./answers.js";
import { cronOf, weekly } from "./calendar.js";
import { Dialog } from "./dialog.js";
import { once } from "./once.js";
import { t } from "./texts.js";
import { TimeField } from "./time-field.js";
import { shown, venueZone } from "./venue-clock.js";

/** @param {string | undefined} local such as `2026-12-25T19:30` */
const timeOf = (local) => local?.slice("2026-12-25T".length) ?? "";

/** @param {{ item: Schemas["AgendaItem"], schedule: Schemas["Schedule"] | undefined, close: () => void, done: () => void }} props */
export function MoveDialog({ item, schedule, close, done }) {
  const [time, setTime] = useState(timeOf(item.local));
  const [until, setUntil] = useState(timeOf(item.put_back?.local));
  const [problem, setProblem] = useState("");
  const { schedule: id, local: on } = item;
  const parts = weekly(schedule?.item.cron);
  const isOnce = Boolean(schedule?.item.at);
  const doing = (/** @type {string} */ what, /** @type {() => Promise<unknown>} */ act) => () => once([id, on, what, time, until].join(), act).then(done, (failed) => setProblem(trouble(failed)));
  const one = doing("move", () => post("/api/v1/schedules/{id}/move", { path: { id }, body: { on, to: time, put_back: until } }));
  const all = doing("all", () => {
    const headers = { "if-match": `"${schedule?.revision}"` };
    return ask("PATCH", "/api/v1/schedules/{id}", { path: { id }, headers, body: { cron: cronOf(time, parts?.days ?? []), put_back: until || null } });
  });
  const day = shown(item.at, { weekday: "long", day: "numeric", month: "long" });
  return html`<${Dialog} title=${t("agenda.move_title", { name: item.name || id, day })} close=${close}>
    <div class="row wrap">
      <${TimeField} id="move-at" label=${t("later.at")} value=${time} set=${setTime} hint=${item.zone === venueZone() ? "" : item.zone} />
      <${TimeField} id="move-until" label=${t("later.put_back")} value=${until} set=${setUntil} hint=${!until ? t("later.stays") : until <= time ? t("later.next_day") : ""} />
    </div>
    <p class="problem" role="alert">${problem}</p>
    <div class="row">
      <button class="main" disabled=${!time} onClick=${one}>${t(isOnce ? "form.save" : "agenda.move_one")}</button>
      ${parts ? html`<button disabled=${!time} onClick=${all}>${t("agenda.move_all")}</button>` : ""}
    </div>
  <//>`;
}
