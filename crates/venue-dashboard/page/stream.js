// The stream of events: opened, read, and opened again behind the last event that was seen.
// Not an EventSource: that cannot say who asks, and does not tell when it has been cut.
import { Problem, headers } from "./api.js";

/** Longer than this without even a heartbeat (every 15 s), and the stream is dead. */
const SILENCE = 40_000;
const PAUSES = [300, 1_000, 2_000, 5_000];

/** Reads the lines of one stream; calls `event(name, data, id)`. */
export function reader(event) {
  let rest = "";
  let now = { name: "message", data: "", id: null };
  return (chunk) => {
    rest += chunk;
    const lines = rest.split("\n");
    rest = lines.pop();
    for (const line of lines) {
      if (line === "") {
        if (now.data) event(now.name, JSON.parse(now.data), now.id);
        now = { name: "message", data: "", id: now.id };
      } else if (line.startsWith("event: ")) now.name = line.slice(7);
      else if (line.startsWith("data: ")) now.data += line.slice(6);
      else if (line.startsWith("id: ")) now.id = line.slice(4);
    }
  };
}

/**
 * Follows the stream for good. `told.live()` when it is open, `told.event(name, data)` for each event,
 * `told.lost()` when it is cut, `told.denied(problem)` when one has to sign in: then it ends.
 */
export function follow(told) {
  let last = null;
  let stopped = false;
  let failures = 0;
  let cut = new AbortController();

  async function once() {
    cut = new AbortController();
    let dead = setTimeout(() => cut.abort(), SILENCE);
    try {
      const more = last ? { "last-event-id": last } : {};
      const response = await fetch("api/v1/events", { headers: headers(more), signal: cut.signal });
      if (!response.ok) throw new Problem(response.status, await response.json().catch(() => ({})));
      const read = reader((name, data, id) => {
        last = id || last;
        told.event(name, data);
      });
      const text = new TextDecoder();
      const body = response.body.getReader();
      let open = false;
      for (;;) {
        const { value, done } = await body.read();
        if (done) return;
        clearTimeout(dead);
        dead = setTimeout(() => cut.abort(), SILENCE);
        if (!open) {
          open = true;
          failures = 0;
          told.live();
        }
        read(text.decode(value, { stream: true }));
      }
    } finally {
      clearTimeout(dead);
    }
  }

  async function forGood() {
    while (!stopped) {
      try {
        await once();
      } catch (problem) {
        if (problem instanceof Problem && (problem.status === 401 || problem.status === 403)) {
          told.denied(problem);
          return;
        }
      }
      if (stopped) return;
      told.lost();
      const pause = PAUSES[Math.min(failures, PAUSES.length - 1)];
      failures += 1;
      // Not all pages of a venue come back in the same instant.
      await new Promise((resolve) => setTimeout(resolve, pause * (0.7 + Math.random() * 0.6)));
    }
  }
  forGood();
  return {
    stop() {
      stopped = true;
      cut.abort();
    },
  };
}
