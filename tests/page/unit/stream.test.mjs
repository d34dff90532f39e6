// The stream of events: read in pieces, resumed after a cut, and given up when it is silent.
import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { PAGE, settled } from "./page.mjs";

const { follow, reader } = await import(`${PAGE}/stream.js`);

const TEXT = 'retry: 1000\nid: 1-1\n\nevent: device.state\nid: 1-2\ndata: {"hostname":"ir-1"}\n\nid: 1-2\n\nevent: reset\ndata: {}\n\n';

/** What a reader makes of a text that comes in pieces of `size`. */
function inPieces(text, size) {
  const told = [];
  const read = reader((name, data) => told.push([name, data]), (id) => told.push(id));
  for (let at = 0; at < text.length; at += size) read(text.slice(at, at + size));
  return told;
}

test("events are read whole, however they are cut", () => {
  const whole = ["1-1", ["device.state", { hostname: "ir-1" }], "1-2", "1-2", ["reset", {}]];
  for (let size = 1; size <= TEXT.length; size += 1) assert.deepEqual(inPieces(TEXT, size), whole, `pieces of ${size}`);
});

test("an event that is not complete is not told", () => {
  assert.deepEqual(inPieces(TEXT.slice(0, -1), 7).at(-1), "1-2");
});

/** A daemon whose streams the test writes; each request is kept with its headers. */
function streams() {
  const opened = [];
  globalThis.fetch = async (path, { headers, signal }) => {
    const stream = { path, headers };
    const body = new ReadableStream({
      start: (controller) => {
        stream.say = (text) => controller.enqueue(new TextEncoder().encode(text));
        stream.end = () => controller.close();
        signal.addEventListener("abort", () => controller.error(new DOMException("cut", "AbortError")));
      },
    });
    opened.push(stream);
    return stream.answer ?? opened.refuse ?? new Response(body);
  };
  return opened;
}

/** Follows for as long as `act` takes, by a clock that the test sets. */
async function following(act) {
  mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"] });
  const opened = streams();
  const told = [];
  const followed = follow({
    live: (resumed) => told.push(resumed ? "resumed" : "live"),
    event: (name) => told.push(name),
    lost: () => told.push("lost"),
    denied: (problem) => told.push(`denied ${problem.status}`),
  });
  try {
    await settled();
    await act({
      opened,
      told,
      pass: async (ms) => {
        mock.timers.tick(ms);
        await settled();
      },
    });
  } finally {
    followed.stop();
    await settled();
    mock.timers.reset();
  }
}

test("a stream that is cut goes on behind what was seen last", () =>
  following(async ({ opened, told, pass }) => {
    assert.equal(opened[0].path, "api/v1/events");
    assert.ok(!("last-event-id" in opened[0].headers));
    assert.deepEqual(told, [], "it is live with its first byte, and not before");
    opened[0].say('id: 1-5\nevent: reset\ndata: {}\n\n');
    await settled();
    opened[0].end();
    await settled();
    assert.deepEqual(told, ["live", "reset", "lost"]);
    await pass(1_000);
    assert.equal(opened[1].headers["last-event-id"], "1-5");
    opened[1].say("id: 1-5\n\n");
    await settled();
    assert.deepEqual(told.slice(3), ["resumed"]);
  }));

test("a stream without a heartbeat is dead", () =>
  following(async ({ opened, told, pass }) => {
    opened[0].say("id: 1-1\n\n");
    await settled();
    await pass(5_000);
    opened[0].say("id: 1-1\n\n");
    await settled();
    await pass(5_000);
    assert.deepEqual(told, ["live"], "it beats");
    await pass(7_000);
    assert.deepEqual(told, ["live", "lost"]);
  }));

test("a browser that lost its network says so at once, and asks at once when it is back", () =>
  following(async ({ opened, told }) => {
    opened[0].say("id: 1-1\n\n");
    await settled();
    window.dispatchEvent(new Event("offline"));
    await settled();
    assert.equal(told[1], "lost");
    const before = opened.length;
    window.dispatchEvent(new Event("online"));
    await settled();
    assert.equal(opened.length, before + 1);
  }));

test("who is not let in is asked to sign in, and not again", () =>
  following(async ({ opened, told, pass }) => {
    opened.refuse = new Response("{}", { status: 401 });
    opened[0].end();
    await settled();
    await pass(1_000);
    assert.equal(told.at(-1), "denied 401");
    const asked = opened.length;
    await pass(60_000);
    assert.equal(opened.length, asked);
  }));

test("a daemon that is away is asked ever more seldom", () =>
  following(async ({ opened, pass }) => {
    opened.refuse = new Response("{}", { status: 503 });
    opened[0].end();
    await settled();
    const at = [];
    for (let ms = 0; ms < 30_000; ms += 100) {
      const before = opened.length;
      await pass(100);
      if (opened.length > before) at.push(ms);
    }
    const pauses = at.slice(1).map((ms, index) => ms - at[index]);
    assert.ok(pauses.length >= 4 && pauses.length <= 12, String(pauses));
    assert.ok(Math.max(...pauses) <= 6_600, String(pauses));
    assert.ok(pauses.at(-1) >= 3_400, String(pauses));
  }));
