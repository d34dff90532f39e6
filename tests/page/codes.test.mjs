// Which remote does a TV have? Found, chosen and learned in front of a TV, on a board with nothing but infrared.
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { after, before, test } from "node:test";
import { SHOTS, browser, faulty, json, open, tile, until } from "./venue.mjs";

const BOARD = "ir-000001";
let here;
let chrome;

before(async () => {
  await mkdir(SHOTS, { recursive: true });
  const kind = ["--infrared", "samsung,lg", "--eye"];
  [here, chrome] = await Promise.all([faulty({ [BOARD]: kind }), browser()]);
});

after(async () => {
  await chrome?.close();
  await here?.stop();
});

const TABLET = { width: 1024, height: 768 };
const PHONE = { width: 390, height: 844 };

const item = (kind, id) => json(here.api, "GET", `/api/v1/config/${kind}/${id}`);
const port = async (index) => (await item("devices", BOARD)).item.ports.find((one) => one.index === index);
const shown = (index) => here.boards.shows.get(`${BOARD}/${index}`);

/** The dialog of one TV, with its question. */
async function asked(size, index) {
  const page = await open(chrome, `${here.url}#/setup/ports`, size);
  await page.getByRole("button", { name: `Edit ${BOARD} ${index}`, exact: true }).click();
  await page.getByText(/^Driven by/).waitFor();
  await page.getByRole("button", { name: "Which remote does this TV have?" }).click();
  return { page, dialog: page.getByRole("dialog", { name: /^Which remote does/ }) };
}

/** Nothing is wider than the screen. */
const fits = async (page, { width }) => assert.ok((await page.evaluate(() => document.querySelector("dialog[open]:last-of-type").scrollWidth)) <= width);

