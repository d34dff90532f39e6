// What was wished for groups: running and past batches, and what became of each TV.
/** @import { Batch as Known, Schemas, Typed } from "../types/page" */
import { html, useEffect, useState, useStore } from "./html.js";
import { get } from "./api.js";
import { ownName, redoes, retryWords, retryable, standing, undoable } from "./batches.js";
import { cancelBatch, redo } from "./commands.js";
import { store } from "./store.js";
import { t } from "./texts.js";
import { Targets } from "./targets.js";
import { trouble } from "./answers.js";
import { actionName, age, tvs as tvCount } from "./words.js";

/** @param {Known} batch */
const wentWrong = (batch) => {
  const { failed, unknown } = standing(batch, store.ports, store.ended);
  return failed + unknown > 0;
};

/** @type {[name: string, words: string, fits: (batch: Known) => boolean][]} */
const FILTERS = [
  ["all", t("activity.all"), () => true],
  ["running", t("activity.running"), (batch) => !batch.finished],
  ["failed", t("activity.failed"), wentWrong],
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
        else store.batch(batch.batch_id, read(batch));
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
    <h1>${t("page.activity")}</h1>
    <div class="chips" role="group" aria-label=${t("show.only")}>
      ${FILTERS.map(([name, words]) => html`<button class="chip" aria-pressed=${filter === name} onClick=${() => setFilter(name)}>${words}</button>`)}
      ${actors.length
        ? html`<label class="hidden" for="actor">${t("activity.by")}</label>
            <select id="actor" value=${who} onChange=${(/** @type {Typed} */ event) => setWho(event.currentTarget.value)}>
              <option value="">${t("activity.everybody")}</option>
              ${actors.map((actor) => html`<option value=${actor}>${actor}</option>`)}
            </select>`
        : ""}
    </div>
    <p class="problem" role="alert">${problem}</p>
    ${shown.length ? "" : html`<p class="empty">${t("activity.nothing")}</p>`}
    <ul class="batches">${shown.map((batch) => html`<${Batch} key=${batch.batch_id} batch=${batch} open=${batch.batch_id === open} />`)}</ul>
    ${older ? html`<button onClick=${() => page(older)}>${t("activity.older")}</button>` : ""}
  `;
}

/** @param {Schemas["BatchSummary"]} batch */
const named = ({ command, channel, ports, created_by, created_at, notes, ...more }) => ({ command, channel, ports, created_by, created_at, notes, ...read(more) });

/**
 * What no event tells of a batch.
 * @param {Pick<Schemas["BatchSummary"], "allowed" | "undone_by" | "retried_by">} batch
 */
const read = ({ allowed, undone_by, retried_by }) => ({ allowed, undone_by, retried_by });

/**
 * What a batch is called: a preset and a schedule by their names, another by what its first command is.
 * @param {Known} batch
 */
function nameOf(batch) {
  const own = ownName(batch.batch_id);
  if (own?.of === "preset") return t("batch.preset", { name: store.presets.find(({ id }) => id === own.id)?.name || own.id });
  if (own) return t("batch.schedule", { name: batch.notes || own.id });
  return batch.command ? actionName(batch.command, batch.channel) : batch.what || batch.batch_id;
}

/**
 * The parts of the meter, in their order.
 * @type {Schemas["CommandStatus"][]}
 */
const SHARES = ["completed", "unknown", "failed", "expired", "superseded", "cancelled", "processing", "pending"];

/** @param {{ batch: Known, open: boolean }} props */
function Batch({ batch, open }) {
  const told = standing(batch, store.ports, store.ended);
  const id = encodeURIComponent(batch.batch_id);
  const bad = told.failed + told.unknown;
  const redone = redoes(batch);
  const first = redone && store.batches.get(redone.of);
  const name = first ? nameOf(first) : redone && ownName(redone.of) ? nameOf({ batch_id: redone.of }) : nameOf(batch);
  const what = redone ? t(redone.how === "undo" ? "batch.undo_of" : "batch.retry_of", { name }) : name;
  const may = store.mayTouch(batch);
  const undone = store.undone.get(batch.batch_id);
  const retried = store.retried.has(batch.batch_id);
  const again = retryable(batch, told);
  return html`<li class="batch">
    <a class="head" href=${open ? "#/activity" : `#/activity/${id}`} aria-expanded=${open}>
      <b>${what}</b> <span>${tvCount(tvs(batch))}</span>
      <span class=${bad ? "word failed" : "word"}>${told.words}</span>
      ${undone ? html`<span class="word">${takenBack(batch, undone)}</span>` : ""}
      ${retried ? html`<span class="word">${t("batch.tried_anew")}</span>` : ""}
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
          ${again && batch.finished && !retried ? html`<button onClick=${() => redo(batch.batch_id, "retry")}>${retryWords(batch, again)}</button>` : ""}
          ${told.open ? html`<button onClick=${() => cancelBatch(batch.batch_id)}>${t("batch.cancel")}</button>` : ""}
          ${undone || !undoable(batch) ? "" : html`<button onClick=${() => redo(batch.batch_id, "undo")}>${t("batch.undo")}</button>`}
        </div>`
      : ""}
    ${open ? html`<${Targets} id=${batch.batch_id} moved=${JSON.stringify(batch.statuses)} undone=${undone} left=${batch.leftAlone} />` : ""}
  </li>`;
}

const tvs = (/** @type {Known} */ batch) => batch.ports ?? batch.total ?? 0;

/**
 * How much of a batch was taken back.
 * @param {Known} batch
 * @param {string} undo the batch that took it back
 */
function takenBack(batch, undo) {
  const restored = store.batches.get(undo)?.ports ?? store.batches.get(undo)?.total;
  return restored === undefined || restored >= tvs(batch) ? t("batch.taken_back") : t("batch.part_taken_back", { n: restored, of: tvs(batch) });
}
