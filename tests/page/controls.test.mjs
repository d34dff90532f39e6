// Every control that changes something says that it is done once the daemon said so, and not before; what was refused
// is said to be that, and where the answer was lost nobody is told that it was done, or that it was not. Each control
// goes through the same faults: `CONTROLS` is the list.
import assert from "node:assert/strict";
import { copyFile, mkdir, readFile, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { SHOTS, atNoon, browser, faulty, fresh, json, open, tile, until, venue } from "./venue.mjs";

const BOARD = "ir-000001";
let here;
let chrome;
let token;
/** The page on which a control is, and the daemon that it is of: for most of them the ones that all share. */
let page;
let url;
let shared;
/** Daemons of single controls. */
const others = [];
/** Each attempt has a subject of its own. */
let count = 0;

const api = (method, path, body) => json(here.api, method, path, body, token);
const put = async (path, body, method = "PUT") => {
  const headers = { "content-type": "application/json", "if-match": "*", authorization: `Bearer ${token}` };
  const answer = await fetch(here.api + path, { method, headers, body: JSON.stringify(body) });
  assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${await answer.text()}`);
};
/** What the daemon has at a path; nothing if there is no such thing. */
const has = (path) => api("GET", path).catch(() => null);

before(async () => {
  await mkdir(SHOTS, { recursive: true });
  [here, chrome] = await Promise.all([faulty({ [BOARD]: "current" }, "[discovery]\nenabled = false\n"), browser()]);
  token = (await json(here.api, "POST", "/api/v1/tokens", { name: "chief", role: "admin" })).secret;
  await atNoon(here.api, token);
  shared = await signedIn(here.url);
});

after(async () => {
  await chrome?.close();
  await here?.stop();
  await Promise.all(others.map((one) => one.stop()));
});

/** Goes on at another daemon, on a page where nobody is signed in. */
async function elsewhere(there) {
  url = there.url;
  page = await open(chrome, url);
}

async function signedIn(url) {
  const fresh = await open(chrome, url);
  await fresh.getByRole("button", { name: "Use a token" }).click();
  await fresh.getByLabel("Token").fill(token);
  await fresh.getByRole("button", { name: "Sign in" }).click();
  await fresh.getByText("chief · admin").waitFor();
  return fresh;
}

const idOf = (name) => name.toLowerCase().replace(" ", "-");
const dialog = () => page.getByRole("dialog");
const press = (name, at = page) => at.getByRole("button", { name, exact: true }).click();
const toast = (words) => page.locator(".toast", { hasText: words });
const there = async (locator) => (await locator.count()) > 0;

/** A schedule of its own for an attempt: daily, so that there is a week of it. */
async function planned(name, more = {}) {
  const id = idOf(name);
  await api("POST", "/api/v1/schedules", { id, name, selectors: ["zone=lounge"], steps: ["channel 24"], cron: "0 11 * * *", zone: "UTC", ...more });
  return id;
}
const runs = (name) => page.locator(".agenda-item", { hasText: name });
const week = async (id) => (await api("GET", "/api/v1/agenda")).items.filter(({ schedule }) => schedule === id);
const skipped = async (id) => (await week(id)).filter(({ skipped }) => skipped).length;

async function person(name) {
  const made = await api("POST", "/api/v1/people", { name, role: "operator", address: here.url });
  return made;
}
const people = async (name) => (await api("GET", "/api/v1/people")).items.find((one) => one.name === name);

async function preset(name) {
  await api("POST", "/api/v1/config/presets", { id: idOf(name), name, entries: [{ targets: [`${BOARD}/2`], channel: "news" }] });
}

/** Cells of a spreadsheet, put on the clipboard and pasted into the table. */
const paste = (text) =>
  page.evaluate((copied) => {
    const data = new DataTransfer();
    data.setData("text/plain", copied);
    document.querySelector(".table").dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
  }, text);
const portName = async (index) => (await api("GET", `/api/v1/config/devices/${BOARD}`)).item.ports.find((port) => port.index === index).name;

/** Registers a board that nobody has, as if it had been adopted. */
async function away(hostname, more = {}) {
  await api("POST", "/api/v1/config/devices", { hostname, address: `127.0.0.1:${1000 + count}`, ports: [{ index: 1, name: `${hostname} 1` }], ...more });
}

/**
 * A control: where it is, what is there before it, what is pressed, which request that is, by what the page says that it
 * is done, and what the daemon has then.
 * @type {Record<string, (name: string) => { at: string, given?: () => Promise<unknown>, act: () => Promise<unknown>, asks: [method: string, path: RegExp, of?: (body: Record<string, unknown>) => boolean], sent?: () => Buffer, said: () => Promise<boolean>, done: () => Promise<boolean> }>}
 */
const CONTROLS = {
  "tonight: plan it": () => {
    let plans;
    const all = async () => (await api("GET", "/api/v1/schedules")).items.filter(({ id }) => id.startsWith("plan-")).length;
    return {
      at: "#/",
      given: async () => (plans = await all()),
      act: async () => {
        await tile(page, `${BOARD}/1`).locator(".face").click();
        await press("Later…");
        await dialog().getByLabel("At", { exact: true }).fill("19:30");
        await dialog().getByLabel("Put back at").fill("22:00");
        await press("Sports One", dialog());
        await press("Plan it", dialog());
      },
      asks: ["POST", /\/schedules$/],
      said: () => there(toast(/^Planned: /)),
      done: async () => (await all()) === plans + 1,
    };
  },
  "this week: skip a run": (name) => {
    let id;
    return {
      at: "#/schedules",
      given: async () => (id = await planned(name)),
      act: () => press(`Skip ${name}`, runs(name).nth(2)),
      asks: ["POST", /\/schedules\/[^/]+\/skip$/],
      said: () => there(runs(name).getByText("skipped", { exact: true })),
      done: async () => (await skipped(id)) === 1,
    };
  },
  "this week: do it after all": (name) => {
    let id;
    return {
      at: "#/schedules",
      given: async () => {
        id = await planned(name);
        await api("POST", `/api/v1/schedules/${id}/skip`, {});
      },
      act: () => press(`Do ${name} after all`),
      asks: ["POST", /\/schedules\/[^/]+\/unskip$/],
      said: async () => !(await there(runs(name).getByText("skipped", { exact: true }))),
      done: async () => (await skipped(id)) === 0,
    };
  },
  "this week: another time for one run": (name) => {
    let id;
    return {
      at: "#/schedules",
      given: async () => (id = await planned(name)),
      act: async () => {
        await press(`Other time for ${name}`, runs(name).nth(3));
        await dialog().getByLabel("At", { exact: true }).fill("12:15");
        await press("Only on this day", dialog());
      },
      asks: ["POST", /\/schedules\/[^/]+\/move$/],
      said: async () => !(await there(dialog())) && (await there(runs(name).getByText("moved", { exact: true }))),
      done: async () => (await skipped(id)) === 1,
    };
  },
  "this week: another time for all of them": (name) => {
    let id;
    return {
      at: "#/schedules",
      given: async () => (id = await planned(name)),
      act: async () => {
        await press(`Other time for ${name}`, runs(name).first());
        await dialog().getByLabel("At", { exact: true }).fill("12:15");
        await press("Every time", dialog());
      },
      asks: ["PATCH", /\/schedules\/[^/]+$/],
      said: async () => !(await there(dialog())),
      done: async () => (await has(`/api/v1/schedules/${id}`)).item.cron === "15 12 * * *",
    };
  },
  "this week: put back now": (name) => {
    let batch;
    return {
      at: "#/schedules",
      given: async () => {
        await put(`/api/v1/ports/${BOARD}/5/assumed-state`, { channel: "501", power: "on" });
        const utc = (ms) => new Date(Date.now() + ms).toISOString().slice(0, 19);
        const id = await planned(name, { cron: undefined, at: utc(3_000), selectors: [`${BOARD}/5`], put_back: utc(7_200_000).slice(11, 16) });
        const waits = async () => (await week(id)).find(({ kind, put_back: back }) => kind === "put_back" && back.batch_id);
        batch = (await until("its run", waits, 30_000)).put_back.batch_id;
        await until("its end", async () => (await api("GET", `/api/v1/batches/${batch}`)).finished, 30_000);
      },
      act: () => press(`Put ${name} back now`),
      asks: ["POST", /\/batches\/[^/]+\/undo$/],
      said: () => there(toast(/^Undo/).locator("progress")),
      done: async () => Boolean((await api("GET", `/api/v1/batches/${batch}`)).undone_by),
    };
  },
  "this week: edit a schedule": (name) => {
    let id;
    return {
      at: "#/schedules",
      given: async () => (id = await planned(name)),
      act: async () => {
        await press(`Edit ${name}`, runs(name).first());
        await press("Sun", dialog());
        await press("Save", dialog());
      },
      asks: ["PUT", /\/schedules\/[^/]+$/],
      said: async () => !(await there(dialog())),
      done: async () => (await has(`/api/v1/schedules/${id}`)).item.cron !== "0 11 * * *",
    };
  },
  "a schedule: make it": (name) => ({
    at: "#/schedules",
    act: async () => {
      await press("New schedule");
      await dialog().getByLabel("Id", { exact: true }).fill(idOf(name));
      await dialog().getByLabel("Which TVs", { exact: true }).selectOption({ label: "Lounge" });
      await dialog().getByLabel("Steps", { exact: true }).selectOption({ label: "News 24" });
      await press("Save", dialog());
    },
    asks: ["POST", /\/schedules$/],
    said: async () => !(await there(dialog())) || (await there(page.locator(".schedule", { hasText: idOf(name) }))),
    done: async () => Boolean(await has(`/api/v1/schedules/${idOf(name)}`)),
  }),
  "a schedule: remove it": (name) => {
    let id;
    return {
      at: "#/schedules",
      given: async () => (id = await planned(name)),
      act: async () => {
        await press("Edit", page.locator(".schedule", { hasText: name }));
        await press("Remove…", dialog());
        await press("Really remove", dialog());
      },
      asks: ["DELETE", /\/schedules\/[^/]+$/],
      said: async () => !(await there(dialog())),
      done: async () => !(await has(`/api/v1/schedules/${id}`)),
    };
  },
  "a schedule: pause it": (name) => {
    let id;
    return {
      at: "#/schedules",
      given: async () => (id = await planned(name)),
      act: () => press("Pause", page.locator(".schedule", { hasText: name })),
      asks: ["POST", /\/schedules\/[^/]+\/pause$/],
      said: () => there(page.locator(".schedule", { hasText: name }).getByRole("button", { name: "Resume" })),
      done: async () => (await has(`/api/v1/schedules/${id}`)).paused,
    };
  },
  "a schedule: run it now": (name) => {
    let id;
    return {
      at: "#/schedules",
      given: async () => (id = await planned(name, { selectors: [`${BOARD}/4`], steps: ["mute_on"] })),
      act: async () => {
        await press("Run now", page.locator(".schedule", { hasText: name }));
        await press("Run for 1 TV", dialog());
      },
      asks: ["POST", /\/schedules\/[^/]+\/run$/],
      said: () => there(page.locator(".toast progress")),
      done: async () => (await api("GET", `/api/v1/batches?limit=20`)).items.some(({ batch_id: batch }) => batch.startsWith(`manual_${id}_`)),
    };
  },
  "the table of TVs: typed": (name) => ({
    at: "#/setup/ports",
    act: async () => {
      await press("All in a table");
      await page.locator(`input[data-key="${BOARD}/3"][data-column="name"]`).fill(name);
      await press("Review 1 change");
      await press("Save 1 TV", dialog());
    },
    asks: ["POST", /\/config\/apply$/],
    said: () => there(toast("1 TV saved")),
    done: async () => (await portName(3)) === name,
  }),
  "the table of TVs: pasted": (name) => ({
    at: "#/setup/ports",
    act: async () => {
      await press("All in a table");
      await page.locator(`input[data-key="${BOARD}/3"]`).first().waitFor();
      await paste(`hostname\tport\tname\n${BOARD}\t3\t${name}\n`);
      await press("Review 1 change");
      await press("Save 1 TV", dialog());
    },
    asks: ["POST", /\/config\/apply$/],
    said: () => there(toast("1 TV saved")),
    done: async () => (await portName(3)) === name,
  }),
  "people: add one": (name) => ({
    at: "#/setup/people",
    act: async () => {
      await press("Add a person");
      await dialog().getByLabel("Name").fill(name);
      await press("Add and invite", dialog());
    },
    asks: ["POST", /\/people$/],
    said: () => there(page.getByRole("img", { name: /QR code/ })),
    done: async () => Boolean(await people(name)),
  }),
  "people: change what one may do": (name) => ({
    at: "#/setup/people",
    given: () => person(name),
    act: async () => {
      await press(`Change what ${name} may do`);
      await dialog().getByLabel("Role").selectOption("viewer");
      await press("Save", dialog());
    },
    asks: ["PATCH", /\/people\/[^/]+$/],
    said: () => there(toast(`What ${name} may do is changed`)),
    done: async () => (await people(name)).role === "viewer",
  }),
  "people: invite one anew": (name) => {
    let before;
    return {
      at: "#/setup/people",
      given: async () => {
        await person(name);
        before = (await people(name)).invited_until;
      },
      act: () => press(`Invite ${name} anew`),
      asks: ["POST", /\/people\/[^/]+\/invitation$/],
      said: () => there(page.getByRole("img", { name: /QR code/ })),
      done: async () => (await people(name)).invited_until !== before,
    };
  },
  "people: sign one out everywhere": (name) => ({
    at: "#/setup/people",
    given: async () => {
      const { link } = await person(name);
      await json(here.api, "POST", "/api/v1/invitation", { invitation: link.split("/").at(-1), pin: "273951" });
    },
    act: () => press(`Sign ${name} out everywhere`),
    asks: ["DELETE", /\/people\/[^/]+\/sessions$/],
    said: () => there(toast(`${name} is signed out of`)),
    done: async () => !(await people(name)).sessions,
  }),
  "people: remove one": (name) => ({
    at: "#/setup/people",
    given: () => person(name),
    act: async () => {
      await press(`Remove ${name}`);
      await press("Really remove");
    },
    asks: ["DELETE", /\/people\/[^/]+$/],
    said: async () => !(await there(page.locator("li", { hasText: name }))),
    done: async () => !(await people(name)),
  }),
  "people: take an invitation": (name) => {
    let place;
    return {
      get at() {
        return place;
      },
      given: async () => {
        const { link } = await person(name);
        place = new URL(link).hash;
        await elsewhere(here);
      },
      act: async () => {
        await page.getByLabel("PIN", { exact: true }).fill("273951");
        await page.getByLabel("The same again").fill("273951");
        await press("Set it and sign in");
      },
      asks: ["POST", /\/invitation$/],
      said: async () => (await there(toast(name))) || (await there(page.getByText(`${name} · operator`))),
      done: async () => Boolean((await people(name)).sessions),
    };
  },
  "first boards: adopt one by hand": (name) => {
    const hostname = idOf(name);
    return {
      at: "#/begin",
      act: async () => {
        await page.getByText("A board that is not listed…").click();
        await page.getByLabel("Hostname").fill(hostname);
        await page.getByLabel("Address").fill(`127.0.0.1:${1000 + count}`);
        await press("Adopt");
      },
      asks: ["POST", /\/config\/devices$/],
      said: () => there(page.getByRole("button", { name: "Keep these TVs" })),
      done: async () => Boolean(await has(`/api/v1/config/devices/${hostname}`)),
    };
  },
  "first boards: try an output": () => {
    let ran;
    return {
      at: `#/begin/${BOARD}`,
      given: async () => (ran = here.boards.actions(BOARD).length),
      act: () => press("Test output 2 (mute)"),
      asks: ["POST", /\/command/],
      said: () => there(page.getByText(/which TV went silent/)),
      done: async () => here.boards.actions(BOARD).length === ran + 1,
    };
  },
  "first boards: keep its TVs": (name) => {
    const hostname = idOf(name);
    return {
      at: `#/begin/${hostname}`,
      given: () => away(hostname),
      act: async () => {
        await page.getByLabel("Name of the TV at output 1").fill("Kept");
        await press("Keep these TVs");
      },
      asks: ["PUT", /\/config\/devices\/[^/]+$/],
      said: () => there(page.getByRole("region", { name: hostname }).getByRole("button", { name: "Try its outputs" })),
      done: async () => (await has(`/api/v1/config/devices/${hostname}`)).item.ports[0].name === "Kept",
    };
  },
  "a preset: run it": (name) => ({
    at: "#/",
    given: () => preset(name),
    act: async () => {
      await press(name, page.getByRole("group", { name: "Presets" }));
      await press("Run for 1 TV");
    },
    asks: ["POST", /\/presets\/[^/]+\/run$/],
    said: () => there(toast(`Preset ${name}`).locator("progress")),
    done: async () => (await api("GET", "/api/v1/batches?limit=20")).items.some(({ batch_id: batch }) => batch.startsWith(`preset_${idOf(name)}_`)),
  }),
  "a preset: capture it": (name) => ({
    at: "#/",
    act: async () => {
      await press("Capture from now");
      await dialog().getByLabel("Name").fill(name);
      await dialog().getByRole("button", { name: "Look", exact: false }).click();
      await dialog().getByRole("button", { name: /^Save/ }).click();
    },
    // The first is a look at what it would be.
    asks: ["POST", /\/presets\/capture$/, ({ apply }) => apply],
    said: () => there(toast(name)),
    done: async () => (await api("GET", "/api/v1/presets")).items.some((one) => one.name === name),
  }),
  "a preset: edit it": (name) => ({
    at: "#/setup/presets",
    given: () => preset(name),
    act: async () => {
      await press(`Edit ${name}`);
      await dialog().getByLabel("Name").fill(`${name} now`);
      await press("Save", dialog());
    },
    asks: ["PUT", /\/config\/presets\/[^/]+$/],
    said: async () => !(await there(dialog())),
    done: async () => (await api("GET", "/api/v1/presets")).items.some((one) => one.name === `${name} now`),
  }),
  "a kiosk: run a preset": (name) => ({
    at: "kiosk?zone=bar",
    given: () => preset(name),
    act: async () => {
      await press(name, page.getByRole("group", { name: "Presets" }));
      await press("Run for 1 TV");
    },
    asks: ["POST", /\/presets\/[^/]+\/run$/],
    said: () => there(toast(`Preset ${name}`).locator("progress")),
    done: async () => (await api("GET", "/api/v1/batches?limit=20")).items.some(({ batch_id: batch }) => batch.startsWith(`preset_${idOf(name)}_`)),
  }),
  "backups: make one": () => {
    let before;
    const newest = async () => (await api("GET", "/api/v1/backups")).items.map(({ name }) => name).sort().at(-1);
    return {
      at: "#/setup/backups",
      given: async () => (before = await newest()),
      act: () => press("Make a backup now"),
      asks: ["POST", /\/backups$/],
      said: () => there(page.getByText("A backup was made and verified.")),
      done: async () => (await newest()) !== before,
    };
  },
  "backups: bring one": (name) => {
    let file;
    return {
      at: "#/setup/backups",
      given: async () => {
        await api("POST", "/api/v1/backups", {});
        const made = (await api("GET", "/api/v1/backups")).items.find(({ place }) => place === "made");
        const answer = await fetch(`${here.api}/api/v1/backups/${made.name}`, { headers: { authorization: `Bearer ${token}` } });
        assert.ok(answer.ok);
        file = Buffer.from(await answer.arrayBuffer());
      },
      act: () => page.getByLabel("File of a backup").setInputFiles({ name: `${name}.db`, mimeType: "application/octet-stream", buffer: file }),
      asks: ["PUT", /\/backups\/[^/]+$/],
      // The browser does not tell what of a file it sends.
      sent: () => file,
      said: () => there(page.getByText("Uploaded, checked and kept.")),
      done: async () => (await api("GET", "/api/v1/backups")).items.some((one) => one.name === `uploaded-${name.replace(" ", "-")}.db`),
    };
  },
  "backups: put one in the place of the database": () => {
    let own;
    let backup;
    const mode = async () => (await json(own.api, "GET", "/api/v1/status")).mode;
    return {
      at: "#/setup/backups",
      given: async () => {
        own = others.find(({ isStore }) => isStore);
        if (!own) others.push((own = Object.assign(await venue({ boards: 1 }), { isStore: true })));
        await elsewhere(own);
        if ((await mode()) !== "direct_only") {
          await json(own.api, "POST", "/api/v1/backups", {});
          const made = (await json(own.api, "GET", "/api/v1/backups")).items.find(({ place }) => place === "made");
          // Another file is in the place of the database.
          await copyFile(join(dirname(own.store), "backups", made.name), `${own.store}.other`);
          await rename(own.store, `${own.store}.away`);
          await rename(`${own.store}.other`, own.store);
          await until("the database to be missed", async () => (await mode()) === "direct_only");
        }
        backup = (await json(own.api, "GET", "/api/v1/backups")).items.find(({ place }) => place !== "absent").name;
      },
      act: async () => {
        await press(`Restore ${backup}`);
        await press("Restore", dialog());
      },
      asks: ["POST", /\/backups\/[^/]+\/restore$/],
      said: () => there(page.getByText(`${backup} is in place`)),
      done: async () => (await mode()) === "normal",
    };
  },
  "set-up: claim the venue": (name) => {
    let own;
    return {
      at: "",
      given: async () => {
        others.push((own = await fresh({}, "[discovery]\nenabled = false\n")));
        await elsewhere(own);
      },
      act: async () => {
        await page.getByLabel("Code").fill((await readFile(`${own.store}.setup-code`, "utf8")).trim());
        await press("Next");
        await page.getByLabel("Name of the venue").fill(name);
        await press("Next");
        await page.getByLabel("Name", { exact: true }).fill("Rosa");
        await page.getByLabel("PIN or password").fill("long enough");
        await page.getByLabel("The same again").fill("long enough");
        await press("Next");
        await press("Finish");
      },
      asks: ["POST", /\/setup$/],
      said: async () => (await there(page.getByText("Rosa · admin"))) || (await there(page.getByRole("heading", { name: "Find the boards" }))),
      done: async () => (await json(own.url.slice(0, -1), "GET", "/api/v1/setup")).state === "closed",
    };
  },
  "maintenance: begin it": (name) => {
    const hostname = idOf(name);
    return {
      at: "#/health",
      given: () => away(hostname),
      act: async () => {
        await press(`Begin the maintenance of ${hostname}`);
        await press("Maintenance…", dialog());
      },
      asks: ["PUT", /\/maintenance\/[^/]+$/],
      said: () => there(toast(`${hostname} is under maintenance`)),
      done: async () => (await api("GET", "/api/v1/maintenance")).items.some(({ id }) => id === `device:${hostname}`),
    };
  },
  "maintenance: end it": (name) => {
    const hostname = idOf(name);
    return {
      at: "#/health",
      given: async () => {
        await away(hostname);
        await put(`/api/v1/maintenance/device:${hostname}`, {});
      },
      act: () => press(`End the maintenance of ${hostname}`),
      asks: ["DELETE", /\/maintenance\/[^/]+$/],
      said: () => there(page.getByRole("button", { name: `Begin the maintenance of ${hostname}` })),
      done: async () => (await api("GET", "/api/v1/maintenance")).items.every(({ id }) => id !== `device:${hostname}`),
    };
  },
  "the venue: change it": (name) => ({
    at: "#/setup/venue",
    act: async () => {
      await page.getByLabel("Name").fill(name);
      await press("Save");
    },
    asks: ["PATCH", /\/venue$/],
    said: () => there(toast("The venue is changed.")),
    done: async () => (await api("GET", "/api/v1/venue")).name === name,
  }),
};

