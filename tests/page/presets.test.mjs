// Presets from the tap to what each TV shows; the line-up of two platforms; who is offered what.
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { after, before, test } from "node:test";
import { SHOTS, browser, faulty, json, open, tile, until } from "./venue.mjs";

const CABLE = "ir-000001";
const SATELLITE = "ir-000002";
const PHONE = { width: 390, height: 844 };
let here;
let chrome;

before(async () => {
  await mkdir(SHOTS, { recursive: true });
  [here, chrome] = await Promise.all([faulty({ [CABLE]: "current", [SATELLITE]: "current" }), browser()]);
  const platforms = { [CABLE]: "cable", [SATELLITE]: "satellite" };
  for (const device of here.boards.devices()) {
    const ports = device.ports.map((port) => ({ ...port, platform: platforms[device.hostname] }));
    await put(`/api/v1/config/devices/${device.hostname}`, { ...device, ports });
  }
  await put("/api/v1/config/channels/sports-1", { id: "sports-1", name: "Sports One", number: "501", platform: "cable", numbers: { satellite: "206" }, favourite: true, enabled: true });
});

after(async () => {
  await chrome?.close();
  await here?.stop();
});

async function put(path, body) {
  const answer = await fetch(here.api + path, { method: "PUT", headers: { "content-type": "application/json", "if-match": "*" }, body: JSON.stringify(body) });
  assert.ok(answer.ok, await answer.text());
}

const shows = (key) => here.boards.shows.get(key) ?? {};
const bar = (board) => [1, 2, 3, 4].map((port) => `${board}/${port}`);
const toast = (page, words) => page.locator(".toast", { hasText: words });
const presets = (page) => page.getByRole("group", { name: "Presets" });
const plan = (page, title) => page.locator("dialog h3", { hasText: title }).locator("+ ul li");
const newest = async () => (await json(here.api, "GET", "/api/v1/batches?limit=1")).items[0];
const ended = async () => until("the newest batch to end", async () => (await newest())?.finished, 60_000);

test("a line-up of two platforms is read from a spreadsheet, after it was shown what changes", async () => {
  const page = await open(chrome, `${here.url}#/setup/channels`);
  const file = (text) => ({ name: "channels.csv", mimeType: "text/csv", buffer: Buffer.from(text) });
  const choose = (text) => page.locator("input[type=file]").setInputFiles(file(text));
  await page.getByText("501 on cable · 206 on satellite").waitFor();
  await choose("name,number,favourite\nSports Two,502,perhaps\n");
  await page.getByText('line 2: favourite "perhaps": give yes or no').waitFor();
  await choose("id;name;number;platform;number:satellite\nsports-2;Sports Two;502;cable;209\ncable-only;Cable Only;530;cable;\nnews;News 24;24;;\n");
  const dialog = page.getByRole("dialog");
  await dialog.getByText("2 new channels, 0 changed, 1 as before").waitFor();
  await dialog.getByRole("button", { name: "Save 2 channels" }).click();
  await toast(page, "Line-up: 2 channels saved").waitFor();
  await page.getByText("502 on cable · 209 on satellite").waitFor();
  const kept = await json(here.api, "GET", "/api/v1/config/channels/news");
  assert.equal(kept.item.favourite, true, "a column that the file does not have changes nothing");
  // And out again, with all that is there.
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "To a spreadsheet (CSV)" }).click()]);
  const text = await download.createReadStream().then(async (stream) => (await stream.toArray()).join(""));
  assert.match(text, /^id,name,number,platform,favourite,enabled,number:satellite\n/);
  assert.match(text, /\nsports-1,Sports One,501,cable,yes,yes,206\n/);
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

/** A picture of one pixel. */
const PIXEL = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64");

