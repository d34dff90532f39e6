// Asks the daemon. Relative paths, so that the page also works behind a proxy with a prefix.
/** @import { AnyRequest, Ask, AskBy, ConfigListOf, Items, Method, ProblemBody, Schemas } from "../types/page" */
import { spoken, t } from "./texts.js";

const KEPT = "venue.token";

/** What the daemon answered when it did not do as asked. */
export class Problem extends Error {
  /**
   * @param {number} status of HTTP
   * @param {ProblemBody} body
   * @param {number | null} [retryAfter]
   */
  constructor(status, body, retryAfter = null) {
    const { errors, detail } = spoken.inOwnWords?.(body, few) ?? body;
    super(detail || body.detail || body.title || t("api.answered", { status }));
    this.status = status;
    this.code = body.code || "";
    /** @type {Schemas["FieldError"][]} */
    this.errors = errors || [];
    this.body = body;
    /** Seconds until it is worth asking again, if that is known. */
    this.retryAfter = retryAfter;
  }

  /** In words for people: the detail, and each field that is wrong, each of it once. */
  get words() {
    /** @type {string[]} */
    const told = [];
    for (const { field, detail } of this.errors) {
      if (!this.message.includes(detail)) told.push(detail.includes(field) ? detail : `${field}: ${detail}`);
    }
    return [this.message, ...few(told)].join("; ");
  }
}

/**
 * Each once; of very many a few say as much.
 * @param {string[]} told
 */
function few(told) {
  const all = [...new Set(told)];
  return all.length > 4 ? [t("list.more", { names: all.slice(0, 3).join("; "), n: all.length - 3 })] : all;
}

/** Pages of before kept a token here, where every script could read it. It is exchanged for a session, once. */
export async function exchangeOldToken() {
  let kept;
  try {
    kept = localStorage.getItem(KEPT);
    localStorage.removeItem(KEPT);
  } catch {
    // Without storage there is none.
  }
  // One that is not known any more is asked for like anybody's.
  if (kept) await post("/api/v1/session", { body: { token: kept } }).catch(() => {});
}

/** Longer than anything is answered within; then nobody answers any more. */
const PATIENCE = 15_000;

/**
 * The address of a path of the API: its names filled in, and its query behind it.
 * @param {string} template such as `/api/v1/batches/{id}`
 * @param {Pick<AnyRequest, "path" | "query">} [request]
 */
export function address(template, { path = {}, query = {} } = {}) {
  const filled = template.replace(/^\//, "").replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(path[name]));
  const asked = Object.entries(query).filter(([, value]) => value !== undefined && value !== null);
  return asked.length ? `${filled}?${asked.map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`).join("&")}` : filled;
}

/**
 * One request; throws a Problem, or another error where the daemon cannot be reached.
 * @param {Method} method
 * @param {string} path
 * @param {AnyRequest} [request]
 */
async function send(method, path, request = {}) {
  const { body } = request;
  /** @type {Record<string, string>} */
  const json = body === undefined ? {} : { "content-type": "application/json" };
  // A network that freezes says nothing at all: without this a button would be busy for good.
  const cut = new AbortController();
  const late = setTimeout(() => cut.abort(), PATIENCE);
  let response, text;
  try {
    response = await fetch(address(path, request), {
      method,
      headers: { ...json, ...request.headers },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: cut.signal,
    });
    text = await response.text();
  } finally {
    clearTimeout(late);
  }
  let answer;
  try {
    answer = text ? JSON.parse(text) : {};
  } catch {
    answer = { detail: text.slice(0, 200) };
  }
  if (!response.ok) throw new Problem(response.status, answer, Number(response.headers.get("retry-after")) || null);
  return answer;
}

// What a path takes and what it answers is known from the description of the API.
export const ask = /** @type {Ask} */ (send);
export const get = /** @type {AskBy<"GET">} */ ((path, /** @type {AnyRequest} */ request) => send("GET", path, request));

/** Without a body an empty one is sent. */
export const post = /** @type {AskBy<"POST">} */ ((path, /** @type {AnyRequest} */ request) => send("POST", path, { body: {}, ...request }));

/**
 * All items of a kind of the configuration.
 * @template {keyof Items} K
 * @param {K} kind
 * @param {{ limit?: number, cursor?: string | null }} [query]
 */
export async function configured(kind, query) {
  return /** @type {ConfigListOf<K>} */ (await get("/api/v1/config/{kind}", { path: { kind }, query }));
}

/** A key that makes a request that is sent twice be carried out once. */
export function requestKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return `page-${[...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

/** A POST that may be sent again by itself: the daemon carries it out once. */
export const postOnce = /** @type {AskBy<"POST">} */ (async (path, /** @type {AnyRequest} */ request) => {
  const keyed = { body: {}, ...request, headers: { "idempotency-key": requestKey() } };
  try {
    return await send("POST", path, keyed);
  } catch (problem) {
    // The network failed, not the daemon: whether it arrived is not known, and the same key asks.
    if (problem instanceof Problem) throw problem;
    await new Promise((resolve) => setTimeout(resolve, 400));
    return send("POST", path, keyed);
  }
});
