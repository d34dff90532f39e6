// Which channel? Favourites first, found by name or number.
/** @import { Typed } from "../types/page" */
import { html, useMemo, useState } from "./html.js";
import { matching } from "./channels.js";
import { Dialog } from "./dialog.js";
import { store } from "./store.js";

/** @param {{ what: string, choose: (channel: string) => void, close: () => void }} props */
export function Picker({ what, choose, close }) {
  const [text, setText] = useState("");
  const found = useMemo(() => matching(store.channels, text).slice(0, 60), [store.channels, text]);
  const number = /^\d{1,5}([.-]\d{1,4})?$/.test(text.trim()) ? text.trim() : null;
  const known = found.some((channel) => channel.number === number);
  const enter = (/** @type {Event} */ event) => {
    event.preventDefault();
    const first = number || found[0]?.number;
    if (first) choose(first);
  };
  return html`<${Dialog} title=${`Channel for ${what}`} close=${close}>
    <form onSubmit=${enter}>
      <label for="channel-search">Name or number</label>
      <input id="channel-search" type="search" autocomplete="off" value=${text} onInput=${(/** @type {Typed} */ event) => setText(event.currentTarget.value)} autofocus />
    </form>
    <ul class="channels">
      ${number && !known ? html`<li><button class="channel-choice" onClick=${() => choose(number)}><b>${number}</b> not in the line-up</button></li>` : ""}
      ${found.map(
        (channel) => html`<li key=${channel.id}>
          <button class="channel-choice" onClick=${() => choose(channel.number)}>
            <b>${channel.number}</b> ${channel.name}${channel.favourite ? html` <span class="star" aria-label="favourite">★</span>` : ""}
          </button>
        </li>`,
      )}
    </ul>
    ${!found.length && !number ? html`<p class="hint">Nothing by this name. Type a number, or add channels in Set-up.</p>` : ""}
  <//>`;
}
