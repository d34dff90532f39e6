// All TVs as a table: what is typed or pasted, what it changes, and what is told of a row that is wrong.
import assert from "node:assert/strict";
import { test } from "node:test";
import { PAGE } from "./page.mjs";

const { changesOf, csvOf, isTable, outputsOf, pasted, placeOf, wantedOf } = await import(`${PAGE}/port-rows.js`);

const LEFT = { index: 1, name: "Left", zone: "bar", tags: ["sports"], timing: { digit_gap_ms: 250 } };
const RIGHT = { index: 3, name: "Right, far", source: "dtv-1", volume: "source" };
const boards = [
  { id: "ir-1", revision: 4, fixed: false, item: { hostname: "ir-1", address: "10.0.0.1", ports: [LEFT, RIGHT] } },
  { id: "ir-2", revision: 5, fixed: false, item: { hostname: "ir-2", address: "10.0.0.2" } },
  { id: "ir-3", revision: null, fixed: true, item: { hostname: "ir-3", address: "10.0.0.3" } },
];
const outputs = outputsOf(boards);
const zones = [{ id: "bar", name: "Bar" }, { id: "main-bar", name: "Main Bar" }];
const known = { zones: ["bar", "main-bar"], tags: ["sports"] };
const differences = (edits) => changesOf(outputs, edits, zones).map(({ output, differences: all }) => [output.key, ...all.map(({ column, before, after }) => `${column} ${before}>${after}`)]);

test("every output of every board is a row", () => {
  assert.equal(outputs.length, 15);
  assert.deepEqual(outputs.filter(({ item }) => item).map(({ key }) => key), ["ir-1/1", "ir-1/3"]);
});

test("what is typed as it was changes nothing, and nothing on an empty output stays nothing", () => {
  assert.deepEqual(differences(new Map([["ir-1/1", { name: "Left ", tags: "sports" }], ["ir-2/2", { name: " " }]])), []);
  assert.deepEqual(differences(new Map([["ir-1/1", { name: "Links", tags: "" }]])), [["ir-1/1", "name Left>Links", "tags sports>"]]);
});

test("rows under the names of their columns change those cells alone, and a zone is known by its name too", () => {
  const edits = pasted("Hostname\tPort\tName\tZone\tTags\nIR-1\t1\tLinks\tmain bar\tsports vip\nir-2\t2\tNew\tpatio\t\n", outputs, null);
  assert.deepEqual(differences(edits), [
    ["ir-1/1", "name Left>Links", "zone bar>main-bar", "tags sports>sports vip"],
    ["ir-2/2", "name >New", "zone >patio"],
  ]);
  const wanted = wantedOf(boards, changesOf(outputs, edits, zones), known);
  assert.deepEqual(wanted, {
    devices: [
      { hostname: "ir-1", address: "10.0.0.1", ports: [{ ...LEFT, name: "Links", zone: "main-bar", tags: ["sports", "vip"] }, RIGHT] },
      { hostname: "ir-2", address: "10.0.0.2", ports: [{ index: 2, name: "New", zone: "patio" }] },
    ],
    zones: [{ id: "patio" }],
    tags: [{ id: "vip" }],
  }, "what the table does not show stays, and what is named for the first time is made");
});

test("cells without names go from the chosen cell on, and an empty one is one too", () => {
  const edits = pasted("One, left\tbar\r\n\tbar\r\nThree\t\r\n", outputs, { key: "ir-1/1", column: "appliance" });
  assert.deepEqual([...edits], [["ir-1/1", { appliance: "One, left", zone: "bar" }], ["ir-1/2", { appliance: "", zone: "bar" }], ["ir-1/3", { appliance: "Three", zone: "" }]]);
  assert.deepEqual([...pasted("bar\n\nbar\n", outputs, { key: "ir-1/4", column: "zone" })].map(([key, { zone }]) => [key, zone]), [["ir-1/4", "bar"], ["ir-1/5", ""], ["ir-2/1", "bar"]]);
  assert.equal(isTable("a\tb"), true);
  assert.equal(isTable("one cell\r\n"), false, "a spreadsheet ends one cell with a line end");
});

test("every line that is wrong is told, and then nothing is taken", () => {
  const wrong = (text, words, at = null) => assert.throws(() => pasted(text, outputs, at), { message: words });
  wrong(
    "hostname,port,name\nir-9,1,A\nir-1,7,B\nir-1,1\nir-3,1,C\nir-1,2,D\nir-1,2,E\n",
    "line 2: no board ir-9 is registered; line 3: port 7: a TV has a port from 1 to 5; line 4: it has 2 cells, and the first line names 3; line 5: ir-3 stands in the daemon's configuration file, and is changed there; line 7: ir-1/2 is in line 6 already",
  );
  wrong("hostname,port,colour\n", "no column is called colour: there are hostname, port, name, appliance, zone, tags, profile, default_channel, platform, codeset, emitter, source, volume");
  wrong("hostname,port,name,Name\n", "the column name is there twice");
  wrong("hostname,name\n", /^the first line names the columns, and hostname and port must be among them/);
  wrong("a\tb\n", /^the first line names the columns/);
  wrong("a\tb\n", "2 columns were pasted, and from this cell on there are 1", { key: "ir-1/1", column: "volume" });
  wrong("a\nb\n", "ir-3 stands in the daemon's configuration file, and is changed there", { key: "ir-2/5", column: "name" });
  wrong("a\nb\n", "2 rows were pasted, and from this cell on there are 1", { key: "ir-3/5", column: "name" });
});

test("what the table gives out is read again, and changes nothing", () => {
  const text = csvOf(outputs);
  assert.equal(text, 'hostname,port,name,appliance,zone,tags,profile,default_channel,platform,codeset,emitter,source,volume\nir-1,1,Left,,bar,sports,,,,,,,\nir-1,3,"Right, far",,,,,,,,,dtv-1,source\n');
  assert.deepEqual(differences(pasted(text, outputs, null)), []);
});

test("what the daemon says of a field is told of its row", () => {
  const wanted = wantedOf(boards, changesOf(outputs, new Map([["ir-1/2", { name: "New" }]]), zones), known);
  assert.deepEqual(placeOf("devices/ir-1.ports[1].zone", wanted), { key: "ir-1/2", field: "zone" });
  assert.deepEqual(placeOf("document.devices[0].ports[2].tags[0]", wanted), { key: "ir-1/3", field: "tags" });
  assert.deepEqual(placeOf("devices/ir-1.mac", wanted), { field: "devices/ir-1.mac" });
});

test("a thousand boards are a table at once", () => {
  const many = outputsOf(Array.from({ length: 1000 }, (_, at) => ({ id: `ir-${at}`, revision: 1, fixed: false, item: { hostname: `ir-${at}`, address: "10.0.0.1" } })));
  const text = `hostname,port,name\n${many.map(({ hostname, port }) => `${hostname},${port},TV ${hostname} ${port}\n`).join("")}`;
  assert.equal(changesOf(many, pasted(text, many, null), zones).length, 5000);
});
