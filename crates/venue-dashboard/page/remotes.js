// Which remote does a TV have? Chosen by make and model, found by trying, or learned. Loaded when somebody asks.
/** @import { At, Offer, Typed } from "../types/page" */
import { html, useEffect, useState } from "./html.js";
import { offered, transmitters } from "./codes.js";
import { Dialog } from "./dialog.js";
import { Finder } from "./finder.js";
import { Learner } from "./learner.js";
import { Offers } from "./offers.js";
import { trouble } from "./answers.js";
import { t } from "./texts.js";

/** @typedef {{ at: At, done: () => void }} Part */

/** @type {[name: string, words: string, view: (props: Part & { codeset?: string | null }) => unknown][]} */
const WAYS = [
  ["choose", t("ways.choose"), Choose],
  ["find", t("ways.volume"), Finder],
  ["learn", t("ways.remote"), Learner],
];

/** @param {Part & { title: string, codeset?: string | null, close: () => void }} props */
export function Remotes({ at, title, codeset, close, done }) {
  const [way, setWay] = useState("choose");
  const [emitters, setEmitters] = useState(/** @type {string[]} */ ([]));
  const [emitter, setEmitter] = useState(at.emitter || "");
  useEffect(() => {
    let gone = false;
    // A board that was never online has told nothing; then the transmitter of the port is taken.
    transmitters(at.hostname).then((names) => gone || setEmitters(names), () => gone || setEmitters([]));
    return () => {
      gone = true;
    };
  }, [at.hostname]);
  const by = emitter ? { ...at, emitter } : at;
  const named = emitters.length || !emitter ? emitters : [emitter];
  const [, , View = Choose] = WAYS.find(([name]) => name === way) || [];
  return html`<${Dialog} title=${t("ways.title", { title })} close=${close} wide>
    <div class="chips" role="group" aria-label=${t("ways.how")}>
      ${WAYS.map(([name, words]) => html`<button class="chip" aria-pressed=${name === way} onClick=${() => setWay(name)}>${words}</button>`)}
    </div>
    ${named.length
      ? html`<div class="field transmitter"><label for="of-emitter">${t("ways.transmitter")}</label>
          <select id="of-emitter" value=${emitter} onChange=${(/** @type {Typed} */ event) => setEmitter(event.currentTarget.value)}>
            <option value="">${t("ways.ends_in", { port: at.port })}</option>
            ${named.map((name) => html`<option value=${name}>${name}</option>`)}
          </select></div>`
      : ""}
    <${View} at=${by} codeset=${codeset} done=${done} />
  <//>`;
}

/** @param {Part} props */
function Choose({ at, done }) {
  const [make, setMake] = useState("");
  const [model, setModel] = useState("");
  const [found, setFound] = useState(/** @type {{ offers: Offer[], more: boolean } | null} */ (null));
  const [problem, setProblem] = useState("");
  useEffect(() => {
    let gone = false;
    // A name is typed letter by letter.
    const soon = setTimeout(() => offered(make, model).then((answer) => gone || (setFound(answer), setProblem("")), (failed) => gone || setProblem(trouble(failed))), 200);
    return () => {
      gone = true;
      clearTimeout(soon);
    };
  }, [make, model]);
  const text = (/** @type {(text: string) => void} */ set) => (/** @type {Typed} */ event) => set(event.currentTarget.value);
  return html`
    <div class="row fill">
      <div class="field"><label for="of-make">${t("field.make")}</label><input id="of-make" autocomplete="off" value=${make} onInput=${text(setMake)} /></div>
      <div class="field"><label for="of-model">${t("field.model")}</label><input id="of-model" autocomplete="off" value=${model} onInput=${text(setModel)} /></div>
    </div>
    <p class="problem" role="alert">${problem}</p>
    ${found ? html`<${Offers} at=${at} offers=${found.offers} done=${done} />` : html`<p class="hint">${t("page.reading")}</p>`}
    ${found && !found.offers.length ? html`<p class="empty">${t("ways.none")}</p>` : ""}
    ${found?.more ? html`<p class="hint">${t("ways.more")}</p>` : ""}
  `;
}
