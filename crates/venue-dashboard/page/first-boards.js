// The boards of a new venue: each is adopted, its outputs are tried one by one, and the TVs that are there are kept.
/** @import { Schemas, Typed } from "../types/page" */
import { html, useEffect, useState, useStore } from "./html.js";
import { ask, get, post } from "./api.js";
import { sendOne } from "./commands.js";
import { keyOf } from "./keys.js";
import { once } from "./once.js";
import { store } from "./store.js";
import { trouble } from "./answers.js";
import { t } from "./texts.js";

/** The outputs that a board of the family has. */
const OUTPUTS = [1, 2, 3, 4, 5];

/** A board that was just switched on is seen so soon. */
const LOOK_AGAIN = 2_000;

/** @typedef {{ hostname: string, address: string, mac?: string, name?: string, key?: string }} Adopted */
/**
 * An output, as it is filled in.
 * @typedef {{ index: number, name: string, zone: string, there: boolean, told: string }} Output
 */

/** The boards that tell of themselves, looked for again and again while somebody waits for one. */
function useSeen() {
  const [seen, setSeen] = useState(/** @type {Schemas["Discovered"] | null} */ (null));
  useEffect(() => {
    let gone = false;
    const look = () => document.visibilityState === "visible" && get("/api/v1/discovered").then((answer) => gone || setSeen(answer), () => {});
    look();
    const timer = setInterval(look, LOOK_AGAIN);
    return () => {
      gone = true;
      clearInterval(timer);
    };
  }, []);
  return seen;
}

/** @param {{ rest?: string[] }} props the board whose outputs are tried first, if one is named */
export function FirstBoards({ rest = [] }) {
  useStore(store);
  const seen = useSeen();
  const [open, setOpen] = useState(/** @type {string | null} */ (rest[0] ?? null));
  const fresh = (seen?.items ?? []).filter(({ state }) => state === "new");
  const adopted = [...store.devices.keys()].sort();
  const tvs = [...store.ports.values()].filter(({ hostname }) => adopted.includes(hostname)).length;
  return html`
    <h1>${t("first.boards")}</h1>
    <p class="hint">${seen?.enabled === false ? t("first.no_discovery") : t("first.boards_hint")}</p>
    ${fresh.length
      ? html`<ul class="items" aria-label=${t("setup.seen")}>
          ${fresh.map((board) => html`<li key=${board.hostname}><${Seen} board=${board} adopted=${setOpen} /></li>`)}
        </ul>`
      : ""}
    ${seen && !fresh.length ? html`<p class="empty" role="status">${t("first.none_seen")}</p>` : ""}
    <${ByHand} adopted=${setOpen} />
    ${adopted.length ? html`<h2>${t("first.adopted")}</h2>` : ""}
    ${adopted.map((hostname) => html`<section key=${hostname} class="board" aria-label=${hostname}>
      <div class="row"><b>${hostname}</b> ${open === hostname ? "" : html`<button onClick=${() => setOpen(hostname)}>${t("first.try")}</button>`}</div>
      ${open === hostname ? html`<${Outputs} hostname=${hostname} done=${() => setOpen(null)} />` : ""}
    </section>`)}
    <${Tablets} />
    <div class="row"><a class="button main" href="#/">${t("first.to_wall", { n: tvs })}</a></div>
  `;
}

/** How others than this browser get in. */
function Tablets() {
  const [status, setStatus] = useState(/** @type {Schemas["SetupStatus"] | null} */ (null));
  useEffect(() => {
    get("/api/v1/setup").then(setStatus, () => {});
  }, []);
  if (!status) return "";
  const { protocol, origin, hostname } = window.location;
  // The address that works here is the one that is known to work, unless it leads to the machine of this browser.
  const isHere = hostname === "localhost" || hostname === "[::1]" || hostname.startsWith("127.");
  const at = protocol === "https:" && !isHere ? `${origin}/` : status.tablets;
  return html`<p class="hint">${!at ? t("first.no_tablets") : t(status.tablets ? "first.tablets_trust" : "first.tablets", { at })}</p>`;
}

/**
 * Registers a board with all of its outputs, so that each can be tried.
 * @param {Adopted} board
 */
export async function adopt({ hostname, address, mac, name, key }) {
  const ports = OUTPUTS.map((index) => ({ index, name: `${name || hostname} ${index}` }));
  const body = { hostname, address, ...(mac ? { mac } : {}), ...(name ? { name } : {}), ports };
  await post("/api/v1/config/{kind}", { path: { kind: "devices" }, body });
  if (key?.trim()) await ask("PUT", "/api/v1/config/devices/{hostname}/key", { path: { hostname }, body: { noise_psk: key.trim() } });
  await store.load();
}

/** @param {{ board: Schemas["DiscoveredBoard"], adopted: (hostname: string) => void }} props */
function Seen({ board, adopted }) {
  const [key, setKey] = useState("");
  const [problem, setProblem] = useState("");
  const { hostname, address, encrypted } = board;
  const take = () => once(`adopt ${hostname}`, async () => {
    try {
      await adopt({ hostname, address, mac: board.mac ?? undefined, name: board.friendly_name ?? undefined, key });
      adopted(hostname);
    } catch (failed) {
      setProblem(trouble(failed));
    }
  });
  return html`
    <b>${board.friendly_name || hostname}</b> <span class="why">${[hostname, address, board.mac].filter(Boolean).join(" · ")}</span>
    ${encrypted ? html`<label for=${`key-${hostname}`}>${t("setup.noise_key")}</label><input id=${`key-${hostname}`} type="password" autocomplete="off" value=${key} onInput=${(/** @type {Typed} */ event) => setKey(event.currentTarget.value)} />` : ""}
    <button class="main" aria-label=${t("first.adopt_one", { name: board.friendly_name || hostname })} disabled=${encrypted && !key.trim()} onClick=${take}>${t("setup.adopt")}</button>
    <p class="problem" role="alert">${problem}</p>
  `;
}

