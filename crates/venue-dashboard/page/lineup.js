// The line-up as a spreadsheet: what a file says of channels, and what it would change.
/** @import { ConfigItemOf, Schemas } from "../types/page" */
import { t } from "./texts.js";

/** @typedef {Schemas["ChannelItem"]} Channel */
/** @typedef {{ channel: Channel, revision: number | null, line: number }} Change */

const OWN = ["id", "name", "number", "platform", "favourite", "enabled"];
const BY_PLATFORM = "number:";

/**
 * The text of a file, whatever program wrote it: UTF-8, UTF-16 or Windows-1252.
 * @param {Uint8Array} bytes
 */
export function decoded(bytes) {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return new TextDecoder("utf-16le").decode(bytes);
  if (first === 0xfe && second === 0xff) return new TextDecoder("utf-16be").decode(bytes);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}

/** @param {string} text */
function delimiterOf(text) {
  const first = text.split(/\r?\n/, 1)[0] ?? "";
  const times = (/** @type {string} */ sign) => first.split(sign).length;
  return [",", ";", "\t"].reduce((best, sign) => (times(sign) > times(best) ? sign : best));
}

/**
 * The rows of a file, with the line on which each begins. What is in quotes may have delimiters and line ends; a row
 * without anything counts only as `blank`.
 * @param {string} text
 * @param {{ delimiter?: string, blank?: boolean }} [how]
 * @returns {{ line: number, cells: string[] }[]}
 */
export function rowsOf(text, { delimiter = delimiterOf(text), blank = false } = {}) {
  /** @type {{ line: number, cells: string[] }[]} */
  const rows = [];
  let [cell, cells, quoted, line, began] = ["", /** @type {string[]} */ ([]), false, 1, 1];
  const endRow = () => {
    cells.push(cell.trim());
    if (blank || cells.some(Boolean)) rows.push({ line: began, cells });
    [cell, cells] = ["", []];
  };
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at];
    if (sign === "\n") line += 1;
    if (quoted && sign === '"' && text[at + 1] === '"') {
      cell += sign;
      at += 1;
    } else if (sign === '"' && (quoted || !cell.trim())) quoted = !quoted;
    else if (quoted || (sign !== delimiter && sign !== "\n" && sign !== "\r")) cell += sign;
    else if (sign === delimiter) {
      cells.push(cell.trim());
      cell = "";
    } else if (sign === "\n") {
      endRow();
      began = line;
    }
  }
  if (quoted) throw new Error(t("port_table.line", { line: began, why: t("csv.open_quote") }));
  endRow();
  return rows;
}

/** @param {string} name */
const slug = (name) => name.toLowerCase().split(/[^a-z0-9]+/).filter(Boolean).join("-").slice(0, 40).replace(/-+$/, "");

/**
 * Which channel a row without an id is about: the one of that name and number, else the one of that name, else a new one.
 * @param {ConfigItemOf<"channels">[]} known
 * @param {Set<string>} taken
 * @param {string} name
 * @param {string} number
 */
function idFor(known, taken, name, number) {
  const same = known.find(({ id, item }) => item.name === name && item.number === number && !taken.has(id));
  if (same) return same.id;
  const own = slug(name) || `channel-${number}`;
  return taken.has(own) ? `${own}-${number}` : own;
}

/**
 * @param {string} word
 * @param {string} column
 */
function yesOrNo(word, column) {
  if (/^(yes|y|true|1|x)$/i.test(word)) return true;
  if (/^(no|n|false|0)$/i.test(word)) return false;
  throw new Error(t("csv.yes_or_no", { column, word }));
}

/**
 * A channel as a row makes it: a column that the file does not have leaves its field as it is, an empty cell clears it.
 * @param {Channel} before
 * @param {[column: string, cell: string][]} cells
 * @returns {Channel}
 */
function applied(before, cells) {
  const next = { ...before };
  const numbers = { ...before.numbers };
  for (const [column, cell] of cells) {
    if (column === "name" || column === "number") next[column] = cell;
    else if (column === "platform" && cell) next.platform = cell;
    else if (column === "platform") delete next.platform;
    else if (column === "favourite") next.favourite = cell ? yesOrNo(cell, column) : false;
    else if (column === "enabled") next.enabled = cell ? yesOrNo(cell, column) : true;
    else if (column.startsWith(BY_PLATFORM) && cell) numbers[column.slice(BY_PLATFORM.length)] = cell;
    else if (column.startsWith(BY_PLATFORM)) delete numbers[column.slice(BY_PLATFORM.length)];
  }
  delete next.numbers;
  return Object.keys(numbers).length ? { ...next, numbers } : next;
}

