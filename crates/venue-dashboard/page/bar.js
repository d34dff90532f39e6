// What can be done for the TVs that are selected.
/** @import { ActionName, Parameters } from "../types/page" */
import { html, useMemo, useState } from "./html.js";
import { isMany, undoable } from "./batches.js";
import { lacking, wishFor } from "./channels.js";
import { redo, sendAll, sendOne } from "./commands.js";
import { Confirmed } from "./confirm.js";
import { Groups } from "./groups.js";
import { Logo } from "./logo.js";
import { Picker } from "./picker.js";
import { PlanButton } from "./plan-button.js";
import { alsoChanged, isScreen, tunerOf } from "./screens.js";
import { store } from "./store.js";
import { t } from "./texts.js";
import { actionName, alsoWords, tvs } from "./words.js";

/** So many favourites stand in the bar; all of them are in the picker. */
const FAVOURITES = 8;

/** @type {ActionName[]} */
const ACTIONS = ["power_on", "power_off", "mute_on", "mute_off", "volume_down", "volume_up"];

/** @param {string | null} id the batch that was sent last */
function isUndoable(id) {
  const batch = id && store.batches.get(id);
  return Boolean(batch && undoable(batch) && !store.undone.has(batch.batch_id));
}

/**
 * One wish for all of `keys`. Without its store the daemon takes one TV at a time, and that works here as well.
 * @param {string[]} keys
 * @param {ActionName} command
 * @param {Parameters} [parameters]
 */
function send(keys, command, parameters) {
  const [only] = keys;
  if (!only || keys.length > 1 || store.mode !== "direct_only") {
    sendAll(keys, command, parameters);
    return;
  }
  sendOne(only, command, parameters).then(({ kind, words }) => {
    store.toast({ id: `direct-${Date.now()}`, kind: kind === "delivered" || kind === "pending" ? "note" : "problem", words });
  });
}

export function Bar() {
  const [picking, setPicking] = useState(false);
  const keys = useMemo(() => [...store.selected], [store.selected]);
  const sounds = useMemo(() => alsoWords(alsoChanged(keys, store.ports, true)), [keys, store.ports]);
  const all = useMemo(() => [...store.ports.values()].filter(isScreen).length, [store.ports]);
  const scope = useMemo(() => keys.join(), [keys]);
  const asking = { tvs: keys.length, many: isMany(keys.length, all), scope };
  const choose = (/** @type {string} */ channel) => {
    setPicking(false);
    send(keys, "channel", { channel });
  };
  return html`<div class="bar" role="toolbar" aria-label=${t("bar.label")}>
    <div class="bar-top">
      <span class="count" aria-live="polite">${tvs(keys.length)}</span>
      <${Favourites} keys=${keys} asking=${asking} />
      <${Groups} keys=${keys} />
      <button class="quiet" aria-label=${t("bar.none")} onClick=${() => store.select(keys, false)}>✕</button>
    </div>
    <div class="bar-row">
      <button class="main" onClick=${() => setPicking(true)}>${t("action.channel")}</button>
      ${ACTIONS.map((command) => html`<${Confirmed} key=${command} ...${asking} name=${actionName(command)} act=${() => send(keys, command)} />`)}
      <${PlanButton} keys=${keys} />
      <button disabled=${!isUndoable(store.lastBatch)} onClick=${() => store.lastBatch && redo(store.lastBatch, "undo")}>${t("batch.undo")}</button>
    </div>
    ${sounds ? html`<small class="also">${t("bar.sound_too", { also: sounds })}</small>` : ""}
    ${picking ? html`<${Picker} what=${tvs(keys.length)} keys=${keys} choose=${choose} close=${() => setPicking(false)} />` : ""}
  </div>`;
}

/** @param {{ keys: string[], asking: { tvs: number, many: boolean, scope: string } }} props */
function Favourites({ keys, asking }) {
  const shown = useMemo(() => store.channels.filter(({ favourite }) => favourite).slice(0, FAVOURITES), [store.channels]);
  const ports = useMemo(() => keys.flatMap((key) => store.ports.get(key) ?? []).map((port) => tunerOf(port, store.ports)), [keys, store.ports]);
  return html`<div class="favourites" role="group" aria-label=${t("bar.favourites")}>
    ${shown.map((channel) => {
      const none = ports.length > 0 && lacking(channel, ports) === ports.length;
      return html`<${Confirmed} key=${channel.id} ...${asking} class="favourite" name=${channel.name} disabled=${none} act=${() => send(keys, "channel", { channel: wishFor(channel) })}>
        <${Logo} channel=${channel.id} />${channel.name}
      <//>`;
    })}
  </div>`;
}
