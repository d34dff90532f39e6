// Holds what the page says against what a board ran: each control by the very action that it means, so that what
// still waited of an earlier press is not taken for this one, and no press for two.
import assert from "node:assert/strict";
import { until } from "./venue.mjs";

const KEYS = { On: "power_on", Off: "power_off", Power: "power", Mute: "mute", "Volume −": "volume_down", "Volume +": "volume_up", "Channel −": "channel_down", "Channel +": "channel_up", OK: "ok", "Power, on or off": "power", "Mute on": "mute_on", "Mute off": "mute_off", Up: "up", Left: "left", Right: "right", Down: "down", Back: "back", Home: "home", Menu: "menu", Guide: "guide", Info: "info", Exit: "exit" };

/** How the page calls what a control does, where the control is called otherwise. */
const TOLD = { "Power, on or off": "Power:", "Default channel 101": "Default channel:", Blink: "Blink of " };

/** Of these a repeat changes nothing: they may be tried again where it is not known whether they acted. */
const ABSOLUTE = new Set(["tv_power_on", "tv_power_off", "tv_mute_on", "tv_mute_off", "tv_channel"]);
export const isAbsolute = ({ action }) => ABSOLUTE.has(action);

/** What a control is for a board: the action, and the number that goes with it. */
export function meaning(label) {
  const [, kind, number] = /^(Digit|Channel|Favourite|Default channel) (\d+)$/.exec(label) || [];
  if (kind === "Digit") return { action: "tv_number", number };
  if (kind) return { action: "tv_channel", number };
  if (/^Blink/.test(label)) return { action: "diagnostic_signal" };
  assert.ok(KEYS[label], `a control that nobody knows: ${label}`);
  return { action: `tv_${KEYS[label]}` };
}

/** Whether something that a board ran is that, at that port. Old boards write the port before the channel: `2-501`. */
const isIt = ({ action, number }, port) => (ran) => {
  const [before, after] = (ran.args.channel || "").split("-");
  const at = ran.args.port ?? ran.args.box ?? (after && before);
  const with_ = ran.args.digit ?? after ?? before;
  return ran.action === action && (action === "diagnostic_signal" || (at === String(port) && (!number || with_ === number)));
};

/** What one port of a board was sent: every press, what was said of it, and what the board ran. */
export class Witness {
  presses = [];

  /** From now on, or from the `began`th action of the board. */
  constructor(boards, board, port, began = boards.actions(board).length) {
    this.boards = boards;
    this.board = board;
    this.port = port;
    this.began = began;
  }

  /** How often the board ran that, since its `from`th action. */
  ran(means, from = this.began) {
    return this.boards.actions(this.board).slice(from).filter(isIt(means, this.port)).length;
  }

  /** Presses and gives what is answered: its kind, its words, and how often the board ran it until then. */
  async press(label, answer, act) {
    const means = meaning(label);
    const from = this.boards.actions(this.board).length;
    await act();
    const told = TOLD[label] ?? `${label}:`;
    const said = await until(`an answer to ${label}`, async () => {
      const one = await answer();
      return one && one.words.startsWith(told) && one;
    }, 20_000);
    // The answer and what the board ran come by different ways: the one may be here before the other.
    if (said.kind === "delivered") await until(`${this.board}/${this.port} to run ${label}, which is said to be delivered`, () => this.ran(means, from) > 0, 5_000);
    // Of earlier presses of the same this much may still have come in the meantime.
    const late = this.presses.filter((one) => same(one.means, means) && (one.kind === "pending" || one.kind === "unknown")).length;
    const one = { label, means, from, ...said, own: this.ran(means, from), late };
    this.presses.push(one);
    this.#judge(one);
    return one;
  }

  /** What each kind of answer allows of what the board has run. */
  #judge({ label, means, kind, words, own, late }) {
    const which = `${this.board}/${this.port}, ${label}: "${words}" (${kind}), and the board ran ${own}`;
    if (/delivered/.test(words)) assert.equal(kind, "delivered", which);
    if (kind === "delivered") assert.ok(own >= 1 && own <= 1 + late && /: delivered/.test(words), which);
    else if (kind === "unknown") assert.match(words, /may have been sent/, which);
    else if (kind === "pending") assert.match(words, /given up|when its turn comes/, which);
    else assert.ok(kind === "failed" || kind === "replaced", which);
    if (/nothing was sent|does not offer/.test(words)) assert.ok(own <= late, which);
    if (!isAbsolute(means)) assert.ok(own <= 1 + late, which);
  }

  /**
   * Once nothing waits any more: what was called delivered was run, what flips a state or is a step no oftener than
   * it was pressed, what was not sent not at all. `exact`: the board was well, so that nothing was run twice.
   */
  async atRest(waiting, exact) {
    await until(`nothing to wait for ${this.board}`, waiting, 60_000);
    for (const { label, means } of this.presses) {
      const all = this.presses.filter((one) => same(one.means, means));
      const kinds = all.map(({ kind }) => kind).join();
      const [ran, delivered] = [this.ran(means), all.filter(({ kind }) => kind === "delivered").length];
      const may = all.filter(({ kind }) => kind === "delivered" || kind === "pending" || kind === "unknown").length;
      const which = `${this.board}/${this.port}, ${label} at rest: pressed ${all.length} times (${kinds}), and the board ran ${ran}`;
      assert.ok(ran >= delivered, which);
      if (exact || !isAbsolute(means)) assert.ok(ran <= may, which);
      if (may === 0) assert.equal(ran, 0, which);
    }
  }
}

const same = (one, other) => one.action === other.action && one.number === other.number;