/**
 * A channel in a form that can be compared: what is not said is as the daemon takes it.
 * @param {Channel} channel
 */
const settled = ({ id, name, number, platform, numbers, favourite, enabled }) =>
  JSON.stringify([id, name, number, platform ?? null, Object.entries(numbers ?? {}).sort(), favourite === true, enabled !== false]);

/**
 * What a file would change of the line-up. A channel that it does not name stays as it is. Throws what is wrong, line by line.
 * @param {string} text
 * @param {ConfigItemOf<"channels">[]} known
 * @returns {{ fresh: Change[], changed: Change[], same: number }}
 */
export function compared(text, known) {
  const [head, ...rows] = rowsOf(text.replace(/^\ufeff/, ""));
  const columns = (head?.cells ?? []).map((name) => name.toLowerCase().replace(/\s*:\s*/, ":"));
  columnsOrError(columns);
  /** @type {{ fresh: Change[], changed: Change[], same: number }} */
  const found = { fresh: [], changed: [], same: 0 };
  /** @type {string[]} */
  const wrong = [];
  /** @type {Set<string>} */
  const taken = new Set();
  for (const { line, cells } of rows) {
    try {
      const of = columns.map((column, at) => /** @type {[string, string]} */ ([column, cells[at] ?? ""]));
      const { id: named = "", name = "", number = "" } = Object.fromEntries(of);
      if (!name || !number) throw new Error(t("csv.is_empty", { column: name ? "number" : "name" }));
      const id = named || idFor(known, taken, name, number);
      if (taken.has(id)) throw new Error(t("csv.taken", { id }));
      taken.add(id);
      const before = known.find((one) => one.id === id);
      const channel = applied(before?.item ?? { id, name, number, enabled: true }, of);
      if (!before) found.fresh.push({ channel, revision: null, line });
      else if (settled(channel) === settled(before.item)) found.same += 1;
      else if (before.fixed) throw new Error(t("port_table.fixed", { name: id }));
      else found.changed.push({ channel, revision: before.revision ?? null, line });
    } catch (problem) {
      wrong.push(t("port_table.line", { line, why: /** @type {Error} */ (problem).message }));
    }
  }
  if (wrong.length) throw new Error(wrong.join("; "));
  return found;
}

/** @param {string[]} columns */
function columnsOrError(columns) {
  const unknown = columns.find((column) => !OWN.includes(column) && !(column.startsWith(BY_PLATFORM) && column.length > BY_PLATFORM.length));
  const twice = columns.find((column, at) => columns.indexOf(column) !== at);
  const missing = ["name", "number"].find((column) => !columns.includes(column));
  if (missing) throw new Error(t("csv.no_names", { column: missing }));
  if (unknown !== undefined) throw new Error(t("port_table.no_column", { column: unknown, columns: `${OWN.join(", ")}, ${BY_PLATFORM}PLATFORM` }));
  if (twice !== undefined) throw new Error(t("port_table.column_twice", { column: twice }));
}

/** @param {{ fresh: unknown[], changed: unknown[], same: number }} found */
export const comparedWords = ({ fresh, changed, same }) => t("csv.compared", { fresh: fresh.length, changed: changed.length, same });

/** @param {string | boolean} cell */
export function written(cell) {
  const text = cell === true ? "yes" : cell === false ? "no" : cell;
  return /[",\n\r;]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * The line-up as a file that can be read again: a number for each platform of it.
 * @param {Channel[]} channels
 */
export function csvOf(channels) {
  const platforms = [...new Set(channels.flatMap(({ numbers }) => Object.keys(numbers ?? {})))].sort();
  const rows = channels.map(({ id, name, number, platform, favourite, enabled, numbers }) => [id, name, number, platform ?? "", favourite === true, enabled !== false, ...platforms.map((one) => numbers?.[one] ?? "")]);
  return [[...OWN, ...platforms.map((name) => BY_PLATFORM + name)], ...rows].map((row) => `${row.map(written).join(",")}\n`).join("");
}
