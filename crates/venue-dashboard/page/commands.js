// What staff do: one wish for many TVs, or one key for one.
import { Problem, ask, get, post, postOnce } from "./api.js";
import { keyOf, store } from "./store.js";
import { leftAlone, trouble, verdict } from "./answers.js";
import { once, press } from "./once.js";
import { actionName, count } from "./words.js";

/** Longer than this a tile does not claim that something is on its way of which nothing was heard. */
const PATIENCE = 8_000;

const target = (key) => {
  const { hostname, port } = store.ports.get(key);
  return { hostname, port };
};

function sending(keys, words) {
  for (const key of keys) store.queue("sending", { key, words });
  setTimeout(() => notSending(keys.filter((key) => store.ports.get(key)?.sending === words)), PATIENCE);
}

function notSending(keys) {
  for (const key of keys) store.queue("sending", { key, words: null });
}

/** One wish for all of `keys`, as a batch that can be undone. */
export function sendAll(keys, command, parameters = {}) {
  const wish = [keys.join(), command, JSON.stringify(parameters)].join();
  return press(wish, command, () => allSent(keys, command, parameters));
}

async function allSent(keys, command, parameters) {
  const what = actionName(command, parameters.channel);
  const sentAt = performance.now();
  sending(keys, what);
  try {
    const body = { targets: keys.map(target), command, ...parameters };
    const accepted = await postOnce("api/v1/batches", body);
    followed(accepted, what, sentAt);
    store.lastBatch = accepted.batch_id;
    refusedTargets(accepted.rejected, keys);
  } catch (problem) {
    notSending(keys);
    refused(problem, what, keys);
  }
}

/** Shows what becomes of a batch that was accepted; `more` is what is known of it besides. */
function followed(accepted, what, sentAt, more = {}) {
  const id = accepted.batch_id;
  const total = accepted.accepted.length;
  const known = store.batches.get(id) || {};
  store.batch(id, {
    total,
    statuses: known.statuses || { pending: total },
    finished: known.finished || false,
    created_at: known.created_at || new Date().toISOString(),
    created_by: known.created_by || store.me.name,
    keys: accepted.accepted.map(keyOf),
    what,
    sentAt,
    ...more,
  });
  store.toast({ id, kind: "batch", batch: id, what });
}

/** Targets that were not taken: each tile says so. */
function refusedTargets(rejected, keys) {
  for (const one of rejected || []) {
    const key = keys[one.index];
    if (key) refusedTile(key, one.detail || one.code);
  }
  if (rejected?.length) {
    const words = `${count(rejected.length, "TV")} cannot do it: ${rejected[0].detail || rejected[0].code}`;
    store.toast({ id: `rejected-${Date.now()}`, kind: "problem", words });
  }
}

function refusedTile(key, reason) {
  const last = { command: "", status: "failed", reason, at: new Date().toISOString() };
  store.port(key, { sending: null, last });
}

function refused(problem, what, keys) {
  const failed = problem instanceof Problem && (problem.body.errors || []);
  if (failed && problem.code === "invalid_targets") {
    for (const key of keys) refusedTile(key, problem.message);
  }
  store.toast({ id: `problem-${Date.now()}`, kind: "problem", words: `${what}: ${trouble(problem)}` });
}

/** One key for one TV: direct, answered with what became of it (`{kind, words}`). */
export function sendOne(key, command, parameters = {}) {
  return press([key, command, JSON.stringify(parameters)].join(), command, () => oneSent(key, command, parameters));
}

async function oneSent(key, command, parameters) {
  const { hostname, port } = store.ports.get(key);
  const what = actionName(command, parameters.channel ?? parameters.digit);
  sending([key], what);
  // The event comes before or behind the answer; either way it is no longer on its way.
  return verdict(what, await asked(`api/v1/devices/${encodeURIComponent(hostname)}/command`, { command, port, ...parameters }).finally(() => notSending([key])));
}

/** The answer to a request, or what went wrong with it. */
const asked = (path, body) => postOnce(path, body).catch((problem) => problem);

const REDO = {
  retry: { what: "Retry", done: "tried anew" },
  undo: { what: "Undo", done: "being set back" },
};

/** Tries anew what failed of a batch, or takes it back; whatever was left alone is told with its reason. */
export function redo(id, how) {
  return once([id, how].join(), () => redone(id, how));
}

async function redone(id, how) {
  const { what, done } = REDO[how];
  try {
    const answer = await postOnce(`api/v1/batches/${encodeURIComponent(id)}/${how}`);
    const rest = leftAlone(answer.skipped);
    const withdrawn = answer.withdrawn ? `${count(answer.withdrawn, "command")} withdrawn` : "";
    if (answer.batch) {
      const queued = answer.batch.accepted.length;
      const of = queued + (answer.skipped?.length || 0);
      const told = [queued < of ? `${queued} of ${of} ${done}` : "", rest, withdrawn].filter(Boolean).join(", ");
      followed(answer.batch, what, performance.now(), { told, notes: `${how} of ${id}` });
      refusedTargets(answer.batch.rejected, []);
    } else {
      const nothing = withdrawn || `nothing is ${done}`;
      store.toast({ id: `redo-${id}`, kind: "note", words: `${what}: ${[nothing, rest].filter(Boolean).join(", ")}` });
    }
    if (how === "undo" && store.lastBatch === id) store.lastBatch = null;
    store.changed();
  } catch (problem) {
    refused(problem, what, []);
  }
}

export const cancelBatch = (id) => once([id, "cancel"].join(), () => batchCancelled(id));

async function batchCancelled(id) {
  try {
    const answer = await post(`api/v1/batches/${encodeURIComponent(id)}/cancel`);
    const late = answer.in_flight ? `, ${count(answer.in_flight, "one", "ones")} too late` : "";
    store.toast({ id: `cancel-${id}`, kind: "note", words: `${count(answer.cancelled, "command")} withdrawn${late}` });
  } catch (problem) {
    refused(problem, "Cancel", []);
  }
}

/** What somebody who stands before the TV says of it. */
export async function correct(key, belief) {
  try {
    const { hostname, port } = store.ports.get(key);
    const believed = await ask("PUT", `api/v1/ports/${encodeURIComponent(hostname)}/${port}/belief`, belief);
    store.port(key, { believed });
    store.changed();
  } catch (problem) {
    refused(problem, "Correction", []);
  }
}

/** The LED of the board: which one is it? */
export function blink(key) {
  const { hostname } = store.ports.get(key);
  return once([hostname, "blink"].join(), async () => verdict(`Blink of ${hostname}`, await asked(`api/v1/devices/${encodeURIComponent(hostname)}/diagnostic`, {})));
}

/** The last commands of one TV, the newest first. */
export async function historyOf(port) {
  const page = await get(`api/v1/history?hostname=${encodeURIComponent(port.hostname)}&limit=100`);
  return page.items.filter((one) => one.port === port.port).slice(0, 10);
}