test("a channel gets a logo, which is shown where the channel is; what could act is refused", async () => {
  const page = await open(chrome, `${here.url}#/setup/channels`);
  await page.getByRole("button", { name: "Edit Sports One" }).click();
  const dialog = page.getByRole("dialog");
  const choose = (name, buffer) => dialog.locator("input[type=file]").setInputFiles({ name, mimeType: "image/png", buffer });
  await choose("evil.png", Buffer.from("<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"));
  await dialog.getByText("give a picture in PNG, JPEG or WebP").waitFor();
  await choose("large.png", Buffer.concat([PIXEL, Buffer.alloc(65 * 1024)]));
  await dialog.getByText(/large.png has 66 KB: a logo has at most 64/).waitFor();
  await choose("sports.png", PIXEL);
  await dialog.getByText("The logo is saved.").waitFor();
  const isShown = (image) => until("the picture", () => image.evaluate((one) => one.complete && one.naturalWidth === 1));
  await isShown(dialog.locator("img.logo"));
  await json(here.api, "POST", `/api/v1/devices/${CABLE}/command`, { command: "channel", channel: "501", port: 5 });
  await page.goto(here.url);
  await isShown(tile(page, `${CABLE}/5`).locator("img.logo"));
  await tile(page, `${CABLE}/5`).locator(".face").click();
  await page.getByRole("toolbar").getByRole("button", { name: "Channel", exact: true }).click();
  await isShown(page.locator(".channel-choice", { hasText: "Sports One" }).locator("img.logo"));
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test("a channel is found by the number of any platform, and each TV is sent its own", async () => {
  const page = await open(chrome, here.url);
  await page.getByRole("button", { name: /^Bar \d+ TVs/ }).click();
  await page.getByRole("toolbar").getByRole("button", { name: "Channel", exact: true }).click();
  await page.getByLabel("Name or number").fill("206");
  assert.match(await page.locator(".channel-choice").innerText(), /501\s+Sports One.*also 206/s);
  await page.keyboard.press("Enter");
  await toast(page, "Channel Sports One 8 of 8 delivered").waitFor();
  for (const key of bar(CABLE)) await until(key, () => shows(key).channel === "501");
  for (const key of bar(SATELLITE)) await until(key, () => shows(key).channel === "206");
  assert.equal(await page.locator("section[aria-labelledby=zone-bar] .tile", { hasText: "Sports One" }).count(), 8, "it has one name on all of them");
  // What some do not receive is said before, and after it at these TVs alone.
  await page.getByRole("toolbar").getByRole("button", { name: "Channel", exact: true }).click();
  await page.getByLabel("Name or number").fill("cable only");
  await page.getByText("4 TVs of 8 do not receive it").waitFor();
  await page.screenshot({ path: `${SHOTS}/picker-1024x768.png` });
  await page.keyboard.press("Enter");
  await toast(page, "4 TVs left out: it does not receive this channel").waitFor();
  await toast(page, "Channel Cable Only 4 of 4 delivered").waitFor();
  for (const key of bar(SATELLITE)) {
    assert.match(await tile(page, key).locator(".mark.failed").getAttribute("title"), /it does not receive this channel/);
    assert.equal(shows(key).channel, "206", "and it was sent nothing");
  }
  // For one of these alone it is not offered.
  await tile(page, `${SATELLITE}/1`).locator(".more").click();
  await page.getByRole("dialog").getByRole("button", { name: "Channel", exact: true }).click();
  await page.getByLabel("Name or number").fill("cable only");
  await page.getByText("this TV does not receive it").waitFor();
  assert.ok(await page.locator(".channel-choice").isDisabled());
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test("how it is now becomes a preset; what is not known is said and left out", async () => {
  const page = await open(chrome, here.url);
  await page.getByRole("button", { name: /^Bar \d+ TVs/ }).click();
  await presets(page).getByRole("button", { name: "Capture from now" }).click();
  const dialog = page.getByRole("dialog");
  assert.equal(await dialog.getByLabel("Which TVs").locator("option:checked").innerText(), "the 8 selected TVs");
  await dialog.getByLabel("Name").fill("Game day!");
  await dialog.getByLabel("Colour").selectOption("green");
  await dialog.getByRole("button", { name: "Look at it" }).click();
  await dialog.getByText(`${CABLE} 1`).first().waitFor();
  await page.screenshot({ path: `${SHOTS}/capture-1024x768.png` });
  assert.match(await dialog.innerText(), /Not known, and left out[\s\S]*power, input, mute/);
  assert.equal((await json(here.api, "GET", "/api/v1/presets")).items.length, 0, "looking saves nothing");
  await dialog.getByRole("button", { name: "Save with 8 TVs" }).click();
  await presets(page).getByRole("button", { name: "Game day!" }).waitFor();
  const { item } = await json(here.api, "GET", "/api/v1/config/presets/game-day");
  assert.equal(item.color, "#3aa655");
  const channels = new Set(item.entries.map(({ channel }) => channel));
  assert.deepEqual([...channels].sort(), ["cable-only", "sports-1"], "by name, so that it outlives a change of numbers");
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test("a preset runs with two taps, says what it changes before, and is taken back from its toast", async () => {
  await json(here.api, "POST", "/api/v1/batches", { selectors: ["zone=bar"], command: "channel", channel: "24" });
  await ended();
  const page = await open(chrome, here.url, PHONE);
  await until("the news", async () => (await page.locator(".tile", { hasText: "News 24" }).count()) === 8);
  await presets(page).getByRole("button", { name: "Game day!" }).click();
  await page.getByText(/^8 TVs change/).waitFor();
  assert.match(await plan(page, "Changes").first().innerText(), /ir-000001 1\s+Bar\s+News 24 → Cable Only/);
  await page.screenshot({ path: `${SHOTS}/preset-390x844.png` });
  await page.getByRole("button", { name: "Run for 8 TVs" }).click();
  const shown = toast(page, "Preset Game day!");
  await shown.getByText("8 of 8 delivered").waitFor();
  for (const key of bar(CABLE)) await until(key, () => shows(key).channel === "530");
  for (const key of bar(SATELLITE)) await until(key, () => shows(key).channel === "206");
  const { batch_id: id } = await newest();
  // Somebody else has another wish for one of them: that one is left alone, and it is told which.
  await json(here.api, "POST", `/api/v1/devices/${CABLE}/command`, { command: "channel", channel: "060", port: 1 });
  await shown.getByRole("button", { name: "Undo" }).click();
  await toast(page, /^Undo 7 of 7 delivered; 7 of 8 being set back, 1 left alone/).waitFor();
  await until("it to be set back", () => shows(`${SATELLITE}/2`).channel === "24");
  assert.equal(shows(`${CABLE}/1`).channel, "060");
  await page.goto(`${here.url}#/activity/${id}`);
  await page.locator(".batch", { hasText: "Preset Game day!" }).first().waitFor();
  const restored = page.locator(".restored li");
  await until("every TV", async () => (await restored.count()) === 8);
  assert.match(await restored.filter({ hasText: "left alone" }).innerText(), /ir-000001 1.*commanded since/s);
  // Whoever opens it later is told of the same TVs.
  await page.reload();
  await until("every TV", async () => (await restored.count()) === 8);
  assert.match(await restored.filter({ hasText: "left alone" }).innerText(), /ir-000001 1.*somebody commanded it since, or/s);
  // Undo of the undo is the preset again.
  const undo = page.locator(".batch", { hasText: "Undo: Preset Game day!" });
  await undo.getByRole("button", { name: "Undo" }).click();
  await until("the preset again", () => shows(`${SATELLITE}/2`).channel === "206" && shows(`${CABLE}/2`).channel === "530");
  assert.equal(shows(`${CABLE}/1`).channel, "060", "that one is nobody's to change");
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test("a part of a preset is run for one zone, and is told twice only when it is tapped twice", async () => {
  await json(here.api, "POST", "/api/v1/config/presets", { id: "quiet", name: "Quiet", entries: [{ targets: ["all"], channel: "news", mute: "on" }] });
  const page = await open(chrome, here.url);
  const posted = [];
  page.on("request", (request) => request.method() === "POST" && posted.push([new URL(request.url()).pathname, request.postDataJSON().selectors]));
  await presets(page).getByRole("button", { name: "Quiet" }).click();
  await page.getByRole("group", { name: "Which part" }).getByRole("button", { name: "Lounge" }).click();
  await page.getByText(/^2 TVs change/).waitFor();
  await page.getByRole("button", { name: "Run for 2 TVs" }).dblclick({ delay: 10 });
  await toast(page, "4 of 4 commands delivered").waitFor();
  assert.deepEqual(posted, [["/api/v1/presets/quiet/run", ["zone=lounge"]]]);
  for (const board of [CABLE, SATELLITE]) await until(board, () => shows(`${board}/5`).channel === "24");
  assert.notEqual(shows(`${CABLE}/2`).channel, "24", "the bar goes on");
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test("the part of a batch for one zone is taken back, and the rest of it stays", async () => {
  const tune = (channel) => json(here.api, "POST", "/api/v1/batches", { selectors: ["all"], command: "channel", channel });
  await tune("24");
  await ended();
  const { batch_id: id } = await tune("060");
  await ended();
  // What a simulated TV shows is read behind the answer of its board.
  for (const board of [CABLE, SATELLITE]) await until(board, () => [...bar(board), `${board}/5`].every((key) => shows(key).channel === "060"));
  const page = await open(chrome, `${here.url}#/activity/${id}`);
  await page.locator(".batch select").selectOption("lounge");
  await page.getByRole("button", { name: "Undo lounge" }).click();
  for (const board of [CABLE, SATELLITE]) await until(board, () => shows(`${board}/5`).channel === "24");
  for (const key of [...bar(CABLE), ...bar(SATELLITE)]) assert.equal(shows(key).channel, "060", key);
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test("a batch of steps offers no undo anywhere", async () => {
  const page = await open(chrome, here.url);
  await page.getByRole("button", { name: /^Lounge \d+ TVs/ }).click();
  await page.getByRole("toolbar").getByRole("button", { name: "Volume +" }).click();
  await toast(page, "Volume + 2 of 2 delivered").waitFor();
  assert.equal(await toast(page, "Volume +").getByRole("button", { name: "Undo" }).count(), 0);
  assert.ok(await page.getByRole("toolbar").getByRole("button", { name: "Undo" }).isDisabled());
  for (const reload of [false, true]) {
    await page.goto(`${here.url}#/activity`);
    if (reload) await page.reload();
    const batch = page.locator(".batch", { hasText: "Volume +" });
    await batch.waitFor();
    assert.equal(await batch.getByRole("button", { name: "Undo" }).count(), 0);
  }
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

// The last: from its first token on nobody is let in without one.
test("who may run, edit and capture is offered that, and no more", async () => {
  const token = async (name, role, zones, by) => (await json(here.api, "POST", "/api/v1/tokens", { name, role, ...(zones ? { zones } : {}) }, by)).secret;
  const chief = await token("chief", "admin");
  const signedIn = async (secret, size) => {
    const page = await open(chrome, here.url, size);
    await page.getByRole("button", { name: "Use a token" }).click();
    await page.getByLabel("Token").fill(secret);
    await page.getByRole("button", { name: "Sign in" }).click();
    await tile(page, `${CABLE}/1`).waitFor();
    return page;
  };
  const viewer = await signedIn(await token("screen", "viewer", null, chief));
  assert.equal(await presets(viewer).count(), 0);
  await viewer.context().close();

  const tablet = await signedIn(await token("tablet", "operator", ["bar"], chief));
  assert.equal(await tablet.getByRole("button", { name: "Capture from now" }).count(), 0);
  await presets(tablet).getByRole("button", { name: "Quiet" }).click();
  await tablet.getByText(/^8 TVs change/).waitFor();
  assert.equal(await tablet.getByRole("button", { name: "Edit preset" }).count(), 0);
  const lounge = shows(`${CABLE}/5`).channel;
  await tablet.getByRole("button", { name: "Run for 8 TVs" }).click();
  await toast(tablet, "16 of 16 commands delivered").waitFor();
  assert.equal(shows(`${CABLE}/5`).channel, lounge);
  await tablet.context().close();

  const manager = await signedIn(await token("duty", "manager", null, chief), PHONE);
  const links = await manager.getByRole("navigation", { name: "Pages" }).getByRole("link").all();
  assert.equal(links.length, 5);
  for (const link of links) {
    const { x, width } = await link.boundingBox();
    assert.ok(x >= 0 && x + width <= PHONE.width, `${await link.innerText()} is in sight`);
  }
  await manager.screenshot({ path: `${SHOTS}/manager-390x844.png` });
  await presets(manager).getByRole("button", { name: "Quiet" }).click();
  await manager.getByRole("button", { name: "Edit preset" }).click();
  const form = manager.getByRole("dialog");
  await form.getByText("News 24, muted").waitFor();
  await form.getByLabel("Name").fill("Very quiet");
  await form.getByRole("button", { name: "Save" }).click();
  await presets(manager).getByRole("button", { name: "Very quiet" }).click();
  await manager.getByRole("button", { name: "Edit preset" }).click();
  await form.getByRole("button", { name: "Remove all TVs" }).click();
  await form.getByText("It sets nothing.").waitFor();
  await form.getByRole("button", { name: "Remove…" }).click();
  assert.equal((await json(here.api, "GET", "/api/v1/presets", undefined, chief)).items.length, 2, "not before it is confirmed");
  await form.getByRole("button", { name: "Really remove" }).click();
  await until("the button to go", async () => (await presets(manager).getByRole("button", { name: "Very quiet" }).count()) === 0);
  await manager.goto(`${here.url}#/setup`);
  const kinds = manager.getByRole("navigation", { name: "Kinds" }).getByRole("link");
  await kinds.first().waitFor();
  assert.deepEqual(await kinds.allInnerTexts(), ["Channels", "Presets", "People"]);
  await manager.getByRole("button", { name: "Edit News 24" }).click();
  await form.getByLabel("Numbers on other platforms").fill("satellite: 361");
  await form.getByRole("button", { name: "Save" }).click();
  await manager.getByText("24 · 361 on satellite").waitFor();
  await manager.goto(`${here.url}#/schedules`);
  await manager.getByRole("button", { name: "New schedule" }).waitFor();
  for (const page of [manager]) assert.deepEqual(page.wrong, []);
  await manager.context().close();
});
