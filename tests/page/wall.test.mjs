// What staff do, from the tap to what became of it.
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { after, before, test } from "node:test";
import { SHOTS, browser, json, open, tile, until, venue } from "./venue.mjs";

const CUT = "ir-000002";
let here;
let chrome;

before(async () => {
  await mkdir(SHOTS, { recursive: true });
  [here, chrome] = await Promise.all([venue({ proxied: [CUT] }), browser()]);
});

after(async () => {
  await chrome?.close();
  await here?.stop();
});

const zone = (page, name) => page.locator(".zone", { has: page.getByRole("button", { name: new RegExp(`^${name} \\d+ TVs?`) }) });

async function channel(page, name) {
  await page.getByRole("toolbar").getByRole("button", { name: "Channel", exact: true }).click();
  await page.getByLabel("Name or number").fill(name);
  await page.locator(".channel-choice").first().click();
}

const finished = (page, words) => page.locator(".toast", { hasText: words }).waitFor({ timeout: 30_000 });

test("a zone is selected and switched, and each tile says that it was delivered", async () => {
  const page = await open(chrome, here.url);
  await page.getByRole("button", { name: /^Lounge \d+ TVs/ }).click();
  assert.equal(await page.locator(".bar .count").innerText(), "15 TVs");
  await channel(page, "sports");
  await finished(page, "15 of 15 delivered");
  const tiles = zone(page, "Lounge").locator(".tile");
  await until("all tiles", async () => (await tiles.filter({ hasText: "Sports One" }).count()) === 15);
  assert.equal(await tiles.locator(".mark.delivered").count(), 15);
  // What is read out says the same.
  await page.getByRole("button", { name: /^Lounge 1 Sports One .*Channel 501: delivered$/ }).waitFor();
  assert.deepEqual(page.wrong, []);
  await page.screenshot({ path: `${SHOTS}/wall-1024x768.png` });
  await page.context().close();
});

