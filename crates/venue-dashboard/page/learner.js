// Learns keys of a remote in front of a board with a receiver: three presses that agree, a try, and somebody's word.
/** @import { At, Schemas, Typed, Verdict } from "../types/page" */
import { html, useEffect, useRef, useState } from "./html.js";
import { ask, get, post } from "./api.js";
import { USUAL_KEYS, heard, isPower, keep, mayHaveReached, shade, tryCode } from "./codes.js";
import { store } from "./store.js";
import { trouble } from "./answers.js";
import { actionName } from "./words.js";
import { t } from "./texts.js";

/** How often is asked what came of the presses: people do not press faster. */
const INTERVAL = 250;

/** @param {{ at: At, codeset?: string | null, done: () => void }} props */
export function Learner({ at, codeset, done }) {
  const [device, setDevice] = useState(at.hostname);
  const [key, setKey] = useState("volume_up");
  const [session, setSession] = useState(/** @type {Schemas["LearnSession"] | null} */ (null));
  const [keys, setKeys] = useState(/** @type {Record<string, string>} */ ({}));
  const [problem, setProblem] = useState("");
  const listening = useRef("");
  const path = () => ({ path: { id: listening.current } });
  const stop = () => {
    // What nobody waits for any more need not be listened for.
    if (listening.current) ask("DELETE", "/api/v1/infrared/learn/{id}", path()).catch(() => {});
    listening.current = "";
  };
  useEffect(() => stop, []);
  const follow = async () => {
    while (listening.current) {
      await new Promise((resolve) => setTimeout(resolve, INTERVAL));
      if (!listening.current) return;
      const now = await get("/api/v1/infrared/learn/{id}", path());
      setSession(now);
      if (now.state !== "listening") listening.current = "";
    }
  };
  const listen = async () => {
    stop();
    setProblem("");
    try {
      const begun = await post("/api/v1/infrared/learn", { body: { device, key } });
      listening.current = begun.id;
      setSession(begun);
      await follow();
    } catch (failed) {
      listening.current = "";
      setSession(null);
      setProblem(trouble(failed));
    }
  };
  const confirmed = (/** @type {string} */ code) => {
    setKeys({ ...keys, [key]: code });
    setSession(null);
  };
  const isOpen = session?.state === "listening";
  return html`
    <div class="row fill">
      <div class="field"><label for="learn-board">${t("learn.board")}</label>
        <select id="learn-board" value=${device} disabled=${isOpen} onChange=${(/** @type {Typed} */ event) => setDevice(event.currentTarget.value)}>
          ${[...store.devices.keys()].sort().map((name) => html`<option value=${name}>${name}</option>`)}
        </select>
      </div>
      <div class="field"><label for="learn-key">${t("learn.key")}</label>
        <input id="learn-key" list="learn-keys" autocomplete="off" value=${key} disabled=${isOpen} onInput=${(/** @type {Typed} */ event) => setKey(event.currentTarget.value.trim())} />
        <datalist id="learn-keys">${USUAL_KEYS.map((name) => html`<option value=${name}>${actionName(name)}</option>`)}</datalist>
      </div>
    </div>
    <p class="hint">${t("learn.hold")}</p>
    ${isOpen ? html`<button onClick=${stop}>${t("learn.stop")}</button>` : html`<button class="main" disabled=${!/^[a-z0-9_]{1,32}$/.test(key)} onClick=${listen}>${t("learn.listen", { key: actionName(key) })}</button>`}
    <p class="problem" role="alert">${problem}</p>
    ${session ? html`<${Heard} key=${session.id} session=${session} at=${at} name=${key} confirmed=${confirmed} />` : ""}
    ${Object.keys(keys).length ? html`<${Kept} at=${at} keys=${keys} codeset=${codeset} done=${done} />` : ""}
  `;
}

/**
 * How far it is, and what was heard.
 * @param {{ session: Schemas["LearnSession"], at: At, name: string, confirmed: (code: string) => void }} props
 */
function Heard({ session, at, name, confirmed }) {
  const [told, setTold] = useState(/** @type {Verdict | null} */ (null));
  const { learned, presses, needed, message } = session;
  const send = async () => {
    // Whoever presses this button for a key of power means it.
    if (learned) setTold(await tryCode(at, { code: learned.code, key: name, sends: Math.min(20, Math.max(1, learned.sends)), ...(isPower(name) ? { allow_power: true } : {}) }));
  };
  return html`
    <p class="answer" role="status" aria-live="polite">${message}</p>
    <p class="presses" aria-label=${t("learn.agree", { n: presses, of: needed })}>${Array.from({ length: needed }, (_, place) => (place < presses ? "●" : "○")).join(" ")} <span class="hint">${t("learn.agree", { n: presses, of: needed })}</span></p>
    ${learned
      ? html`<ul class="heard">${heard(learned).map((line) => html`<li>${line}</li>`)}</ul>
          <button class="main" onClick=${send}>${told ? t("learn.resend") : t("learn.send", { key: `${at.hostname}/${at.port}` })}</button>
          <p class=${`answer ${shade(told)}`} role="status" aria-live="polite">${told?.words || " "}</p>
          ${mayHaveReached(told) ? html`<div class="row" role="group" aria-label=${t("find.did")}><button onClick=${() => confirmed(learned.code)}>${t("learn.keep")}</button><span class="hint">${t("learn.again")}</span></div>` : ""}`
      : ""}
  `;
}

/** @param {{ at: At, keys: Record<string, string>, codeset?: string | null, done: () => void }} props */
function Kept({ at, keys, codeset, done }) {
  const [make, setMake] = useState("");
  const [model, setModel] = useState("");
  const [problem, setProblem] = useState("");
  const shares = codeset ? [...store.ports.values()].filter((port) => port.codeset === codeset).length : 0;
  const save = async (/** @type {Event} */ event) => {
    event.preventDefault();
    try {
      await keep(at, keys, { make, model, into: codeset, by: store.me.name });
      done();
    } catch (failed) {
      setProblem(trouble(failed));
    }
  };
  const names = Object.keys(keys).map((key) => actionName(key));
  return html`<form class="fields" onSubmit=${save}>
    <h3>${t("learn.learned", { keys: names.join(", ") })}</h3>
    ${codeset
      ? html`<p class="hint">${t("learn.added", { codeset, n: shares })}</p>`
      : html`<div class="row fill">
          <div class="field"><label for="keep-make">${t("field.make")}</label><input id="keep-make" required autocomplete="off" value=${make} onInput=${(/** @type {Typed} */ event) => setMake(event.currentTarget.value)} /></div>
          <div class="field"><label for="keep-model">${t("field.model")}</label><input id="keep-model" autocomplete="off" value=${model} onInput=${(/** @type {Typed} */ event) => setModel(event.currentTarget.value)} /></div>
        </div>`}
    <p class="problem" role="alert">${problem}</p>
    <button class="main" type="submit">${codeset ? t("learn.add") : t("learn.save", { n: names.length })}</button>
  </form>`;
}
