// What an answer of the daemon means, in words for people. Every control goes through `verdict`: there is no
// other place where an answer becomes a word, so that none can call a success what is not one.
/** @import { Field, Schemas, Skipped, Verdict } from "../types/page" */
import { Problem } from "./api.js";
import { lockWords } from "./locks.js";
import { fill, language, saidOf, t, word } from "./texts.js";
import { alsoWords, clock, reasonWords } from "./words.js";

/**
 * How long what waits is tried, as far as it is known: `tried until 14:03:22, then given up`.
 * @param {string | null | undefined} at
 */
export const triedUntil = (at) => (at ? t("answer.tried_until", { at: clock(at) }) : t("answer.tried_short"));

const look = t("answer.look");

/** @typedef {[kind: Verdict["kind"], words: string]} Refusal */

/**
 * Codes of a 409: the first two say of the command itself that it is not on its way any more.
 * @type {Record<string, Refusal>}
 */
const CONFLICTS = {
  superseded: ["replaced", t("answer.superseded")],
  in_flight: ["failed", t("answer.in_flight")],
  already_ended: ["failed", t("answer.already_ended")],
  request_running: ["unknown", t("answer.request_running")],
};

/**
 * @param {string} why
 * @returns {Refusal}
 */
const notSent = (why) => ["failed", t("answer.nothing_sent", { why })];

/**
 * Of a proxy, or of a daemon that broke off: what is behind it may have been done.
 * @param {Problem} problem
 */
const isLost = ({ status, code }) => !code || status === 500 || status === 502;

/**
 * @param {Problem} problem
 * @returns {Refusal}
 */
function refusal(problem) {
  const { status, code, body, retryAfter } = problem;
  if (status === 504) {
    return ["unknown", t(body.superseded_by ? "answer.no_sign_replaced" : "answer.no_sign", { look })];
  }
  if (status === 409 && CONFLICTS[code]) return CONFLICTS[code];
  if (status === 423) return notSent(body.locked ? lockWords(body.locked) : problem.words);
  if (status === 401) return notSent(t("answer.token_old"));
  if (status === 403) return notSent(t("answer.may_not", { why: problem.words }));
  if (status === 429) return notSent(retryAfter ? t("answer.too_much", { n: retryAfter }) : t("answer.too_much_moment"));
  if (isLost(problem)) return ["unknown", t("answer.lost", { why: problem.words, look })];
  return ["failed", problem.words];
}

/** @typedef {Pick<Schemas["CommandAnswer"], "status" | "delivered"> & { message?: string | null, tried_until?: string | null, also_changes?: Schemas["ScreenRef"][] }} Answered */

/**
 * What became of one command: `{kind, words}`. `kind` is `delivered`, `pending`, `unknown`, `replaced` or
 * `failed`; `answer` is what the daemon answered, or what `ask` threw.
 * @param {string} what
 * @param {Partial<Answered> | Error | null | undefined} answer
 * @returns {Verdict}
 */
export function verdict(what, answer) {
  /**
   * @param {Verdict["kind"]} kind
   * @param {string} words
   */
  const told = (kind, words) => ({ kind, words: `${what}: ${words}` });
  if (answer instanceof Problem) return told(...refusal(answer));
  if (answer instanceof Error) return told("unknown", t("answer.unreachable", { look }));
  const { status, delivered, message, tried_until: until } = answer ?? {};
  const also = [alsoWords(answer?.also_changes)].filter(Boolean);
  if (status === "completed" && delivered === true) return told("delivered", [t("answer.delivered"), ...also].join("; "));
  if (status === "pending" || status === "processing") {
    // The daemon says how long it is tried where it was tried before; else what it waits for.
    return told("pending", [(language === "en" && message) || t("answer.not_yet", { until: triedUntil(until) }), ...also].join("; "));
  }
  return told("unknown", [t("answer.not_understood", { why: reasonWords("not_understood"), look }), ...also].join("; "));
}

/**
 * What became of a request that is not one command: words, and whether it may have been done after all.
 * @param {unknown} problem
 */
export function trouble(problem) {
  if (problem instanceof Problem) {
    const { status, code, words } = problem;
    if ([401, 403, 423, 429].includes(status)) return refusal(problem)[1];
    return isLost(problem) ? t("answer.lost_unknown", { why: code ? words : status }) : words;
  }
  if (problem instanceof TypeError || (problem instanceof DOMException && problem.name === "AbortError")) return t("answer.unreachable_unknown");
  return (problem instanceof Error && problem.message) || String(problem);
}

