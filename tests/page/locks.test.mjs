// A zone is locked: who may still switch it, what others see, and what is sent.
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { after, before, test } from "node:test";
import { SHOTS, atNoon, browser, faulty, json, open, tile, until } from "./venue.mjs";

const BOARD = "ir-000001";
let here;
let chrome;
const tokens = {};

before(async () => {
  await mkdir(SHOTS, { recursive: true });
  [here, chrome] = await Promise.all([faulty({ [BOARD]: "current" }), browser()]);
  await atNoon(here.api);
  await json(here.api, "POST", "/api/v1/config/presets", { id: "evening", name: "Evening", entries: [{ targets: ["all"], channel: "24" }] });
  const token = async (name, role) => (await json(here.api, "POST", "/api/v1/tokens", { name, role }, tokens.chief)).secret;
  tokens.chief = await token("chief", "admin");
  tokens.duty = await token("duty", "manager");
  tokens.tablet = await token("tablet", "operator");
});

after(async () => {
  await chrome?.close();
  await here?.stop();
});

async function signedIn(secret) {
  const page = await open(chrome, here.url);
  await page.getByRole("button", { name: "Use a token" }).click();
  await page.getByLabel("Token").fill(secret);
  await page.getByRole("button", { name: "Sign in" }).click();
  await tile(page, `${BOARD}/1`).waitFor();
  return page;
}

test("a zone is locked and unlocked by a manager; an operator sees by whom, and has no controls there", async () => {
  const [manager, tablet] = [await signedIn(tokens.duty), await signedIn(tokens.tablet)];
  await tablet.getByRole("button", { name: /^Bar \d+ TVs/ }).click();
  assert.equal(await tablet.locator(".bar .count").innerText(), "4 TVs");
  assert.equal(await tablet.getByRole("button", { name: /^Lock/ }).count(), 0);
  await manager.getByRole("button", { name: "Lock Bar" }).click();
  const dialog = manager.getByRole("dialog");
  await dialog.getByLabel("Until").fill("23:59");
  await dialog.getByLabel("Why").fill("private party");
  await manager.screenshot({ path: `${SHOTS}/lock-1024x768.png` });
  await dialog.getByRole("button", { name: "Lock", exact: true }).click();
  await manager.locator(".toast", { hasText: /Bar is locked by duty until 23:59: private party, 4 TVs/ }).waitFor();
  // What was selected there is not any more, and there is nothing to tap.
  await until("the controls to go", async () => (await tablet.locator("button.face").count()) === 1);
  assert.equal(await tablet.locator(".bar").count(), 0);
  await tablet.getByText("locked by duty until 23:59: private party").first().waitFor();
  await tablet.getByRole("button", { name: "Select all 1" }).waitFor();
  await tablet.screenshot({ path: `${SHOTS}/locked-1024x768.png` });
  // A preset says so before it is run, and leaves these TVs alone.
  const ran = here.boards.actions(BOARD).length;
  await tablet.getByRole("group", { name: "Presets" }).getByRole("button", { name: "Evening" }).click();
  await tablet.getByText(/^1 TV changes, 4 left alone/).waitFor();
  await tablet.getByRole("button", { name: "Run for 1 TV" }).click();
  await tablet.locator(".toast", { hasText: "Preset Evening 1 of 1 delivered" }).waitFor();
  await tablet.locator(".toast", { hasText: "4 TVs left out: it is locked" }).waitFor();
  assert.equal(here.boards.actions(BOARD).length, ran + 1);
  // A manager goes on to switch it.
  await tile(manager, `${BOARD}/2`).locator(".more").click();
  await dialog.getByText("locked by duty until 23:59: private party").waitFor();
  await dialog.getByRole("button", { name: "On", exact: true }).click();
  await dialog.getByText("On: delivered").waitFor();
  await manager.keyboard.press("Escape");
  await manager.getByRole("button", { name: "Unlock Bar" }).click();
  await dialog.getByRole("button", { name: "Unlock", exact: true }).click();
  await until("the controls to come", async () => (await tablet.locator("button.face").count()) === 5);
  assert.equal(await tablet.locator(".locked").count(), 0);
  for (const page of [manager, tablet]) {
    assert.deepEqual(page.wrong, []);
    await page.context().close();
  }
});

test("whoever had the remote open when the TV was locked is told by whom, and nothing is sent", async () => {
  const tablet = await signedIn(tokens.tablet);
  await tile(tablet, `${BOARD}/3`).locator(".more").click();
  const remote = tablet.getByRole("dialog");
  await remote.waitFor();
  const ran = here.boards.actions(BOARD).length;
  const lock = { method: "PUT", headers: { "content-type": "application/json", authorization: `Bearer ${tokens.duty}` }, body: JSON.stringify({ reason: "closed" }) };
  assert.ok((await fetch(`${here.api}/api/v1/locks/port:${BOARD}:3`, lock)).ok);
  await remote.getByRole("button", { name: "Mute", exact: true }).click();
  await remote.getByText("Mute: nothing was sent: locked by duty: closed").waitFor();
  await json(here.api, "GET", `/${BOARD}/health`, undefined, tokens.tablet);
  assert.equal(here.boards.actions(BOARD).length, ran);
  assert.deepEqual(tablet.wrong, []);
  await tablet.context().close();
});
