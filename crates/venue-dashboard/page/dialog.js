// A dialog: the focus goes in, stays in, and goes back to where it came from.
/** @import { ComponentChildren } from "preact" */
import { html, useEffect, useRef } from "./html.js";
import { t } from "./texts.js";

/** @param {{ title: string, close: () => void, children?: ComponentChildren, wide?: boolean }} props */
export function Dialog({ title, close, children, wide }) {
  const box = useRef(/** @type {HTMLDialogElement | null} */ (null));
  useEffect(() => {
    const element = box.current;
    if (!element) return undefined;
    // The browser's own: it keeps the focus inside and everything else inert.
    element.showModal();
    const closed = () => close();
    element.addEventListener("close", closed);
    return () => {
      element.removeEventListener("close", closed);
      if (element.open) element.close();
    };
  }, []);
  const shut = () => box.current?.close();
  const outside = (/** @type {Event} */ event) => event.target === box.current && shut();
  return html`<dialog ref=${box} class=${wide ? "wide" : ""} aria-label=${title} onClick=${outside}>
    <div class="inside">
      <div class="title">
        <h2>${title}</h2>
        <button class="quiet" aria-label=${t("dialog.close")} onClick=${shut}>✕</button>
      </div>
      ${children}
    </div>
  </dialog>`;
}
