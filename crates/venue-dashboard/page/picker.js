// Which channel? Favourites first, found by name, or by number on any platform.
/** @import { Schemas, Typed } from "../types/page" */
import { html, useMemo, useState } from "./html.js";
import { lacking, matching, numbersOf, wishFor } from "./channels.js";
import { Dialog } from "./dialog.js";
import { Logo } from "./logo.js";
import { alsoChanged, tunerOf } from "./screens.js";
import { store } from "./store.js";
import { alsoWords, count } from "./words.js";

/**
 * For the TVs `keys`; `choose` gets a number, or the id of a channel that has several.
 * @param {{ what: string, keys: string[], choose: (channel: string) => void, close: () => void }} props
 */
export function Picker({ what, keys, choose, close }) {
  const [text, setText] = useState("");
  const found = useMemo(() => matching(store.channels, text).slice(0, 60), [store.channels, text]);
  // The platform that matters is that of the port which receives the channel.
  const ports = useMemo(() => keys.flatMap((key) => store.ports.get(key) ?? []).map((port) => tunerOf(port, store.ports)), [keys.join(), store.ports]);
  const also = useMemo(() => alsoWords(alsoChanged(keys, store.ports)), [keys.join(), store.ports]);
  const number = /^\d{1,5}([.-]\d{1,4})?$/.test(text.trim()) ? text.trim() : null;
  const known = number ? found.find((channel) => numbersOf(channel).includes(number)) : found[0];
  const enter = (/** @type {Event} */ event) => {
    event.preventDefault();
    const wish = known ? wishFor(known) : number;
    if (wish) choose(wish);
  };
  return html`<${Dialog} title=${`Channel for ${what}`} close=${close}>
    <form onSubmit=${enter}>
      <label for="channel-search">Name or number</label>
      <input id="channel-search" type="search" autocomplete="off" value=${text} onInput=${(/** @type {Typed} */ event) => setText(event.currentTarget.value)} autofocus />
    </form>
    ${also ? html`<p class="also">${also}</p>` : ""}
    <ul class="channels">
      ${number && !known ? html`<li><button class="channel-choice" onClick=${() => choose(number)}><b>${number}</b> not in the line-up</button></li>` : ""}
      ${found.map((channel) => html`<li key=${channel.id}><${Choice} channel=${channel} missing=${lacking(channel, ports)} of=${ports.length} choose=${choose} /></li>`)}
    </ul>
    ${!found.length && !number ? html`<p class="hint">Nothing by this name. Type a number, or add channels in Set-up.</p>` : ""}
  <//>`;
}

/** @param {{ channel: Schemas["ChannelItem"], missing: number, of: number, choose: (channel: string) => void }} props */
function Choice({ channel, missing, of, choose }) {
  const { name, favourite } = channel;
  const [main, ...others] = numbersOf(channel);
  const without = of > 1 ? `${count(missing, "TV")} of ${of} ${missing === 1 ? "does" : "do"} not receive it` : "this TV does not receive it";
  return html`<button class="channel-choice" disabled=${of > 0 && missing === of} onClick=${() => choose(wishFor(channel))}>
    <b>${main}</b> <${Logo} channel=${channel.id} /> ${name}${favourite ? html` <span class="star" aria-label="favourite">★</span>` : ""}
    ${others.length ? html` <small>also ${others.join(", ")}</small>` : ""}
    ${missing ? html`<br /><small class="lacks">${without}</small>` : ""}
  </button>`;
}
