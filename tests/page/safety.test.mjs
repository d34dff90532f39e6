// What must not happen: a pretence, a control for those who may not, a page that some cannot use.
import assert from "node:assert/strict";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { SHOTS, browser, json, open, serious, tile, until, venue } from "./venue.mjs";

let here;
let chrome;

before(async () => {
  await mkdir(SHOTS, { recursive: true });
  [here, chrome] = await Promise.all([venue(), browser()]);
  await json(here.api, "POST", "/api/v1/config/presets", { id: "evening", name: "Evening", color: "#8a55d1", entries: [{ targets: ["zone=bar", "zone=lounge"], channel: "news" }] });
});

/** Opens what the preset would do. */
async function preview(page) {
  await page.getByRole("group", { name: "Presets" }).getByRole("button", { name: "Evening" }).click();
  await page.getByRole("button", { name: /^Run for/ }).waitFor();
}

after(async () => {
  await chrome?.close();
  await here?.stop();
});

test("a stream that is cut is told, and goes on behind what was seen", async () => {
  const page = await open(chrome, here.url);
  await tile(page, "ir-000001/1").waitFor();
  const opened = [];
  page.on("request", (request) => request.url().endsWith("/events") && opened.push(request.headers()["last-event-id"]));
  await json(here.api, "POST", "/api/v1/devices/ir-000001/command", { command: "channel", channel: "501", port: 1 });
  await tile(page, "ir-000001/1").getByText("Sports One").waitFor();
  here.front.cut();
  await page.getByText("Not live").waitFor();
  assert.equal(await page.locator("main.stale").count(), 1);
  await json(here.api, "POST", "/api/v1/devices/ir-000001/command", { command: "channel", channel: "24", port: 1 });
  assert.equal(await tile(page, "ir-000001/1").getByText("News 24").count(), 0, "nothing is pretended");
  here.front.mend();
  await tile(page, "ir-000001/1").getByText("News 24").waitFor();
  assert.equal(await page.getByText("Not live").count(), 0);
  assert.ok(opened.some((id) => id), "it said what it had seen last");
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test("a network that freezes dims the page within eight seconds, and it goes on when the network does", async () => {
  const page = await open(chrome, here.url);
  await tile(page, "ir-000001/1").waitFor();
  const opened = [];
  page.on("request", (request) => request.url().endsWith("/events") && opened.push(request.headers()["last-event-id"]));
  // It stays live while nothing happens: heartbeats are enough.
  const lost = page.getByText("Not live");
  await page.evaluate(() => {
    window.dimmed = 0;
    new MutationObserver(() => document.querySelector("main.stale") && (window.dimmed += 1)).observe(document.body, { subtree: true, attributes: true, childList: true });
  });
  await until("ten seconds of nothing", () => page.evaluate(() => performance.now() > 10_000 + (window.began ??= performance.now())), 20_000);
  assert.equal(await page.evaluate(() => window.dimmed), 0, "a quiet venue is a live one");
  here.front.freeze();
  const began = Date.now();
  await lost.waitFor({ timeout: 20_000 });
  const took = Date.now() - began;
  console.log(`a network that freezes: told after ${took} ms`);
  assert.ok(took < 8_000, `${took} ms`);
  assert.equal(await page.locator("main.stale").count(), 1);
  await json(here.api, "POST", "/api/v1/devices/ir-000001/command", { command: "channel", channel: "060", port: 1 });
  here.front.thaw();
  await tile(page, "ir-000001/1").getByText("Films").waitFor({ timeout: 20_000 });
  await until("the page to be live", async () => (await lost.count()) === 0, 20_000);
  // It goes on where it was, even if nothing had happened since it was opened.
  assert.ok(opened.length && opened.every((id) => /^[0-9a-f]+-\d+$/.test(id)), opened.join());
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test("a browser that loses its network says so at once", async () => {
  const page = await open(chrome, here.url);
  await tile(page, "ir-000001/1").waitFor();
  await page.context().setOffline(true);
  const began = Date.now();
  await page.locator("main.stale").waitFor();
  assert.ok(Date.now() - began < 1_500);
  await page.context().setOffline(false);
  await until("the page to be live", async () => (await page.locator("main.stale").count()) === 0, 10_000);
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test("a daemon that is killed and started again is read anew", async () => {
  const page = await open(chrome, here.url);
  await tile(page, "ir-000001/1").waitFor();
  await here.kill();
  await page.getByText("Not live").waitFor();
  await here.restart();
  await until("the page to be live", async () => (await page.getByText("Not live").count()) === 0, 30_000);
  await json(here.api, "POST", "/api/v1/batches", { selectors: ["ir-000003/1"], command: "channel", channel: "060" });
  await tile(page, "ir-000003/1").getByText("Films").waitFor();
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});


for (const theme of ["dark", "light"]) {
  test(`nothing serious stands in the way of anybody, ${theme}`, async () => {
    const page = await open(chrome, here.url);
    await tile(page, "ir-000001/1").waitFor();
    if (theme === "light") await page.getByRole("button", { name: "Light or dark" }).click();
    await page.getByRole("button", { name: /^Bar \d+ TVs/ }).click();
    await page.getByRole("toolbar").getByRole("button", { name: "On", exact: true }).click();
    await page.locator(".toast").waitFor();
    const pages = [["wall", ""], ["activity", "#/activity"], ["health", "#/health"], ["schedules", "#/schedules"], ["set-up", "#/setup/channels"]];
    for (const [name, where] of pages) {
      await page.goto(here.url + where);
      await page.locator(name === "wall" ? ".tile" : "h1").first().waitFor();
      assert.deepEqual(await serious(page), [], name);
    }
    await page.goto(here.url);
    await tile(page, "ir-000001/1").getByRole("button", { name: /^Remote of/ }).click();
    await page.getByRole("dialog").waitFor();
    assert.deepEqual(await serious(page), [], "the remote");
    await page.keyboard.press("Escape");
    await preview(page);
    assert.deepEqual(await serious(page), [], "a preset");
    await page.getByRole("button", { name: "Edit preset" }).click();
    await page.getByText("Become").waitFor();
    assert.deepEqual(await serious(page), [], "the preset as it is edited");
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Lock Bar" }).click();
    await page.getByLabel("Until").waitFor();
    assert.deepEqual(await serious(page), [], "a lock");
    await page.context().close();
  });
}

test("fingers find everything: nothing is smaller than 48 px, and nothing leaves the screen", async () => {
  for (const [name, size] of [["phone", { width: 390, height: 844 }], ["tablet", { width: 1024, height: 768 }], ["desk", { width: 1600, height: 1000 }]]) {
    const page = await open(chrome, here.url, size, { hasTouch: name !== "desk" });
    await tile(page, "ir-000001/1").waitFor();
    await page.getByRole("button", { name: /^Lounge \d+ TVs/ }).click();
    const small = () => page.evaluate(() =>
      [...document.querySelectorAll("button, a, select, input:not([type=checkbox])")]
        .filter((one) => one.checkVisibility() && !one.closest(".hidden") && !one.matches(".hidden"))
        .map((one) => [one.getAttribute("aria-label") || one.innerText, one.getBoundingClientRect()])
        .filter(([, box]) => box.width && (box.width < 48 || box.height < 48))
        .map(([what, box]) => `${what}: ${box.width} x ${box.height}`),
    );
    assert.deepEqual(await small(), [], name);
    const [wide, shown] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    assert.ok(wide <= shown, `${name}: ${wide} of ${shown}`);
    await page.screenshot({ path: `${SHOTS}/wall-${name}.png` });
    await preview(page);
    assert.deepEqual(await small(), [], `${name}: a preset`);
    await page.goto(`${here.url}#/setup/channels`);
    await page.getByText("Sports One").waitFor();
    assert.deepEqual(await small(), [], `${name}: the line-up`);
    await page.context().close();
  }
});

test("a keyboard is enough: from the tile to the channel", async () => {
  const page = await open(chrome, here.url);
  await tile(page, "ir-000008/1").locator(".face").focus();
  await page.keyboard.press("Space");
  await page.getByRole("toolbar").getByRole("button", { name: "Channel", exact: true }).focus();
  await page.keyboard.press("Enter");
  await page.getByLabel("Name or number").waitFor();
  await page.keyboard.type("films");
  await page.keyboard.press("Enter");
  await tile(page, "ir-000008/1").getByText("Films").waitFor();
  await page.context().close();
});

test("without the store one TV at a time works, and groups are told that they do not", async () => {
  const page = await open(chrome, here.url);
  await tile(page, "ir-000009/1").waitFor();
  await rename(here.store, `${here.store}.away`);
  await writeFile(here.store, "no database");
  await page.getByText("The store is down").waitFor({ timeout: 30_000 });
  await tile(page, "ir-000009/1").locator(".face").click();
  const send = () => page.getByRole("toolbar").getByRole("button", { name: "On", exact: true }).click();
  await send();
  await page.locator(".toast", { hasText: "On: delivered" }).waitFor();
  await tile(page, "ir-000009/2").locator(".face").click();
  await send();
  await page.locator(".toast.problem", { hasText: /direct-only/ }).waitFor();
  assert.equal(await page.locator(".tile .mark.pending").count(), 0, "nothing is pretended");
  await page.screenshot({ path: `${SHOTS}/store-down.png` });
  await rename(`${here.store}.away`, here.store);
  await until("the store to be back", async () => (await page.getByText("The store is down").count()) === 0, 60_000);
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

// The last: from its first token on nobody is let in without one.
test("who signs in as a viewer sees everything and has no controls", async () => {
  const admin = (await json(here.api, "POST", "/api/v1/tokens", { name: "chief", role: "admin" })).secret;
  const viewer = (await json(here.api, "POST", "/api/v1/tokens", { name: "screen", role: "viewer" }, admin)).secret;
  const page = await open(chrome, here.url);
  await page.getByRole("button", { name: "Use a token" }).click();
  await page.getByLabel("Token").fill("ven_nothing");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("alert").getByText(/token/i).waitFor();
  await page.getByLabel("Token").fill(viewer);
  await page.getByRole("button", { name: "Sign in" }).click();
  await tile(page, "ir-000001/1").waitFor();
  assert.equal(await page.locator(".tile button, .zone-name, .bar").count(), 0);
  assert.equal(await page.getByRole("link", { name: "Set-up" }).count(), 0);
  for (const where of ["#/activity", "#/schedules"]) {
    await page.goto(here.url + where);
    await page.locator("h1").waitFor();
    const controls = page.getByRole("button", { name: /Retry|Undo|Cancel|Run now|Pause|Edit|New/ });
    assert.equal(await controls.count(), 0, where);
  }
  // Whose token is for a zone has controls there, and nowhere else.
  const zones = (await json(here.api, "POST", "/api/v1/tokens", { name: "bar", role: "operator", zones: ["bar"] }, admin)).secret;
  const tablet = await open(chrome, here.url);
  await tablet.getByRole("button", { name: "Use a token" }).click();
  await tablet.getByLabel("Token").fill(zones);
  await tablet.getByRole("button", { name: "Sign in" }).click();
  await tile(tablet, "ir-000001/1").locator("button.face").waitFor();
  assert.equal(await tablet.locator("button.face").count(), 15);
  await tablet.getByRole("button", { name: "Select all 15" }).click();
  await tablet.getByRole("toolbar").getByRole("button", { name: "On", exact: true }).click();
  await tablet.locator(".toast", { hasText: "15 of 15 delivered" }).waitFor();
  // Its own batches it may take back; those of others and what is of the whole venue it is not offered.
  const others = await json(here.api, "POST", "/api/v1/batches", { selectors: ["zone=lounge"], command: "mute" }, admin);
  await json(here.api, "POST", "/api/v1/schedules", { id: "evening", selectors: ["zone=bar"], steps: ["on"], cron: "0 18 * * *", zone: "UTC" }, admin);
  await tablet.goto(`${here.url}#/activity`);
  await tablet.reload();
  const batchOf = (who) => tablet.locator(".batch", { hasText: who });
  await batchOf("bar ·").first().getByRole("button", { name: "Undo" }).waitFor();
  await tablet.locator(".batch").filter({ has: tablet.locator(`a[href="#/activity/${others.batch_id}"]`) }).waitFor();
  assert.equal(await batchOf("chief ·").getByRole("button").count(), 0);
  await json(here.api, "POST", "/api/v1/schedules", { id: "everywhere", selectors: ["all"], steps: ["on"], cron: "0 18 * * *", zone: "UTC" }, admin);
  await tablet.goto(`${here.url}#/schedules`);
  await tablet.locator(".schedule", { hasText: "everywhere" }).waitFor();
  assert.equal(await tablet.getByRole("button", { name: /Pause|Edit|New|Skip/ }).count(), 0);
  // One whose TVs are all in its zone it may run, and no other.
  await tablet.locator(".schedule", { hasText: "evening" }).getByRole("button", { name: "Run now" }).waitFor();
  assert.equal(await tablet.getByRole("button", { name: "Run now" }).count(), 1);
  await tablet.context().close();
  const text = await page.evaluate(() => document.documentElement.outerHTML);
  assert.ok(!text.includes(viewer), "the token is not on the page");
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});
