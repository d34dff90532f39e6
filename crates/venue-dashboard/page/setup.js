// What the venue is made of: boards with their TVs, sources, zones, tags, channels, presets.
/** @import { ConfigItemOf, Field, Items, Schemas, Typed } from "../types/page" */
import { html, useEffect, useState, useStore } from "./html.js";
import { ask, configured, get, post } from "./api.js";
import { sendOne } from "./commands.js";
import { Dialog } from "./dialog.js";
import { Fields } from "./fields.js";
import { keyOf } from "./keys.js";
import { LogoEditor } from "./logo-editor.js";
import { People } from "./people.js";
import { PresetEditor } from "./preset-editor.js";
import { Spreadsheet } from "./spreadsheet.js";
import { store } from "./store.js";
import { trouble } from "./answers.js";
import { VenueEditor } from "./venue-editor.js";
import { PRESENCE, count, screenName } from "./words.js";

/** @typedef {"devices" | "sources" | "zones" | "tags" | "channels" | "presets"} Kind */
/**
 * An item, or one that is being made.
 * @typedef {{ id: string, revision?: number | null, fixed: boolean, has_key?: boolean | null, item: Partial<Items[Kind]>, fresh?: true }} Edited
 */
/**
 * One output of a board, with the TV on it if there is one.
 * @typedef {{ device: ConfigItemOf<"devices">, index: number, port?: Schemas["PortItem"] }} Output
 */
/**
 * A line of the list, and what is edited from it.
 * @typedef {{ key: string, title: string, more: string, fixed: boolean, edit: () => void }} Row
 */

/**
 * What there is to set up; `managed` is what managers may change as well.
 * @type {{ kind: Kind | "ports" | "venue" | "people", words: string, managed?: boolean }[]}
 */
const KINDS = [
  { kind: "devices", words: "Boards" },
  { kind: "ports", words: "TVs" },
  { kind: "sources", words: "Sources" },
  { kind: "zones", words: "Zones" },
  { kind: "tags", words: "Tags" },
  { kind: "channels", words: "Channels", managed: true },
  { kind: "presets", words: "Presets", managed: true },
  { kind: "people", words: "People", managed: true },
  { kind: "venue", words: "Venue" },
];

/** @type {Record<Exclude<Kind, "presets" | "sources">, Field[]>} */
const OWN = {
  zones: [
    { name: "id", label: "Id", hint: "a-z, 0-9 and -", fresh: true, required: true },
    { name: "name", label: "Name", required: true },
    { name: "order", label: "Place on the wall", kind: "number", hint: "the smallest comes first" },
  ],
  tags: [
    { name: "id", label: "Id", hint: "a-z, 0-9 and -", fresh: true, required: true },
    { name: "name", label: "Name" },
    { name: "description", label: "Description" },
  ],
  channels: [
    { name: "id", label: "Id", hint: "a-z, 0-9 and -", fresh: true, required: true },
    { name: "name", label: "Name", required: true },
    { name: "number", label: "Number", hint: "as it is typed: 060 is not 60", required: true },
    { name: "platform", label: "Platform of this number", hint: "such as cable; none if all TVs receive it so" },
    { name: "numbers", label: "Numbers on other platforms", kind: "pairs", hint: "one a line: satellite: 206" },
    { name: "favourite", label: "Favourite", kind: "check", hint: "offered first" },
    { name: "enabled", label: "Offered", kind: "check", hint: "without this it is hidden from the list of channels" },
  ],
  devices: [
    { name: "hostname", label: "Hostname", hint: "the ESPHome node name, such as ir-dc4516", fresh: true, required: true },
    { name: "address", label: "Address", hint: "192.168.1.20 or ir-dc4516.local, with :port if it is not 6053", required: true },
    { name: "mac", label: "MAC", hint: "another board of the same name is then refused" },
    { name: "name", label: "Name" },
    { name: "location", label: "Where it is" },
    { name: "notes", label: "Notes" },
  ],
};

