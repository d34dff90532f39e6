// The page: who is signed in, where one is, and what is wrong at the moment.
import { html, render, useEffect, useRef, useState, useStore } from "./html.js";
import { ask, exchangeOldToken } from "./api.js";
import { SignIn } from "./sign-in.js";
import { store } from "./store.js";
import { trouble } from "./answers.js";
import { Toasts } from "./toasts.js";
import { Wall } from "./wall.js";

/** @typedef {(props: { rest: string[] }) => unknown} View */

/**
 * The wall is there at once; another page is loaded when somebody goes there.
 * @type {[path: string, name: string, load: () => Promise<View>][]}
 */
const PLACES = [
  ["", "Wall", async () => Wall],
  ["activity", "Activity", () => import("./activity.js").then((part) => part.Activity)],
  ["health", "Health", () => import("./health.js").then((part) => part.Health)],
  ["schedules", "Schedules", () => import("./schedules.js").then((part) => part.Schedules)],
  ["setup", "Set-up", () => import("./setup.js").then((part) => part.Setup)],
];

/** @param {{ load: () => Promise<View>, rest: string[] }} props */
function Place({ load, rest }) {
  const [view, setView] = useState(/** @type {{ View: View } | null} */ (null));
  const [problem, setProblem] = useState("");
  useEffect(() => {
    let gone = false;
    load().then((View) => gone || setView({ View }), (failed) => gone || setProblem(trouble(failed)));
    return () => {
      gone = true;
    };
  }, []);
  if (view) return html`<${view.View} rest=${rest} />`;
  return problem ? html`<p class="problem" role="alert">This page cannot be loaded: ${problem}</p>` : html`<p class="empty" role="status">Reading…</p>`;
}

const place = () => location.hash.replace(/^#\/?/, "").split("/");

function App() {
  useStore(store);
  const [where, setWhere] = useState(place());
  useEffect(() => {
    const gone = () => setWhere(place());
    addEventListener("hashchange", gone);
    return () => removeEventListener("hashchange", gone);
  }, []);
  if (where[0] === "join") return html`<${SignIn} invitation=${where[1]} />`;
  if (store.state === "sign-in") return html`<${SignIn} />`;
  const shown = PLACES.filter(([path]) => path !== "setup" || store.may.plan);
  const [path, , load] = shown.find(([path]) => path === where[0]) ?? PLACES[0];
  return html`
    <${Header} where=${where[0]} shown=${shown} />
    <${Banner} />
    <main id="main" class=${store.live ? "" : "stale"} tabindex="-1">
      ${store.state === "ready" ? path ? html`<${Place} key=${path} load=${load} rest=${where.slice(1)} />` : html`<${Wall} />` : html`<p class="empty" role="status">Reading…</p>`}
    </main>
    <${Toasts} />
  `;
}

/** @param {{ where: string, shown: typeof PLACES }} props */
function Header({ where, shown }) {
  const alerts = store.alerts.length;
  const nav = useRef(/** @type {HTMLElement | null} */ (null));
  // Not all of them fit on a phone: where one is must be seen.
  useEffect(() => nav.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" }), [where]);
  return html`
    <header>
      <nav aria-label="Pages" ref=${nav}>
        ${shown.map(
          ([path, name]) => html`
            <a href=${`#/${path}`} aria-current=${path === where ? "page" : undefined}>
              ${name}${path === "health" && alerts ? html` <b class="badge">${alerts}<span class="hidden"> alerts</span></b>` : ""}
            </a>
          `,
        )}
      </nav>
      <${Who} />
    </header>
  `;
}

function Who() {
  const { name, role } = store.me;
  const [asking, setAsking] = useState(false);
  const theme = html`<button class="quiet" aria-label="Light or dark" onClick=${() => window.theme.toggle()}>◐</button>`;
  if (!store.me.session) return html`<span class="who">${role || ""}</span>${theme}`;
  const out = async () => {
    // What could not be told the daemon is said there by the next page.
    await ask("DELETE", "/api/v1/session").catch(() => {});
    location.reload();
  };
  const everywhere = async () => {
    await ask("DELETE", "/api/v1/sessions").catch(() => {});
    location.reload();
  };
  return html`<span class="who">${name || ""} · ${role || ""}</span>${theme}<button class="quiet" onClick=${out}>Sign out</button>${asking
    ? html`<button class="danger" onClick=${everywhere}>Really everywhere</button>`
    : html`<button class="quiet" aria-label="Sign out of every browser" title="Sign out of every browser" onClick=${() => setAsking(true)}>…</button>`}`;
}

/** @type {Partial<Record<typeof store.mode, string>>} */
const MODES = {
  direct_only: "The store is down: one TV at a time works, groups and schedules do not.",
  paused: "The queue is paused: commands for groups wait until somebody resumes it.",
  stopping: "The service is stopping.",
};

function Banner() {
  /** @type {[kind: string, words: string][]} */
  const told = [];
  if (!store.live && store.state !== "starting") {
    told.push(["lost", "Not live: the connection to the daemon is lost. What you see may be old; trying again…"]);
  }
  if (store.problem) told.push(["lost", store.problem]);
  const mode = MODES[store.mode];
  if (mode) told.push(["warning", mode]);
  else if (store.unread) told.push(["warning", "What was believed and what waits is not known: the store cannot be read."]);
  const grave = store.alerts.find((alert) => alert.severity === "critical");
  if (grave && store.mode === "normal") told.push(["warning", `${grave.summary}. ${grave.advice}`]);
  return html`<div class="banners" role="status" aria-live="polite">
    ${told.map(([kind, words]) => html`<p class=${`banner ${kind}`}>${words}</p>`)}
  </div>`;
}

// Ages grow by themselves; nothing is asked for that.
setInterval(() => document.visibilityState === "visible" && store.changed(), 20_000);
exchangeOldToken().then(() => store.start());
const page = document.getElementById("page");
if (page) render(html`<${App} />`, page);
