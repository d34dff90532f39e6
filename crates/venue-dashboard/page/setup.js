// What the venue is made of: boards with their TVs, sources, zones, tags, channels, presets.
/** @import { ConfigItemOf, Field, Items, Schemas, Typed } from "../types/page" */
import { html, useEffect, useState, useStore } from "./html.js";
import { ask, configured, get, post } from "./api.js";
import { Backups } from "./backups.js";
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
import { presenceWord, screenName, tvs } from "./words.js";
import { t } from "./texts.js";

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
 * @type {{ kind: Kind | "ports" | "venue" | "people" | "backups", words: string, managed?: boolean }[]}
 */
const KINDS = [
  { kind: "devices", words: t("setup.boards") },
  { kind: "ports", words: t("setup.tvs") },
  { kind: "sources", words: t("setup.sources") },
  { kind: "zones", words: t("setup.zones") },
  { kind: "tags", words: t("field.tags") },
  { kind: "channels", words: t("setup.channels"), managed: true },
  { kind: "presets", words: t("setup.presets"), managed: true },
  { kind: "people", words: t("setup.people"), managed: true },
  { kind: "venue", words: t("setup.venue") },
  { kind: "backups", words: t("setup.backups") },
];

/** @type {Record<Exclude<Kind, "presets" | "sources">, Field[]>} */
const OWN = {
  zones: [
    { name: "id", label: t("field.id"), hint: t("field.hint_id"), fresh: true, required: true },
    { name: "name", label: t("field.name"), required: true },
    { name: "order", label: t("field.place_wall"), kind: "number", hint: t("field.smallest_first") },
  ],
  tags: [
    { name: "id", label: t("field.id"), hint: t("field.hint_id"), fresh: true, required: true },
    { name: "name", label: t("field.name") },
    { name: "description", label: t("field.description") },
  ],
  channels: [
    { name: "id", label: t("field.id"), hint: t("field.hint_id"), fresh: true, required: true },
    { name: "name", label: t("field.name"), required: true },
    { name: "number", label: t("field.number"), hint: t("field.hint_number"), required: true },
    { name: "platform", label: t("field.number_platform"), hint: t("field.hint_number_platform") },
    { name: "numbers", label: t("field.numbers"), kind: "pairs", hint: t("field.hint_numbers") },
    { name: "favourite", label: t("field.favourite"), kind: "check", hint: t("field.hint_favourite") },
    { name: "enabled", label: t("field.offered"), kind: "check", hint: t("field.hint_offered") },
  ],
  devices: [
    { name: "hostname", label: t("field.hostname"), hint: t("field.hint_hostname"), fresh: true, required: true },
    { name: "address", label: t("field.address"), hint: t("field.hint_address"), required: true },
    { name: "mac", label: "MAC", hint: t("field.hint_mac") },
    { name: "name", label: t("field.name") },
    { name: "location", label: t("field.where") },
    { name: "notes", label: t("field.notes") },
  ],
};

/** @returns {[id: string, words: string][]} */
const zoneChoices = () => [["", t("field.none")], ...store.zones.map(({ id, name }) => /** @type {[string, string]} */ ([id, name || id]))];

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
    { name: "id", label: t("field.id"), hint: t("field.hint_source_id"), fresh: true, required: true },
    { name: "name", label: t("field.name") },
    { name: "port", label: t("field.box_port"), kind: "port", choices: [["", t("field.choose_one")], ...named], hint: t("field.hint_box_port"), required: true },
    { name: "via", label: t("field.via"), hint: t("field.hint_via") },
    { name: "order", label: t("field.place_sources"), kind: "number", hint: t("field.smallest_first") },
  ];
}

/**
 * What a TV may show, and which of the two has the sound; the box of a source shows nothing.
 * @param {Schemas["SourceView"][]} sources
 * @returns {Field[]}
 */
const sourceFields = (sources) => [
  { name: "source", label: t("field.shows"), kind: "choice", choices: [["", t("field.own_tuner")], ...sources.map(({ id, name }) => /** @type {[string, string]} */ ([id, name || id]))], hint: t("field.hint_shows") },
  { name: "volume", label: t("field.volume"), kind: "choice", choices: [["", t("field.volume_tv")], ["source", t("field.volume_source")]] },
];

/** @returns {Field[]} */
const portFields = () => [
  { name: "name", label: t("field.name") },
  { name: "appliance", label: t("field.appliance"), hint: t("field.hint_appliance") },
  { name: "zone", label: t("field.zone"), kind: "choice", choices: zoneChoices() },
  { name: "tags", label: t("field.tags"), kind: "lines", hint: t("field.one_a_line") },
  { name: "platform", label: t("field.platform"), hint: t("field.hint_platform") },
  { name: "default_channel", label: t("field.default_channel") },
];