/** @returns {[id: string, words: string][]} */
const zoneChoices = () => [["", "none"], ...store.zones.map(({ id, name }) => /** @type {[string, string]} */ ([id, name || id]))];

/**
 * The fields of a kind; a source is at a port that is no screen with a source and no other source.
 * @param {Exclude<Kind, "presets">} kind
 * @param {string} id of the item
 * @returns {Field[]}
 */
function fieldsOf(kind, id) {
  if (kind !== "sources") return OWN[kind];
  const free = [...store.ports.values()].filter(({ source, port_of_source: of }) => !source && (!of || of === id));
  const named = free.map(({ key, name }) => /** @type {[string, string]} */ ([key, name ? `${name} (${key})` : key]));
  return [
    { name: "id", label: "Id", hint: "a-z, 0-9 and -, such as dtv-1", fresh: true, required: true },
    { name: "name", label: "Name" },
    { name: "port", label: "Port of its box", kind: "port", choices: [["", "choose one"], ...named], hint: "set up under TVs; as a box it is on the wall no more", required: true },
    { name: "via", label: "How its picture gets to the TVs", hint: "such as: matrix output 3" },
    { name: "order", label: "Place among the sources", kind: "number", hint: "the smallest comes first" },
  ];
}

/**
 * What a TV may show, and which of the two has the sound; the box of a source shows nothing.
 * @param {Schemas["SourceView"][]} sources
 * @returns {Field[]}
 */
const sourceFields = (sources) => [
  { name: "source", label: "Shows", kind: "choice", choices: [["", "what its own tuner receives"], ...sources.map(({ id, name }) => /** @type {[string, string]} */ ([id, name || id]))], hint: "channels and keys go there; power stays with the TV" },
  { name: "volume", label: "Volume and mute go to", kind: "choice", choices: [["", "the TV"], ["source", "what it shows"]] },
];

/** @returns {Field[]} */
const portFields = () => [
  { name: "name", label: "Name" },
  { name: "appliance", label: "TV or box", hint: "make and model" },
  { name: "zone", label: "Zone", kind: "choice", choices: zoneChoices() },
  { name: "tags", label: "Tags", kind: "lines", hint: "one a line" },
  { name: "platform", label: "Platform", hint: "what it receives, such as satellite: channels have their number by it" },
  { name: "default_channel", label: "Default channel" },
];

/** @param {{ rest: string[] }} props */
export function Setup({ rest }) {
  useStore(store);
  const shown = KINDS.filter(({ managed }) => managed || store.may.configure);
  const kind = (shown.find((one) => one.kind === rest[0]) ?? shown[0])?.kind ?? "channels";
  return html`
    <h1>Set-up</h1>
    <nav class="chips" aria-label="Kinds">
      ${shown.map((one) => html`<a class="chip" href=${`#/setup/${one.kind}`} aria-current=${one.kind === kind ? "page" : undefined}>${one.words}</a>`)}
    </nav>
    <${Warnings} />
    ${kind === "devices" ? html`<${Discovered} />` : ""}
    ${kind === "venue" ? html`<${VenueEditor} />` : kind === "people" ? html`<${People} />` : html`<${ItemList} key=${kind} kind=${kind} />`}
  `;
}

/** What a person should know of the configuration, although it is in use as it is. */
function Warnings() {
  const [items, setItems] = useState(/** @type {Schemas["ConfigWarning"][]} */ ([]));
  useEffect(() => {
    // What cannot be read now is read with the next change.
    get("/api/v1/config/warnings").then((answer) => setItems(answer.items), () => setItems([]));
  }, [store.ports]);
  if (!items.length) return "";
  return html`
    <ul class="items" aria-label="Worth knowing">
      ${items.map((one) => html`<li key=${`${one.item} ${one.field} ${one.detail}`}><b>${one.item}</b> <span class="why">${one.field}: ${one.detail}</span></li>`)}
    </ul>
  `;
}

/**
 * The items of a kind; of `ports`, those of the boards.
 * @param {{ kind: Kind | "ports" }} props
 */
