// Alerts as they are shown, with what can be done by whoever reads them.
/** @import { Schemas } from "../types/page" */
import { fill, saidOf, t, word } from "./texts.js";

/**
 * What is wrong, in the language of the page.
 * @param {Pick<Schemas["Alert"], "kind" | "summary" | "about" | "count">} alert
 */
export function summaryOf({ kind, summary, about, count: n }) {
  const text = saidOf("alert", kind);
  return text ? fill(text, { about, n }) : summary;
}

/**
 * What to do about an alert. Where the daemon names a command line it speaks to whoever looks after it; staff are told
 * what they can do here, or whom to tell.
 * @param {Pick<Schemas["Alert"], "kind" | "advice">} alert
 */
export function adviceOf({ kind, advice }) {
  const isTyped = advice.includes("`");
  return (isTyped && word("advice", kind)) || saidOf("advice", kind) || (isTyped ? t("advice.other") : advice);
}
