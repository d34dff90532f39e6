// Infrared codes: what is said of one that was tried or learned, and what a TV is given.
import assert from "node:assert/strict";
import { test } from "node:test";
import { PAGE, daemon } from "./page.mjs";

const { beside, heard, inputOf, keep, keyOfOffer, mayHaveReached, moreKeys, ofFound, offered, setName, tried, tryCode, use } = await import(`${PAGE}/codes.js`);
const { Problem } = await import(`${PAGE}/api.js`);
const { actionName } = await import(`${PAGE}/words.js`);

const AT = { hostname: "ir-1", port: 2 };

test("a code that was sent is never told as one to which the TV reacted", () => {
  const sent = tried("Volume +", { command: { status: "completed", delivered: true } });
  assert.deepEqual(sent, { kind: "delivered", words: "Volume +: the board sent it. Look at the TV: only you see whether it reacted." });
  const lost = tried("Volume +", new Problem(504, { code: "outcome_unknown", detail: "no sign" }));
  assert.match(lost.words, /may have been sent.*Look at the TV/);
  const busy = tried("Volume +", new Problem(503, { code: "lane_busy", detail: "the board was busy: nothing was sent" }));
  assert.deepEqual([sent, lost, busy, null].map(mayHaveReached), [true, true, false, false], "only then it is worth looking");
});

test("what is not sure about a learned key is said", () => {
  const learned = { code: "raw:38000:900 -450", decoded: null, alternatives: [], raw: "", toggled: "raw:38000:450 -900", carrier_hz: 38_000, carrier_from: "assumed", sends: 2 };
  const words = heard(learned).join(" ");
  for (const part of [/No protocol was recognised/, /38 kHz, assumed: nobody says it/, /every second press/]) assert.match(words, part);
  const known = heard({ ...learned, code: "nec1:4,2", decoded: "nec1:4,2", alternatives: ["necx1:4,2"], toggled: null, carrier_from: "protocol" });
  assert.deepEqual(known, ["Recognised as nec1:4,2.", "It may as well be necx1:4,2: a receiver does not tell these apart.", "Carrier 38 kHz, as its protocol has it."]);
});

test("the remote has the further keys of a set or a mapping, and none twice", async () => {
  assert.deepEqual(beside(["power", "volume_up", "digit_5", "netflix", "other:TV", "input_hdmi1", "back", "down", "left", "right", "up", "channel"]), ["up", "left", "right", "down", "back", "netflix", "input_hdmi1"]);
  daemon((_, path) => (path.includes("codesets/lg") ? { item: { keys: { netflix: "nec1:4,1", mute: "nec1:4,9" } } } : { item: { ports: [{ index: 2, mapping: { sleep: { button: "Sleep" } } }] } }));
  assert.deepEqual(await moreKeys({ ...AT, driven_by: "codeset", codeset: "lg" }), ["netflix"]);
  assert.deepEqual(await moreKeys({ ...AT, driven_by: "mapping" }), ["sleep"]);
  assert.deepEqual(await moreKeys({ ...AT, driven_by: "actions" }), ["up", "left", "right", "down", "back", "home", "menu", "guide", "info", "exit"], "what its board lacks is told by the answer");
  assert.deepEqual([inputOf("input_hdmi1"), inputOf("input_usb"), inputOf("source")], [{ name: "hdmi1", words: "HDMI 1" }, { name: "usb", words: "USB" }, null]);
  assert.equal(actionName("input_hdmi1"), "Input hdmi1");
  assert.equal(actionName("try_volume_up"), "Tried Volume +");
});

