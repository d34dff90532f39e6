// What comes next, day by day: the runs of all schedules, and what is put back.
/** @import { Schemas } from "../types/page" */
import { html, useEffect, useState } from "./html.js";
import { get } from "./api.js";
import { trouble } from "./answers.js";
import { wishFor } from "./channels.js";
import { Dialog } from "./dialog.js";
import { once } from "./once.js";
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

/** @param {{ items: Item[], skip: (id: string) => void, run: (id: string) => void }} props */
export function Agenda({ items, skip, run }) {
  return html`<section class="agenda" aria-label=${t("agenda.title")}>
    <h2>${t("agenda.title")}</h2>
    ${items.length ? "" : html`<p class="empty">${t("agenda.nothing")}</p>`}
    ${byDay(items).map(([day, all]) => html`<h3>${day}</h3><ul class="items">${all.map((item) => html`<${Entry} key=${item.schedule + item.kind + item.at} item=${item} skip=${skip} run=${run} />`)}</ul>`)}
  </section>`;
}

/** @param {{ item: Item, skip: (id: string) => void, run: (id: string) => void }} props */
function Entry({ item, skip, run }) {
  const { schedule, kind, skipped, paused, put_back: until } = item;
  const name = item.name || schedule;
  const time = (/** @type {string} */ at) => shown(at, { hour: "2-digit", minute: "2-digit" });
  const more = [item.selectors.join(", "), kind === "run" ? stepsOf(item) : t("agenda.put_back"), kind === "run" && until ? t("agenda.until", { at: time(until.at) }) : "", item.made_by ? t("agenda.by", { name: item.made_by }) : ""];
  return html`<li class=${skipped || paused ? "agenda-item left-out" : "agenda-item"}>
    <div><b>${time(item.at)}</b> ${name}${skipped || paused ? html` <b class="badge">${t(paused ? "agenda.paused" : "agenda.skipped")}</b>` : ""}<br /><span class="why">${more.filter(Boolean).join(" · ")}</span></div>
    <div class="row">${item.may_change && item.is_next && !skipped && !paused ? html`<button aria-label=${t("agenda.skip_of", { name })} onClick=${() => skip(schedule)}>${t("agenda.skip")}</button>` : ""}
    ${item.may_run && item.is_next && kind === "run" ? html`<button aria-label=${t("agenda.run_of", { name })} onClick=${() => run(schedule)}>${t("agenda.run")}</button>` : ""}</div>
  </li>`;
}

/** @param {Item} item */
function stepsOf({ steps }) {
  const named = (/** @type {string} */ wish) => store.channels.find((one) => one.id === wish || wishFor(one) === wish)?.name;
  return steps.map((step) => (step.startsWith("channel ") && named(step.slice(8))) || step).join(", ");
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
          ${plan.rejected.length ? html`<h3>${t("preset.left")} <small>${plan.rejected.length}</small></h3><ul class="plan">${plan.rejected.map((one) => html`<li><b>${named(one)}</b> <span>${one.detail}</span></li>`)}</ul>` : ""}`
      : problem ? "" : html`<p class="hint" role="status">${t("page.reading")}</p>`}
  <//>`;
}
