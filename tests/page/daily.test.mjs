// What staff do most, in taps and seconds: each job prints both. A tap is a press of a finger; typing is none.
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { after, before, test } from "node:test";
import { SHOTS, atNoon, browser, json, open, tile, until, venue } from "./venue.mjs";

const CUT = "ir-000002";
let here;
let chrome;

before(async () => {
  await mkdir(SHOTS, { recursive: true });
  [here, chrome] = await Promise.all([venue({ proxied: [CUT] }), browser()]);
  // A preset for the bar, and a TV whose name does not fit in one line.
  const entries = [{ targets: ["zone=bar"], channel: "news" }];
  await json(here.api, "POST", "/api/v1/config/apply", { document: { presets: [{ id: "quiet", name: "Quiet", entries }] }, prune: false });
});

after(async () => {
  await chrome?.close();
  await here?.stop();
});

const zone = (page, name) => page.locator(".zone", { has: page.getByRole("button", { name: new RegExp(`^${name} \\d+ TVs?`) }) });
const bar = (page) => page.getByRole("toolbar");

/** Counts the taps on a page from now on, and prints what a job took. */
async function job(page, what, most, does) {
  await page.evaluate(() => {
    window.taps = 0;
    window.counted ??= addEventListener("pointerdown", () => (window.taps += 1), true) ?? true;
  });
  const began = Date.now();
  await does();
  const taps = await page.evaluate(() => window.taps);
  console.log(`${what}: ${taps} taps, ${((Date.now() - began) / 1000).toFixed(1)} s`);
  assert.ok(taps <= most, `${what}: ${taps} taps, and ${most} are enough`);
}

const delivered = (page, words) => page.locator(".toast", { hasText: words }).waitFor({ timeout: 30_000 });

