// TVs that show a shared box: what the wall, the picker, the remote, a preset and the set-up say of it, against what
// the boards ran.
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { after, before, test } from "node:test";
import { SHOTS, browser, faulty, json, open, tile, until } from "./venue.mjs";

const BAR = "ir-000001";
const RACK = "ir-000002";
const OLD = "ir-000003";
const BOX = `${RACK}/1`;
const [LEFT, RIGHT, TUNER, PATIO] = [1, 2, 3, 4].map((port) => `${BAR}/${port}`);
const SIZES = { phone: { width: 390, height: 844 }, tablet: { width: 1024, height: 768 } };
let here;
let chrome;

before(async () => {
  await mkdir(SHOTS, { recursive: true });
  [here, chrome] = await Promise.all([faulty({ [BAR]: "current", [RACK]: "current", [OLD]: "legacy" }), browser()]);
  const addressOf = (hostname) => here.boards.addresses.get(hostname);
  const source = { source: "dtv-1" };
  await put("channels/sports-1", { id: "sports-1", name: "Sports One", number: "501", platform: "cable", numbers: { satellite: "206" }, favourite: true, enabled: true });
  const boxes = [1, 2].map((index) => ({ index, name: `Receiver ${index}`, zone: "bar", platform: "satellite" }));
  await put(`devices/${RACK}`, { hostname: RACK, address: addressOf(RACK), ports: boxes });
  await put(`devices/${OLD}`, { hostname: OLD, address: addressOf(OLD), ports: [{ index: 1, name: "Old one", zone: "terrace", discrete_power: "no" }] });
  await json(here.api, "POST", "/api/v1/config/sources", { id: "dtv-1", name: "Box 1", via: "matrix output 3", port: { hostname: RACK, port: 1 } });
  const screens = [
    { index: 1, name: "Left", zone: "bar", ...source },
    { index: 2, name: "Right", zone: "bar", ...source, volume: "source" },
    { index: 3, name: "Tuner", zone: "bar", platform: "cable" },
    { index: 4, name: "Patio", zone: "lounge", ...source },
  ];
  await put(`devices/${BAR}`, { hostname: BAR, address: addressOf(BAR), ports: screens });
});

after(async () => {
  await chrome?.close();
  await here?.stop();
});

async function put(path, body) {
  const answer = await fetch(`${here.api}/api/v1/config/${path}`, { method: "PUT", headers: { "content-type": "application/json", "if-match": "*" }, body: JSON.stringify(body) });
  assert.ok(answer.ok, await answer.text());
}

const assume = (key, state) => json(here.api, "PUT", `/api/v1/ports/${key}/assumed-state`, state);
const tune = (port, channel) => json(here.api, "POST", `/api/v1/devices/${BAR}/command`, { command: "channel", channel, port });
const shows = (key) => here.boards.shows.get(key) ?? {};
const toast = (page, words) => page.locator(".toast", { hasText: words });
const presets = (page) => page.getByRole("group", { name: "Presets" });
const planned = (page, title, name) => page.locator("dialog h3", { hasText: title }).locator("+ ul li").filter({ has: page.locator("b", { hasText: name }) });
const select = async (page, ...keys) => {
  for (const key of keys) await tile(page, key).locator(".face").click();
};
const picker = (page) => page.getByRole("toolbar").getByRole("button", { name: "Channel", exact: true }).click();
const marks = (page, keys, kind) => until(`${kind} on ${keys.join(", ")}`, async () => (await Promise.all(keys.map((key) => tile(page, key).locator(`.mark.${kind}`).count()))).every(Boolean));
const closed = async (page) => {
  assert.deepEqual(page.wrong, []);
  await page.context().close();
};

test("a box is no tile, and the tiles of all its screens move with it", async () => {
  const page = await open(chrome, here.url);
  await tile(page, LEFT).waitFor();
  assert.equal(await tile(page, BOX).count(), 0);
  await page.getByRole("button", { name: /^Bar 4 TVs/ }).waitFor();
  for (const key of [LEFT, RIGHT, PATIO]) assert.match(await tile(page, key).innerText(), /Box 1/);
  assert.equal(await tile(page, TUNER).locator(".of").count(), 0);
  await tune(1, "sports-1");
  await until("the box", () => shows(BOX).channel === "206");
  // By its number on the platform of the box, whatever the TV itself receives.
  for (const key of [LEFT, RIGHT, PATIO]) await tile(page, key).locator(".channel", { hasText: "Sports One" }).waitFor();
  await marks(page, [LEFT, RIGHT, PATIO], "delivered");
  assert.match(await tile(page, PATIO).locator(".mark").getAttribute("title"), /^Box 1: Channel 206: delivered/);
  assert.equal(await tile(page, TUNER).locator(".mark.delivered").count(), 0);
  assert.match(await tile(page, TUNER).locator(".channel").innerText(), /Channel \?/);
  await page.reload();
  for (const key of [LEFT, RIGHT, PATIO]) await tile(page, key).locator(".channel", { hasText: "Sports One" }).waitFor();
  await closed(page);
});

