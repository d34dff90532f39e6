// What became of a wish, as it happens.
import { html, useEffect } from "./html.js";
import { redo } from "./commands.js";
import { store } from "./store.js";
import { count } from "./words.js";

/** What is known of a batch, in numbers and in words. */
export function standing(batch) {
  const { statuses = {}, total = 0, keys = [] } = batch;
  const of = (...names) => names.reduce((sum, name) => sum + (statuses[name] || 0), 0);
  const done = of("completed");
  const unknown = of("unknown");
  const failed = of("failed", "expired");
  const open = of("pending", "processing");
  const gone = of("superseded", "cancelled");
  const away = open
    ? keys.filter((key) => {
        const port = store.ports.get(key);
        return port?.waiting?.batch_id === batch.batch_id && port.presence !== "online";
      }).length
    : 0;
  const parts = [`${done} of ${total} delivered`];
  if (failed) parts.push(`${failed} failed`);
  if (unknown) parts.push(`${unknown} not known`);
  if (gone) parts.push(`${gone} replaced or withdrawn`);
  if (away) parts.push(`${away} offline`);
  if (open - away > 0 && !batch.finished) parts.push(`${open - away} to go`);
  return { done, failed, unknown, open, away, gone, total, words: parts.join(", ") };
}

/** Of these a repeat changes nothing, so that what may have been sent may be sent again. */
const ABSOLUTE = new Set(["power_on", "power_off", "mute_on", "mute_off", "input", "channel", "default_channel"]);

/** How many TVs of a batch the daemon may try anew. */
export function retryable(batch) {
  const { failed, unknown } = standing(batch);
  return failed + (!batch.command || ABSOLUTE.has(batch.command) ? unknown : 0);
}

export function Toasts() {
  return html`<div class="toasts" role="status" aria-live="polite">
    ${store.toasts.map((toast) => html`<${Toast} key=${toast.id} toast=${toast} />`)}
  </div>`;
}

function Toast({ toast }) {
  const close = () => store.dismiss(toast.id);
  const batch = toast.batch && store.batches.get(toast.batch);
  const told = batch && standing(batch);
  const fine = told && batch.finished && told.done === told.total && !batch.told;
  useEffect(() => {
    if (toast.kind === "batch" && !fine) return undefined;
    const soon = setTimeout(close, fine ? 6_000 : 12_000);
    return () => clearTimeout(soon);
  }, [fine]);
  if (!batch) {
    return html`<div class=${`toast ${toast.kind}`}>
      <p>${toast.words}</p>
      <button class="quiet" aria-label="Close" onClick=${close}>✕</button>
    </div>`;
  }
  const bad = told.failed + told.unknown;
  const again = retryable(batch);
  return html`<div class=${`toast ${fine ? "good" : bad ? "bad" : ""}`}>
    <div class="row">
      <p><b>${toast.what}</b> ${[told.words, batch.told].filter(Boolean).join("; ")}</p>
      ${again && batch.finished && store.mayTouch(batch) && !store.retried.has(toast.batch) ? html`<button onClick=${() => redo(toast.batch, "retry")}>Retry ${count(again, "TV")}</button>` : ""}
      <a class="button" href=${`#/activity/${encodeURIComponent(toast.batch)}`}>Show</a>
      <button class="quiet" aria-label="Close" onClick=${close}>✕</button>
    </div>
    <progress max=${told.total || 1} value=${told.done + told.failed + told.unknown + told.gone} aria-label=${`${toast.what}: ${told.words}`}></progress>
  </div>`;
}
