// All TVs in a table: typed in place, pasted from a spreadsheet; what is wrong is told row by row, and nothing is saved by half.
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { after, before, test } from "node:test";
import { SHOTS, browser, faulty, json, open, serious, until } from "./venue.mjs";

const ONE = "ir-000001";
const TWO = "ir-000002";
let here;
let chrome;

before(async () => {
  await mkdir(SHOTS, { recursive: true });
  [here, chrome] = await Promise.all([faulty({ [ONE]: "current", [TWO]: "current" }), browser()]);
});

after(async () => {
  await chrome?.close();
  await here?.stop();
});

const port = async (hostname, index) => (await json(here.api, "GET", `/api/v1/config/devices/${hostname}`)).item.ports.find((one) => one.index === index);

const cell = (page, key, column) => page.locator(`input[data-key="${key}"][data-column="${column}"]`);

async function table() {
  const page = await open(chrome, `${here.url}#/setup/ports`);
  await page.getByRole("button", { name: "All in a table" }).click();
  await cell(page, `${ONE}/1`, "name").waitFor();
  return page;
}

/** What a spreadsheet puts on the clipboard, pasted into a cell or into the table. */
const paste = (page, key, column, text) =>
  page.evaluate(
    ([selector, copied]) => {
      const data = new DataTransfer();
      data.setData("text/plain", copied);
      document.querySelector(selector).dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
    },
    [key ? `input[data-key="${key}"][data-column="${column}"]` : ".table", text],
  );

