// Finds TVs, zones, channels, presets and boards by any part of their names.
/** @import { Device, Items, Port, Schemas } from "../types/page" */
import { folded, matching } from "./channels.js";
import { isScreen } from "./screens.js";

/** @typedef {{ ports: ReadonlyMap<string, Port>, zones: Items["zones"][], channels: Items["channels"][], presets: Schemas["PresetSummary"][], devices: ReadonlyMap<string, Device> }} Venue */
/** @typedef {{ tvs: Port[], zones: Items["zones"][], channels: Items["channels"][], presets: Schemas["PresetSummary"][], boards: Device[] }} Found */

/** @type {Found} */
const NOTHING = { tvs: [], zones: [], channels: [], presets: [], boards: [] };

const byName = new Intl.Collator("en", { numeric: true }).compare;

/**
 * Those of which every word of `text` is in the name: where the name begins with it first, then in the order of names.
 * @template T
 * @param {Iterable<T>} all
 * @param {string} text as it is compared
 * @param {(one: T) => string} nameOf
 * @param {(one: T) => (string | null | undefined)[]} [more] what else it may be found by
 */
function named(all, text, nameOf, more = () => []) {
  const words = text.split(/\s+/).filter(Boolean);
  const rank = (/** @type {T} */ one) => (folded(nameOf(one)).startsWith(text) ? 0 : 1);
  return [...all]
    .filter((one) => {
      const name = folded([nameOf(one), ...more(one)].filter(Boolean).join(" "));
      return words.every((word) => name.includes(word));
    })
    .sort((a, b) => rank(a) - rank(b) || byName(nameOf(a), nameOf(b)));
}

/**
 * @param {string} typed
 * @param {Venue} venue
 * @returns {Found}
 */
export function find(typed, { ports, zones, channels, presets, devices }) {
  const text = folded(typed).trim();
  if (!text) return NOTHING;
  const zoneNames = new Map(zones.map(({ id, name }) => [id, name || id]));
  const screens = [...ports.values()].filter(isScreen);
  return {
    tvs: named(screens, text, (port) => port.name || port.key, (port) => [port.key, zoneNames.get(port.zone || "") ?? port.zone]),
    zones: named(zones, text, ({ id, name }) => name || id),
    channels: matching(channels, typed),
    presets: named(presets, text, ({ name }) => name),
    boards: named(devices.values(), text, ({ name, hostname }) => name || hostname, ({ hostname }) => [hostname]),
  };
}
