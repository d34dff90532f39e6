// What the page knows. Everything comes from the API: a snapshot, and then the events behind it.
/** @import { AnyEvent, Batch, Device, Items, Port, Schemas, Toast } from "../types/page" */
import { Problem, configured, get } from "./api.js";
import { trouble } from "./answers.js";
import { redoes } from "./batches.js";
import { keyOf } from "./keys.js";
import { isScreen, zonesOf } from "./screens.js";
import { follow } from "./stream.js";
import { apply } from "./events.js";
import { setVenueZone } from "./venue-clock.js";

/** So much is taken in with one frame: a thousand tiles that change at once are drawn over several. */
const SLICE = 40;

/**
 * What somebody looked for, and the wall is to show: a zone, a TV (with its remote), or a preset.
 * @typedef {{ zone?: string, key?: string, remote?: boolean, preset?: string }} Sought
 */

export class Store {
  /** @type {Set<() => void>} */
  listeners = new Set();
  /** @type {"starting" | "sign-in" | "ready"} */
  state = "starting";
  /** @type {Schemas["WhoAmI"]} */
  me = { role: null };
  /**
   * The venue itself, once it was read.
   * @type {Schemas["Venue"] | null}
   */
  venue = null;
  live = false;
  ever = false;
  /** @type {Schemas["EventMode"]} */
  mode = "normal";
  version = "";
  /**
   * Why what is assumed and waits is not known, if so.
   * @type {string | null | undefined}
   */
  unread = null;
  /** @type {Map<string, Port>} */
  ports = new Map();
  /** @type {Items["zones"][]} */
  zones = [];
  /** @type {Items["tags"][]} */
  tags = [];
  /** @type {Items["channels"][]} */
  channels = [];
  /**
   * The channels that have a logo, by their ids.
   * @type {Set<string>}
   */
  logos = new Set();
  /**
   * How often the logo of a channel was changed here: a browser shows a picture again that it has under the same address.
   * @type {Map<string, number>}
   */
  logoEdits = new Map();
  /** @type {Schemas["PresetSummary"][]} */
  presets = [];
  /**
   * The locks that hold, by their ids.
   * @type {Map<string, Schemas["Lock"]>}
   */
  locks = new Map();
  /** @type {Map<string, Device>} */
  devices = new Map();
  /** @type {Map<string, Batch>} */
  batches = new Map();
  /**
   * Which batches were taken back, and by which.
   * @type {Map<string, string>}
   */
  undone = new Map();
  /**
   * Which were tried anew, and by which.
   * @type {Map<string, string>}
   */
  retried = new Map();
  /** @type {Schemas["Alert"][]} */
  alerts = [];
  /** @type {Set<string>} */
  selected = new Set();
  /** @type {Sought | null} */
  sought = null;
  /** @type {Toast[]} */
  toasts = [];
  /**
   * How the last commands that ended did so.
   * @type {Map<string, Schemas["CommandStatus"]>}
   */
  ended = new Map();
  fired = 0;
  /** @type {string | null} */
  lastBatch = null;
  problem = "";

  /** @type {AnyEvent[]} */
  #events = [];
  #frame = 0;
  /** @type {Promise<void> | null} */
  #loading = null;
  #again = false;
  /** @type {{ stop(): void } | null} */
  #stream = null;

