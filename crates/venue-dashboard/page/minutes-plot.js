// The last hours by minute, as bars: what was delivered, and on it what was not.
/** @import { Ended, Minute } from "./minutes.js" */
import { html, useEffect, useState } from "./html.js";
import { trouble } from "./answers.js";
import { SHOWN, minutesOf, readOn } from "./minutes.js";
import { t } from "./texts.js";
import { clock } from "./words.js";

const EVERY = 60_000;

export function Minutes() {
  const [minutes, setMinutes] = useState(/** @type {{ now: number, since: number, all: Minute[] } | null} */ (null));
  const [problem, setProblem] = useState("");
  useEffect(() => {
    let gone = false;
    /** @type {Map<string, Ended>} */
    const known = new Map();
    /** @type {number | null} */
    let more = null;
    const look = async () => {
      if (document.visibilityState !== "visible") return;
      const now = Date.now();
      try {
        more = (await readOn(known, now)) ?? more;
        const since = Math.max(Math.floor(now / 60_000) - SHOWN + 1, more ?? 0);
        if (!gone) setMinutes({ now, since, all: minutesOf(known.values(), now).filter(({ at }) => at >= since) });
        if (!gone) setProblem("");
      } catch (failed) {
        if (!gone) setProblem(trouble(failed));
      }
    };
    look();
    const timer = setInterval(look, EVERY);
    return () => {
      gone = true;
      clearInterval(timer);
    };
  }, []);
  if (!minutes) return html`<p class="problem" role="alert">${problem}</p>`;
  const { now, since, all } = minutes;
  const [delivered, other] = [sum(all, "delivered"), sum(all, "other")];
  const words = t("minutes.words", { since: clock(since * 60_000), delivered, other });
  return html`<h3>${t("minutes.title")}</h3>
    <p class="hint">${words}</p>
    <${Bars} all=${all} last=${Math.floor(now / 60_000)} words=${words} />
    <p class="row between hint"><span>${clock((Math.floor(now / 60_000) - SHOWN + 1) * 60_000)}</span><span>${clock(now)}</span></p>
    <p class="problem" role="alert">${problem}</p>`;
}

/**
 * @param {Minute[]} all
 * @param {"delivered" | "other"} part
 */
const sum = (all, part) => all.reduce((total, minute) => total + minute[part], 0);

/** @param {{ all: Minute[], last: number, words: string }} props */
function Bars({ all, last, words }) {
  const most = Math.max(5, ...all.map(({ delivered, other }) => delivered + other));
  const tall = (/** @type {number} */ count) => (count / most) * 60;
  return html`<svg class="minutes" viewBox=${`0 0 ${SHOWN} 60`} preserveAspectRatio="none" role="img" aria-label=${words}>
    ${all.map(({ at, delivered, other }) => {
      const x = at - last + SHOWN - 1;
      return html`<rect key=${`d${at}`} class="good" x=${x} width="1" y=${60 - tall(delivered)} height=${tall(delivered)} />
        <rect key=${`o${at}`} class="bad" x=${x} width="1" y=${60 - tall(delivered + other)} height=${tall(other)} />`;
    })}
  </svg>`;
}
