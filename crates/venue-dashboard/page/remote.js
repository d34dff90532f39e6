// The remote of one TV: every key goes at once and is answered with what became of it.
/** @import { ActionName, Parameters, Port, Schemas, Verdict } from "../types/page" */
import { html, useEffect, useState } from "./html.js";
import { channelName, numberOn } from "./channels.js";
import { ARROWS, inputOf, moreKeys } from "./codes.js";
import { blink, correct, historyOf, sendOne } from "./commands.js";
import { Dialog } from "./dialog.js";
import { LockButton } from "./lock-button.js";
import { lockWords, maintenanceWords, portLock } from "./locks.js";
import { power } from "./marks.js";
import { Picker } from "./picker.js";
import { alsoChanged, assumedOf, boxOf, markOf, sourceName } from "./screens.js";
import { store } from "./store.js";
import { t } from "./texts.js";
import { trouble } from "./answers.js";
import { actionName, ago, alsoWords, clock, presenceWord, reasonWords, statusWord } from "./words.js";

/** @param {{ id: string, close: () => void }} props */
export function Remote({ id, close }) {
  const port = store.ports.get(id);
  return port ? html`<${Keys} port=${port} close=${close} />` : "";
}

/** @param {{ port: Port, close: () => void }} props */
function Keys({ port, close }) {
  const id = port.key;
  const box = boxOf(port, store.ports);
  const [answer, setAnswer] = useState(/** @type {Verdict | null} */ (null));
  const [busy, setBusy] = useState(0);
  const [picking, setPicking] = useState(/** @type {"send" | "correct" | null} */ (null));
  const [past, setPast] = useState(/** @type {Schemas["CommandRecord"][] | null} */ (null));
  const [more, setMore] = useState(/** @type {string[]} */ ([]));
  const [unread, setUnread] = useState("");
  useEffect(() => {
    let gone = false;
    moreKeys(port, box).then((names) => gone || setMore(names), (failed) => gone || setUnread(trouble(failed)));
    return () => {
      gone = true;
    };
  }, [id, port.driven_by, port.codeset, box?.key, box?.driven_by, box?.codeset]);
  const ended = [port.last?.command_id, box?.last?.command_id].join();
  useEffect(() => {
    let gone = false;
    // What has just ended is stored a moment after it is told.
    const soon = setTimeout(() => historyOf(port, box).then((items) => gone || setPast(items), () => gone || setPast([])), past ? 100 : 0);
    return () => {
      gone = true;
      clearTimeout(soon);
    };
  }, [ended]);
  const answered = async (/** @type {Promise<Verdict>} */ asked) => {
    setBusy((count) => count + 1);
    setAnswer(await asked);
    setBusy((count) => count - 1);
  };
  const press = (/** @type {ActionName} */ command, /** @type {Parameters | undefined} */ parameters) => answered(sendOne(id, command, parameters));
  /**
   * @param {ActionName} command
   * @param {string | number} name
   * @param {string} [label]
   * @param {Parameters} [parameters]
   */
  const key = (command, name, label, parameters) => html`<button aria-label=${label || name} onClick=${() => press(command, parameters)}>${name}</button>`;
  const own = (/** @type {ActionName} */ command) => key(command, actionName(command));
  const assumed = assumedOf(port, box);
  const number = assumed?.last_channel;
  const arrows = ARROWS.filter((name) => more.includes(name));
  const others = more.filter((name) => !ARROWS.includes(name));
  const named = (/** @type {string} */ name) => {
    const input = inputOf(name);
    return input ? key("input", input.words, t("remote.input", { input: input.words }), { input: input.name }) : key(/** @type {ActionName} */ (name), actionName(name));
  };
  const marked = markOf(port, box, store.mode === "paused");
  const shown = number ? `${number} ${channelName(store.channels, number, (box ?? port).platform)}` : t("status.unknown");
  const choose = (/** @type {string} */ channel) => {
    setPicking(null);
    if (picking === "send") press("channel", { channel });
    else correct(id, { channel: numberFor(channel, (box ?? port).platform) });
  };
  return html`<${Dialog} title=${port.name || port.key} close=${close} wide>
    <p class="facts">
      ${t("remote.facts", { key: port.key, presence: presenceWord(port.presence), power: powerWord(port), channel: shown })}
      ${assumed ? ` · ${ago(assumed.last_command_at)}` : ""}
      ${port.locked ? html` · <span class="locked">${lockWords(port.locked)}</span>` : ""}
      ${port.maintenance ? html` · <span class="locked">${maintenanceWords(port.maintenance)}</span>` : ""}
    </p>
    ${port.source ? html`<${Shown} port=${port} />` : ""}
    <p class=${`answer ${answer?.kind || marked.kind}`} role="status" aria-live="polite">${busy ? "…" : answer?.words || marked.words || " "}</p>
    <div class="remote">
      <div class="keys" role="group" aria-label=${t("action.power")}>${own("power_on")} ${own("power_off")} ${key("power", t("action.power"), t("remote.power"))}</div>
      <div class="keys" role="group" aria-label=${t("remote.volume")}>
        ${own("volume_down")} ${key("mute", t("remote.mute_short"), t("action.mute"))} ${own("volume_up")}
        ${own("mute_on")} <span></span> ${own("mute_off")}
      </div>
      <div class="keys" role="group" aria-label=${t("action.channel")}>
        ${own("channel_down")}
        <button class="main" onClick=${() => setPicking("send")}>${t("action.channel")}</button>
        ${own("channel_up")}
      </div>
      <div class="keypad" role="group" aria-label=${t("remote.digits")}>
        ${[1, 2, 3, 4, 5, 6, 7, 8, 9].map((digit) => key("number", digit, t("command.digit", { digit }), { digit }))}
        ${port.default_channel ? key("default_channel", t("remote.default"), t("remote.default_channel", { channel: port.default_channel })) : html`<span></span>`}
        ${key("number", 0, t("command.digit", { digit: 0 }), { digit: 0 })} ${own("ok")}
      </div>
    </div>
    ${unread ? html`<p class="hint">${t("remote.keys_unread", { why: unread })}</p>` : ""}
    ${arrows.length ? html`<div class="arrows" role="group" aria-label=${t("remote.arrows")}>${arrows.map((name) => html`<div class=${name} key=${name}>${named(name)}</div>`)}</div>` : ""}
    ${others.length ? html`<div class="more-keys" role="group" aria-label=${t("remote.more_keys")}>${others.map(named)}</div>` : ""}
    <div class="row wrap">
      <button onClick=${() => correct(id, { power: "on" })}>${t("remote.is_on")}</button>
      <button onClick=${() => correct(id, { power: "off" })}>${t("remote.is_off")}</button>
      <button onClick=${() => setPicking("correct")}>${t("remote.shows")}</button>
      ${store.mayBoard(port.hostname) ? html`<button onClick=${() => answered(blink(id))}>${t("remote.blink")}</button>` : ""}
      ${store.may.plan ? html`<${LockButton} id=${portLock(port)} name=${port.name || port.key} words=${t("remote.this_tv")} />` : ""}
    </div>
    <h3>${t("command.last")}</h3>
    <${Past} past=${past} />
    ${picking ? html`<${Picker} what=${port.name || port.key} keys=${[id]} title=${picking === "correct" ? t("remote.shows") : undefined} choose=${choose} close=${() => setPicking(null)} />` : ""}
  <//>`;
}

