// Presets and undo in words: what would change, what was restored, and what was left alone.
import assert from "node:assert/strict";
import { test } from "node:test";
import { PAGE } from "./page.mjs";

const { entryWords, parts, planned, summary, targetWords } = await import(`${PAGE}/plan.js`);
const { accounts, byTv } = await import(`${PAGE}/accounts.js`);
const { isOfSteps, ownName, standing, undoable } = await import(`${PAGE}/batches.js`);
const { grouped, rejectedWords, undecidedWords } = await import(`${PAGE}/answers.js`);

const CHANNELS = [
  { id: "news", name: "News 24", number: "24" },
  { id: "sports", name: "Sports One", number: "501", platform: "cable", numbers: { satellite: "206" } },
];
const lineUp = { channels: CHANNELS, platformOf: (key) => (key === "ir-1/2" ? "satellite" : null) };
const target = (port, commands, assumed, changes = true) => ({ hostname: "ir-1", port, name: `Bar ${port}`, zone: "bar", commands, assumed, changes });
const words = (...one) => planned(target(...one), lineUp).words;

test("what a preset changes is told from what is assumed to what it will be", () => {
  const off = { last_power_state: "off", last_channel: "24", muted: false };
  assert.equal(words(1, ["power_on", "channel 501", "mute_on"], off), "off → on, News 24 → Sports One, sound → muted");
  assert.equal(words(2, ["channel 206"], { last_channel: "24" }), "News 24 → Sports One", "by the number of its platform");
  assert.equal(words(1, ["channel 206"], { last_channel: "24" }), "News 24 → channel 206", "which is no number of another");
  assert.equal(words(1, ["power_on", "input hdmi1"], null), "→ on, → hdmi1", "what is not known is not claimed");
  assert.equal(words(1, ["power"], { last_power_state: "on" }), "on → off", "a toggle does the other");
  assert.equal(words(1, ["power_on"], { last_power_state: "on" }), "on", "and what is so already is said once");
});

const PREVIEW = {
  targets: [target(1, ["power_on"], { last_power_state: "off" }), target(2, ["channel 206"], { last_channel: "206" }, false), target(3, [], null, false)],
  undecided: [{ hostname: "ir-1", port: 4, field: "power", detail: "use the command line" }, { hostname: "ir-1", port: 5, field: "channel", code: "channel_not_received", detail: "x" }],
};

test("a preview has three parts, and no words of a command line", () => {
  const all = parts(PREVIEW, { ...lineUp, nameOf: (key) => key, wanted: () => true });
  assert.deepEqual([all.changing, all.same, all.left].map((rows) => rows.map(({ key }) => key).join()), ["ir-1/1", "ir-1/2,ir-1/3", "ir-1/4,ir-1/5"]);
  assert.deepEqual(all.sent, ["ir-1/1", "ir-1/2"], "to a TV without commands nothing is sent");
  assert.match(all.left[0].words, /^its power has one key for on and off/);
  assert.equal(all.left[1].words, "it does not receive this channel");
  assert.equal(summary(all), "1 TV changes, 2 should be so already, 2 left alone");
  const part = parts(PREVIEW, { ...lineUp, nameOf: (key) => key, wanted: (key) => key === "ir-1/2" });
  assert.equal(summary(part), "nothing changes, 1 should be so already");
  assert.deepEqual(part.sent, ["ir-1/2"]);
});

test("an entry is told as people call its TVs and its channel", () => {
  assert.equal(entryWords({ power: "on", channel: "sports", mute: "on" }, CHANNELS), "on, Sports One, muted");
  assert.equal(entryWords({ channel: "24", mute: "off" }, CHANNELS), "News 24, sound");
  assert.equal(entryWords({ channel: "999" }, CHANNELS), "channel 999");
  assert.equal(entryWords({}, CHANNELS), "nothing");
  const named = { nameOf: (key) => (key === "ir-1/1" ? "Bar 1" : undefined), zoneOf: (id) => (id === "bar" ? "Main bar" : undefined) };
  assert.equal(targetWords(["ir-1/1", "zone=bar", "zone=attic", "tv:Left", "all", "tag=vip"], named), "Bar 1, Main bar, attic, Left, all TVs, tag=vip");
});

const of = (port, command, status = "completed") => ({ hostname: "ir-1", port, command, status, command_id: `${port}${command}` });

test("the commands of a TV stay together, those of which something went wrong first", () => {
  const all = [of(1, "power_on"), of(2, "power_on"), of(1, "channel"), of(2, "channel", "failed"), of(3, "channel", "pending")];
  assert.deepEqual(byTv(all).map(({ command_id }) => command_id), ["2power_on", "2channel", "3channel", "1power_on", "1channel"]);
});

