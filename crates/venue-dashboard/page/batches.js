// What is known of a batch, in numbers and in words.
/** @import { Batch, Port, Schemas } from "../types/page" */
import { t } from "./texts.js";

/** @typedef {ReadonlyMap<string, Schemas["CommandStatus"]>} Ended */

/** @type {Ended} */
const NONE = new Map();

/**
 * The counts of a batch, in which a target that shares the command of another one stands where that command does.
 * Where that is not known any more only the commands are counted.
 * @param {Batch} batch
 * @param {Ended} ended
 */
function counted({ statuses = {}, total = 0, finished, shared }, ended) {
  const known = /** @type {Schemas["CommandStatus"][]} */ (Object.keys(statuses)).filter((status) => statuses[status]);
  const usual = !finished ? "pending" : known.length === 1 ? known[0] : undefined;
  const all = { ...statuses };
  let sum = total;
  for (const [id, times] of shared ?? []) {
    const status = ended.get(id) ?? usual;
    if (!status) return { statuses, total };
    all[status] = (all[status] || 0) + times;
    sum += times;
  }
  return { statuses: all, total: sum };
}

/**
 * What is known of a batch; `ports` says which of its TVs wait for a board that is away, `ended` how commands ended.
 * @param {Batch} batch
 * @param {Map<string, Pick<Port, "presence" | "waiting">>} ports
 * @param {Ended} [ended]
 */
export function standing(batch, ports, ended = NONE) {
  const { keys = [] } = batch;
  const { statuses, total } = counted(batch, ended);
  const several = isOfSteps(batch);
  const of = (/** @type {(keyof Schemas["StatusCounts"])[]} */ ...names) => names.reduce((sum, name) => sum + (statuses[name] || 0), 0);
  const done = of("completed");
  const unknown = of("unknown");
  const failed = of("failed", "expired");
  const open = of("pending", "processing");
  const gone = of("superseded", "cancelled");
  const isAway = (/** @type {string} */ key) => {
    const port = ports.get(key);
    return port?.waiting?.batch_id === batch.batch_id && port.presence !== "online";
  };
  // A TV of several commands stands there once for each, and some of them may have ended.
  const away = Math.min(open, open ? keys.filter(isAway).length : 0);
  const parts = [t(several ? "standing.commands" : "standing.tvs", { done, total })];
  if (failed) parts.push(t("standing.failed", { n: failed }));
  if (unknown) parts.push(t("standing.unknown", { n: unknown }));
  if (gone) parts.push(t("standing.gone", { n: gone }));
  if (away) parts.push(t("standing.offline", { n: away }));
  if (open - away > 0 && !batch.finished) parts.push(t("standing.to_go", { n: open - away }));
  return { done, failed, unknown, open, away, gone, total, words: parts.join(", ") };
}

/**
 * Whether TVs of a batch have several commands each, as those of a preset: then its numbers are of commands.
 * @param {Pick<Batch, "ports" | "total">} batch
 */
export const isOfSteps = ({ ports, total = 0 }) => ports !== undefined && ports < total;

/**
 * What the button says that tries anew what failed.
 * @param {Pick<Batch, "ports" | "total">} batch
 * @param {number} again
 */
export const retryWords = (batch, again) => t(isOfSteps(batch) ? "batch.retry_commands" : "batch.retry", { n: again });

/** What these change nobody can set back: how loud it was, or which menu was open, is not known. */
const NO_OPPOSITE = new Set(["volume_up", "volume_down", "up", "down", "left", "right", "ok", "back", "home", "menu", "guide", "info", "exit"]);

/**
 * Whether taking a batch back would do anything: steps have no way back.
 * @param {Pick<Batch, "batch_id" | "command" | "allowed">} batch
 */
export function undoable({ batch_id: id, command, allowed }) {
  if (allowed && !allowed.includes("undo")) return false;
  return ownName(id) !== null || !NO_OPPOSITE.has(command || "");
}

/**
 * What the daemon named a batch after: a preset that somebody ran, or a schedule. Nobody else can name one so.
 * @param {string} id
 * @returns {{ of: "preset" | "schedule", id: string } | null}
 */
export function ownName(id) {
  const [, preset] = /^preset_(.+)_[0-9a-f]{8}$/.exec(id) || [];
  if (preset) return { of: "preset", id: preset };
  const [, schedule] = /^(?:sched|manual)_(.+)_[^_]+$/.exec(id) || [];
  return schedule ? { of: "schedule", id: schedule } : null;
}

/** Of these a repeat changes nothing, so that what may have been sent may be sent again. */
const ABSOLUTE = new Set(["power_on", "power_off", "mute_on", "mute_off", "input", "channel", "default_channel"]);

/**
 * How many TVs of a batch the daemon may try anew.
 * @param {Pick<Batch, "command">} batch
 * @param {{ failed: number, unknown: number }} standing
 */
export function retryable({ command }, { failed, unknown }) {
  return failed + (!command || ABSOLUTE.has(command) ? unknown : 0);
}

/**
 * Which batch this one takes back or tries anew, and how: its notes say so, as the daemon writes them.
 * @param {Pick<Batch, "notes">} batch
 * @returns {{ how: "undo" | "retry", of: string } | null}
 */
export function redoes({ notes }) {
  const [, how, of] = /^(undo|retry) of (\S+)$/.exec(notes || "") || [];
  return of && (how === "undo" || how === "retry") ? { how, of } : null;
}

/** More TVs than this are very many. */
const MANY = 20;

/**
 * Whether a wish is for so many TVs that one tap is too little: more than twenty, or all that there are.
 * @param {number} tvs
 * @param {number} all
 */
export const isMany = (tvs, all) => tvs > MANY || (tvs > 1 && tvs === all);
