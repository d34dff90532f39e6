// What staff do: one wish for many TVs, or one key for one.
/** @import { ActionName, Batch, Parameters, Port, Schemas } from "../types/page" */
import { Problem, ask, get, post, postOnce } from "./api.js";
import { store } from "./store.js";
import { t } from "./texts.js";
import { grouped, isLeftAlone, leftAlone, nothingSent, rejectedWords, trouble, verdict } from "./answers.js";
import { keyOf } from "./keys.js";
import { receiverKey } from "./screens.js";
import { once, press } from "./once.js";
import { actionName, alsoWords } from "./words.js";

/** Longer than this a tile does not claim that something is on its way of which nothing was heard. */
const PATIENCE = 8_000;

/**
 * The board and the output of a TV, which the key names whether or not the TV is still there.
 * @param {string} key
 */
const target = (key) => {
  const known = store.ports.get(key);
  if (known) return { hostname: known.hostname, port: known.port };
  const [hostname = "", port] = key.split("/");
  return { hostname, port: Number(port) };
};

/**
 * @param {string[]} keys
 * @param {string} words
 */
function sending(keys, words) {
  for (const key of keys) store.queue("sending", { key, words });
  setTimeout(() => notSending(keys.filter((key) => store.ports.get(key)?.sending === words)), PATIENCE);
}

/** @param {string[]} keys */
function notSending(keys) {
  for (const key of keys) store.queue("sending", { key, words: null });
}

/**
 * One command for all of `keys`, as a batch that can be undone.
 * @param {string[]} keys
 * @param {ActionName} command
 * @param {Parameters} [parameters]
 */
export function sendAll(keys, command, parameters = {}) {
  const wish = [keys.join(), command, JSON.stringify(parameters)].join();
  return press(wish, command, () => allSent(keys, command, parameters));
}

/**
 * @param {string[]} keys
 * @param {ActionName} command
 * @param {Parameters} parameters
 */
async function allSent(keys, command, parameters) {
  const what = actionName(command, called(parameters.channel));
  const sentAt = performance.now();
  sending(keys, what);
  try {
    const body = { targets: keys.map(target), command, ...parameters };
    // A plan is the answer to a dry run, and this is none.
    const accepted = /** @type {Schemas["BatchAccepted"]} */ (await postOnce("/api/v1/batches", { body }));
    followed(accepted, what, sentAt);
    notWaited(keys, accepted);
    store.lastBatch = accepted.batch_id;
    refusedTargets(accepted.rejected);
  } catch (problem) {
    notSending(keys);
    refused(problem, what, keys);
  }
}

/**
 * Of a screen whose source receives the command its own port hears nothing more; and what is rejected is not sent.
 * @param {string[]} keys
 * @param {Schemas["BatchAccepted"]} accepted
 */
function notWaited(keys, accepted) {
  const taken = new Set(accepted.accepted.map(receiverKey));
  notSending(keys.filter((key) => !taken.has(key)));
}

/**
 * A channel as people call it: what was chosen may be its id.
 * @param {string | undefined} channel
 */
const called = (channel) => store.channels.find(({ id }) => id === channel)?.name ?? channel;

/**
 * A preset, or the part of it that `selectors` name, as a batch that can be undone. `keys` are the TVs that it sets.
 * @param {{ id: string, name: string }} preset
 * @param {string[]} selectors
 * @param {string[]} keys
 */
export function runPreset(preset, selectors, keys) {
  return once(["preset", preset.id, selectors.join()].join(), () => presetRun(preset, selectors, keys));
}

/**
 * @param {{ id: string, name: string }} preset
 * @param {string[]} selectors
 * @param {string[]} keys
 */