const FULL = { type: "urn:venue:problem:store_full", title: "Store full", status: 503, code: "store_full", detail: "the store cannot be used: the disk is full", instance: "/", request_id: "r" };
const NOT_KNOWN = /not known|may have been sent/;

/** What can go wrong with a request, what the page says then, and whether the daemon may have done it. */
const FAULTS = [
  ["refused", (route) => route.fulfill({ status: 503, contentType: "application/problem+json", body: JSON.stringify(FULL) }), /the disk is full/, false],
  ["cut off on its way", (route) => route.abort("connectionreset"), NOT_KNOWN, false],
  ["answered by a proxy", (route) => route.fulfill({ status: 502, contentType: "text/html", body: "<h1>Bad gateway</h1>" }), NOT_KNOWN, false],
  ["done, and its answer lost", (route, sent) => route.fetch(sent).then(() => route.abort("connectionreset")), NOT_KNOWN, true],
];

/** All that the page says is wrong, wherever it says so. */
const troubles = async () => (await page.locator('[role="alert"], .toast.problem, .toast.failed, .toast.unknown, .output [role="status"]').allInnerTexts()).join(" | ");

/** Opens the page anew where the control is: nothing is left of the attempt before. */
async function at(place) {
  await page.goto("about:blank");
  await page.goto(url + place);
  await page.locator("main:not(.stale)").waitFor();
}

