// When schedules fire, by the clock of their zone or by that of the venue.
/** @import { Schemas } from "../types/page" */
import { localAt, venueZone } from "./venue-clock.js";
import { when } from "./words.js";

/**
 * When it fires, by the clock of its zone; what names none is told by the clock of the venue.
 * @param {Pick<Schemas["NextRun"], "at" | "local" | "skipped">} run
 * @param {Pick<Schemas["ScheduleItem"], "zone">} item
 */
export function fires(run, { zone }) {
  const shown = zone ? `${run.local} (${zone})` : when(run.at);
  return `${shown}${run.skipped ? ", left out" : ""}`;
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