test("who picks a channel is told before and behind which other screens change, and each target counts", async () => {
  const page = await open(chrome, here.url);
  await select(page, LEFT, RIGHT);
  await picker(page);
  const dialog = page.getByRole("dialog");
  await dialog.getByText("also changes: Patio", { exact: true }).waitFor();
  await page.screenshot({ path: `${SHOTS}/sources-picker.png` });
  const [bar, rack] = [BAR, RACK].map((board) => here.boards.actions(board).length);
  await dialog.getByRole("button", { name: /News 24/ }).click();
  await toast(page, "Channel 24 2 of 2 delivered; also changes: Patio").waitFor();
  await until("the box", () => shows(BOX).channel === "24");
  assert.equal(here.boards.actions(BAR).length, bar, "the TVs themselves are sent nothing");
  assert.ok(here.boards.actions(RACK).length > rack);
  await select(page, PATIO, TUNER);
  await picker(page);
  await dialog.getByLabel("Name or number").waitFor();
  assert.equal(await dialog.getByText("also changes").count(), 0, "all of them are meant");
  await dialog.getByRole("button", { name: /Sports One/ }).click();
  const told = toast(page, "Channel Sports One 4 of 4 delivered");
  await told.waitFor();
  assert.doesNotMatch(await told.innerText(), /also changes/);
  await until("both", () => shows(BOX).channel === "206" && shows(TUNER).channel === "501");
  assert.equal(await page.locator(".tile.pending").count(), 0, "nothing is on its way any more");
  // One that shares its command is not lost in the list of what was sent.
  await told.getByRole("link", { name: "Show" }).click();
  await page.locator(".targets li", { hasText: "Box 1 (Left, Right, Patio)" }).getByText("delivered").waitFor();
  await closed(page);
});

test("the remote says what goes to the source, and each answer which other screens changed", async () => {
  const page = await open(chrome, here.url);
  const remoteOf = async (key) => {
    await tile(page, key).getByRole("button", { name: /^Remote of/ }).click();
    return page.getByRole("dialog");
  };
  const press = async (remote, name, words) => {
    await remote.getByRole("button", { name, exact: true }).click();
    await remote.locator(".answer", { hasText: words }).waitFor();
  };
  let remote = await remoteOf(LEFT);
  await remote.getByText("Channels and keys go to Box 1 (matrix output 3); also changes: Right, Patio").waitFor();
  await press(remote, "Digit 1", "Digit 1: delivered; also changes: Right, Patio");
  await press(remote, "Mute", /^Mute: delivered$/);
  await until("the sound of the TV", () => shows(LEFT).muted);
  assert.ok(!shows(BOX).muted);
  await remote.locator(".past li", { hasText: "Digit" }).first().waitFor();
  await page.keyboard.press("Escape");
  remote = await remoteOf(RIGHT);
  await remote.getByText("Channels, keys, volume and mute go to Box 1").waitFor();
  await press(remote, "Mute", "Mute: delivered; also changes: Left, Patio");
  await until("the sound of the box", () => shows(BOX).muted);
  await press(remote, "On", /^On: delivered$/);
  await page.keyboard.press("Escape");
  await select(page, RIGHT);
  await page.getByRole("toolbar").getByText("Volume and mute: also changes: Left, Patio").waitFor();
  await closed(page);
});

test("a preset says before what a shared box cannot show, and sends it its channel once", async () => {
  await json(here.api, "POST", "/api/v1/config/presets", {
    id: "game-day",
    name: "Game day",
    entries: [{ targets: ["zone=bar"], power: "on", channel: "sports-1" }, { targets: [PATIO], power: "on", channel: "news" }],
  });
  await json(here.api, "POST", "/api/v1/config/presets", { id: "bar-only", name: "Bar only", entries: [{ targets: [LEFT, RIGHT], channel: "sports-1" }] });
  await tune(1, "24");
  const page = await open(chrome, here.url, SIZES.phone);
  await tile(page, LEFT).locator(".channel", { hasText: "News 24" }).waitFor();
  await presets(page).getByRole("button", { name: "Bar only" }).click();
  assert.match(await planned(page, "Changes", "Left").innerText(), /News 24 → Sports One; from Box 1; also changes: Patio/);
  assert.match(await planned(page, "Changes", "Right").innerText(), /sent once, with Left/);
  await page.keyboard.press("Escape");
  await presets(page).getByRole("button", { name: "Game day" }).click();
  assert.match(await planned(page, "Left alone", "Patio").innerText(), /dtv-1/);
  await page.screenshot({ path: `${SHOTS}/sources-preset.png` });
  const began = here.boards.actions(RACK).filter(({ action }) => /digit|number|channel/.test(action)).length;
  await page.getByRole("button", { name: /^Run for/ }).click();
  const done = toast(page, /Preset Game day \d+ of \d+ commands delivered/);
  await until("all of it", async () => {
    const [, some, all] = /(\d+) of (\d+) commands delivered/.exec((await done.count()) ? await done.innerText() : "") ?? [];
    return some && some === all;
  });
  await until("the box", () => shows(BOX).channel === "206");
  assert.ok(here.boards.actions(RACK).filter(({ action }) => /digit|number|channel/.test(action)).length > began);
  assert.notEqual(shows(PATIO).power, "on", "all of a target, or nothing");
  await closed(page);
});

