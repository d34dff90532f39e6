// On a German page what the daemon says is German, as far as it has a code; what has none is shown as the daemon says it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { PAGE } from "./page.mjs";

globalThis.navigator.languages.splice(0, 1, "de-DE");
const { language, spoken } = await import(`${PAGE}/texts.js`);
const { Problem } = await import(`${PAGE}/api.js`);
const { adviceOf, summaryOf } = await import(`${PAGE}/alerts.js`);
const { leftAlone, placed, rejectedWords, trouble, verdict } = await import(`${PAGE}/answers.js`);
await spoken.read;

const ONE = { instance: "/api/v1/config/zones/bar" };

test("a problem is said by its code, with what it is about", () => {
  assert.equal(language, "de");
  assert.equal(trouble(new Problem(404, { ...ONE, code: "unknown_item", detail: "there is no bar in zones" })), "bar gibt es nicht mehr");
  const wrong = new Problem(403, { code: "wrong_code", detail: "this is not the code: it is in the log", errors: [{ field: "code", detail: "this is not the code: it is in the log" }] });
  assert.match(wrong.words, /^Das ist nicht der Code: [^;]*$/);
  assert.deepEqual(placed(wrong, [{ name: "code" }]).code, wrong.message);
  const two = { code: "invalid_item", detail: "name: it is empty", errors: [{ field: "name", detail: "it is empty" }, { field: "zone", detail: "there is no zone cellar", code: "unknown_name" }] };
  assert.equal(new Problem(422, two).words, "Eine Angabe passt nicht: name: it is empty; den Namen gibt es nicht: there is no zone cellar");
  assert.match(verdict("Ein", new Problem(503, { code: "device_offline", detail: "it is offline" })).words, /^Ein: Das Board ist offline, nichts wurde gesendet$/);
});

test("what is of tomorrow, or of a proxy, is shown as it is said", () => {
  assert.equal(trouble(new Problem(409, { code: "of_tomorrow", detail: "not on a Sunday" })), "not on a Sunday");
  assert.equal(new Problem(502, { detail: "Bad Gateway" }).words, "Bad Gateway");
});

test("alerts are said by their kind", () => {
  const alert = { kind: "devices_offline", about: "10.0.3.0/24", count: 12, summary: "12 boards in 10.0.3.0/24 cannot be reached", advice: "look first; `venuectl device list` shows them" };
  assert.equal(summaryOf(alert), "12 Boards in 10.0.3.0/24 nicht erreichbar, seit etwa derselben Zeit");
  assert.match(adviceOf(alert), /^zuerst nach dem sehen, was sie gemeinsam haben/);
  assert.match(adviceOf({ kind: "store_down", advice: "the log says why" }), /^das Protokoll sagt, warum/);
  assert.equal(summaryOf({ kind: "of_tomorrow", summary: "something" }), "something");
});

test("why TVs were left alone is said, too", () => {
  assert.match(leftAlone([{ hostname: "ir-1", port: 1, code: "not_known", detail: "how it was is not known" }]), /wie er vorher war, ist nicht bekannt/);
  assert.equal(rejectedWords({ code: "no_default_channel", detail: "none" }), "Für diesen TV ist kein Standardkanal eingetragen");
  assert.match(verdict("Ein", { status: "pending", delivered: false, message: "ir-1 is offline: queued" }).words, /^Ein: (?!.*queued)/);
});
