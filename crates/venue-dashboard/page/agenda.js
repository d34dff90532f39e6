// What comes next, day by day: the runs of all schedules, and what is put back.
/** @import { Schemas } from "../types/page" */
import { html, useEffect, useState } from "./html.js";
import { get } from "./api.js";
import { rejectedWords, trouble } from "./answers.js";
import { Dialog } from "./dialog.js";
import { once } from "./once.js";
import { whatWords, whichWords } from "./schedule-words.js";
import { store } from "./store.js";
import { t } from "./texts.js";
import { shown } from "./venue-clock.js";
import { listed, screenName, tvs } from "./words.js";

/** @typedef {Schemas["AgendaItem"]} Item */

/**
 * The items by day of the venue.
 * @param {Item[]} items
 * @returns {[day: string, items: Item[]][]}
 */
export function byDay(items) {
  /** @type {Map<string, Item[]>} */
  const days = new Map();
  for (const item of items) {
    const day = shown(item.at, { weekday: "long", day: "numeric", month: "long" });
    days.set(day, [...(days.get(day) ?? []), item]);
  }
  return [...days];
}

/**
 * What can be done about what comes next.
 * @typedef {{ mark: (item: Item, what: "skip" | "unskip") => void, run: (id: string) => void, move: (item: Item) => void, edit: (id: string) => void, back: (batch: string) => void }} Acts
 */

/** @param {{ items: Item[] } & Acts} props */
export function Agenda({ items, ...acts }) {
  return html`<section class="agenda" aria-label=${t("agenda.title")}>
    <h2>${t("agenda.title")}</h2>
    ${items.length ? "" : html`<p class="empty">${t("agenda.nothing")}</p>`}
    ${byDay(items).map(([day, all]) => html`<h3>${day}</h3><ul class="items">${all.map((item) => html`<${Entry} key=${item.schedule + item.kind + item.at} item=${item} acts=${acts} />`)}</ul>`)}
  </section>`;
}

/**
 * Why it does not happen.
 * @param {Item} item
 */
function mark({ paused, skip_reason: why, moved_to: moved }) {
  if (paused) return t("agenda.paused");
  if (moved) return t("agenda.moved");
  return why ? t(`agenda.${why}`) : "";
}

/** @param {{ item: Item, acts: Acts }} props */
function Entry({ item, acts }) {
  const { schedule, kind, skipped, paused, put_back: until } = item;
  const name = item.name || schedule;
  const time = (/** @type {string} */ at) => shown(at, { hour: "2-digit", minute: "2-digit" });
  const more = [whichWords(item.selectors), kind === "run" ? whatWords(item.steps) : t("agenda.put_back"), kind === "run" && until ? t(until.next_day ? "agenda.until_next_day" : "agenda.until", { at: time(until.at) }) : "", item.made_by ? t("agenda.by", { name: item.made_by }) : ""];
  return html`<li class=${skipped || paused ? "agenda-item left-out" : "agenda-item"}>
    <div><b>${time(item.at)}</b> ${name}${mark(item) ? html` <b class="badge">${mark(item)}</b>` : ""}<br /><span class="why">${more.filter(Boolean).join(" · ")}</span></div>
    <div class="row wrap">
      ${item.may_run && kind === "put_back" && until?.batch_id ? html`<button class="main" aria-label=${t("agenda.back_of", { name })} onClick=${() => acts.back(until.batch_id ?? "")}>${t("agenda.back")}</button>` : ""}
      ${item.may_change && !paused ? html`<${Changes} item=${item} name=${name} acts=${acts} />` : ""}
      ${item.may_run && item.is_next && kind === "run" ? html`<button aria-label=${t("agenda.run_of", { name })} onClick=${() => acts.run(schedule)}>${t("agenda.run")}</button>` : ""}
    </div>
  </li>`;
}

/** @param {{ item: Item, name: string, acts: Acts }} props */
function Changes({ item, name, acts }) {
  const { kind, skipped, skip_reason: why, moved_to: moved } = item;
  // It comes at another time, and is changed there.
  if (moved) return "";
  if (why === "skipped") return html`<button aria-label=${t("agenda.unskip_of", { name })} onClick=${() => acts.mark(item, "unskip")}>${t("agenda.unskip")}</button>`;
  return html`
    ${skipped ? "" : html`<button aria-label=${t("agenda.skip_of", { name })} onClick=${() => acts.mark(item, "skip")}>${t("agenda.skip")}</button>`}
    ${kind === "run" && !skipped ? html`<button aria-label=${t("agenda.move_of", { name })} onClick=${() => acts.move(item)}>${t("agenda.move")}</button>` : ""}
    <button aria-label=${t("agenda.edit_of", { name })} onClick=${() => acts.edit(item.schedule)}>${t("agenda.edit")}</button>`;
}

/**
 * What a run now would do, before it is done.
 * @param {{ id: string, name: string, run: () => Promise<void>, close: () => void }} props
 */
export function RunDialog({ id, name, run, close }) {
  const [plan, setPlan] = useState(/** @type {Schemas["SchedulePreview"] | null} */ (null));
  const [problem, setProblem] = useState("");
  useEffect(() => {
    get("/api/v1/schedules/{id}/preview", { path: { id } }).then(setPlan, (failed) => setProblem(trouble(failed)));
  }, [id]);
  const named = (/** @type {{ hostname: string, port?: number | null }} */ { hostname, port }) => {
    const key = `${hostname}/${port}`;
    const known = store.ports.get(key);
    return known ? screenName({ hostname, port: Number(port), name: known.name }) : key;
  };
  const doIt = () => once(`run ${id}`, run).then(close, (failed) => setProblem(trouble(failed)));
  return html`<${Dialog} title=${t("agenda.run_title", { name })} close=${close}>
    <p class="problem" role="alert">${problem}</p>
    ${plan
      ? html`<button class="main" disabled=${!plan.targets.length} onClick=${doIt}>${t("preset.run", { n: plan.targets.length })}</button>
          <p>${listed([...new Set(plan.targets.flatMap(({ commands }) => commands))])} <span class="hint">${tvs(plan.targets.length)}: ${listed(plan.targets.map(named))}</span></p>
          ${plan.lasts_s ? html`<p class="hint">${t("agenda.lasts", { n: plan.lasts_s })}</p>` : ""}
          ${plan.rejected.length ? html`<h3>${t("preset.left")} <small>${plan.rejected.length}</small></h3><ul class="plan">${plan.rejected.map((one) => html`<li><b>${named(one)}</b> <span>${rejectedWords(one)}</span></li>`)}</ul>` : ""}`
      : problem ? "" : html`<p class="hint" role="status">${t("page.reading")}</p>`}
  <//>`;
}
