// What each event changes in what the page knows.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { PAGE } from "./page.mjs";

const { apply } = await import(`${PAGE}/events.js`);
const { Store } = await import(`${PAGE}/store.js`);

const KEY = "ir-1/2";
let store;
let loads;

beforeEach(() => {
  store = new Store();
  loads = 0;
  store.load = async () => {
    loads += 1;
  };
  store.ports.set(KEY, { key: KEY, hostname: "ir-1", port: 2, tags: [], presence: "online", assumed: null, waiting: null, last: null });
  store.devices.set("ir-1", { hostname: "ir-1", presence: "online", online: true, since: "2026-11-28T12:00:00Z" });
});

const port = () => store.ports.get(KEY);
const command = (status, more = {}) => ({ hostname: "ir-1", port: 2, command: "power_on", channel: null, command_id: "c1", status, reason: null, ...more });
const updated = (...about) => apply(store, "command.updated", command(...about));

test("a command waits, and then has ended", () => {
  apply(store, "sending", { key: KEY, words: "On" });
  assert.equal(port().sending, "On");
  updated("pending", { tried_until: "2026-11-28T12:01:00Z" });
  assert.equal(port().sending, null);
  assert.equal(port().waiting.command_id, "c1");
  assert.equal(port().waiting.tried_until, "2026-11-28T12:01:00Z");
  updated("completed", { reason: "delivered", execution_time_ms: 70 });
  assert.equal(port().waiting, null);
  assert.equal(port().last.status, "completed");
  assert.deepEqual(store.devices.get("ir-1").latencies, [70]);
});

test("an event that comes late brings nothing back", () => {
  updated("completed");
  updated("pending");
  assert.equal(port().waiting, null);
});

test("what is scheduled for later does not wait yet", () => {
  updated("pending", { scheduled_at: new Date(Date.now() + 60_000).toISOString() });
  assert.equal(port().waiting, null);
  updated("pending", { command_id: "c2", scheduled_at: new Date(Date.now() - 60_000).toISOString() });
  assert.equal(port().waiting.command_id, "c2");
});

test("what was replaced says nothing of the TV, and takes only itself from the tile", () => {
  updated("pending");
  updated("pending", { command_id: "c2" });
  apply(store, "sending", { key: KEY, words: "Off" });
  updated("superseded");
  assert.equal(port().waiting.command_id, "c2");
  assert.equal(port().last, null);
  assert.equal(port().sending, "Off");
});

test("what is remembered of ended commands is bounded", () => {
  for (let number = 0; number < 5_100; number += 1) updated("completed", { command_id: `c${number}` });
  assert.equal(store.ended.size, 5_000);
  assert.ok(!store.ended.has("c0"));
  assert.ok(store.ended.has("c5099"));
  assert.equal(store.devices.get("ir-1").latencies, undefined, "none said how long it took");
});

test("an event of a TV that is not there changes nothing", () => {
  for (const event of [["command.updated", command("completed", { port: 5 })], ["port.updated", { hostname: "ir-9", port: 1, last_command: "mute", muted: true }]]) apply(store, ...event);
  assert.equal(store.ports.size, 1);
  apply(store, "clock.jumped", { jump_ms: 1 });
  apply(store, "of.tomorrow", {});
});

test("what is assumed changes by what was delivered, and by nothing that is not known", () => {
  const told = (changes) => apply(store, "port.updated", { hostname: "ir-1", port: 2, ...changes });
  told({ last_power_state: null });
  assert.equal(port().assumed, null, "nothing was known and nothing is");
  told({ last_command: "power_on", last_power_state: "on" });
  assert.equal(port().assumed.last_power_state, "on");
  const { last_command_at: at } = port().assumed;
  assert.ok(Date.parse(at));
  told({ last_channel: null });
  assert.deepEqual(port().assumed, { ...port().assumed, port: 2, last_command: "power_on", last_command_at: at, last_power_state: "on", last_channel: null });
  assert.ok(!("hostname" in port().assumed));
});

