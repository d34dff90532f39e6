// The page: who is signed in, where one is, and what is wrong at the moment.
import { html, render, useEffect, useRef, useState, useStore } from "./html.js";
import { adviceOf, summaryOf } from "./alerts.js";
import { ask, exchangeOldToken } from "./api.js";
import { store } from "./store.js";
import { trouble } from "./answers.js";
import { LANGUAGES, language, speak, spoken, t, word } from "./texts.js";
import { Bar } from "./bar.js";
import { kioskZone } from "./kept.js";
import { Kiosk } from "./kiosk.js";
import { Toasts } from "./toasts.js";
import { Wall } from "./wall.js";

/** @typedef {(props: { rest: string[] }) => unknown} View */

/**
 * The wall is there at once; another page is loaded when somebody goes there.
 * @type {[path: string, name: string, load: () => Promise<View>][]}
 */
const PLACES = [
  ["", t("page.wall"), async () => () => html`<${Wall} />`],
  ["activity", t("page.activity"), () => import("./activity.js").then((part) => part.Activity)],
  ["health", t("page.health"), () => import("./health.js").then((part) => part.Health)],
  ["schedules", t("page.schedules"), () => import("./schedules.js").then((part) => part.Schedules)],
  ["setup", t("page.setup"), () => import("./setup.js").then((part) => part.Setup)],
];

/** What is set up but once: the boards of a venue, and the venue itself where everybody may do everything until then. */
const begin = () => import("./first-boards.js").then((part) => part.FirstBoards);
const claim = () => import("./sign-in.js").then((part) => part.Claim);

/** Whoever signs in, or takes an invitation, needs it once; whoever looks for something has it a moment later. */
const signIn = () => import("./sign-in.js").then(({ SignIn }) => (/** @type {{ rest: string[] }} */ { rest }) => html`<${SignIn} invitation=${rest[0]} />`);

/** @param {{ close: () => void }} props */
function Searching({ close }) {
  const search = () => import("./search.js").then(({ Search }) => () => html`<${Search} close=${close} />`);
  return html`<${Place} load=${search} rest=${[]} />`;
}

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
  return problem ? html`<p class="problem" role="alert">${t("page.not_loaded", { why: problem })}</p>` : html`<p class="empty" role="status">${t("page.reading")}</p>`;
}

