// The daily jobs in a second engine: Firefox, driven by WebDriver BiDi.
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { after, before, test } from "node:test";
import puppeteer from "puppeteer-core";
import { SHOTS, json, until, venue } from "./venue.mjs";

let here;

before(async () => {
  await mkdir(SHOTS, { recursive: true });
  here = await venue();
});

after(async () => {
  await here?.stop();
});

/** Does something with a page of a browser of its own, at a size; no error of the page goes unnoticed. */
async function withPage({ width = 1024, height = 768 }, does) {
  const firefox = await puppeteer.launch({ browser: "firefox", executablePath: process.env.VENUE_FIREFOX || "/usr/bin/firefox-esr", extraPrefsFirefox: { "intl.accept_languages": "en-GB" } });
  try {
    const page = await firefox.newPage();
    const wrong = [];
    page.on("pageerror", (error) => wrong.push(String(error)));
    await page.setViewport({ width, height });
    await page.goto(here.url);
    await does(page).catch(async (failed) => {
      await page.screenshot({ path: `${SHOTS}/firefox-failed.png` });
      throw failed;
    });
    assert.deepEqual(wrong, []);
  } finally {
    await firefox.close();
  }
}

/** The first control that is called so, by its label or by what stands on it, on the screen or not. */
const control = (page, name, within = "body") =>
  until(`the control ${name}`, async () => {
    const called = (all, pattern) => [...document.querySelectorAll(all)].find((one) => new RegExp(pattern).test((one.getAttribute("aria-label") || one.textContent).replace(/\s+/g, " ").trim()));
    const found = await page.evaluateHandle(called, ["button", "a"].map((kind) => `${within} ${kind}`).join(), name);
    return found.asElement();
  }, 30_000);

const tap = async (...which) => (await control(...which)).click();
const said = (page, where, words) => until(`${where} to say ${words}`, () => page.evaluate((all, pattern) => [...document.querySelectorAll(all)].some((one) => new RegExp(pattern).test(one.textContent.replace(/\s+/g, " "))), where, words), 30_000);

for (const [name, width, height] of [["phone", 390, 844], ["tablet", 1024, 768], ["desktop", 1600, 1000]]) {
  test(`firefox, ${name}: a zone is switched with two taps`, async () => {
    await withPage({ width, height }, async (page) => {
      await tap(page, "^Lounge 15 TVs");
      await tap(page, "^Sports One$", ".bar");
      await said(page, ".toast", "15 of 15 delivered");
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true, "nothing is wider than the screen");
      await page.screenshot({ path: `${SHOTS}/firefox-${name}.png` });
    });
  });
}

test("firefox: a TV is found by its name with the keyboard alone, and its remote answers", async () => {
  await withPage({}, async (page) => {
    await control(page, "^Lounge 15 TVs");
    await page.keyboard.press("/");
    await until("the field to have the focus", () => page.evaluate(() => document.activeElement?.id === "search-text"));
    await page.keyboard.type("terrace 4");
    await said(page, ".hit", "Terrace 4");
    await page.keyboard.press("Enter");
    await said(page, ".tile.selected", "Terrace 4");
    await tap(page, "^Remote of Terrace 4$");
    await tap(page, "^Volume \\+$", "dialog");
    await said(page, "dialog .answer", "Volume \\+: delivered");
  });
});

test("firefox: a kiosk shows one zone, and runs a preset there", async () => {
  await json(here.api, "POST", "/api/v1/config/presets", { id: "quiet", name: "Quiet", entries: [{ targets: ["all"], mute: "on" }] });
  await withPage({}, async (page) => {
    await page.goto(`${here.url}kiosk?zone=bar`);
    await tap(page, "^Quiet$", ".presets");
    await tap(page, "^Run for 15 TVs$", "dialog");
    await said(page, ".toast", "15 of 15 delivered");
  });
});
