// What a tile says of its TV: as much as is known, and no more.
/** @import { Port } from "../types/page" */
import { triedUntil } from "./answers.js";
import { t } from "./texts.js";
import { actionName, presenceWord, reasonWords } from "./words.js";

/**
 * The mark of a port: a word that styles it, a sign, and what it means; `paused` while the queue is.
 * @param {Pick<Port, "presence" | "sending" | "waiting" | "last">} port
 * @param {boolean} paused
 */
export function mark(port, paused) {
  const { sending, waiting, last } = port;
  if (sending) return { kind: "pending", sign: "…", words: t("mark.sending", { what: sending }) };
  const away = port.presence !== "online";
  if (waiting) {
    const what = actionName(waiting.command, waiting.channel);
    const tried = paused ? t("mark.paused_away") : triedUntil(waiting.tried_until);
    const why = away ? t("mark.away", { presence: presenceWord(port.presence), tried }) : t(paused ? "mark.paused" : "mark.waits");
    return { kind: away ? "held" : "pending", sign: "…", words: `${what}: ${why}` };
  }
  if (away) {
    const before = last && last.status !== "completed" ? `; ${actionName(last.command, last.channel)}: ${reasonWords(last.reason, last.status)}` : "";
    return { kind: port.presence === "connecting" ? "connecting" : "offline", sign: "⨯", words: offline(port) + before };
  }
  if (!last) return { kind: "none", sign: "", words: "" };
  const what = actionName(last.command, last.channel);
  if (last.status === "completed") return { kind: "delivered", sign: "✓", words: t("mark.delivered", { what }) };
  if (last.status === "unknown") return { kind: "unknown", sign: "?", words: `${what}: ${reasonWords(last.reason, last.status)}` };
  return { kind: "failed", sign: "!", words: `${what}: ${reasonWords(last.reason)}` };
}

/** @param {Pick<Port, "presence">} port */
function offline(port) {
  if (port.presence === "connecting") return t("mark.connecting");
  return port.presence === "misconfigured" ? t("mark.misconfigured") : t("mark.offline");
}

/**
 * The assumed state of the power: `on`, `off` or `unknown`.
 * @param {Pick<Port, "assumed">} port
 */
export const power = ({ assumed }) => {
  const known = assumed?.last_power_state;
  return known === "on" || known === "off" ? known : "unknown";
};

