// The outputs of all boards as a table: what is typed into it or pasted from a spreadsheet, and what that changes.
/** @import { ConfigItemOf, Schemas } from "../types/page" */
import { keyOf } from "./keys.js";
import { rowsOf, written } from "./lineup.js";
import { t } from "./texts.js";

/** @typedef {ConfigItemOf<"devices">} Board */
/** @typedef {{ key: string, hostname: string, port: number, fixed: boolean, item?: Schemas["PortItem"] }} Output */
/** @typedef {Map<string, Record<string, string>>} Edits by output, then by column: what is to stand there */
/** @typedef {{ id: string, name?: string | null }} Zone */
/** @typedef {{ column: string, before: string, after: string }} Difference */
/** @typedef {{ output: Output, cells: Record<string, string>, differences: Difference[] }} Change */
/** @typedef {{ devices: Schemas["DeviceItem"][], zones: { id: string }[], tags: { id: string }[] }} Wanted */

/** The columns, as `venuectl export ports` and `import ports` have them. */
export const COLUMNS = ["name", "appliance", "zone", "tags", "profile", "default_channel", "platform", "codeset", "emitter", "source", "volume"];

const NAMED = ["hostname", "port", ...COLUMNS];

/**
 * Every output of every board: those without a TV can get one.
 * @param {Board[]} boards
 * @returns {Output[]}
 */
export function outputsOf(boards) {
  return boards.flatMap(({ id, fixed, item }) =>
    [1, 2, 3, 4, 5].map((port) => ({ key: keyOf({ hostname: id, port }), hostname: id, port, fixed, item: item.ports?.find(({ index }) => index === port) })),
  );
}

/**
 * What stands in the cells of an output.
 * @param {Schemas["PortItem"] | undefined} item
 * @returns {Record<string, string>}
 */
export function cellsOf(item) {
  const known = /** @type {Record<string, unknown>} */ (item ?? {});
  const cell = (/** @type {string} */ column) => {
    if (column === "tags") return (item?.tags ?? []).join(" ");
    // Where there is no source the TV has the sound: nothing to say.
    if (column === "volume") return item?.source ? (item.volume ?? "tv") : "";
    return String(known[column] ?? "");
  };
  return Object.fromEntries(COLUMNS.map((column) => [column, cell(column)]));
}

const tagsOf = (/** @type {string} */ cell) => [...new Set(cell.split(/[\s,;]+/).filter(Boolean))].sort();

/**
 * A port with what its cells say anew.
 * @param {Change} change
 * @returns {Schemas["PortItem"]}
 */
function itemOf({ output: { port, item }, differences }) {
  const next = /** @type {Record<string, unknown>} */ ({ ...item, index: port });
  for (const { column, after } of differences) {
    if (column === "tags" && tagsOf(after).length) next[column] = tagsOf(after);
    else if (column !== "tags" && after && !(column === "volume" && after === "tv")) next[column] = after;
    else delete next[column];
  }
  return /** @type {Schemas["PortItem"]} */ (next);
}

/**
 * What the edits change. An output on which nothing is and nothing is written stays empty.
 * @param {Output[]} outputs
 * @param {Edits} edits
 * @param {Zone[]} zones
 * @returns {Change[]}
 */
export function changesOf(outputs, edits, zones) {
  return outputs.flatMap((output) => {
    const edit = edits.get(output.key);
    if (!edit) return [];
    const before = cellsOf(output.item);
    const trimmed = Object.entries(edit).map(([column, cell]) => [column, column === "zone" ? zoneId(cell.trim(), zones) : cell.trim()]);
    const cells = /** @type {Record<string, string>} */ ({ ...before, ...Object.fromEntries(trimmed) });
    const same = (/** @type {string} */ column) => (column === "tags" ? tagsOf(before.tags ?? "").join() === tagsOf(cells.tags ?? "").join() : (before[column] ?? "") === (cells[column] ?? ""));
    const differences = COLUMNS.filter((column) => !same(column)).map((column) => ({ column, before: before[column] ?? "", after: cells[column] ?? "" }));
    return differences.length ? [{ output, cells, differences }] : [];
  });
}

/**
 * The boards as they would be, in one document: what it does not name stays. Zones and tags that are named for the
 * first time are made.
 * @param {Board[]} boards
 * @param {Change[]} changes
 * @param {{ zones: string[], tags: string[] }} known
 * @returns {Wanted}
 */
export function wantedOf(boards, changes, known) {
  const byPort = new Map(changes.map((change) => [change.output.key, change]));
  const changed = new Set(changes.map(({ output }) => output.hostname));
  const devices = boards
    .filter(({ id }) => changed.has(id))
    .map(({ id, item }) => {
      const kept = (item.ports ?? []).filter(({ index }) => !byPort.has(keyOf({ hostname: id, port: index })));
      const own = changes.filter(({ output }) => output.hostname === id).map(itemOf);
      return { ...item, ports: [...kept, ...own].sort((a, b) => a.index - b.index) };
    });
  const fresh = (/** @type {string[]} */ ids, /** @type {string[]} */ there) => [...new Set(ids)].filter((id) => id && !there.includes(id)).sort().map((id) => ({ id }));
  return {
    devices,
    zones: fresh(changes.map(({ cells }) => cells.zone ?? ""), known.zones),
    tags: fresh(changes.flatMap(({ cells }) => tagsOf(cells.tags ?? "")), known.tags),
  };
}

/**
 * Of which output a field of an answer tells, and the field within it: `devices/ir-1.ports[0].zone` of what does not
 * fit, `document.devices[0].ports[1].zone` of what cannot be read.
 * @param {string} field
 * @param {Wanted} wanted
 * @returns {{ key?: string, field: string }}
 */
