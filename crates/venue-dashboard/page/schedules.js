// What fires by itself: when next, in the venue's time, and what it did last.
/** @import { Field, Schemas } from "../types/page" */
import { html, useEffect, useState, useStore } from "./html.js";
import { ask, get, post } from "./api.js";
import { Agenda, RunDialog } from "./agenda.js";
import { editable, fires, ownZone } from "./calendar.js";
import { once } from "./once.js";
import { Dialog } from "./dialog.js";
import { Fields } from "./fields.js";
import { store } from "./store.js";
import { trouble } from "./answers.js";
import { age } from "./words.js";

/**
 * A schedule, or one that is being made.
 * @typedef {Schemas["Schedule"] | { fresh: true, id: "", revision: 0, item: Partial<Schemas["ScheduleItem"]> }} Edited
 */
/** @typedef {"skip" | "pause" | "resume"} Act */

/** @type {Field[]} */
const FIELDS = [
  { name: "id", label: "Id", hint: "a-z, 0-9 and -", fresh: true, required: true },
  { name: "name", label: "Name" },
  { name: "selectors", label: "Which TVs", kind: "lines", hint: "one a line: zone=bar, tag=sports, all, ir-dc4516/2", required: true },
  { name: "cron", label: "Cron", hint: "minute hour day month weekday: 0 10 * * mon-fri" },
  { name: "at", label: "Or once, at", hint: "2026-12-31T23:55" },
  { name: "zone", label: "Time zone", hint: "Australia/Sydney; none for an instant with an offset" },
  { name: "put_back", label: "Put back at", hint: "22:00; none to leave it as it is then" },
  { name: "steps", label: "Steps", kind: "lines", hint: "one a line: on, wait 10 s, channel 501, preset game-day", required: true },
  { name: "missed", label: "If it was missed", hint: "skip, or once within 10 min" },
  { name: "overlap", label: "If the last still runs", kind: "choice", choices: ["", "skip", "supersede"] },
];

export function Schedules() {
  useStore(store);
  const [items, setItems] = useState(/** @type {Schemas["Schedule"][] | null} */ (null));
  const [problem, setProblem] = useState("");
  const [editing, setEditing] = useState(/** @type {Edited | null} */ (null));
  const [agenda, setAgenda] = useState(/** @type {Schemas["AgendaItem"][]} */ ([]));
  const [running, setRunning] = useState(/** @type {string | null} */ (null));
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
  const act = (/** @type {string} */ id, /** @type {Act} */ what) => once([id, what].join(), () => acted(id, what));
  const acted = async (/** @type {string} */ id, /** @type {Act} */ what) => {
    try {
      await post(`/api/v1/schedules/{id}/${what}`, { path: { id } });
      await load();
    } catch (failed) {
      setProblem(trouble(failed));
    }
  };
  const run = async (/** @type {string} */ id) => {
    const answer = await post("/api/v1/schedules/{id}/run", { path: { id } });
    store.toast({ id: answer.batch_id, kind: "batch", batch: answer.batch_id, what: id });
    await load();
  };
  const may = store.may;
  const nameOf = (/** @type {string} */ id) => items?.find((one) => one.id === id)?.item.name || id;
  return html`
    <h1>Schedules</h1>
    ${agenda.length ? html`<${Agenda} items=${agenda} skip=${(/** @type {string} */ id) => act(id, "skip")} run=${setRunning} />` : ""}
    ${may.plan ? html`<button class="main" onClick=${() => setEditing({ fresh: true, id: "", revision: 0, item: { zone: ownZone() } })}>New schedule</button>` : ""}
    <p class="problem" role="alert">${problem}</p>
    ${items && !items.length ? html`<p class="empty">Nothing fires by itself.</p>` : ""}
    <ul class="schedules">
      ${(items || []).map((one) => html`<${Schedule} key=${one.id} one=${one} act=${act} run=${() => setRunning(one.id)} edit=${() => setEditing(one)} />`)}
    </ul>
    ${running ? html`<${RunDialog} key=${running} id=${running} name=${nameOf(running)} run=${() => run(running)} close=${() => setRunning(null)} />` : ""}
    ${editing ? html`<${Editor} one=${editing} close=${() => setEditing(null)} done=${() => { setEditing(null); load(); }} />` : ""}
  `;
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
  const local = (/** @type {Schemas["NextRun"]} */ run) => fires(run, item);
  return html`<li class="schedule">
    <div class="head">
      <b>${item.name || one.id}</b>
      <span class="when">${one.paused ? "paused" : one.next ? `next ${local(one.next)}` : "over"}</span>
      <span class="why">${(item.selectors || []).join(", ")} · ${(item.steps || []).join(", ")}</span>
    </div>
    <div class="row">
      ${one.may_run ? html`<button onClick=${run}>Run now</button>` : ""}
      ${one.may_change
        ? html`
            <button disabled=${!one.next && !one.put_back} onClick=${() => act(one.id, "skip")}>Skip next</button>
            <button onClick=${() => act(one.id, one.paused ? "resume" : "pause")}>${one.paused ? "Resume" : "Pause"}</button>
            <button onClick=${edit}>Edit</button>
          `
        : ""}
    </div>
    <details onToggle=${show}>
      <summary>Runs</summary>
      ${next?.length ? html`<h3>To come</h3><ul>${next.map((run) => html`<li>${local(run)}</li>`)}</ul>` : ""}
      ${runs ? (runs.length ? html`<h3>Past</h3><ul>${runs.map((run) => html`<li>${run.occurrence}: ${run.kind === "put_back" ? "put back, " : ""}${run.outcome} <span class="age">${age(run.noted_at)}</span> ${run.detail || ""}</li>`)}</ul>` : html`<p class="hint">It has not fired yet.</p>`) : ""}
    </details>
  </li>`;
}

/** @param {{ one: Edited, close: () => void, done: () => void }} props */
function Editor({ one, close, done }) {
  const fresh = "fresh" in one;
  const own = { path: { id: one.id }, headers: { "if-match": `"${one.revision}"` } };
  const save = async (/** @type {Schemas["ScheduleItem"]} */ item) => {
    if (fresh) await post("/api/v1/schedules", { body: item });
    else await ask("PUT", "/api/v1/schedules/{id}", { ...own, body: item });
    done();
  };
  const remove = async () => {
    await ask("DELETE", "/api/v1/schedules/{id}", own);
    done();
  };
  return html`<${Dialog} title=${fresh ? "New schedule" : one.id} close=${close} wide>
    <${Fields} fields=${FIELDS} item=${editable(one.item)} fresh=${fresh} save=${save} remove=${fresh ? null : remove} />
  <//>`;
}
