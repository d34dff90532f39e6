// Finds the code set of a TV whose remote nobody knows: sends harmless keys, and somebody says what she sees.
/** @import { At, Schemas, Typed, Verdict } from "../types/page" */
import { html, useState } from "./html.js";
import { post } from "./api.js";
import { mayHaveReached, ofFound, shade, tryCode } from "./codes.js";
import { Offers } from "./offers.js";
import { trouble } from "./answers.js";
import { actionName } from "./words.js";
import { t } from "./texts.js";

/** @type {[kind: string, words: string][]} */
const KINDS = [["", "any"], ["tv", "TV"], ["box", "box"], ["projector", "projector"], ["audio", "audio"]];

/** @param {{ at: At, done: () => void }} props */
export function Finder({ at, done }) {
  const [make, setMake] = useState("");
  const [kind, setKind] = useState("");
  const [answers, setAnswers] = useState(/** @type {Schemas["FindAnswer"][]} */ ([]));
  const [step, setStep] = useState(/** @type {Schemas["FindStep"] | null} */ (null));
  const [told, setTold] = useState(/** @type {Verdict | null} */ (null));
  const [problem, setProblem] = useState("");
  const next = async (/** @type {Schemas["FindAnswer"][]} */ all) => {
    try {
      const wanted = { ...(make.trim() ? { make: make.trim() } : {}), ...(kind ? { kind } : {}), answers: all };
      setStep(await post("/api/v1/infrared/find", { body: wanted }));
      setAnswers(all);
      setTold(null);
      setProblem("");
    } catch (failed) {
      setProblem(trouble(failed));
    }
  };
  const send = async () => {
    if (step?.code && step.key) setTold(await tryCode(at, { code: step.code, key: step.key }));
  };
  const say = (/** @type {boolean} */ reacted) => step?.code && step.key && next([...answers, { key: step.key, code: step.code, reacted }]);
  const start = (/** @type {Event} */ event) => {
    event.preventDefault();
    next([]);
  };
  if (!step) {
    return html`<form onSubmit=${start}>
      <p class="hint">${t("find.stand")}</p>
      <div class="row fill">
        <div class="field"><label for="find-make">${t("find.make")}</label><input id="find-make" autocomplete="off" value=${make} onInput=${(/** @type {Typed} */ event) => setMake(event.currentTarget.value)} /></div>
        <div class="field"><label for="find-kind">${t("find.kind")}</label><select id="find-kind" value=${kind} onChange=${(/** @type {Typed} */ event) => setKind(event.currentTarget.value)}>${KINDS.map(([name, words]) => html`<option value=${name}>${words}</option>`)}</select></div>
      </div>
      <p class="problem" role="alert">${problem}</p>
      <button class="main" type="submit">${t("find.begin")}</button>
    </form>`;
  }
  const again = html`<button class="anew" onClick=${() => setStep(null)}>${t("find.anew")}</button>`;
  if (step.state === "not_found") return html`<p class="empty">${t("find.none")}</p>${again}`;
  if (step.state === "found") {
    return html`<p>${step.sets.length > 1 ? t("find.several", { n: step.sets.length }) : t("find.one")} ${t("find.others_untried")}</p>
      <${Offers} at=${at} offers=${step.sets.map(ofFound)} done=${done} />${again}`;
  }
  const what = actionName(step.key || "");
  const makes = [...new Set(step.sets.map((set) => set.make || set.id))];
  const some = makes.slice(0, 4).join(", ");
  return html`
    <p>${t("find.try", { n: answers.length + 1 })} <b>${what}</b> ${t("find.of", { makes: makes.length > 4 ? t("find.and_others", { makes: some }) : some, n: step.left })}</p>
    ${step.files_left_out ? html`<p class="hint">${t("find.files_left_out", { n: step.files_left_out })}</p>` : ""}
    <button class="main" onClick=${send}>${t(told ? "find.send_again" : "find.send", { what })}</button>
    <p class=${`answer ${shade(told)}`} role="status" aria-live="polite">${told?.words || " "}</p>
    ${mayHaveReached(told)
      ? html`<div class="row" role="group" aria-label=${t("find.did")}><button onClick=${() => say(true)}>${t("find.yes")}</button><button onClick=${() => say(false)}>${t("find.no")}</button></div>`
      : ""}
    <p class="problem" role="alert">${problem}</p>
    ${again}
  `;
}
