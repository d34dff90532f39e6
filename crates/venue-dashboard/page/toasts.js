// What became of a wish, as it happens.
/** @import { Toast as Shown } from "../types/page" */
import { html, useEffect } from "./html.js";
import { redoes, retryWords, retryable, standing, undoable } from "./batches.js";
import { redo } from "./commands.js";
import { kioskZone } from "./kept.js";
import { placeNow, store } from "./store.js";
import { t } from "./texts.js";

export function Toasts() {
  return html`<div class="toasts" role="status" aria-live="polite">
    ${store.toasts.filter(({ place }) => place === placeNow()).map((toast) => html`<${Toast} key=${toast.id} toast=${toast} />`)}
  </div>`;
}

/** @param {{ toast: Shown }} props */
function Toast({ toast }) {
  const close = () => store.dismiss(toast.id);
  const batch = toast.batch ? store.batches.get(toast.batch) : undefined;
  const told = batch && standing(batch, store.ports, store.ended);
  const fine = told && batch?.finished && told.done === told.total && !batch.told;
  useEffect(() => {
    if (toast.kind === "batch" && !fine) return undefined;
    const soon = setTimeout(close, fine ? 6_000 : 12_000);
    return () => clearTimeout(soon);
  }, [fine]);
  if (!batch || !told) {
    return html`<div class=${`toast ${toast.kind}`}>
      <p>${toast.words}</p>
      <button class="quiet" aria-label=${t("dialog.close")} onClick=${close}>✕</button>
    </div>`;
  }
  const bad = told.failed + told.unknown;
  const again = retryable(batch, told);
  const id = batch.batch_id;
  const may = store.mayTouch(batch);
  const mayUndo = may && undoable(batch) && !redoes(batch) && !store.undone.has(id);
  return html`<div class=${`toast ${fine ? "good" : bad ? "bad" : ""}`}>
    <div class="row">
      <p><b>${toast.what}</b> ${[told.words, batch.also, batch.told].filter(Boolean).join("; ")}</p>
      ${again && batch.finished && may && !store.retried.has(id) ? html`<button onClick=${() => redo(id, "retry")}>${retryWords(batch, again)}</button>` : ""}
      ${mayUndo ? html`<button onClick=${() => redo(id, "undo")}>${t("batch.undo")}</button>` : ""}
      ${kioskZone() === undefined ? html`<a class="button" href=${`#/activity/${encodeURIComponent(id)}`}>${t("batch.show")}</a>` : ""}
      <button class="quiet" aria-label=${t("dialog.close")} onClick=${close}>✕</button>
    </div>
    <progress max=${told.total || 1} value=${told.done + told.failed + told.unknown + told.gone} aria-label=${`${toast.what}: ${told.words}`}></progress>
  </div>`;
}
