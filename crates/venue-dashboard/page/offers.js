// Code sets to try on a TV, and to take for it.
/** @import { At, Offer, Verdict } from "../types/page" */
import { html, useState } from "./html.js";
import { keyOfOffer, shade, tryCode, use } from "./codes.js";
import { trouble } from "./answers.js";
import { t } from "./texts.js";

/** @param {{ at: At, offers: Offer[], done: () => void }} props */
export function Offers({ at, offers, done }) {
  const [told, setTold] = useState(/** @type {Verdict | null} */ (null));
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const attempt = async (/** @type {Offer} */ offer) => setTold(await tryCode(at, keyOfOffer(offer, "volume_up")));
  const take = async (/** @type {Offer} */ offer) => {
    setBusy(true);
    try {
      await use(at, offer);
      done();
    } catch (failed) {
      setProblem(trouble(failed));
      setBusy(false);
    }
  };
  return html`
    <p class=${`answer ${shade(told)}`} role="status" aria-live="polite">${told?.words || " "}</p>
    <p class="problem" role="alert">${problem}</p>
    <ul class="items offers">
      ${offers.map(
        (offer) => html`<li key=${offer.key}>
          <div><b>${offer.title}</b><br /><span class="why">${offer.more}</span></div>
          <button aria-label=${t("offer.try_of", { title: offer.title })} disabled=${busy} onClick=${() => attempt(offer)}>${t("offer.try")}</button>
          <button class="main" aria-label=${t("offer.use_of", { title: offer.title })} disabled=${busy} onClick=${() => take(offer)}>${t("offer.use")}</button>
        </li>`,
      )}
    </ul>
  `;
}
