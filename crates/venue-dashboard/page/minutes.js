// What ended in the last hours, minute by minute: of the history that the daemon keeps, so that it is there although
// nobody had this page open.
/** @import { Schemas } from "../types/page" */
import { get } from "./api.js";

/** @typedef {Pick<Schemas["CommandRecord"], "command_id" | "completed_at" | "status">} Ended */
/** @typedef {{ at: number, delivered: number, other: number }} Minute at: minutes since 1970 */

/** So many minutes are shown. */
export const SHOWN = 180;

/** Commands are read in pages of so many, and so many pages at first: of a very busy night the last part is shown. */
const [PAGE, PAGES] = [500, 6];

/**
 * The minutes that are shown in which something ended, in their order. What a newer wish replaced or somebody withdrew is
 * neither delivered nor a failure.
 * @param {Iterable<Ended>} commands
 * @param {number} now milliseconds since 1970
 * @returns {Minute[]}
 */
export function minutesOf(commands, now) {
  const last = Math.floor(now / 60_000);
  /** @type {Map<number, Minute>} */
  const minutes = new Map();
  for (const { completed_at: ended, status } of commands) {
    const at = ended ? Math.floor(Date.parse(ended) / 60_000) : NaN;
    if (!(at > last - SHOWN && at <= last) || status === "superseded" || status === "cancelled") continue;
    const minute = minutes.get(at) ?? { at, delivered: 0, other: 0 };
    if (status === "completed") minute.delivered += 1;
    else minute.other += 1;
    minutes.set(at, minute);
  }
  return [...minutes.values()].sort((a, b) => a.at - b.at);
}

/**
 * Reads on until what was read before, or until before what is shown; tells since when all is known.
 * @param {Map<string, Ended>} known by their ids, and added to
 * @param {number} now
 * @returns {Promise<number | null>} the minute before which there is more, if so much ended
 */
export async function readOn(known, now) {
  const first = (Math.floor(now / 60_000) - SHOWN + 1) * 60_000;
  /** @type {string | null | undefined} */
  let cursor;
  for (let page = 0; page < PAGES; page += 1) {
    const { items, next_cursor: next } = await get("/api/v1/history", { query: { limit: PAGE, cursor } });
    const isKnown = items.some(({ command_id: id }) => known.has(id));
    for (const one of items) known.set(one.command_id, one);
    const oldest = items.at(-1)?.completed_at;
    if (!next || isKnown || (oldest && Date.parse(oldest) < first)) return null;
    cursor = next;
  }
  const times = [...known.values()].map(({ completed_at: at }) => (at ? Date.parse(at) : now));
  return Math.ceil(Math.min(...times) / 60_000);
}
