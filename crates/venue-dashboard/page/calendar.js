// When schedules fire, by the clock of their zone or by that of the reader.
/** @import { Schemas } from "../types/page" */
import { when } from "./words.js";

/**
 * When it fires, by the clock of its zone; what names none is told by the clock of the reader.
 * @param {Pick<Schemas["NextRun"], "at" | "local" | "skipped">} run
 * @param {Pick<Schemas["ScheduleItem"], "zone">} item
 */
export function fires(run, { zone }) {
  const shown = zone ? `${run.local} (${zone})` : when(run.at);
  return `${shown}${run.skipped ? ", left out" : ""}`;
}

/** The zone of the reader. */
export const ownZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone;

/**
 * As it is edited: one instant that names no zone is shown by the clock of the reader, with its zone.
 * @template {Partial<Schemas["ScheduleItem"]>} T
 * @param {T} item
 * @returns {T}
 */
export function editable(item) {
  const { at, zone } = item;
  if (!at || zone || Number.isNaN(Date.parse(at))) return item;
  const own = new Date(at);
  const shifted = new Date(own.getTime() - own.getTimezoneOffset() * 60_000);
  const local = shifted.toISOString().slice(0, own.getSeconds() || own.getMilliseconds() ? 19 : 16);
  return { ...item, at: local, zone: ownZone() };
}
