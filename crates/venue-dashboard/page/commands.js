// What staff do: one wish for many TVs, or one key for one.
import { Problem, ask, get, post, postOnce } from "./api.js";
import { keyOf, store } from "./store.js";
import { actionName, count, reasonWords, trouble } from "./words.js";

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
export async function sendAll(keys, command, parameters = {}) {
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

function followed(accepted, what, sentAt) {
  const id = accepted.batch_id;
  const total = accepted.accepted.length;
  const known = store.batches.get(id) || {};
  store.batch(id, {
    total,
    statuses: known.statuses || { pending: total },
    finished: known.finished || false,
    created_at: known.created_at || new Date().toISOString(),
    keys: accepted.accepted.map(keyOf),
    what,
    sentAt,
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

/** One key for one TV: direct, answered with what became of it. */
export async function sendOne(key, command, parameters = {}) {
  const { hostname, port } = store.ports.get(key);
  const what = actionName(command, parameters.channel);
  sending([key], what);
  try {
    const body = { command, port, ...parameters };
    const answer = await postOnce(`api/v1/devices/${hostname}/command`, body);
    // The event comes before or behind the answer; either way it is no longer on its way.
    notSending([key]);
    return answer.command_status === "pending"
      ? { kind: "pending", words: `${what}: ${answer.message || "waits"}` }
      : { kind: "delivered", words: `${what}: delivered` };
  } catch (problem) {
    notSending([key]);
    const unknown = problem.status === 504 || !(problem instanceof Problem);
    const words = unknown ? reasonWords("no_evidence") : trouble(problem);
    return { kind: unknown ? "unknown" : "failed", words: `${what}: ${words}` };
  }
}

export async function redo(id, how) {
  const what = how === "undo" ? "Undo" : "Retry";
  try {
    const answer = await postOnce(`api/v1/batches/${encodeURIComponent(id)}/${how}`);
    if (answer.batch) {
      followed(answer.batch, what, performance.now());
      if (how === "undo") store.lastBatch = null;
    } else {
      const why = answer.skipped?.[0]?.detail || "there is nothing to do";
      store.toast({ id: `redo-${id}`, kind: "note", words: `${what}: ${why}` });
    }
    if (how === "undo" && store.lastBatch === id) store.lastBatch = null;
    store.changed();
  } catch (problem) {
    refused(problem, what, []);
  }
}

export async function cancelBatch(id) {
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
    const believed = await ask("PUT", `api/v1/ports/${hostname}/${port}/belief`, belief);
    store.port(key, { believed });
    store.changed();
  } catch (problem) {
    refused(problem, "Correction", []);
  }
}

/** The LED of the board: which one is it? */
export async function blink(key) {
  const { hostname } = store.ports.get(key);
  try {
    await post(`api/v1/devices/${hostname}/diagnostic`);
    return { kind: "delivered", words: `the LED of ${hostname} blinks` };
  } catch (problem) {
    return { kind: "failed", words: trouble(problem) };
  }
}

/** The last commands of one TV, the newest first. */
export async function historyOf(port) {
  const page = await get(`api/v1/history?hostname=${port.hostname}&limit=100`);
  return page.items.filter((one) => one.port === port.port).slice(0, 10);
}
