// A venue for tests: simulated boards, a daemon, and proxies that can be cut.
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { createServer, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

const TARGET = process.env.VENUE_TARGET || new URL("../../target/debug", import.meta.url).pathname;
export const SHOTS = join(TARGET, "..", "page");

/** Hands on what comes to `port`, until it is cut or frozen. */
class Proxy {
  sockets = new Set();
  isCut = false;
  isFrozen = false;

  static async to(port) {
    const proxy = new Proxy();
    proxy.server = createServer((client) => proxy.join(client, port));
    await new Promise((done) => proxy.server.listen(0, "127.0.0.1", done));
    proxy.port = proxy.server.address().port;
    return proxy;
  }

  join(client, port) {
    if (this.isCut) return client.destroy();
    const other = connect(port, "127.0.0.1");
    if (this.isFrozen) {
      client.pause();
      other.pause();
    }
    for (const [socket, peer] of [[client, other], [other, client]]) {
      this.sockets.add(socket);
      socket.setNoDelay(true);
      socket.peer = peer;
      socket.on("error", () => peer.destroy());
      socket.on("close", () => {
        this.sockets.delete(socket);
        peer.destroy();
      });
      if (!this.isFrozen) socket.pipe(peer);
    }
  }

  cut() {
    this.isCut = true;
    for (const socket of this.sockets) socket.destroy();
  }

  mend() {
    this.isCut = false;
  }

  /** Nothing gets through any more and nobody is told, as behind a wall of people. */
  freeze() {
    this.isFrozen = true;
    for (const socket of this.sockets) {
      socket.unpipe();
      socket.pause();
    }
  }

  /** What was held up gets through: the old connections with what was on its way. */
  thaw() {
    this.isFrozen = false;
    for (const socket of this.sockets) {
      socket.pipe(socket.peer);
      socket.resume();
    }
  }
}

async function freePort() {
  const server = createServer();
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

/** Waits until `probe` gives something. */
export async function until(what, probe, patience = 15_000) {
  const end = Date.now() + patience;
  for (;;) {
    const found = await probe();
    if (found) return found;
    if (Date.now() > end) throw new Error(`still waiting for ${what}`);
    await new Promise((again) => setTimeout(again, 25));
  }
}

/** Starts a program; resolves with its standard output once `ready` is in it. */
async function start(args, ready, log, program = "venued") {
  const child = spawn(join(TARGET, program), args, { stdio: ["pipe", "pipe", "pipe"] });
  let said = "";
  child.stdout.on("data", (chunk) => (said += chunk));
  child.stderr.on("data", (chunk) => log.push(chunk.toString()));
  await until(`${args[0]} to start`, () => {
    if (child.exitCode !== null) throw new Error(`it ended: ${log.join("")}`);
    return ready(said, log.join(""));
  });
  return { child, said };
}

/** A venue of `boards` boards. Those in `proxied` (hostnames) can be cut off. */
export async function venue({ boards = 12, proxied = [], config = "" } = {}) {
  const folder = await mkdtemp(join(tmpdir(), "venue-page-"));
  const own = join(folder, "own");
  await mkdir(own, { recursive: true });
  const logs = { boards: [], daemon: [] };
  const demo = await start(["demo", "--listen", "127.0.0.1:0", "--state", folder, "--boards", String(boards)], (said) => /HTTP:/.test(said), logs.boards);
  let text = await readFile(join(folder, "venue.toml"), "utf8");
  const cables = {};
  for (const hostname of proxied) {
    const place = new RegExp(`(hostname = "${hostname}"\\n(?:.*\\n)*?address = "127\\.0\\.0\\.1:)(\\d+)"`);
    cables[hostname] = await Proxy.to(Number(place.exec(text)[2]));
    text = text.replace(place, `$1${cables[hostname].port}"`);
  }
  const port = await freePort();
  text = text.replace(/listen = "127\.0\.0\.1:\d+"/, `listen = "127.0.0.1:${port}"`);
  const file = join(own, "venue.toml");
  await writeFile(file, `${text}\n${config}`, { mode: 0o600 });
  const run = () => start(["--config", file], (_, log) => /the queue is recovered/.test(log), (logs.daemon = []));
  let daemon = await run();
  const front = await Proxy.to(port);
  const api = `http://127.0.0.1:${port}`;
  const line = await setUp(api, boards);
  return {
    api,
    url: `http://127.0.0.1:${front.port}/`,
    cables,
    front,
    line,
    logs,
    store: join(own, "venue.db"),
    async kill() {
      daemon.child.kill("SIGKILL");
      await until("the daemon to end", () => daemon.child.exitCode !== null || daemon.child.signalCode !== null);
    },
    async restart() {
      daemon = await run();
    },
    async stop() {
      front.server.close();
      for (const cable of Object.values(cables)) cable.server.close();
      daemon.child.kill("SIGTERM");
      demo.child.kill("SIGTERM");
      front.cut();
      Object.values(cables).forEach((cable) => cable.cut());
      await until("everything to end", () => [daemon, demo].every(({ child }) => child.exitCode !== null || child.signalCode !== null));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Simulated boards that tell what their TVs show and can be given faults: one process for each generation. */
class Boards {
  /** What each board ran, and what each TV shows: by hostname, and by `hostname/port`. */
  ran = new Map();
  shows = new Map();
  addresses = new Map();
  programs = [];

  static async start(names, logs) {
    const boards = new Boards();
    for (const [name, generation] of Object.entries(names)) {
      // A generation of the family's boards, or how the board differs from those.
      const kind = typeof generation === "string" ? ["--generation", generation] : generation;
      const args = ["--name", name, "--latency-ms", "15", ...kind];
      const program = await start(args, (said) => said.includes("listening"), logs, "device-sim");
      let rest = "";
      const read = (text) => {
        const lines = (rest + text).split("\n");
        rest = lines.pop();
        lines.filter(Boolean).forEach((line) => boards.heard(JSON.parse(line)));
      };
      read(program.said);
      program.child.stdout.on("data", (chunk) => read(chunk.toString()));
      boards.programs.push(program.child);
      boards.names = Object.keys(names);
    }
    return boards;
  }

  heard(event) {
    if (event.event === "listening") this.addresses.set(event.name, event.address);
    if (event.event === "action") this.ran.set(event.name, [...this.actions(event.name), event]);
    if (event.event === "tv") this.shows.set(`${event.name}/${event.port}`, event);
  }

  /** What a board ran until now. */
  actions(name) {
    return this.ran.get(name) || [];
  }

  order(...words) {
    const place = this.names.indexOf(words[1]);
    this.programs[place].stdin.write(`${words.join(" ")}\n`);
  }

  /** What is wrong with a board from now on; with `cut` its sessions end, too. */
  fault(name, fault, cut = false) {
    this.order("fault", name, fault);
    if (cut) this.order("cut", name);
  }

  /** The boards as an admin registers them, so that they can be edited: each has five TVs, one of them in the lounge. */
  devices() {
    const ports = (name) => [1, 2, 3, 4, 5].map((index) => ({ index, name: `${name} ${index}`, zone: index < 5 ? "bar" : "lounge", default_channel: "101" }));
    return this.names.map((hostname) => ({ hostname, address: this.addresses.get(hostname), ports: ports(hostname) }));
  }
}

const CONFIGURATION = (port) => `[http]\nlisten = "127.0.0.1:${port}"\n[store]\npath = "venue.db"\n[pool]\nreconnect_cap_ms = 500\n[limits]\ncommands_per_minute = 100000\nbulk_per_minute = 100000\nall_per_minute = 1000000\n`;

/** A daemon that nobody has set up, and boards that it does not know: as the package leaves it. */
export async function fresh(names, config = "") {
  const folder = await mkdtemp(join(tmpdir(), "venue-page-"));
  const logs = { boards: [], daemon: [] };
  const boards = await Boards.start(names, logs.boards);
  const port = await freePort();
  const file = join(folder, "venue.toml");
  const text = `[http]\nlisten = "127.0.0.1:${port}"\nrequire_tokens = true\n[store]\npath = "venue.db"\n[pool]\nreconnect_cap_ms = 500\n${config}`;
  await writeFile(file, text, { mode: 0o600 });
  const daemon = await start(["--config", file], (_, log) => /the queue is recovered/.test(log), logs.daemon);
  return {
    url: `http://127.0.0.1:${port}/`,
    boards,
    logs,
    store: join(folder, "venue.db"),
    async stop() {
      const children = [daemon.child, ...boards.programs];
      children.forEach((child) => child.kill("SIGTERM"));
      await until("everything to end", () => children.every((child) => child.exitCode !== null || child.signalCode !== null));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A venue of boards that can be given faults: `names` says of which generation each is, or its flags. */
export async function faulty(names, config = "") {
  const folder = await mkdtemp(join(tmpdir(), "venue-page-"));
  const logs = { boards: [], daemon: [] };
  const boards = await Boards.start(names, logs.boards);
  const port = await freePort();
  const file = join(folder, "venue.toml");
  await writeFile(file, `${CONFIGURATION(port)}\n${config}`, { mode: 0o600 });
  const daemon = await start(["--config", file], (_, log) => /the queue is recovered/.test(log), logs.daemon);
  const front = await Proxy.to(port);
  const api = `http://127.0.0.1:${port}`;
  const line = await setUp(api, boards.names.length, boards.devices());
  return {
    api,
    url: `http://127.0.0.1:${front.port}/`,
    boards,
    front,
    line,
    logs,
    async stop() {
      front.server.close();
      const children = [daemon.child, ...boards.programs];
      children.forEach((child) => child.kill("SIGTERM"));
      front.cut();
      await until("everything to end", () => children.every((child) => child.exitCode !== null || child.signalCode !== null));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Zones with names, a line-up, devices that no file names, and all boards that are there online. */
async function setUp(api, boards, devices = []) {
  const names = { bar: "Bar", lounge: "Lounge", terrace: "Terrace", dining: "Dining" };
  const document = {
    devices,
    zones: Object.entries(names).map(([id, name], order) => ({ id, name, order })),
    tags: [{ id: "sports", name: "Sports" }],
    channels: [
      { id: "sports-1", name: "Sports One", number: "501", favourite: true, enabled: true },
      { id: "news", name: "News 24", number: "24", favourite: true, enabled: true },
      { id: "films", name: "Films", number: "060", favourite: false, enabled: true },
    ],
  };
  await json(api, "POST", "/api/v1/config/apply", { document, prune: false });
  const online = boards > 10 ? boards - 1 : boards;
  await until("the boards to be online", async () => (await json(api, "GET", "/api/v1/status")).devices.online >= online, 60_000);
  return document;
}

/** One request, past the browser. */
export async function json(api, method, path, body, token) {
  const response = await fetch(api + path, {
    method,
    headers: { ...(body ? { "content-type": "application/json" } : {}), ...(token ? { authorization: `Bearer ${token}` } : {}) },
    body: body && JSON.stringify(body),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(`${method} ${path}: ${JSON.stringify(answer)}`);
  return answer;
}

/**
 * Sets the zone of the venue so that its clock shows about noon, whenever this runs: what a test says of this evening is
 * then of today, and one that takes minutes does not meet midnight.
 */
export async function atNoon(api, token) {
  const hour = new Date().getUTCHours();
  // `Etc/GMT-3` is three hours ahead of UTC.
  const ahead = 12 - hour;
  const zone = ahead === 0 ? "UTC" : `Etc/GMT${ahead > 0 ? "-" : "+"}${Math.abs(ahead)}`;
  await json(api, "PATCH", "/api/v1/venue", { time_zone: zone }, token);
}

const QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

export const browser = () => chromium.launch({ executablePath: process.env.VENUE_CHROMIUM || "/usr/bin/chromium", args: QUIET });

/**
 * With `VENUE_PAGE` (the folder of the page's source) its files are read from there and not from the daemon, so that
 * an edit is tried without building anything.
 */
async function fromSource(context) {
  const folder = process.env.VENUE_PAGE;
  if (!folder) return;
  const policy = "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self'; img-src 'self'; connect-src 'self'; manifest-src 'self'";
  await context.route(/\/(kiosk)?(\?.*)?(#.*)?$/, (route) => (route.request().isNavigationRequest() ? route.fulfill({ path: join(folder, "index.html"), contentType: "text/html", headers: { "content-security-policy": policy } }) : route.continue()));
  await context.route("**/sw.js", (route) => route.fulfill({ path: join(folder, "sw.js") }));
  await context.route("**/assets/**", (route) => route.fulfill({ path: join(folder, new URL(route.request().url()).pathname.split("/assets/")[1]) }));
}

/** A page on which nothing may go wrong unnoticed: `page.wrong` has every error of it. */
export async function open(browser, url, size = { width: 1024, height: 768 }, more = {}) {
  const context = await browser.newContext({ viewport: size, locale: "en-GB", colorScheme: "dark", serviceWorkers: "block", ...more });
  await fromSource(context);
  const page = await context.newPage();
  page.wrong = [];
  page.on("pageerror", (error) => page.wrong.push(String(error.stack)));
  page.on("console", (message) => {
    // What the network does is told by the page itself.
    if (message.type() === "error" && !/Failed to load resource|net::ERR/.test(message.text())) page.wrong.push(message.text());
  });
  await page.goto(url);
  return page;
}

export const tile = (page, key) => page.locator(`.tile[data-key="${key}"]`);

const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"];

/** What axe finds on the page that is serious or worse. */
export async function serious(page) {
  const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
  // Through the debugger: the policy of the page lets nobody add a script, and that is right.
  await page.evaluate(axe);
  const found = await page.evaluate((values) => window.axe.run(document, { runOnly: { type: "tag", values } }), RULES);
  return found.violations
    .filter((one) => ["serious", "critical"].includes(one.impact))
    .map((one) => `${one.id}: ${one.help}: ${one.nodes.map((node) => node.html.slice(0, 160)).slice(0, 3).join(" | ")}`);
}
