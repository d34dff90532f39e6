// A dialog: the focus goes in, stays in, and goes back to where it came from.
import { html, useEffect, useRef } from "./html.js";

export function Dialog({ title, close, children, wide }) {
  const box = useRef(null);
  useEffect(() => {
    const element = box.current;
    // The browser's own: it keeps the focus inside and everything else inert.
    element.showModal();
    const closed = () => close();
    element.addEventListener("close", closed);
    return () => {
      element.removeEventListener("close", closed);
      if (element.open) element.close();
    };
  }, []);
  const outside = (event) => event.target === box.current && box.current.close();
  return html`<dialog ref=${box} class=${wide ? "wide" : ""} aria-label=${title} onClick=${outside}>
    <div class="inside">
      <div class="title">
        <h2>${title}</h2>
        <button class="quiet" aria-label="Close" onClick=${() => box.current.close()}>✕</button>
      </div>
      ${children}
    </div>
  </dialog>`;
}
