// Every answer that the daemon has, and what becomes of it in words: nothing is called a success that is none.
import assert from "node:assert/strict";
import { test } from "node:test";
import { PAGE } from "./page.mjs";

const { Problem } = await import(`${PAGE}/api.js`);
const { leftAlone, placed, triedUntil, trouble, verdict } = await import(`${PAGE}/answers.js`);
const { mark } = await import(`${PAGE}/marks.js`);
const { reasonWords } = await import(`${PAGE}/words.js`);

const problem = (status, code, body = {}, retryAfter = null) => new Problem(status, { code, detail: `the daemon's detail for ${code}`, ...body }, retryAfter);
const TABLE = [
  ["delivered", { status: "completed", delivered: true }, /^On: delivered$/],
  ["pending", { status: "pending", delivered: false, message: "ir-1 is offline: queued, tried 3 more times within about 14 s and then given up" }, /tried 3 more times within about 14 s and then given up/],
  ["pending", { status: "pending", delivered: false, tried_until: "2026-11-28T12:00:00Z" }, /not yet sent: tried until about \d\d:\d\d:\d\d, then given up/],
  ["pending", { status: "processing", delivered: false }, /not yet sent/],
  // Nothing that an answer does not say is made of it.
  ["unknown", { status: "completed", delivered: false }, /not known/],
  ["unknown", { status: "completed" }, /not known/],
  ["unknown", { delivered: true }, /not known/],
  ["unknown", {}, /not known/],
  ["unknown", undefined, /not known/],
  ["unknown", { command_status: "completed", delivered: true }, /not known/],
  ["unknown", problem(504, "outcome_unknown", { command_status: "unknown" }), /it may have been sent: no sign came back in time\. Look at the TV/],
  ["unknown", problem(504, "outcome_unknown", { superseded_by: "0198" }), /may have been sent.*a newer command replaced it/],
  ["unknown", problem(504, ""), /may have been sent/],
  ["unknown", problem(502, ""), /may have been sent/],
  ["unknown", problem(500, "internal"), /may have been sent/],
  ["unknown", new TypeError("Failed to fetch"), /cannot be reached: it may have been sent/],
  ["unknown", new DOMException("late", "AbortError"), /cannot be reached: it may have been sent/],
  ["unknown", problem(409, "request_running"), /still being carried out/],
  ["replaced", problem(409, "superseded", { superseded_by: "0198" }), /a newer command replaced it: nothing was sent/],
  ["failed", problem(409, "in_flight"), /too late/],
  ["failed", problem(422, "refused"), /the daemon's detail for refused/],
  ["failed", problem(422, "invalid_parameter"), /detail for invalid_parameter/],
  ["failed", problem(404, "unknown_device"), /detail for unknown_device/],
  ...["device_offline", "device_misconfigured", "device_unconfirmed", "lane_busy", "lane_full", "not_before", "device_stalled", "stopping", "store_unavailable", "store_busy", "store_full", "overloaded", "key_unavailable"].map((code) => ["failed", problem(503, code, {}, 30), new RegExp(`^On: the daemon's detail for ${code}$`)]),
  ["failed", problem(401, "unauthenticated"), /nothing was sent: .*sign in again/],
  ["failed", problem(403, "denied"), /nothing was sent: your token may not do this/],
  ["failed", problem(429, "rate_limited", {}, 12), /nothing was sent: .*wait 12 seconds/],
  ["failed", problem(429, "rate_limited"), /nothing was sent: .*wait a moment/],
];

test("every answer has its words, and only what was delivered says so", () => {
  for (const [kind, answer, words] of TABLE) {
    const told = verdict("On", answer);
    const which = JSON.stringify(answer?.body || answer || String(answer));
    assert.equal(told.kind, kind, `${which}: ${told.words}`);
    assert.match(told.words, words, which);
    assert.equal(/: delivered/.test(told.words), kind === "delivered", which);
    if (kind === "unknown") assert.doesNotMatch(told.words, /nothing was sent/, which);
    assert.doesNotMatch(told.words, /undefined|null|NaN|\[object/, which);
  }
});

test("what may have been sent is never told in words that say it was not", () => {
  const reasons = ["delivered", "refused", "device_offline", "device_misconfigured", "device_unconfirmed", "lane_busy", "lane_full", "not_before", "device_stalled", "stopping", "no_evidence", "session_lost", "expired", "unclean_stop", "superseded", "cancelled", "interrupted", "restored", "device_removed", null, undefined, "of_tomorrow"];
  for (const reason of reasons) {
    assert.match(reasonWords(reason, "unknown"), /may have been sent.*Look at the TV/, String(reason));
  }
  assert.match(reasonWords("superseded", "superseded"), /^a newer command replaced it$/);
  assert.match(reasonWords("device_offline", "failed"), /nothing was sent/);
});

test("what was left alone is counted by its reasons", () => {
  const of = (detail, times) => Array.from({ length: times }, () => ({ detail, code: "x" }));
  assert.equal(leftAlone([...of("not known", 5), ...of("commanded since", 40)]), "45 left alone: commanded since (40); not known (5)");
  assert.equal(leftAlone(of("commanded since", 2)), "2 left alone: commanded since");
  assert.equal(leftAlone([]), "");
  assert.match(triedUntil(null), /short while/);
});

test("a tile promises no attempt while the queue is paused", () => {
  const port = { presence: "offline", waiting: { command: "power_on", tried_until: "2026-11-28T12:00:00Z" } };
  assert.match(mark(port, false).words, /offline; tried until about/);
  for (const presence of ["offline", "online"]) {
    const { kind, words } = mark({ ...port, presence }, true);
    assert.match(words, /the queue is paused/);
    assert.doesNotMatch(words, /tried until|given up|turn/);
    assert.notEqual(kind, "delivered");
  }
});

test("an error is told once, whatever repeats it", () => {
  const detail = "--tz: Mars is no time zone";
  const twice = problem(422, "invalid_schedule", { detail, errors: [{ field: "zone", detail }, { field: "zone", detail }] });
  assert.equal(trouble(twice), detail);
  const two = problem(422, "invalid_item", { detail: "two things are wrong", errors: [{ field: "id", detail: "id is taken" }, { field: "name", detail: "is too long" }] });
  assert.equal(trouble(two), "two things are wrong; id is taken; name: is too long");
  assert.match(trouble(new TypeError("x")), /cannot be reached/);
  const fields = [{ name: "zone" }, { name: "steps" }];
  assert.deepEqual(placed(twice, fields), { zone: detail, "": "Not saved: see what is marked above." });
  assert.equal(placed(two, fields)[""], trouble(two), "of no field that is shown");
  const mixed = problem(422, "x", { errors: [{ field: "steps[1]", detail: "hop is no step" }, { field: "id", detail: "is taken" }] });
  assert.deepEqual(placed(mixed, fields), { steps: "hop is no step", "": "Not saved: id: is taken" });
});

test("steps count each, and of anything else a double tap counts once", async () => {
  const { once, press } = await import(`${PAGE}/once.js`);
  let done = 0;
  const act = async () => (done += 1);
  const twice = async (command) => {
    done = 0;
    await Promise.all([press(`tv ${command}`, command, act), press(`tv ${command}`, command, act)]);
    await press(`tv ${command}`, command, act);
    return done;
  };
  for (const step of ["volume_up", "volume_down", "channel_up", "channel_down", "number", "ok", "menu"]) assert.equal(await twice(step), 3, step);
  for (const one of ["power", "power_on", "power_off", "mute", "channel", "default_channel"]) assert.equal(await twice(one), 1, one);
  // Whatever was pressed in between makes it another wish: the last one counts.
  done = 0;
  for (const command of ["power_on", "power_off", "power_on"]) await press(`tv ${command}`, command, act);
  assert.equal(done, 3);
  // What is not answered yet is not asked for again, however long that takes.
  done = 0;
  let answer;
  const slow = () => once("batch retry", () => new Promise((resolve) => { done += 1; answer = resolve; }));
  const asked = [slow(), slow(), slow()];
  answer("retried");
  assert.deepEqual(await Promise.all(asked), ["retried", "retried", "retried"]);
  assert.equal(done, 1);
});
