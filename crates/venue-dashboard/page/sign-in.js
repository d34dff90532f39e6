// Signs in: by a name and its PIN, by a token, or by an invitation, which sets a PIN.
/** @import { ComponentChildren } from "preact" */
/** @import { Schemas, Typed } from "../types/page" */
import { html, useEffect, useState } from "./html.js";
import { Problem, get, post } from "./api.js";
import { store } from "./store.js";
import { trouble } from "./answers.js";
import { t } from "./texts.js";

/** @param {{ invitation?: string }} props */
export function SignIn({ invitation }) {
  return html`<main id="main" class="sign-in">${invitation ? html`<${Join} invitation=${invitation} />` : html`<${Offer}><${Enter} /><//>`}</main>`;
}

/**
 * Offers the set-up of a new venue, and otherwise shows what is given.
 * @param {{ children?: ComponentChildren }} props
 */
function Offer({ children }) {
  const [offered, setOffered] = useState(/** @type {{ status: Schemas["SetupStatus"], FirstRun: typeof import("./first-run.js").FirstRun } | null} */ (null));
  useEffect(() => {
    let gone = false;
    // It is needed once in the life of a venue. What cannot be asked now is not offered.
    const ask = async () => {
      const status = await get("/api/v1/setup");
      if (status.state !== "open") return;
      const { FirstRun } = await import("./first-run.js");
      if (!gone) setOffered({ status, FirstRun });
    };
    ask().catch(() => {});
    return () => {
      gone = true;
    };
  }, []);
  return offered ? html`<${offered.FirstRun} status=${offered.status} done=${claimed} other=${() => setOffered(null)} />` : children;
}

/** The venue is claimed, and its admin signed in: on to its boards. */
function claimed() {
  location.hash = "#/begin";
  begin();
}

/** Starts with whom the browser is signed in as now. */
function begin() {
  store.state = "starting";
  store.ever = false;
  store.start();
  store.changed();
}

/**
 * A form that sends once; what is wrong is said below its fields.
 * @param {() => Promise<unknown>} send
 */
function useSending(send) {
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    setBusy(true);
    try {
      await send();
    } catch (failed) {
      // What is refused here is of signing in, and of nothing that was sent to a TV; what was lost is said to be that.
      setProblem(failed instanceof Problem && failed.code && failed.status < 500 ? failed.words : trouble(failed));
    } finally {
      setBusy(false);
    }
  };
  return { problem, busy, submit };
}

/** The set-up where nobody has to sign in yet; where there is none, the boards can be set up at once. */
export function Claim() {
  return html`<main id="main" class="sign-in"><${Offer}><p class="empty"><a href="#/begin">${t("wall.set_up")}</a></p><//></main>`;
}

function Enter() {
  const [by, setBy] = useState(/** @type {"pin" | "token"} */ ("pin"));
  const [name, setName] = useState("");
  const [secret, setSecret] = useState("");
  const { problem, busy, submit } = useSending(async () => {
    const body = by === "pin" ? { name, pin: secret } : { token: secret.trim() };
    await post("/api/v1/session", { body });
    begin();
  });
  const ready = secret.trim() && (by === "token" || name.trim()) && !busy;
  return html`
    <form onSubmit=${submit}>
      <h1>${t("page.title")}</h1>
      ${by === "pin" ? html`<label for="name">${t("sign_in.name")}</label><input id="name" autocomplete="username" autocapitalize="none" value=${name} onInput=${(/** @type {Typed} */ event) => setName(event.currentTarget.value)} autofocus />` : ""}
      <label for="secret">${by === "pin" ? t("sign_in.pin") : t("sign_in.token")}</label>
      <input id="secret" type="password" autocomplete="current-password" inputmode=${by === "pin" ? "numeric" : "text"} value=${secret} onInput=${(/** @type {Typed} */ event) => setSecret(event.currentTarget.value)} />
      <p class="problem" role="alert">${problem || store.problem}</p>
      <button class="main" type="submit" disabled=${!ready}>${t("sign_in.button")}</button>
      <button class="quiet" type="button" onClick=${() => { setBy(by === "pin" ? "token" : "pin"); setSecret(""); }}>${by === "pin" ? t("sign_in.use_token") : t("sign_in.use_pin")}</button>
      <p class="hint">${t("sign_in.hint")}</p>
    </form>
  `;
}

/** @param {{ invitation: string }} props */
function Join({ invitation }) {
  const [pin, setPin] = useState("");
  const [again, setAgain] = useState("");
  const { problem, busy, submit } = useSending(async () => {
    const session = await post("/api/v1/invitation", { body: { invitation, pin } });
    location.hash = "#/";
    store.toast({ id: "joined", kind: "note", words: t("sign_in.joined", { name: session.name }) });
    begin();
  });
  const differs = again && pin !== again;
  return html`
    <form onSubmit=${submit}>
      <h1>${t("sign_in.choose")}</h1>
      <label for="pin">${t("sign_in.pin")}</label>
      <input id="pin" type="password" autocomplete="new-password" value=${pin} onInput=${(/** @type {Typed} */ event) => setPin(event.currentTarget.value)} aria-describedby="pin-hint" autofocus />
      <p id="pin-hint" class="hint">${t("sign_in.pin_hint")}</p>
      <label for="again">${t("sign_in.again")}</label>
      <input id="again" type="password" autocomplete="new-password" value=${again} onInput=${(/** @type {Typed} */ event) => setAgain(event.currentTarget.value)} />
      <p class="problem" role="alert">${differs ? t("sign_in.differ") : problem}</p>
      <button class="main" type="submit" disabled=${!pin || pin !== again || busy}>${t("sign_in.set")}</button>
    </form>
  `;
}
