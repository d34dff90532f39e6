// What a preset would do to each TV, in words.
/** @import { Schemas } from "../types/page" */
import { channelName } from "./channels.js";
import { keyOf } from "./keys.js";
import { lockWords } from "./locks.js";
import { actionName, count } from "./words.js";

/** @typedef {Schemas["PresetTarget"]} Target */
/** @typedef {{ key: string, name: string, zone: string, words: string }} Row */
/** @typedef {{ channels: Schemas["ChannelItem"][], platformOf: (key: string) => string | null | undefined }} LineUp */

const NOT_KNOWN = "not known";

/**
 * What one command changes: `off → on`. What is so already, as far as it is known, is said once: `on`.
 * @param {string} command such as `channel 501`
 * @param {Schemas["PortStatus"] | null | undefined} assumed
 * @param {(number: string) => string} channel how a number is called there
 */
function change(command, assumed, channel) {
  const [action = "", argument = ""] = command.split(" ");
  const power = assumed?.last_power_state || NOT_KNOWN;
  const sound = assumed?.muted === true ? "muted" : assumed?.muted === false ? "sound" : NOT_KNOWN;
  const shown = assumed?.last_channel;
  const other = (/** @type {string} */ now, /** @type {string} */ one, /** @type {string} */ two) => (now === one ? two : one);
  /** @type {Record<string, [from: string, to: string]>} */
  const changes = {
    power_on: [power, "on"],
    power_off: [power, "off"],
    power: [power, other(power, "on", "off")],
    mute_on: [sound, "muted"],
    mute_off: [sound, "sound"],
    mute: [sound, other(sound, "muted", "sound")],
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
  const called = (/** @type {string} */ number) => channelName(channels, number, platformOf(key)) || `channel ${number}`;
  const words = target.commands.map((command) => change(command, target.assumed, called)).join(", ");
  return { key, name: target.name || key, zone: target.zone || "", words };
}

/**
 * Why nothing is sent to a TV.
 * @param {Pick<Schemas["UndecidedTarget"], "field" | "detail">} undecided
 */
export function leftAloneWords({ field, detail }) {
  if (field === "channel") return "it does not receive this channel";
  if (field !== "power" && field !== "mute") return detail;
  return `its ${field === "power" ? "power" : "sound"} has one key for on and off, and how it is now is not known or being changed: say so in its remote`;
}

/**
 * A preview in three parts, of those TVs that `wanted` has.
 * @param {Schemas["PresetPreview"]} preview
 * @param {LineUp & { nameOf: (key: string) => string, wanted: (key: string) => boolean }} with_
 */
export function parts(preview, with_) {
  const targets = preview.targets.filter((target) => with_.wanted(keyOf(target)));
  const free = targets.filter(({ locked }) => !locked);
  const rows = (/** @type {boolean} */ changes) => free.filter((target) => target.changes === changes).map((target) => planned(target, with_));
  const locked = targets.flatMap((target) => (target.locked ? [{ ...planned(target, with_), words: lockWords(target.locked) }] : []));
  const undecided = preview.undecided.filter((one) => with_.wanted(keyOf(one))).map((one) => ({ key: keyOf(one), name: with_.nameOf(keyOf(one)), zone: "", words: leftAloneWords(one) }));
  // A TV of which all keys are toggles that are as they should be is sent nothing at all.
  const sent = targets.filter(({ commands }) => commands.length).map(keyOf);
  return { changing: rows(true), same: rows(false), left: [...locked, ...undecided], sent };
}

/**
 * The parts in one sentence.
 * @param {{ changing: Row[], same: Row[], left: Row[] }} parts
 */
export function summary({ changing, same, left }) {
  const told = [changing.length ? `${count(changing.length, "TV changes", "TVs change")}` : "nothing changes"];
  if (same.length) told.push(`${same.length} should be so already`);
  if (left.length) told.push(`${left.length} left alone`);
  return told.join(", ");
}

/** @param {Schemas["OnOff"] | null | undefined} mute */
const soundOf = (mute) => (mute === "on" ? "muted" : mute === "off" ? "sound" : "");

/**
 * What an entry of a preset sets: `on, Sports One, muted`.
 * @param {Schemas["PresetEntry"]} entry
 * @param {Schemas["ChannelItem"][]} channels
 */
export function entryWords({ power, input, channel, mute }, channels) {
  const name = channel && (channels.find(({ id }) => id === channel)?.name ?? channelName(channels, channel));
  const shown = channel && (name || `channel ${channel}`);
  return [power, input, shown, soundOf(mute)].filter(Boolean).join(", ") || "nothing";
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
    return selector === "all" ? "all TVs" : (nameOf(selector) ?? selector.replace(/^tv:/, ""));
  };
  return selectors.map(one).join(", ");
}
