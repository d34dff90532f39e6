// The logo of a channel, where it has one.
import { html } from "./html.js";
import { address } from "./api.js";
import { store } from "./store.js";

/** @param {{ channel: string | undefined }} props the id of the channel */
export function Logo({ channel }) {
  if (!channel || !store.logos.has(channel)) return "";
  const src = address("/api/v1/channels/{id}/logo", { path: { id: channel }, query: { again: store.logoEdits.get(channel) } });
  // Its name stands beside it.
  return html`<img class="logo" src=${src} alt="" width="40" height="24" loading="lazy" decoding="async" />`;
}
