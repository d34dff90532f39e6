// The wall: a tile for each TV, by zones.
/** @import { Items } from "../types/page" */
/** @import { Section } from "./sections.js" */
import { html, useEffect, useMemo, useState } from "./html.js";
import { get } from "./api.js";
import { GroupChips } from "./groups.js";
import { keep, kept } from "./kept.js";
import { Legend } from "./legend.js";
import { lockWords, zoneLock } from "./locks.js";
import { LockButton } from "./lock-button.js";
import { Presets } from "./presets.js";
import { Remote } from "./remote.js";
import { boxOf, isScreen } from "./screens.js";
import { sections } from "./sections.js";
import { store } from "./store.js";
import { t } from "./texts.js";
import { Tile } from "./tile.js";
import { tvs } from "./words.js";

/** With more TVs than this nothing moves: a thousand pulses are work for a small tablet. */
const MOVING = 200;

/**
 * `only` is the zone to which a kiosk is limited.
 * @param {{ only?: string }} props
 */
export function Wall({ only }) {
  const [tag, setTag] = useState(/** @type {string | null} */ (null));
  const [open, setOpen] = useState(/** @type {string | null} */ (null));
  const [folded, setFolded] = useState(() => new Set(kept("folded", /** @type {string[]} */ ([]))));
  const zones = useMemo(() => sections(store.ports, store.zones, tag).filter(({ id }) => only === undefined || id === only), [store.ports, store.zones, tag, only]);
  const screens = useMemo(() => [...store.ports.values()].filter(isScreen), [store.ports]);
  const fold = (/** @type {string} */ id, /** @type {boolean} */ shut) => {
    const next = new Set(folded);
    if (shut) next.add(id);
    else next.delete(id);
    setFolded(next);
    keep("folded", [...next]);
  };
  useSought((zone) => fold(zone, false), setOpen);
  if (!screens.length) return html`<${Empty} />`;
  if (!zones.length && only !== undefined) return html`<p class="empty">${t("kiosk.unknown", { zone: only || "?" })}</p>`;
  const jump = (/** @type {string} */ id) => store.seek({ zone: id });
  return html`
    <${Presets} only=${only} />
    ${only === undefined ? html`<${Choices} zones=${zones} tag=${tag} filter=${setTag} jump=${jump} screens=${screens} />` : ""}
    <div class=${`wall ${store.ports.size > MOVING ? "" : "few"}`}>
      ${zones.map((zone) => html`<${Zone} key=${zone.id} zone=${zone} may=${store.mayIn(zone.id)} remote=${setOpen} shut=${only === undefined && folded.has(zone.id)} fold=${only === undefined ? fold : null} />`)}
    </div>
    <${Legend} />
    ${open && store.ports.has(open) ? html`<${Remote} id=${open} close=${() => setOpen(null)} />` : ""}
  `;
}

/**
 * Shows what somebody looked for: the zone is unfolded and scrolled to, and so is the TV.
 * @param {(zone: string) => void} unfold
 * @param {(key: string) => void} remote
 */
function useSought(unfold, remote) {
  const { sought } = store;
  useEffect(() => {
    if (!sought || sought.preset) return;
    store.sought = null;
    const zone = sought.zone ?? (sought.key ? store.ports.get(sought.key)?.zone || "" : "");
    unfold(zone);
    // Once it is drawn.
    requestAnimationFrame(() => {
      const place = sought.key ? document.querySelector(`.tile[data-key="${CSS.escape(sought.key)}"]`) : document.getElementById(zoneTitle(zone));
      place?.scrollIntoView({ block: sought.key ? "center" : "start" });
    });
    if (sought.remote && sought.key) remote(sought.key);
  }, [sought]);
}

function Empty() {
  // Where nobody has to sign in, nobody is led to the set-up by that; what cannot be asked now is not offered.
  useEffect(() => {
    if (!store.may.configure || store.me.name) return;
    get("/api/v1/setup").then(({ state }) => state === "open" && (location.hash = "#/claim"), () => {});
  }, []);
  return html`<div class="empty">
    <h1>${t("wall.empty")}</h1>
    <p>${store.may.configure ? html`<a href=${store.me.name ? "#/begin" : "#/claim"}>${t("wall.set_up")}</a>` : t("wall.ask_admin")}</p>
  </div>`;
}