/** One attempt: `answer` is what becomes of the request; resolves once it was made. */
async function attempt(make, answer) {
  count += 1;
  const control = make(`Try ${count}`);
  [page, url] = [shared, here.url];
  await control.given?.();
  await at(control.at);
  const [method, path, of] = control.asks;
  let asked;
  const made = new Promise((resolve) => (asked = resolve));
  const handler = async (route) => {
    const request = route.request();
    if (request.method() !== method || !path.test(new URL(request.url()).pathname) || (of && !of(request.postDataJSON() ?? {}))) return route.fallback();
    asked();
    return answer(route, control.sent && { postData: control.sent() });
  };
  await page.route("**/api/v1/**", handler);
  await control.act();
  await made;
  return control;
}

for (const [what, make] of Object.entries(CONTROLS)) {
  test(`${what}: nothing is called done that is not, and what is not known is said to be that`, async () => {
    for (const [fault, answer, words, mayBeDone] of FAULTS) {
      const which = `${what}, ${fault}`;
      const control = await attempt(make, answer);
      await until(`${which}: the trouble to be told`, async () => words.test(await troubles()));
      const isDone = await control.done();
      assert.equal(isDone, mayBeDone, `${which}: what the daemon has`);
      if (!isDone) assert.equal(await control.said(), false, `${which}: it is said to be done`);
      await page.unrouteAll({ behavior: "wait" });
    }
    // Until the answer is here nothing is said to be done.
    let release;
    const held = new Promise((resolve) => (release = resolve));
    const control = await attempt(make, async (route, sent) => {
      const response = await route.fetch(sent);
      await held;
      await route.fulfill({ response });
    });
    await until(`${what}: the daemon to have done it`, control.done);
    assert.equal(await control.said(), false, `${what}: said to be done before the daemon answered`);
    release();
    await until(`${what}: to be said to be done`, control.said);
    assert.equal(await control.done(), true);
    await page.unrouteAll({ behavior: "wait" });
    assert.deepEqual(page.wrong, []);
  });
}