test("a name is typed, a column and named rows are pasted, and all of it is saved with one request", async () => {
  const page = await table();
  const applied = [];
  page.on("request", (request) => request.url().endsWith("/config/apply") && applied.push(request.postDataJSON()));
  await cell(page, `${ONE}/1`, "name").fill("Left of the door");
  await paste(page, `${ONE}/1`, "platform", "cable\ncable\n\ncable\n");
  await paste(page, null, null, `hostname\tport\tzone\ttags\n${TWO}\t5\tTerrace\tvip\n`);
  assert.equal(await cell(page, `${TWO}/5`, "zone").inputValue(), "Terrace");
  assert.deepEqual(await serious(page), []);
  await page.screenshot({ path: `${SHOTS}/ports-table-1024x768.png` });
  await page.getByRole("button", { name: "Review 4 changes" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText(`Name: ${ONE} 1 → Left of the door · Platform: none → cable`).waitFor();
  await dialog.getByText("Zone: lounge → terrace · Tags: none → vip").waitFor();
  await dialog.getByText("Made with it: Tags: vip").waitFor();
  await page.screenshot({ path: `${SHOTS}/ports-review-1024x768.png` });
  await dialog.getByRole("button", { name: "Save 4 TVs" }).click();
  await page.locator(".toast", { hasText: "4 TVs saved" }).waitFor();
  assert.equal(applied.length, 1, "all boards in one request");
  assert.deepEqual(await port(ONE, 1), { index: 1, name: "Left of the door", zone: "bar", default_channel: "101", platform: "cable" });
  assert.equal((await port(ONE, 3)).platform, undefined);
  assert.deepEqual(await port(TWO, 5), { index: 5, name: `${TWO} 5`, zone: "terrace", tags: ["vip"], default_channel: "101" });
  await until("the table to show what is saved", async () => (await page.getByRole("button", { name: "Review 0 changes" }).count()) === 1);
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test("every row that is wrong is told in a sentence of its own, and nothing is saved", async () => {
  const page = await table();
  await paste(page, null, null, `hostname,port,name\nir-9,1,A\n${ONE},9,B\n`);
  await page.getByRole("alert").getByText("Nothing was taken over: line 2: no board ir-9 is registered; line 3: port 9: a TV has a port from 1 to 5").waitFor();
  await page.getByRole("button", { name: "All columns" }).click();
  await cell(page, `${ONE}/2`, "profile").fill("none-such");
  await cell(page, `${ONE}/3`, "zone").fill("Not A Label!");
  await cell(page, `${TWO}/1`, "default_channel").fill("five");
  await cell(page, `${TWO}/1`, "zone").fill("Nor That!");
  await cell(page, `${TWO}/2`, "name").fill("This one is right");
  await page.getByRole("button", { name: "Review 4 changes" }).click();
  const dialog = page.getByRole("dialog");
  // Two cells of one row are one row that is wrong.
  await dialog.getByText("3 rows are wrong").waitFor();
  const told = await dialog.locator("ul.problem li").allTextContents();
  assert.equal(told.length, 4, told.join("\n"));
  for (const row of [`${ONE}/2, Timing profile: `, `${ONE}/3, Zone: `, `${TWO}/1, Default channel: `, `${TWO}/1, Zone: `]) assert.ok(told.some((words) => words.startsWith(row)), `${row} in ${told.join("\n")}`);
  assert.equal(await dialog.getByRole("button", { name: "Save 4 TVs" }).isDisabled(), true);
  assert.equal((await port(TWO, 2)).name, `${TWO} 2`);
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test("what somebody else changed meanwhile is not overwritten, and another change of the configuration is in nobody's way", async () => {
  const page = await table();
  await cell(page, `${TWO}/3`, "name").fill("Mine");
  await page.getByRole("button", { name: "Review 1 change" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("All of it is saved, or nothing.").waitFor();
  const put = async (path, body) => assert.ok((await fetch(here.api + path, { method: "PUT", headers: { "content-type": "application/json", "if-match": "*" }, body: JSON.stringify(body) })).ok);
  const { item } = await json(here.api, "GET", `/api/v1/config/devices/${TWO}`);
  await put(`/api/v1/config/devices/${TWO}`, { ...item, ports: item.ports.map((one) => (one.index === 4 ? { ...one, name: "Theirs" } : one)) });
  await until("the table to know", async () => (await cell(page, `${TWO}/4`, "name").inputValue()) === "Theirs");
  // Something else changes between what is read and what is saved.
  let held = false;
  await page.route("**/api/v1/config/devices?**", async (route) => {
    if (held) return route.continue();
    held = true;
    const answer = await route.fetch();
    await put(`/api/v1/config/zones/bar`, { id: "bar", name: "Bar", order: 7 });
    return route.fulfill({ response: answer });
  });
  await dialog.getByRole("button", { name: "Save 1 TV" }).click();
  await page.locator(".toast", { hasText: "1 TV saved" }).waitFor();
  assert.ok(held);
  assert.deepEqual([(await port(TWO, 3)).name, (await port(TWO, 4)).name], ["Mine", "Theirs"]);
  assert.deepEqual(page.wrong, []);
  await page.unrouteAll({ behavior: "wait" });
  await page.context().close();
});

test("what was typed is not lost where somebody looks at something else: it is there again, and is saved then", async () => {
  const page = await table();
  const review = () => page.getByRole("button", { name: "Review 2 changes" });
  await cell(page, `${TWO}/4`, "name").fill("Typed and kept");
  await cell(page, `${TWO}/5`, "name").fill("Kept as well");
  await cell(page, `${ONE}/5`, "name").fill("Taken back");
  await cell(page, `${ONE}/5`, "name").fill(`${ONE} 5`);
  const isThere = async (how) => {
    await review().waitFor();
    assert.equal(await cell(page, `${TWO}/4`, "name").inputValue(), "Typed and kept", how);
    assert.equal(await cell(page, `${TWO}/5`, "name").inputValue(), "Kept as well", how);
  };
  // The list says that there is something, and the table has it.
  await page.getByRole("button", { name: "Back to the list" }).click();
  assert.equal(await page.locator(".table").count(), 0, "the list");
  await review().click();
  await cell(page, `${TWO}/4`, "name").waitFor();
  await isThere("the list");
  const kinds = page.getByRole("navigation", { name: "Kinds" });
  await kinds.getByRole("link", { name: "Zones" }).click();
  await page.getByRole("button", { name: "Add" }).waitFor();
  await kinds.getByRole("link", { name: "TVs" }).click();
  await cell(page, `${TWO}/4`, "name").waitFor();
  await isThere("a tab");
  await page.getByRole("link", { name: "Schedules" }).click();
  await page.getByRole("heading", { name: "Schedules" }).waitFor();
  await page.goBack();
  await cell(page, `${TWO}/4`, "name").waitFor();
  await isThere("another section");
  // The browser asks before it forgets it.
  const asked = new Promise((told) => page.once("dialog", async (dialog) => {
    told(dialog.type());
    await dialog.dismiss();
  }));
  await page.evaluate(() => void setTimeout(() => location.reload()));
  assert.equal(await asked, "beforeunload");
  await isThere("to stay");
  await review().click();
  await page.getByRole("dialog").getByRole("button", { name: "Save 2 TVs" }).click();
  await page.locator(".toast", { hasText: "2 TVs saved" }).waitFor();
  assert.equal((await port(TWO, 4)).name, "Typed and kept");
  // What is saved is not kept any more.
  await page.getByRole("button", { name: "Back to the list" }).click();
  await page.getByRole("button", { name: "All in a table" }).waitFor();
  await page.reload();
  await page.getByRole("button", { name: "All in a table" }).waitFor();
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test("nothing of the table is cut on a tablet or a phone: what does not fit is a tap away", async () => {
  for (const size of [{ width: 1024, height: 768 }, { width: 390, height: 844 }]) {
    const page = await open(chrome, `${here.url}#/setup/ports`, size);
    await page.getByRole("button", { name: "All in a table" }).click();
    await cell(page, `${ONE}/1`, "zone").waitFor();
    const over = (selector) => page.evaluate((one) => document.querySelector(one).scrollWidth - document.querySelector(one).clientWidth, selector);
    await page.screenshot({ path: `${SHOTS}/ports-table-${size.width}.png` });
    assert.ok((await over(".table")) <= 0, `${size.width}: the table is ${await over(".table")} px too wide`);
    assert.ok((await over("html")) <= 0, `${size.width}: the page is too wide`);
    await page.getByRole("button", { name: "All columns" }).click();
    await cell(page, `${ONE}/1`, "volume").waitFor();
    assert.ok((await over("html")) <= 0, `${size.width}: what does not fit is scrolled within the table`);
    assert.deepEqual(page.wrong, []);
    await page.context().close();
  }
});
