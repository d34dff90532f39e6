// The clock of the venue: people read and type times in its zone, wherever the one who looks at the page is.

import { locale } from "./texts.js";

const own = () => Intl.DateTimeFormat().resolvedOptions().timeZone;

let zone = own();
/** @type {Map<string, Intl.DateTimeFormat>} */
const formats = new Map();

/** The zone of the venue; that of the browser until the daemon has said it. */
export const venueZone = () => zone;

/**
 * Sets the zone of the venue. One that this browser does not know leaves its own.
 * @param {string} name
 */
export function setVenueZone(name) {
  try {
    Intl.DateTimeFormat("en-GB", { timeZone: name });
    zone = name;
  } catch {
    zone = own();
  }
  formats.clear();
}

/**
 * An instant as the venue's clock shows it. Made once for each form: a thousand tiles may tell a time at the same moment.
 * @param {string | number | Date} instant
 * @param {Intl.DateTimeFormatOptions} options
 * @param {string} [tongue] how it is written
 */
export function shown(instant, options, tongue = locale) {
  const key = JSON.stringify([tongue, options]);
  const format = formats.get(key) ?? new Intl.DateTimeFormat(tongue, { timeZone: zone, ...options });
  formats.set(key, format);
  return format.format(new Date(instant));
}

/**
 * Date and time of the venue, as they are typed: `2026-12-01` and `19:30`.
 * @param {string | number | Date} instant
 */
export function localAt(instant) {
  const part = (/** @type {Intl.DateTimeFormatOptions} */ options) => shown(instant, options, "en-GB");
  const [day, month, year] = part({ year: "numeric", month: "2-digit", day: "2-digit" }).split("/");
  return { date: `${year}-${month}-${day}`, time: part({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" }) };
}

/**
 * The first instant at which the venue's clock shows this; where it skips it, so much later as it skips.
 * @param {string} date
 * @param {string} time
 */
export function instantOf(date, time) {
  const asUtc = Date.parse(`${date}T${time}Z`);
  const offset = (/** @type {number} */ at) => {
    const local = localAt(at);
    return Date.parse(`${local.date}T${local.time}Z`) - Math.floor(at / 60_000) * 60_000;
  };
  // No zone is further from UTC than a day, and none is set twice in two.
  const [before, after] = [asUtc - 86_400_000, asUtc + 86_400_000].map(offset);
  const fits = [before, after].map((one) => asUtc - one).filter((at) => asUtc - offset(at) === at);
  return new Date(fits.length ? Math.min(...fits) : asUtc - before);
}

/**
 * The day behind a date.
 * @param {string} date
 */
export const nextDay = (date) => new Date(Date.parse(`${date}T00:00Z`) + 86_400_000).toISOString().slice(0, 10);