async function presetRun({ id, name }, selectors, keys) {
  const what = t("batch.preset", { name });
  const sentAt = performance.now();
  sending(keys, what);
  try {
    const accepted = await postOnce("/api/v1/presets/{id}/run", { path: { id }, body: { selectors, dry_run: false, notes: null } });
    if (!("batch_id" in accepted)) {
      notSending(keys);
      store.toast({ id: `preset-${id}`, kind: "note", words: t("send.failed", { what, why: nothingSent(accepted) }) });
      return;
    }
    const told = (accepted.unmatched ?? []).map(({ selector, detail }) => `${selector}: ${detail}`).join("; ");
    followed(accepted, what, sentAt, told ? { told } : {});
    // One that is as it should be is sent nothing, and what was assumed since the preview may be otherwise.
    notWaited(keys, accepted);
    store.lastBatch = accepted.batch_id;
    refusedTargets(accepted.rejected);
  } catch (problem) {
    notSending(keys);
    refused(problem, what, []);
  }
}

/**
 * Shows what becomes of a batch that was accepted; `more` is what is known of it besides.
 * @param {Schemas["BatchAccepted"]} accepted
 * @param {string} what
 * @param {number} sentAt in milliseconds of this page
 * @param {Partial<Batch>} [more]
 */
function followed(accepted, what, sentAt, more = {}) {
  const id = accepted.batch_id;
  const total = accepted.accepted.length;
  const shared = accepted.shared ?? [];
  const asked = new Set([...accepted.accepted, ...shared].map(keyOf));
  /** @type {Map<string, number>} */
  const sharing = new Map();
  for (const { command_id: of } of shared) if (of) sharing.set(of, (sharing.get(of) ?? 0) + 1);
  const known = store.batches.get(id);
  store.batch(id, {
    total,
    statuses: known?.statuses || { pending: total },
    finished: known?.finished || false,
    created_at: known?.created_at || new Date().toISOString(),
    created_by: known?.created_by || store.me.name,
    keys: accepted.accepted.map(receiverKey),
    ports: asked.size,
    shared: sharing,
    also: alsoWords(accepted.accepted.flatMap((one) => one.also_changes ?? [])),
    what,
    sentAt,
    ...more,
  });
  store.toast({ id, kind: "batch", batch: id, what });
}

/**
 * Targets that were not taken: each tile says so.
 * @param {Schemas["RejectedTarget"][]} rejected
 */
function refusedTargets(rejected) {
  for (const one of rejected) refusedTile(keyOf({ hostname: one.hostname, port: one.port ?? 0 }), rejectedWords(one));
  if (!rejected.length) return;
  const words = t("send.rejected", { n: rejected.length, why: grouped(rejected.map(rejectedWords)) });
  store.toast({ id: `rejected-${Date.now()}`, kind: "problem", words });
}

/**
 * @param {string} key
 * @param {string} reason
 */
function refusedTile(key, reason) {
  /** @type {Port["last"]} */
  const last = { command: "", status: "failed", reason, at: new Date().toISOString(), heard: performance.now() };
  store.port(key, { sending: null, last });
}

/**
 * @param {unknown} problem
 * @param {string} what
 * @param {string[]} keys
 */
function refused(problem, what, keys) {
  if (problem instanceof Problem && problem.code === "invalid_targets") {
    for (const key of keys) refusedTile(key, problem.message);
  }
  store.toast({ id: `problem-${Date.now()}`, kind: "problem", words: t("send.failed", { what, why: trouble(problem) }) });
}

/**
 * One key for one TV: direct, answered with what became of it (`{kind, words}`).
 * @param {string} key
 * @param {ActionName} command
 * @param {Parameters} [parameters]
 */
export function sendOne(key, command, parameters = {}) {
  return press([key, command, JSON.stringify(parameters)].join(), command, () => oneSent(key, command, parameters));
}

/**
 * @param {string} key
 * @param {ActionName} command
 * @param {Parameters} parameters
 */
async function oneSent(key, command, parameters) {
  const { hostname, port } = target(key);
  const what = actionName(command, called(parameters.channel) ?? parameters.digit);
  sending([key], what);
  // The event comes before or behind the answer; either way it is no longer on its way.
  const asked = postOnce("/api/v1/devices/{hostname}/command", { path: { hostname }, body: { command, port, ...parameters } });
  return verdict(what, await asked.catch(thrown).finally(() => notSending([key])));
}

/**
 * What went wrong with a request, as its answer.
 * @param {unknown} problem
 */
const thrown = (problem) => (problem instanceof Error ? problem : new Error(String(problem)));

