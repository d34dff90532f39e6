// Every text of the page in every language.
import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { test } from "node:test";
import { PAGE } from "./page.mjs";

const { LANGUAGES, choice, fill, language, locale } = await import(`${PAGE}/texts.js`);
const tables = Object.fromEntries(await Promise.all(Object.entries(LANGUAGES).map(async ([id, { load }]) => [id, (await load()).default])));

/** The names that a text has in braces, each once. */
const names = (text) => [...new Set([...text.matchAll(/\{(\w+)/g)].map(([, name]) => name))].sort();

test("no language lacks a text, has one too many, or leaves out a value", () => {
  for (const [id, table] of Object.entries(tables)) {
    assert.deepEqual(Object.keys(table).sort(), Object.keys(tables.en).sort(), id);
    for (const [key, text] of Object.entries(table)) {
      assert.ok(text.trim(), `${id}: ${key} says nothing`);
      assert.deepEqual(names(text), names(tables.en[key]), `${id}: ${key}`);
      assert.equal(fill(text, { n: 1 }).includes("|"), false, `${id}: ${key} has a form that is not read`);
    }
  }
});

test("every key that the page asks for is there, and every text is asked for", async () => {
  const files = (await readdir(new URL(PAGE))).filter((name) => name.endsWith(".js"));
  const code = (await Promise.all(files.map((name) => readFile(new URL(`${PAGE}/${name}`), "utf8")))).join("\n");
  const asked = new Set([...code.matchAll(/\bt\(\s*"([\w.-]+)"/g)].map(([, key]) => key));
  const kinds = new Set([...code.matchAll(/\b(?:word\(\s*"|t\(`)(\w+)/g)].map(([, kind]) => kind));
  for (const key of asked) assert.ok(Object.hasOwn(tables.en, key), `no text for ${key}`);
  for (const key of Object.keys(tables.en)) assert.ok(kinds.has(key.split(".")[0]) || code.includes(`"${key}"`), `nobody asks for ${key}`);
});

test("the language is the one that was chosen, else one of the browser's, else English", () => {
  assert.equal(choice("de", ["en-GB"]), "de");
  assert.equal(choice(null, ["fr-FR", "de-AT", "en"]), "de");
  assert.equal(choice("tlh", ["fr"]), "en");
  assert.deepEqual([language, locale], ["en", "en-GB"]);
});

test("a text is filled, and counts one as one", () => {
  assert.equal(fill("{n} {n|TV|TVs} in {zone}", { n: 1, zone: "Bar" }), "1 TV in Bar");
  assert.equal(fill("{n} {n|TV|TVs}", { n: 0 }), "0 TVs");
});
