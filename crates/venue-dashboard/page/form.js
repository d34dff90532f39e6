// What a form shows of an item, and what it makes of it.
/** @import { Field, Schemas } from "../types/page" */
import { keyOf } from "./keys.js";

/** @typedef {Record<string, unknown>} Item */

/**
 * A value as it is typed: a text, or a tick.
 * @param {Field} field
 * @param {unknown} value
 */
export const typed = (field, value) => {
  if (field.kind === "check") return value === true;
  if (value === undefined || value === null) return "";
  if (field.kind === "port") return keyOf(/** @type {Schemas["SourcePort"]} */ (value));
  if (field.kind === "pairs") return Object.entries(value).map(([name, one]) => `${name}: ${one}`).join("\n");
  return Array.isArray(value) ? value.join("\n") : String(value);
};

/**
 * What a field means; `undefined` where nothing is said.
 * @param {Field} field
 * @param {string | boolean} value
 */
export function meant(field, value) {
  if (typeof value === "boolean") return value;
  if (field.kind === "lines" || field.kind === "tvs" || field.kind === "steps" || field.kind === "days" || field.kind === "dates") return value.split("\n").map((line) => line.trim()).filter(Boolean);
  if (field.kind === "pairs") return pairs(value);
  const trimmed = value.trim();
  if (!trimmed) return undefined;
  if (field.kind === "port") return atPort(trimmed);
  return field.kind === "number" ? Number(trimmed) : trimmed;
}

/**
 * A port as a field of an item has it: `ir-rack/1`.
 * @param {string} key
 */
function atPort(key) {
  const [hostname = "", port] = key.split("/");
  return { hostname, port: Number(port) };
}

/**
 * `satellite: 206` on each line; what has no colon stays, without a value, so that somebody is told of it.
 * @param {string} text
 */
function pairs(text) {
  const lines = text.split("\n").map((line) => line.trim()).filter(Boolean);
  const read = (/** @type {string} */ line) => {
    const [name = "", ...value] = line.split(":");
    return [name.trim(), value.join(":").trim()];
  };
  return lines.length ? Object.fromEntries(lines.map(read)) : undefined;
}

/**
 * What a form makes of an item: what it does not show is left as it was, and what says nothing is left out.
 * @param {Item} item
 * @param {Field[]} fields those that are shown
 * @param {Record<string, string | boolean>} values what was typed
 */
export function filled(item, fields, values) {
  const next = { ...item };
  for (const field of fields) {
    const value = meant(field, values[field.name] ?? "");
    if (value === undefined || (value === false && item[field.name] === undefined)) delete next[field.name];
    else next[field.name] = value;
  }
  return next;
}