test("whoever signs out of every browser is told where that could not be done", async () => {
  [page, url] = [shared, here.url];
  for (const [fault, answer, words] of FAULTS.slice(0, 2)) {
    await at("#/");
    await page.route("**/api/v1/sessions", answer);
    await press("Sign out of every browser");
    await press("Really everywhere");
    await until(`${fault}: the trouble to be told`, async () => words.test(await troubles()));
    assert.equal(await there(page.getByText("chief · admin")), true, fault);
    await page.unrouteAll({ behavior: "wait" });
  }
  await at("#/");
  await press("Sign out of every browser");
  await press("Really everywhere");
  await page.getByRole("button", { name: "Use a token" }).waitFor();
  assert.deepEqual(page.wrong, []);
});

test("a daemon that is killed while it is asked: what is planned is not said to be, and what it has is shown when it is back", async () => {
  const own = await venue({ boards: 2 });
  try {
    const tablet = await open(chrome, own.url);
    await tile(tablet, "ir-000001/1").locator(".face").click();
    await tablet.getByRole("button", { name: "Later…" }).click();
    const asked = tablet.getByRole("dialog");
    await asked.getByLabel("At", { exact: true }).fill("19:30");
    await asked.getByRole("button", { name: "Sports One" }).click();
    own.front.freeze();
    await asked.getByRole("button", { name: "Plan it" }).click();
    await own.kill();
    own.front.cut();
    await until("it to be said that nobody knows", async () => NOT_KNOWN.test(await asked.getByRole("alert").innerText()));
    assert.equal(await tablet.locator(".toast", { hasText: /^Planned/ }).count(), 0);
    await tablet.getByText("Not live").waitFor();
    own.front.mend();
    own.front.isFrozen = false;
    await own.restart();
    await until("the page to be live again", async () => (await tablet.getByText("Not live").count()) === 0, 30_000);
    await tablet.keyboard.press("Escape");
    const plans = (await json(own.api, "GET", "/api/v1/schedules")).items.length;
    await tablet.getByRole("link", { name: "Schedules" }).click();
    await tablet.getByRole("heading", { name: "Schedules" }).waitFor();
    await until("what the daemon has", async () => (await tablet.locator(".schedule").count()) === plans);
    assert.equal(await tablet.locator(".toast", { hasText: /^Planned/ }).count(), 0);
    assert.deepEqual(tablet.wrong, []);
  } finally {
    await own.stop();
  }
});
