// What ended by minute, of the history that the daemon keeps.
import assert from "node:assert/strict";
import { test } from "node:test";
import { PAGE, daemon } from "./page.mjs";

const { SHOWN, minutesOf, readOn } = await import(`${PAGE}/minutes.js`);

const NOW = Date.UTC(2026, 2, 1, 20, 0, 30);
const minute = (back) => Math.floor(NOW / 60_000) - back;
const ended = (id, back, status = "completed") => ({ command_id: id, status, completed_at: new Date(NOW - back * 60_000).toISOString() });

test("each minute has what was delivered in it and what was not; what a newer wish replaced is neither", () => {
  const all = [ended("a", 0), ended("b", 0, "failed"), ended("c", 2), ended("d", 2), ended("e", 2, "superseded"), ended("f", 3, "cancelled"), ended("g", SHOWN), { ...ended("h", 1), completed_at: null }];
  assert.deepEqual(minutesOf(all, NOW), [
    { at: minute(2), delivered: 2, other: 0 },
    { at: minute(0), delivered: 1, other: 1 },
  ]);
});

test("pages are read until before what is shown, and later only what is new", async () => {
  const pages = { "": [[ended("a", 1), ended("b", 2)], "2"], 2: [[ended("c", SHOWN + 5)], "3"] };
  const asked = daemon((_, path) => {
    const [items, next] = pages[new URLSearchParams(path.split("?")[1]).get("cursor") ?? ""];
    return { items, next_cursor: next };
  });
  const known = new Map();
  assert.equal(await readOn(known, NOW), null);
  assert.deepEqual([asked.length, [...known.keys()]], [2, ["a", "b", "c"]]);
  pages[""] = [[ended("z", 0), ended("a", 1)], "2"];
  assert.equal(await readOn(known, NOW), null);
  assert.deepEqual([asked.length, known.size], [3, 4], "what is known already ends it");
});

test("of a very busy night it is told since when all is known", async () => {
  let page = 0;
  const asked = daemon(() => ({ items: [ended(`c${page}`, (page += 1))], next_cursor: String(page) }));
  assert.equal(await readOn(new Map(), NOW), minute(6) + 1);
  assert.equal(asked.length, 6);
});
