// Somebody works on a board: begun and ended on the page, and said wherever its TVs are shown.
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { after, before, test } from "node:test";
import { SHOTS, atNoon, browser, faulty, open, serious, tile, until } from "./venue.mjs";

const BOARD = "ir-000001";
let here;
let chrome;

before(async () => {
  await mkdir(SHOTS, { recursive: true });
  [here, chrome] = await Promise.all([faulty({ [BOARD]: "current" }), browser()]);
  await atNoon(here.api);
});

after(async () => {
  await chrome?.close();
  await here?.stop();
});

const held = async () => (await (await fetch(`${here.api}/api/v1/maintenance`)).json()).items;

test("a manager begins the maintenance of a board until a time, its tiles say so, and it is ended with one tap", async () => {
  const page = await open(chrome, `${here.url}#health`);
  const board = page.locator("li.device", { hasText: BOARD });
  await board.getByRole("button", { name: /^Begin the maintenance of/ }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Until").fill("23:59");
  await dialog.getByLabel("Why").fill("new fuse");
  assert.deepEqual(await serious(page), [], "the dialog");
  await page.screenshot({ path: `${SHOTS}/maintenance-1024x768.png` });
  await dialog.getByRole("button", { name: "Maintenance…" }).click();
  await page.locator(".toast", { hasText: /under maintenance until 23:59: new fuse: no alerts of 1 board/ }).waitFor();
  await board.getByText("under maintenance until 23:59: new fuse").waitFor();
  assert.deepEqual((await held()).map(({ id }) => id), [`device:${BOARD}`]);
  await page.screenshot({ path: `${SHOTS}/maintenance-health-1024x768.png` });

  const wall = await open(chrome, here.url);
  const tv = tile(wall, `${BOARD}/1`);
  await tv.getByText("maintenance", { exact: true }).waitFor();
  await wall.screenshot({ path: `${SHOTS}/maintenance-wall-1024x768.png` });
  await board.getByRole("button", { name: /^End the maintenance of/ }).click();
  await tv.getByText("maintenance", { exact: true }).waitFor({ state: "detached" });
  assert.deepEqual(await held(), []);
});

test("of a zone it is begun for the boards that serve nothing else", async () => {
  const page = await open(chrome, `${here.url}#health`);
  await page.getByRole("button", { name: "Maintenance of a zone…" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Zone").selectOption({ label: "Bar" });
  await dialog.getByRole("button", { name: "Maintenance…" }).click();
  await page.locator(".toast", { hasText: /Bar is under maintenance/ }).waitFor();
  assert.deepEqual((await held()).map(({ id }) => id), ["zone:bar"]);
  await fetch(`${here.api}/api/v1/maintenance/zone:bar`, { method: "DELETE" });
});

test("boards that went away together are one alert that opens their list, and who is back leaves it", async () => {
  const names = ["ir-000011", "ir-000012", "ir-000013"];
  const own = await faulty(Object.fromEntries(names.map((name) => [name, "current"])), "[alerts]\ndevice_offline_after_s = 2\n");
  try {
    const page = await open(chrome, `${own.url}#health`);
    await page.getByText("No alerts.").waitFor();
    for (const name of names) own.boards.fault(name, "refuse", true);
    const alert = page.locator(".alerts > li");
    await alert.getByText("3 boards in 127.0.0.0/24 cannot be reached").waitFor();
    assert.equal(await alert.count(), 1);
    assert.equal(await page.locator("header .badge").textContent(), "1 alerts");
    await alert.getByText("The 3 boards · Bar, Lounge").click();
    assert.deepEqual(await alert.locator("li a").allInnerTexts(), names);
    assert.deepEqual(await serious(page), []);
    await page.screenshot({ path: `${SHOTS}/alert-together-1024x768.png` });
    own.boards.fault(names[0], "none");
    await until("the first to leave the list", async () => (await alert.locator("li a").allInnerTexts()).join() === names.slice(1).join());
    await alert.getByText("2 boards in 127.0.0.0/24 cannot be reached").waitFor();
    for (const name of names.slice(1)) own.boards.fault(name, "none");
    await page.getByText("No alerts.").waitFor();
    assert.deepEqual(page.wrong, []);
    await page.context().close();
  } finally {
    await own.stop();
  }
});
