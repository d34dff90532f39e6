// Screens that show a shared source: what a tile tells, which other screens change, and how a shared command counts.
import assert from "node:assert/strict";
import { test } from "node:test";
import { PAGE } from "./page.mjs";

const { alsoChanged, assumedOf, boxOf, markOf, receiverName, zonesOf } = await import(`${PAGE}/screens.js`);
const { apply } = await import(`${PAGE}/events.js`);
const { Store } = await import(`${PAGE}/store.js`);
const { alsoWords } = await import(`${PAGE}/words.js`);
const { nothingSent, verdict } = await import(`${PAGE}/answers.js`);
const { standing } = await import(`${PAGE}/batches.js`);
const { parts, summary } = await import(`${PAGE}/plan.js`);
const { sections } = await import(`${PAGE}/sections.js`);
const { filled, typed } = await import(`${PAGE}/form.js`);

const BOX = "rack/1";
const EARLY = "2026-11-28T12:00:00Z";
const LATE = "2026-11-28T13:00:00Z";
const ref = (port, name) => ({ hostname: "bar", port, name });
const FEEDS = [ref(1, "Left"), ref(2, "Right"), ref(4, "Patio")];

function venue() {
  const store = new Store();
  store.state = "ready";
  const add = (port) => store.ports.set(`${port.hostname}/${port.port}`, { key: `${port.hostname}/${port.port}`, tags: [], presence: "online", source: null, port_of_source: null, feeds: [], assumed: null, waiting: null, last: null, ...port });
  const source = (volume) => ({ id: "dtv-1", name: "Box 1", hostname: "rack", port: 1, via: null, channel: null, presence: "online", volume });
  add({ hostname: "bar", port: 1, name: "Left", zone: "bar", source: source("tv") });
  add({ hostname: "bar", port: 2, name: "Right", zone: "bar", source: source("source") });
  add({ hostname: "bar", port: 3, name: "Tuner", zone: "bar" });
  add({ hostname: "bar", port: 4, name: "Patio", zone: "patio", source: source("tv") });
  add({ hostname: "rack", port: 1, name: "The box", zone: "bar", platform: "satellite", port_of_source: "dtv-1", feeds: FEEDS });
  return store;
}

const shown = (store, key) => {
  const port = store.ports.get(key);
  return { mark: markOf(port, boxOf(port, store.ports), false), assumed: assumedOf(port, boxOf(port, store.ports)) };
};
const of = (hostname, port, command, status, more = {}) => ({ hostname, port, command, command_id: `${hostname}${port}${command}`, status, reason: null, ...more });

test("a box is no tile, and one that is unknown to the list leaves the screen as it was read", () => {
  const { ports } = venue();
  const zones = sections(ports, [{ id: "bar" }, { id: "patio" }], null);
  assert.deepEqual(zones.map(({ keys }) => keys.join()), ["bar/1,bar/2,bar/3", "bar/4"]);
  const alone = { ...ports.get("bar/1"), assumed: { port: 1, last_channel: "5", last_command: "channel", last_command_at: EARLY } };
  assert.equal(assumedOf(alone, boxOf(alone, new Map())).last_channel, "5");
});

test("an event of the box moves the tiles of all its screens, and of no other", () => {
  const store = venue();
  apply(store, "command.updated", of("rack", 1, "channel", "pending", { channel: "206" }));
  for (const key of ["bar/1", "bar/2", "bar/4"]) assert.equal(shown(store, key).mark.kind, "pending", key);
  assert.match(shown(store, "bar/4").mark.words, /^Box 1: Channel 206: waits/);
  assert.equal(shown(store, "bar/3").mark.kind, "none");
  apply(store, "command.updated", of("rack", 1, "channel", "completed", { channel: "206" }));
  apply(store, "port.updated", { hostname: "rack", port: 1, last_command: "channel", last_channel: "206" });
  for (const key of ["bar/1", "bar/2", "bar/4"]) {
    assert.equal(shown(store, key).mark.words, "Box 1: Channel 206: delivered");
    assert.equal(shown(store, key).assumed.last_channel, "206");
  }
  apply(store, "device.state", { hostname: "rack", presence: "offline" });
  assert.equal(shown(store, "bar/2").mark.words, "Box 1: its board is offline");
  assert.equal(shown(store, "bar/3").mark.kind, "none");
});

