// Backups on the page: made, fetched, brought, and put in the place of a database that cannot be used.
import assert from "node:assert/strict";
import { copyFile, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { SHOTS, browser, json, open, serious, venue } from "./venue.mjs";

let here;
let chrome;

before(async () => {
  await mkdir(SHOTS, { recursive: true });
  [here, chrome] = await Promise.all([venue({ boards: 1 }), browser()]);
});

after(async () => {
  await chrome?.close();
  await here?.stop();
});

const kept = async () => (await json(here.api, "GET", "/api/v1/backups")).items;

test("an admin makes a backup, fetches it, and brings a file, of which it is said why it is not kept", async () => {
  const page = await open(chrome, `${here.url}#/setup/backups`);
  await page.getByRole("button", { name: "Make a backup now" }).click();
  await page.getByText("A backup was made and verified.").waitFor();
  const [{ name }] = await kept();
  const [download] = await Promise.all([page.waitForEvent("download"), page.locator("li", { hasText: name }).getByRole("link", { name: "Download" }).click()]);
  assert.equal(download.suggestedFilename(), name);
  const file = join(dirname(here.store), "Oak of May.db");
  await download.saveAs(file);
  assert.match((await readFile(file)).toString("latin1", 0, 16), /^SQLite format 3/);

  const field = page.getByLabel("File of a backup");
  await field.setInputFiles(file);
  await page.getByText("Uploaded, checked and kept.").waitFor();
  await page.locator("li", { hasText: "uploaded-Oak-of-May.db" }).waitFor();
  await field.setInputFiles(file);
  await page.getByRole("alert").filter({ hasText: "already a backup uploaded-Oak-of-May.db" }).waitFor();
  const holiday = join(dirname(here.store), "holiday.db");
  await writeFile(holiday, "no database at all, and longer than a header");
  await field.setInputFiles(holiday);
  await page.getByRole("alert").filter({ hasText: "no database of venued" }).waitFor();
  assert.deepEqual((await kept()).filter(({ place }) => place === "uploaded").map((one) => one.name), ["uploaded-Oak-of-May.db"]);
  assert.deepEqual(await serious(page), []);
  assert.deepEqual(page.wrong, []);
});

test("while the database cannot be used a backup is put in its place, and what that means is said before", async () => {
  const page = await open(chrome, `${here.url}#/setup/backups`);
  await page.getByRole("button", { name: "Make a backup now" }).waitFor();
  assert.equal(await page.getByRole("button", { name: /^Restore/ }).count(), 0, "it works");
  const { name } = (await kept()).find(({ place }) => place === "made");
  // Another file is in the place of the database.
  await copyFile(join(dirname(here.store), "backups", name), `${here.store}.other`);
  await rename(here.store, `${here.store}.away`);
  await rename(`${here.store}.other`, here.store);
  await page.getByRole("button", { name: `Restore ${name}` }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText(/Nothing that waited in the backup is sent/).waitFor();
  assert.deepEqual(await serious(page), [], "the dialog");
  await page.screenshot({ path: `${SHOTS}/backups-restore-1024x768.png` });
  await dialog.getByRole("button", { name: "Restore", exact: true }).click();
  await page.getByText(`${name} is in place`).waitFor();
  await page.getByRole("button", { name: "Make a backup now" }).waitFor();
  assert.equal((await json(here.api, "GET", "/api/v1/status")).mode, "normal");
  assert.deepEqual(page.wrong, []);
});
