// What each event changes in what the page knows.
import { keyOf } from "./store.js";

/** So many names of what has ended are remembered: an event that comes late does not bring it back. */
const REMEMBERED = 5_000;

const now = () => new Date().toISOString();

const EFFECTS = {
  // Of the page itself: something is on its way of which nothing was heard yet.
  sending: (store, { key, words }) => store.port(key, { sending: words }),
  "command.updated": command,
  "batch.created": batchCreated,
  "batch.progress": progress,
  "port.updated": believed,
  "device.state": device,
  "queue.health": (store, data) => {
    const resumed = store.mode === "paused" && data.mode !== "paused";
    store.mode = data.mode;
    // The store may be back, or another one; and how long is tried what waited for the end of a pause.
    if (store.unread || resumed) store.load();
  },
  "schedule.fired": (store) => {
    store.fired += 1;
  },
  "config.changed": (store) => {
    store.load();
  },
  "alert.raised": (store, alert) => {
    store.alerts = [...store.alerts.filter((one) => one.id !== alert.id), alert];
  },
  "alert.cleared": (store, alert) => {
    store.alerts = store.alerts.filter((one) => one.id !== alert.id);
  },
};

export function apply(store, name, data) {
  EFFECTS[name]?.(store, data);
}

function command(store, data) {
  const key = keyOf(data);
  const port = store.ports.get(key);
  if (data.status === "pending") {
    wait(store, data);
    return;
  }
  store.ended.add(data.command_id);
  if (store.ended.size > REMEMBERED) store.ended.delete(store.ended.values().next().value);
  if (!port) return;
  const change = {};
  if (port.waiting?.command_id === data.command_id) change.waiting = null;
  // What was replaced or withdrawn says nothing of the TV: what replaced it does.
  if (data.status !== "superseded" && data.status !== "cancelled") {
    change.last = { ...data, batch_id: data.batch_id || null, at: now() };
    change.sending = null;
  }
  store.port(key, change);
  if (data.status === "completed" && data.execution_time_ms !== null) latency(store, data);
}

function wait(store, data) {
  const later = data.scheduled_at && data.scheduled_at > Date.now();
  if (later || store.ended.has(data.command_id)) return;
  const { command_id, command, channel, batch_id = null, tried_until = null } = data;
  store.port(keyOf(data), {
    waiting: { command_id, command, channel, batch_id, tried_until, status: "pending", at: now() },
    sending: null,
  });
}

function batchCreated(store, data) {
  const first = data.commands[0] || {};
  const known = store.batches.get(data.batch_id) || {};
  store.batch(data.batch_id, {
    total: data.total,
    statuses: known.statuses || { pending: data.total },
    finished: known.finished || false,
    command: first.command,
    channel: first.channel,
    created_by: data.created_by,
    notes: data.notes ?? known.notes,
    created_at: known.created_at || now(),
    ports: new Set(data.commands.map(keyOf)).size,
    keys: data.commands.map(keyOf),
  });
}

function progress(store, data) {
  const known = store.batches.get(data.batch_id);
  store.batch(data.batch_id, { ...data, created_at: known?.created_at || now() });
  if (known?.sentAt && !known.firstAt) {
    const firstAt = performance.now();
    store.batch(data.batch_id, { firstAt });
    performance.measure("first-progress", { start: known.sentAt, end: firstAt });
  }
}

function believed(store, data) {
  const key = keyOf(data);
  const port = store.ports.get(key);
  if (!port) return;
  const { hostname, port: number, ...changes } = data;
  // What ended unknown names no command: it only makes its part of the port unknown.
  const delivered = changes.last_command ? { last_command_at: now(), updated_at: now() } : {};
  if (!port.believed && !changes.last_command) return;
  store.port(key, { believed: { ...port.believed, ...changes, ...delivered } });
}

function device(store, data) {
  const known = store.devices.get(data.hostname);
  if (data.presence === "removed") {
    store.devices.delete(data.hostname);
    return;
  }
  const since = known?.presence === data.presence ? known.since : now();
  store.devices.set(data.hostname, { ...known, ...data, online: data.presence === "online", since });
  for (const [key, port] of store.ports) {
    if (port.hostname === data.hostname) store.port(key, { presence: data.presence });
  }
}

/** The last answers of a device, for its line on the health page. */
function latency(store, data) {
  const known = store.devices.get(data.hostname);
  if (!known) return;
  const latencies = [...(known.latencies || []), data.execution_time_ms].slice(-40);
  store.devices.set(data.hostname, { ...known, latencies });
}
