// Which channel? Favourites first, found by name or number.
import { html, useMemo, useState } from "./html.js";
import { Dialog } from "./dialog.js";
import { store } from "./store.js";

const folded = (text) => (text || "").normalize("NFKD").toLowerCase();

/** The channels that fit what was typed: favourites first, then by number. */
export function matching(channels, text) {
  const words = folded(text).split(/\s+/).filter(Boolean);
  const fits = (channel) => words.every((word) => folded(channel.name).includes(word) || channel.number.startsWith(word));
  const rank = (channel) => (channel.favourite ? 0 : 1);
  return channels.filter(fits).sort((a, b) => rank(a) - rank(b) || Number(a.number) - Number(b.number) || a.name.localeCompare(b.name));
}

export function Picker({ what, choose, close }) {
  const [text, type] = useState("");
  const found = useMemo(() => matching(store.channels, text).slice(0, 60), [store.channels, text]);
  const number = /^\d{1,5}$/.test(text.trim()) ? text.trim() : null;
  const known = found.some((channel) => channel.number === number);
  const enter = (event) => {
    event.preventDefault();
    const first = number || found[0]?.number;
    if (first) choose(first);
  };
  return html`<${Dialog} title=${`Channel for ${what}`} close=${close}>
    <form onSubmit=${enter}>
      <label for="channel-search">Name or number</label>
      <input id="channel-search" type="search" autocomplete="off" value=${text} onInput=${(event) => type(event.target.value)} autofocus />
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