test("football on a zone, and back: a favourite stands in the bar", async () => {
  const page = await open(chrome, here.url);
  await tile(page, "ir-000001/1").waitFor();
  await job(page, "football on a zone", 3, async () => {
    await page.getByRole("button", { name: /^Lounge \d+ TVs/ }).click();
    await bar(page).getByRole("button", { name: "Sports One" }).click();
    await delivered(page, "15 of 15 delivered");
  });
  await until("all tiles", async () => (await zone(page, "Lounge").locator(".tile", { hasText: "Sports One" }).count()) === 15);
  // What can be done and what happened stand below the TVs, and cover none.
  const [main, toasts, buttons] = await Promise.all([page.locator("main"), page.locator(".toasts"), bar(page)].map((one) => one.boundingBox()));
  assert.ok(main.y + main.height <= toasts.y + 1 && toasts.y + toasts.height <= buttons.y + 1, JSON.stringify([main, toasts, buttons]));
  await page.screenshot({ path: `${SHOTS}/daily-wall.png` });
  await page.getByRole("link", { name: "Health" }).click();
  await page.getByRole("heading", { name: "Health" }).waitFor();
  assert.equal(await page.locator(".toast").count(), 0, "what was done on the wall is told there");
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test("a preset is two taps", async () => {
  const page = await open(chrome, here.url);
  await tile(page, "ir-000001/1").waitFor();
  await job(page, "a preset", 2, async () => {
    await page.getByRole("group", { name: "Presets" }).getByRole("button", { name: "Quiet" }).click();
    await page.getByRole("button", { name: "Run for 15 TVs" }).click();
    await delivered(page, /15 of 15 delivered/);
  });
  await job(page, "put back", 2, async () => {
    await page.locator(".toast").getByRole("button", { name: "Undo" }).click();
    await page.locator(".toast", { hasText: /^Undo/ }).waitFor();
  });
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test("tonight at half past seven and put back at ten is six taps, and stands in the week", async () => {
  await atNoon(here.api);
  const page = await open(chrome, here.url);
  await tile(page, "ir-000001/1").waitFor();
  const dialog = page.getByRole("dialog");
  await job(page, "tonight 19:30 and put back", 6, async () => {
    await page.getByRole("button", { name: /^Lounge \d+ TVs/ }).click();
    await bar(page).getByRole("button", { name: "Later…" }).click();
    // Each field is a tap and typing.
    await dialog.getByLabel("At", { exact: true }).click();
    await dialog.getByLabel("At", { exact: true }).fill("19:30");
    await dialog.getByLabel("Put back at").click();
    await dialog.getByLabel("Put back at").fill("22:00");
    await dialog.getByRole("button", { name: "Sports One" }).click();
    await dialog.getByRole("button", { name: "Plan it" }).click();
    await page.locator(".toast", { hasText: /^Planned: Sports One, .*19:30.*put back .*22:00/ }).waitFor();
  });
  const { items } = await json(here.api, "GET", "/api/v1/agenda");
  const [planned] = items;
  assert.deepEqual([planned.selectors, planned.local.slice(11), planned.put_back.local.slice(11)], [["zone=lounge"], "19:30", "22:00"]);
  await page.goto(`${here.url}#/schedules`);
  const entry = page.locator(".agenda-item", { hasText: "19:30" });
  await entry.getByText(/Lounge · Sports One · until 22:00/).waitFor();
  await page.screenshot({ path: `${SHOTS}/planner.png` });
  await entry.getByRole("button", { name: "Run Sports One now" }).click();
  await dialog.getByRole("button", { name: "Run for 15 TVs" }).waitFor();
  await page.keyboard.press("Escape");
  await entry.getByRole("button", { name: "Skip Sports One" }).click();
  await entry.getByText("skipped").waitFor();
  assert.deepEqual(page.wrong, []);
  await fetch(`${here.api}/api/v1/schedules/${planned.schedule}`, { method: "DELETE", headers: { "if-match": "*" } });
  await page.context().close();
});

test("what a schedule did is put back in two taps, before its time", async () => {
  const page = await open(chrome, here.url);
  await tile(page, "ir-000001/1").waitFor();
  const tuned = await fetch(`${here.api}/api/v1/devices/ir-000003/command`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ port: 1, command: "channel", channel: "501" }) });
  assert.ok(tuned.ok);
  const utc = (ms) => new Date(Date.now() + ms).toISOString().slice(0, 19);
  await json(here.api, "POST", "/api/v1/schedules", { id: "match", name: "The match", selectors: ["ir-000003/1"], steps: ["channel 24"], at: utc(3_000), zone: "UTC", put_back: utc(7_200_000).slice(11, 16) });
  // It is told where somebody stands, with its undo.
  await page.locator(".toast", { hasText: /^The match 1 of 1 delivered/ }).waitFor({ timeout: 30_000 });
  await job(page, "put back now what a schedule did", 2, async () => {
    await page.getByRole("link", { name: "Schedules" }).click();
    await page.getByRole("button", { name: "Put The match back now" }).click();
    await page.locator(".toast", { hasText: /^Undo 1 of 1 delivered/ }).waitFor({ timeout: 30_000 });
  });
  // It is not promised any more.
  await until("the agenda to be without it", async () => (await page.locator(".agenda-item", { hasText: "The match" }).count()) === 0);
  await fetch(`${here.api}/api/v1/schedules/match`, { method: "DELETE", headers: { "if-match": "*" } });
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test("in the week a run is skipped, done after all and moved, and the whole schedule too", async () => {
  await json(here.api, "POST", "/api/v1/schedules", { id: "lunch", name: "Lunch", selectors: ["zone=bar"], steps: ["channel 24"], cron: "0 11 * * *", zone: "UTC" });
  const page = await open(chrome, `${here.url}#/schedules`);
  const dialog = page.getByRole("dialog");
  const runs = page.locator(".agenda-item", { hasText: "Lunch" });
  await until("the week", async () => (await runs.count()) === 7);
  await runs.nth(3).getByRole("button", { name: "Skip Lunch" }).click();
  await runs.nth(3).getByText("skipped").waitFor();
  await page.screenshot({ path: `${SHOTS}/week.png` });
  await runs.nth(3).getByRole("button", { name: "Do Lunch after all" }).click();
  await until("it to be done after all", async () => (await runs.getByText("skipped").count()) === 0);
  await runs.nth(4).getByRole("button", { name: "Other time for Lunch" }).click();
  await dialog.getByLabel("At", { exact: true }).fill("12:15");
  await dialog.getByRole("button", { name: "Only on this day" }).click();
  await dialog.waitFor({ state: "detached" });
  await until("an eighth, of its own", async () => (await runs.count()) === 8 && (await runs.getByText("moved").count()) === 1);
  await runs.nth(0).getByRole("button", { name: "Other time for Lunch" }).click();
  await dialog.getByLabel("At", { exact: true }).fill("13:30");
  await dialog.getByRole("button", { name: "Every time" }).click();
  await dialog.waitFor({ state: "detached" });
  const all = await json(here.api, "GET", "/api/v1/schedules");
  assert.deepEqual(all.items.filter(({ item }) => item.name === "Lunch").map(({ item }) => item.cron ?? item.at.slice(11)), ["30 13 * * *", "12:15"]);
  // Weekdays and a time are picked, and nobody types a pattern.
  await page.locator(".schedule", { hasText: "Lunch" }).first().getByRole("button", { name: "Edit" }).click();
  await dialog.getByRole("button", { name: "Sat", exact: true }).click();
  await dialog.getByRole("button", { name: "Sun", exact: true }).click();
  await page.screenshot({ path: `${SHOTS}/schedule.png` });
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.waitFor({ state: "detached" });
  const { item } = await json(here.api, "GET", "/api/v1/schedules/lunch");
  assert.equal(item.cron, "30 13 * * 1,2,3,4,5");
  for (const { id } of all.items.filter(({ item: { name } }) => name === "Lunch")) await fetch(`${here.api}/api/v1/schedules/${id}`, { method: "DELETE", headers: { "if-match": "*" } });
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test("one TV did not switch: it is seen, and tried anew with one tap", async (t) => {
  const page = await open(chrome, here.url);
  await tile(page, `${CUT}/1`).waitFor();
  here.cables[CUT].cut();
  t.after(() => here.cables[CUT].mend());
  await tile(page, `${CUT}/1`).locator(".mark.offline").waitFor();
  const name = await tile(page, `${CUT}/1`).locator(".name").innerText();
  await job(page, "one TV did not switch", 3, async () => {
    await tile(page, `${CUT}/1`).locator(".face").click();
    await bar(page).getByRole("button", { name: "News 24" }).click();
    await page.locator(".toast", { hasText: "1 failed" }).waitFor({ timeout: 60_000 });
    here.cables[CUT].mend();
    await until("its board", async () => (await tile(page, `${CUT}/1`).locator(".mark.failed").count()) === 1, 30_000);
    await page.locator(".toast").getByRole("button", { name: "Retry 1 TV", exact: true }).click();
    await delivered(page, /^Retry.*1 of 1 delivered/);
  });
  await page.getByRole("button", { name: new RegExp(`^${name} News 24 .*delivered$`) }).waitFor();
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test("very many TVs want a second tap or a finger that stays, and a double tap is one tap", async () => {
  const page = await open(chrome, here.url);
  const posted = [];
  page.on("request", (request) => request.method() === "POST" && posted.push(new URL(request.url()).pathname));
  await page.getByRole("button", { name: "Select all 60" }).click();
  const off = bar(page).getByRole("button", { name: /^(Off|Really Off, 60 TVs\?)$/ });
  await off.dblclick({ delay: 10 });
  await bar(page).locator("button.asked.ready", { hasText: "Really Off, 60 TVs?" }).waitFor();
  assert.deepEqual(posted, [], "the other half of a double tap confirms nothing");
  // Another wish ends the question.
  await bar(page).getByRole("button", { name: "Volume −" }).click();
  await bar(page).locator("button.asked", { hasText: "Really Volume −, 60 TVs?" }).waitFor();
  assert.equal(await bar(page).locator("button.asked").count(), 1);
  // Nor is what was asked for one selection confirmed for another.
  await page.getByRole("button", { name: "Select none" }).click();
  await page.getByRole("button", { name: /^Lounge \d+ TVs/ }).click();
  await page.getByRole("button", { name: /^Bar \d+ TVs/ }).click();
  assert.equal(await bar(page).locator("button.asked").count(), 0);
  await bar(page).getByRole("button", { name: "Volume +" }).click();
  await bar(page).locator("button.asked.ready").click();
  await delivered(page, /^Volume \+ 30 of 30 delivered/);
  await bar(page).getByRole("button", { name: "Volume −" }).click({ delay: 1_500 });
  await delivered(page, /^Volume − 30 of 30 delivered/);
  assert.deepEqual(posted, ["/api/v1/batches", "/api/v1/batches"]);
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test("where some TVs are muted, mute on mutes all and mute off none", async () => {
  // A board that has the two as keys of their own: boards of old have one key for both, and say so.
  const able = async (hostname) => (await fetch(`${here.api}/api/v1/devices/${hostname}/command`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ port: 1, command: "mute_on" }) })).ok;
  let board;
  for (let number = 3; !board && number < 12; number += 1) {
    const hostname = `ir-${String(number).padStart(6, "0")}`;
    if (await able(hostname)) board = hostname;
  }
  const page = await open(chrome, here.url);
  for (const port of [1, 2, 3]) await tile(page, `${board}/${port}`).locator(".face").click();
  const muted = page.locator(".tile.selected", { hasText: "muted" });
  await until("one to be muted", async () => (await muted.count()) === 1);
  for (const [name, many] of [["Mute on", 3], ["Mute off", 0]]) {
    await bar(page).getByRole("button", { name }).click();
    await delivered(page, new RegExp(`^${name} 3 of 3 delivered`));
    await until(`${many} to be muted`, async () => (await muted.count()) === many);
  }
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test("whatever has a name is found from every page, with the key / or a tap", async () => {
  const page = await open(chrome, `${here.url}#/health`);
  await page.getByRole("heading", { name: "Health" }).waitFor();
  await page.keyboard.press("/");
  const search = page.getByRole("dialog", { name: "Search" });
  await until("the field to have the focus", () => page.evaluate(() => document.activeElement?.id === "search-text"));
  await page.keyboard.type("loun 3");
  await search.locator(".hit", { hasText: "Lounge 3" }).first().waitFor();
  await page.screenshot({ path: `${SHOTS}/daily-search.png` });
  await page.keyboard.press("Enter");
  await page.locator(".tile.selected", { hasText: "Lounge 3" }).waitFor();
  assert.equal(await bar(page).locator(".count").innerText(), "1 TV");
  const looked = async (text) => {
    await page.getByRole("button", { name: "Search" }).click();
    await page.getByLabel("A TV, zone, channel, preset or board").fill(text);
  };
  // What was found is selected, all of it.
  await looked("terrace");
  await search.getByRole("button", { name: "Select the 15 TVs found" }).click();
  assert.equal(await bar(page).locator(".count").innerText(), "15 TVs");
  await page.getByRole("button", { name: "Select nothing" }).click();
  // A channel: the TVs that show it.
  await json(here.api, "POST", "/api/v1/devices/ir-000009/command", { port: 1, command: "channel", channel: "060" });
  await tile(page, "ir-000009/1").getByText("Films").waitFor();
  await looked("films");
  await search.locator(".hit", { hasText: "060" }).click();
  await page.locator('.tile.selected[data-key="ir-000009/1"]').waitFor();
  await looked("quiet");
  await search.locator(".hit", { hasText: "Quiet" }).click();
  await page.getByRole("dialog", { name: "Quiet" }).waitFor();
  await page.keyboard.press("Escape");
  await looked("ir-000009");
  await search.locator("h3", { hasText: "Boards" }).waitFor();
  await search.locator("h3:has-text('Boards') + ul .hit").first().click();
  await page.locator(".device.sought", { hasText: "ir-000009" }).waitFor();
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test("zones are jumped to and folded, and a tablet remembers that, and groups of its own", async () => {
  const page = await open(chrome, here.url);
  await page.getByRole("button", { name: "Fold Bar" }).click();
  assert.equal(await zone(page, "Bar").locator(".tile").count(), 0);
  await page.getByRole("button", { name: "Go to Dining" }).click();
  await until("Dining to be seen", () => zone(page, "Dining").locator("h2").evaluate((title) => title.getBoundingClientRect().top < innerHeight && title.getBoundingClientRect().top >= 0));
  const keys = await zone(page, "Dining").locator(".tile").evaluateAll((all) => all.slice(0, 2).map((one) => one.dataset.key));
  for (const key of keys) await tile(page, key).locator(".face").click();
  await bar(page).getByRole("button", { name: "Keep as a group" }).click();
  await page.getByLabel("Name for these 2 TVs").fill("Window");
  await page.getByRole("button", { name: "Save" }).click();
  await page.reload();
  await page.getByRole("group", { name: "My groups" }).getByRole("button", { name: /Window/ }).click();
  assert.equal(await bar(page).locator(".count").innerText(), "2 TVs");
  assert.equal(await zone(page, "Bar").locator(".tile").count(), 0, "still folded");
  // What is looked for is shown wherever it is.
  await page.getByRole("button", { name: "Go to Bar" }).click();
  await until("Bar to be unfolded", async () => (await zone(page, "Bar").locator(".tile").count()) === 15);
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test("the picker brings up no keyboard by itself, takes keys all the same, and finds 060 for 60", async () => {
  const page = await open(chrome, here.url);
  await tile(page, "ir-000007/1").locator(".face").click();
  await bar(page).getByRole("button", { name: "Channel", exact: true }).click();
  const field = page.getByLabel("Name or number");
  assert.equal(await field.evaluate((one) => document.activeElement === one), false);
  await page.keyboard.type("60");
  assert.equal(await field.inputValue(), "60");
  await page.locator(".channel-choice", { hasText: "Films" }).waitFor();
  await page.keyboard.press("Enter");
  await delivered(page, /060 1 of 1 delivered/);
  const { port_statuses: all } = await json(here.api, "GET", "/ir-000007/port-status");
  assert.equal(all.find(({ port }) => port === 1).last_channel, "060");
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test("whoever stands before a TV says what it shows, and nothing is sent", async () => {
  const page = await open(chrome, here.url);
  const posted = [];
  page.on("request", (request) => request.method() === "POST" && posted.push(request.url()));
  await tile(page, "ir-000008/1").getByRole("button", { name: /^Remote of/ }).click();
  const remote = page.getByRole("dialog").first();
  await remote.getByRole("button", { name: "It shows channel…" }).click();
  await page.locator(".channel-choice", { hasText: "News 24" }).click();
  await remote.getByText(/channel 24 News 24/).waitFor();
  await page.screenshot({ path: `${SHOTS}/daily-remote.png` });
  await page.keyboard.press("Escape");
  await tile(page, "ir-000008/1").getByText("News 24").waitFor();
  assert.deepEqual(posted, []);
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test("a kiosk shows one zone and its presets, and nothing else", async () => {
  const page = await open(chrome, `${here.url}kiosk?zone=bar`);
  await page.getByRole("heading", { name: "Bar", level: 1 }).waitFor();
  assert.equal(await page.locator(".tile").count(), 15);
  assert.equal(await page.locator("header, .chips, .fold").count(), 0);
  await page.getByRole("button", { name: "Quiet" }).click();
  await page.getByRole("button", { name: "Run for 15 TVs" }).click();
  await delivered(page, /of 15 delivered/);
  await page.screenshot({ path: `${SHOTS}/daily-kiosk.png` });
  await page.goto(`${here.url}kiosk?zone=cellar`);
  await page.getByText("There is no zone cellar with TVs.").waitFor();
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test("a German tablet speaks German, and whoever chooses English gets it", async () => {
  const page = await open(chrome, here.url, undefined, { locale: "de-DE" });
  await page.getByRole("button", { name: /^Lounge 15 TVs/ }).click();
  await page.getByRole("toolbar", { name: "Für die ausgewählten TVs" }).getByRole("button", { name: "Aus", exact: true }).click();
  await delivered(page, "15 von 15 zugestellt");
  assert.equal(await page.locator("html").getAttribute("lang"), "de");
  await page.screenshot({ path: `${SHOTS}/daily-german.png` });
  await page.getByRole("button", { name: "English" }).click();
  await page.getByRole("button", { name: "Select all 60" }).waitFor();
  await page.reload();
  await page.getByRole("button", { name: "Select all 60" }).waitFor();
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});