/**
 * Each reason once, the most frequent first, with how often if there are several.
 * @param {string[]} words
 */
export function grouped(words) {
  /** @type {Map<string, number>} */
  const reasons = new Map();
  for (const reason of words) reasons.set(reason, (reasons.get(reason) || 0) + 1);
  const told = [...reasons].sort((a, b) => b[1] - a[1]).map(([reason, times]) => (reasons.size > 1 ? `${reason} (${times})` : reason));
  return told.join("; ");
}

/**
 * Whether a TV was left alone as a whole; otherwise it is set back but for some of it.
 * @param {Skipped} skipped
 */
export const isLeftAlone = ({ code }) => code !== "in_part";

/**
 * Why a TV was left alone, or a part of it.
 * @param {Skipped} skipped
 */
export const skippedWords = ({ code, detail }) => saidOf("skip", code) ?? (detail || code);

/**
 * Why TVs were left alone: `45 left alone: it was commanded since, … (40), …`.
 * @param {Skipped[] | null | undefined} skipped
 */
export function leftAlone(skipped) {
  const [alone, part] = [skipped?.filter(isLeftAlone) ?? [], skipped?.filter((one) => !isLeftAlone(one)) ?? []];
  const words = (/** @type {Skipped[]} */ of) => ({ n: of.length, why: grouped(of.map(skippedWords)) });
  return [alone.length ? t("answer.left_alone", words(alone)) : "", part.length ? t("answer.in_part", words(part)) : ""].filter(Boolean).join(", ");
}

/**
 * Why a target was not taken: what the daemon says with the name of a command line is said here for somebody before
 * the wall.
 * @param {Pick<Schemas["RejectedTarget"], "code" | "detail">} rejected
 */
export function rejectedWords({ code, detail }) {
  const own = saidOf("problem", code);
  return word("not_taken", code) ?? (own ? fill(own, { detail }) : detail || code);
}

/**
 * Why running a preset sent nothing.
 * @param {Pick<Schemas["PresetPreview"], "undecided" | "rejected" | "unmatched" | "targets">} preview
 */
export function nothingSent({ undecided, rejected = [], unmatched, targets }) {
  const why = [...rejected.map(rejectedWords), ...undecided.map(undecidedWords), ...targets.flatMap(({ locked, locked_detail: elsewhere }) => (locked ? [elsewhere ?? lockWords(locked)] : [])), ...unmatched.map(({ selector, detail }) => `${selector}: ${detail}`)];
  return why.length ? t("answer.nothing_sent", { why: grouped(why) }) : t("answer.preset_done");
}

/**
 * Why nothing is sent to a TV of a preset.
 * @param {Pick<Schemas["UndecidedTarget"], "field" | "code" | "detail">} undecided
 */
export function undecidedWords({ field, code, detail }) {
  if (field === "channel") return word("not_taken", code) ?? detail;
  if (field !== "power" && field !== "mute") return detail;
  return t(field === "power" ? "answer.undecided_power" : "answer.undecided_sound");
}

/**
 * What is wrong, each of it once: at its field, and below the form what is of no field that is shown.
 * @param {unknown} failed
 * @param {Pick<Field, "name">[]} fields
 * @returns {Record<string, string>}
 */
export function placed(failed, fields) {
  /** @type {Record<string, string>} */
  const at = {};
  /** @type {string[]} */
  const rest = [];
  for (const { field, detail } of failed instanceof Problem ? failed.errors : []) {
    const name = root(field, fields);
    if (name && !at[name]?.includes(detail)) at[name] = at[name] ? `${at[name]}; ${detail}` : detail;
    else if (name) continue;
    else rest.push(`${field}: ${detail}`);
  }
  if (!Object.keys(at).length) return { "": trouble(failed) };
  return { ...at, "": rest.length ? t("form.not_saved", { why: rest.join("; ") }) : t("form.not_saved_above") };
}

/**
 * `ports[2].zone` is told at `ports`.
 * @param {string} field
 * @param {Pick<Field, "name">[]} fields
 */
const root = (field, fields) => {
  const first = (field || "").split(/[.[]/)[0];
  return fields.some((one) => one.name === first) ? first : "";
};