  /** @param {() => void} listener */
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
      event: (...event) => this.#heard(event),
      denied: (problem) => {
        this.state = "sign-in";
        this.problem = problem.code === "unauthenticated" ? "" : problem.words;
        this.changed();
      },
    });
  }

  /** @param {boolean} resumed */
  #came(resumed) {
    this.live = true;
    // What happened before the stream was open is in no event: read it all, and then what was heard.
    if (!this.ever || !resumed) this.load();
    else this.#whoNow();
    this.changed();
  }

  /** A stream also ends when somebody may do more or less than before: then everything is read anew. */
  #whoNow() {
    const before = JSON.stringify(this.me);
    const told = (/** @type {Schemas["WhoAmI"]} */ me) => {
      if (JSON.stringify(me) !== before) this.load();
    };
    get("/api/v1/whoami").then(told, () => {});
  }

  #went() {
    this.live = false;
    // Without a stream, as with too many of them, what can be read is still shown.
    if (!this.ever) this.load();
    this.changed();
  }

  /** @param {AnyEvent} event */
  #heard(event) {
    if (event[0] === "reset") this.load();
    else this.queue(...event);
    // One by one, since each is a tile.
    if (event[0] === "batch.created") {
      const [, { batch_id, commands }] = event;
      for (const one of commands) this.queue("command.updated", { ...one, batch_id });
    }
  }

  /**
   * Takes an event in with one of the next frames, behind those before it.
   * @param {AnyEvent} event
   */
  queue(...event) {
    this.#events.push(event);
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
    const [me, venue, status, ports, devices, zones, tags, channels, logos, presets, locks, alerts] = await Promise.all([
      get("/api/v1/whoami"),
      get("/api/v1/venue"),
      get("/api/v1/status"),
      get("/api/v1/ports"),
      get("/api/v1/devices"),
      configured("zones"),
      configured("tags"),
      configured("channels"),
      get("/api/v1/channels/logos"),
      get("/api/v1/presets"),
      get("/api/v1/locks"),
      get("/api/v1/alerts"),
    ]);
    this.me = me;
    this.venue = venue;
    setVenueZone(venue.time_zone);
    this.mode = status.mode === "normal" && status.queue_paused ? "paused" : status.mode;
    this.version = status.version;
    this.unread = ports.store;
    this.zones = zones.items.map(({ item }) => item);
    this.tags = tags.items.map(({ item }) => item);
    this.channels = channels.items.map(({ item }) => item).filter((channel) => channel.enabled !== false);
    this.logos = new Set(logos.channels);
    this.presets = presets.items;
    this.locks = new Map(locks.items.map((lock) => [lock.id, lock]));
    this.alerts = alerts.items;
    this.devices = new Map(devices.items.map((device) => [device.hostname, device]));
    this.ports = new Map(ports.items.map((port) => [keyOf(port), { ...port, key: keyOf(port) }]));
    for (const key of this.selected) if (!this.mayTv(key)) this.selected.delete(key);
    this.state = "ready";
    this.refresh();
    this.ever = true;
    this.problem = "";
  }

  /** What of the batches that are followed was told while nobody listened. */
  refresh() {
    const running = [...this.batches.values()].filter((batch) => batch.sentAt && !batch.finished).slice(-20);
    for (const { batch_id: id } of running) {
      const told = (/** @type {Schemas["BatchStatus"]} */ { statuses, total, finished }) => this.queue("batch.progress", { batch_id: id, statuses, total, finished });
      get("/api/v1/batches/{id}", { path: { id }, query: { limit: 1 } }).then(told, () => {});
    }
  }

  /** @param {unknown} problem */
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

  /**
   * Puts a changed copy in the place of a port, so that only its tile is drawn anew.
   * @param {string} key
   * @param {Partial<Port>} change
   */
  port(key, change) {
    const port = this.ports.get(key);
    if (port) this.ports.set(key, { ...port, ...change });
  }

  /**
   * @param {string} id
   * @param {Partial<Batch>} change
   */
  batch(id, change) {
    const batch = { ...(this.batches.get(id) || { batch_id: id }), ...change };
    this.batches.set(id, batch);
    if (change.undone_by) this.undone.set(id, change.undone_by);
    if (change.retried_by) this.retried.set(id, change.retried_by);
    const redone = redoes(batch);
    if (redone) (redone.how === "undo" ? this.undone : this.retried).set(redone.of, id);
    // The oldest first: a map keeps the order of arrival.
    for (const oldest of this.batches.keys()) {
      if (this.batches.size <= 200) break;
      this.batches.delete(oldest);
    }
  }

  /** @param {Toast} toast */
  toast(toast) {
    // It stays on the page on which something was done.
    this.toasts = [...this.toasts.filter((one) => one.id !== toast.id), { ...toast, place: placeNow() }].slice(-3);
    this.changed();
  }

  /** @param {string} id */
  dismiss(id) {
    this.toasts = this.toasts.filter((one) => one.id !== id);
    this.changed();
  }

  /**
   * @param {string[]} keys
   * @param {boolean} on
   */
  select(keys, on) {
    for (const key of keys) {
      if (on) this.selected.add(key);
      else this.selected.delete(key);
    }
    this.selected = new Set(this.selected);
    this.changed();
  }

  /**
   * Selects these, and nothing else.
   * @param {string[]} keys
   */
  only(keys) {
    this.selected = new Set(keys);
    this.changed();
  }

  /** @param {Sought} sought */
  seek(sought) {
    this.sought = sought;
    this.changed();
  }

  get may() {
    const { role } = this.me;
    return { command: role !== "viewer" && role !== null, plan: role === "manager" || role === "admin", configure: role === "admin" };
  }

  /** Whether all there is may be done, or only what is of some zones. */
  get everywhere() {
    return !this.me.zones;
  }

  /**
   * Whether a batch may be tried anew, taken back or withdrawn: whoever has some zones may do it to their own.
   * @param {Batch} batch
   */
  mayTouch(batch) {
    if (!this.may.command || this.everywhere) return this.may.command;
    // What a schedule sent by itself is everybody's whose zones have its TVs.
    const own = batch.batch_id?.startsWith("sched_") || (batch.created_by !== undefined && batch.created_by === this.me.name);
    return own && (batch.keys || []).every((key) => this.mayReach(key));
  }

  /**
   * Whether every TV of a board may be commanded.
   * @param {string} hostname
   */
  mayBoard(hostname) {
    return [...this.ports.values()].every((port) => port.hostname !== hostname || this.mayReach(port.key));
  }

  /**
   * Whether a port may be commanded: a source only if all the screens that show it may be.
   * @param {string} key
   */
  mayReach(key) {
    return zonesOf(key, this.ports).every((zone) => this.mayIn(zone));
  }

  /**
   * Whether a TV may be commanded now: one that is locked is left to managers.
   * @param {string} key
   */
  mayTv(key) {
    const port = this.ports.get(key);
    return port !== undefined && isScreen(port) && this.mayIn(port.zone) && (!port.locked || this.may.plan);
  }

  /**
   * Whether TVs of this zone may be commanded: a token may be for some zones only.
   * @param {string | null | undefined} zone
   */
  mayIn(zone) {
    return this.may.command && (!this.me.zones || this.me.zones.includes(zone || ""));
  }
}

/** Where one is: the first part of the address behind `#/`. */
export const placeNow = () => (globalThis.location?.hash ?? "").replace(/^#\/?/, "").split("/")[0] ?? "";

export const store = new Store();
