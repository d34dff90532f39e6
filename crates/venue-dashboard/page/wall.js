// The wall: a tile for each TV, and the bar with what can be done for those that are selected.
/** @import { ActionName, Items, Parameters, Port } from "../types/page" */
/** @import { Section } from "./sections.js" */
import { Component, html, useMemo, useState } from "./html.js";
import { undoable } from "./batches.js";
import { channelAt } from "./channels.js";
import { redo, sendAll, sendOne } from "./commands.js";
import { lockWords, zoneLock } from "./locks.js";
import { Logo } from "./logo.js";
import { power } from "./marks.js";
import { LockButton } from "./lock-button.js";
import { Picker } from "./picker.js";
import { Presets } from "./presets.js";
import { Remote } from "./remote.js";
import { alsoChanged, believedOf, boxOf, isScreen, markOf, sourceName } from "./screens.js";
import { sections } from "./sections.js";
import { store } from "./store.js";
import { age, alsoWords, count } from "./words.js";

/** A finger that stays so long means the remote. */
const LONG_PRESS = 500;

/** With more TVs than this nothing moves: a thousand pulses are work for a small tablet. */
const MOVING = 200;

export function Wall() {
  const [tag, setTag] = useState(/** @type {string | null} */ (null));
  const [open, setOpen] = useState(/** @type {string | null} */ (null));
  const zones = useMemo(() => sections(store.ports, store.zones, tag), [store.ports, store.zones, tag]);
  const screens = useMemo(() => [...store.ports.values()].filter(isScreen), [store.ports]);
  const may = store.may.command;
  if (!screens.length) return html`<${Empty} />`;
  const shown = zones.flatMap((zone) => zone.keys).filter((key) => store.mayTv(key));
  const all = shown.every((key) => store.selected.has(key));
  const tags = store.tags.filter((one) => screens.some((port) => port.tags.includes(one.id)));
  return html`
    <${Presets} />
    <div class="chips">
      ${tags.length ? html`<${Chips} tags=${tags} tag=${tag} filter=${setTag} />` : ""}
      ${may && shown.length ? html`<button class="chip select" onClick=${() => store.select(shown, !all)}>${all ? "Select none" : `Select ${tag ? "these" : "all"} ${shown.length}`}</button>` : ""}
    </div>
    <div class=${`wall ${may && store.selected.size ? "with-bar" : ""} ${store.ports.size > MOVING ? "" : "few"}`}>
      ${zones.map((zone) => html`<${Zone} key=${zone.id} zone=${zone} may=${store.mayIn(zone.id)} remote=${setOpen} />`)}
    </div>
    ${may && store.selected.size ? html`<${Bar} />` : ""}
    ${open && store.ports.has(open) ? html`<${Remote} id=${open} close=${() => setOpen(null)} />` : ""}
  `;
}

function Empty() {
  return html`<div class="empty">
    <h1>No TV yet</h1>
    <p>${store.may.configure ? html`<a href="#/setup">Set up</a> a board and its TVs.` : "An admin has to set up a board and its TVs."}</p>
  </div>`;
}

/** @param {{ tags: Items["tags"][], tag: string | null, filter: (tag: string | null) => void }} props */
function Chips({ tags, tag, filter }) {
  const chip = (/** @type {string | null} */ id, /** @type {string} */ name) => html`<button class="chip" aria-pressed=${tag === id} onClick=${() => filter(id)}>${name}</button>`;
  return html`<div class="row" role="group" aria-label="Show only">
    ${chip(null, "All")} ${tags.map((one) => chip(one.id, one.name || one.id))}
  </div>`;
}

/** @param {{ zone: Section, may: boolean, remote: (key: string | null) => void }} props */
function Zone({ zone, may, remote }) {
  const keys = zone.keys.filter((key) => store.mayTv(key));
  const all = keys.length > 0 && keys.every((key) => store.selected.has(key));
  const lock = zone.id ? store.locks.get(zoneLock(zone.id)) : undefined;
  const title = `zone-${zone.id || "elsewhere"}`;
  return html`<section class="zone" aria-labelledby=${title}>
    <h2 id=${title}>
      ${may && keys.length
        ? html`<button class="zone-name" aria-pressed=${all} onClick=${() => store.select(keys, !all)}>
            ${zone.name} <small>${count(zone.keys.length, "TV")}</small>
          </button>`
        : html`${zone.name} <small>${count(zone.keys.length, "TV")}</small>`}
    </h2>
    ${lock ? html`<span class="locked">${lockWords(lock)}</span>` : ""}
    ${store.may.plan && zone.id ? html`<${LockButton} id=${zoneLock(zone.id)} name=${zone.name} />` : ""}
    <ul class="tiles">
      ${zone.keys.map(
        (key) => html`<${Tile} key=${key} port=${store.ports.get(key)} box=${boxAt(key)} selected=${store.selected.has(key)} may=${store.mayTv(key)} remote=${remote} minute=${minute()} channels=${store.channels} logos=${store.logos} paused=${store.mode === "paused"} />`,
      )}
    </ul>
  </section>`;
}

/** @param {string} key */
function boxAt(key) {
  const port = store.ports.get(key);
  return port && boxOf(port, store.ports);
}

const minute = () => Math.floor(Date.now() / 20_000);

/** @typedef {{ port: Port, box: Port | undefined, selected: boolean, may: boolean, remote: (key: string) => void, minute: number, channels: Items["channels"][], logos: Set<string>, paused: boolean }} TileProps */

