// Infrared codes of remotes: what is known of one that was tried or learned, which sets there are, and how a TV gets one.
/** @import { At, ConfigItemOf, Offer, Port, Schemas, Verdict } from "../types/page" */
import { ask, configured, get, post, postOnce } from "./api.js";
import { verdict } from "./answers.js";
import { once } from "./once.js";
import { actionName } from "./words.js";
import { t } from "./texts.js";

/** What a wizard offers to learn; any other name may be typed. */
export const USUAL_KEYS = ["volume_up", "volume_down", "mute", "power", "power_on", "power_off", "channel_up", "channel_down", ...Array.from({ length: 10 }, (_, digit) => `digit_${digit}`), "input_hdmi1", "input_hdmi2", "source", "menu", "up", "down", "left", "right", "ok", "back", "home", "guide", "info", "exit"];

/** Of these the remote has buttons of their own, or they need a number or a name with them. */
const SHOWN = new Set(["power", "power_on", "power_off", "mute", "volume_up", "volume_down", "channel_up", "channel_down", "ok", "channel", "default_channel", "number", "input", "dash"]);

/** Whether the name of a key says that it switches power: that is sent only when it is meant. */
export const isPower = (/** @type {string} */ key) => /power|standby/i.test(key);

/** The keys with arrows, each with its place on a remote. */
export const ARROWS = ["up", "left", "right", "down"];

/** The others in the order in which a hand looks for them; then those that only this remote has. */
const ORDER = [...ARROWS, "back", "home", "menu", "guide", "info", "exit"];

/**
 * The keys of a set or a mapping for which the remote has no button.
 * @param {string[]} names
 */
export function beside(names) {
  const place = (/** @type {string} */ name) => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length);
  const others = [...new Set(names)].filter((name) => !SHOWN.has(name) && !/^(digit_|other:)/.test(name));
  return others.sort((a, b) => place(a) - place(b));
}

/**
 * The input that a key selects; none for another key.
 * @param {string} key such as `input_hdmi1`
 */
export function inputOf(key) {
  const [, name] = /^input_(.+)$/.exec(key) ?? [];
  return name ? { name, words: name.replaceAll("_", " ").replace(/^(hdmi|av|vga|usb|dp)(?=\s*\d*$)/i, (one) => one.toUpperCase()).replace(/(?<=[a-z])(?=\d)/i, " ") } : null;
}

/** @typedef {Pick<Port, "hostname" | "port" | "driven_by" | "codeset">} Driven */

/**
 * The further keys of the remote of a TV, and of the source that it shows if there is one: what goes to the source is
 * what the source has.
 * @param {Driven} port
 * @param {Driven} [box]
 * @returns {Promise<string[]>}
 */
export async function moreKeys(port, box) {
  const [own, its] = await Promise.all([keysOf(port), box ? keysOf(box) : []]);
  return beside(box ? [...new Set([...its, ...own.filter((name) => !ORDER.includes(name))])] : own);
}

/**
 * The keys of a port by what drives it.
 * @param {Driven} port
 * @returns {Promise<string[]>}
 */
async function keysOf(port) {
  if (port.driven_by === "codeset" && port.codeset) {
    const found = /** @type {ConfigItemOf<"codesets">} */ (await get("/api/v1/config/{kind}/{id}", { path: { kind: "codesets", id: port.codeset } }));
    return Object.keys(found.item.keys);
  }
  if (port.driven_by === "mapping") {
    const { item } = await board(port.hostname);
    return Object.keys(item.ports?.find((one) => one.index === port.port)?.mapping || {});
  }
  // Which of its actions a board has its answer says: what it lacks is not sent, and told.
  return ORDER;
}

/**
 * What became of a code that was tried. That the board sent it says nothing of the TV.
 * @param {string} what
 * @param {Schemas["TryAnswer"] | Error | null | undefined} answer
 * @returns {Verdict}
 */