test("a board dies in the middle: its tiles say so, and its TVs are tried anew when it is back", async (t) => {
  const page = await open(chrome, here.url);
  await tile(page, `${CUT}/1`).waitFor();
  here.cables[CUT].cut();
  t.after(() => here.cables[CUT].mend());
  await tile(page, `${CUT}/1`).locator(".mark.offline").waitFor();
  await page.getByRole("button", { name: /^Bar \d+ TVs/ }).click();
  await channel(page, "24");
  await finished(page, "10 of 15 delivered, 5 offline");
  await tile(page, `${CUT}/3`).locator(".mark.held").waitFor();
  assert.match(await tile(page, `${CUT}/3`).locator(".mark").getAttribute("title"), /its board is offline; tried until about \d\d:\d\d:\d\d, then given up/);
  await page.screenshot({ path: `${SHOTS}/offline.png` });
  // Given up after its attempts, and that is said as well.
  await finished(page, "10 of 15 delivered, 5 failed");
  assert.match(await tile(page, `${CUT}/3`).locator(".mark").getAttribute("title"), /its board is offline; Channel 24: .*nothing was sent/);
  here.cables[CUT].mend();
  await until("the board", async () => (await tile(page, `${CUT}/3`).locator(".mark.failed").count()) === 1, 30_000);
  await page.locator(".toast").getByRole("button", { name: "Retry 5 TVs" }).click();
  await finished(page, "5 of 5 delivered");
  await tile(page, `${CUT}/3`).locator(".mark.delivered").waitFor();
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test("undo restores what was there before", async () => {
  const page = await open(chrome, here.url);
  await page.getByRole("button", { name: /^Terrace \d+ TVs/ }).click();
  await channel(page, "501");
  await finished(page, "15 of 15 delivered");
  await channel(page, "060");
  await until("the new channel", async () => (await zone(page, "Terrace").locator(".tile", { hasText: "Films" }).count()) === 15);
  await page.getByRole("toolbar").getByRole("button", { name: "Undo" }).click();
  await until("the old channel", async () => (await zone(page, "Terrace").locator(".tile", { hasText: "Sports One" }).count()) === 15);
  await page.context().close();
});

test("what failed is tried anew from the list of batches", async (t) => {
  const page = await open(chrome, here.url);
  await tile(page, `${CUT}/1`).waitFor();
  here.cables[CUT].cut();
  t.after(() => here.cables[CUT].mend());
  await tile(page, `${CUT}/1`).locator(".mark.offline").waitFor();
  // Given up within a second, as a command whose life ends while its board is away.
  const targets = [1, 2].map((port) => ({ hostname: CUT, port }));
  const { batch_id } = await json(here.api, "POST", "/api/v1/batches", { targets, command: "channel", channel: "501", max_attempts: 1 });
  await page.goto(`${here.url}#/activity/${batch_id}`);
  await page.getByText("2 failed").first().waitFor({ timeout: 30_000 });
  // Its TVs are read anew a moment after their number was told.
  const why = page.locator(".targets .why", { hasText: /offline, nothing was sent/ });
  await until("both to say why", async () => (await why.count()) === 2);
  here.cables[CUT].mend();
  await page.goto(`${here.url}#/`);
  await until("the board", async () => (await tile(page, `${CUT}/1`).locator(".mark.offline").count()) === 0);
  await page.goto(`${here.url}#/activity/${batch_id}`);
  await page.locator(".batch", { hasText: "2 failed" }).getByRole("button", { name: "Retry 2 TVs" }).click();
  await finished(page, "2 of 2 delivered");
  await page.screenshot({ path: `${SHOTS}/activity.png` });
  // What was tried anew is not offered to be tried anew: what fails of that is another batch.
  const old = page.locator(".batch").filter({ has: page.locator(`a[href="#/activity"]`) });
  await old.getByText("tried anew").waitFor();
  assert.equal(await old.getByRole("button", { name: /^Retry/ }).count(), 0);
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test("the remote sends one key, says what became of it, and takes a correction", async () => {
  const page = await open(chrome, here.url);
  await tile(page, "ir-000007/2").getByRole("button", { name: /^Remote of/ }).click();
  const remote = page.getByRole("dialog");
  await remote.getByRole("button", { name: "On", exact: true }).click();
  await remote.getByText("On: delivered").waitFor();
  await remote.locator(".past li", { hasText: "On" }).first().waitFor();
  await remote.getByRole("button", { name: "It is actually off" }).click();
  await remote.getByText(/assumed off/).waitFor();
  await page.screenshot({ path: `${SHOTS}/remote.png` });
  await page.keyboard.press("Escape");
  await tile(page, "ir-000007/2").locator(".power.off").waitFor();
  const status = await json(here.api, "GET", "/ir-000007/port-status");
  assert.equal(status.port_statuses.find((one) => one.port === 2).last_command, "correction");
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test("a long press opens the remote, and selects nothing", async () => {
  const page = await open(chrome, here.url);
  await tile(page, "ir-000007/4").locator(".face").click({ delay: 700 });
  await page.getByRole("dialog", { name: "Terrace 4" }).waitFor();
  await page.keyboard.press("Escape");
  assert.equal(await page.locator(".tile.selected").count(), 0);
  await page.context().close();
});

test("tags filter, and a schedule is made, run and paused", async () => {
  const page = await open(chrome, here.url);
  await page.getByRole("button", { name: "Sports", exact: true }).click();
  assert.equal(await page.locator(".tile").count(), 24);
  await page.getByRole("link", { name: "Schedules" }).click();
  await page.getByRole("button", { name: "New schedule" }).click();
  const form = page.getByRole("dialog");
  await form.getByLabel("Id", { exact: true }).fill("opening");
  // What there is is picked; whoever sets up the venue may type it, too.
  await form.getByLabel("Which TVs", { exact: true }).selectOption({ label: "Bar" });
  await form.getByRole("button", { name: "Cron" }).click();
  await form.getByLabel("Cron").fill("0 25 * * *");
  await form.getByLabel("Time zone").fill("Australia/Sydney");
  await form.getByLabel("Steps", { exact: true }).selectOption({ label: "News 24" });
  await form.getByRole("button", { name: "without News 24" }).click();
  await form.locator("details", { has: page.getByLabel("Steps, as text") }).locator("summary").click();
  await form.getByLabel("Steps, as text").fill("channel 501");
  await form.getByRole("button", { name: "without Sports One" }).waitFor();
  await form.getByRole("button", { name: "Save" }).click();
  // What is wrong is said where it is wrong.
  await form.locator("#field-cron-hint.problem").waitFor();
  await form.getByLabel("Cron").fill("0 10 * * *");
  await form.getByRole("button", { name: "Save" }).click();
  const one = page.locator(".schedule", { hasText: "opening" });
  await one.getByText(/next .*10:00.*Australia\/Sydney/).waitFor();
  await one.getByRole("button", { name: "Run now" }).click();
  // What it will do is said before it does it.
  await form.getByText(/channel 501 15 TVs/).waitFor();
  await form.getByRole("button", { name: "Run for 15 TVs" }).click();
  await finished(page, "15 of 15 delivered");
  await one.getByRole("button", { name: "Pause" }).click();
  await one.getByText("paused").waitFor();
  await page.screenshot({ path: `${SHOTS}/schedules.png` });
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test("a board, a zone and a channel are set up, and are on the wall", async () => {
  const page = await open(chrome, `${here.url}#/setup/zones`);
  await page.getByRole("button", { name: "Add" }).click();
  const form = page.getByRole("dialog");
  await form.getByLabel("Id").fill("patio");
  await form.getByLabel("Name").fill("Patio");
  await form.getByRole("button", { name: "Save" }).click();
  await page.locator(".items li", { hasText: "Patio" }).waitFor();
  await page.goto(`${here.url}#/setup/devices`);
  await page.getByRole("button", { name: "Add" }).click();
  await form.getByLabel("Hostname").fill("ir-patio");
  await form.getByLabel("Address").fill("192.0.2.77");
  await form.getByRole("button", { name: "Save" }).click();
  await page.locator(".items li", { hasText: "ir-patio" }).waitFor();
  await page.goto(`${here.url}#/setup/ports`);
  await page.getByRole("button", { name: "Edit ir-patio/1" }).click();
  await form.getByLabel("Name", { exact: true }).fill("Patio TV");
  await form.getByLabel("Zone").selectOption("patio");
  await form.getByRole("button", { name: "Save" }).click();
  await page.goto(`${here.url}#/`);
  await zone(page, "Patio").locator(".tile", { hasText: "Patio TV" }).waitFor();
  await page.goto(`${here.url}#/health`);
  await page.locator(".device", { hasText: "ir-patio" }).waitFor();
  await page.locator(".plot canvas").waitFor();
  await page.screenshot({ path: `${SHOTS}/health.png` });
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test("health shows the present, and of a board how fast it switches TVs", async () => {
  const page = await open(chrome, here.url);
  // The log of a board takes three seconds to read, and says nothing of its TVs.
  const took = (port, execution_time_ms) => ({ hostname: "ir-000001", port, status: "completed", execution_time_ms });
  const items = [took(0, 3033), took(2, 21), took(1, 20)];
  await page.route("**/api/v1/history?*", (route) => route.fulfill({ json: { items, next_cursor: null } }));
  await page.addInitScript(() => {
    let real;
    const construct = (Plot, args) => (window.plotted = new Plot(...args));
    Object.defineProperty(window, "uPlot", { get: () => real && new Proxy(real, { construct }), set: (it) => { real = it; } });
  });
  await page.goto(`${here.url}#/health`);
  await page.reload();
  await page.locator(".plot canvas").waitFor();
  // With its first figure, too: uPlot would make a thousand days of one instant.
  const ahead = () => page.evaluate(() => window.plotted?.data[0].length && window.plotted.scales.x.max - Date.now() / 1000);
  const first = await until("the first figure", ahead);
  assert.ok(Math.abs(first) < 60, `the plot ends ${first} s from now`);
  await page.locator(".device", { hasText: "ir-000001" }).locator(".spark", { hasText: /^ *21 ms$/ }).waitFor();
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test("a board that announces itself is adopted, and one that is not the registered one is told", async () => {
  // What a network would tell; bins/venued/tests/it/discovery.rs has the real one.
  const board = { address: "192.0.2.88:6053", mac: "02:5e:4d:00:00:88", esphome_version: "2026.10.2", friendly_name: null, board: null, project_name: null, encrypted: false, registered: null };
  const items = [
    { ...board, hostname: "ir-000001", state: "registered" },
    { ...board, hostname: "ir-000003", state: "other_mac", registered: "02:5e:4d:00:00:03" },
    { ...board, hostname: "ir-attic", friendly_name: "Attic", encrypted: true, state: "new" },
  ];
  const page = await open(chrome, here.url);
  await page.route("**/api/v1/discovered", (route) => route.fulfill({ json: { enabled: true, items } }));
  await page.goto(`${here.url}#/setup/devices`);
  const seen = (name) => page.locator(".items li", { hasText: name });
  await seen("MAC 02:5e:4d:00:00:03").waitFor();
  assert.equal(await seen("MAC 02:5e:4d:00:00:03").getByRole("button").count(), 0);
  await page.screenshot({ path: `${SHOTS}/discovered.png` });
  await seen("Attic").filter({ hasText: "wants its Noise key" }).waitFor();
  await seen("Attic").getByRole("button", { name: "Adopt" }).click();
  const adopted = () => json(here.api, "GET", "/api/v1/config/devices/ir-attic").then((answer) => answer.item, () => null);
  await until("the board is registered", async () => (await adopted())?.mac === board.mac);
  assert.equal((await adopted()).address, board.address);
  // One that needs no key is tried at once, output by output.
  items.push({ ...board, hostname: "ir-cellar", mac: "02:5e:4d:00:00:89", friendly_name: "Cellar", state: "new" });
  await page.reload();
  await seen("Cellar").getByRole("button", { name: "Adopt" }).click();
  const outputs = page.getByRole("region", { name: "ir-cellar" });
  await outputs.getByRole("button", { name: "Test output 5" }).waitFor();
  await outputs.getByRole("button", { name: "Test output 1" }).click();
  await outputs.locator("li", { hasText: "offline" }).waitFor();
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test("an undo that takes back a part says which part, and why the rest was left alone", async () => {
  const page = await open(chrome, here.url);
  await page.getByRole("button", { name: /^Lounge \d+ TVs/ }).click();
  const all = Number((await page.locator(".bar .count").innerText()).split(" ")[0]);
  await channel(page, "24");
  await finished(page, `${all} of ${all} delivered`);
  await channel(page, "501");
  await page.locator(".toast", { hasText: "Channel 501" }).waitFor();
  await until("the second wish", async () => (await zone(page, "Lounge").locator(".tile", { hasText: "Sports One" }).count()) === all);
  await until("all of it to end", async () => (await json(here.api, "GET", "/api/v1/batches?limit=1")).items[0].finished, 30_000);
  const { batch_id: second } = (await json(here.api, "GET", "/api/v1/batches?limit=1")).items[0];
  // Somebody else commands two of them.
  const keys = await zone(page, "Lounge").locator(".tile .mark.delivered").evaluateAll((marks) => marks.slice(0, 2).map((mark) => mark.closest(".tile").dataset.key));
  for (const key of keys) {
    const [hostname, port] = key.split("/");
    await json(here.api, "POST", `/api/v1/devices/${hostname}/command`, { command: "channel", channel: "060", port: Number(port) });
  }
  await page.getByRole("toolbar").getByRole("button", { name: "Undo" }).click();
  const toast = page.locator(".toast", { hasText: /^Undo/ });
  await toast.getByText(new RegExp(`\\d+ of ${all} being set back, .*left alone: .*commanded since`)).waitFor();
  await toast.getByText(/(\d+) of \1 delivered/).waitFor({ timeout: 30_000 });
  // It says so for as long as somebody has not read it.
  assert.ok(!(await toast.getAttribute("class")).includes("good"));
  await page.screenshot({ path: `${SHOTS}/undo.png` });
  // What was taken back is not offered to be taken back again, also where a page is opened later.
  for (const reload of [false, true]) {
    await page.goto(`${here.url}#/activity`);
    if (reload) await page.reload();
    const batch = page.locator(".batch").filter({ has: page.locator(`a[href="#/activity/${second}"]`) });
    await batch.getByText(new RegExp(`\\d+ of ${all} taken back`)).waitFor();
    assert.equal(await batch.getByRole("button", { name: "Undo" }).count(), 0);
  }
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test("a batch whose name has a colon, as those of schedules, is opened, taken back and turned over at", async () => {
  const name = (minute) => `wall_2026-03-01T10:${String(minute).padStart(2, "0")}`;
  for (let minute = 0; minute < 32; minute += 1) {
    await json(here.api, "POST", "/api/v1/batches", { batch_id: name(minute), selectors: ["ir-000004/5"], command: "channel", channel: minute % 2 ? "501" : "24" });
  }
  const page = await open(chrome, `${here.url}#/activity`);
  await page.getByRole("button", { name: "Older" }).waitFor();
  const before = await page.locator(".batch").count();
  await page.getByRole("button", { name: "Older" }).click();
  await until("older batches", async () => (await page.locator(".batch").count()) > before);
  const batch = page.locator(".batch").filter({ has: page.locator(`a[href="#/activity/${encodeURIComponent(name(31))}"]`) });
  await batch.locator("a.head").click();
  const opened = page.locator(".batch").filter({ has: page.locator(".targets") });
  await opened.locator(".targets li").first().waitFor();
  await until("it to end", async () => (await json(here.api, "GET", `/api/v1/batches/${encodeURIComponent(name(31))}`)).finished);
  await opened.getByRole("button", { name: "Undo" }).click();
  await finished(page, /Undo.*1 of 1 delivered/);
  await tile(page, "ir-000004/5").waitFor({ state: "detached" });
  assert.equal(await page.locator(".problem", { hasText: /./ }).count(), 0);
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test("the last commands of a board are read when somebody opens them", async () => {
  await json(here.api, "POST", "/api/v1/devices/ir-000004/command", { port: 5, command: "channel", channel: "24" });
  const page = await open(chrome, `${here.url}#/health`);
  const board = page.locator(".device", { hasText: "ir-000004" });
  assert.equal(await board.locator(".targets li").count(), 0);
  await board.getByText("Last commands").click();
  await board.locator(".targets li", { hasText: "Channel 24" }).first().waitFor();
  assert.equal(await board.locator(".problem", { hasText: /./ }).count(), 0);
  await page.screenshot({ path: `${SHOTS}/last-commands.png` });
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test("a queue that was paused before the page was opened is shown as that, and is an alert", async () => {
  await json(here.api, "POST", "/api/v1/queue/pause", {});
  const page = await open(chrome, here.url);
  await page.locator(".banner", { hasText: "The queue is paused" }).waitFor();
  await page.goto(`${here.url}#/health`);
  await page.getByText("direct commands; paused").waitFor();
  await page.locator(".alerts", { hasText: "the queue is paused" }).waitFor();
  await page.screenshot({ path: `${SHOTS}/paused.png` });
  assert.equal(await page.getByText("venuectl").count(), 0, "nobody is told to type a command");
  await page.getByRole("button", { name: "Resume the queue" }).click();
  await until("the banner to go", async () => (await page.locator(".banner", { hasText: "paused" }).count()) === 0);
  await page.getByText("everything").waitFor();
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test("what fires once is shown and edited by a clock that is named, and an error is said once", async () => {
  const one = (id, more) => json(here.api, "POST", "/api/v1/schedules", { id, selectors: ["ir-000004/5"], steps: ["channel 24"], ...more });
  await json(here.api, "PATCH", "/api/v1/venue", { time_zone: "Australia/Sydney" });
  await one("party", { at: "2031-12-31T23:55", zone: "Pacific/Auckland" });
  await one("instant", { at: "2031-12-31T12:00Z" });
  const page = await open(chrome, `${here.url}#/schedules`, undefined, { timezoneId: "Australia/Sydney" });
  const row = (id) => page.locator(".schedule", { hasText: id });
  await row("party").getByText(/next .*21:55 \(Australia\/Sydney\) = 2031-12-31 23:55 \(Pacific\/Auckland\)/).waitFor();
  await row("instant").getByText(/next .*2031.*23:00 \(Australia\/Sydney\)/).waitFor();
  assert.equal(await page.getByText("undefined").count(), 0);
  await row("party").getByRole("button", { name: "Edit" }).click();
  const form = page.getByRole("dialog");
  assert.equal(await form.getByLabel("Time zone").inputValue(), "Pacific/Auckland");
  assert.equal(await form.getByLabel("Once, at").inputValue(), "2031-12-31T23:55");
  await form.getByLabel("Time zone").fill("Mars");
  await form.getByRole("button", { name: "Save" }).click();
  const wrong = form.locator("#field-zone-hint.problem");
  await wrong.waitFor();
  const said = await form.innerText();
  assert.equal(said.split("Mars").length - 1, 1, said);
  await page.keyboard.press("Escape");
  await row("instant").getByRole("button", { name: "Edit" }).click();
  assert.equal(await form.getByLabel("Time zone").inputValue(), "Australia/Sydney");
  assert.equal(await form.getByLabel("Once, at").inputValue(), "2031-12-31T23:00");
  await form.getByRole("button", { name: "Save" }).click();
  await row("instant").getByText(/next .*23:00 \(Australia\/Sydney\)$/).waitFor();
  const kept = await json(here.api, "GET", "/api/v1/schedules/instant");
  assert.equal(kept.next.at, "2031-12-31T12:00:00Z", "the same instant");
  for (const id of ["party", "instant"]) await fetch(`${here.api}/api/v1/schedules/${id}`, { method: "DELETE" });
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test("retry, undo and run are done once, however often they are tapped", async () => {
  await json(here.api, "POST", "/api/v1/schedules", { id: "twice", selectors: ["ir-000004/4"], steps: ["channel 24"], cron: "0 10 * * *", zone: "UTC" });
  const page = await open(chrome, `${here.url}#/schedules`);
  const posted = [];
  page.on("request", (request) => request.method() === "POST" && posted.push(new URL(request.url()).pathname));
  await page.locator(".schedule", { hasText: "twice" }).getByRole("button", { name: "Run now" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Run for 1 TV" }).dblclick({ delay: 20 });
  await finished(page, "1 of 1 delivered");
  assert.deepEqual(posted, ["/api/v1/schedules/twice/run"]);
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});