/**
 * Tries anew what failed of a batch, or takes it back, or the part of it for `selectors`; whatever was left alone is told with
 * its reason.
 * @param {string} id
 * @param {"retry" | "undo"} how
 * @param {string[]} [selectors]
 */
export function redo(id, how, selectors = []) {
  return once([id, how, ...selectors].join(), () => redone(id, how, selectors));
}

/**
 * @param {string} id
 * @param {"retry" | "undo"} how
 * @param {string[]} selectors
 */
async function redone(id, how, selectors) {
  const what = t(`redo.${how}`);
  try {
    const answer =
      how === "undo"
        ? await postOnce("/api/v1/batches/{id}/undo", { path: { id }, body: { selectors } })
        : await postOnce("/api/v1/batches/{id}/retry", { path: { id } });
    if (how === "undo") store.batch(id, { leftAlone: answer.skipped });
    const rest = leftAlone(answer.skipped);
    const withdrawn = answer.withdrawn ? t("redo.withdrawn", { n: answer.withdrawn }) : "";
    if (answer.batch) {
      const queued = answer.batch.accepted.length;
      const of = queued + answer.skipped.filter(isLeftAlone).length;
      const told = [queued < of ? t(`redo.part_${how}`, { n: queued, of }) : "", rest, withdrawn].filter(Boolean).join(", ");
      followed(answer.batch, what, performance.now(), { told, notes: `${how} of ${id}` });
      refusedTargets(answer.batch.rejected);
    } else {
      const nothing = withdrawn || t(`redo.none_${how}`);
      store.toast({ id: `redo-${id}`, kind: "note", words: t("send.failed", { what, why: [nothing, rest].filter(Boolean).join(", ") }) });
    }
    if (how === "undo" && !selectors.length && store.lastBatch === id) store.lastBatch = null;
    store.changed();
  } catch (problem) {
    refused(problem, what, []);
  }
}

/** @param {string} id */
export const cancelBatch = (id) => once([id, "cancel"].join(), () => batchCancelled(id));

/** @param {string} id */
async function batchCancelled(id) {
  try {
    const answer = await post("/api/v1/batches/{id}/cancel", { path: { id } });
    const late = answer.in_flight ? t("redo.too_late", { n: answer.in_flight }) : "";
    store.toast({ id: `cancel-${id}`, kind: "note", words: t("redo.withdrawn", { n: answer.cancelled }) + late });
  } catch (problem) {
    refused(problem, t("redo.cancel"), []);
  }
}

/**
 * What somebody who stands before the TV says of it.
 * @param {string} key
 * @param {Schemas["AssumedStateBody"]} state
 */
export async function correct(key, state) {
  try {
    const assumed = await ask("PUT", "/api/v1/ports/{hostname}/{port}/assumed-state", { path: target(key), body: state });
    store.port(key, { assumed });
    store.changed();
  } catch (problem) {
    refused(problem, t("send.correction"), []);
  }
}

/**
 * The LED of the board: which one is it?
 * @param {string} key
 */
export function blink(key) {
  const { hostname } = target(key);
  const asked = () => postOnce("/api/v1/devices/{hostname}/diagnostic", { path: { hostname } }).catch(thrown);
  return once([hostname, "blink"].join(), async () => verdict(t("send.blink", { hostname }), await asked()));
}

/**
 * The last commands of one TV and of the source that it shows, the newest first.
 * @param {Pick<Port, "hostname" | "port">} port
 * @param {Pick<Port, "hostname" | "port">} [box]
 */
export async function historyOf(port, box) {
  const keys = [port, ...(box ? [box] : [])].map(keyOf);
  const pages = await Promise.all([...new Set([port.hostname, box?.hostname ?? port.hostname])].map((hostname) => get("/api/v1/history", { query: { hostname, limit: 100 } })));
  const ended = (/** @type {Schemas["CommandRecord"]} */ { completed_at: at }) => Date.parse(at || "") || 0;
  return pages.flatMap(({ items }) => items).filter((one) => keys.includes(keyOf(one))).sort((a, b) => ended(b) - ended(a)).slice(0, 10);
}
