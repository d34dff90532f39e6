// The venue itself: its name, and the time zone in which everybody reads and types times.
/** @import { Field, Schemas } from "../types/page" */
import { html } from "./html.js";
import { ask } from "./api.js";
import { Fields } from "./fields.js";
import { store } from "./store.js";

/** @typedef {{ name?: string, time_zone?: string }} Filled */

/** @returns {Field[]} */
const fields = () => [
  { name: "name", label: "Name" },
  { name: "time_zone", label: "Time zone", hint: "such as Australia/Sydney; empty for that of the daemon's machine" },
];

/** @param {Schemas["Venue"]} venue */
const clockWords = ({ local, time_zone, is_machine_time_zone }) => `Its clock shows ${local.replace("T", " ")} (${time_zone}${is_machine_time_zone ? ", the zone of the daemon's machine" : ""}).`;

export function VenueEditor() {
  const { venue } = store;
  if (!venue) return html`<p class="empty" role="status">Reading…</p>`;
  const item = { name: venue.name ?? undefined, time_zone: venue.is_machine_time_zone ? undefined : venue.time_zone };
  const save = async (/** @type {Filled} */ { name = "", time_zone = "" }) => {
    const answer = await ask("PATCH", "/api/v1/venue", { body: { name: name || null, time_zone: time_zone || null } });
    store.toast({ id: "venue", kind: "note", words: `The venue is changed. ${clockWords(answer)}` });
    await store.load();
  };
  return html`<p class="hint">${clockWords(venue)}</p><${Fields} key=${venue.revision} fields=${fields()} item=${item} save=${save} />`;
}
