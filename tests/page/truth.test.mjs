// What the page says is what the TVs show: every control of the remote, of the bar and of the set-up, against boards
// that are well and boards that are not. A board is asked what it ran; what the page says of it may be less than
// that, and never more.
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { after, before, test } from "node:test";
import { SHOTS, browser, faulty, json, open, tile, until } from "./venue.mjs";
import { Witness, isAbsolute, meaning } from "./witness.mjs";

const WELL = "ir-000001";
const OFFLINE = "ir-000002";
const SLOW = "ir-000003";
const SILENT = "ir-000004";
const DYING = "ir-000005";
const REFUSING = "ir-000006";
/** These answer each press at once. */
const AT_ONCE = new Set([WELL, OFFLINE, REFUSING]);
const FAULTS = { [OFFLINE]: ["refuse", true], [SLOW]: ["delay=900"], [SILENT]: ["silent"], [DYING]: ["close-after-action"] };
let here;
let chrome;

before(async () => {
  await mkdir(SHOTS, { recursive: true });
  const generations = Object.fromEntries([WELL, OFFLINE, SLOW, SILENT, DYING].map((name) => [name, "current"]));
  [here, chrome] = await Promise.all([faulty({ ...generations, [REFUSING]: "legacy" }), browser()]);
});

after(async () => {
  await chrome?.close();
  await here?.stop();
});

const remoteOf = async (page, key) => {
  await tile(page, key).getByRole("button", { name: /^Remote of/ }).click();
  const remote = page.getByRole("dialog");
  await remote.waitFor();
  return remote;
};

/** What the remote answers to the last press, once it does. */
const answerOf = (remote) => async () => {
  const answer = remote.locator(".answer");
  const words = await answer.innerText();
  return words !== "…" && { kind: (await answer.getAttribute("class")).split(" ")[1], words };
};

/** Nothing waits for a board any more. */
const waitsNot = (board) => async () => (await json(here.api, "GET", `/api/v1/queue/commands?hostname=${board}`)).items.length === 0;

/** Every control of the remote of a TV, one by one; then, once nothing waits any more, what the TV shows. */
async function everyControl(board, page, port = 2) {
  const remote = await remoteOf(page, `${board}/${port}`);
  const witness = new Witness(here.boards, board, port);
  await corrected(board, remote, port);
  // Where each press takes seconds, one of the keys that are all alike stands for them.
  const alike = AT_ONCE.has(board) ? ".arrows button, .more-keys button" : ".arrows .up button";
  const labels = await remote.locator(`.remote button, ${alike}`).evaluateAll((all) => all.map((one) => one.getAttribute("aria-label")));
  const press = (label, act) => witness.press(label, answerOf(remote), act);
  for (const label of labels) {
    if (label !== null) await press(label, () => remote.getByRole("button", { name: label, exact: true }).click());
  }
  await press("Channel 24", async () => {
    await remote.getByRole("button", { name: "Channel", exact: true }).click();
    await page.getByLabel("Name or number").fill("24");
    await page.keyboard.press("Enter");
  });
  await press("Blink", () => remote.getByRole("button", { name: "Blink its board" }).click());
  assert.ok(witness.presses.length >= (AT_ONCE.has(board) ? 32 : 23), `${witness.presses.length} controls`);
  await witness.atRest(waitsNot(board), board === WELL);
  await assumedIsShown(board, remote, port);
  return witness;
}

/** A simulated TV is on before anything was sent to it. */
const AT_FIRST = "on";

/** What somebody says who stands before the TV is assumed, and sends nothing. The last word is true: toggles go on from it. */
async function corrected(board, remote, port) {
  const before = here.boards.actions(board).length;
  const shown = here.boards.shows.get(`${board}/${port}`)?.power ?? AT_FIRST;
  for (const power of [shown === "on" ? "off" : "on", shown]) {
    await remote.getByRole("button", { name: `It is actually ${power}` }).click();
    await remote.getByText(`assumed ${power}`).waitFor();
  }
  await remote.getByRole("button", { name: "It shows channel…" }).click();
  await remote.page().locator(".channel-choice", { hasText: "Films" }).click();
  await remote.getByText("channel 060 Films").waitFor();
  assert.equal(here.boards.actions(board).length, before, "a correction sends nothing");
}