export function placeOf(field, { devices }) {
  const [, id, at, place, rest] = /^(?:devices\/([^.]+)|document\.devices\[(\d+)\])\.ports\[(\d+)\]\.?(.*)$/.exec(field) ?? [];
  const device = id ? devices.find(({ hostname }) => hostname === id) : devices[Number(at)];
  const port = device?.ports?.[Number(place)];
  return device && port ? { key: keyOf({ hostname: device.hostname, port: port.index }), field: (rest || "").replace(/\[\d+\]$/, "") } : { field };
}

/**
 * A zone by its name is that zone.
 * @param {string} cell
 * @param {Zone[]} zones
 */
const zoneId = (cell, zones) => (zones.some(({ id }) => id === cell) ? cell : (zones.find(({ name }) => name?.toLowerCase() === cell.toLowerCase())?.id ?? cell));

/**
 * Whether a text is more than one cell, as a spreadsheet copies them.
 * @param {string} text
 */
export const isTable = (text) => /[\t\n]/.test(text.replace(/\r?\n$/, ""));

/**
 * What pasted rows say: those that begin with a line of column names by their hostname and port; others from the
 * cell on into which they are pasted. Throws what is wrong, line by line, and then nothing of it is taken.
 * @param {string} text
 * @param {Output[]} outputs as they stand in the table
 * @param {{ key: string, column: string } | null} at the cell
 * @param {string[]} [columns] those that are shown
 * @returns {Edits}
 */
export function pasted(text, outputs, at, columns = COLUMNS) {
  const [head, ...rows] = rowsOf(text.replace(/^\ufeff/, ""));
  const names = (head?.cells ?? []).map((name) => name.toLowerCase().replace(/[ -]/g, "_"));
  if (names.includes("hostname")) return byName(names, rows, outputs);
  // A spreadsheet copies cells with tabs between them; an empty one is one all the same.
  if (at) return byPlace(rowsOf(text.replace(/\r?\n$/, ""), { delimiter: "\t", blank: true }), outputs, at, columns);
  throw new Error(t("port_table.no_names", { columns: NAMED.join(", ") }));
}

/** @typedef {{ line: number, cells: string[] }} Row */

/**
 * @param {string[]} columns
 * @param {Row[]} rows
 * @param {Output[]} outputs
 */
function byName(columns, rows, outputs) {
  const unknown = columns.find((column) => !NAMED.includes(column));
  const twice = columns.find((column, at) => columns.indexOf(column) !== at);
  if (!columns.includes("port")) throw new Error(t("port_table.no_names", { columns: NAMED.join(", ") }));
  if (unknown !== undefined) throw new Error(t("port_table.no_column", { column: unknown, columns: NAMED.join(", ") }));
  if (twice !== undefined) throw new Error(t("port_table.column_twice", { column: twice }));
  const known = new Map(outputs.map((output) => [output.key, output]));
  /** @type {Map<string, number>} */
  const lines = new Map();
  /** @type {Edits} */
  const edits = new Map();
  /** @type {string[]} */
  const wrong = [];
  for (const { line, cells } of rows) {
    const { hostname = "", port = "", ...rest } = Object.fromEntries(columns.map((column, at) => [column, cells[at] ?? ""]));
    const key = `${hostname.toLowerCase()}/${port}`;
    const why = rowTrouble(cells, columns.length, known.get(key), hostname, port, lines.get(key));
    if (why) wrong.push(t("port_table.line", { line, why }));
    lines.set(key, line);
    edits.set(key, rest);
  }
  if (wrong.length) throw new Error(wrong.join("; "));
  return edits;
}

/**
 * What is wrong with a row, if anything is.
 * @param {string[]} cells
 * @param {number} count of the columns
 * @param {Output | undefined} output
 * @param {string} hostname
 * @param {string} port
 * @param {number | undefined} before the line that was about the same
 */
function rowTrouble(cells, count, output, hostname, port, before) {
  if (cells.length < count || cells.slice(count).some(Boolean)) return t("port_table.cells", { n: cells.length, of: count });
  if (!/^[1-5]$/.test(port)) return t("port_table.port", { port });
  if (!output) return t("port_table.no_board", { name: hostname });
  if (output.fixed) return t("port_table.fixed", { name: hostname });
  return before ? t("port_table.twice", { name: output.key, line: before }) : "";
}

/**
 * @param {Row[]} rows
 * @param {Output[]} outputs
 * @param {{ key: string, column: string }} at
 * @param {string[]} columns
 */
function byPlace(rows, outputs, { key, column }, columns) {
  const [top, left] = [outputs.findIndex((output) => output.key === key), columns.indexOf(column)];
  const widest = Math.max(...rows.map(({ cells }) => cells.length));
  if (top + rows.length > outputs.length) throw new Error(t("port_table.too_long", { n: rows.length, of: outputs.length - top }));
  if (left + widest > columns.length) throw new Error(t("port_table.too_wide", { n: widest, of: columns.length - left }));
  const fixed = outputs.slice(top, top + rows.length).find((output) => output.fixed);
  if (fixed) throw new Error(t("port_table.fixed", { name: fixed.hostname }));
  return new Map(rows.map(({ cells }, row) => [outputs[top + row]?.key ?? "", Object.fromEntries(cells.map((cell, place) => [columns[left + place] ?? "", cell]))]));
}

/**
 * The TVs as a file that can be read again.
 * @param {Output[]} outputs
 */
export function csvOf(outputs) {
  const row = (/** @type {Output} */ { hostname, port, item }) => [hostname, String(port), ...Object.values(cellsOf(item))];
  const rows = outputs.filter(({ item }) => item).map(row);
  return [NAMED, ...rows].map((cells) => `${cells.map(written).join(",")}\n`).join("");
}
