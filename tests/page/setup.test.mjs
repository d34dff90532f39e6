// A new venue, from an empty state folder to a TV that is switched: the code, the venue, who signs in, the first board.
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { mkdir, readFile, stat } from "node:fs/promises";
import { after, before, test } from "node:test";
import { SHOTS, browser, fresh, open, serious, tile, until } from "./venue.mjs";

const BOARD = "ir-000001";
const PASSWORD = "long enough";
/** Not the port of mDNS: neither a responder of this machine nor a neighbour takes part. */
const MDNS = 45_000 + (process.pid % 10_000);
let chrome;
const venues = [];

before(async () => {
  await mkdir(SHOTS, { recursive: true });
  chrome = await browser();
});

after(async () => {
  await chrome?.close();
  for (const one of venues) await one.stop();
});

async function newVenue() {
  const here = await fresh({ [BOARD]: "current" }, `[discovery]\nenabled = true\nport = ${MDNS}\n`);
  venues.push(here);
  return here;
}

/** A name of DNS in bytes. */
const dnsName = (name) => Buffer.concat([...name.split(".").map((part) => Buffer.from([part.length, ...Buffer.from(part)])), Buffer.from([0])]);

/** A record of a DNS message. */
function record(name, type, data) {
  const head = Buffer.alloc(10);
  head.writeUInt16BE(type, 0);
  // Of the internet; what is told of one host alone takes the place of what was told before.
  head.writeUInt16BE(type === 12 ? 0x0001 : 0x8001, 2);
  head.writeUInt32BE(120, 4);
  head.writeUInt16BE(data.length, 8);
  return Buffer.concat([dnsName(name), head, data]);
}

/** Tells of a board by mDNS as ESPHome does, again and again until it is ended. */
function announce(name, port) {
  const service = "_esphomelib._tcp.local";
  const own = `${name}.${service}`;
  const head = Buffer.alloc(12);
  head.writeUInt16BE(0x8400, 2);
  head.writeUInt16BE(4, 6);
  const place = Buffer.alloc(6);
  place.writeUInt16BE(port, 4);
  const texts = ["mac=025e4d000001", "version=2026.10.2", "friendly_name=Bar left"].map((text) => Buffer.from([text.length, ...Buffer.from(text)]));
  const message = Buffer.concat([head, record(service, 12, dnsName(own)), record(own, 33, Buffer.concat([place, dnsName(`${name}.local`)])), record(own, 16, Buffer.concat(texts)), record(`${name}.local`, 1, Buffer.from([127, 0, 0, 1]))]);
  const socket = createSocket({ type: "udp4", reuseAddr: true });
  socket.on("error", () => {});
  let timer;
  // From its port: what comes from another one is no answer of mDNS.
  socket.bind(MDNS, () => {
    socket.setMulticastTTL(255);
    socket.setMulticastLoopback(true);
    socket.setMulticastInterface("127.0.0.1");
    const tell = () => socket.send(message, MDNS, "224.0.0.251");
    tell();
    timer = setInterval(tell, 500);
  });
  return () => {
    clearInterval(timer);
    socket.close();
  };
}

/** Presses, and counts it. */
function presser() {
  let taps = 0;
  const tap = async (locator) => {
    taps += 1;
    await locator.click();
  };
  return { tap, taps: () => taps };
}

async function atStaff(page, tap, code) {
  await page.getByLabel("Code").fill(code.toLowerCase());
  await tap(page.getByRole("button", { name: "Next" }));
  await page.getByLabel("Name of the venue").fill("The Oak");
  await page.getByLabel("Time zone").fill("Australia/Sydney");
  await page.getByLabel("Zones").fill("Main Bar\nTerrace");
  await tap(page.getByRole("button", { name: "Next" }));
  await page.getByLabel("Name", { exact: true }).fill("Rosa");
  await page.getByLabel("PIN or password").fill(PASSWORD);
  await page.getByLabel("The same again").fill(PASSWORD);
  await tap(page.getByRole("button", { name: "Next" }));
}

