// Words for people: what became of a command, how old something is, what an action is called.

/** @import { Device, Schemas } from "../types/page" */
import { keyOf } from "./keys.js";
import { shown, venueZone } from "./venue-clock.js";
import { locale, t, word } from "./texts.js";

/** @param {Schemas["EventPresence"]} presence */
export const presenceWord = (presence) => word("presence", presence) ?? presence;

/**
 * Why a board has no session: one that an admin must see to, in words; the rest as it was told.
 * @param {Pick<Device, "cause" | "found">} device
 */
export const boardTrouble = ({ cause, found }) => {
  const words = word("board", cause);
  return words && found ? t("board.found", { words, found }) : words || cause || "";
};

/** @param {string | null | undefined} name */
const plain = (name) => (name || "").replaceAll("_", " ");

/**
 * @param {string} command
 * @param {string | number | null} [channel] the channel, or the digit of `number`
 * @returns {string}
 */
export const actionName = (command, channel) => {
  if (command === "channel" && channel) return t("command.channel", { channel });
  if (command === "number" && channel !== undefined && channel !== null) return t("command.digit", { digit: channel });
  // A code that somebody tried, which is no command of the TV.
  if (command?.startsWith("try_")) return t("command.tried", { what: actionName(command.slice(4)) });
  if (command?.startsWith("digit_")) return t("command.digit", { digit: command.slice(6) });
  const name = word("action", command) ?? plain(command);
  return name.charAt(0).toUpperCase() + name.slice(1);
};

/** Of these the words say that it may have been sent. */
const MAYBE_SENT = new Set(["no_evidence", "session_lost", "interrupted", "restored"]);

/**
 * Why a command is where it is. What ended unknown is never told in words that say that nothing was sent.
 * @param {string | null | undefined} reason
 * @param {string} [status]
 * @returns {string}
 */
export function reasonWords(reason, status) {
  const words = word("reason", reason);
  if (status !== "unknown") return words ?? plain(reason);
  return word("meanwhile", reason) ?? (MAYBE_SENT.has(reason ?? "") && words ? words : t("reason.no_evidence"));
}

/** @param {string} status */
export const statusWord = (status) => word("status", status) ?? plain(status);

/**
 * `12 s`, `5 min`, `3 h`, `2 days` since an instant.
 * @param {string | null | undefined} instant
 * @param {number} [now] in milliseconds since 1970
 */
export function age(instant, now = Date.now()) {
  if (!instant) return "";
  const seconds = Math.max(0, Math.round((now - Date.parse(instant)) / 1000));
  if (seconds < 5) return t("age.now");
  if (seconds < 90) return t("age.seconds", { n: seconds });
  if (seconds < 90 * 60) return t("age.minutes", { n: Math.round(seconds / 60) });
  if (seconds < 36 * 3600) return t("age.hours", { n: Math.round(seconds / 3600) });
  return t("age.days", { n: Math.round(seconds / 86400) });
}

/**
 * The same with what it counts from: `just now`, `5 min ago`.
 * @param {string | null | undefined} instant
 * @param {number} [now]
 */
export function ago(instant, now) {
  const words = age(instant, now);
  return words === t("age.now") ? t("age.just_now") : t("age.ago", { age: words });
}

/**
 * A time of day by the clock of the venue.
 * @param {string | number | null | undefined} instant
 */
export const clock = (instant) => (instant ? shown(instant, { hour: "2-digit", minute: "2-digit", second: "2-digit" }) : "");

/** @param {number} number */
export const tvs = (number) => t("tv.n", { n: number });

/** @param {Pick<Schemas["ScreenRef"], "hostname" | "port" | "name">} screen */
export const screenName = (screen) => screen.name || keyOf(screen);

/**
 * Names in a row, the first few of many.
 * @param {string[]} names
 */
export const listed = (names) => (names.length > 4 ? t("list.more", { names: names.slice(0, 3).join(", "), n: names.length - 3 }) : names.join(", "));

/**
 * `also changes: Patio`; nothing where nothing else changes.
 * @param {Schemas["ScreenRef"][] | null | undefined} screens
 */
export function alsoWords(screens) {
  const names = new Map((screens ?? []).map((screen) => [keyOf(screen), screenName(screen)]));
  return names.size ? t("also.changes", { names: listed([...names.values()]) }) : "";
}

/**
 * A date and time of day with the zone in which it is read.
 * @param {string} instant
 * @param {string | null} [zone] an IANA zone; that of the venue if none is given
 */
export function when(instant, zone) {
  /** @type {Intl.DateTimeFormatOptions} */
  const format = { weekday: "short", day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" };
  const own = venueZone();
  try {
    return `${new Date(instant).toLocaleString(locale, { ...format, timeZone: zone || own })} (${zone || own})`;
  } catch {
    return `${new Date(instant).toLocaleString(locale, { ...format, timeZone: own })} (${own})`;
  }
}

/**
 * What is told of a command: for which TV, what, what became of it, and when or why.
 * @param {Schemas["CommandRecord"]} command
 * @param {ReadonlyMap<string, { name?: string | null }>} ports
 */
export function commandRow(command, ports) {
  const { command_id: id, port, status } = command;
  const tv = ports.get(keyOf(command))?.name || (port ? keyOf(command) : t("tv.board_itself"));
  const ended = command.completed_at ? clock(command.completed_at) : "";
  const why = status === "completed" ? ended : [ended, reasonWords(command.reason, status)].filter(Boolean).join(" · ");
  return { id, tv, action: actionName(command.command, command.channel), status, state: statusWord(status), why };
}
