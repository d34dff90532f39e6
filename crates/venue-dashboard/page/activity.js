// What was wished for groups: running and past batches, and what became of each TV.
/** @import { Batch as Known, Schemas, Typed } from "../types/page" */
import { html, useEffect, useState, useStore } from "./html.js";
import { get } from "./api.js";
import { redoes, retryable, standing } from "./batches.js";
import { cancelBatch, redo } from "./commands.js";
import { store } from "./store.js";
import { keyOf } from "./keys.js";
import { trouble } from "./answers.js";
import { actionName, age, clock, count, reasonWords, statusWord } from "./words.js";

/** @param {Known} batch */
const wentWrong = (batch) => {
  const { failed, unknown } = standing(batch, store.ports);
  return failed + unknown > 0;
};

/** @type {[name: string, words: string, fits: (batch: Known) => boolean][]} */
const FILTERS = [
  ["all", "All", () => true],
  ["running", "Running", (batch) => !batch.finished],
  ["failed", "With failures", wentWrong],
];

/** @param {{ rest: string[] }} props */
export function Activity({ rest }) {
  useStore(store);
  const open = rest[0] ? decodeURIComponent(rest[0]) : null;
  const [filter, setFilter] = useState("all");
  const [who, setWho] = useState("");
  const [older, setOlder] = useState(/** @type {string | null | undefined} */ (null));
  const [problem, setProblem] = useState("");
  const page = async (/** @type {string | null} */ cursor) => {
    try {
      const answer = await get("/api/v1/batches", { query: { limit: 30, cursor } });
      for (const batch of answer.items) {
        // What is live knows more of its TVs, and is never older.
        const known = store.batches.get(batch.batch_id);
        if (!known || !known.command) store.batch(batch.batch_id, { ...batch, ...known, ...named(batch) });
      }
      setOlder(answer.next_cursor);
      setProblem("");
      store.changed();
    } catch (failed) {
      setProblem(trouble(failed));
    }
  };
  useEffect(() => {
    page(null);
  }, [store.live]);
  const fits = FILTERS.find(([name]) => name === filter)?.[2];
  const all = [...store.batches.values()].filter((batch) => batch.total !== undefined);
  const actors = [...new Set(all.map((batch) => batch.created_by).filter(Boolean))].sort();
  const shown = all
    .filter((batch) => (!fits || fits(batch)) && (!who || batch.created_by === who))
    .sort((a, b) => Date.parse(b.created_at || "") - Date.parse(a.created_at || ""));
  return html`
    <h1>Activity</h1>
    <div class="chips" role="group" aria-label="Show only">
      ${FILTERS.map(([name, words]) => html`<button class="chip" aria-pressed=${filter === name} onClick=${() => setFilter(name)}>${words}</button>`)}
      ${actors.length
        ? html`<label class="hidden" for="actor">Asked by</label>
            <select id="actor" value=${who} onChange=${(/** @type {Typed} */ event) => setWho(event.currentTarget.value)}>
              <option value="">Everybody</option>
              ${actors.map((actor) => html`<option value=${actor}>${actor}</option>`)}
            </select>`
        : ""}
    </div>
    <p class="problem" role="alert">${problem}</p>
    ${shown.length ? "" : html`<p class="empty">Nothing has been sent to a group yet.</p>`}
    <ul class="batches">${shown.map((batch) => html`<${Batch} key=${batch.batch_id} batch=${batch} open=${batch.batch_id === open} />`)}</ul>
    ${older ? html`<button onClick=${() => page(older)}>Older</button>` : ""}
  `;
}

/** @param {Schemas["BatchSummary"]} batch */
const named = ({ command, channel, ports, created_by, created_at, notes }) => ({ command, channel, ports, created_by, created_at, notes });

/**
 * The parts of the meter, in their order.
 * @type {Schemas["CommandStatus"][]}
 */
const SHARES = ["completed", "unknown", "failed", "expired", "superseded", "cancelled", "processing", "pending"];

