// The line-up: which channels fit what was typed, and which number each has for whom.
/** @import { Schemas } from "../types/page" */

/** @typedef {Schemas["ChannelItem"]} Channel */

/**
 * As it is compared: without case, and without the accents that nobody types.
 * @param {string | null} [text]
 */
export const folded = (text) => (text || "").normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

/**
 * All numbers of a channel: the main one first, then those of other platforms.
 * @param {Channel} channel
 */
export const numbersOf = ({ number, numbers }) => [...new Set([number, ...Object.values(numbers ?? {})])];

/**
 * The number under which a TV of this platform has the channel; none where it does not receive it. A channel or a
 * TV without a platform knows no difference.
 * @param {Channel} channel
 * @param {string | null | undefined} platform
 * @returns {string | undefined}
 */
export function numberOn(channel, platform) {
  if (!platform) return channel.number;
  const isMain = !channel.platform || channel.platform === platform;
  return channel.numbers?.[platform] ?? (isMain ? channel.number : undefined);
}

/**
 * How a command names the channel, so that each TV gets the number of its platform: by its id. Where there is one
 * number for all, that is it.
 * @param {Channel} channel
 */
export const wishFor = ({ id, number, numbers, platform }) => (platform || Object.keys(numbers ?? {}).length ? id : number);

/**
 * How many of these TVs do not receive a channel.
 * @param {Channel} channel
 * @param {{ platform?: string | null }[]} ports
 */
export const lacking = (channel, ports) => ports.filter(({ platform }) => numberOn(channel, platform) === undefined).length;

/** `060` as it is typed by whoever thinks of 60. */
const bare = (/** @type {string} */ number) => number.replace(/^0+(?=\d)/, "");

/** Whether a number begins with what was typed, whatever zeros stand before it. */
const begins = (/** @type {string} */ number, /** @type {string} */ typed) => number.startsWith(typed) || (typed !== "0" && bare(number).startsWith(typed));

/**
 * Whether a channel has this number, on any platform; zeros before it are as good as none.
 * @param {Channel} channel
 * @param {string} number
 */
export const hasNumber = (channel, number) => numbersOf(channel).some((one) => bare(one) === bare(number));

/**
 * The channels that fit what was typed, by name or by number on any platform: favourites first, then by number.
 * @param {Channel[]} channels
 * @param {string} text
 */
export function matching(channels, text) {
  const words = folded(text).split(/\s+/).filter(Boolean);
  /** @param {Channel} channel */
  const fits = (channel) => words.every((word) => folded(channel.name).includes(word) || numbersOf(channel).some((number) => begins(number, word)));
  /** @param {Channel} channel */
  const rank = (channel) => (channel.favourite ? 0 : 1);
  return channels.filter(fits).sort((a, b) => rank(a) - rank(b) || Number(a.number) - Number(b.number) || a.name.localeCompare(b.name));
}

/**
 * The channel of a number, for a TV of this platform.
 * @param {Channel[]} channels
 * @param {string | null | undefined} number
 * @param {string | null} [platform]
 */
export const channelAt = (channels, number, platform) => (number ? channels.find((channel) => numberOn(channel, platform) === number) : undefined);

/**
 * What the line-up calls a number, for a TV of this platform.
 * @param {Channel[]} channels
 * @param {string | null | undefined} number
 * @param {string | null} [platform]
 */
export const channelName = (channels, number, platform) => channelAt(channels, number, platform)?.name ?? "";
