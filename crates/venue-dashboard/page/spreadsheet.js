// The line-up out to a spreadsheet, and in again: what a file would change is shown before it is saved.
/** @import { ConfigItemOf, Typed } from "../types/page" */
/** @import { Change } from "./lineup.js" */
import { html, useRef, useState } from "./html.js";
import { ask, post } from "./api.js";
import { Dialog } from "./dialog.js";
import { compared, comparedWords, csvOf, decoded } from "./lineup.js";
import { store } from "./store.js";
import { trouble } from "./answers.js";
import { t } from "./texts.js";

/** @typedef {ReturnType<typeof compared>} Compared */

/** Longer than any line-up is. */
const MOST = 1_000_000;

/** @param {{ items: ConfigItemOf<"channels">[], done: () => void }} props */
export function Spreadsheet({ items, done }) {
  const [found, setFound] = useState(/** @type {Compared | null} */ (null));
  const [problem, setProblem] = useState("");
  const file = useRef(/** @type {HTMLInputElement | null} */ (null));
  const read = async (/** @type {Typed} */ event) => {
    const input = event.currentTarget;
    const [chosen] = input.files ?? [];
    if (!chosen) return;
    try {
      if (chosen.size > MOST) throw new Error(t("csv.too_large", { name: chosen.name }));
      setFound(compared(decoded(new Uint8Array(await chosen.arrayBuffer())), items));
      setProblem("");
    } catch (wrong) {
      setProblem(trouble(wrong));
    }
    // The same file can be chosen again once it is mended.
    input.value = "";
  };
  const out = () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([csvOf(items.map(({ item }) => item))], { type: "text/csv" }));
    link.download = "channels.csv";
    link.click();
    URL.revokeObjectURL(link.href);
  };
  return html`
    <div class="row wrap">
      <button onClick=${() => file.current?.click()}>${t("csv.from")}</button>
      <button onClick=${out}>${t("csv.to")}</button>
      <input ref=${file} class="hidden" type="file" accept=".csv,.txt,text/csv" aria-label=${t("csv.file")} tabindex="-1" onChange=${read} />
    </div>
    <p class="problem" role="alert">${problem}</p>
    ${found ? html`<${Found} found=${found} close=${() => { setFound(null); done(); }} />` : ""}
  `;
}

/** @param {{ found: Compared, close: () => void }} props */
function Found({ found, close }) {
  const [told, setTold] = useState("");
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const all = [...found.changed, ...found.fresh].sort((a, b) => a.line - b.line);
  const save = async () => {
    setBusy(true);
    setProblem("");
    const { saved, wrong } = await savedAll(all, (number) => setTold(t("csv.progress", { n: number, of: all.length })));
    store.load();
    if (!wrong) {
      store.toast({ id: "line-up", kind: "note", words: t("csv.saved", { n: saved }) });
      close();
      return;
    }
    setProblem(t("csv.stopped", { why: wrong }));
  };
  const rows = (/** @type {string} */ title, /** @type {Change[]} */ changes) =>
    changes.length ? html`<h3>${title} <small>${changes.length}</small></h3><ul class="plan">${changes.map(({ channel }) => html`<li key=${channel.id}><b>${channel.name}</b> <span>${[channel.number, ...Object.values(channel.numbers ?? {})].join(", ")}</span></li>`)}</ul>` : "";
  return html`<${Dialog} title=${t("csv.title")} close=${close} wide>
    <div class="run">
      <button class="main" disabled=${busy || !all.length} onClick=${save}>${t("csv.save", { n: all.length })}</button>
      <p>${comparedWords(found)} <span class="hint" role="status">${told || t("csv.hint")}</span></p>
    </div>
    <p class="problem" role="alert">${problem}</p>
    ${rows(t("csv.changed"), found.changed)} ${rows(t("csv.new"), found.fresh)}
  <//>`;
}

/**
 * Saves one channel after the other, up to the first that is refused.
 * @param {Change[]} changes
 * @param {(saved: number) => void} progress
 */
async function savedAll(changes, progress) {
  let saved = 0;
  for (const { channel, revision, line } of changes) {
    try {
      if (revision === null) await post("/api/v1/config/{kind}", { path: { kind: "channels" }, body: channel });
      else await ask("PUT", "/api/v1/config/{kind}/{id}", { path: { kind: "channels", id: channel.id }, body: channel, headers: { "if-match": `"${revision}"` } });
    } catch (failed) {
      return { saved, wrong: t("port_table.line", { line, why: `${channel.name}: ${trouble(failed)}` }) };
    }
    saved += 1;
    progress(saved);
  }
  return { saved, wrong: "" };
}
