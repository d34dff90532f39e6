// The venue itself: its name, the time zone in which everybody reads and types times, and its holidays.
/** @import { Field, Schemas } from "../types/page" */
import { html } from "./html.js";
import { ask } from "./api.js";
import { Fields } from "./fields.js";
import { store } from "./store.js";
import { t } from "./texts.js";

/** @typedef {{ name?: string, time_zone?: string, holidays?: string[] }} Filled */

/** @returns {Field[]} */
const fields = () => [
  { name: "name", label: t("field.name") },
  { name: "time_zone", label: t("venue.time_zone"), hint: t("venue.time_zone_hint") },
  { name: "holidays", label: t("venue.holidays"), kind: "dates", hint: t("venue.holidays_hint") },
];

/** @param {Schemas["Venue"]} venue */
const clockWords = ({ local, time_zone: zone, is_machine_time_zone }) => t(is_machine_time_zone ? "venue.clock_machine" : "venue.clock", { at: local.replace("T", " "), zone });

export function VenueEditor() {
  const { venue } = store;
  if (!venue) return html`<p class="empty" role="status">${t("page.reading")}</p>`;
  const item = { name: venue.name ?? undefined, time_zone: venue.is_machine_time_zone ? undefined : venue.time_zone, holidays: venue.holidays };
  const save = async (/** @type {Filled} */ { name = "", time_zone = "", holidays = [] }) => {
    const answer = await ask("PATCH", "/api/v1/venue", { body: { name: name || null, time_zone: time_zone || null, holidays } });
    store.toast({ id: "venue", kind: "note", words: t("venue.changed", { clock: clockWords(answer) }) });
    await store.load();
  };
  return html`<p class="hint">${clockWords(venue)}</p><${Fields} key=${venue.revision} fields=${fields()} item=${item} save=${save} />`;
}
