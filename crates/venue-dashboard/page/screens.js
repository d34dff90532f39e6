// Screens and the sources that they show: what a screen shows of both, and which others a command for it changes.
/** @import { Port, Schemas, TileCommand } from "../types/page" */
import { keyOf } from "./keys.js";
import { mark } from "./marks.js";
import { listed, screenName } from "./words.js";

/** @typedef {ReadonlyMap<string, Port>} Ports */

/**
 * Whether a port is a screen: that of a source is a box, which nobody looks at.
 * @param {Pick<Port, "port_of_source">} port
 */
export const isScreen = ({ port_of_source }) => !port_of_source;

/**
 * The port of the source that a screen shows; none where it shows its own tuner.
 * @param {Pick<Port, "source">} port
 * @param {Ports} ports
 */
export const boxOf = ({ source }, ports) => (source ? ports.get(keyOf(source)) : undefined);

/**
 * The port that receives a channel for a screen.
 * @param {Port} port
 * @param {Ports} ports
 */
export const tunerOf = (port, ports) => boxOf(port, ports) ?? port;

/**
 * What people call the source of a screen.
 * @param {Pick<Port, "source">} port
 */
export const sourceName = ({ source }) => source?.name || source?.id || "";

/**
 * The port that receives an accepted command.
 * @param {Pick<Schemas["AcceptedTarget"], "hostname" | "port" | "sent_to">} accepted
 */
export const receiverKey = (accepted) => keyOf(accepted.sent_to ?? accepted);

/**
 * The zones that a command for a port changes: of a source those of the screens that show it.
 * @param {string} key
 * @param {Ports} ports
 * @returns {(string | null | undefined)[]}
 */
export function zonesOf(key, ports) {
  const port = ports.get(key);
  return port?.feeds?.length ? port.feeds.map((screen) => ports.get(keyOf(screen))?.zone) : [port?.zone];
}

/**
 * What a port is called where it was sent something: a source with the screens that show it.
 * @param {string} key
 * @param {Ports} ports
 */
export function receiverName(key, ports) {
  const port = ports.get(key);
  const [first] = port?.feeds ?? [];
  if (!port || !first) return port?.name || key;
  const source = ports.get(keyOf(first));
  return `${(source && sourceName(source)) || port.name || key} (${listed(port.feeds.map(screenName))})`;
}

/**
 * The assumed state of a screen: the channel of its source, and the mute of whichever has the sound.
 * @param {Port} port
 * @param {Port | undefined} box
 * @returns {Port["assumed"]}
 */
export function assumedOf(port, box) {
  if (!box) return port.assumed;
  const [own, its] = [port.assumed, box.assumed];
  const base = !own || (its && Date.parse(its.last_command_at) > Date.parse(own.last_command_at)) ? its : own;
  if (!base) return null;
  const muted = (port.source?.volume === "source" ? its : own)?.muted ?? null;
  return { ...base, port: port.port, last_channel: its?.last_channel ?? null, last_power_state: own?.last_power_state ?? null, last_input: own?.last_input ?? null, muted };
}

/**
 * Whether what ended or waits at the source is newer than that at the TV.
 * @param {TileCommand | null | undefined} its
 * @param {TileCommand | null | undefined} own
 */
function isNewer(its, own) {
  if (!its || !own) return Boolean(its);
  // What was heard here is newer than what was read: the clock of this page is not that of the daemon.
  const heard = (its.heard ?? 0) - (own.heard ?? 0);
  return heard ? heard > 0 : Date.parse(its.at) > Date.parse(own.at);
}

/**
 * Whether the tile of a screen tells of its source rather than of its TV: of what waits before what has ended, then
 * of a board that is away, then of what ended last; of two parts of one batch of the one that was not delivered.
 * @param {Port} port
 * @param {Port} box
 */
function tellsOfBox(port, box) {
  if (port.sending) return false;
  const waits = (/** @type {Port} */ one) => Boolean(one.sending || one.waiting);
  if (waits(port) || waits(box)) return waits(box) && (!waits(port) || isNewer(box.waiting, port.waiting));
  const isAway = (/** @type {Port} */ one) => one.presence !== "online";
  if (isAway(port) || isAway(box)) return !isAway(port);
  const isOneBatch = port.last?.batch_id && port.last.batch_id === box.last?.batch_id;
  const went = (/** @type {Port} */ one) => one.last?.status === "completed";
  if (isOneBatch && went(port) !== went(box)) return !went(box);
  return isNewer(box.last, port.last);
}

/**
 * The mark of a screen, from its TV and its source.
 * @param {Port} port
 * @param {Port | undefined} box
 * @param {boolean} paused
 */
export function markOf(port, box, paused) {
  if (!box || !tellsOfBox(port, box)) return mark(port, paused);
  const told = mark(box, paused);
  return { ...told, words: told.words && `${sourceName(port)}: ${told.words}` };
}

/**
 * The screens that were not meant and change, because they show the source of one that is: with a channel or a key,
 * or (`sound`) with volume and mute.
 * @param {string[]} keys the screens that are meant
 * @param {Ports} ports
 * @param {boolean} [sound]
 */
export function alsoChanged(keys, ports, sound = false) {
  const meant = new Set(keys);
  const sources = keys.flatMap((key) => {
    const port = ports.get(key);
    return port?.source && (!sound || port.source.volume === "source") ? (boxOf(port, ports) ?? []) : [];
  });
  return [...new Set(sources)].flatMap(({ feeds }) => feeds).filter((screen) => !meant.has(keyOf(screen)));
}
