// Plans something for later, by staff: what, when, and when it is put back. All times are those of the venue.
/** @import { Schemas } from "../types/page" */
import { html, useMemo, useState } from "./html.js";
import { post } from "./api.js";
import { trouble } from "./answers.js";
import { wishFor } from "./channels.js";
import { Dialog } from "./dialog.js";
import { nextAt } from "./locks.js";
import { Logo } from "./logo.js";
import { once } from "./once.js";
import { Picker } from "./picker.js";
import { isScreen } from "./screens.js";
import { store } from "./store.js";
import { t } from "./texts.js";
import { TimeField } from "./time-field.js";
import { localAt } from "./venue-clock.js";
import { tvs, when } from "./words.js";

/** @typedef {"once" | "daily" | "weekly"} Repeat */
/** @typedef {{ step: string, name: string }} Wish */

/** So many favourites are a tap away; all channels are behind one more. */
const FAVOURITES = 8;

/** So late a run or a put back is still done, when the daemon was away at its time. */
const LATE = "within 30 min";

/** @type {Repeat[]} */
const REPEATS = ["once", "daily", "weekly"];

/**
 * TVs as selectors: a zone of which all are meant by its name, so that a TV that joins it is meant as well.
 * @param {string[]} keys
 * @param {Iterable<{ key: string, zone?: string | null }>} screens all that there are
 */
export function selectorsOf(keys, screens) {
  const meant = new Set(keys);
  /** @type {Map<string, string[]>} */
  const zones = new Map();
  for (const { key, zone } of screens) if (zone) zones.set(zone, [...(zones.get(zone) ?? []), key]);
  const whole = [...zones].filter(([, all]) => all.every((key) => meant.has(key)));
  for (const key of whole.flatMap(([, all]) => all)) meant.delete(key);
  return [...whole.map(([zone]) => `zone=${zone}`), ...meant];
}

/**
 * When it fires first, as a schedule says it.
 * @param {string} time
 * @param {Repeat} repeat
 * @param {Date} first
 */
export function trigger(time, repeat, first) {
  const { date } = localAt(first);
  if (repeat === "once") return { at: `${date}T${time}` };
  const [hour, minute] = time.split(":").map(Number);
  const weekday = repeat === "daily" ? "*" : new Date(`${date}T00:00Z`).getUTCDay();
  return { cron: `${minute} ${hour} * * ${weekday}` };
}

/** The next half hour, as it is typed. */
function soon() {
  const half = 30 * 60_000;
  return localAt(Math.ceil((Date.now() + 60_000) / half) * half).time;
}

/** @param {{ keys?: string[], preset?: { id: string, name: string, selectors: string[] }, close: () => void }} props */
export function Planner({ keys = [], preset, close }) {
  const [time, setTime] = useState(soon());
  const [until, setUntil] = useState("");
  const [repeat, setRepeat] = useState(/** @type {Repeat} */ ("once"));
  const [wish, setWish] = useState(/** @type {Wish | null} */ (preset ? { step: `preset ${preset.id}`, name: preset.name } : null));
  const [problem, setProblem] = useState("");
  const selectors = useMemo(() => {
    const screens = [...store.ports].filter(([, port]) => isScreen(port)).map(([key, { zone }]) => ({ key, zone }));
    return preset ? preset.selectors : selectorsOf(keys, screens);
  }, [keys, preset]);
  const save = () =>
    once(`plan ${time} ${until} ${wish?.step}`, async () => {
      if (!wish || !time) return;
      const id = `plan-${Date.now().toString(36)}`;
      const body = { id, name: wish.name, selectors, steps: [wish.step], missed: `once ${LATE}`, ...trigger(time, repeat, new Date(nextAt(time))) };
      try {
        const made = await post("/api/v1/schedules", { body: { ...body, ...(until ? { put_back: until } : {}) } });
        store.toast({ id, kind: "note", words: saved(wish.name, made) });
        close();
      } catch (failed) {
        setProblem(trouble(failed));
      }
    });
  return html`<${Dialog} title=${t("later.title", { what: preset ? preset.name : tvs(keys.length) })} close=${close}>
    ${preset ? "" : html`<${Wishes} keys=${keys} wish=${wish} choose=${setWish} />`}
    <div class="row wrap">
      <${TimeField} id="plan-at" label=${t("later.at")} value=${time} set=${setTime} hint=${time ? when(nextAt(time)) : ""} />
      <${TimeField} id="plan-until" label=${t("later.put_back")} value=${until} set=${setUntil} hint=${!until ? t("later.stays") : until <= time ? t("later.next_day") : t("later.put_back_hint")} />
    </div>
    <div class="chips" role="group" aria-label=${t("later.repeat")}>
      ${REPEATS.map((one) => html`<button class="chip" aria-pressed=${repeat === one} onClick=${() => setRepeat(one)}>${t(`later.${one}`)}</button>`)}
    </div>
    <p class="problem" role="alert">${problem}</p>
    <button class="main" disabled=${!wish || !time} onClick=${save}>${t("later.save")}</button>
  <//>`;
}

/** @param {{ keys: string[], wish: Wish | null, choose: (wish: Wish) => void }} props */
function Wishes({ keys, wish, choose }) {
  const [picking, setPicking] = useState(false);
  const favourites = store.channels.filter(({ favourite }) => favourite).slice(0, FAVOURITES);
  const chip = (/** @type {string} */ step, /** @type {string} */ name, /** @type {unknown} */ mark = "") => html`<button key=${step} class="chip" aria-pressed=${wish?.step === step} onClick=${() => choose({ step, name })}>${mark}${name}</button>`;
  const picked = (/** @type {string} */ channel) => {
    setPicking(false);
    choose({ step: `channel ${channel}`, name: store.channels.find((one) => wishFor(one) === channel)?.name ?? channel });
  };
  const other = wish && !favourites.some((one) => wish.step === `channel ${wishFor(one)}`) && wish.step.startsWith("channel ");
  return html`<div class="chips" role="group" aria-label=${t("later.what")}>
      ${favourites.map((channel) => chip(`channel ${wishFor(channel)}`, channel.name, html`<${Logo} channel=${channel.id} />`))}
      ${other && wish ? chip(wish.step, wish.name) : ""}
      <button class="chip" onClick=${() => setPicking(true)}>${t("later.other")}</button>
      ${chip("on", t("action.power_on"))} ${chip("off", t("action.power_off"))}
    </div>
    ${picking ? html`<${Picker} what=${tvs(keys.length)} keys=${keys} choose=${picked} close=${() => setPicking(false)} />` : ""}`;
}

/**
 * @param {string} name
 * @param {Schemas["Schedule"]} made
 */
function saved(name, { next }) {
  const at = next ? when(next.at) : "";
  return next?.put_back ? t("later.saved_put_back", { name, at, until: when(next.put_back.at) }) : t("later.saved", { name, at });
}
