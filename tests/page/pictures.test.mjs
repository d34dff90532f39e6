// Pictures of the page, to be looked at by people: on a tablet and on a phone, in the dark and in the light. Left in
// target/page. A picture whose page has an error, or is wider than its screen, is none.
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { after, before, test } from "node:test";
import { SHOTS, browser, json, open, tile, until, venue } from "./venue.mjs";

const SIZES = [["tablet", { width: 1024, height: 768 }, "dark"], ["phone", { width: 390, height: 844 }, "light"]];
/** Beside those that every venue of these tests has. */
const LINE_UP = [["Sports Two", "502"], ["Racing", "510"], ["Music Videos", "733"]];
let here;
let chrome;

before(async () => {
  await mkdir(SHOTS, { recursive: true });
  [here, chrome] = await Promise.all([venue(), browser()]);
  const channels = LINE_UP.map(([name, number]) => ({ id: name.toLowerCase().replaceAll(" ", "-"), name, number, favourite: true, enabled: true }));
  const presets = [
    { id: "game-day", name: "Game day", color: "#3aa655", entries: [{ targets: ["all"], channel: "sports-1" }] },
    { id: "quiet", name: "Quiet", color: "#3b6fd6", entries: [{ targets: ["zone=bar"], channel: "news", mute: "on" }] },
    { id: "closing", name: "Closing", color: "#d64545", entries: [{ targets: ["all"], power: "off" }] },
  ];
  await json(here.api, "POST", "/api/v1/config/apply", { document: { channels, presets }, prune: false });
  const batch = (selectors, command, more) => json(here.api, "POST", "/api/v1/batches", { selectors, command, ...more });
  await batch(["zone=bar"], "channel", { channel: "501" });
  await batch(["zone=lounge"], "channel", { channel: "24" });
  await batch(["ir-000001/2", "ir-000001/3"], "power_off");
  await batch(["ir-000001/1", "ir-000001/4", "ir-000001/5"], "power_on");
  await until("all of it to end", async () => (await json(here.api, "GET", "/api/v1/batches")).items.every(({ finished }) => finished), 60_000);
});

after(async () => {
  await chrome?.close();
  await here?.stop();
});

for (const [name, size, colorScheme] of SIZES) {
  test(`pictures on a ${name}`, async () => {
    const page = await open(chrome, here.url, size, { colorScheme });
    const picture = async (what) => {
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${what} is wider than the ${name}`);
      await page.screenshot({ path: `${SHOTS}/picture-${what}-${name}.png` });
    };
    await tile(page, "ir-000001/1").waitFor();
    for (const port of [1, 4, 5]) await tile(page, `ir-000001/${port}`).locator(".face").click();
    await picture("wall");
    await page.getByRole("button", { name: "Later…" }).click();
    await page.getByRole("dialog").getByLabel("Put back at").fill("22:00");
    await page.getByRole("dialog").getByRole("button", { name: "Sports One" }).click();
    await picture("planner");
    await page.getByRole("dialog").getByRole("button", { name: "Close" }).click();
    await page.keyboard.press("/");
    await page.getByLabel("A TV, zone, channel, preset or board").fill("bar");
    await picture("search");
    await page.getByRole("dialog").getByRole("button", { name: "Close" }).click();
    await page.getByRole("group", { name: "Presets" }).getByRole("button", { name: "Quiet" }).click();
    await page.getByRole("button", { name: /^Run for/ }).waitFor();
    await picture("preset");
    await page.keyboard.press("Escape");
    await tile(page, "ir-000001/1").getByRole("button", { name: /^Remote of/ }).click();
    await page.locator(".past li").first().waitFor();
    await picture("remote");
    await page.keyboard.press("Escape");
    await page.goto(`${here.url}#/health`);
    await page.locator(".plot canvas").waitFor();
    await picture("health");
    await page.goto(`${here.url}kiosk?zone=bar`);
    await tile(page, "ir-000001/1").waitFor();
    await picture("kiosk");
    assert.deepEqual(page.wrong, []);
    await page.context().close();
  });
}

test("pictures of a German phone", async () => {
  const page = await open(chrome, here.url, { width: 390, height: 844 }, { locale: "de-DE" });
  await tile(page, "ir-000001/1").waitFor();
  const picture = async (what) => {
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${what} is too wide`);
    await page.screenshot({ path: `${SHOTS}/picture-${what}-german.png` });
  };
  await tile(page, "ir-000001/1").locator(".face").click();
  await picture("wall");
  await page.getByRole("button", { name: "Später …" }).click();
  await page.getByRole("dialog").waitFor();
  await picture("planner");
  // The queue is paused: an alert, and a banner, in the words of the page.
  await json(here.api, "POST", "/api/v1/queue/pause", {});
  try {
    await page.goto(`${here.url}#/health`);
    await page.reload();
    await page.locator(".alerts").getByText("Die Warteschlange ist angehalten: Befehle für Gruppen und Zeitpläne warten").waitFor();
    await picture("health");
  } finally {
    await json(here.api, "POST", "/api/v1/queue/resume", {});
  }
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});
