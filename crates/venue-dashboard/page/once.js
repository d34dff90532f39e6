// Pressed twice, done once. A second tap within the time of a double click, or while the first is not answered
// yet, is the same wish, if nothing else was pressed in between: what was pressed last is what is wished.

/** Two taps within this are one, where a second one would mean nothing by itself. */
const DOUBLE = 700;

/** Of these each press counts: whoever taps twice wants two steps. */
const STEPS = new Set(["volume_up", "volume_down", "channel_up", "channel_down", "number", "up", "down", "left", "right", "ok", "back", "home", "menu", "guide", "info", "exit"]);

/** @type {{ key: string, at: number, running: boolean, answer: Promise<unknown> } | null} */
let last = null;

/**
 * Does `act` unless it was the last thing that was done, and just now: then the answer is that of the first.
 * @template T
 * @param {string} key what is wished: the same key is always answered in the same way
 * @param {() => Promise<T>} act
 * @returns {Promise<T>}
 */
export function once(key, act) {
  const now = performance.now();
  if (last?.key === key && (last.running || now - last.at < DOUBLE)) return /** @type {Promise<T>} */ (last.answer);
  const answer = act().finally(() => {
    own.running = false;
  });
  const own = { key, at: now, running: true, answer };
  last = own;
  return answer;
}

/**
 * The same for a command: a step is always done.
 * @template T
 * @param {string} key
 * @param {string} command
 * @param {() => Promise<T>} act
 * @returns {Promise<T>}
 */
export function press(key, command, act) {
  if (!STEPS.has(command)) return once(key, act);
  last = null;
  return act();
}
