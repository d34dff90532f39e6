// What the venue is made of: boards with their TVs, zones, tags, channels.
import { html, useEffect, useState, useStore } from "./html.js";
import { ask, get, post } from "./api.js";
import { sendOne } from "./commands.js";
import { Dialog } from "./dialog.js";
import { Fields } from "./fields.js";
import { store } from "./store.js";
import { trouble } from "./answers.js";
import { PRESENCE } from "./words.js";

const KINDS = [
  ["devices", "Boards"],
  ["ports", "TVs"],
  ["zones", "Zones"],
  ["tags", "Tags"],
  ["channels", "Channels"],
];

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
    { name: "platform", label: "Platform" },
    { name: "favourite", label: "Favourite", kind: "check" },
    { name: "enabled", label: "Offered", kind: "check" },
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

const portFields = () => [
  { name: "name", label: "Name" },
  { name: "appliance", label: "TV or box", hint: "make and model" },
  { name: "zone", label: "Zone", kind: "choice", choices: [["", "none"], ...store.zones.map((zone) => [zone.id, zone.name || zone.id])] },
  { name: "tags", label: "Tags", kind: "lines", hint: "one a line" },
  { name: "default_channel", label: "Default channel" },
];

export function Setup({ rest }) {
  useStore(store);
  const kind = KINDS.some(([name]) => name === rest[0]) ? rest[0] : "devices";
  return html`
    <h1>Set-up</h1>
    <nav class="chips" aria-label="Kinds">
      ${KINDS.map(([name, words]) => html`<a class="chip" href=${`#/setup/${name}`} aria-current=${name === kind ? "page" : undefined}>${words}</a>`)}
    </nav>
    ${kind === "devices" ? html`<${Discovered} />` : ""}
    <${Items} key=${kind} kind=${kind} />
  `;
}

/** The items of a kind; of `ports`, those of the boards. */
function Items({ kind }) {
  const [items, read] = useState(null);
  const [problem, tell] = useState("");
  const [editing, edit] = useState(null);
  const own = kind === "ports" ? "devices" : kind;
  const load = () => get(`api/v1/config/${own}?limit=1000`).then((answer) => { read(answer.items); tell(""); }, (failed) => tell(trouble(failed)));
  useEffect(() => {
    load();
  }, [kind, store.ports]);
  const done = () => {
    edit(null);
    load();
  };
  const rows = kind === "ports" ? ports(items || []) : (items || []).map((one) => ({ ...one, title: one.item.name || one.id, more: detail(kind, one) }));
  return html`
    ${kind === "ports" ? "" : html`<button class="main" onClick=${() => edit({ fresh: true, item: kind === "channels" ? { enabled: true } : {} })}>Add</button>`}
    <p class="problem" role="alert">${problem}</p>
    ${items && !rows.length ? html`<p class="empty">Nothing here yet.</p>` : ""}
    <ul class="items">
      ${rows.map(
        (one) => html`<li key=${one.key || one.id}>
          <b>${one.title}</b> <span class="why">${one.more}</span>
          ${one.fixed ? html`<span class="hint">in the daemon's configuration file</span>` : html`<button aria-label=${`Edit ${one.title}`} onClick=${() => edit(one)}>Edit</button>`}
        </li>`,
      )}
    </ul>
    ${editing && kind === "ports" ? html`<${PortEditor} one=${editing} close=${() => edit(null)} done=${done} />` : ""}
    ${editing && kind !== "ports" ? html`<${ItemEditor} kind=${kind} one=${editing} close=${() => edit(null)} done=${done} />` : ""}
  `;
}

function detail(kind, { id, item, has_key }) {
  if (kind === "channels") return `${item.number}${item.platform ? ` · ${item.platform}` : ""}${item.favourite ? " · favourite" : ""}${item.enabled === false ? " · not offered" : ""}`;
  if (kind !== "devices") return id;
  const presence = PRESENCE[store.devices.get(id)?.presence] || "";
  return [id, item.address, presence, has_key ? "has a key" : "no key", `${item.ports?.length || 0} TVs`].filter(Boolean).join(" · ");
}