test("power is the TV's, the channel the source's, and the mute that of whichever has the sound", () => {
  const store = venue();
  const status = (more) => ({ port: 1, last_command: "x", last_command_at: EARLY, updated_at: EARLY, ...more });
  store.port(BOX, { assumed: status({ last_channel: "206", last_power_state: "off", muted: true, last_command_at: LATE }) });
  for (const key of ["bar/1", "bar/2"]) store.port(key, { assumed: status({ last_channel: "5", last_power_state: "on", muted: false }) });
  const told = (key) => {
    const { last_channel, last_power_state, muted, last_command_at } = shown(store, key).assumed;
    return [last_channel, last_power_state, muted, last_command_at];
  };
  assert.deepEqual(told("bar/1"), ["206", "on", false, LATE]);
  assert.deepEqual(told("bar/2"), ["206", "on", true, LATE]);
  assert.deepEqual(told("bar/4"), ["206", null, null, LATE], "of this TV nothing is known");
  store.port(BOX, { assumed: null });
  assert.equal(told("bar/1")[0], null, "its own tuner is not seen");
});

test("a tile tells of what came last, and hides no failure of the same batch", () => {
  const store = venue();
  const kind = () => shown(store, "bar/1").mark.kind;
  store.port(BOX, { last: { command: "channel", status: "failed", reason: "refused", at: LATE } });
  store.port("bar/1", { last: { command: "power_on", status: "completed", at: EARLY } });
  assert.equal(kind(), "failed");
  store.port("bar/1", { last: { command: "power_on", status: "completed", at: EARLY, heard: 1 } });
  assert.equal(kind(), "delivered", "what was heard here is newer than what was read, whatever the clocks say");
  const batch = { batch_id: "b", at: EARLY };
  store.port(BOX, { last: { command: "channel", status: "completed", ...batch, heard: 3 } });
  store.port("bar/1", { last: { command: "power_on", status: "failed", ...batch, heard: 2 } });
  assert.equal(kind(), "failed", "the TV is off, although its source shows the channel");
  store.port("bar/1", { last: { command: "power_on", status: "failed", batch_id: "a", at: EARLY, heard: 2 } });
  assert.equal(kind(), "delivered");
  store.port("bar/1", { sending: "On" });
  assert.equal(shown(store, "bar/1").mark.words, "On: on its way");
});

test("which screens change beside those that are meant is said before and behind", () => {
  const { ports } = venue();
  const also = (...about) => alsoWords(alsoChanged(...about));
  assert.equal(also(["bar/1", "bar/2"], ports), "also changes: Patio");
  assert.equal(also(["bar/1", "bar/2", "bar/4"], ports), "");
  assert.equal(also(["bar/3"], ports), "", "a tuner of its own");
  assert.equal(also(["bar/1"], ports, true), "", "this TV has the sound itself");
  assert.equal(also(["bar/2"], ports, true), "also changes: Left, Patio");
  assert.equal(alsoWords([ref(1, null), ...[2, 3, 4, 5].map((port) => ref(port, `TV ${port}`))]), "also changes: bar/1, TV 2, TV 3 and 2 more");
  const told = verdict("Digit 1", { status: "completed", delivered: true, also_changes: [FEEDS[2]] });
  assert.deepEqual(told, { kind: "delivered", words: "Digit 1: delivered; also changes: Patio" });
  assert.match(verdict("Digit 1", { status: "pending", also_changes: [FEEDS[2]] }).words, /given up; also changes: Patio$/);
  assert.equal(receiverName(BOX, ports), "Box 1 (Left, Right, Patio)");
  assert.equal(receiverName("bar/3", ports), "Tuner");
});