export function tried(what, answer) {
  const told = verdict(what, answer instanceof Error ? answer : answer?.command);
  return told.kind === "delivered" ? { ...told, words: t("code.sent", { what }) } : told;
}

/** The colour of an answer: that the board sent a code is not the success that is looked for. */
export const shade = (/** @type {Verdict | null} */ told) => (told && told.kind !== "delivered" ? told.kind : "");

/** Whether something may have reached the TV, so that it is worth looking at it. */
export const mayHaveReached = (/** @type {Verdict | null} */ told) => told?.kind === "delivered" || told?.kind === "unknown";

/**
 * Sends one code once, by the transmitter that is named or by that of the port.
 * @param {At} at
 * @param {Schemas["TryBody"]} body
 */
export function tryCode(at, body) {
  const what = body.key ? actionName(body.key) : t("code.the_code");
  const send = async () => {
    const { hostname, port, emitter } = at;
    const sent = postOnce("/api/v1/ports/{hostname}/{port}/try", { path: { hostname, port }, body: emitter ? { ...body, emitter } : body });
    return tried(what, await sent.catch((problem) => (problem instanceof Error ? problem : new Error(String(problem)))));
  };
  return once(["try", JSON.stringify([at, body])].join(), send);
}

/**
 * What is known of a key that was learned, a line each.
 * @param {Schemas["LearnedCode"]} learned
 */
export function heard(learned) {
  const carrier = {
    protocol: t("carrier.protocol"),
    receiver: t("carrier.receiver"),
    assumed: t("carrier.assumed"),
  }[learned.carrier_from];
  return [
    learned.decoded ? t("code.recognised", { code: learned.decoded }) : t("code.no_protocol"),
    learned.alternatives.length ? t("code.alternatives", { codes: learned.alternatives.join(t("code.or")) }) : "",
    t("code.carrier", { khz: learned.carrier_hz / 1000, from: carrier }),
    learned.toggled ? t("code.toggled") : "",
  ].filter(Boolean);
}

/**
 * The name of a new set: `LG 55UK` is `lg-55uk`.
 * @param {string[]} words
 */
export const setName = (...words) => words.join(" ").toLowerCase().split(/[^a-z0-9]+/).filter(Boolean).join("-").slice(0, 48).replace(/-+$/, "");

/**
 * Sets to choose from: those of the venue, those that come with the daemon, files of the library folder.
 * @param {string} make
 * @param {string} model
 * @returns {Promise<{ offers: Offer[], more: boolean }>}
 */
export async function offered(make, model) {
  const [own, library] = await Promise.all([configured("codesets", { limit: 1000 }), get("/api/v1/infrared/library", { query: { make, model, limit: 50 } })]);
  const has = (/** @type {string} */ text, /** @type {string} */ part) => text.toLowerCase().includes(part.trim().toLowerCase());
  const mine = own.items.filter(({ id, item }) => has(item.make, make) && [id, ...(item.models || [])].some((name) => has(name, model)));
  const names = new Set(own.items.map(({ id }) => id));
  const others = library.items.filter(({ starter }) => !starter || !names.has(starter));
  return { offers: [...mine.map(({ item }) => ofSet(item)), ...others.map(ofLibrary)], more: Boolean(library.next_cursor) };
}

/**
 * @param {Schemas["CodesetItem"]} set
 * @returns {Offer}
 */
const ofSet = ({ id, make, models, kind, verified }) => ({ key: `own ${id}`, codeset: id, title: [make, ...(models || [])].join(" "), more: [id, kind, verified ? t("code.seen", { by: verified.by }) : "", t("code.of_venue")].filter(Boolean).join(" · ") });

/**
 * @param {Schemas["LibraryItem"]} item
 * @returns {Offer}
 */
function ofLibrary({ starter, file, make, models, kind }) {
  const name = starter || file || "";
  const from = starter ? t("code.starter") : t("code.file");
  return { key: name, starter, file, title: [make || name, ...models].join(" "), more: [name, kind, from].filter(Boolean).join(" · ") };
}

