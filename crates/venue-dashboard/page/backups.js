// The backups of the database: made, fetched, brought, and put in its place while it cannot be used.
/** @import { Schemas, Typed } from "../types/page" */
import { html, useEffect, useRef, useState, useStore } from "./html.js";
import { Problem, address, get } from "./api.js";
import { Dialog } from "./dialog.js";
import { store } from "./store.js";
import { trouble } from "./answers.js";
import { t, word } from "./texts.js";
import { when } from "./words.js";

const ONE = "/api/v1/backups/{name}";

/**
 * A request that takes as long as the database is large: nobody cuts it short.
 * @param {"POST" | "PUT"} method
 * @param {string} path
 * @param {Blob} [file]
 */
async function patiently(method, path, file) {
  const type = file ? "application/octet-stream" : "application/json";
  const response = await fetch(path, { method, headers: { "content-type": type }, body: file ?? "{}" });
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Problem(response.status, answer);
}

/**
 * Under which name a file is brought: `uploaded-` and its own, in the letters that a backup may have.
 * @param {string} file
 */
export function uploadName(file) {
  const stem = file.replace(/\.[^.]*$/, "").replace(/^uploaded-/, "");
  if (!/[A-Za-z0-9]/.test(stem)) throw new Error(t("backup.nameless", { file }));
  return `uploaded-${stem.replace(/[^A-Za-z0-9_]/g, "-").slice(0, 64)}.db`;
}

/** @param {Schemas["Backup"]} backup */
function facts({ made_at, uploaded_at, bytes, place }) {
  const size = t("backup.size", { kb: Math.ceil(bytes / 1024).toLocaleString() });
  return [when(made_at), size, word("backup.place", place), uploaded_at ? t("backup.uploaded_at", { at: when(uploaded_at) }) : ""].filter(Boolean).join(" · ");
}

export function Backups() {
  useStore(store);
  const [items, setItems] = useState(/** @type {Schemas["Backup"][] | null} */ (null));
  const [problem, setProblem] = useState("");
  const [told, setTold] = useState("");
  const [chosen, setChosen] = useState("");
  const file = useRef(/** @type {HTMLInputElement | null} */ (null));
  const load = () => get("/api/v1/backups").then((answer) => setItems(answer.items), (failed) => setProblem(trouble(failed)));
  useEffect(() => {
    load();
  }, [store.mode]);
  const act = async (/** @type {() => Promise<string>} */ change) => {
    setProblem("");
    setTold(t("backup.busy"));
    try {
      setTold(await change());
    } catch (failed) {
      setTold("");
      setProblem(trouble(failed));
    }
    load();
  };
  const create = () => act(() => patiently("POST", address("/api/v1/backups")).then(() => t("backup.created")));
  const bring = (/** @type {Typed} */ event) => {
    const field = event.currentTarget;
    const [given] = field.files ?? [];
    if (given) act(() => patiently("PUT", address(ONE, { path: { name: uploadName(given.name) } }), given).then(() => t("backup.brought")));
    // The same file can be chosen again.
    field.value = "";
  };
  const restore = () => {
    setChosen("");
    act(() => patiently("POST", address(`${ONE}/restore`, { path: { name: chosen } })).then(() => t("backup.restored", { name: chosen })));
  };
  const isDown = store.mode === "direct_only";
  return html`
    <p class="hint">${t(isDown ? "backup.hint_down" : "backup.hint")}</p>
    <div class="row wrap">
      ${isDown ? "" : html`<button class="main" onClick=${create}>${t("backup.create")}</button>`}
      <button onClick=${() => file.current?.click()}>${t("backup.bring")}</button>
      <input ref=${file} class="hidden" type="file" accept=".db" aria-label=${t("backup.file")} tabindex="-1" onChange=${bring} />
    </div>
    <p class="hint" role="status">${told}</p>
    <p class="problem" role="alert">${problem}</p>
    ${items && !items.length ? html`<p class="empty">${t("setup.nothing")}</p>` : ""}
    <ul class="items">
      ${(items ?? []).map(
        (one) => html`<li key=${one.name}>
          <b>${one.name}</b> <span class="why">${facts(one)}</span>
          ${one.place === "folder" || one.place === "absent" ? "" : html`<a class="chip" href=${address(ONE, { path: { name: one.name } })} download=${one.name}>${t("backup.fetch")}</a>`}
          ${isDown && one.place !== "absent" ? html`<button aria-label=${t("backup.restore_one", { name: one.name })} onClick=${() => setChosen(one.name)}>${t("backup.restore")}</button>` : ""}
        </li>`,
      )}
    </ul>
    ${chosen
      ? html`<${Dialog} title=${t("backup.restore_one", { name: chosen })} close=${() => setChosen("")}>
          <p>${t("backup.means")}</p>
          <div class="row wrap"><button class="danger" onClick=${restore}>${t("backup.restore")}</button></div>
        <//>`
      : ""}
  `;
}
