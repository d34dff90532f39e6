// Locks and maintenance in words, and what they leave to whom.
/** @import { Port, Schemas } from "../types/page" */
import { instantOf, localAt, nextDay } from "./venue-clock.js";
import { t } from "./texts.js";
import { clock, when } from "./words.js";

/**
 * `until 22:00`, with the day where it is not today; nothing where somebody has to unlock it.
 * @param {string | null | undefined} until
 * @param {number} [now] in milliseconds since 1970
 */
export function untilWords(until, now = Date.now()) {
  if (!until) return "";
  const isToday = localAt(until).date === localAt(now).date;
  return t("lock.until", { at: isToday ? clock(until).slice(0, 5) : when(until) });
}

/**
 * `locked by anna until 22:00: private party`.
 * @param {Pick<Schemas["PortLock"], "by" | "until" | "reason">} lock
 * @param {number} [now]
 */
export const lockWords = (lock, now) => heldWords(t("lock.locked"), lock, now);

/**
 * `under maintenance by anna until 22:00: new fuse`.
 * @param {Pick<Schemas["Maintenance"], "by" | "until" | "reason">} maintenance
 * @param {number} [now]
 */
export const maintenanceWords = (maintenance, now) => heldWords(t("maintenance.under"), maintenance, now);

/**
 * @param {string} word what it is
 * @param {Pick<Schemas["PortLock"], "by" | "until" | "reason">} of
 * @param {number} [now]
 */
function heldWords(word, { by, until, reason }, now) {
  const told = [word, by ? t("lock.by", { by }) : "", untilWords(until, now)].filter(Boolean).join(" ");
  return reason ? `${told}: ${reason}` : told;
}

/** @param {string} zone */
export const zoneLock = (zone) => `zone:${zone}`;

/** @param {Pick<Port, "hostname" | "port">} port */
export const portLock = ({ hostname, port }) => `port:${hostname}:${port}`;

/**
 * The instant at which the clock of the venue shows that next: today, or tomorrow if it has passed.
 * @param {string} time such as `22:30`
 * @param {number} [now]
 */
export function nextAt(time, now = Date.now()) {
  const { date } = localAt(now);
  const today = instantOf(date, time);
  return (today.getTime() > now ? today : instantOf(nextDay(date), time)).toISOString();
}