/** Where the page says that a TV is on or off, it is. */
async function assumedIsShown(board, remote, port) {
  const assumed = /assumed (on|off|power not known)/.exec(await remote.locator(".facts").innerText())[1];
  const shown = here.boards.shows.get(`${board}/${port}`)?.power ?? AT_FIRST;
  if (assumed !== "power not known") assert.equal(shown, assumed, `${board}/${port}`);
  return assumed;
}

const kinds = ({ presses }) => new Set(presses.map(({ kind }) => kind));

test("a board that is well: what is said to be delivered is what the TV shows", async () => {
  const page = await open(chrome, here.url);
  const told = await everyControl(WELL, page);
  // What has to wait, as a channel until the TV is warm, says so; whatever becomes of it, no press ran twice.
  assert.ok([...kinds(told)].every((kind) => kind === "delivered" || kind === "pending"), [...kinds(told)].join());
  const remote = page.getByRole("dialog");
  for (const [label, shows] of [["Off", "off"], ["On", "on"]]) {
    const { kind } = await told.press(label, answerOf(remote), () => remote.getByRole("button", { name: label, exact: true }).click());
    assert.equal(kind, "delivered");
    await until(`the TV to be ${shows}`, () => here.boards.shows.get(`${WELL}/2`).power === shows);
    await remote.getByText(`assumed ${shows}`).waitFor();
  }
  await told.atRest(waitsNot(WELL), true);
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test("a board that is offline: nothing is called delivered, it is said how long it is tried, and it is", async () => {
  here.boards.fault(OFFLINE, ...FAULTS[OFFLINE]);
  const page = await open(chrome, here.url);
  await tile(page, `${OFFLINE}/2`).locator(".mark.offline").waitFor();
  const before = here.boards.actions(OFFLINE).length;
  const remote = await remoteOf(page, `${OFFLINE}/3`);
  const witness = new Witness(here.boards, OFFLINE, 3);
  const on = await witness.press("On", answerOf(remote), () => remote.getByRole("button", { name: "On", exact: true }).click());
  assert.equal(on.kind, "pending");
  assert.match(on.words, new RegExp(`^On: ${OFFLINE} is offline: queued, tried 3 more times within about 14 s and then given up$`));
  await page.screenshot({ path: `${SHOTS}/remote-offline.png` });
  await page.keyboard.press("Escape");
  assert.match(await tile(page, `${OFFLINE}/3`).locator(".mark").getAttribute("title"), /On: its board is offline; tried until about \d\d:\d\d:\d\d, then given up/);
  // A page that is opened meanwhile knows as much.
  const other = await open(chrome, here.url);
  await tile(other, `${OFFLINE}/3`).locator(".mark.held").waitFor();
  assert.match(await tile(other, `${OFFLINE}/3`).locator(".mark").getAttribute("title"), /tried until about \d\d:\d\d:\d\d/);
  await other.context().close();
  const began = Date.now();
  await until("it to be given up", async () => /On: the board is offline, nothing was sent/.test(await tile(page, `${OFFLINE}/3`).locator(".mark").getAttribute("title")), 30_000);
  assert.ok(Date.now() - began < 19_000, `${Date.now() - began} ms`);
  const told = await everyControl(OFFLINE, page);
  assert.ok(!kinds(told).has("delivered"));
  assert.equal(here.boards.actions(OFFLINE).length, before, "and nothing was run");
  assert.equal(await tile(page, `${OFFLINE}/2`).locator(".mark.delivered").count(), 0);
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

for (const [name, board] of [["slow", SLOW], ["silent", SILENT], ["dying", DYING]]) {
  test(`a board that is ${name}: no more is said than what is known`, async () => {
    const page = await open(chrome, here.url);
    await tile(page, `${board}/2`).waitFor();
    here.boards.fault(board, ...FAULTS[board]);
    const remote = await remoteOf(page, `${board}/1`);
    // What flips a state is never pressed twice, so that what becomes of it is known at once, or never.
    const witness = new Witness(here.boards, board, 1);
    const power = await witness.press("Power, on or off", answerOf(remote), () => remote.getByRole("button", { name: "Power, on or off" }).click());
    assert.equal(power.kind, name === "slow" ? "delivered" : "unknown", power.words);
    await page.keyboard.press("Escape");
    const told = await everyControl(board, page);
    if (name === "silent") assert.ok(!kinds(told).has("delivered"), [...kinds(told)].join());
    if (name === "slow") assert.ok(kinds(told).has("delivered"), [...kinds(told)].join());
    assert.deepEqual(page.wrong, []);
    await page.context().close();
  });
}

test("a board that cannot do it: it is said, and nothing is sent", async () => {
  const page = await open(chrome, here.url);
  await tile(page, `${REFUSING}/2`).waitFor();
  const told = await everyControl(REFUSING, page);
  // Behind a power toggle a channel waits until the TV has warmed up.
  const waited = new Set(["Default channel 101", "Channel 24"]);
  const isWaiting = ({ kind, label }) => kind === "pending" && waited.has(label);
  for (const one of told.presses.filter((press) => press.kind !== "delivered" && !isWaiting(press))) {
    const { label, means, kind, words } = one;
    assert.equal(kind, "failed", `${label}: ${words}`);
    assert.equal(told.ran(means), 0, `${label}: ${words}`);
  }
  assert.ok(kinds(told).has("failed"));
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test("a deliberate double press of a step is two, an accidental one of a switch is one", async () => {
  const page = await open(chrome, here.url);
  const remote = await remoteOf(page, `${WELL}/4`);
  const ran = async (name, times) => {
    const before = here.boards.actions(WELL).length;
    const answer = remote.locator(".answer");
    await remote.getByRole("button", { name, exact: true }).click({ clickCount: 2, delay: 10 });
    await until("an answer", async () => (await answer.innerText()) !== "…");
    await until(`${times} of ${name}`, () => here.boards.actions(WELL).length - before >= times);
    await json(here.api, "GET", "/ir-000001/health");
    assert.equal(here.boards.actions(WELL).length - before, times, name);
  };
  await ran("Volume +", 2);
  await ran("Digit 1", 2);
  await ran("Power, on or off", 1);
  await ran("Mute", 1);
  await ran("On", 1);
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

/** Words of a row of a batch, and what they allow of what the board ran. */
const ENDS = { delivered: "delivered", "not known": "unknown", failed: "failed", "too late": "failed", replaced: "replaced" };

/** A batch, once it has ended: what the page says of each of its TVs, by the name of its board. */
async function ended(page, id) {
  await until(`${id} to end`, async () => (await json(here.api, "GET", `/api/v1/batches/${id}`)).finished, 180_000);
  await page.goto(`${here.url}#/activity/${id}`);
  const batch = page.locator(".batch").filter({ has: page.locator(".targets li") });
  await batch.locator(".head").getByText(/^(?!.*(to go|offline)).*of \d+ (commands )?delivered/).waitFor();
  const settled = () => batch.locator(".targets li").evaluateAll((rows) => rows.map((row) => [...row.children].map((part) => part.innerText)));
  const rows = await until("every TV to have ended", async () => {
    const all = await settled();
    return all.every(([, , word]) => ENDS[word]) && all;
  });
  return { rows: rows.map(([name, what, word, why]) => ({ board: name.split(" ")[0], port: Number(name.split(" ")[1]), what, kind: ENDS[word], why })), head: await batch.locator(".head").innerText() };
}

test("the bar, for boards of every kind at once: of each TV no more is said than what its board ran", async () => {
  const boards = [WELL, OFFLINE, SLOW, SILENT, DYING, REFUSING];
  for (const [board, fault] of Object.entries(FAULTS)) here.boards.fault(board, ...fault);
  const page = await open(chrome, here.url);
  await tile(page, `${OFFLINE}/5`).locator(".mark.offline").waitFor();
  const began = new Map(boards.map((board) => [board, here.boards.actions(board).length]));
  const newest = async () => (await json(here.api, "GET", "/api/v1/batches?limit=1")).items[0]?.batch_id;
  const bar = page.getByRole("toolbar");
  /** Presses one of the bar for all six, and gives the batch that it became. */
  const pressed = async (label) => {
    const before = await newest();
    if (label.startsWith("Channel")) {
      await bar.getByRole("button", { name: "Channel", exact: true }).click();
      await page.getByLabel("Name or number").fill("24");
      await page.locator(".channel-choice").first().click();
    } else await bar.getByRole("button", { name: label === "Favourite 501" ? "Sports One" : label, exact: true }).click();
    return [label, await until("its batch", async () => {
      const now = await newest();
      return now !== before && now;
    })];
  };
  /** What is said of each TV of a batch against what its board ran of it. */
  const judged = async ([label, id]) => {
    const { rows, head } = await ended(page, id);
    assert.deepEqual(rows.map(({ board }) => board).sort(), boards, label);
    for (const { board, port, kind, why } of rows) {
      const means = meaning(label);
      const ran = new Witness(here.boards, board, port, began.get(board)).ran(means);
      const which = `${label} of ${board}/${port}: ${kind} (${why}), and the board ran ${ran}`;
      if (kind === "delivered") assert.ok(ran >= 1, which);
      if (kind === "failed" || kind === "replaced") assert.equal(ran, 0, which);
      if (kind === "unknown") assert.match(why, /may have been sent/, which);
      // A step or what flips a state is never run twice, whoever answers how.
      if (!isAbsolute(means) || board === WELL) assert.ok(ran <= 1, which);
    }
    const delivered = rows.filter(({ kind }) => kind === "delivered");
    assert.match(head, new RegExp(`${delivered.length} of 6 delivered`));
    const kindOf = Object.fromEntries(rows.map(({ board, kind }) => [board, kind]));
    assert.equal(kindOf[WELL], "delivered", label);
    assert.equal(kindOf[SLOW], "delivered", label);
    assert.equal(kindOf[OFFLINE], "failed", label);
    assert.notEqual(kindOf[SILENT], "delivered", label);
    return kindOf;
  };
  const select = async () => {
    await page.goto(`${here.url}#/`);
    if (!(await bar.count())) await page.getByRole("button", { name: /^Lounge \d+ TVs/ }).click();
    assert.equal(await bar.locator(".count").innerText(), "6 TVs");
  };
  await select();
  const together = [];
  for (const label of ["Channel 24", "Mute on", "Volume −", "Volume +"]) together.push(await pressed(label));
  for (const one of together) await judged(one);
  for (const label of ["Favourite 501", "Mute off", "On", "Off"]) {
    await select();
    const kindOf = await judged(await pressed(label));
    // The board of old has no key for that: it is said of its TV, and of no other.
    if (label === "On" || label === "Off") assert.equal(kindOf[REFUSING], "failed");
    // On the wall the same, and what is assumed of the power is what the TV shows.
    await page.goto(`${here.url}#/`);
    for (const board of boards) {
      const one = tile(page, `${board}/5`);
      assert.equal(await one.locator(".mark.delivered").count(), kindOf[board] === "delivered" ? 1 : 0, `${label}, ${board}`);
      // Its text, whether or not the tile is on the screen: what is not is not laid out.
      const assumed = (await one.locator(".power").textContent()) ?? "";
      const shown = here.boards.shows.get(`${board}/5`)?.power ?? "off";
      if (!/on\?$/.test(assumed)) assert.ok(assumed.endsWith(shown), `${label}, ${board}: ${assumed}, and its TV is ${shown}`);
    }
  }
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test("a preset, for boards of every kind at once: its toast, its batch and the wall claim no more than what the boards ran", async () => {
  for (const [board, fault] of Object.entries(FAULTS)) here.boards.fault(board, ...fault);
  const boards = [WELL, OFFLINE, SLOW, SILENT, DYING, REFUSING];
  await json(here.api, "POST", "/api/v1/config/presets", { id: "evening", name: "Evening", entries: [{ targets: boards.map((board) => `${board}/4`), power: "on", channel: "sports-1" }] });
  const page = await open(chrome, here.url);
  await tile(page, `${OFFLINE}/4`).locator(".mark.offline").waitFor();
  const began = new Map(boards.map((board) => [board, here.boards.actions(board).length]));
  await page.getByRole("group", { name: "Presets" }).getByRole("button", { name: "Evening" }).click();
  const run = page.getByRole("button", { name: "Run for 6 TVs" });
  await run.waitFor();
  for (const board of boards) assert.equal(here.boards.actions(board).length, began.get(board), "a preview sends nothing");
  await run.click();
  const toast = page.locator(".toast", { hasText: "Preset Evening" });
  await toast.waitFor();
  // While it runs, what the toast counts as delivered was run.
  const ranOf = (board, label) => new Witness(here.boards, board, 4, began.get(board)).ran(meaning(label));
  const running = async () => Number(/(\d+) of \d+ commands delivered/.exec(await toast.locator("p").innerText())[1]);
  const said = await until("something to be delivered", running, 60_000);
  const ran = boards.reduce((sum, board) => sum + Math.min(1, ranOf(board, "On")) + Math.min(1, ranOf(board, "Channel 501")), 0);
  assert.ok(said <= ran, `${said} said to be delivered, and the boards ran ${ran}`);
  const { batch_id: id } = (await json(here.api, "GET", "/api/v1/batches?limit=1")).items[0];
  const { rows, head } = await ended(page, id);
  assert.match(head, /^Preset Evening/);
  for (const board of boards) {
    const own = rows.filter((row) => row.board === board);
    // The board of old has no key for on: that part was not taken, and the other was sent.
    assert.ok(own.length === 2 || board === REFUSING, `${board}: ${own.length}`);
    for (const { what, kind, why } of own) {
      const times = ranOf(board, what);
      const which = `${what} of ${board}: ${kind} (${why}), and the board ran ${times}`;
      if (kind === "delivered") assert.ok(times >= 1, which);
      if (kind === "failed" || kind === "replaced") assert.equal(times, 0, which);
      if (kind === "unknown") assert.match(why, /may have been sent/, which);
      if (board === SILENT || board === OFFLINE) assert.notEqual(kind, "delivered", which);
      if (board === WELL) assert.equal(`${kind} ${times}`, "delivered 1", which);
    }
  }
  const delivered = rows.filter(({ kind }) => kind === "delivered").length;
  assert.match(head, new RegExp(`${delivered} of ${rows.length} commands delivered`));
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test("the set-up: which TV it is is asked of boards of every kind, and answered with what became of it", async () => {
  for (const [board, fault] of Object.entries(FAULTS)) here.boards.fault(board, ...fault);
  const page = await open(chrome, `${here.url}#/setup/ports`);
  const form = page.getByRole("dialog");
  for (const board of [WELL, OFFLINE, SLOW, SILENT, DYING, REFUSING]) {
    const witness = new Witness(here.boards, board, 3);
    await page.getByRole("button", { name: `Edit ${board} 3`, exact: true }).click();
    const toast = page.locator(".toast", { hasText: `${board}/3: ` });
    const answer = async () => {
      if (!(await toast.count())) return false;
      const words = (await toast.locator("p").innerText()).slice(`${board}/3: `.length);
      const kind = /delivered: which TV went silent\?$/.test(words) ? "delivered" : /may have been sent/.test(words) ? "unknown" : /then given up/.test(words) ? "pending" : "failed";
      return { kind, words };
    };
    const { kind, words } = await witness.press("Mute", answer, () => form.getByRole("button", { name: "Which TV is it? (mute)" }).click());
    if (board === WELL || board === SLOW || board === REFUSING) assert.equal(kind, "delivered", `${board}: ${words}`);
    if (board === OFFLINE || board === SILENT) assert.notEqual(kind, "delivered", `${board}: ${words}`);
    await page.keyboard.press("Escape");
    await witness.atRest(waitsNot(board), false);
  }
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});
