// What the daemon says has words in every other language: each code of a problem, each kind of an alert.
import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { test } from "node:test";
import { PAGE } from "./page.mjs";

const { LANGUAGES } = await import(`${PAGE}/texts.js`);
const ROOT = new URL("../../../", import.meta.url);
/** Every language but the daemon's own: what the page says, and what it says for the daemon. */
const others = await Promise.all(
  Object.entries(LANGUAGES)
    .filter(([, { daemon }]) => daemon)
    .map(async ([id, { load, daemon }]) => ({ id, own: (await load()).default, table: (await daemon()).default })),
);

/** The sources of the daemon, without their tests. */
async function sources() {
  const folders = ["crates", "bins"].map((name) => new URL(`${name}/`, ROOT));
  const found = [];
  for (const folder of folders) {
    for (const file of await readdir(folder, { recursive: true })) {
      if (/\/src\/.*\.rs$/.test(file) && !/tests|device-sim|conformance|venuectl/.test(file)) found.push((await readFile(new URL(file, folder), "utf8")).split("#[cfg(test)]")[0]);
    }
  }
  return found;
}

const quoted = (text) => [...text.matchAll(/"([a-z][a-z_]+)"/g)].map(([, word]) => word);
const all = (text, pattern) => [...text.matchAll(pattern)].map(([, found]) => found);

/** Wherever a problem gets its code: in the functions that give it, and beside a status. */
const codesOf = (text) => [...all(text, /fn code\([^)]*\) -> &'static str \{([\s\S]*?)\n {4}\}/g).flatMap(quoted), ...all(text, /StatusCode::[A-Z_]+,\s*"([a-z][a-z_]+)"/g), ...all(text, /\bcode: "([a-z][a-z_]+)"/g)];

/** Why a command was not sent is the code of its problem. */
const REASONS = ["device_offline", "device_misconfigured", "device_unconfirmed", "lane_busy", "lane_full", "not_before", "device_stalled", "stopping", "outcome_unknown", "refused", "superseded", "locked"];

test("every code of a problem has its sentence, and no sentence is of a code that there is not", async () => {
  const codes = new Set([...(await sources()).flatMap(codesOf), ...REASONS]);
  // Were the sources read wrongly, there would be few.
  assert.ok(codes.size > 85 && codes.has("changed_since") && codes.has("wrong_pin"), `${codes.size}`);
  for (const { id, table } of others) {
    const lacks = [...codes].filter((code) => !table[`problem.${code}`]);
    assert.deepEqual(lacks, [], `${id} lacks what the daemon says of these`);
    const told = Object.keys(table).filter((key) => key.startsWith("problem.")).map((key) => key.slice(8));
    assert.deepEqual(told.filter((code) => !codes.has(code)), [], `${id}: no problem has these codes`);
  }
});

test("why a TV is left alone by retry and undo has its sentence", async () => {
  const skipped = await readFile(new URL("crates/venue-routing/src/skipped.rs", ROOT), "utf8");
  const codes = all(skipped, /Self::[A-Z]\w+(?: \{ \.\. \})? => "([a-z_]+)"/g);
  assert.ok(codes.length >= 11, codes.join());
  for (const { id, table } of others) assert.deepEqual(codes.filter((code) => !table[`skip.${code}`]), [], id);
});

test("every alert has its sentence, and what to do", async () => {
  const text = await readFile(new URL("docs/operations.md", ROOT), "utf8");
  const rows = text.slice(text.indexOf("| alert | when |"), text.indexOf("And the log:")).split("\n").slice(2);
  const documented = rows.flatMap((row) => all(row.split("|")[1] ?? "", /`([a-z_]+)(?::[A-Z]+)?`/g));
  const raised = (await sources()).flatMap((source) => all(source, /(?:\bkind: |Condition::(?:warning|critical)\(\s*)"([a-z]+(?:_[a-z]+)+)"/g));
  const kinds = new Set([...documented, ...raised]);
  assert.ok(kinds.size > 24 && kinds.has("devices_offline") && kinds.has("store_repaired"), [...kinds].join());
  for (const { id, own, table } of others) {
    assert.deepEqual([...kinds].filter((kind) => !table[`alert.${kind}`]), [], `${id}: what is wrong`);
    assert.deepEqual([...kinds].filter((kind) => !table[`advice.${kind}`] && !own[`advice.${kind}`]), [], `${id}: what to do`);
  }
});
