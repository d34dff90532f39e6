// Whatever has a name is found by any part of it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { PAGE } from "./page.mjs";

const { find } = await import(`${PAGE}/find.js`);
const { hasNumber, matching } = await import(`${PAGE}/channels.js`);
const { isMany } = await import(`${PAGE}/batches.js`);
const { byCause } = await import(`${PAGE}/causes.js`);

const port = (key, name, zone, more = {}) => [key, { key, name, zone, tags: [], source: null, port_of_source: null, ...more }];
const venue = {
  ports: new Map([port("ir-1/1", "Bar 10", "bar"), port("ir-1/2", "Bar 2", "bar"), port("ir-2/1", "Caf\u00e9 window", "lounge"), port("ir-9/1", "Box of the bar", "bar", { port_of_source: "dtv" })]),
  zones: [{ id: "bar", name: "Main bar" }, { id: "lounge" }],
  channels: [{ id: "films", name: "Films", number: "060" }, { id: "news", name: "News 24", number: "24" }],
  presets: [{ id: "quiet", name: "Quiet bar" }],
  devices: new Map([["ir-1", { hostname: "ir-1", name: "Board above the bar" }], ["ir-2", { hostname: "ir-2" }]]),
};
const names = (text) => Object.fromEntries(Object.entries(find(text, venue)).map(([kind, found]) => [kind, found.map((one) => one.key ?? one.id ?? one.hostname)]));

test("by any part of a name, in every kind, in the order of names; a box is no TV", () => {
  assert.deepEqual(names("bar"), { tvs: ["ir-1/2", "ir-1/1"], zones: ["bar"], channels: [], presets: ["quiet"], boards: ["ir-1"] });
  assert.deepEqual(names("window cafe").tvs, ["ir-2/1"], "in any order, without accents");
  assert.deepEqual(names("lounge").tvs, ["ir-2/1"], "by its zone");
  assert.deepEqual(names("ir-2").boards, ["ir-2"]);
  assert.deepEqual(names("  "), { tvs: [], zones: [], channels: [], presets: [], boards: [] });
});

test("a channel is found without the zeros before its number", () => {
  const found = (text) => matching(venue.channels, text).map(({ id }) => id);
  assert.deepEqual([found("60"), found("060"), found("6"), found("24"), found("0")], [["films"], ["films"], ["films"], ["news"], ["films"]]);
  assert.ok(hasNumber(venue.channels[0], "60") && !hasNumber(venue.channels[0], "6"));
});

test("more than twenty TVs are very many, and so is a whole venue", () => {
  assert.deepEqual([isMany(20, 100), isMany(21, 100), isMany(3, 3), isMany(1, 1)], [false, true, true, false]);
});

test("alerts of one kind are one, and the gravest kind comes first", () => {
  const alert = (id, kind, severity = "warning") => ({ id, kind, severity });
  const found = byCause([alert("a", "device_offline"), alert("b", "queue_deep"), alert("c", "device_offline"), alert("d", "store_down", "critical")]);
  assert.deepEqual(found.map((kind) => kind.map(({ id }) => id).join("")), ["d", "ac", "b"]);
});