/**
 * Drawn anew only if something of it changed: there may be a thousand of them.
 * @extends {Component<TileProps>}
 */
class Tile extends Component {
  pressed = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  pressing = undefined;

  /**
   * @override
   * @param {TileProps} next
   */
  shouldComponentUpdate(next) {
    const { port, box, selected, minute: now, channels, logos, may, paused } = this.props;
    return next.paused !== paused || next.port !== port || next.box !== box || next.selected !== selected || next.minute !== now || next.channels !== channels || next.logos !== logos || next.may !== may;
  }

  /** @override */
  componentWillUnmount() {
    clearTimeout(this.pressing);
  }

  press = () => {
    this.pressed = false;
    clearTimeout(this.pressing);
    this.pressing = setTimeout(() => {
      this.pressed = true;
      this.props.remote(this.props.port.key);
    }, LONG_PRESS);
  };

  release = () => clearTimeout(this.pressing);

  tap = () => {
    // The click that ends a long press has had its effect.
    if (this.pressed) {
      this.pressed = false;
      return;
    }
    const { port, selected } = this.props;
    performance.mark("tap");
    store.select([port.key], !selected);
  };

  menu = (/** @type {Event} */ event) => event.preventDefault();

  /**
   * @override
   * @param {TileProps} props
   */
  render({ port, box, selected, may, remote, channels, paused }) {
    const believed = believedOf(port, box);
    const number = believed?.last_channel;
    const shown = channelAt(channels, number, (box ?? port).platform);
    const name = shown?.name;
    const { kind, sign, words } = markOf(port, box, paused);
    const face = html`
      <span class="name">${port.name || port.key}</span>
      <span class="channel"><${Logo} channel=${shown?.id} />${name || (number ? `Channel ${number}` : "Channel ?")}</span>
      ${port.source ? html`<span class="of"><span class="hidden">from </span>${sourceName(port)}</span>` : ""}
      <span class="line">
        <span class=${`power ${power(port)}`}><span class="hidden">believed </span>${{ on: "on", off: "off", unknown: "on?" }[power(port)]}</span>
        ${name ? html`<span>${number}</span>` : ""}
        ${port.locked ? html`<span class="locked" title=${lockWords(port.locked)}>locked<span class="hidden">${lockWords(port.locked).slice(6)}</span></span>` : ""}
        ${believed?.muted ? html`<span>muted</span>` : ""}
        <span class="age">${believed ? html`<span class="hidden">since </span>${age(believed.last_command_at)}` : ""}</span>
      </span>
      <span class=${`mark ${kind}`} title=${words}><span aria-hidden="true">${sign}</span><span class="hidden">${words}</span></span>
    `;
    return html`<li class=${`tile ${kind} ${selected ? "selected" : ""}`} data-key=${port.key}>
      ${may
        ? html`<button class="face" aria-pressed=${selected} onClick=${this.tap} onPointerDown=${this.press} onPointerUp=${this.release} onPointerLeave=${this.release} onPointerCancel=${this.release} onContextMenu=${this.menu}>${face}</button>
            <button class="more" aria-label=${`Remote of ${port.name || port.key}`} onClick=${() => remote(port.key)}>⋯</button>`
        : html`<div class="face">${face}</div>`}
    </li>`;
  }
}

/** @param {string | null} id the batch that was sent last */
function isUndoable(id) {
  const batch = id && store.batches.get(id);
  return Boolean(batch && undoable(batch) && !store.undone.has(batch.batch_id));
}

function Bar() {
  const [picking, setPicking] = useState(false);
  const keys = [...store.selected];
  const sounds = alsoWords(alsoChanged(keys, store.ports, true));
  const send = (/** @type {ActionName} */ command, /** @type {Parameters | undefined} */ parameters = undefined) => {
    setPicking(false);
    // Without its store the daemon takes one TV at a time, and that works here as well.
    const [only] = keys;
    if (only && keys.length === 1 && store.mode === "direct_only") {
      sendOne(only, command, parameters).then(({ kind, words }) => {
        store.toast({ id: `direct-${Date.now()}`, kind: kind === "delivered" || kind === "pending" ? "note" : "problem", words });
      });
    } else sendAll(keys, command, parameters);
  };
  const key = (/** @type {ActionName} */ command, /** @type {string} */ name, /** @type {string | undefined} */ label = undefined) => html`<button aria-label=${label || name} onClick=${() => send(command)}>${name}</button>`;
  return html`<div class="bar" role="toolbar" aria-label="For the selected TVs">
    <span class="count" aria-live="polite">${count(keys.length, "TV")}</span>
    ${sounds ? html`<small class="also">Volume and mute: ${sounds}</small>` : ""}
    <button class="main" onClick=${() => setPicking(true)}>Channel</button>
    ${key("power_on", "On")} ${key("power_off", "Off")} ${key("mute", "Mute")}
    ${key("volume_down", "Volume −")} ${key("volume_up", "Volume +")}
    <button disabled=${!isUndoable(store.lastBatch)} onClick=${() => store.lastBatch && redo(store.lastBatch, "undo")}>Undo</button>
    <button class="quiet" aria-label="Select nothing" onClick=${() => store.select(keys, false)}>✕</button>
    ${picking ? html`<${Picker} what=${count(keys.length, "TV")} keys=${keys} choose=${(/** @type {string} */ channel) => send("channel", { channel })} close=${() => setPicking(false)} />` : ""}
  </div>`;
}
