// Words for people: what became of a command, how old something is, what an action is called.

/** @import { Device, Schemas } from "../types/page" */
import { keyOf } from "./keys.js";
import { shown, venueZone } from "./venue-clock.js";

/** @type {Record<string, string>} */
const ACTIONS = {
  power: "Power",
  power_on: "On",
  power_off: "Off",
  mute: "Mute",
  mute_on: "Mute",
  mute_off: "Sound on",
  volume_up: "Volume +",
  volume_down: "Volume −",
  channel_up: "Channel +",
  channel_down: "Channel −",
  ok: "OK",
  default_channel: "Default channel",
  diagnostic_signal: "Blink",
  correction: "Corrected by hand",
};

/** @type {Record<string, string>} */
const REASONS = {
  delivered: "the board took it",
  refused: "the board cannot do it",
  device_offline: "the board is offline, nothing was sent",
  device_misconfigured: "the board needs an admin, nothing was sent",
  device_unconfirmed: "the board owed an answer, nothing was sent",
  lane_busy: "the board was busy, nothing was sent",
  lane_full: "too much waited for the board, nothing was sent",
  not_before: "the port had to rest, nothing was sent",
  device_stalled: "the connection took no data, nothing was sent",
  stopping: "the service was stopping, nothing was sent",
  no_evidence: "it may have been sent: no sign came back. Look at the TV",
  session_lost: "it may have been sent: the connection broke. Look at the TV",
  expired: "it could not be delivered in time",
  unclean_stop: "the service was cut off, and newer wishes may have been sent since",
  superseded: "a newer command replaced it",
  cancelled: "somebody withdrew it",
  interrupted: "it may have been sent: the service ended meanwhile. Look at the TV",
  restored: "it may have been sent: an older copy of the database was restored since. Look at the TV",
  device_removed: "its board was removed from the venue",
  not_understood: "what became of it is not known",
};

/**
 * Why what may have been sent was not tried any further: it is not known what the TV did.
 * @type {Record<string, string>}
 */
const MEANWHILE = {
  superseded: "it may have been sent before a newer command replaced it. Look at the TV",
  expired: "it may have been sent, and its time ran out. Look at the TV",
  cancelled: "it may have been sent before somebody withdrew it. Look at the TV",
  device_removed: "it may have been sent before its board was removed. Look at the TV",
  unclean_stop: "it may have been sent before the service was cut off. Look at the TV",
};

/** @type {Record<Schemas["EventPresence"], string>} */
export const PRESENCE = {
  online: "online",
  connecting: "connecting",
  offline: "offline",
  misconfigured: "needs an admin",
  removed: "removed",
};

/** @type {Record<string, string>} */
const BOARD_TROUBLE = {
  wrong_key: "its Noise key is not the registered one",
  encryption_required: "it wants a Noise key, and none is registered",
  encryption_not_offered: "a Noise key is registered, and it speaks in the clear",
  wrong_device: "another board answers in its place: nothing is sent to it until an admin accepts it",
  no_identity: "it tells no MAC address: nothing is sent to it",
  flooding: "it sends far more than a board does, and is cut off",
  incompatible: "it speaks a version that is not supported",
};

/**
 * Why a board has no session: one that an admin must see to, in words; the rest as it was told.
 * @param {Pick<Device, "cause" | "found">} device
 */
export const boardTrouble = ({ cause, found }) => {
  const words = cause ? BOARD_TROUBLE[cause] : undefined;
  return words && found ? `${words} (found ${found})` : words || cause || "";
};

/** @type {Record<string, string>} */
const STATUSES = {
  pending: "waits",
  processing: "is being sent",
  completed: "delivered",
  failed: "failed",
  expired: "too late",
  superseded: "replaced",
  cancelled: "withdrawn",
  unknown: "not known",
};

/** @param {string | null | undefined} word */
const plain = (word) => (word || "").replaceAll("_", " ");

/**
 * @param {string} command
 * @param {string | number | null} [channel] the channel, or the digit of `number`
 * @returns {string}
 */
