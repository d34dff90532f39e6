// When schedules fire, by the clock of their zone or by that of the venue, and how people say it: weekdays and a time.
/** @import { Schemas } from "../types/page" */
import { locale, t } from "./texts.js";
import { localAt, venueZone } from "./venue-clock.js";
import { when } from "./words.js";

/**
 * When it fires, by the clock of the venue; where that of its own zone shows something else, that as well.
 * @param {Pick<Schemas["NextRun"], "at" | "local" | "skipped">} run
 * @param {Pick<Schemas["ScheduleItem"], "zone">} item
 */
export function fires(run, { zone }) {
  const own = zone && zone !== venueZone() ? ` = ${run.local.replace("T", " ")} (${zone})` : "";
  const at = when(run.at) + own;
  return run.skipped ? t("schedules.left_out", { at }) : at;
}

/** The zone of the venue. */
export const ownZone = venueZone;

/**
 * As it is edited: one instant that names no zone is shown by the clock of the venue, with its zone.
 * @template {Partial<Schemas["ScheduleItem"]>} T
 * @param {T} item
 * @returns {T}
 */
export function editable(item) {
  const { at, zone } = item;
  if (!at || zone || Number.isNaN(Date.parse(at))) return item;
  const { date, time } = localAt(at);
  const seconds = new Date(at).toISOString().slice(16, 19);
  return { ...item, at: `${date}T${time}${seconds === ":00" ? "" : seconds}`, zone: ownZone() };
}

/** The days of the week as a cron pattern numbers them, Monday first. */
export const WEEKDAYS = [1, 2, 3, 4, 5, 6, 0];

/**
 * A day of the week by its short name.
 * @param {number} weekday
 */
export const weekdayName = (weekday) => new Date(Date.UTC(2024, 0, 7 + weekday)).toLocaleDateString(locale, { weekday: "short", timeZone: "UTC" });

const two = (/** @type {number} */ number) => String(number).padStart(2, "0");

/**
 * The days of `1-5`, `0,6` or `*`; none where it says something else.
 * @param {string} field
 * @returns {number[] | null}
 */
function daysOf(field) {
  if (field === "*") return WEEKDAYS;
  const days = new Set();
  for (const part of field.split(",")) {
    const [, first, last] = /^([0-7])(?:-([0-7]))?$/.exec(part) ?? [];
    if (first === undefined) return null;
    for (let day = Number(first); day <= Number(last ?? first); day += 1) days.add(day % 7);
  }
  return WEEKDAYS.filter((day) => days.has(day));
}

/**
 * A cron pattern as weekdays and one time of day, if it is no more than that.
 * @param {string | null | undefined} cron
 * @returns {{ time: string, days: number[] } | null}
 */
export function weekly(cron) {
  const [minute = "", hour = "", day, month, weekday = "", ...more] = (cron ?? "").split(/\s+/);
  if (day !== "*" || month !== "*" || more.length || !/^\d+$/.test(minute) || !/^\d+$/.test(hour)) return null;
  const days = daysOf(weekday);
  return days?.length ? { time: `${two(Number(hour))}:${two(Number(minute))}`, days } : null;
}

/**
 * The cron pattern of weekdays and a time of day.
 * @param {string} time
 * @param {number[]} days
 */
export function cronOf(time, days) {
  const [hour, minute] = time.split(":").map(Number);
  const all = WEEKDAYS.every((day) => days.includes(day));
  return `${minute} ${hour} * * ${all ? "*" : WEEKDAYS.filter((day) => days.includes(day)).join(",")}`;
}