test("a preset with nothing to send says so, before and behind", async () => {
  const old = `${OLD}/1`;
  await json(here.api, "POST", "/api/v1/config/presets", { id: "toggle", name: "Old on", entries: [{ targets: [old], power: "on" }] });
  await assume(old, { power: "off" });
  const page = await open(chrome, here.url);
  await presets(page).getByRole("button", { name: "Old on" }).click();
  const run = page.getByRole("button", { name: "Run for 1 TV", exact: true });
  await run.waitFor();
  // Somebody sees meanwhile that it is on.
  await assume(old, { power: "on" });
  const before = here.boards.actions(OLD).length;
  await run.click();
  await toast(page, "Preset Old on: everything is as the preset says already").waitFor();
  assert.equal(await tile(page, old).locator(".mark.pending").count(), 0);
  await presets(page).getByRole("button", { name: "Old on" }).click();
  await page.getByRole("dialog").getByText("everything is as the preset says already").waitFor();
  assert.ok(await page.getByRole("button", { name: "Run for 0 TVs" }).isDisabled());
  assert.equal(here.boards.actions(OLD).length, before, "and its toggle was not pressed");
  await closed(page);
});

test("a source is added, given a TV with its sound, renamed, and removed once no TV shows it", async () => {
  const page = await open(chrome, `${here.url}#/setup/sources`);
  const form = page.getByRole("dialog");
  const save = async () => {
    await form.getByRole("button", { name: "Save" }).click();
    await form.waitFor({ state: "hidden" });
  };
  await page.getByText("dtv-1 · ir-000002/1 · matrix output 3 · shown by Left, Right, Patio").waitFor();
  await page.getByRole("button", { name: "Add" }).click();
  await form.getByLabel("Id").fill("air-1");
  await form.getByLabel("Name", { exact: true }).fill("Aerial");
  assert.equal(await form.getByLabel("Port of its box").locator("option", { hasText: BOX }).count(), 0, "that of another source is not offered");
  await form.getByLabel("Port of its box").selectOption(`${RACK}/2`);
  await save();
  await page.getByText("air-1 · ir-000002/2 · shown by no TV").waitFor();
  await page.goto(`${here.url}#/setup/ports`);
  await page.getByText("the box of air-1").waitFor();
  await page.getByRole("button", { name: "Edit Receiver 2" }).click();
  await form.getByLabel("Platform").waitFor();
  assert.equal(await form.getByLabel("Shows").count(), 0, "a box shows nothing");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Edit Tuner" }).click();
  await form.getByLabel("Shows").selectOption("air-1");
  await form.getByLabel("Volume and mute go to").selectOption("source");
  await save();
  await page.getByText("shows air-1, which has the sound").waitFor();
  const { item } = await json(here.api, "GET", `/api/v1/config/devices/${BAR}`);
  assert.deepEqual([item.ports[2].source, item.ports[2].volume, item.ports[1].volume], ["air-1", "source", "source"]);
  await page.goto(`${here.url}#/setup/sources`);
  await page.getByRole("button", { name: "Edit Aerial" }).click();
  await form.getByLabel("Name", { exact: true }).fill("Roof");
  await save();
  await page.goto(`${here.url}#/`);
  await tile(page, TUNER).locator(".of", { hasText: "Roof" }).waitFor();
  assert.equal(await tile(page, `${RACK}/2`).count(), 0, "a box is on the wall no more");
  await page.goto(`${here.url}#/setup/sources`);
  const remove = async () => {
    await page.getByRole("button", { name: "Edit Roof" }).click();
    await form.getByRole("button", { name: "Remove…" }).click();
    await form.getByRole("button", { name: "Really remove" }).click();
  };
  await remove();
  await form.locator(".problem", { hasText: /ir-000001/ }).first().waitFor();
  await page.keyboard.press("Escape");
  await page.goto(`${here.url}#/setup/ports`);
  await page.getByRole("button", { name: "Edit Tuner" }).click();
  await form.getByLabel("Shows").selectOption("");
  await form.getByLabel("Volume and mute go to").selectOption("");
  await save();
  await page.goto(`${here.url}#/setup/sources`);
  await remove();
  await form.waitFor({ state: "hidden" });
  assert.deepEqual((await json(here.api, "GET", "/api/v1/sources")).items.map(({ id }) => id), ["dtv-1"]);
  await closed(page);
});