test("sets of the venue come first, and one that comes with the daemon is not offered beside its copy", async () => {
  daemon((_, path) =>
    path.includes("codesets")
      ? { items: [{ id: "lg-tv", item: { id: "lg-tv", make: "LG", kind: "tv", keys: {}, verified: { by: "Ann", when: "2026-11-29" } } }] }
      : { items: [{ starter: "lg-tv", make: "LG", models: [], kind: "tv" }, { starter: "sony-tv", make: "Sony", models: ["KD"], kind: "tv" }, { file: "TVs/Acme.ir", make: null, models: [], kind: null }], next_cursor: null },
  );
  const { offers } = await offered("", "");
  assert.deepEqual(offers.map(({ title }) => title), ["LG", "Sony KD", "TVs/Acme.ir"]);
  assert.match(offers[0].more, /seen to work by Ann/);
  assert.match(offers[1].more, /nobody has said that it works/);
  assert.deepEqual(offers.map((offer) => keyOfOffer(offer, "mute")), [{ codeset: "lg-tv", key: "mute" }, { codeset: "sony-tv", key: "mute" }, { file: "TVs/Acme.ir", key: "mute" }]);
});

/** A daemon with a board on whose port 2 a mapping is. */
const venue = (more = {}) =>
  daemon((method, path, body) => {
    if (path.includes("import")) return { set: { id: "sony-tv" }, changes: body.apply ? [] : [{ item: "codesets/sony-tv" }] };
    if (method === "GET") return { id: "ir-1", revision: 7, item: { hostname: "ir-1", address: "a", ports: [{ index: 3 }, { index: 2, name: "Bar", mapping: { mute: { button: "M" } }, discrete_power: "no" }] }, ...more };
    return { id: body.id };
  });

test("a set is adopted once and drives the TV in place of what drove it", async () => {
  const asked = venue();
  await use(AT, { starter: "sony-tv" });
  assert.deepEqual(asked.map(({ method, path }) => `${method} ${path.split("/").slice(-2).join("/")}`), ["POST infrared/import", "POST infrared/import", "GET devices/ir-1", "PUT devices/ir-1"]);
  const { body, headers } = asked[3];
  assert.deepEqual(body.ports, [{ index: 2, name: "Bar", codeset: "sony-tv" }, { index: 3 }]);
  assert.equal(headers["if-match"], '"7"', "nobody's change is overwritten");
  await use({ ...AT, emitter: "Left" }, { codeset: "sony-tv" });
  assert.deepEqual(asked[5].body.ports[0], { index: 2, name: "Bar", codeset: "sony-tv", emitter: "Left" });
});

test("learned keys are a set that says who saw them work", async () => {
  const asked = venue();
  assert.equal(await keep(AT, { mute: "nec1:4,9" }, { make: "Acme ", model: "T 1000", by: "Ann" }), "acme-t-1000");
  const { body } = asked[0];
  assert.deepEqual([body.id, body.make, body.models, body.keys, body.source.format, body.verified.by], ["acme-t-1000", "Acme", ["T 1000"], { mute: "nec1:4,9" }, "learned", "Ann"]);
  const own = venue({ item: { id: "acme", make: "Acme", keys: { power: "nec1:4,8" } } });
  await keep(AT, { mute: "nec1:4,9" }, { make: "", model: "", into: "acme" });
  assert.deepEqual(own[1].body.keys, { power: "nec1:4,8", mute: "nec1:4,9" });
  assert.equal(setName("LG", "55 UK/7"), "lg-55-uk-7");
  assert.deepEqual(ofFound({ id: "x", from: "file", file: "a.ir", make: "", models: [], kind: "tv" }).file, "a.ir");
});

test("a double tap tries a code once", async () => {
  const asked = daemon(() => ({ command: { status: "completed", delivered: true } }));
  const [one, two] = await Promise.all([tryCode(AT, { code: "nec1:4,2", key: "volume_up" }), tryCode(AT, { code: "nec1:4,2", key: "volume_up" })]);
  assert.equal(asked.length, 1);
  assert.deepEqual(one, two);
  assert.ok(asked[0].headers["idempotency-key"]);
  assert.equal(asked[0].path, "api/v1/ports/ir-1/2/try");
});
