// The stream of events: opened, read, and opened again behind the last event that was seen.
// Not an EventSource: that does not tell when it has been cut.
/** @import { AnyEvent } from "../types/page" */
import { Problem } from "./api.js";

/** Longer than this without even a heartbeat (every 2 s), and the stream is dead: what is shown may be old. */
const SILENCE = 6_000;

/** So often it is looked at: a page that slept, or a network that froze, tells nobody. */
const LOOK = 500;

const PAUSES = [300, 1_000, 2_000, 5_000];

/**
 * Reads the lines of one stream; calls `event(name, data)`, and `at(id)` for where the stream is then.
 * @param {(...event: AnyEvent) => void} event
 * @param {(id: string) => void} at
 */
export function reader(event, at) {
  let rest = "";
  const fresh = () => ({ name: "message", data: "", id: "" });
  let now = fresh();
  return (/** @type {string} */ chunk) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      if (line === "") {
        // What the daemon says is as its description says: that is tested there, and not looked for here.
        if (now.data) event(.../** @type {AnyEvent} */ ([now.name, JSON.parse(now.data)]));
        // An id alone says where the stream is while nothing happens.
        if (now.id) at(now.id);
        now = fresh();
      } else if (line.startsWith("event: ")) now.name = line.slice(7);
      else if (line.startsWith("data: ")) now.data += line.slice(6);
      else if (line.startsWith("id: ")) now.id = line.slice(4);
    }
  };
}

/**
 * Follows the stream for good. `told.live(resumed)` when it is open: `resumed` if it goes on where the last one
 * was cut, so that nothing is missing; `told.event(name, data)` for each event,
 * `told.lost()` when it is cut or silent, `told.denied(problem)` when one has to sign in: then it ends.
 * @param {{ live(resumed: boolean): void, event(...event: AnyEvent): void, lost(): void, denied(problem: Problem): void }} told
 */
export function follow(told) {
  /** @type {string | null} */
  let last = null;
  let stopped = false;
  let failures = 0;
  let cut = new AbortController();
  let heard = Date.now();
  let wake = () => {};

  async function once() {
    cut = new AbortController();
    heard = Date.now();
    const resumed = last !== null;
    /** @type {Record<string, string>} */
    const more = last !== null ? { "last-event-id": last } : {};
    // Past the cache: behind a service worker Firefox would wait for the stream before, which held its entry there.
    const response = await fetch("api/v1/events", { headers: more, signal: cut.signal, cache: "no-store" });
    if (!response.ok || !response.body) throw new Problem(response.status, await response.json().catch(() => ({})));
    const read = reader(told.event, (id) => {
      last = id;
    });
    const text = new TextDecoder();
    const body = response.body.getReader();
    let open = false;
    for (;;) {
      const { value, done } = await body.read();
      if (done) return;
      heard = Date.now();
      if (!open) {
        open = true;
        failures = 0;
        told.live(resumed);
      }
      read(text.decode(value, { stream: true }));
    }
  }

  async function forGood() {
    while (!stopped) {
      try {
        await once();
      } catch (problem) {
        if (problem instanceof Problem && (problem.status === 401 || problem.status === 403)) {
          stop();
          told.denied(problem);
          return;
        }
      }
      if (stopped) return;
      told.lost();
      const pause = PAUSES[Math.min(failures, PAUSES.length - 1)];
      failures += 1;
      // Not all pages of a venue come back in the same instant.
      const wait = pause * (0.7 + Math.random() * 0.6);
      await new Promise((/** @type {(value?: undefined) => void} */ resolve) => {
        wake = resolve;
        setTimeout(resolve, wait);
      });
    }
  }

  // By the clock on the wall: it goes on while the page or the machine sleeps.
  const look = () => {
    if (Math.abs(Date.now() - heard) > SILENCE) cut.abort();
  };
  // The browser lost its network: what is shown is no longer followed, whatever the connection says.
  const offline = () => {
    told.lost();
    cut.abort();
  };
  const back = () => {
    look();
    wake();
  };
  const looking = setInterval(look, LOOK);
  /** @type {[EventTarget, string, () => void][]} */
  const heeded = [[window, "offline", offline], [window, "online", back], [window, "pageshow", back], [document, "resume", back], [document, "visibilitychange", back]];
  for (const [whom, what, act] of heeded) whom.addEventListener(what, act);

  function stop() {
    stopped = true;
    clearInterval(looking);
    for (const [whom, what, act] of heeded) whom.removeEventListener(what, act);
    wake();
    cut.abort();
  }
  forGood();
  return { stop };
}