test("fingers find everything of a source, on a phone and on a tablet", async () => {
  for (const [name, size] of Object.entries(SIZES)) {
    const page = await open(chrome, here.url, size, { hasTouch: true });
    const small = () => page.evaluate(() =>
      [...document.querySelectorAll("button, a, select, input:not([type=checkbox])")]
        .filter((one) => one.checkVisibility() && !one.closest(".hidden") && !one.matches(".hidden"))
        .map((one) => [one.getAttribute("aria-label") || one.innerText, one.getBoundingClientRect()])
        .filter(([, box]) => box.width && (box.width < 48 || box.height < 48))
        .map(([what, box]) => `${what}: ${box.width} x ${box.height}`),
    );
    const inSight = async (what) => {
      assert.deepEqual(await small(), [], `${name}: ${what}`);
      const [wide, shown] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
      assert.ok(wide <= shown, `${name}, ${what}: ${wide} of ${shown}`);
      await page.screenshot({ path: `${SHOTS}/sources-${what}-${name}.png` });
    };
    await select(page, RIGHT);
    await inSight("wall");
    const [of, line] = await Promise.all([".of", ".line"].map((part) => tile(page, RIGHT).locator(part).boundingBox()));
    assert.ok(of.y + of.height <= line.y + 1, "the name of the source covers nothing");
    await tile(page, RIGHT).getByRole("button", { name: /^Remote of/ }).click();
    await page.getByRole("dialog").getByText(/go to Box 1/).waitFor();
    await inSight("remote");
    await page.goto(`${here.url}#/setup/sources`);
    await page.getByRole("button", { name: "Edit Box 1" }).click();
    await page.getByRole("dialog").getByLabel("Port of its box").waitFor();
    await inSight("set-up");
    await closed(page);
  }
});

// Behind the others: the board of the box stays away.
test("while the board of a box is away its screens say so, and what waits for it is on each of them", async () => {
  const page = await open(chrome, here.url);
  await tile(page, LEFT).waitFor();
  here.boards.fault(RACK, "refuse", true);
  await marks(page, [LEFT, RIGHT, PATIO], "offline");
  assert.equal(await tile(page, TUNER).locator(".mark.offline").count(), 0);
  assert.match(await tile(page, PATIO).locator(".mark").getAttribute("title"), /^Box 1: its board is offline/);
  await select(page, LEFT, RIGHT);
  await picker(page);
  await page.getByRole("dialog").getByRole("button", { name: /News 24/ }).click();
  await toast(page, "Channel 24 0 of 2 delivered").waitFor();
  await marks(page, [LEFT, RIGHT, PATIO], "held");
  assert.match(await tile(page, PATIO).locator(".mark").getAttribute("title"), /^Box 1: Channel 24: its board is offline/);
  // Power is the TV's own.
  await page.getByRole("toolbar").getByRole("button", { name: "Off", exact: true }).click();
  await toast(page, "Off 2 of 2 delivered").waitFor();
  await closed(page);
});

// The last: from its first token on nobody is let in without one.
test("whoever has one zone is told whose screens a channel would change, and sources are an admin's", async () => {
  const token = async (name, role, zones, by) => (await json(here.api, "POST", "/api/v1/tokens", { name, role, ...(zones ? { zones } : {}) }, by)).secret;
  const chief = await token("chief", "admin");
  const signedIn = async (secret) => {
    const page = await open(chrome, here.url);
    await page.getByRole("button", { name: "Use a token" }).click();
    await page.getByLabel("Token").fill(secret);
    await page.getByRole("button", { name: "Sign in" }).click();
    await tile(page, LEFT).waitFor();
    return page;
  };
  const tablet = await signedIn(await token("tablet", "operator", ["bar"], chief));
  await select(tablet, LEFT);
  await picker(tablet);
  await tablet.getByRole("dialog").getByRole("button", { name: /Sports One/ }).click();
  await toast(tablet, /Patio/).getByText("nothing was sent").waitFor();
  await closed(tablet);
  const manager = await signedIn(await token("duty", "manager", null, chief));
  await manager.goto(`${here.url}#/setup`);
  const kinds = manager.getByRole("navigation", { name: "Kinds" }).getByRole("link");
  await kinds.first().waitFor();
  assert.deepEqual(await kinds.allInnerTexts(), ["Channels", "Presets", "People"]);
  await closed(manager);
});
