// What fires by itself: the week, when next, in the venue's time, and what it did last.
/** @import { Schemas } from "../types/page" */
/** @import { Edited } from "./schedule-editor.js" */
import { html, useEffect, useState, useStore } from "./html.js";
import { get, post } from "./api.js";
import { Agenda, RunDialog } from "./agenda.js";
import { fires } from "./calendar.js";
import { redo } from "./commands.js";
import { MoveDialog } from "./move-dialog.js";
import { once } from "./once.js";
import { Editor, fresh } from "./schedule-editor.js";
import { whatWords, whichWords } from "./schedule-words.js";
import { store } from "./store.js";
import { trouble } from "./answers.js";
import { t, word } from "./texts.js";
import { age, when } from "./words.js";

/** @typedef {"skip" | "unskip" | "pause" | "resume"} Act */
/** @typedef {Schemas["AgendaItem"]} Item */

export function Schedules() {
  useStore(store);
  const [items, setItems] = useState(/** @type {Schemas["Schedule"][] | null} */ (null));
  const [problem, setProblem] = useState("");
  const [editing, setEditing] = useState(/** @type {Edited | null} */ (null));
  const [agenda, setAgenda] = useState(/** @type {Item[]} */ ([]));
  const [running, setRunning] = useState(/** @type {string | null} */ (null));
  const [moving, setMoving] = useState(/** @type {Item | null} */ (null));
  const load = () =>
    Promise.all([get("/api/v1/schedules"), get("/api/v1/agenda", { query: { days: 7 } })]).then(
      ([all, week]) => {
        setItems(all.items);
        setAgenda(week.items);
        setProblem("");
      },
      (failed) => setProblem(trouble(failed)),
    );
  useEffect(() => {
    load();
  }, [store.fired, store.live]);
  const acted = async (/** @type {() => Promise<unknown>} */ asked) => {
    try {
      await asked();
      await load();
    } catch (failed) {
      setProblem(trouble(failed));
    }
  };
  const act = (/** @type {string} */ id, /** @type {Act} */ what) => once([id, what].join(), () => acted(() => post(`/api/v1/schedules/{id}/${what}`, { path: { id } })));
  const mark = (/** @type {Item} */ { schedule: id, kind, local }, /** @type {"skip" | "unskip"} */ what) =>
    once([id, local, what].join(), () => acted(() => post(`/api/v1/schedules/{id}/${what}`, { path: { id }, body: kind === "run" ? { on: local } : {} })));
  const run = async (/** @type {string} */ id) => {
    const answer = await post("/api/v1/schedules/{id}/run", { path: { id } });
    store.toast({ id: answer.batch_id, kind: "batch", batch: answer.batch_id, what: id });
    await load();
  };
  const may = store.may;
  const of = (/** @type {string} */ id) => items?.find((one) => one.id === id);
  const edit = (/** @type {string} */ id) => setEditing(of(id) ?? null);
  const back = (/** @type {string} */ batch) => acted(() => redo(batch, "undo"));
  const nameOf = (/** @type {string} */ id) => of(id)?.item.name || id;
  return html`
    <h1>${t("page.schedules")}</h1>
    ${agenda.length ? html`<${Agenda} items=${agenda} mark=${mark} run=${setRunning} move=${setMoving} edit=${edit} back=${back} />` : ""}
    ${may.plan ? html`<button class="main" onClick=${() => setEditing(fresh())}>${t("schedules.new")}</button>` : ""}
    <p class="problem" role="alert">${problem}</p>
    ${items && !items.length ? html`<p class="empty">${t("schedules.nothing")}</p>` : ""}
    <ul class="schedules">
      ${(items || []).map((one) => html`<${Schedule} key=${one.id} one=${one} act=${act} run=${() => setRunning(one.id)} edit=${() => setEditing(one)} />`)}
    </ul>
    ${running ? html`<${RunDialog} key=${running} id=${running} name=${nameOf(running)} run=${() => run(running)} close=${() => setRunning(null)} />` : ""}
    ${moving ? html`<${MoveDialog} key=${moving.schedule + moving.at} item=${moving} schedule=${of(moving.schedule)} close=${() => setMoving(null)} done=${() => { setMoving(null); load(); }} />` : ""}
    ${editing ? html`<${Editor} key=${editing.id} one=${editing} close=${() => setEditing(null)} done=${() => { setEditing(null); load(); }} />` : ""}
  `;
}

/** @param {Schemas["Schedule"]} one */
function whenNext({ paused, next, put_back: until, item }) {
  if (paused) return t("agenda.paused");
  if (next) return t("schedules.next", { at: fires(next, item) });
  return until ? t("schedules.put_back_at", { at: when(until.at) }) : t("schedules.over");
}

/** @param {{ one: Schemas["Schedule"], act: (id: string, what: Act) => Promise<void>, run: () => void, edit: () => void }} props */
function Schedule({ one, act, run, edit }) {
  const [runs, setRuns] = useState(/** @type {Schemas["ScheduleRun"][] | null} */ (null));
  const [next, setNext] = useState(/** @type {Schemas["NextRun"][] | null} */ (null));
  const { item } = one;
  const show = async (/** @type {Event & { currentTarget: HTMLDetailsElement }} */ event) => {
    if (!event.currentTarget.open) return;
    const path = { id: one.id };
    const asked = Promise.all([get("/api/v1/schedules/{id}/runs", { path, query: { limit: 10 } }), get("/api/v1/schedules/{id}/next", { path, query: { n: 5 } })]);
    const [past, ahead] = await asked.catch(() => [{ items: [] }, { items: [] }]);
    setRuns(past.items);
    setNext(ahead.items);
  };
  return html`<li class="schedule">
    <div class="head">
      <b>${item.name || one.id}</b>
      <span class="when">${whenNext(one)}</span>
      <span class="why">${whichWords(item.selectors)} · ${whatWords(item.steps)}</span>
    </div>
    <div class="row">
      ${one.may_run ? html`<button onClick=${run}>${t("agenda.run")}</button>` : ""}
      ${one.may_change
        ? html`
            <button disabled=${!one.next && !one.put_back} onClick=${() => act(one.id, "skip")}>${t("schedules.skip")}</button>
            <button onClick=${() => act(one.id, one.paused ? "resume" : "pause")}>${t(one.paused ? "schedules.resume" : "schedules.pause")}</button>
            <button onClick=${edit}>${t("agenda.edit")}</button>
          `
        : ""}
    </div>
    <details onToggle=${show}>
      <summary>${t("schedules.runs")}</summary>
      ${next?.length ? html`<h3>${t("schedules.to_come")}</h3><ul>${next.map((run) => html`<li>${fires(run, item)}</li>`)}</ul>` : ""}
      ${runs ? (runs.length ? html`<h3>${t("schedules.past")}</h3><ul>${runs.map((run) => html`<li>${run.occurrence.replace("T", " ")}: ${ended(run)} <span class="age">${age(run.noted_at)}</span> ${run.detail || ""}</li>`)}</ul>` : html`<p class="hint">${t("schedules.none_yet")}</p>`) : ""}
    </details>
  </li>`;
}

/**
 * How a run, or a put back, ended.
 * @param {Pick<Schemas["ScheduleRun"], "kind" | "outcome">} run
 */
function ended({ kind, outcome }) {
  const words = word("outcome", outcome) ?? outcome;
  return kind === "put_back" ? t("schedules.put_back_ended", { words }) : words;
}
