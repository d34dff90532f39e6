// What was wished for groups: running and past batches, and what became of each TV.
import { html, useEffect, useState, useStore } from "./html.js";
import { get } from "./api.js";
import { cancelBatch, redo } from "./commands.js";
import { store } from "./store.js";
import { retryable, standing } from "./toasts.js";
import { trouble } from "./answers.js";
import { actionName, age, clock, count, reasonWords, statusWord } from "./words.js";

const FILTERS = [
  ["all", "All", () => true],
  ["running", "Running", (batch) => !batch.finished],
  ["failed", "With failures", (batch) => standing(batch).failed + standing(batch).unknown > 0],
];

export function Activity({ rest }) {
  useStore(store);
  const open = rest[0] ? decodeURIComponent(rest[0]) : null;
  const [filter, only] = useState("all");
  const [who, by] = useState("");
  const [older, more] = useState(null);
  const [problem, tell] = useState("");
  const page = async (cursor) => {
    try {
      const answer = await get(`api/v1/batches?limit=30${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`);
      for (const batch of answer.items) {
        // What is live knows more of its TVs, and is never older.
        const known = store.batches.get(batch.batch_id);
        if (!known || !known.command) store.batch(batch.batch_id, { ...batch, ...known, ...named(batch) });
      }
      more(answer.next_cursor);
      tell("");
      store.changed();
    } catch (failed) {
      tell(trouble(failed));
    }
  };
  useEffect(() => {
    page(null);
  }, [store.live]);
  const fits = FILTERS.find(([name]) => name === filter)[2];
  const all = [...store.batches.values()].filter((batch) => batch.total !== undefined);
  const actors = [...new Set(all.map((batch) => batch.created_by).filter(Boolean))].sort();
  const shown = all
    .filter((batch) => fits(batch) && (!who || batch.created_by === who))
    .sort((a, b) => Date.parse(b.created_at) - Date.parse(a.created_at));
  return html`
    <h1>Activity</h1>
    <div class="chips" role="group" aria-label="Show only">
      ${FILTERS.map(([name, words]) => html`<button class="chip" aria-pressed=${filter === name} onClick=${() => only(name)}>${words}</button>`)}
      ${actors.length
        ? html`<label class="hidden" for="actor">Asked by</label>
            <select id="actor" value=${who} onChange=${(event) => by(event.target.value)}>
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

const named = ({ command, channel, ports, created_by, created_at, notes }) => ({ command, channel, ports, created_by, created_at, notes });

function Batch({ batch, open }) {
  const told = standing(batch);
  const id = encodeURIComponent(batch.batch_id);
  const bad = told.failed + told.unknown;
  const name = batch.command ? actionName(batch.command, batch.channel) : batch.what || batch.batch_id;
  const redone = /^(undo|retry) of /.exec(batch.notes || "")?.[1];
  const what = redone ? `${redone === "undo" ? "Undo" : "Retry"}: ${name}` : name;
  const may = store.mayTouch(batch);
  const undone = store.undone.get(batch.batch_id);
  const retried = store.retried.has(batch.batch_id);
  const again = retryable(batch);
  return html`<li class="batch">
    <a class="head" href=${open ? "#/activity" : `#/activity/${id}`} aria-expanded=${open}>
      <b>${what}</b> <span>${count(batch.ports ?? batch.total, "TV")}</span>
      <span class=${bad ? "word failed" : "word"}>${told.words}</span>
      ${undone ? html`<span class="word">${takenBack(batch, undone)}</span>` : ""}
      ${retried ? html`<span class="word">tried anew</span>` : ""}
      <span class="age">${batch.created_by ? `${batch.created_by} · ` : ""}${age(batch.created_at)}</span>
    </a>
    <div class="meter" role="img" aria-label=${told.words}>
      ${["completed", "unknown", "failed", "expired", "superseded", "cancelled", "processing", "pending"].map((status) => {
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

/** How much of a batch was taken back. */
function takenBack(batch, undo) {
  const total = store.batches.get(undo)?.total;
  return total === undefined || total >= (batch.ports ?? batch.total) ? "taken back" : `${total} of ${batch.ports ?? batch.total} taken back`;
}

/** Each command of a batch: those that went wrong first. */
function Targets({ id, moved }) {
  const [commands, read] = useState(null);
  const [zone, only] = useState("");
  const [problem, tell] = useState("");
  useEffect(() => {
    let gone = false;
    // Soon, and not for each of a burst of changes.
    const known = (found, wrong) => gone || (found && read(found), tell(wrong));
    const soon = setTimeout(() => all(id).then((found) => known(found, ""), (failed) => known(null, trouble(failed))), commands ? 300 : 0);
    return () => {
      gone = true;
      clearTimeout(soon);
    };
  }, [id, moved]);
  if (problem) return html`<p class="problem" role="alert">${problem}</p>`;
  if (!commands) return html`<p class="hint">Reading…</p>`;
  const rank = { failed: 0, expired: 0, unknown: 1, processing: 2, pending: 3 };
  const portOf = (one) => store.ports.get(`${one.hostname}/${one.port}`);
  const zones = [...new Set(commands.map((one) => portOf(one)?.zone).filter(Boolean))].sort();
  const shown = commands.filter((one) => !zone || portOf(one)?.zone === zone);
  shown.sort((a, b) => (rank[a.status] ?? 4) - (rank[b.status] ?? 4));
  return html`
    ${zones.length > 1
      ? html`<label>Zone <select value=${zone} onChange=${(event) => only(event.target.value)}>
            <option value="">All</option>
            ${zones.map((one) => html`<option value=${one}>${one}</option>`)}
          </select></label>`
      : ""}
    <ul class="targets">
      ${shown.map((one) => {
        const port = portOf(one);
        return html`<li key=${one.command_id}>
          <b>${port?.name || `${one.hostname}/${one.port}`}</b>
          <span>${actionName(one.command, one.channel)}</span>
          <span class=${`word ${one.status}`}>${statusWord(one.status)}</span>
          <span class="why">${one.status === "completed" ? clock(one.completed_at) : reasonWords(one.reason, one.status)}${one.attempts > 1 ? ` · ${one.attempts} tries` : ""}</span>
        </li>`;
      })}
    </ul>
  `;
}

async function all(id) {
  const found = [];
  let cursor = null;
  do {
    const page = await get(`api/v1/batches/${encodeURIComponent(id)}?limit=500${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`);
    found.push(...page.commands);
    cursor = page.next_cursor;
  } while (cursor && found.length < 4_000);
  return found;
}