/**
 * Sets that were found.
 * @param {Schemas["FoundSet"]} found
 * @returns {Offer}
 */
export function ofFound({ id, from, file, make, models, kind }) {
  const source = from === "venue" ? { codeset: id } : from === "file" ? { file } : { starter: id };
  return { key: file || id, ...source, title: [make || id, ...models].join(" "), more: [file || id, kind].join(" · ") };
}

/**
 * What a try sends of an offer.
 * @param {Offer} offer
 * @param {string} key
 * @returns {Schemas["TryBody"]}
 */
export const keyOfOffer = ({ codeset, starter, file }, key) => (file ? { file, key } : { codeset: codeset || starter, key });

/**
 * Makes a set one of the venue, and tells its name.
 * @param {Offer} offer
 */
async function adopted({ codeset, starter, file }) {
  if (codeset) return codeset;
  const body = starter ? { starter } : { file };
  const { set, changes } = await post("/api/v1/infrared/import", { body });
  // The same set may be there already.
  if (changes.length) await post("/api/v1/infrared/import", { body: { ...body, apply: true } });
  return /** @type {Schemas["CodesetItem"]} */ (set).id;
}

/** @param {string} hostname */
const board = async (hostname) => /** @type {ConfigItemOf<"devices">} */ (await get("/api/v1/config/{kind}/{id}", { path: { kind: "devices", id: hostname } }));

/**
 * The infrared entities of a board, as it last told; receivers are among them.
 * @param {string} hostname
 */
export async function transmitters(hostname) {
  const { entities } = await get("/api/v1/devices/{hostname}/capabilities", { path: { hostname } });
  return entities.filter(({ kind }) => kind === "infrared").map(({ name }) => name);
}

/**
 * Drives a TV by a set, in place of what drove it.
 * @param {At} at
 * @param {string} codeset
 */
export async function give({ hostname, port, emitter }, codeset) {
  const { item, revision } = await board(hostname);
  const own = item.ports?.find(({ index }) => index === port);
  const { mapping: _mapping, discrete_power: _power, ...rest } = own || { index: port };
  const ports = [...(item.ports || []).filter(({ index }) => index !== port), { ...rest, codeset, ...(emitter ? { emitter } : {}) }].sort((a, b) => a.index - b.index);
  await ask("PUT", "/api/v1/config/{kind}/{id}", { path: { kind: "devices", id: hostname }, body: { ...item, ports }, headers: { "if-match": `"${revision}"` } });
}

/**
 * The same with a set that may have to be adopted first.
 * @param {At} at
 * @param {Offer} offer
 */
export const use = async (at, offer) => give(at, await adopted(offer));

/**
 * Keeps keys that were learned: in a new set, or in the set that drives the TV.
 * @param {At} at
 * @param {Record<string, string>} keys
 * @param {{ make: string, model: string, into?: string | null, by?: string | null }} about
 */
export async function keep(at, keys, { make, model, into, by }) {
  const when = new Date().toISOString().slice(0, 10);
  if (into) {
    const path = { kind: /** @type {const} */ ("codesets"), id: into };
    const { item, revision } = /** @type {ConfigItemOf<"codesets">} */ (await get("/api/v1/config/{kind}/{id}", { path }));
    await ask("PUT", "/api/v1/config/{kind}/{id}", { path, body: { ...item, keys: { ...item.keys, ...keys } }, headers: { "if-match": `"${revision}"` } });
    return into;
  }
  const id = setName(make, model);
  const verified = by ? { verified: { by, when } } : {};
  const body = { id, make: make.trim(), models: model.trim() ? [model.trim()] : [], kind: "tv", keys, source: { format: "learned", when }, ...verified };
  await post("/api/v1/config/{kind}", { path: { kind: "codesets" }, body });
  await give(at, id);
  return id;
}
