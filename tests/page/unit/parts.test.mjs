// The parts of the page that need no picture: line-up, batches, forms, sections, times of schedules.
import assert from "node:assert/strict";
import { test } from "node:test";
import { PAGE } from "./page.mjs";

const { matching } = await import(`${PAGE}/channels.js`);
const { redoes, retryable, standing } = await import(`${PAGE}/batches.js`);
const { filled, meant, typed } = await import(`${PAGE}/form.js`);
const { sections } = await import(`${PAGE}/sections.js`);
const { cronOf, editable, fires, ownZone, weekly } = await import(`${PAGE}/calendar.js`);

const CHANNELS = [
  { id: "a", number: "501", name: "Sport One" },
  { id: "b", number: "24", name: "Télé Info", favourite: true },
  { id: "c", number: "060", name: "News" },
  { id: "d", number: "60", name: "Movies" },
  { id: "e", number: "502", name: "Sport Two", favourite: true },
];
const found = (text) => matching(CHANNELS, text).map(({ id }) => id).join("");

test("channels are found by parts of their names or by how their numbers begin, favourites first", () => {
  assert.equal(found(""), "bedca", "favourites, then by number, then by name");
  assert.equal(found("sport"), "ea");
  assert.equal(found("ONE sport"), "a");
  assert.equal(found("tele"), "b", "an accent is not typed");
  assert.equal(found("50"), "ea");
  assert.equal(found("06"), "c", "060 is not 60");
  assert.equal(found("  "), found(""));
  assert.equal(found("nothing"), "");
  assert.equal(CHANNELS[0].id, "a", "the line-up itself keeps its order");
});

test("a batch adds up, and what waits for a board that is away is offline", () => {
  const ports = new Map([
    ["ir-1/1", { presence: "offline", waiting: { batch_id: "b" } }],
    ["ir-2/1", { presence: "online", waiting: { batch_id: "b" } }],
    ["ir-3/1", { presence: "offline", waiting: { batch_id: "of another" } }],
  ]);
  const batch = { batch_id: "b", total: 8, keys: ["ir-1/1", "ir-2/1", "ir-3/1", "ir-9/9"], statuses: { completed: 2, failed: 1, expired: 1, unknown: 1, superseded: 1, pending: 2 } };
  const told = standing(batch, ports);
  assert.equal(told.words, "2 of 8 delivered, 2 failed, 1 not known, 1 replaced or withdrawn, 1 offline, 1 to go");
  assert.equal(told.done + told.failed + told.unknown + told.gone + told.open, told.total);
  assert.equal(standing({ batch_id: "b" }, ports).words, "0 of 0 delivered", "before anything is known");
  assert.doesNotMatch(standing({ ...batch, finished: true, statuses: { completed: 7, pending: 1 } }, new Map()).words, /to go/);
});

test("what may have been sent is offered for another try only where a repeat changes nothing", () => {
  const told = { failed: 2, unknown: 3 };
  assert.equal(retryable({ command: "power_on" }, told), 5);
  assert.equal(retryable({ command: "power" }, told), 2);
  assert.equal(retryable({ command: "volume_up" }, told), 2);
  assert.equal(retryable({ command: null }, told), 5);
});

test("the notes of a batch say which one it takes back", () => {
  assert.deepEqual(redoes({ notes: "undo of evening" }), { how: "undo", of: "evening" });
  assert.deepEqual(redoes({ notes: "retry of evening" }), { how: "retry", of: "evening" });
  for (const notes of ["undo of", "undo of two words", "I undo of it", null, undefined]) assert.equal(redoes({ notes }), null, String(notes));
});

const FIELDS = [
  { name: "id", fresh: true },
  { name: "name" },
  { name: "order", kind: "number" },
  { name: "tags", kind: "lines" },
  { name: "enabled", kind: "check" },
  { name: "favourite", kind: "check" },
];

test("a form gives back what it was given", () => {
  const item = { id: "bar", name: "Bar", order: 0, tags: ["a", "b"], enabled: true, notes: "not shown" };
  const values = Object.fromEntries(FIELDS.map((field) => [field.name, typed(field, item[field.name])]));
  assert.deepEqual(values, { id: "bar", name: "Bar", order: "0", tags: "a\nb", enabled: true, favourite: false });
  assert.deepEqual(filled(item, FIELDS, values), item);
});

