// Accounts for every TV of a batch, and for what taking it back did there.
/** @import { Schemas } from "../types/page" */
import { keyOf } from "./keys.js";
import { skippedWords } from "./answers.js";
import { t, word } from "./texts.js";

/** @typedef {Pick<Schemas["CommandRecord"], "hostname" | "port" | "status">} Command */

/**
 * Those that went wrong first.
 * @type {Partial<Record<Schemas["CommandStatus"], number>>}
 */
const RANKS = { failed: 0, expired: 0, unknown: 1, processing: 2, pending: 3 };

/** @param {Command} command */
const rank = ({ status }) => RANKS[status] ?? 4;

/**
 * Commands with those of one TV together, in their order, and the TVs of which something went wrong first.
 * @template {Command} C
 * @param {C[]} commands
 * @returns {C[]}
 */
export function byTv(commands) {
  /** @type {Map<string, C[]>} */
  const tvs = new Map();
  for (const one of commands) tvs.set(keyOf(one), [...(tvs.get(keyOf(one)) ?? []), one]);
  const worst = (/** @type {C[]} */ of) => Math.min(...of.map(rank));
  return [...tvs.values()].sort((a, b) => worst(a) - worst(b)).flat();
}

/** What each command changes of a TV, as far as something could be set back. */
const PARTS = [
  { part: "power", of: /^power/ },
  { part: "sound", of: /^mute/ },
  { part: "channel", of: /^(channel|default_channel|number)/ },
  { part: "input", of: /^input$/ },
  { part: "volume", of: /^volume/ },
];

const partOf = (/** @type {string} */ command) => PARTS.find(({ of }) => of.test(command))?.part ?? "keys";

/** @type {ReadonlySet<Schemas["CommandStatus"]>} */
const NEVER_SENT = new Set(["failed", "expired", "superseded", "cancelled"]);

/**
 * What was restored, and what was left alone: each TV of the batch is told, and each part of it that the batch changed.
 * @template {Command & { command: string }} C
 * @param {C[]} commands of the batch
 * @param {C[]} restoring the commands that took it back
 * @param {Pick<Schemas["SkippedPort"], "hostname" | "port" | "detail" | "code">[]} [skipped] why TVs were left alone, where it was told
 * @returns {{ restored: C[], left: { key: string, part: string, why: string }[] }}
 */
export function accounts(commands, restoring, skipped = []) {
  const told = new Map(skipped.map((one) => [keyOf(one), skippedWords(one)]));
  const left = [...new Set(commands.map(keyOf))].flatMap((key) => {
    const changed = commands.filter((one) => keyOf(one) === key && !NEVER_SENT.has(one.status));
    const back = restoring.filter((one) => keyOf(one) === key);
    if (!back.length) return [{ key, part: "", why: told.get(key) ?? t(changed.length ? "account.some_reason" : "account.not_changed") }];
    // One that was off before is only switched off: it showed nothing.
    if (back.some(({ command }) => command === "power_off")) return [];
    const restored = new Set(back.map(({ command }) => partOf(command)));
    const parts = [...new Set(changed.map(({ command }) => partOf(command)))].filter((part) => !restored.has(part));
    return parts.map((part) => ({ key, part: word("part", part) ?? part, why: t("account.not_before") }));
  });
  return { restored: byTv(restoring), left };
}