/** @param {Port} port */
const powerWord = (port) => ({ on: t("power.on"), off: t("power.off"), unknown: t("power.unknown") })[power(port)];

/**
 * The number that a TV of this platform shows for what was chosen: a number, or the id of a channel.
 * @param {string} chosen
 * @param {string | null | undefined} platform
 */
function numberFor(chosen, platform) {
  const channel = store.channels.find(({ id }) => id === chosen);
  return (channel && numberOn(channel, platform)) ?? chosen;
}

/**
 * What a screen shows instead of its tuner, what goes there, and which other screens that changes.
 * @param {{ port: Port }} props
 */
function Shown({ port }) {
  const via = port.source?.via ? ` (${port.source.via})` : "";
  const also = alsoWords(alsoChanged([port.key], store.ports));
  const source = `${sourceName(port)}${via}${also ? `; ${also}` : ""}`;
  return html`<p class="also">${t(port.source?.volume === "source" ? "remote.all_go_to" : "remote.keys_go_to", { source })}</p>`;
}

/** @param {{ past: Schemas["CommandRecord"][] | null }} props */
function Past({ past }) {
  if (!past) return html`<p class="hint">${t("page.reading")}</p>`;
  if (!past.length) return html`<p class="hint">${t("remote.nothing_yet")}</p>`;
  return html`<ol class="past">
    ${past.map(
      (one) => html`<li key=${one.command_id}>
        <time datetime=${one.completed_at}>${clock(one.completed_at)}</time>
        <b>${actionName(one.command, one.channel)}</b>
        <span class=${`word ${one.status}`}>${statusWord(one.status)}</span>
        <span class="why">${one.status === "completed" ? "" : reasonWords(one.reason, one.status)}${one.created_by ? ` · ${one.created_by}` : ""}</span>
      </li>`,
    )}
  </ol>`;
}