test("a code set is found by trying volume, and the page never says that the TV reacted", async () => {
  const { page, dialog } = await asked(PHONE, 1);
  await dialog.getByRole("button", { name: "By trying volume" }).click();
  await dialog.getByLabel("Kind").selectOption("tv");
  await dialog.getByRole("button", { name: "Begin", exact: true }).click();
  let shot = false;
  for (let tries = 0; ; tries += 1) {
    assert.ok(tries < 60, "it ends");
    const send = dialog.getByRole("button", { name: /^Send / });
    const found = dialog.getByRole("button", { name: "Use Samsung" });
    await until("a step or an end", async () => (await send.count()) || (await found.count()));
    if (await found.count()) break;
    assert.equal(await dialog.getByRole("button", { name: "Yes, it reacted" }).count(), 0, "nothing was sent yet");
    const before = JSON.stringify(shown(1));
    await send.click();
    await dialog.getByText(/the board sent it\. Look at the TV: only you see whether it reacted/).waitFor();
    if (!shot) await page.screenshot({ path: `${SHOTS}/find-390x844.png` });
    shot = true;
    await fits(page, PHONE);
    // What the TV shows comes over another pipe than the answer of the daemon.
    const reacted = await until("the TV", () => JSON.stringify(shown(1)) !== before, 400).catch(() => false);
    await dialog.getByRole("button", { name: reacted ? "Yes, it reacted" : "No, nothing" }).click();
    await until("the next step", async () => (await found.count()) || (await dialog.getByText(/only you see/).count()) === 0);
  }
  assert.notEqual(shown(1)?.power, "off", "power was never sent");
  await page.screenshot({ path: `${SHOTS}/found-390x844.png` });
  await dialog.getByRole("button", { name: "Use Samsung" }).first().click();
  await until("the set drives the TV", async () => (await port(1)).codeset === "samsung-tv");
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test("a set is chosen by its make, and the remote of the TV has its further keys", async () => {
  const { page, dialog } = await asked(TABLET, 2);
  await dialog.getByLabel("Make").fill("lg");
  const use = dialog.getByRole("button", { name: /^Use LG/ });
  await use.waitFor();
  const volume = shown(2)?.volume ?? 10;
  await dialog.getByRole("button", { name: /^Try volume up of LG/ }).click();
  await dialog.getByText(/only you see whether it reacted/).waitFor();
  await until("the TV", () => shown(2)?.volume === volume + 1);
  await page.screenshot({ path: `${SHOTS}/choose-1024x768.png` });
  await use.click();
  await until("the set drives the TV", async () => (await port(2)).codeset === "lg-tv");
  await page.goto(`${here.url}#/`);
  await tile(page, `${BOARD}/2`).locator(".more").click();
  const more = page.getByRole("group", { name: "More keys" });
  await more.getByRole("button", { name: "Menu", exact: true }).click();
  await page.locator(".answer", { hasText: /^Menu: delivered/ }).waitFor();
  await page.screenshot({ path: `${SHOTS}/more-keys-1024x768.png` });
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test("keys are learned from the remote: three presses that agree, a try, and somebody's word", async () => {
  const { page, dialog } = await asked(TABLET, 3);
  await dialog.getByRole("button", { name: "From the remote itself" }).click();
  await dialog.getByLabel("Key").fill("mute");
  await dialog.getByRole("button", { name: "Listen for Mute" }).click();
  await dialog.getByText("0 of 3 presses agree").waitFor();
  const press = () => here.boards.order("press", BOARD, "lg", "mute");
  for (let presses = 1; presses <= 3; presses += 1) {
    press();
    await dialog.getByText(`${presses} of 3 presses agree`).waitFor();
    if (presses === 2) await page.screenshot({ path: `${SHOTS}/learn-1024x768.png` });
  }
  await dialog.getByText("Recognised as nec1:4,9.").waitFor();
  await dialog.getByText(/Carrier 38 kHz, /).waitFor();
  assert.equal(await dialog.getByRole("button", { name: "It reacted: keep the key" }).count(), 0, "it was not tried yet");
  await dialog.getByRole("button", { name: `Send it to ${BOARD}/3` }).click();
  // This board has no third transmitter: nothing is claimed of it, and nothing kept.
  await dialog.locator(".answer.failed").waitFor();
  assert.equal(await dialog.getByRole("button", { name: "It reacted: keep the key" }).count(), 0);
  // By another one, which somebody names.
  const muted = shown(2)?.muted ?? false;
  await dialog.getByLabel("Transmitter").selectOption("IR Port 2");
  await dialog.getByRole("button", { name: "Send it again" }).click();
  await until("the TV", () => shown(2)?.muted === !muted);
  await dialog.getByRole("button", { name: "It reacted: keep the key" }).waitFor();
  await page.setViewportSize(PHONE);
  await fits(page, PHONE);
  await page.screenshot({ path: `${SHOTS}/learned-390x844.png` });
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test("a learned key is kept in the set of its TV once somebody saw the TV react", async () => {
  const { page, dialog } = await asked(PHONE, 2);
  await dialog.getByRole("button", { name: "From the remote itself" }).click();
  await dialog.getByLabel("Key").fill("quiet");
  await dialog.getByRole("button", { name: "Listen for Quiet" }).click();
  for (let presses = 1; presses <= 3; presses += 1) {
    here.boards.order("press", BOARD, "lg", "mute");
    await dialog.getByText(`${presses} of 3 presses agree`).waitFor();
  }
  const muted = shown(2)?.muted ?? false;
  await dialog.getByRole("button", { name: `Send it to ${BOARD}/2` }).click();
  await until("the TV", () => shown(2)?.muted === !muted);
  await dialog.getByRole("button", { name: "It reacted: keep the key" }).click();
  await dialog.getByText("They are added to lg-tv, the code set of 1 TV").waitFor();
  await page.screenshot({ path: `${SHOTS}/keep-390x844.png` });
  await dialog.getByRole("button", { name: "Add them" }).click();
  await until("the key", async () => (await item("codesets", "lg-tv")).item.keys.quiet === "nec1:4,9");
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});