test("from an empty state folder to a TV that is switched", async () => {
  const here = await newVenue();
  const code = (await readFile(`${here.store}.setup-code`, "utf8")).trim();
  const page = await open(chrome, here.url);
  const { tap, taps } = presser();
  await page.getByRole("heading", { name: "Set up the venue" }).waitFor();
  assert.deepEqual(await serious(page), []);
  await page.getByLabel("Code").fill("0000-0000-0000");
  await page.keyboard.press("Enter");
  await page.getByRole("alert").getByText(/not the code/).waitFor();
  await atStaff(page, tap, code);
  await page.getByLabel("Name", { exact: true }).fill("Bar");
  await page.getByLabel("PIN", { exact: true }).fill("273951");
  await page.getByLabel("The same again").fill("273951");
  await tap(page.getByRole("checkbox", { name: "Main Bar" }));
  assert.deepEqual(await serious(page), []);
  await page.screenshot({ path: `${SHOTS}/setup-staff-1024x768.png` });
  await tap(page.getByRole("button", { name: "Finish" }));
  await page.getByRole("heading", { name: "Find the boards" }).waitFor();
  await page.getByText("Rosa · admin").waitFor();
  await assert.rejects(stat(`${here.store}.setup-code`));

  const silence = announce(BOARD, Number(here.boards.addresses.get(BOARD).split(":")[1]));
  try {
    await tap(page.getByRole("button", { name: "Adopt Bar left" }));
  } finally {
    silence();
  }
  const output = page.getByRole("listitem").filter({ has: page.getByLabel("Output 2", { exact: true }) });
  await tap(output.getByRole("button", { name: "Test output 2" }));
  await output.getByText(/which TV went silent/).waitFor();
  await until("the TV to be silent", () => here.boards.shows.get(`${BOARD}/2`)?.muted);
  await output.getByRole("textbox").fill("TV 12");
  await output.getByRole("combobox").selectOption("main-bar");
  for (const index of [3, 4, 5]) await tap(page.getByRole("checkbox", { name: `Output ${index}` }));
  assert.deepEqual(await serious(page), []);
  await page.screenshot({ path: `${SHOTS}/setup-board-1024x768.png` });
  await tap(page.getByRole("button", { name: "Keep these TVs" }));
  await page.getByRole("button", { name: "Try its outputs" }).waitFor();
  await tap(page.getByRole("link", { name: "On to 2 TVs" }));
  const second = tile(page, `${BOARD}/2`);
  await second.getByText("TV 12").waitFor();
  assert.equal(await page.locator(".tile").count(), 2);
  await tap(second.locator(".face"));
  await tap(page.getByRole("toolbar").getByRole("button", { name: "Off", exact: true }));
  await until("the TV to be off", () => here.boards.shows.get(`${BOARD}/2`)?.power === "off");
  console.log(`from nothing to a TV that is switched: ${taps()} taps`);
  assert.ok(taps() <= 16, `${taps()} taps`);

  // The staff sign in on their tablet, to their zone; nobody sets it up again.
  const tablet = await open(chrome, here.url);
  await tablet.getByLabel("Name").fill("bar");
  await tablet.getByLabel("PIN").fill("273951");
  await tablet.getByRole("button", { name: "Sign in" }).click();
  await tablet.getByText("Bar · operator").waitFor();
  for (const one of [page, tablet]) assert.deepEqual(one.wrong, []);
});

test("on a phone, in German, with the keyboard alone", async () => {
  const here = await newVenue();
  const code = (await readFile(`${here.store}.setup-code`, "utf8")).trim();
  const page = await open(chrome, here.url, { width: 390, height: 844 }, { locale: "de-DE" });
  await page.getByRole("heading", { name: "Das Lokal einrichten" }).waitFor();
  // Each step has its first field in focus, and ends with the key Enter.
  const types = async (label, ...texts) => {
    await until(label, () => page.evaluate((wanted) => document.activeElement?.labels?.[0]?.textContent === wanted, label));
    for (const [place, text] of texts.entries()) {
      if (place) await page.keyboard.press("Tab");
      await page.keyboard.press("ControlOrMeta+a");
      await page.keyboard.type(text);
    }
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(wide <= 0, `${label}: ${wide} px too wide`);
    await page.keyboard.press("Enter");
  };
  await types("Code", code);
  await types("Name des Lokals", "Zur Eiche", "Europe/Vienna");
  await types("Name", "Rosa", PASSWORD, "another one");
  await page.getByRole("alert").getByText("Die beiden sind nicht gleich").waitFor();
  await page.getByLabel("Name").focus();
  await types("Name", "Rosa", PASSWORD, PASSWORD);
  await page.getByText("Schritt 4 von 4").waitFor();
  assert.deepEqual(await serious(page), []);
  await page.screenshot({ path: `${SHOTS}/setup-staff-390x844.png` });
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Boards finden" }).waitFor();
  await page.getByText("Kein neues Board in Sicht").waitFor();
  // One that is behind another network is entered by hand.
  await page.getByText("Ein Board, das nicht erscheint…").click();
  await page.getByLabel("Hostname").fill(BOARD);
  await page.getByLabel("Adresse").fill(here.boards.addresses.get(BOARD));
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Diese TVs behalten" }).waitFor();
  await page.screenshot({ path: `${SHOTS}/setup-board-390x844.png` });
  assert.deepEqual(page.wrong, []);
});
