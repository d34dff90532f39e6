// Somebody is invited, chooses a PIN on one tablet, signs in on another, and out of both; no secret stays in the page.
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { after, before, test } from "node:test";
import { SHOTS, browser, faulty, json, open, tile, until } from "./venue.mjs";

const BOARD = "ir-000001";
const PIN = "273951";
let here;
let chrome;
const tokens = {};

before(async () => {
  await mkdir(SHOTS, { recursive: true });
  [here, chrome] = await Promise.all([faulty({ [BOARD]: "current" }), browser()]);
  tokens.chief = (await json(here.api, "POST", "/api/v1/tokens", { name: "chief", role: "admin" })).secret;
  tokens.duty = (await json(here.api, "POST", "/api/v1/tokens", { name: "duty", role: "manager" }, tokens.chief)).secret;
});

after(async () => {
  await chrome?.close();
  await here?.stop();
});

/** What a script of the page could read. */
const readable = (page) => page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]));

test("a manager invites Anna, who chooses a PIN, signs in elsewhere with it, and out of every browser", async () => {
  const manager = await open(chrome, here.url);
  await manager.getByRole("button", { name: "Use a token" }).click();
  await manager.getByLabel("Token").fill(tokens.duty);
  await manager.getByRole("button", { name: "Sign in" }).click();
  await manager.getByRole("link", { name: "Set-up" }).click();
  await manager.getByRole("link", { name: "People" }).click();
  await manager.getByRole("button", { name: "Add a person" }).click();
  const dialog = manager.getByRole("dialog");
  await dialog.getByLabel("Name").fill("Anna");
  await dialog.getByLabel("Only these zones").fill("bar");
  await dialog.getByRole("button", { name: "Add and invite" }).click();
  await dialog.getByRole("img", { name: /QR code/ }).waitFor();
  await manager.screenshot({ path: `${SHOTS}/people-1024x768.png` });
  const link = await dialog.getByRole("textbox", { name: "Link" }).inputValue();
  assert.ok(link.startsWith(`${here.url}#/join/inv_`), link);

  const tablet = await open(chrome, link);
  await tablet.getByLabel("PIN", { exact: true }).fill("123456");
  await tablet.getByLabel("The same again").fill("123456");
  await tablet.getByRole("button", { name: /sign in/ }).click();
  await tablet.getByRole("alert").getByText(/6 to 12 digits/).waitFor();
  await tablet.getByLabel("PIN", { exact: true }).fill(PIN);
  await tablet.getByLabel("The same again").fill(PIN);
  await tablet.getByRole("button", { name: /sign in/ }).click();
  await tile(tablet, `${BOARD}/1`).waitFor();
  await tablet.getByText("Anna · operator").waitFor();
  // A link that was used opens nothing.
  const late = await open(chrome, link);
  await late.getByLabel("PIN", { exact: true }).fill("846201");
  await late.getByLabel("The same again").fill("846201");
  await late.getByRole("button", { name: /sign in/ }).click();
  await late.getByRole("alert").getByText(/signs nobody in/).waitFor();

  const phone = await open(chrome, here.url, { width: 390, height: 844 });
  await phone.getByLabel("Name").fill("anna");
  await phone.getByLabel("PIN").fill("000001");
  await phone.getByRole("button", { name: "Sign in" }).click();
  await phone.getByRole("alert").getByText(/check the name and the PIN/).waitFor();
  await phone.getByLabel("PIN").fill(PIN);
  await phone.getByRole("button", { name: "Sign in" }).click();
  await tile(phone, `${BOARD}/1`).waitFor();
  await phone.reload();
  await tile(phone, `${BOARD}/1`).waitFor();
  for (const page of [manager, tablet, phone]) {
    const read = await readable(page);
    assert.ok(!/ven_|ses_|inv_/.test(read), read);
  }
  // What she may do is changed where she is signed in.
  await manager.getByRole("dialog").getByRole("button", { name: "Close" }).click();
  await manager.getByRole("button", { name: "Change what Anna may do" }).click();
  await dialog.getByLabel("Role").selectOption("viewer");
  await dialog.getByRole("button", { name: "Save" }).click();
  await manager.locator(".toast", { hasText: "What Anna may do is changed" }).waitFor();
  for (const page of [phone, tablet]) await until("the page to know", () => page.getByText("Anna · viewer").count());
  await tile(tablet, `${BOARD}/1`).waitFor();
  await phone.getByRole("button", { name: "Sign out of every browser" }).click();
  await phone.getByRole("button", { name: "Really everywhere" }).click();
  for (const page of [phone, tablet]) await page.getByLabel("PIN").waitFor();
  await until("the stream of the manager to go on", async () => (await manager.locator(".banner.lost").count()) === 0);
  for (const page of [manager, tablet, phone, late]) assert.deepEqual(page.wrong, []);
});

test("a token that a page of before kept is exchanged for a session and forgotten", async () => {
  const page = await open(chrome, here.url);
  await page.getByLabel("PIN").waitFor();
  await page.evaluate((token) => localStorage.setItem("venue.token", token), tokens.duty);
  await page.reload();
  await page.getByText("duty · manager").waitFor();
  const read = await readable(page);
  assert.ok(!read.includes("ven_"), read);
  await page.getByRole("button", { name: "Sign out", exact: true }).click();
  await page.getByLabel("PIN").waitFor();
  assert.deepEqual(page.wrong, []);
});