test("a source belongs to the zones of its screens, wherever its box stands", () => {
  const store = venue();
  assert.deepEqual(zonesOf(BOX, store.ports), ["bar", "bar", "patio"]);
  store.me = { name: "ann", role: "operator", zones: ["bar"] };
  assert.ok(store.mayTv("bar/1") && !store.mayTv("bar/4"));
  assert.ok(!store.mayReach(BOX));
  assert.ok(!store.mayTv(BOX), "a box is no TV to select");
  assert.ok(!store.mayTouch({ batch_id: "b", created_by: "ann", keys: ["bar/1", BOX] }));
  store.me = { name: "ann", role: "operator", zones: ["bar", "patio"] };
  assert.ok(store.mayTouch({ batch_id: "b", created_by: "ann", keys: ["bar/1", BOX] }));
});

test("a target that shares a command counts as that command does, and only as long as it is known how it ended", () => {
  const batch = { batch_id: "b", total: 2, ports: 4, keys: [BOX, "bar/3"], shared: new Map([["c1", 2]]), statuses: { completed: 1, pending: 1 } };
  const words = (more, ended) => standing({ ...batch, ...more }, new Map(), new Map(ended)).words;
  assert.equal(words({}, []), "1 of 4 delivered, 3 to go");
  assert.equal(words({}, [["c1", "completed"]]), "3 of 4 delivered, 1 to go");
  assert.equal(words({ statuses: { completed: 1, failed: 1 }, finished: true }, [["c1", "failed"]]), "1 of 4 delivered, 3 failed");
  assert.equal(words({ statuses: { completed: 2 }, finished: true }, []), "4 of 4 delivered", "all of them ended so");
  assert.equal(words({ statuses: { completed: 1, failed: 1 }, finished: true }, []), "1 of 2 delivered, 1 failed", "which of the two is not known any more");
});

test("a preview says what one source does for several TVs, what it cannot do, and what stays", () => {
  const target = (port, name, more) => ({ ...ref(port, name), zone: "bar", commands: ["channel 206"], assumed: { last_channel: "24" }, changes: true, ...more });
  const to = { source: "dtv-1", hostname: "rack", port: 1, name: "Box 1" };
  const preview = {
    targets: [target(1, "Left", { sent_to: to, also_changes: [FEEDS[2]] }), target(2, "Right", { sent_to: to })],
    shared: [{ index: 1, ...ref(2), command: "channel", sent_to: to, shared_with: FEEDS[0] }],
    rejected: [{ index: 2, hostname: "bar", port: 4, code: "source_conflict", detail: "dtv-1 gets 206 for Left" }],
    unchanged: [ref(3, "Tuner")],
    undecided: [],
  };
  const lineUp = { channels: [{ id: "s", name: "Sports", number: "501", platform: "cable", numbers: { satellite: "206" } }], platformOf: (key) => (key === BOX ? "satellite" : "cable") };
  const { ports } = venue();
  const found = parts(preview, { ...lineUp, nameOf: (key) => ports.get(key).name, wanted: () => true });
  assert.deepEqual(found.changing.map(({ words }) => words), ["channel 24 → Sports; from Box 1; also changes: Patio", "channel 24 → Sports; from Box 1; sent once, with Left"]);
  assert.deepEqual(found.left, [{ key: "bar/4", name: "Patio", zone: "", words: "dtv-1 gets 206 for Left" }]);
  assert.deepEqual(found.unchanged.map(({ name }) => name), ["Tuner"]);
  assert.equal(summary(found), "2 TVs change, 1 is sent nothing, 1 left alone");
  const nothing = { targets: [], undecided: [], unmatched: [], unchanged: [ref(3, "Tuner")] };
  assert.equal(nothingSent(nothing), "everything is as the preset says already");
  assert.equal(summary(parts(nothing, { ...lineUp, nameOf: (key) => key, wanted: () => true })), "everything is as the preset says already");
  assert.equal(nothingSent({ ...nothing, rejected: preview.rejected }), "nothing was sent: dtv-1 gets 206 for Left");
});

test("the port of a source is chosen as one", () => {
  const field = { name: "port", label: "Port", kind: "port" };
  assert.equal(typed(field, { hostname: "rack", port: 1 }), "rack/1");
  assert.deepEqual(filled({ id: "a" }, [field], { port: "rack/2" }), { id: "a", port: { hostname: "rack", port: 2 } });
  assert.deepEqual(filled({ id: "a" }, [field], { port: "" }), { id: "a" });
});