/** @param {{ batch: Known, open: boolean }} props */
function Batch({ batch, open }) {
  const told = standing(batch, store.ports);
  const id = encodeURIComponent(batch.batch_id);
  const bad = told.failed + told.unknown;
  const name = batch.command ? actionName(batch.command, batch.channel) : batch.what || batch.batch_id;
  const redone = redoes(batch);
  const what = redone ? `${redone.how === "undo" ? "Undo" : "Retry"}: ${name}` : name;
  const may = store.mayTouch(batch);
  const undone = store.undone.get(batch.batch_id);
  const retried = store.retried.has(batch.batch_id);
  const again = retryable(batch, told);
  return html`<li class="batch">
    <a class="head" href=${open ? "#/activity" : `#/activity/${id}`} aria-expanded=${open}>
      <b>${what}</b> <span>${count(tvs(batch), "TV")}</span>
      <span class=${bad ? "word failed" : "word"}>${told.words}</span>
      ${undone ? html`<span class="word">${takenBack(batch, undone)}</span>` : ""}
      ${retried ? html`<span class="word">tried anew</span>` : ""}
      <span class="age">${batch.created_by ? `${batch.created_by} · ` : ""}${age(batch.created_at)}</span>
    </a>
    <div class="meter" role="img" aria-label=${told.words}>
      ${SHARES.map((status) => {
        const share = batch.statuses?.[status] || 0;
        return share ? html`<i class=${`part ${status}`} style=${{ flexGrow: share }}></i>` : "";
      })}
    </div>
    ${may
      ? html`<div class="row">
          ${again && batch.finished && !retried ? html`<button onClick=${() => redo(batch.batch_id, "retry")}>Retry ${count(again, "TV")}</button>` : ""}
          ${told.open ? html`<button onClick=${() => cancelBatch(batch.batch_id)}>Cancel what waits</button>` : ""}
          ${undone ? "" : html`<button onClick=${() => redo(batch.batch_id, "undo")}>Undo</button>`}
        </div>`
      : ""}
    ${open ? html`<${Targets} id=${batch.batch_id} moved=${JSON.stringify(batch.statuses)} />` : ""}
  </li>`;
}

const tvs = (/** @type {Known} */ batch) => batch.ports ?? batch.total ?? 0;

/**
 * How much of a batch was taken back.
 * @param {Known} batch
 * @param {string} undo the batch that took it back
 */
function takenBack(batch, undo) {
  const total = store.batches.get(undo)?.total;
  return total === undefined || total >= tvs(batch) ? "taken back" : `${total} of ${tvs(batch)} taken back`;
}

/**
 * Those that went wrong first.
 * @type {Partial<Record<Schemas["CommandStatus"], number>>}
 */
const RANKS = { failed: 0, expired: 0, unknown: 1, processing: 2, pending: 3 };

/**
 * Each command of a batch.
 * @param {{ id: string, moved: string }} props
 */
function Targets({ id, moved }) {
  const [commands, setCommands] = useState(/** @type {Schemas["CommandRecord"][] | null} */ (null));
  const [zone, setZone] = useState("");
  const [problem, setProblem] = useState("");
  useEffect(() => {
    let gone = false;
    // Soon, and not for each of a burst of changes.
    const known = (/** @type {Schemas["CommandRecord"][] | null} */ found, /** @type {string} */ wrong) => {
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
  if (problem) return html`<p class="problem" role="alert">${problem}</p>`;
  if (!commands) return html`<p class="hint">Reading…</p>`;
  const portOf = (/** @type {Schemas["CommandRecord"]} */ one) => store.ports.get(keyOf(one));
  const zones = [...new Set(commands.map((one) => portOf(one)?.zone).filter(Boolean))].sort();
  const shown = commands.filter((one) => !zone || portOf(one)?.zone === zone);
  shown.sort((a, b) => (RANKS[a.status] ?? 4) - (RANKS[b.status] ?? 4));
  return html`
    ${zones.length > 1
      ? html`<label>Zone <select value=${zone} onChange=${(/** @type {Typed} */ event) => setZone(event.currentTarget.value)}>
            <option value="">All</option>
            ${zones.map((one) => html`<option value=${one}>${one}</option>`)}
          </select></label>`
      : ""}
    <ul class="targets">
      ${shown.map((one) => {
        const port = portOf(one);
        return html`<li key=${one.command_id}>
          <b>${port?.name || keyOf(one)}</b>
          <span>${actionName(one.command, one.channel)}</span>
          <span class=${`word ${one.status}`}>${statusWord(one.status)}</span>
          <span class="why">${one.status === "completed" ? clock(one.completed_at) : reasonWords(one.reason, one.status)}${one.attempts > 1 ? ` · ${one.attempts} tries` : ""}</span>
        </li>`;
      })}
    </ul>
  `;
}

/** @param {string} id */
async function all(id) {
  /** @type {Schemas["CommandRecord"][]} */
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