function ItemList({ kind }) {
  const [items, setItems] = useState(/** @type {ConfigItemOf<Kind>[] | null} */ (null));
  const [problem, setProblem] = useState("");
  const [editing, setEditing] = useState(/** @type {Edited | null} */ (null));
  const [output, setOutput] = useState(/** @type {Output | null} */ (null));
  const own = kind === "ports" ? "devices" : kind;
  const load = () => configured(own, { limit: 1000 }).then((answer) => { setItems(answer.items); setProblem(""); }, (failed) => setProblem(trouble(failed)));
  useEffect(() => {
    load();
  }, [kind, store.ports]);
  const close = () => {
    setEditing(null);
    setOutput(null);
  };
  const done = () => {
    close();
    load();
  };
  const rows = kind === "ports" ? outputs(/** @type {ConfigItemOf<"devices">[]} */ (items || [])).map((one) => outputRow(one, () => setOutput(one))) : (items || []).map((one) => itemRow(kind, one, () => setEditing(one)));
  return html`
    ${kind === "channels" && items ? html`<${Spreadsheet} items=${items} done=${load} />` : ""}
    ${kind === "presets" ? html`<p class="hint">A preset is made on the wall: Capture from now.</p>` : ""}
    ${kind === "ports" || kind === "presets" ? "" : html`<button class="main" onClick=${() => setEditing({ fresh: true, id: "", fixed: false, item: kind === "channels" ? { enabled: true } : {} })}>Add</button>`}
    <p class="problem" role="alert">${problem}</p>
    ${items && !rows.length ? html`<p class="empty">Nothing here yet.</p>` : ""}
    <ul class="items">
      ${rows.map(
        (one) => html`<li key=${one.key}>
          <b>${one.title}</b> <span class="why">${one.more}</span>
          ${one.fixed ? html`<span class="hint">in the daemon's configuration file</span>` : html`<button aria-label=${`Edit ${one.title}`} onClick=${one.edit}>Edit</button>`}
        </li>`,
      )}
    </ul>
    ${output ? html`<${PortEditor} one=${output} close=${close} done=${done} />` : ""}
    ${editing ? (own === "presets" ? html`<${PresetEditor} id=${editing.id} close=${close} done=${done} />` : html`<${ItemEditor} kind=${own} one=${editing} close=${close} done=${done} />`) : ""}
  `;
}

/**
 * @param {Kind} kind
 * @param {ConfigItemOf<Kind>} one
 * @param {() => void} edit
 * @returns {Row}
 */
function itemRow(kind, one, edit) {
  return { key: one.id, title: one.item.name || one.id, more: detail(kind, one), fixed: one.fixed, edit };
}

/**
 * @param {Kind} kind
 * @param {ConfigItemOf<Kind>} one
 */
function detail(kind, { id, item, has_key }) {
  if (kind === "channels") {
    const channel = /** @type {Items["channels"]} */ (item);
    const others = Object.entries(channel.numbers ?? {}).map(([platform, number]) => `${number} on ${platform}`);
    return [channel.platform ? `${channel.number} on ${channel.platform}` : channel.number, ...others, channel.favourite ? "favourite" : "", channel.enabled === false ? "not offered" : ""].filter(Boolean).join(" · ");
  }
  if (kind === "presets") return count(/** @type {Items["presets"]} */ (item).entries.length, "entry", "entries");
  if (kind === "sources") {
    const { port, via } = /** @type {Items["sources"]} */ (item);
    const screens = store.ports.get(keyOf(port))?.feeds.map(screenName) ?? [];
    return [id, keyOf(port), via, screens.length ? `shown by ${screens.join(", ")}` : "shown by no TV"].filter(Boolean).join(" · ");
  }
  if (kind !== "devices") return id;
  const device = /** @type {Items["devices"]} */ (item);
  const presence = store.devices.get(id)?.presence;
  return [id, device.address, presence ? PRESENCE[presence] : "", has_key ? "has a key" : "no key", `${device.ports?.length || 0} TVs`].filter(Boolean).join(" · ");
}

