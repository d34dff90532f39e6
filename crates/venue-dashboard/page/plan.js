// What a preset would do to each TV, in words.
/** @import { Schemas } from "../types/page" */
import { rejectedWords, undecidedWords } from "./answers.js";
import { channelName } from "./channels.js";
import { keyOf } from "./keys.js";
import { lockWords } from "./locks.js";
import { t } from "./texts.js";
import { actionName, alsoWords, screenName } from "./words.js";

/** @typedef {Schemas["PresetTarget"]} Target */
/** @typedef {{ key: string, name: string, zone: string, words: string }} Row */
/**
 * `platformOf` is of the port that receives a channel.
 * @typedef {{ channels: Schemas["ChannelItem"][], platformOf: (key: string) => string | null | undefined }} LineUp
 */

const NOT_KNOWN = t("plan.not_known");
const [ON, OFF, MUTED, SOUND] = [t("plan.on"), t("plan.off"), t("plan.muted"), t("plan.sound")];

/**
 * What one command changes: `off → on`. What is so already, as far as it is known, is said once: `on`.
 * @param {string} command such as `channel 501`
 * @param {Schemas["PortStatus"] | null | undefined} assumed
 * @param {(number: string) => string} channel how a number is called there
 */
function change(command, assumed, channel) {
  const [action = "", argument = ""] = command.split(" ");
  const power = stateOf(assumed?.last_power_state) || NOT_KNOWN;
  const sound = assumed?.muted === true ? MUTED : assumed?.muted === false ? SOUND : NOT_KNOWN;
  const shown = assumed?.last_channel;
  const other = (/** @type {string} */ now, /** @type {string} */ one, /** @type {string} */ two) => (now === one ? two : one);
  /** @type {Record<string, [from: string, to: string]>} */
  const changes = {
    power_on: [power, ON],
    power_off: [power, OFF],
    power: [power, other(power, ON, OFF)],
    mute_on: [sound, MUTED],
    mute_off: [sound, SOUND],
    mute: [sound, other(sound, MUTED, SOUND)],
    channel: [shown ? channel(shown) : NOT_KNOWN, channel(argument)],
    input: [assumed?.last_input || NOT_KNOWN, argument],
  };
  const [from, to] = changes[action] ?? [NOT_KNOWN, actionName(action, argument)];
  if (from === to) return to;
  return from === NOT_KNOWN ? `→ ${to}` : `${from} → ${to}`;
}

/**
 * A TV of a preset with what would be sent to it.
 * @param {Target} target
 * @param {LineUp} lineUp
 * @returns {Row}
 */
export function planned(target, { channels, platformOf }) {
  const key = keyOf(target);
  const tuner = keyOf(target.sent_to ?? target);
  const called = (/** @type {string} */ number) => channelName(channels, number, platformOf(tuner)) || t("plan.channel", { number });
  const words = target.commands.map((command) => change(command, target.assumed, called)).join(", ");
  return { key, name: target.name || key, zone: target.zone || "", words };
}

/**
 * A preview in its parts, of those TVs that `wanted` has: what changes, what is told again, what is left alone, and
 * what is so already and is sent nothing.
 * @param {Schemas["PresetPreview"]} preview
 * @param {LineUp & { nameOf: (key: string) => string, wanted: (key: string) => boolean }} with_
 */
export function parts(preview, with_) {
  const isWanted = (/** @type {{ hostname: string, port?: number | null }} */ one) => with_.wanted(rowKey(one));
  const row = (/** @type {{ hostname: string, port?: number | null }} */ one, /** @type {string} */ words) => ({ key: rowKey(one), name: with_.nameOf(rowKey(one)), zone: "", words });
  const targets = preview.targets.filter(isWanted);
  const free = targets.filter(({ locked }) => !locked);
  const sharing = new Map((preview.shared ?? []).map((one) => [keyOf(one), one]));
  const told = (/** @type {Target} */ target) => withSource(planned(target, with_), target, sharing.get(keyOf(target)));
  const rows = (/** @type {boolean} */ changes) => free.filter((target) => target.changes === changes).map(told);
  const locked = targets.flatMap((target) => (target.locked ? [{ ...planned(target, with_), words: lockWords(target.locked) }] : []));
  const undecided = preview.undecided.filter(isWanted).map((one) => row(one, undecidedWords(one)));
  const rejected = (preview.rejected ?? []).filter(isWanted).map((one) => row(one, rejectedWords(one)));
  const unchanged = (preview.unchanged ?? []).filter(isWanted).map((one) => row(one, t("plan.nothing_sent")));
  // A TV of which all keys are toggles that are as they should be is sent nothing at all.
  const sent = targets.filter(({ commands }) => commands.length).map(keyOf);
  return { changing: rows(true), same: rows(false), left: [...locked, ...rejected, ...undecided], unchanged, sent };
}

const rowKey = (/** @type {{ hostname: string, port?: number | null }} */ { hostname, port }) => keyOf({ hostname, port: port ?? 0 });

/**
 * The same with what its source does for others.
 * @param {Row} row
 * @param {Target} target
 * @param {Schemas["SharedTarget"] | undefined} shared
 * @returns {Row}
 */
function withSource(row, { sent_to: to, also_changes: also }, shared) {
  const source = to ? t("plan.from", { source: to.name || to.source }) : "";
  const once = shared ? t("plan.once", { name: screenName(shared.shared_with) }) : "";
  return { ...row, words: [row.words, source, once, alsoWords(also)].filter(Boolean).join("; ") };
}

/**
 * The parts in one sentence.
 * @param {{ changing: Row[], same: Row[], left: Row[], unchanged: Row[] }} parts
 */
export function summary({ changing, same, left, unchanged }) {
  if (unchanged.length && !changing.length && !same.length && !left.length) return t("answer.preset_done");
  const told = [changing.length ? t("plan.changes", { n: changing.length }) : t("plan.no_change")];
  if (same.length) told.push(t("plan.same", { n: same.length }));
  if (unchanged.length) told.push(t("plan.unchanged", { n: unchanged.length }));
  if (left.length) told.push(t("plan.left", { n: left.length }));
  return told.join(", ");
}

/** @param {string | null | undefined} power */
const stateOf = (power) => (power === "on" ? ON : power === "off" ? OFF : "");

/** @param {Schemas["OnOff"] | null | undefined} mute */
const soundOf = (mute) => (mute === "on" ? MUTED : mute === "off" ? SOUND : "");

/**
 * What an entry of a preset sets: `on, Sports One, muted`.
 * @param {Schemas["PresetEntry"]} entry
 * @param {Schemas["ChannelItem"][]} channels
 */
export function entryWords({ power, input, channel, mute }, channels) {
  const name = channel && (channels.find(({ id }) => id === channel)?.name ?? channelName(channels, channel));
  const shown = channel && (name || t("plan.channel", { number: channel }));
  return [stateOf(power), input, shown, soundOf(mute)].filter(Boolean).join(", ") || t("plan.nothing");
}

/**
 * Which TVs an entry is for, as people call them.
 * @param {string[]} selectors
 * @param {{ nameOf: (key: string) => string | undefined, zoneOf: (id: string) => string | undefined }} named
 */
export function targetWords(selectors, { nameOf, zoneOf }) {
  const one = (/** @type {string} */ selector) => {
    const [, zone] = /^zone=([^,\s]+)$/.exec(selector) || [];
    if (zone) return zoneOf(zone) ?? zone;
    return selector === "all" ? t("plan.all_tvs") : (nameOf(selector) ?? selector.replace(/^tv:/, ""));
  };
  return selectors.map(one).join(", ");
}