/** Every output of every board: those without a TV can get one. */
function ports(devices) {
  return devices.flatMap((device) =>
    [1, 2, 3, 4, 5].map((index) => {
      const port = (device.item.ports || []).find((one) => one.index === index);
      const more = port ? [port.zone, port.appliance, ...(port.tags || [])].filter(Boolean).join(" · ") : "nothing";
      return { key: `${device.id}/${index}`, fixed: device.fixed, device, index, port, title: port?.name || `${device.id}/${index}`, more: `${device.id}/${index} · ${more}` };
    }),
  );
}

const path = (kind, id) => `api/v1/config/${kind}/${encodeURIComponent(id)}`;

function ItemEditor({ kind, one, close, done }) {
  const [key, type] = useState("");
  const save = async (item) => {
    let id = one.id;
    if (one.fresh) id = (await post(`api/v1/config/${kind}`, item)).id;
    else await ask("PUT", path(kind, id), item, { "if-match": `"${one.revision}"` });
    if (key.trim()) await ask("PUT", `${path("devices", id)}/key`, { noise_psk: key.trim() });
    done();
  };
  const remove = async () => {
    await ask("DELETE", path(kind, one.id), undefined, { "if-match": `"${one.revision}"` });
    done();
  };
  return html`<${Dialog} title=${one.fresh ? "Add" : one.title} close=${close} wide>
    <${Fields} fields=${OWN[kind]} item=${one.item} fresh=${one.fresh} save=${save} remove=${one.fresh ? null : remove}>
      ${kind === "devices"
        ? html`<div class="field">
            <label for="field-key">Noise key</label>
            <input id="field-key" type="password" autocomplete="off" value=${key} onInput=${(event) => type(event.target.value)} aria-describedby="field-key-hint" />
            <p id="field-key-hint" class="hint">${one.has_key ? "It has one, which is never shown; a new one replaces it." : "Only if the board has api encryption."}</p>
          </div>`
        : ""}
    <//>
  <//>`;
}

function PortEditor({ one, close, done }) {
  const { device, index, port } = one;
  const others = (device.item.ports || []).filter((other) => other.index !== index);
  const write = async (ports) => {
    const item = { ...device.item, ports: ports.sort((a, b) => a.index - b.index) };
    await ask("PUT", path("devices", device.id), item, { "if-match": `"${device.revision}"` });
    done();
  };
  const save = (item) => write([...others, { ...item, index }]);
  const test = async () => {
    const { kind, words } = await sendOne(one.key, "mute");
    const silent = kind === "delivered" ? ": which TV went silent?" : "";
    store.toast({ id: `test-${one.key}`, kind: kind === "delivered" ? "note" : "problem", words: `${one.key}: ${words}${silent}` });
  };
  return html`<${Dialog} title=${one.key} close=${close} wide>
    ${port && store.ports.has(one.key) ? html`<button onClick=${test}>Which TV is it? (mute)</button>` : ""}
    <${Fields} fields=${portFields()} item=${port || {}} fresh=${!port} save=${save} remove=${port ? () => write(others) : null} />
  <//>`;
}

/** Boards that were seen on the network and are not registered. */
function Discovered() {
  const [found, read] = useState([]);
  const [problem, tell] = useState("");
  const load = () => get("api/v1/discovered").then((answer) => read(answer.items), () => read([]));
  useEffect(() => {
    load();
  }, [store.ports]);
  const adopt = async (board) => {
    const item = { hostname: board.hostname, address: board.address, ...(board.mac ? { mac: board.mac } : {}), ...(board.friendly_name ? { name: board.friendly_name } : {}) };
    try {
      await post("api/v1/config/devices", item);
      tell("");
      load();
    } catch (failed) {
      tell(trouble(failed));
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
