// The mark of a tile: as much as is known, and no more.
import assert from "node:assert/strict";
import { test } from "node:test";
import { PAGE } from "./page.mjs";

const { mark, power } = await import(`${PAGE}/marks.js`);

const on = { presence: "online" };
const ended = (status, reason = null) => ({ ...on, last: { command: "power_on", status, reason, at: "2026-11-28T12:00:00Z" } });

test("only what was delivered has the sign for it", () => {
  assert.deepEqual(mark(ended("completed"), false), { kind: "delivered", sign: "✓", words: "On: delivered" });
  for (const status of ["failed", "expired", "unknown", "cancelled", "superseded"]) {
    const { kind, sign, words } = mark(ended(status, "no_evidence"), false);
    assert.notEqual(kind, "delivered", status);
    assert.notEqual(sign, "✓", status);
    assert.doesNotMatch(words, /delivered/, status);
  }
  assert.equal(mark(ended("unknown", "no_evidence"), false).kind, "unknown");
});

test("what is on its way is said before anything that was", () => {
  const port = { ...ended("completed"), waiting: { command: "mute" }, sending: "Channel 24" };
  assert.equal(mark(port, false).words, "Channel 24: on its way");
  assert.match(mark({ ...port, sending: null }, false).words, /^Mute: waits in the queue, not sent yet$/);
});

test("a TV whose board is away says so, and what was not delivered before", () => {
  assert.deepEqual(mark({ presence: "offline" }, false), { kind: "offline", sign: "⨯", words: "its board is offline" });
  assert.equal(mark({ presence: "connecting" }, false).kind, "connecting");
  assert.match(mark({ presence: "misconfigured" }, false).words, /needs an admin/);
  assert.equal(mark({ ...ended("completed"), presence: "offline" }, false).words, "its board is offline", "a delivery is old news");
  assert.match(mark({ ...ended("failed", "device_offline"), presence: "offline" }, false).words, /; On: the board is offline, nothing was sent$/);
  assert.equal(mark({ presence: "offline", waiting: { command: "mute" } }, false).kind, "held");
});

test("nothing known is no mark, and no power", () => {
  assert.deepEqual(mark(on, false), { kind: "none", sign: "", words: "" });
  assert.equal(power({ assumed: null }), "unknown");
  assert.equal(power({ assumed: { last_power_state: null } }), "unknown");
  assert.equal(power({ assumed: { last_power_state: "off" } }), "off");
});
