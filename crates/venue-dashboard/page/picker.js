// Which channel? Favourites first, found by name, or by number on any platform.
/** @import { Schemas, Typed } from "../types/page" */
import { html, useEffect, useMemo, useRef, useState } from "./html.js";
import { hasNumber, lacking, matching, numbersOf, wishFor } from "./channels.js";
import { Dialog } from "./dialog.js";
import { Logo } from "./logo.js";
import { alsoChanged, tunerOf } from "./screens.js";
import { store } from "./store.js";
import { t } from "./texts.js";
import { alsoWords } from "./words.js";

/**
 * The channel of a number that was typed: as it was typed, or with zeros before it.
 * @param {Schemas["ChannelItem"][]} found
 * @param {string} number
 */
const exactly = (found, number) => found.find((channel) => numbersOf(channel).includes(number)) ?? found.find((channel) => hasNumber(channel, number));

/**
 * For the TVs `keys`; `choose` gets a number, or the id of a channel that has several.
 * @param {{ what: string, keys: string[], title?: string, choose: (channel: string) => void, close: () => void }} props
 */
export function Picker({ what, keys, title, choose, close }) {
  const [text, setText] = useState("");
  const found = useMemo(() => matching(store.channels, text).slice(0, 60), [store.channels, text]);
  // The platform that matters is that of the port which receives the channel.
  const ports = useMemo(() => keys.flatMap((key) => store.ports.get(key) ?? []).map((port) => tunerOf(port, store.ports)), [keys.join(), store.ports]);
  const also = useMemo(() => alsoWords(alsoChanged(keys, store.ports)), [keys.join(), store.ports]);
  const number = /^\d{1,5}([.-]\d{1,4})?$/.test(text.trim()) ? text.trim() : null;
  const known = number ? exactly(found, number) : found[0];
  const input = useRef(/** @type {HTMLInputElement | null} */ (null));
  // On a tablet no keyboard comes up before somebody taps the field; keys of a real one go there by themselves.
  useEffect(() => {
    const typed = (/** @type {KeyboardEvent} */ event) => {
      if (event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey && !event.altKey) input.current?.focus();
    };
    addEventListener("keydown", typed, true);
    return () => removeEventListener("keydown", typed, true);
  }, []);
  const enter = (/** @type {Event} */ event) => {
    event.preventDefault();
    const wish = known ? wishFor(known) : number;
    if (wish) choose(wish);
  };
  return html`<${Dialog} title=${title ?? t("picker.title", { what })} close=${close}>
    <form onSubmit=${enter}>
      <label for="channel-search">${t("picker.label")}</label>
      <input ref=${input} id="channel-search" type="search" autocomplete="off" value=${text} onInput=${(/** @type {Typed} */ event) => setText(event.currentTarget.value)} />
    </form>
    ${also ? html`<p class="also">${also}</p>` : ""}
    <ul class="channels">
      ${number && !known ? html`<li><button class="channel-choice" onClick=${() => choose(number)}><b>${number}</b> ${t("picker.not_listed")}</button></li>` : ""}
      ${found.map((channel) => html`<li key=${channel.id}><${Choice} channel=${channel} missing=${lacking(channel, ports)} of=${ports.length} choose=${choose} /></li>`)}
    </ul>
    ${!found.length && !number ? html`<p class="hint">${t("picker.nothing")}</p>` : ""}
  <//>`;
}

/** @param {{ channel: Schemas["ChannelItem"], missing: number, of: number, choose: (channel: string) => void }} props */
function Choice({ channel, missing, of, choose }) {
  const { name, favourite } = channel;
  const [main, ...others] = numbersOf(channel);
  const without = of > 1 ? t("picker.some_lack", { n: missing, of }) : t("picker.lacks");
  return html`<button class="channel-choice" disabled=${of > 0 && missing === of} onClick=${() => choose(wishFor(channel))}>
    <b>${main}</b> <${Logo} channel=${channel.id} /> ${name}${favourite ? html` <span class="star" role="img" aria-label=${t("picker.favourite")}>★</span>` : ""}
    ${others.length ? html` <small>${t("picker.also", { numbers: others.join(", ") })}</small>` : ""}
    ${missing ? html`<br /><small class="lacks">${without}</small>` : ""}
  </button>`;
}
