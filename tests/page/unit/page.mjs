// What the modules of the page find in a browser, as far as those without a picture need it.

export const PAGE = new URL("../../../crates/venue-dashboard/page", import.meta.url).href;

globalThis.localStorage = { getItem: () => null };
// Whatever the machine speaks: the tests expect English.
Object.defineProperty(globalThis, "navigator", { value: { languages: ["en-GB"] }, configurable: true });
globalThis.window = new EventTarget();
globalThis.document = new EventTarget();

/** What is drawn with the next frame waits here. */
const frames = [];
globalThis.requestAnimationFrame = (draw) => frames.push(draw);

/** Draws until nothing is left to draw. */
export function drawn() {
  while (frames.length) frames.shift()();
}

/** Lets everything that is ready run. */
export const settled = () => new Promise((done) => setImmediate(done));

/** The daemon: answers `(method, path, body, headers)` with a body, or with `[status, body]`. */
export function daemon(answer) {
  const asked = [];
  globalThis.fetch = async (path, { method = "GET", body, headers }) => {
    const given = body === undefined ? undefined : JSON.parse(body);
    asked.push({ method, path, body: given, headers });
    const told = await answer(method, path, given, headers);
    const [status, said] = Array.isArray(told) ? told : [200, told];
    return new Response(typeof said === "string" ? said : JSON.stringify(said), { status });
  };
  return asked;
}
