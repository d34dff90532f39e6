// Alerts as they are shown: one for each cause, with what can be done by whoever reads it.
/** @import { Schemas } from "../types/page" */
import { fill, saidOf, t, word } from "./texts.js";

/**
 * Alerts of one kind together, as of twenty boards behind one access point; the worst first.
 * @param {Schemas["Alert"][]} alerts
 * @returns {Schemas["Alert"][][]}
 */
export function byCause(alerts) {
  /** @type {Map<string, Schemas["Alert"][]>} */
  const kinds = new Map();
  for (const alert of alerts) kinds.set(alert.kind, [...(kinds.get(alert.kind) ?? []), alert]);
  const rank = (/** @type {Schemas["Alert"][]} */ of) => (of.some(({ severity }) => severity === "critical") ? 0 : 1);
  return [...kinds.values()].sort((a, b) => rank(a) - rank(b) || b.length - a.length);
}

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