test("an undo accounts for every TV of the batch, and for each part of it that was changed", () => {
  const batch = [of(1, "power_on"), of(1, "channel"), of(2, "channel"), of(3, "channel", "failed"), of(4, "channel"), of(5, "power_on"), of(5, "channel"), of(6, "channel")];
  const back = [of(1, "power_on", "pending"), of(2, "channel"), of(5, "power_off")];
  const { restored, left } = accounts(batch, back, [{ hostname: "ir-1", port: 4, code: "commanded_since", detail: "it was commanded since" }]);
  assert.deepEqual(restored.map(({ command_id }) => command_id), ["1power_on", "2channel", "5power_off"]);
  const said = Object.fromEntries(left.map(({ key, part, why }) => [`${key} ${part}`, why]));
  assert.deepEqual(said, {
    "ir-1/1 channel": "how it was before is not known",
    "ir-1/3 ": "nothing of it reached this TV",
    "ir-1/4 ": "it was commanded since",
    "ir-1/6 ": "somebody commanded it since, or how it was before is not known",
  });
  const tvs = new Set([...restored.map(({ port }) => port), ...left.map(({ key }) => Number(key.slice(5)))]);
  assert.deepEqual([...tvs].sort(), [1, 2, 3, 4, 5, 6]);
});

test("a batch of steps offers no undo, one that was named after a preset or a schedule does", () => {
  assert.ok(undoable({ batch_id: "b", command: "channel" }));
  assert.ok(undoable({ batch_id: "b", command: "channel_up" }), "the channel before is known");
  for (const command of ["volume_up", "volume_down", "ok", "menu"]) assert.ok(!undoable({ batch_id: "b", command }), command);
  assert.ok(undoable({ batch_id: "sched_louder_2026-03-01T10:00", command: "volume_up" }), "it may have other steps");
  assert.ok(!undoable({ batch_id: "sched_louder_2026-03-01T10:00", command: "volume_up", allowed: ["retry"] }), "unless the daemon says otherwise");
  assert.deepEqual(ownName("preset_game-day_0a1b2c3d"), { of: "preset", id: "game-day" });
  assert.deepEqual(ownName("manual_opening_0a1b2c3d"), { of: "schedule", id: "opening" });
  assert.equal(ownName("preset_x"), null);
});

test("where TVs have several commands each the numbers are of commands", () => {
  const batch = { batch_id: "b", total: 4, ports: 2, keys: ["ir-1/1", "ir-1/1", "ir-1/2", "ir-1/2"], statuses: { completed: 3, pending: 1 } };
  assert.ok(isOfSteps(batch) && !isOfSteps({ total: 2, ports: 2 }) && !isOfSteps({ total: 2 }));
  const away = { presence: "offline", waiting: { batch_id: "b" } };
  assert.equal(standing(batch, new Map([["ir-1/2", away]])).words, "3 of 4 commands delivered, 1 offline", "no more is offline than waits");
});

test("a target that is not taken is told with its reason, each reason once", () => {
  assert.equal(rejectedWords({ code: "channel_not_received", detail: "x" }), "it does not receive this channel");
  assert.equal(rejectedWords({ code: "invalid_port", detail: "it has five" }), "it has five");
  assert.doesNotMatch(rejectedWords({ code: "state_unknown", detail: "use `venuectl`" }), /venuectl/);
  assert.equal(undecidedWords({ field: "channel", code: "channel_disabled", detail: "x" }), "its channel is switched off in the line-up");
  assert.equal(grouped(["b", "a", "b"]), "b (2); a (1)");
  assert.equal(grouped(["a", "a"]), "a");
});

test("a lock is told with who, until when and why, and a preset leaves its TV alone", async () => {
  const { lockWords, nextAt, untilWords } = await import(`${PAGE}/locks.js`);
  const { verdict } = await import(`${PAGE}/answers.js`);
  const { Problem } = await import(`${PAGE}/api.js`);
  const noon = new Date(2026, 2, 1, 12, 0).getTime();
  assert.equal(nextAt("22:30", noon), new Date(2026, 2, 1, 22, 30).toISOString());
  assert.equal(nextAt("02:00", noon), new Date(2026, 2, 2, 2, 0).toISOString(), "which is tomorrow");
  assert.equal(untilWords(nextAt("22:30", noon), noon), "until 22:30");
  assert.match(untilWords(nextAt("02:00", noon), noon), /until Mon,? 2 Mar/);
  const lock = { id: "zone:bar", by: "anna", until: nextAt("22:30", noon), reason: "private party" };
  assert.equal(lockWords(lock, noon), "locked by anna until 22:30: private party");
  assert.equal(lockWords({ by: null, until: null }), "locked");
  const told = verdict("Mute", new Problem(423, { code: "locked", detail: "x", locked: { ...lock, until: null } }));
  assert.deepEqual(told, { kind: "failed", words: "Mute: nothing was sent: locked by anna: private party" });
  const locked = { ...target(1, [], { last_power_state: "off" }), locked: { ...lock, until: null } };
  const found = parts({ targets: [locked], undecided: [] }, { ...lineUp, nameOf: (key) => key, wanted: () => true });
  assert.deepEqual([found.changing.length, found.left.map(({ words }) => words), found.sent], [0, ["locked by anna: private party"], []]);
});
