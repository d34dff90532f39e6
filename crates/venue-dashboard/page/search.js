// Finds whatever has a name, from every page: it is there at once, so that no key is lost that is typed behind `/`.
/** @import { Typed } from "../types/page" */
/** @import { Found } from "./find.js" */
import { html, useMemo, useState } from "./html.js";
import { isMany } from "./batches.js";
import { channelName, numberOn, wishFor } from "./channels.js";
import { sendAll } from "./commands.js";
import { Dialog } from "./dialog.js";
import { find } from "./find.js";
import { Logo } from "./logo.js";
import { assumedOf, boxOf, isScreen, tunerOf } from "./screens.js";
import { store } from "./store.js";
import { t } from "./texts.js";
import { presenceWord, tvs } from "./words.js";

/** So many of each kind are shown: whoever finds more types more. */
const SHOWN = 12;

/** @typedef {{ key: string, name: unknown, more?: unknown, act: () => void, label?: string, aside?: { label: string, sign: string, act: () => void } | null }} Hit */

/** @param {{ close: () => void }} props */
export function Search({ close }) {
  const [text, setText] = useState("");
  const found = useMemo(() => find(text, store), [text, store.ports, store.zones, store.channels, store.presets, store.devices]);
  const go = (/** @type {import("./store.js").Sought} */ sought) => {
    close();
    location.hash = "#/";
    store.seek(sought);
  };
  const groups = hits(found, go, close);
  const first = groups.find(([, some]) => some.length)?.[1][0];
  const enter = (/** @type {Event} */ event) => {
    event.preventDefault();
    first?.act();
  };
  const may = found.tvs.map(({ key }) => key).filter((key) => store.mayTv(key));
  const selectAll = () => {
    store.only(may);
    go({ key: may[0] });
  };
  return html`<${Dialog} title=${t("search.title")} close=${close} wide>
    <form role="search" onSubmit=${enter}>
      <label for="search-text">${t("search.label")}</label>
      <input id="search-text" type="search" autocomplete="off" value=${text} onInput=${(/** @type {Typed} */ event) => setText(event.currentTarget.value)} autofocus />
    </form>
    ${may.length > 1 ? html`<div class="row wrap"><button class="main" onClick=${selectAll}>${t("search.select_found", { n: may.length })}</button></div>` : ""}
    <div class="hits" aria-live="polite">
      ${groups.map(([title, some]) => (some.length ? html`<h3>${title} <small>${some.length}</small></h3><ul>${some.slice(0, SHOWN).map((hit) => html`<${Line} key=${hit.key} hit=${hit} />`)}</ul>` : ""))}
      ${text.trim() && !first ? html`<p class="empty">${t("search.nothing")}</p>` : ""}
    </div>
  <//>`;
}

/** @param {{ hit: Hit }} props */
function Line({ hit }) {
  const { name, more, act, label, aside } = hit;
  return html`<li>
    <button class="hit" aria-label=${label} onClick=${act}><b>${name}</b> <small>${more}</small></button>
    ${aside ? html`<button aria-label=${aside.label} onClick=${aside.act}>${aside.sign}</button>` : ""}
  </li>`;
}

/**
 * What was found, in its kinds, with what a tap does.
 * @param {Found} found
 * @param {(sought: import("./store.js").Sought) => void} go
 * @param {() => void} close
 * @returns {[title: string, hits: Hit[]][]}
 */
function hits(found, go, close) {
  const zoneName = (/** @type {string | null | undefined} */ id) => store.zones.find((zone) => zone.id === id)?.name || id || "";
  return [
    [t("search.tvs"), found.tvs.map((port) => ({ key: port.key, name: port.name || port.key, more: [zoneName(port.zone), shows(port)].filter(Boolean).join(" · "), act: () => chosen(port.key, go), aside: store.mayTv(port.key) ? { label: t("tile.remote", { name: port.name || port.key }), sign: "⋯", act: () => go({ key: port.key, remote: true }) } : null }))],
    [t("search.zones"), found.zones.map(({ id, name }) => ({ key: id, name: name || id, act: () => go({ zone: id }) }))],
    [t("search.channels"), found.channels.map((channel) => ofChannel(channel, go, close))],
    [t("search.presets"), found.presets.map(({ id, name }) => ({ key: id, name, act: () => go({ preset: id }) }))],
    [t("search.boards"), found.boards.map((board) => ({ key: board.hostname, name: board.name || board.hostname, more: presenceWord(board.presence), act: () => { close(); location.hash = `#/health/${encodeURIComponent(board.hostname)}`; } }))],
  ];
}

/**
 * A TV that was chosen is the one that is selected.
 * @param {string} key
 * @param {(sought: import("./store.js").Sought) => void} go
 */
function chosen(key, go) {
  if (store.mayTv(key)) store.only([key]);
  go({ key });
}

/** @param {import("../types/page").Port} port */
function shows(port) {
  const box = boxOf(port, store.ports);
  const number = assumedOf(port, box)?.last_channel;
  return number ? channelName(store.channels, number, (box ?? port).platform) || number : "";
}

/**
 * A channel: a tap sends it to what is selected; where nothing is, it selects the TVs that show it.
 * @param {import("../types/page").Items["channels"]} channel
 * @param {(sought: import("./store.js").Sought) => void} go
 * @param {() => void} close
 * @returns {Hit}
 */
function ofChannel(channel, go, close) {
  const name = html`${channel.number} <${Logo} channel=${channel.id} /> ${channel.name}`;
  const keys = [...store.selected];
  const all = [...store.ports.values()].filter(isScreen).length;
  // For very many TVs a tap here would be too little: the bar asks for a second one.
  if (keys.length && !isMany(keys.length, all)) {
    const send = () => {
      close();
      sendAll(keys, "channel", { channel: wishFor(channel) });
    };
    return { key: channel.id, name, more: t("search.send_to", { tvs: tvs(keys.length) }), act: send };
  }
  const showing = [...store.ports.values()].filter((port) => isScreen(port) && assumedOf(port, boxOf(port, store.ports))?.last_channel === numberOn(channel, tunerOf(port, store.ports).platform));
  const may = showing.map(({ key }) => key).filter((key) => store.mayTv(key));
  const select = () => {
    if (!may.length) return;
    store.only(may);
    go({ key: may[0] });
  };
  return { key: channel.id, name, more: t("search.shown_on", { tvs: tvs(showing.length) }), act: select };
}
