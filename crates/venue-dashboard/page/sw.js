// The service worker: keeps the files of the page, and nothing that the daemon knows, so that a tablet that lost the
// network still shows the page, and the page says that it is not live. What the daemon has is taken first, so that
// nobody sees a page of yesterday while the daemon is there.

const KEPT = "shell";

/** Where the page lies: the worker's own folder. */
const HOME = new URL("./", self.location.href).pathname;

/**
 * Whether something is of the page itself. What is asked of the API is left to the network, always.
 * @param {Request} request
 */
function isShell({ method, url, mode }) {
  const { origin, pathname } = new URL(url);
  if (method !== "GET" || origin !== self.location.origin || !pathname.startsWith(HOME)) return false;
  const path = pathname.slice(HOME.length);
  return path.startsWith("assets/") || (mode === "navigate" && ["", "kiosk"].includes(path));
}

/** @param {Request} request */
async function answered(request) {
  const shell = await caches.open(KEPT);
  try {
    const answer = await fetch(request);
    if (answer.ok) await shell.put(request, answer.clone());
    return answer;
  } catch (lost) {
    const kept = await shell.match(request, { ignoreSearch: request.mode === "navigate" });
    if (kept) return kept;
    throw lost;
  }
}

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  if (isShell(event.request)) event.respondWith(answered(event.request));
});
