// Alerts one for each cause.
/** @import { Schemas } from "../types/page" */

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
