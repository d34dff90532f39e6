// What the page asks of the daemon, and what it knows since.
import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { PAGE, daemon, drawn, settled } from "./page.mjs";

const { Problem, address, ask, get, postOnce } = await import(`${PAGE}/api.js`);
const { Store } = await import(`${PAGE}/store.js`);

test("an address has its names and its query, each as it must be written", () => {
  assert.equal(address("/api/v1/status"), "api/v1/status", "below wherever the page is");
  assert.equal(address("/api/v1/batches/{id}", { path: { id: "a/b c" } }), "api/v1/batches/a%2Fb%20c");
  assert.equal(address("/api/v1/ports/{hostname}/{port}/assumed-state", { path: { hostname: "ir-1", port: 2 } }), "api/v1/ports/ir-1/2/assumed-state");
  const query = { limit: 0, cursor: null, hostname: undefined, group: "a&b" };
  assert.equal(address("/api/v1/history", { query }), "api/v1/history?limit=0&group=a%26b");
});

test("a refusal is thrown with what the daemon says of it", async () => {
  daemon(() => [422, { code: "invalid_item", detail: "no such zone", errors: [{ field: "zone", detail: "is not there" }] }]);
  const refused = (problem) => problem instanceof Problem && problem.status === 422 && problem.code === "invalid_item" && problem.words === "no such zone; zone: is not there";
  await assert.rejects(get("/api/v1/status"), refused);
  daemon(() => [502, "<html>Bad Gateway"]);
  await assert.rejects(ask("DELETE", "/api/v1/schedules/{id}", { path: { id: "x" } }), (problem) => problem.code === "" && problem.message === "<html>Bad Gateway");
});

test("a request that was lost is sent once more under the same key, and one that was answered is not", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    let lost = 1;
    const asked = daemon(() => {
      if (lost-- > 0) throw new TypeError("Failed to fetch");
      return { batch_id: "b" };
    });
    const answer = postOnce("/api/v1/batches/{id}/retry", { path: { id: "b" } });
    await settled();
    mock.timers.tick(400);
    assert.deepEqual(await answer, { batch_id: "b" });
    assert.equal(asked.length, 2);
    const [first, second] = asked.map(({ headers }) => headers["idempotency-key"]);
    assert.match(first, /^page-[0-9a-f]{24}$/);
    assert.equal(first, second);
    assert.deepEqual(asked[0].body, {});
    const again = daemon(() => [503, { code: "store_busy", detail: "busy" }]);
    await assert.rejects(postOnce("/api/v1/batches/{id}/undo", { path: { id: "b" } }), Problem);
    assert.equal(again.length, 1);
  } finally {
    mock.timers.reset();
  }
});

const PORTS = [{ hostname: "ir-1", port: 1, tags: [], presence: "online" }, { hostname: "ir-1", port: 2, tags: [], presence: "online", zone: "bar" }];
const items = (...all) => ({ items: all.map((item) => ({ id: item.id, item })) });
const VENUE = {
  "api/v1/whoami": { name: "ann", role: "operator", zones: ["bar"] },
  "api/v1/venue": { name: "The Oak", time_zone: "UTC", is_machine_time_zone: false, now: "2026-11-28T12:00:00Z", local: "2026-11-28T12:00", revision: 1 },
  "api/v1/status": { mode: "normal", queue_paused: true, version: "1" },
  "api/v1/ports": { items: PORTS, store: null },
  "api/v1/devices": { items: [{ hostname: "ir-1", presence: "online" }] },
  "api/v1/config/zones": items({ id: "bar" }),
  "api/v1/config/tags": items(),
  "api/v1/config/channels": items({ id: "news", number: "1" }, { id: "old", number: "2", enabled: false }),
  "api/v1/presets": { items: [{ id: "game-day", name: "Game day", zones: ["bar"], may_run: true }] },
  "api/v1/locks": { items: [{ id: "zone:bar", since: "2026-03-01T10:00:00Z", tvs: 1 }] },
  "api/v1/channels/logos": { channels: ["news"] },
  "api/v1/alerts": { items: [] },
};

test("a snapshot is taken in, and then what happened meanwhile", async () => {
  const store = new Store();
  store.selected = new Set(["ir-1/1", "ir-1/2", "ir-9/9"]);
  let answered;
  const gate = new Promise((done) => (answered = done));
  daemon(async (_, path) => {
    await gate;
    return VENUE[path];
  });
  const loaded = store.load();
  store.queue("command.updated", { hostname: "ir-1", port: 1, command: "mute", command_id: "c", status: "pending" });
  drawn();
  assert.equal(store.ports.size, 0, "nothing is known yet that it could change");
  answered();
  await loaded;
  await settled();
  drawn();
  assert.equal(store.state, "ready");
  assert.equal(store.ports.get("ir-1/1").waiting.command_id, "c");
  assert.equal(store.mode, "paused");
  assert.deepEqual([...store.selected], ["ir-1/2"], "what is gone, or is of others, is not selected");
  assert.deepEqual(store.channels.map(({ id }) => id), ["news"], "what is not offered is not shown");
});

test("who may command some zones only is offered no more", async () => {
  const store = new Store();
  daemon((_, path) => VENUE[path]);
  await store.load();
  assert.deepEqual(store.may, { command: true, plan: false, configure: false });
  assert.deepEqual(store.presets.map(({ id }) => id), ["game-day"]);
  assert.ok(store.mayIn("bar") && !store.mayIn("terrace") && !store.mayIn(null));
  assert.ok(!store.mayBoard("ir-1"), "one of its TVs is elsewhere");
  const own = { batch_id: "b", created_by: "ann", keys: ["ir-1/2"] };
  assert.ok(store.mayTouch(own));
  assert.ok(!store.mayTouch({ ...own, created_by: "bob" }));
  assert.ok(!store.mayTouch({ ...own, keys: ["ir-1/1"] }));
  assert.ok(store.mayTv("ir-1/2") && !store.mayTv("ir-1/1"));
  assert.ok(store.locks.has("zone:bar"));
  store.port("ir-1/2", { locked: { id: "zone:bar" } });
  assert.ok(!store.mayTv("ir-1/2"), "it is left to managers");
  store.me = { role: "manager" };
  assert.ok(store.mayTv("ir-1/2"));
  assert.deepEqual(store.may, { command: true, plan: true, configure: false });
  store.me = { role: "viewer" };
  assert.ok(!store.mayTouch(own) && !store.mayIn("bar") && store.everywhere);
});

test("a token that is not valid any more leads to the sign-in", async () => {
  const store = new Store();
  daemon(() => [401, { code: "unauthenticated", detail: "no" }]);
  await store.load();
  assert.equal(store.state, "sign-in");
});
