// Words for people.
import assert from "node:assert/strict";
import { test } from "node:test";
import { PAGE } from "./page.mjs";

const { actionName, age, ago, boardTrouble, clock, commandRow, statusWord, tvs, when } = await import(`${PAGE}/words.js`);
const { adviceOf } = await import(`${PAGE}/alerts.js`);
const { keyOf } = await import(`${PAGE}/keys.js`);

test("an action is called as on a remote", () => {
  assert.equal(actionName("power_on"), "On");
  assert.equal(actionName("channel", "060"), "Channel 060");
  assert.equal(actionName("channel", null), "Channel");
  assert.equal(actionName("number", 0), "Digit 0");
  assert.equal(actionName("number", null), "Digit");
  assert.equal(actionName("page_up"), "Page up", "one that has no name here is shown as it is");
  assert.equal(actionName(""), "", "what a refused tile says");
});

test("an age has the unit that fits, and is never negative", () => {
  const now = Date.parse("2026-11-28T12:00:00Z");
  const since = (seconds) => age(new Date(now - seconds * 1_000).toISOString(), now);
  const table = [[-30, "now"], [4, "now"], [5, "5 s"], [89, "89 s"], [90, "2 min"], [89 * 60, "89 min"], [90 * 60, "2 h"], [35 * 3600, "35 h"], [36 * 3600, "2 days"], [30 * 86400, "30 days"]];
  for (const [seconds, words] of table) assert.equal(since(seconds), words, `${seconds} s`);
  assert.equal(age(null), "");
  assert.equal(ago(new Date(now).toISOString(), now), "just now");
  assert.equal(ago(new Date(now - 300_000).toISOString(), now), "5 min ago");
});

test("a clock shows what is there", () => {
  assert.match(clock("2026-11-28T12:00:00Z"), /^\d\d:\d\d:\d\d$/);
  assert.equal(clock(null), "");
  assert.equal(clock(undefined), "");
});

test("a date is told by the clock of the venue, and by that of the reader where the zone is none", () => {
  assert.equal(when("2026-11-28T12:00:00Z", "Australia/Sydney"), "Sat, 28 Nov 2026, 23:00 (Australia/Sydney)");
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  assert.ok(when("2026-11-28T12:00:00Z").endsWith(`(${own})`));
  assert.ok(when("2026-11-28T12:00:00Z", "Mars/Olympus").endsWith(`(${own})`));
});

test("a board that an admin must see to says why, with what was found", () => {
  assert.equal(boardTrouble({ cause: "wrong_key" }), "its Noise key is not the registered one");
  assert.match(boardTrouble({ cause: "wrong_device", found: "aa:bb:cc:dd:ee:ff" }), /another board .* \(found aa:bb:cc:dd:ee:ff\)$/);
  assert.equal(boardTrouble({ cause: "connection refused", found: null }), "connection refused");
  assert.equal(boardTrouble({ cause: null }), "");
  assert.equal(boardTrouble({}), "");
});

test("counts, channels and statuses", () => {
  assert.deepEqual([tvs(1), tvs(0)], ["1 TV", "0 TVs"]);
  assert.equal(statusWord("unknown"), "not known");
  assert.equal(statusWord("of_tomorrow"), "of tomorrow");
  assert.equal(keyOf({ hostname: "ir-000001", port: 2 }), "ir-000001/2");
});

test("nobody on the page is told to type a command", () => {
  assert.equal(adviceOf({ kind: "queue_deep", advice: "look for boards that are slow" }), "look for boards that are slow");
  assert.match(adviceOf({ kind: "device_offline", advice: "check its power; `venuectl device get` shows the state" }), /^check its power and its network/);
  assert.equal(adviceOf({ kind: "of_tomorrow", advice: "`venuectl tomorrow`" }), "tell an admin");
});

test("a command of a board says for which TV it was, what became of it, and why", () => {
  const ports = new Map([["ir-1/2", { name: "Bar left" }]]);
  const record = { command_id: "c", hostname: "ir-1", port: 2, command: "channel", channel: "060", status: "completed", completed_at: "2026-11-28T12:00:00Z" };
  const { tv, action, state, why } = commandRow(record, ports);
  assert.deepEqual([tv, action, state], ["Bar left", "Channel 060", "delivered"]);
  assert.match(why, /^\d\d:\d\d/);
  const waits = { ...record, port: 1, command: "power_on", channel: null, status: "pending", completed_at: null };
  assert.deepEqual([commandRow(waits, ports).tv, commandRow(waits, ports).why.includes("·")], ["ir-1/1", false]);
  const failed = commandRow({ ...record, port: 0, command: "diagnostic_signal", status: "failed", reason: "device_offline" }, ports);
  assert.equal(failed.tv, "the board itself");
  assert.match(failed.why, /^\d\d:\d\d.* · .*offline/);
});
