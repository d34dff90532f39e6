// Pressed twice, done once. A second tap within the time of a double click, or while the first is not answered
// yet, is the same wish, if nothing else was pressed in between: what was pressed last is what is wished.

/** Two taps within this are one, where a second one would mean nothing by itself. */
const DOUBLE = 700;

/** Of these each press counts: whoever taps twice wants two steps. */
const STEPS = new Set(["volume_up", "volume_down", "channel_up", "channel_down", "number", "up", "down", "left", "right", "ok", "back", "home", "menu", "guide", "info", "exit"]);

let last = null;

/** Does `act` unless it was the last thing that was done, and just now: then the answer is that of the first. */
export function once(key, act) {
  const now = performance.now();
  if (last?.key === key && (last.running || now - last.at < DOUBLE)) return last.answer;
  const own = { key, at: now, running: true };
  last = own;
  own.answer = act().finally(() => {
    own.running = false;
  });
  return own.answer;
}

/** The same for a command: a step is always done. */
export function press(key, command, act) {
  if (!STEPS.has(command)) return once(key, act);
  last = null;
  return act();
}
