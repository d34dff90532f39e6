// A TV on the wall: its name, what it is assumed to show, and what became of the last command.
/** @import { Items, Port } from "../types/page" */
import { Component, html } from "./html.js";
import { channelAt } from "./channels.js";
import { lockWords, maintenanceWords } from "./locks.js";
import { Logo } from "./logo.js";
import { power } from "./marks.js";
import { assumedOf, markOf, sourceName } from "./screens.js";
import { store } from "./store.js";
import { t } from "./texts.js";
import { age } from "./words.js";

/** A finger that stays so long means the remote. */
const LONG_PRESS = 500;

/** On a wall of more TVs than this only the tiles near the screen have a face: the rest is drawn when it comes near. */
const LARGE = 300;

/** @typedef {{ port: Port, box: Port | undefined, selected: boolean, may: boolean, remote: (key: string) => void, minute: number, channels: Items["channels"][], logos: Set<string>, paused: boolean }} TileProps */

/** @type {WeakMap<Element, Tile>} */
const watched = new WeakMap();

/** Tells tiles when they come near the screen and when they go. */
const watcher = () =>
  new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) watched.get(target)?.near(isIntersecting);
  }, { rootMargin: "600px 0px" });

/** @type {IntersectionObserver | undefined} */
let observer;

/**
 * Drawn anew only if something of it changed: there may be thousands of them.
 * @extends {Component<TileProps, { near: boolean }>}
 */
export class Tile extends Component {
  pressed = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  pressing = undefined;
  /** @type {Element | null} */
  own = null;
  /** @override */
  state = { near: store.ports.size <= LARGE };

  /**
   * @override
   * @param {TileProps} next
   * @param {{ near: boolean }} state
   */
  shouldComponentUpdate(next, state) {
    if (state.near !== this.state.near) return true;
    const { port, box, selected, minute: now, channels, logos, may, paused } = this.props;
    if (next.port !== port || next.box !== box || next.selected !== selected || next.may !== may || next.paused !== paused) return true;
    return this.state.near && (next.minute !== now || next.channels !== channels || next.logos !== logos);
  }

  /** @override */
  componentDidMount() {
    if (this.state.near || !this.own) return;
    observer ??= watcher();
    watched.set(this.own, this);
    observer.observe(this.own);
  }

  /** @override */
  componentWillUnmount() {
    clearTimeout(this.pressing);
    if (this.own) observer?.unobserve(this.own);
  }

  /** @param {boolean} isNear */
  near(isNear) {
    // What has the focus keeps its face, wherever it is.
    if (isNear !== this.state.near && !this.own?.contains(document.activeElement)) this.setState({ near: isNear });
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

  place = (/** @type {Element | null} */ element) => {
    this.own = element;
  };

  /**
   * @override
   * @param {TileProps} props
   */
  render(props) {
    const { port, box, selected, may, remote, paused } = props;
    const mark = markOf(port, box, paused);
    const look = `tile ${mark.kind} ${power(port) === "off" ? "is-off" : ""} ${selected ? "selected" : ""}`;
    if (!this.state.near) return html`<li ref=${this.place} class=${look} data-key=${port.key}></li>`;
    const face = faceOf(props, mark);
    const name = port.name || port.key;
    return html`<li ref=${this.place} class=${look} data-key=${port.key}>
      ${may
        ? html`<button class="face" aria-pressed=${selected} onClick=${this.tap} onPointerDown=${this.press} onPointerUp=${this.release} onPointerLeave=${this.release} onPointerCancel=${this.release} onContextMenu=${this.menu}>${face}</button>
            <button class="more" aria-label=${t("tile.remote", { name })} onClick=${() => remote(port.key)}>⋯</button>`
        : html`<div class="face">${face}</div>`}
    </li>`;
  }
}

/**
 * @param {TileProps} props
 * @param {{ kind: string, sign: string, words: string }} mark
 */
function faceOf({ port, box, channels }, { kind, sign, words }) {
  const assumed = assumedOf(port, box);
  const number = assumed?.last_channel;
  const shown = channelAt(channels, number, (box ?? port).platform);
  const name = shown?.name;
  const now = power(port);
  const nowWord = { on: t("power.on"), off: t("power.off"), unknown: t("tile.on_unknown") }[now];
  return html`
    <span class="name">${port.name || port.key}</span>
    <span class="channel"><${Logo} channel=${shown?.id} />${name || (number ? t("command.channel", { channel: number }) : t("tile.channel_unknown"))}</span>
    ${port.source ? html`<span class="of"><span class="hidden">${t("tile.from")} </span>${sourceName(port)}</span>` : ""}
    ${port.maintenance ? html`<span class="of locked" title=${maintenanceWords(port.maintenance)}>${t("maintenance.short")}</span>` : ""}
    <span class="line">
      <span class=${`power ${now}`}><span class="hidden">${t("tile.assumed")} </span>${nowWord}</span>
      ${name ? html`<span>${number}</span>` : ""}
      ${port.locked ? html`<span class="locked" title=${lockWords(port.locked)}>${t("lock.locked")}<span class="hidden">${lockWords(port.locked).slice(t("lock.locked").length)}</span></span>` : ""}
      ${assumed?.muted ? html`<span>${t("tile.muted")}</span>` : ""}
      <span class="age">${assumed ? html`<span class="hidden">${t("tile.since")} </span>${age(assumed.last_command_at)}` : ""}</span>
    </span>
    <span class=${`mark ${kind}`} title=${words}><span aria-hidden="true">${sign}</span><span class="hidden">${words}</span></span>
  `;
}