/**
 * A board that nobody sees, as behind another network: by its name and address.
 * @param {{ adopted: (hostname: string) => void }} props
 */
function ByHand({ adopted }) {
  const [hostname, setHostname] = useState("");
  const [address, setAddress] = useState("");
  const [problem, setProblem] = useState("");
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    try {
      await adopt({ hostname: hostname.trim(), address: address.trim() });
      adopted(hostname.trim().toLowerCase());
      setProblem("");
      setHostname("");
      setAddress("");
    } catch (failed) {
      setProblem(trouble(failed));
    }
  };
  return html`<details>
    <summary>${t("first.by_hand")}</summary>
    <form class="fields" onSubmit=${submit}>
      <div class="field"><label for="hand-host">${t("field.hostname")}</label><input id="hand-host" autocomplete="off" required value=${hostname} onInput=${(/** @type {Typed} */ event) => setHostname(event.currentTarget.value)} /></div>
      <div class="field"><label for="hand-address">${t("field.address")}</label><input id="hand-address" autocomplete="off" required value=${address} onInput=${(/** @type {Typed} */ event) => setAddress(event.currentTarget.value)} /></div>
      <p class="problem" role="alert">${problem}</p>
      <button type="submit">${t("setup.adopt")}</button>
    </form>
  </details>`;
}

/** @param {{ hostname: string, done: () => void }} props */
function Outputs({ hostname, done }) {
  const [outputs, setOutputs] = useState(() => OUTPUTS.map((index) => outputOf(hostname, index)));
  const [problem, setProblem] = useState("");
  const change = (/** @type {number} */ index, /** @type {Partial<Output>} */ now) => setOutputs((all) => all.map((one) => (one.index === index ? { ...one, ...now } : one)));
  const test = async (/** @type {Output} */ { index }) => {
    const { kind, words } = await sendOne(keyOf({ hostname, port: index }), "mute");
    change(index, { told: kind === "delivered" ? `${words}${t("setup.silent")}` : words });
  };
  const save = async () => {
    try {
      await keep(hostname, outputs);
      done();
    } catch (failed) {
      setProblem(trouble(failed));
    }
  };
  return html`
    <p class="hint">${t("first.try_hint")}</p>
    <ul class="items">
      ${outputs.map((one) => html`<li key=${one.index} class="output">
        <label class="check"><input type="checkbox" checked=${one.there} onChange=${(/** @type {Typed} */ event) => change(one.index, { there: event.currentTarget.checked })} /> ${t("first.output", { n: one.index })}</label>
        ${store.ports.has(keyOf({ hostname, port: one.index })) ? html`<button onClick=${() => test(one)} aria-label=${t("first.test_one", { n: one.index })}>${t("first.test")}</button>` : ""}
        <input aria-label=${t("first.name_of", { n: one.index })} disabled=${!one.there} value=${one.name} onInput=${(/** @type {Typed} */ event) => change(one.index, { name: event.currentTarget.value })} />
        ${store.zones.length
          ? html`<select aria-label=${t("first.zone_of", { n: one.index })} disabled=${!one.there} value=${one.zone} onChange=${(/** @type {Typed} */ event) => change(one.index, { zone: event.currentTarget.value })}>
              <option value="">${t("field.none")}</option>
              ${store.zones.map(({ id, name }) => html`<option value=${id}>${name || id}</option>`)}
            </select>`
          : ""}
        <span class="why" role="status">${one.told}</span>
      </li>`)}
    </ul>
    <p class="problem" role="alert">${problem}</p>
    <div class="row"><button class="main" onClick=${save}>${t("first.keep")}</button></div>
  `;
}

/**
 * An output as it is registered; one without a TV can have one.
 * @param {string} hostname
 * @param {number} index
 * @returns {Output}
 */
function outputOf(hostname, index) {
  const port = store.ports.get(keyOf({ hostname, port: index }));
  return { index, name: port?.name || `${hostname} ${index}`, zone: port?.zone || "", there: Boolean(port), told: "" };
}

/**
 * Keeps the TVs that are there; what else is registered of them stays.
 * @param {string} hostname
 * @param {Output[]} outputs
 */
async function keep(hostname, outputs) {
  const path = { kind: /** @type {const} */ ("devices"), id: hostname };
  const known = await get("/api/v1/config/{kind}/{id}", { path });
  const device = /** @type {Schemas["DeviceItem"]} */ (known.item);
  const before = (/** @type {number} */ index) => device.ports?.find((port) => port.index === index);
  const ports = outputs.filter(({ there }) => there).map(({ index, name, zone }) => {
    /** @type {Schemas["PortItem"]} */
    const port = { ...before(index), index, name: name.trim() || `${hostname} ${index}` };
    if (zone) port.zone = zone;
    else delete port.zone;
    return port;
  });
  await ask("PUT", "/api/v1/config/{kind}/{id}", { path, body: { ...device, ports }, headers: { "if-match": `"${known.revision}"` } });
  await store.load();
}
