// What each event changes in what the page knows.
/** @import { AnyEvent, Events, Port, Schemas } from "../types/page" */
/** @import { Store } from "./store.js" */
import { keyOf } from "./keys.js";

/** So many names of what has ended are remembered: an event that comes late does not bring it back. */
const REMEMBERED = 5_000;

const now = () => new Date().toISOString();

/** @type {{ [N in keyof Events]?: (store: Store, data: Events[N]) => void }} */
const EFFECTS = {
  // Of the page itself: something is on its way of which nothing was heard yet.
  sending: (store, { key, words }) => store.port(key, { sending: words }),
  "command.updated": command,
  "batch.created": batchCreated,
  "batch.progress": progress,
  "port.updated": assumed,
  "device.state": device,
  "queue.health": (store, data) => {
    const resumed = store.mode === "paused" && data.mode !== "paused";
    store.mode = data.mode;
    // The store may be back, or another one; and how long is tried what waited for the end of a pause.
    if (store.unread || resumed) store.load();
  },
  "schedule.fired": (store, { kind, outcome, batch_id: id, schedule }) => {
    store.fired += 1;
    const batch = id && kind === "run" && outcome === "fired" ? store.batches.get(id) : undefined;
    // Whoever stands there sees what happened, and may take it back.
    if (id && batch && store.mayTouch(batch)) store.toast({ id, kind: "batch", batch: id, what: batch.notes || schedule });
  },
  "config.changed": (store) => {
    store.load();
  },
  "lock.ended": (store) => {
    store.load();
  },
  "maintenance.ended": (store) => {
    store.load();
  },
  "alert.raised": alerted,
  "alert.updated": alerted,
  "alert.cleared": (store, alert) => {
    store.alerts = store.alerts.filter((one) => one.id !== alert.id);
  },
};

/**
 * @param {Store} store
 * @param {Schemas["Alert"]} alert new, or with other boards than before
 */
function alerted(store, alert) {
  store.alerts = [...store.alerts.filter((one) => one.id !== alert.id), alert];
}

/**
 * Takes an event in; one that changes nothing here is left alone.
 * @param {Store} store
 * @param {AnyEvent} event its name and its data
 */
export function apply(store, ...[name, data]) {
  // The data is of the event of this name, and so is what it does.
  const effect = /** @type {((store: Store, data: Events[keyof Events]) => void) | undefined} */ (EFFECTS[name]);
  effect?.(store, data);
}

/**
 * @param {Store} store
 * @param {Schemas["CommandEvent"]} data
 */
function command(store, data) {
  const key = keyOf(data);
  const port = store.ports.get(key);
  if (data.status === "pending") {
    wait(store, data);
    return;
  }
  store.ended.set(data.command_id, data.status);
  if (store.ended.size > REMEMBERED) forgetFirst(store.ended);
  if (!port) return;
  /** @type {Partial<Port>} */
  const change = {};
  if (port.waiting?.command_id === data.command_id) change.waiting = null;
  // What was replaced or withdrawn says nothing of the TV: what replaced it does.
  if (data.status !== "superseded" && data.status !== "cancelled") {
    change.last = { ...data, batch_id: data.batch_id || null, at: now(), heard: performance.now() };
    change.sending = null;
  }
  store.port(key, change);
  if (data.status === "completed" && typeof data.execution_time_ms === "number") latency(store, data.hostname, data.execution_time_ms);
}

/** @param {Map<string, unknown>} names */
function forgetFirst(names) {
  for (const first of names.keys()) {
    names.delete(first);
    return;
  }
}

/**
 * @param {Store} store
 * @param {Schemas["CommandEvent"]} data
 */
function wait(store, data) {
  const later = data.scheduled_at && Date.parse(data.scheduled_at) > Date.now();
  if (later || store.ended.has(data.command_id)) return;
  const { command_id, command, channel, batch_id = null, tried_until = null } = data;
  store.port(keyOf(data), {
    waiting: { command_id, command, channel, batch_id, tried_until, status: "pending", at: now(), heard: performance.now() },
    sending: null,
  });
}

/**
 * @param {Store} store
 * @param {Schemas["BatchCreatedEvent"]} data
 */
function batchCreated(store, data) {
  const first = data.commands[0];
  const known = store.batches.get(data.batch_id);
  store.batch(data.batch_id, {
    total: data.total,
    statuses: known?.statuses || { pending: data.total },
    finished: known?.finished || false,
    command: first?.command,
    channel: first?.channel,
    created_by: data.created_by,
    notes: data.notes ?? known?.notes,
    created_at: known?.created_at || now(),
    // What was sent from here knows the screens that share a command.
    ports: known?.sentAt && known.ports ? known.ports : new Set(data.commands.map(keyOf)).size,
    keys: data.commands.map(keyOf),
  });
}

/**
 * @param {Store} store
 * @param {Schemas["BatchProgressEvent"]} data
 */
function progress(store, data) {
  const known = store.batches.get(data.batch_id);
  store.batch(data.batch_id, { ...data, created_at: known?.created_at || now() });
  if (known?.sentAt && !known.firstAt) {
    const firstAt = performance.now();
    store.batch(data.batch_id, { firstAt });
    performance.measure("first-progress", { start: known.sentAt, end: firstAt });
  }
}

/**
 * @param {Store} store
 * @param {Schemas["PortEvent"]} data
 */
function assumed(store, data) {
  const key = keyOf(data);
  const port = store.ports.get(key);
  if (!port) return;
  const { hostname, last_command, ...changes } = data;
  // What ended unknown names no command: it only makes its part of the port unknown.
  const delivered = last_command ? { last_command, last_command_at: now(), updated_at: now() } : null;
  const before = delivered ? { ...port.assumed, ...delivered } : port.assumed;
  if (before) store.port(key, { assumed: { ...before, ...changes } });
}

/**
 * @param {Store} store
 * @param {Schemas["DeviceEvent"]} data
 */
function device(store, data) {
  const { hostname, presence, cause } = data;
  if (presence === "removed") {
    store.devices.delete(hostname);
    return;
  }
  const known = store.devices.get(hostname);
  const since = known?.presence === presence ? known.since : now();
  // What was found in its place belongs to the cause that it was read with.
  const found = known?.cause === cause ? known?.found : null;
  store.devices.set(hostname, { ...known, hostname, presence, cause, found, online: presence === "online", since });
  for (const [key, port] of store.ports) {
    if (port.hostname === hostname) store.port(key, { presence });
  }
}

/**
 * The last answers of a device, for its line on the health page.
 * @param {Store} store
 * @param {string} hostname
 * @param {number} took in milliseconds
 */
function latency(store, hostname, took) {
  const known = store.devices.get(hostname);
  if (!known) return;
  const latencies = [...(known.latencies || []), took].slice(-40);
  store.devices.set(hostname, { ...known, latencies });
}
