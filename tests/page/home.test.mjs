// On a home screen: what makes the page installable, and what it says without a network.
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { after, before, test } from "node:test";
import { SHOTS, browser, open, tile, until, venue } from "./venue.mjs";

let here;
let chrome;

before(async () => {
  await mkdir(SHOTS, { recursive: true });
  [here, chrome] = await Promise.all([venue(), browser()]);
});

after(async () => {
  await chrome?.close();
  await here?.stop();
});

test("the page can be installed: its manifest names icons that are there", async () => {
  const page = await open(chrome, here.url);
  const manifest = await page.locator('link[rel="manifest"]').evaluate((link) => link.href);
  const { icons, start_url: start, display } = await (await fetch(manifest)).json();
  assert.equal(new URL(start, manifest).href, here.url);
  assert.equal(display, "standalone");
  for (const { src, type } of icons) {
    const icon = await fetch(new URL(src, manifest));
    assert.deepEqual([icon.status, icon.headers.get("content-type")], [200, type], src);
  }
  assert.ok(["192x192", "512x512"].every((size) => icons.some(({ sizes }) => sizes === size)));
  await page.context().close();
});

test("without a network the page is there and says that it is not live, and what the API said is kept by nobody", async (t) => {
  const page = await open(chrome, here.url, undefined, { serviceWorkers: "allow" });
  await tile(page, "ir-000001/1").waitFor();
  await page.evaluate(() => navigator.serviceWorker.ready);
  // What was read before the worker was there is in the shell with the next load.
  await page.reload();
  await tile(page, "ir-000001/1").waitFor();
  await until("the shell to be kept", () => page.evaluate(async () => Boolean(await (await caches.open("shell")).match("assets/wall.js"))));
  const kept = await page.evaluate(async () => (await (await caches.open("shell")).keys()).map(({ url }) => new URL(url).pathname));
  assert.deepEqual(kept.filter((path) => path !== "/" && !path.startsWith("/assets/")), []);
  here.front.cut();
  t.after(() => here.front.mend());
  await page.reload();
  await page.locator(".banner.lost").first().waitFor({ timeout: 30_000 });
  assert.equal(await page.locator(".tile").count(), 0, "no TV of before is shown as if it were now");
  await page.screenshot({ path: `${SHOTS}/home-offline.png` });
  here.front.mend();
  await tile(page, "ir-000001/1").waitFor({ timeout: 30_000 });
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test("light or dark is as the system has it, at once when that changes, unless somebody chose", async () => {
  const page = await open(chrome, here.url);
  const shown = () => page.evaluate(() => document.documentElement.dataset.theme);
  await tile(page, "ir-000001/1").waitFor();
  assert.equal(await shown(), "dark");
  await page.emulateMedia({ colorScheme: "light" });
  await until("light", async () => (await shown()) === "light");
  await page.getByRole("button", { name: "Light or dark" }).click();
  assert.equal(await shown(), "dark");
  await page.reload();
  assert.equal(await shown(), "dark", "what was chosen is remembered");
  await page.context().close();
});

test("a tablet at the wall keeps its screen on, and asks anew when it is seen again", async () => {
  const page = await open(chrome, here.url);
  await page.addInitScript(() => {
    window.held = 0;
    Object.defineProperty(navigator, "wakeLock", { value: { request: async () => ((window.held += 1), { release() {} }) } });
  });
  await page.goto(`${here.url}kiosk?zone=bar`);
  await tile(page, "ir-000001/1").waitFor();
  await until("the screen to be held", () => page.evaluate(() => window.held === 1));
  await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
  await until("it to be held again", () => page.evaluate(() => window.held === 2));
  await page.goto(here.url);
  await tile(page, "ir-000001/1").waitFor();
  assert.equal(await page.evaluate(() => window.held), 0, "elsewhere it goes dark as it does");
  await page.context().close();
});
