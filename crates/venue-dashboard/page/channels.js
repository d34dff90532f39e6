// The line-up: which channels fit what was typed.
/** @import { Schemas } from "../types/page" */

/**
 * As it is compared: without case, and without the accents that nobody types.
 * @param {string | null} [text]
 */
const folded = (text) => (text || "").normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

/**
 * The channels that fit what was typed: favourites first, then by number.
 * @param {Schemas["ChannelItem"][]} channels
 * @param {string} text
 */
export function matching(channels, text) {
  const words = folded(text).split(/\s+/).filter(Boolean);
  /** @param {Schemas["ChannelItem"]} channel */
  const fits = (channel) => words.every((word) => folded(channel.name).includes(word) || channel.number.startsWith(word));
  /** @param {Schemas["ChannelItem"]} channel */
  const rank = (channel) => (channel.favourite ? 0 : 1);
  return channels.filter(fits).sort((a, b) => rank(a) - rank(b) || Number(a.number) - Number(b.number) || a.name.localeCompare(b.name));
}
