// What the page knows. Everything comes from the API: a snapshot, and then the events behind it.
import { Problem, get } from "./api.js";
import { trouble } from "./answers.js";
import { follow } from "./stream.js";
import { apply } from "./events.js";

/** So much is taken in with one frame: a thousand tiles that change at once are drawn over several. */
const SLICE = 40;

export const keyOf = (one) => `${one.hostname}/${one.port}`;

class Store {
  listeners = new Set();
  state = "starting"; // starting, sign-in, ready
  me = { role: null };
  live = false;
  ever = false;
  mode = "normal";
  order = null;
  version = "";
  /** Why what is believed and waits is not known, if so. */
  unread = null;
  ports = new Map();
  zones = [];
  tags = [];
  channels = [];
  devices = new Map();
  batches = new Map();
  /** Which batches were taken back, and by which. */
  undone = new Map();
  /** Which were tried anew, and by which. */
  retried = new Map();
  alerts = [];
  selected = new Set();
  toasts = [];
  ended = new Set();
  fired = 0;
  lastBatch = null;
  firstProgress = [];
  problem = "";

  #events = [];
  #frame = 0;
  #loading = null;
  #again = false;
  #stream = null;

  subscribe(listener) {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Something changed: everybody draws once, with the next frame. */
  changed() {
    if (this.#frame) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#take();
      for (const listener of this.listeners) listener();
    });
  }

  start() {
    this.#stream?.stop();
    this.#events = [];
    this.#stream = follow({
      live: (resumed) => this.#came(resumed),
      lost: () => this.#went(),
      event: (name, data) => this.#heard(name, data),
      denied: (problem) => {
        this.state = "sign-in";
        this.problem = problem.code === "unauthenticated" ? "" : problem.words;
        this.changed();
      },
    });
  }

  #came(resumed) {
    this.live = true;
    // What happened before the stream was open is in no event: read it all, and then what was heard.
    if (!this.ever || !resumed) this.load();
    this.changed();
  }

  #went() {
    this.live = false;
    // Without a stream, as with too many of them, what can be read is still shown.
    if (!this.ever) this.load();
    this.changed();
  }

  #heard(name, data) {
    if (name === "reset") this.load();
    else this.queue(name, data);
    // One by one, since each is a tile.
    if (name === "batch.created") {
      for (const one of data.commands) this.queue("command.updated", { ...one, batch_id: data.batch_id });
    }
  }

  /** Takes an event in with one of the next frames, behind those before it. */
  queue(name, data) {
    this.#events.push([name, data]);
    this.changed();
  }

  /** Takes in what was heard, unless a snapshot that is older is on its way. */
  #take() {
    if (this.#loading || this.state !== "ready") return;
    for (const event of this.#events.splice(0, SLICE)) apply(this, ...event);
    if (this.#events.length) this.changed();
  }

  /** Reads everything anew. While it reads, one more wish for it is kept, and no more. */
  async load() {
    if (this.#loading) {
      this.#again = true;
      return this.#loading;
    }
    this.#loading = this.#read()
      .catch((problem) => this.#failed(problem))
      .finally(() => {
        this.#loading = null;
        this.changed();
        if (this.#again) {
          this.#again = false;
          this.load();
        }
      });
    return this.#loading;
  }

  async #read() {
    const [me, status, ports, devices, zones, tags, channels, alerts] = await Promise.all([
      get("api/v1/whoami"),
      get("api/v1/status"),
      get("api/v1/ports"),
      get("api/v1/devices"),
      get("api/v1/config/zones"),
      get("api/v1/config/tags"),
      get("api/v1/config/channels"),
      get("api/v1/alerts"),
    ]);
    this.me = me;
    this.mode = status.mode === "normal" && status.queue_paused ? "paused" : status.mode;
    this.order = status.order || null;
    this.version = status.version;
    this.unread = ports.store;
    const item = (one) => one.item;
    this.zones = zones.items.map(item);
    this.tags = tags.items.map(item);
    this.channels = channels.items.map(item).filter((channel) => channel.enabled !== false);
    this.alerts = alerts.items;
    this.devices = new Map(devices.items.map((device) => [device.hostname, device]));
    this.ports = new Map(ports.items.map((port) => [keyOf(port), { ...port, key: keyOf(port) }]));
    for (const key of this.selected) if (!this.ports.has(key)) this.selected.delete(key);
    this.state = "ready";
    this.refresh();
    this.ever = true;
    this.problem = "";
  }

  /** What of the batches that are followed was told while nobody listened. */
  refresh() {
    const running = [...this.batches.values()].filter((batch) => batch.sentAt && !batch.finished).slice(-20);
    for (const { batch_id: id } of running) {
      const told = ({ statuses, total, finished }) => this.queue("batch.progress", { batch_id: id, statuses, total, finished });
      get(`api/v1/batches/${encodeURIComponent(id)}?limit=1`).then(told, () => {});
    }
  }

  #failed(problem) {
    if (problem instanceof Problem && problem.status === 401) {
      this.state = "sign-in";
      return;
    }
    // The stream comes back by itself, and reads everything then.
    this.ever = false;
    this.problem = trouble(problem);
    setTimeout(() => this.live && !this.ever && this.load(), 2_000);
  }

  /** Puts a changed copy in the place of a port, so that only its tile is drawn anew. */
  port(key, change) {
    const port = this.ports.get(key);
    if (port) this.ports.set(key, { ...port, ...change });
  }

  batch(id, change) {
    const batch = { ...(this.batches.get(id) || { batch_id: id }), ...change };
    this.batches.set(id, batch);
    // What takes another batch back, or tries it anew, says so in its notes, as the daemon writes them.
    const [, how, of] = /^(undo|retry) of (\S+)$/.exec(batch.notes || "") || [];
    if (of) (how === "undo" ? this.undone : this.retried).set(of, id);
    // The oldest first: a map keeps the order of arrival.
    while (this.batches.size > 200) this.batches.delete(this.batches.keys().next().value);
  }

  toast(toast) {
    this.toasts = [...this.toasts.filter((one) => one.id !== toast.id), toast].slice(-3);
    this.changed();
  }

  dismiss(id) {
    this.toasts = this.toasts.filter((one) => one.id !== id);
    this.changed();
  }

  select(keys, on) {
    for (const key of keys) {
      if (on) this.selected.add(key);
      else this.selected.delete(key);
    }
    this.selected = new Set(this.selected);
    this.changed();
  }

  get may() {
    return { command: this.me.role !== "viewer" && this.me.role !== null, configure: this.me.role === "admin" };
  }

  /** Whether all there is may be done, or only what is of some zones. */
  get everywhere() {
    return !this.me.zones;
  }

  /** Whether a batch may be tried anew, taken back or withdrawn: whoever has some zones may do it to their own. */
  mayTouch(batch) {
    if (!this.may.command || this.everywhere) return this.may.command;
    const own = batch.created_by !== undefined && batch.created_by === this.me.name;
    return own && (batch.keys || []).every((key) => this.mayIn(this.ports.get(key)?.zone));
  }

  /** Whether every TV of a board may be commanded. */
  mayBoard(hostname) {
    return [...this.ports.values()].every((port) => port.hostname !== hostname || this.mayIn(port.zone));
  }

  /** Whether TVs of this zone may be commanded: a token may be for some zones only. */
  mayIn(zone) {
    return this.may.command && (!this.me.zones || this.me.zones.includes(zone));
  }
}

export const store = new Store();