/**
 * Every output of every board: those without a TV can get one.
 * @param {ConfigItemOf<"devices">[]} devices
 * @returns {Output[]}
 */
function outputs(devices) {
  return devices.flatMap((device) => [1, 2, 3, 4, 5].map((index) => ({ device, index, port: device.item.ports?.find((one) => one.index === index) })));
}

const outputKey = (/** @type {Output} */ { device, index }) => keyOf({ hostname: device.id, port: index });

/**
 * @param {Output} output
 * @param {() => void} edit
 * @returns {Row}
 */
function outputRow(output, edit) {
  const { device, port } = output;
  const key = outputKey(output);
  const more = port ? [port.zone, port.appliance, shownWords(key, port), ...(port.tags || [])].filter(Boolean).join(" · ") : "nothing";
  return { key, title: port?.name || key, more: `${key} · ${more}`, fixed: device.fixed, edit };
}

/**
 * Which source a port is, or shows.
 * @param {string} key
 * @param {Schemas["PortItem"]} port
 */
function shownWords(key, { source, volume }) {
  const own = store.ports.get(key)?.port_of_source;
  if (own) return `the box of ${own}`;
  return source ? `shows ${source}${volume === "source" ? ", which has the sound" : ""}` : "";
}

/** @param {{ kind: Exclude<Kind, "presets">, one: Edited, close: () => void, done: () => void }} props */
function ItemEditor({ kind, one, close, done }) {
  const [key, setKey] = useState("");
  const own = { path: { kind, id: one.id }, headers: { "if-match": `"${one.revision}"` } };
  const save = async (/** @type {Items[Kind]} */ item) => {
    let { id } = one;
    if (one.fresh) id = (await post("/api/v1/config/{kind}", { path: { kind }, body: item })).id;
    else await ask("PUT", "/api/v1/config/{kind}/{id}", { ...own, body: item });
    if (key.trim()) await ask("PUT", "/api/v1/config/devices/{hostname}/key", { path: { hostname: id }, body: { noise_psk: key.trim() } });
    done();
  };
  const remove = async () => {
    await ask("DELETE", "/api/v1/config/{kind}/{id}", own);
    done();
  };
  return html`<${Dialog} title=${one.fresh ? "Add" : one.item.name || one.id} close=${close} wide>
    ${kind === "channels" && !one.fresh ? html`<${LogoEditor} channel=${one.id} />` : ""}
    <${Fields} fields=${fieldsOf(kind, one.id)} item=${one.item} fresh=${one.fresh} save=${save} remove=${one.fresh ? null : remove}>
      ${kind === "devices"
        ? html`<div class="field">
            <label for="field-key">Noise key</label>
            <input id="field-key" type="password" autocomplete="off" value=${key} onInput=${(/** @type {Typed} */ event) => setKey(event.currentTarget.value)} aria-describedby="field-key-hint" />
            <p id="field-key-hint" class="hint">${one.has_key ? "It has one, which is never shown; a new one replaces it." : "Only if the board has api encryption."}</p>
          </div>`
        : ""}
    <//>
  <//>`;
}