test("a form leaves out what says nothing, and keeps what it does not show", () => {
  const item = { id: "bar", name: "Bar", enabled: true, notes: "not shown" };
  const next = filled(item, FIELDS.slice(1), { name: "  ", order: " 12 ", tags: " a \n\n b ", enabled: false, favourite: false });
  assert.deepEqual(next, { id: "bar", order: 12, tags: ["a", "b"], enabled: false, notes: "not shown" });
  assert.equal(meant({ name: "x" }, " y "), "y");
  assert.deepEqual(meant({ name: "x", kind: "lines" }, ""), []);
});

test("the wall has its zones in their order, and its TVs by their names", () => {
  const port = (name, zone, ...tags) => ({ name, zone, tags });
  const ports = new Map([
    ["ir-1/1", port("TV 10", "bar")],
    ["ir-1/2", port("TV 9", "bar", "sports")],
    ["ir-1/3", port(null, null)],
    ["ir-2/1", port("Z", "of tomorrow")],
    ["ir-2/2", port("A", "terrace", "sports")],
  ]);
  const zones = [{ id: "bar", name: "The bar", order: 2 }, { id: "terrace", order: 1 }, { id: "empty", order: 0 }];
  const shown = (tag) => sections(ports, zones, tag).map(({ name, keys }) => `${name}: ${keys.join(" ")}`);
  assert.deepEqual(shown(null), ["terrace: ir-2/2", "The bar: ir-1/2 ir-1/1", "of tomorrow: ir-2/1", "Elsewhere: ir-1/3"]);
  assert.deepEqual(shown("sports"), ["terrace: ir-2/2", "The bar: ir-1/2"]);
});

test("a schedule fires by the clock of its zone", () => {
  const run = { at: "2026-11-28T12:00:00Z", local: "2026-11-28T23:00", skipped: false };
  const venues = fires(run, {});
  assert.equal(fires(run, { zone: "Australia/Sydney" }), `${venues} = 2026-11-28 23:00 (Australia/Sydney)`);
  assert.equal(fires({ ...run, skipped: true }, { zone: "Australia/Sydney" }), `${venues} = 2026-11-28 23:00 (Australia/Sydney), left out`);
  assert.equal(fires(run, { zone: ownZone() }), venues);
  assert.ok(fires(run, {}).endsWith(`(${ownZone()})`));
});

test("weekdays and a time are read of a pattern that says no more, and are written as one", () => {
  for (const [cron, time, days] of [["0 10 * * *", "10:00", [1, 2, 3, 4, 5, 6, 0]], ["30 9 * * 1-5", "09:30", [1, 2, 3, 4, 5]], ["5 23 * * 6,0", "23:05", [6, 0]], ["0 8 * * 7", "08:00", [0]]]) assert.deepEqual(weekly(cron), { time, days });
  for (const cron of ["*/5 10 * * *", "0 10 1 * *", "0 10 * 12 *", "0 10,20 * * *", "0 10 * * 5#2", "0 10 * * fri", "", undefined]) assert.equal(weekly(cron), null, cron);
  assert.deepEqual([cronOf("09:30", [5, 1]), cronOf("10:00", [0, 1, 2, 3, 4, 5, 6]), cronOf("00:05", [0, 6])], ["30 9 * * 1,5", "0 10 * * *", "5 0 * * 6,0"]);
});

test("an instant is edited by the clock of the reader, and means the same after it", () => {
  for (const at of ["2027-01-28T02:30:00Z", "2027-07-28T02:30:15Z"]) {
    const shown = editable({ id: "x", at });
    assert.equal(shown.zone, ownZone());
    assert.equal(new Date(shown.at).toISOString(), new Date(at).toISOString());
  }
  for (const item of [{ at: "2027-01-28T02:30", zone: "Australia/Sydney" }, { cron: "0 10 * * *" }, { at: "never" }]) assert.deepEqual(editable(item), item);
});
