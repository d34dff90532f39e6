// Gives a channel its logo, or takes it away.
/** @import { Typed } from "../types/page" */
import { html, useRef, useState } from "./html.js";
import { ask } from "./api.js";
import { Logo } from "./logo.js";
import { store } from "./store.js";
import { trouble } from "./answers.js";
import { t } from "./texts.js";

const MOST = 64 * 1024;

/** @param {Uint8Array} bytes */
const base64 = (bytes) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));

/** @param {{ channel: string }} props the id of the channel */
export function LogoEditor({ channel }) {
  const [problem, setProblem] = useState("");
  const [told, setTold] = useState("");
  const input = useRef(/** @type {HTMLInputElement | null} */ (null));
  const path = { id: channel };
  const act = async (/** @type {() => Promise<unknown>} */ change, /** @type {string} */ words) => {
    try {
      await change();
      store.logoEdits.set(channel, (store.logoEdits.get(channel) ?? 0) + 1);
      setProblem("");
      setTold(words);
      await store.load();
    } catch (failed) {
      setTold("");
      setProblem(trouble(failed));
    }
  };
  const read = async (/** @type {Typed} */ event) => {
    const field = event.currentTarget;
    const [file] = field.files ?? [];
    field.value = "";
    if (!file) return;
    if (file.size > MOST) {
      setProblem(t("logo.too_large", { name: file.name, kb: Math.ceil(file.size / 1024) }));
      return;
    }
    const image = base64(new Uint8Array(await file.arrayBuffer()));
    await act(() => ask("PUT", "/api/v1/channels/{id}/logo", { path, body: { image } }), t("logo.saved"));
  };
  const has = store.logos.has(channel);
  return html`<div class="row logo-row">
      <${Logo} channel=${channel} />
      <button type="button" onClick=${() => input.current?.click()}>${has ? t("logo.another") : t("logo.give")}</button>
      ${has ? html`<button type="button" onClick=${() => act(() => ask("DELETE", "/api/v1/channels/{id}/logo", { path }), t("logo.removed"))}>${t("logo.remove")}</button>` : ""}
      <input ref=${input} class="hidden" type="file" accept="image/png,image/jpeg,image/webp" aria-label=${t("logo.picture")} tabindex="-1" onChange=${read} />
    </div>
    <p class="hint" role="status">${told || t("logo.hint")}</p>
    <p class="problem" role="alert">${problem}</p>`;
}