const place = () => location.hash.replace(/^#\/?/, "").split("/");

function App() {
  useStore(store);
  const [where, setWhere] = useState(place());
  useEffect(() => {
    const gone = () => setWhere(place());
    addEventListener("hashchange", gone);
    // Who went on before somebody listened is followed, too.
    gone();
    return () => removeEventListener("hashchange", gone);
  }, []);
  const [searching, setSearching] = useState(false);
  useSearchKey(() => setSearching(true));
  if (where[0] === "join") return html`<${Place} key="join" load=${signIn} rest=${where.slice(1)} />`;
  if (store.state === "sign-in") return html`<${Place} key="sign-in" load=${signIn} rest=${[]} />`;
  const kiosk = kioskZone();
  if (where[0] === "claim" && store.state === "ready") return html`<${Place} key="claim" load=${claim} rest=${[]} />`;
  const shown = PLACES.filter(([path]) => path !== "setup" || store.may.plan);
  const [path, , load] = where[0] === "begin" && store.may.configure ? ["begin", "", begin] : (shown.find(([path]) => path === where[0]) ?? PLACES[0]);
  return html`
    ${kiosk === undefined ? html`<${Header} where=${path} shown=${shown} search=${() => setSearching(true)} />` : ""}
    <${Banner} />
    <main id="main" class=${store.live ? "" : "stale"} tabindex="-1">
      ${store.state === "ready" ? kiosk !== undefined ? html`<${Kiosk} zone=${kiosk} />` : path ? html`<${Place} key=${path} load=${load} rest=${where.slice(1)} />` : html`<${Wall} />` : html`<p class="empty" role="status">${t("page.reading")}</p>`}
    </main>
    <${Toasts} />
    ${store.state === "ready" && (kiosk !== undefined || !path) && store.may.command && store.selected.size ? html`<${Bar} />` : ""}
    ${searching && store.state === "ready" && kiosk === undefined ? html`<${Searching} close=${() => setSearching(false)} />` : ""}
  `;
}

/**
 * The key `/` looks for something, wherever one is and does not type.
 * @param {() => void} search
 */
function useSearchKey(search) {
  useEffect(() => {
    const pressed = (/** @type {KeyboardEvent} */ event) => {
      const { target } = event;
      if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
      if (target instanceof Element && target.closest("input, textarea, select")) return;
      event.preventDefault();
      search();
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, []);
}

/** @param {{ where: string, shown: typeof PLACES, search: () => void }} props */
function Header({ where, shown, search }) {
  const alerts = store.alerts.length;
  const nav = useRef(/** @type {HTMLElement | null} */ (null));
  // Not all of them fit on a phone: where one is must be seen.
  useEffect(() => nav.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" }), [where]);
  return html`
    <header>
      <nav aria-label=${t("page.pages")} ref=${nav}>
        ${shown.map(
          ([path, name]) => html`
            <a href=${`#/${path}`} aria-current=${path === where ? "page" : undefined}>
              ${name}${path === "health" && alerts ? html` <b class="badge">${alerts}<span class="hidden">${t("page.alerts")}</span></b>` : ""}
            </a>
          `,
        )}
      </nav>
      <button class="quiet search" aria-label=${t("search.title")} aria-keyshortcuts="/" title=${t("search.title")} onClick=${search}>⌕</button>
      <${Who} />
    </header>
  `;
}

/** The languages that there are: the other one is a tap away, and is remembered here. */
function Language() {
  const others = Object.entries(LANGUAGES).filter(([id]) => id !== language);
  return html`${others.map(([id, { name }]) => html`<button class="quiet" lang=${id} onClick=${() => speak(id)}>${name}</button>`)}`;
}

function Who() {
  const { name } = store.me;
  const role = word("role", store.me.role) ?? "";
  const [asking, setAsking] = useState(false);
  const theme = html`<${Language} /><button class="quiet" aria-label=${t("page.light_or_dark")} onClick=${() => window.theme.toggle()}>◐</button>`;
  if (!store.me.session) return html`<span class="who">${role}</span>${theme}`;
  const leave = (/** @type {"/api/v1/session" | "/api/v1/sessions"} */ which) => async () => {
    try {
      await ask("DELETE", which);
      location.reload();
    } catch (failed) {
      store.toast({ id: "out", kind: "problem", words: trouble(failed) });
    }
  };
  return html`<span class="who">${name || ""} · ${role}</span>${theme}<button class="quiet" onClick=${leave("/api/v1/session")}>${t("page.sign_out")}</button>${asking
    ? html`<button class="danger" onClick=${leave("/api/v1/sessions")}>${t("page.really_everywhere")}</button>`
    : html`<button class="quiet" aria-label=${t("page.sign_out_everywhere")} title=${t("page.sign_out_everywhere")} onClick=${() => setAsking(true)}>…</button>`}`;
}

function Banner() {
  /** @type {[kind: string, words: string][]} */
  const told = [];
  if (!store.live && store.state !== "starting") {
    told.push(["lost", t("banner.lost")]);
  }
  if (store.problem) told.push(["lost", store.problem]);
  const mode = word("banner", store.mode);
  if (mode) told.push(["warning", mode]);
  else if (store.unread) told.push(["warning", t("banner.unread")]);
  const grave = store.alerts.find((alert) => alert.severity === "critical");
  if (grave && store.mode === "normal") told.push(["warning", `${summaryOf(grave)}. ${adviceOf(grave)}`]);
  return html`<div class="banners" role="status" aria-live="polite">
    ${told.map(([kind, words]) => html`<p class=${`banner ${kind}`}>${words}</p>`)}
  </div>`;
}

document.documentElement.lang = language;
document.title = t("page.title");

// A tablet that lost the network shows the page all the same; it needs an address that browsers trust, as https.
navigator.serviceWorker?.register("sw.js").catch(() => {});

// Ages grow by themselves; nothing is asked for that.
setInterval(() => document.visibilityState === "visible" && store.changed(), 20_000);
spoken.read?.then(() => store.changed());
exchangeOldToken().then(() => store.start());
const page = document.getElementById("page");
if (page) render(html`<${App} />`, page);