/**
 * Where to go, what to show, and what to select with one tap.
 * @param {{ zones: Section[], tag: string | null, filter: (tag: string | null) => void, jump: (zone: string) => void, screens: import("../types/page").Port[] }} props
 */
function Choices({ zones, tag, filter, jump, screens }) {
  const shown = zones.flatMap((zone) => zone.keys).filter((key) => store.mayTv(key));
  const all = shown.every((key) => store.selected.has(key));
  const tags = store.tags.filter((one) => screens.some((port) => port.tags.includes(one.id)));
  const select = all ? t("wall.select_none") : t(tag ? "wall.select_these" : "wall.select_all", { n: shown.length });
  return html`
    ${zones.length > 1
      ? html`<nav class="chips zones" aria-label=${t("wall.zones")}>
          ${zones.map(({ id, name }) => html`<button key=${id} class="chip jump" aria-label=${t("wall.jump", { name })} onClick=${() => jump(id)}>${name}</button>`)}
        </nav>`
      : ""}
    <div class="chips">
      <${GroupChips} />
      ${tags.length ? html`<${Chips} tags=${tags} tag=${tag} filter=${filter} />` : ""}
      ${store.may.command && shown.length ? html`<button class="chip select" onClick=${() => store.select(shown, !all)}>${select}</button>` : ""}
    </div>
  `;
}

/** @param {{ tags: Items["tags"][], tag: string | null, filter: (tag: string | null) => void }} props */
function Chips({ tags, tag, filter }) {
  const chip = (/** @type {string | null} */ id, /** @type {string} */ name) => html`<button class="chip" aria-pressed=${tag === id} onClick=${() => filter(id)}>${name}</button>`;
  return html`<div class="row" role="group" aria-label=${t("show.only")}>
    ${chip(null, t("show.all"))} ${tags.map((one) => chip(one.id, one.name || one.id))}
  </div>`;
}

const zoneTitle = (/** @type {string} */ id) => `zone-${id || "elsewhere"}`;

/** @param {{ zone: Section, may: boolean, remote: (key: string | null) => void, shut: boolean, fold: ((id: string, shut: boolean) => void) | null }} props */
function Zone({ zone, may, remote, shut, fold }) {
  const keys = zone.keys.filter((key) => store.mayTv(key));
  const all = keys.length > 0 && keys.every((key) => store.selected.has(key));
  const lock = zone.id ? store.locks.get(zoneLock(zone.id)) : undefined;
  const title = zoneTitle(zone.id);
  const name = html`${zone.name} <small>${tvs(zone.keys.length)}</small>`;
  return html`<section class=${`zone ${shut ? "shut" : ""}`} aria-labelledby=${title}>
    <div class="zone-head">
      ${fold ? html`<button class="quiet fold" aria-expanded=${!shut} aria-label=${t(shut ? "wall.unfold" : "wall.fold", { name: zone.name })} onClick=${() => fold(zone.id, !shut)}>${shut ? "▸" : "▾"}</button>` : ""}
      <h2 id=${title}>
        ${may && keys.length ? html`<button class="zone-name" aria-pressed=${all} onClick=${() => store.select(keys, !all)}>${name}</button>` : name}
      </h2>
      ${lock ? html`<span class="locked">${lockWords(lock)}</span>` : ""}
      ${store.may.plan && zone.id && fold ? html`<${LockButton} id=${zoneLock(zone.id)} name=${zone.name} />` : ""}
    </div>
    ${shut
      ? ""
      : html`<ul class="tiles">
          ${zone.keys.map(
            (key) => html`<${Tile} key=${key} port=${store.ports.get(key)} box=${boxAt(key)} selected=${store.selected.has(key)} may=${store.mayTv(key)} remote=${remote} minute=${minute()} channels=${store.channels} logos=${store.logos} paused=${store.mode === "paused"} />`,
          )}
        </ul>`}
  </section>`;
}

/** @param {string} key */
function boxAt(key) {
  const port = store.ports.get(key);
  return port && boxOf(port, store.ports);
}

const minute = () => Math.floor(Date.now() / 20_000);