/** @param {{ rest: string[] }} props */
export function Setup({ rest }) {
  useStore(store);
  const shown = KINDS.filter(({ managed }) => managed || store.may.configure);
  const kind = (shown.find((one) => one.kind === rest[0]) ?? shown[0])?.kind ?? "channels";
  return html`
    <h1>${t("setup.title")}</h1>
    <nav class="chips" aria-label=${t("setup.kinds")}>
      ${shown.map((one) => html`<a class="chip" href=${`#/setup/${one.kind}`} aria-current=${one.kind === kind ? "page" : undefined}>${one.words}</a>`)}
    </nav>
    <${Warnings} />
    ${kind === "devices" ? html`<${Discovered} />` : ""}
    ${kind === "venue" ? html`<${VenueEditor} />` : kind === "people" ? html`<${People} />` : kind === "backups" ? html`<${Backups} />` : html`<${ItemList} key=${kind} kind=${kind} />`}
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
    <ul class="items" aria-label=${t("setup.warnings")}>
      ${items.map((one) => html`<li key=${`${one.item} ${one.field} ${one.detail}`}><b>${one.item}</b> <span class="why">${one.field}: ${one.detail}</span></li>`)}
    </ul>
  `;
}

/**
 * What was typed into the table of the TVs and is not saved: it is there again when somebody comes back.
 * @type {import("./port-rows.js").Edits}
 */
let typed = new Map();

/** The browser asks before it forgets them. */
const unsaved = (/** @type {Event} */ event) => event.preventDefault();

/** @param {(before: typeof typed) => typeof typed} next */
function keepTyped(next) {
  typed = next(typed);
  if (typed.size) addEventListener("beforeunload", unsaved);
  else removeEventListener("beforeunload", unsaved);
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
  const [table, setTable] = useState(/** @type {typeof import("./port-table.js") | null} */ (null));
  const [edits, setEdits] = useState(typed);
  const change = (/** @type {(before: typeof typed) => typeof typed} */ next) => {
    keepTyped(next);
    setEdits(typed);
  };
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
  // Few ever set up many at once: it is loaded when somebody does.
  const askTable = () => import("./port-table.js").then(setTable, (failed) => setProblem(trouble(failed)));
  useEffect(() => {
    if (kind === "ports" && typed.size) askTable();
  }, []);
  if (table && items) return html`<${table.PortTable} boards=${items} edits=${edits} change=${change} close=${() => setTable(null)} done=${load} />`;
  const rows = kind === "ports" ? outputs(/** @type {ConfigItemOf<"devices">[]} */ (items || [])).map((one) => outputRow(one, () => setOutput(one))) : (items || []).map((one) => itemRow(kind, one, () => setEditing(one)));
  return html`
    ${kind === "channels" && items ? html`<${Spreadsheet} items=${items} done=${load} />` : ""}
    ${kind === "presets" ? html`<p class="hint">${t("setup.preset_hint")}</p>` : ""}
    ${kind === "ports" ? html`<button class="main" onClick=${askTable}>${edits.size ? t("port_table.review", { n: edits.size }) : t("port_table.open")}</button>` : ""}
    ${kind === "ports" || kind === "presets" ? "" : html`<button class="main" onClick=${() => setEditing({ fresh: true, id: "", fixed: false, item: kind === "channels" ? { enabled: true } : {} })}>${t("setup.add")}</button>`}
    <p class="problem" role="alert">${problem}</p>
    ${items && !rows.length ? html`<p class="empty">${t("setup.nothing")}</p>` : ""}
    <ul class="items">
      ${rows.map(
        (one) => html`<li key=${one.key}>
          <b>${one.title}</b> <span class="why">${one.more}</span>
          ${one.fixed ? html`<span class="hint">${t("setup.in_file")}</span>` : html`<button aria-label=${t("setup.edit_one", { name: one.title })} onClick=${one.edit}>${t("setup.edit")}</button>`}
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
    const others = Object.entries(channel.numbers ?? {}).map(([platform, number]) => t("setup.number_on", { number, platform }));
    return [channel.platform ? t("setup.number_on", { number: channel.number, platform: channel.platform }) : channel.number, ...others, channel.favourite ? t("setup.favourite") : "", channel.enabled === false ? t("setup.not_offered") : ""].filter(Boolean).join(" · ");
  }
  if (kind === "presets") return t("setup.entries", { n: /** @type {Items["presets"]} */ (item).entries.length });
  if (kind === "sources") {
    const { port, via } = /** @type {Items["sources"]} */ (item);
    const screens = store.ports.get(keyOf(port))?.feeds.map(screenName) ?? [];
    return [id, keyOf(port), via, screens.length ? t("setup.shown_by", { tvs: screens.join(", ") }) : t("setup.shown_by_none")].filter(Boolean).join(" · ");
  }
  if (kind !== "devices") return id;
  const device = /** @type {Items["devices"]} */ (item);
  const presence = store.devices.get(id)?.presence;
  return [id, device.address, presence ? presenceWord(presence) : "", has_key ? t("setup.has_key") : t("setup.no_key"), tvs(device.ports?.length || 0)].filter(Boolean).join(" · ");
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
  const more = port ? [port.zone, port.appliance, shownWords(key, port), ...(port.tags || [])].filter(Boolean).join(" · ") : t("setup.empty_output");
  return { key, title: port?.name || key, more: `${key} · ${more}`, fixed: device.fixed, edit };
}

