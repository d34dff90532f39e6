// A schedule in words: which TVs it is for, and what it does there.
import { wishFor } from "./channels.js";
import { targetWords } from "./plan.js";
import { store } from "./store.js";
import { t, word } from "./texts.js";
import { actionName } from "./words.js";

const tagName = (/** @type {string} */ id) => store.tags.find((tag) => tag.id === id)?.name || id;

/**
 * A selector as people call what it names: `zone=bar` is Bar; what is more than a name stays as it is written.
 * @param {string} selector
 */
export function selectorWords(selector) {
  const [, tag] = /^tag=([^,\s]+)$/.exec(selector) ?? [];
  if (tag) return t("schedules.tagged", { tag: tagName(tag) });
  const board = store.devices.get(selector);
  if (board) return board.name || selector;
  return targetWords([selector], { nameOf: (key) => store.ports.get(key)?.name ?? undefined, zoneOf: (id) => store.zones.find((zone) => zone.id === id)?.name ?? undefined });
}

/** @param {string[] | null | undefined} selectors */
export const whichWords = (selectors) => (selectors ?? []).map(selectorWords).join(", ");

/**
 * A step: `on`, `channel 501`, `preset quiet`, `wait 10 s`.
 * @param {string} step
 */
export function stepWords(step) {
  const [kind = "", ...rest] = step.split(" ");
  const what = rest.join(" ");
  if (kind === "on" || kind === "off") return t(kind === "on" ? "action.power_on" : "action.power_off");
  if (kind === "channel") return store.channels.find((one) => one.id === what || wishFor(one) === what)?.name ?? actionName("channel", what);
  if (kind === "preset") return store.presets.find(({ id }) => id === what)?.name ?? what;
  if (kind === "wait") return t("schedules.wait", { time: what });
  return !what && word("action", kind) ? actionName(kind) : step;
}

/** @param {string[] | null | undefined} steps */
export const whatWords = (steps) => (steps ?? []).map(stepWords).join(", ");
