// The wall by its zones.
/** @import { Items, Port } from "../types/page" */
import { isScreen } from "./screens.js";
import { t } from "./texts.js";

/** @typedef {{ id: string, name: string, order: number, keys: string[] }} Section */

const byName = new Intl.Collator("en", { numeric: true }).compare;

/**
 * Keys of screens by zone, in the order of the zones; the keys do not change while their TVs do.
 * @param {Map<string, Pick<Port, "name" | "zone" | "tags" | "port_of_source">>} ports
 * @param {Items["zones"][]} zones
 * @param {string | null} tag only the TVs that have it
 * @returns {Section[]}
 */
export function sections(ports, zones, tag) {
  /** @type {Map<string, Section>} */
  const found = new Map(zones.map(({ id, name, order }) => [id, { id, name: name || id, order: order ?? 0, keys: [] }]));
  for (const [key, port] of ports) {
    if (!isScreen(port) || (tag && !port.tags.includes(tag))) continue;
    const id = port.zone || "";
    const section = found.get(id) ?? { id, name: id || t("wall.elsewhere"), order: id ? 1e6 : 1e7, keys: [] };
    section.keys.push(key);
    found.set(id, section);
  }
  const name = (/** @type {string} */ key) => ports.get(key)?.name || key;
  for (const section of found.values()) section.keys.sort((a, b) => byName(name(a), name(b)));
  return [...found.values()].filter(({ keys }) => keys.length).sort((a, b) => a.order - b.order || byName(a.name, b.name));
}