export const actionName = (command, channel) => {
  if (command === "channel") return channel ? `Channel ${channel}` : "Channel";
  if (command === "number") return channel === undefined || channel === null ? "Digit" : `Digit ${channel}`;
  // A code that somebody tried, which is no command of the TV.
  if (command?.startsWith("try_")) return `Tried ${actionName(command.slice(4))}`;
  if (command?.startsWith("digit_")) return `Digit ${command.slice(6)}`;
  const name = ACTIONS[command] || plain(command);
  return name.charAt(0).toUpperCase() + name.slice(1);
};

/**
 * Why a command is where it is. What ended unknown is never told in words that say that nothing was sent.
 * @param {string | null | undefined} reason
 * @param {string} [status]
 * @returns {string}
 */
export function reasonWords(reason, status) {
  const words = REASONS[reason || ""] || "";
  if (status !== "unknown") return words || plain(reason);
  return MEANWHILE[reason || ""] || (/may have been sent/.test(words) ? words : REASONS.no_evidence);
}

/** @param {string} status */
export const statusWord = (status) => STATUSES[status] || plain(status);

/**
 * `12 s`, `5 min`, `3 h`, `2 days` since an instant.
 * @param {string | null | undefined} instant
 * @param {number} [now] in milliseconds since 1970
 */
export function age(instant, now = Date.now()) {
  if (!instant) return "";
  const seconds = Math.max(0, Math.round((now - Date.parse(instant)) / 1000));
  if (seconds < 5) return "now";
  if (seconds < 90) return `${seconds} s`;
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min`;
  if (seconds < 36 * 3600) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86400)} days`;
}

/**
 * The same with what it counts from: `just now`, `5 min ago`.
 * @param {string | null | undefined} instant
 * @param {number} [now]
 */
export function ago(instant, now) {
  const words = age(instant, now);
  return words === "now" ? "just now" : `${words} ago`;
}

/**
 * A time of day by the clock of the venue.
 * @param {string | number | null | undefined} instant
 */
export const clock = (instant) => (instant ? shown(instant, { hour: "2-digit", minute: "2-digit", second: "2-digit" }) : "");

/**
 * @param {number} number
 * @param {string} one
 */
export const count = (number, one, many = `${one}s`) => `${number} ${number === 1 ? one : many}`;

/** @param {Pick<Schemas["ScreenRef"], "hostname" | "port" | "name">} screen */
export const screenName = (screen) => screen.name || keyOf(screen);

/**
 * Names in a row, the first few of many.
 * @param {string[]} names
 */
export const listed = (names) => (names.length > 4 ? `${names.slice(0, 3).join(", ")} and ${names.length - 3} more` : names.join(", "));

/**
 * `also changes: Patio`; nothing where nothing else changes.
 * @param {Schemas["ScreenRef"][] | null | undefined} screens
 */
export function alsoWords(screens) {
  const names = new Map((screens ?? []).map((screen) => [keyOf(screen), screenName(screen)]));
  return names.size ? `also changes: ${listed([...names.values()])}` : "";
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
    return `${new Date(instant).toLocaleString("en-GB", { ...format, timeZone: zone || own })} (${zone || own})`;
  } catch {
    return `${new Date(instant).toLocaleString("en-GB", { ...format, timeZone: own })} (${own})`;
  }
}

/**
 * What is told of a command: for which TV, what, what became of it, and when or why.
 * @param {Schemas["CommandRecord"]} command
 * @param {ReadonlyMap<string, { name?: string | null }>} ports
 */
export function commandRow(command, ports) {
  const { command_id: id, port, status } = command;
  const tv = ports.get(keyOf(command))?.name || (port ? keyOf(command) : "the board itself");
  const ended = command.completed_at ? clock(command.completed_at) : "";
  const why = status === "completed" ? ended : [ended, reasonWords(command.reason, status)].filter(Boolean).join(" · ");
  return { id, tv, action: actionName(command.command, command.channel), status, state: statusWord(status), why };
}