/**
 * Which source a port is, or shows.
 * @param {string} key
 * @param {Schemas["PortItem"]} port
 */
function shownWords(key, { source, volume }) {
  const own = store.ports.get(key)?.port_of_source;
  if (own) return t("setup.box_of", { source: own });
  return source ? t(volume === "source" ? "setup.shows_sound" : "setup.shows", { source }) : "";
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
  return html`<${Dialog} title=${one.fresh ? t("setup.add") : one.item.name || one.id} close=${close} wide>
    ${kind === "channels" && !one.fresh ? html`<${LogoEditor} channel=${one.id} />` : ""}
    <${Fields} fields=${fieldsOf(kind, one.id)} item=${one.item} fresh=${one.fresh} save=${save} remove=${one.fresh ? null : remove}>
      ${kind === "devices"
        ? html`<div class="field">
            <label for="field-key">${t("setup.noise_key")}</label>
            <input id="field-key" type="password" autocomplete="off" value=${key} onInput=${(/** @type {Typed} */ event) => setKey(event.currentTarget.value)} aria-describedby="field-key-hint" />
            <p id="field-key-hint" class="hint">${one.has_key ? t("setup.key_replaces") : t("setup.key_if")}</p>
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
    const silent = kind === "delivered" ? t("setup.silent") : "";
    store.toast({ id: `test-${key}`, kind: kind === "delivered" ? "note" : "problem", words: `${key}: ${words}${silent}` });
  };
  return html`<${Dialog} title=${key} close=${close} wide>
    <p class="facts">${drivenBy(port)}</p>
    <div class="row wrap">
      ${port && store.ports.has(key) ? html`<button onClick=${test}>${t("setup.which_tv")}</button>` : ""}
      <button onClick=${askRemote}>${t("setup.which_remote")}</button>
    </div>
    ${remotes ? html`<${remotes.Remotes} at=${{ hostname: device.id, port: index, ...(port?.emitter ? { emitter: port.emitter } : {}) }} title=${port?.name || key} codeset=${port?.codeset} close=${() => setRemotes(null)} done=${done} />` : ""}
    ${unread ? html`<p class="problem" role="alert">${t("setup.sources_unread", { why: unread })}</p>` : ""}
    ${sources ? html`<${Fields} fields=${[...portFields(), ...(isBox ? [] : sourceFields(sources))]} item=${port || {}} fresh=${!port} save=${save} remove=${port ? () => write(others) : null} />` : ""}
  <//>`;
}

/**
 * What drives a TV, as far as it is registered.
 * @param {Schemas["PortItem"] | undefined} port
 */
function drivenBy(port) {
  if (port?.codeset) return t("setup.by_codes", { codeset: port.codeset });
  if (port?.mapping && Object.keys(port.mapping).length) return t("setup.by_mapping");
  return t("setup.by_actions");
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
      if (!board.encrypted && store.may.configure) {
        // Its outputs are tried at once: what hangs on them is seen, and not guessed.
        const boards = await import("./first-boards.js");
        await boards.adopt(item);
        location.hash = `#/begin/${board.hostname}`;
        return;
      }
      await post("/api/v1/config/{kind}", { path: { kind: "devices" }, body: item });
      setProblem("");
      load();
    } catch (failed) {
      setProblem(trouble(failed));
    }
  };
  const fresh = found.filter((board) => board.state !== "registered");
  if (!fresh.length) return "";
  return html`<h2>${t("setup.seen")}</h2>
    <p class="problem" role="alert">${problem}</p>
    <ul class="items">
      ${fresh.map(
        (board) => html`<li key=${board.hostname}>
          <b>${board.friendly_name || board.hostname}</b>
          <span class="why">${[board.hostname, board.address, board.mac, board.esphome_version, board.encrypted && t("setup.wants_key")].filter(Boolean).join(" · ")}</span>
          ${board.state === "new" ? html`<button onClick=${() => adopt(board)}>${t("setup.adopt")}</button>` : html`<span class="problem">${board.state === "other_mac" ? t("setup.other_mac", { mac: board.registered }) : t("setup.registered_as", { name: board.registered })}</span>`}
        </li>`,
      )}
    </ul>`;
}
