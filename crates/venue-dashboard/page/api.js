// Asks the daemon. Relative paths, so that the page also works behind a proxy with a prefix.

const KEPT = "venue.token";

/** What the daemon answered when it did not do as asked. */
export class Problem extends Error {
  constructor(status, body, retryAfter = null) {
    super(body.detail || body.title || `the daemon answered ${status}`);
    this.status = status;
    this.code = body.code || "";
    this.errors = body.errors || [];
    this.body = body;
    /** Seconds until it is worth asking again, if that is known. */
    this.retryAfter = retryAfter;
  }

  /** In words for people: the detail, and each field that is wrong, each of it once. */
  get words() {
    const told = [];
    for (const { field, detail } of this.errors) {
      if (!this.message.includes(detail)) told.push(detail.includes(field) ? detail : `${field}: ${detail}`);
    }
    return [this.message, ...new Set(told)].join("; ");
  }
}

export const token = {
  get: () => {
    try {
      return localStorage.getItem(KEPT);
    } catch {
      return null;
    }
  },
  set: (text) => {
    try {
      if (text) localStorage.setItem(KEPT, text);
      else localStorage.removeItem(KEPT);
    } catch {
      // Without storage one signs in again after a reload.
    }
  },
};

export function headers(more) {
  const own = token.get();
  return { ...(own ? { authorization: `Bearer ${own}` } : {}), ...more };
}

/** Longer than anything is answered within; then nobody answers any more. */
const PATIENCE = 15_000;

/** One request; throws a Problem, or another error where the daemon cannot be reached. */
export async function ask(method, path, body, more) {
  const json = body === undefined ? {} : { "content-type": "application/json" };
  // A network that freezes says nothing at all: without this a button would be busy for good.
  const cut = new AbortController();
  const late = setTimeout(() => cut.abort(), PATIENCE);
  let response, text;
  try {
    response = await fetch(path.replace(/^\//, ""), {
      method,
      headers: headers({ ...json, ...more }),
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: cut.signal,
    });
    text = await response.text();
  } finally {
    clearTimeout(late);
  }
  let answer = {};
  try {
    answer = text ? JSON.parse(text) : {};
  } catch {
    answer = { detail: text.slice(0, 200) };
  }
  if (!response.ok) throw new Problem(response.status, answer, Number(response.headers.get("retry-after")) || null);
  return answer;
}

export const get = (path) => ask("GET", path);
export const post = (path, body = {}, more) => ask("POST", path, body, more);

/** A key that makes a request that is sent twice be carried out once. */
export function requestKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return `page-${[...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

/** A POST that may be sent again by itself: the daemon carries it out once. */
export async function postOnce(path, body = {}) {
  const key = { "idempotency-key": requestKey() };
  try {
    return await post(path, body, key);
  } catch (problem) {
    // The network failed, not the daemon: whether it arrived is not known, and the same key asks.
    if (problem instanceof Problem) throw problem;
    await new Promise((resolve) => setTimeout(resolve, 400));
    return post(path, body, key);
  }
}