test("a batch comes by its events, in either order", () => {
  const created = { batch_id: "b", created_by: "ann", notes: null, total: 2, commands: [command("pending"), command("pending", { port: 3 })] };
  apply(store, "batch.progress", { batch_id: "b", total: 2, finished: false, statuses: { pending: 1, completed: 1 } });
  apply(store, "batch.created", created);
  const batch = store.batches.get("b");
  assert.deepEqual(batch.statuses, { pending: 1, completed: 1 }, "what came first is newer");
  assert.deepEqual([batch.total, batch.ports, batch.command, batch.created_by], [2, 2, "power_on", "ann"]);
  assert.deepEqual(batch.keys, ["ir-1/2", "ir-1/3"]);
  apply(store, "batch.progress", { batch_id: "b", total: 2, finished: true, statuses: { completed: 2 } });
  assert.equal(store.batches.get("b").finished, true);
  apply(store, "batch.created", { ...created, batch_id: "u", notes: "undo of b" });
  assert.equal(store.undone.get("b"), "u");
  apply(store, "batch.created", { ...created, batch_id: "empty", total: 0, commands: [] });
  assert.equal(store.batches.get("empty").ports, 0);
});

test("no more than 200 batches are kept, the newest", () => {
  for (let number = 0; number < 230; number += 1) store.batch(`b${number}`, { total: 1 });
  assert.equal(store.batches.size, 200);
  assert.ok(store.batches.has("b229") && !store.batches.has("b29"));
});

test("a board comes and goes, and its TVs with it", () => {
  const told = (presence, cause = null) => apply(store, "device.state", { hostname: "ir-1", presence, cause });
  told("online");
  assert.equal(store.devices.get("ir-1").since, "2026-11-28T12:00:00Z", "that was so before");
  told("offline", "timed out");
  const { online, since, cause } = store.devices.get("ir-1");
  assert.deepEqual([online, cause, port().presence], [false, "timed out", "offline"]);
  assert.notEqual(since, "2026-11-28T12:00:00Z");
  told("removed");
  assert.ok(!store.devices.has("ir-1"));
  assert.equal(port().presence, "offline", "its TVs go with the snapshot that follows");
  told("connecting");
  assert.equal(store.devices.get("ir-1").presence, "connecting");
});

test("what was found in the place of a board is not told of another trouble", () => {
  store.devices.set("ir-1", { hostname: "ir-1", presence: "misconfigured", online: false, since: "x", cause: "wrong_device", found: "aa:bb" });
  const told = (cause) => apply(store, "device.state", { hostname: "ir-1", presence: "misconfigured", cause });
  told("wrong_device");
  assert.equal(store.devices.get("ir-1").found, "aa:bb");
  told("wrong_key");
  assert.equal(store.devices.get("ir-1").found, null);
});

test("everything is read anew when the store may be another, and when the configuration is", () => {
  const mode = (mode) => apply(store, "queue.health", { mode, detail: "" });
  mode("paused");
  assert.deepEqual([store.mode, loads], ["paused", 0]);
  mode("normal");
  assert.equal(loads, 1, "how long is tried what waited for the end of a pause");
  store.unread = "store_unavailable";
  mode("normal");
  assert.equal(loads, 2);
  apply(store, "config.changed", { revision: 7 });
  assert.equal(loads, 3);
});

test("an alert is there once, until it is over", () => {
  const alert = { id: "a", kind: "k", severity: "warning", since: "x", summary: "s", advice: "t" };
  apply(store, "alert.raised", alert);
  apply(store, "alert.raised", { ...alert, severity: "critical" });
  assert.deepEqual(store.alerts.map(({ severity }) => severity), ["critical"]);
  apply(store, "alert.cleared", alert);
  assert.deepEqual(store.alerts, []);
  apply(store, "schedule.fired", { schedule: "s" });
  assert.equal(store.fired, 1);
});