/** @param {{ one: Output, close: () => void, done: () => void }} props */
function PortEditor({ one, close, done }) {
  const { device, index, port } = one;
  const key = outputKey(one);
  const others = (device.item.ports || []).filter((other) => other.index !== index);
  const write = async (/** @type {Schemas["PortItem"][]} */ ports) => {
    const body = { ...device.item, ports: ports.sort((a, b) => a.index - b.index) };
    await ask("PUT", "/api/v1/config/{kind}/{id}", { path: { kind: "devices", id: device.id }, body, headers: { "if-match": `"${device.revision}"` } });
    done();
  };
  const save = (/** @type {Omit<Schemas["PortItem"], "index">} */ item) => write([...others, { ...item, index }]);
  const [sources, setSources] = useState(/** @type {Schemas["SourceView"][] | null} */ (null));
  const [unread, setUnread] = useState("");
  useEffect(() => {
    let gone = false;
    get("/api/v1/sources").then(({ items }) => gone || setSources(items), (failed) => gone || setUnread(trouble(failed)));
    return () => {
      gone = true;
    };
  }, []);
  const isBox = sources?.some((source) => keyOf(source) === key);
  const [remotes, setRemotes] = useState(/** @type {typeof import("./remotes.js") | null} */ (null));
  // Few ever ask: it is loaded when somebody does.
  const askRemote = () => import("./remotes.js").then(setRemotes, (failed) => store.toast({ id: `remotes-${key}`, kind: "problem", words: trouble(failed) }));
  const test = async () => {
    const { kind, words } = await sendOne(key, "mute");
    const silent = kind === "delivered" ? ": which TV went silent?" : "";
    store.toast({ id: `test-${key}`, kind: kind === "delivered" ? "note" : "problem", words: `${key}: ${words}${silent}` });
  };
  return html`<${Dialog} title=${key} close=${close} wide>
    <p class="facts">${drivenBy(port)}</p>
    <div class="row wrap">
      ${port && store.ports.has(key) ? html`<button onClick=${test}>Which TV is it? (mute)</button>` : ""}
      <button onClick=${askRemote}>Which remote does this TV have?</button>
    </div>
    ${remotes ? html`<${remotes.Remotes} at=${{ hostname: device.id, port: index, ...(port?.emitter ? { emitter: port.emitter } : {}) }} title=${port?.name || key} codeset=${port?.codeset} close=${() => setRemotes(null)} done=${done} />` : ""}
    ${unread ? html`<p class="problem" role="alert">Its sources cannot be read: ${unread}</p>` : ""}
    ${sources ? html`<${Fields} fields=${[...portFields(), ...(isBox ? [] : sourceFields(sources))]} item=${port || {}} fresh=${!port} save=${save} remove=${port ? () => write(others) : null} />` : ""}
  <//>`;
}

/**
 * What drives a TV, as far as it is registered.
 * @param {Schemas["PortItem"] | undefined} port
 */
function drivenBy(port) {
  if (port?.codeset) return `Driven by the infrared codes of ${port.codeset}.`;
  if (port?.mapping && Object.keys(port.mapping).length) return "Driven by a mapping to what its board has.";
  return "Driven by the actions of its board, if it has any.";
}

/** Boards that were seen on the network and are not registered. */
function Discovered() {
  const [found, setFound] = useState(/** @type {Schemas["DiscoveredBoard"][]} */ ([]));
  const [problem, setProblem] = useState("");
  const load = () => get("/api/v1/discovered").then((answer) => setFound(answer.items), () => setFound([]));
  useEffect(() => {
    load();
  }, [store.ports]);
  const adopt = async (/** @type {Schemas["DiscoveredBoard"]} */ board) => {
    const item = { hostname: board.hostname, address: board.address, ...(board.mac ? { mac: board.mac } : {}), ...(board.friendly_name ? { name: board.friendly_name } : {}) };
    try {
      await post("/api/v1/config/{kind}", { path: { kind: "devices" }, body: item });
      setProblem("");
      load();
    } catch (failed) {
      setProblem(trouble(failed));
    }
  };
  const fresh = found.filter((board) => board.state !== "registered");
  if (!fresh.length) return "";
  return html`<h2>Seen on the network</h2>
    <p class="problem" role="alert">${problem}</p>
    <ul class="items">
      ${fresh.map(
        (board) => html`<li key=${board.hostname}>
          <b>${board.friendly_name || board.hostname}</b>
          <span class="why">${[board.hostname, board.address, board.mac, board.esphome_version, board.encrypted && "wants its Noise key: edit it once it is adopted"].filter(Boolean).join(" · ")}</span>
          ${board.state === "new" ? html`<button onClick=${() => adopt(board)}>Adopt</button>` : html`<span class="problem">${board.state === "other_mac" ? `the registered board of this name has MAC ${board.registered}` : `registered as ${board.registered}`}</span>`}
        </li>`,
      )}
    </ul>`;
}
