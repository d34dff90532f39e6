// The set-up of a new venue: the code, the venue, who signs in; then its boards, one after the other, up to the wall.
/** @import { Schemas, Typed } from "../types/page" */
import { html, useEffect, useRef, useState } from "./html.js";
import { Problem, post } from "./api.js";
import { trouble } from "./answers.js";
import { zoneId } from "./zone-id.js";
import { t } from "./texts.js";

/** The answers, as they are typed. */
const NOTHING = { code: "", name: "", timeZone: "", zones: "", admin: "", adminPin: "", adminAgain: "", staff: "", staffPin: "", staffAgain: "" };
/** @typedef {typeof NOTHING} Answers */
/** @typedef {{ answers: Answers, set: (change: Partial<Answers>) => void }} Step */

/** The steps, each with what of a request it answers. */
const STEPS = ["code", "venue", "admin", "staff"];

/** Where somebody sits knows its time zone, wherever the daemon stands. */
const ownZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone;

/**
 * Zones as a request has them: one a line.
 * @param {string} text
 */
function zonesOf(text) {
  const names = [...new Set(text.split("\n").map((line) => line.trim()).filter(Boolean))];
  return names.map((name, place) => ({ id: zoneId(name, place), name }));
}

/**
 * What is asked of the daemon.
 * @param {Answers} answers
 * @param {string[]} staffZones
 * @returns {Schemas["SetupBody"]}
 */
function claim({ code, name, timeZone, zones, admin, adminPin, staff, staffPin }, staffZones) {
  const limited = staffZones.length ? { zones: staffZones } : {};
  return {
    code,
    venue: { name, time_zone: timeZone, zones: zonesOf(zones) },
    admin: { name: admin, pin: adminPin },
    ...(staff.trim() ? { staff: { name: staff, pin: staffPin, ...limited } } : {}),
  };
}

/**
 * Asks for everything, and hands over to `done` when the venue is claimed.
 * @param {{ status: Schemas["SetupStatus"], done: () => void, other?: () => void }} props
 */
export function FirstRun({ status, done, other }) {
  const [step, setStep] = useState(0);
  const [answers, setAnswers] = useState({ ...NOTHING, timeZone: ownZone() || status.time_zone || "" });
  const [staffZones, setStaffZones] = useState(/** @type {string[]} */ ([]));
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const form = useRef(/** @type {HTMLFormElement | null} */ (null));
  // With each step the first field is where one types on.
  useEffect(() => {
    form.current?.querySelector("input")?.focus();
  }, [step]);
  const set = (/** @type {Partial<Answers>} */ change) => setAnswers({ ...answers, ...change });
  const zones = zonesOf(answers.zones);
  const differs = step === 2 ? answers.adminPin !== answers.adminAgain : step === 3 && answers.staffPin !== answers.staffAgain;
  const next = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (busy) return;
    if (differs) {
      setProblem(t("sign_in.differ"));
      return;
    }
    setBusy(true);
    try {
      setProblem("");
      if (step === 0) await post("/api/v1/setup/code", { body: { code: answers.code } });
      if (step < 3) setStep(step + 1);
      else {
        await post("/api/v1/setup", { body: claim(answers, staffZones.filter((id) => zones.some((zone) => zone.id === id))) });
        done();
      }
    } catch (failed) {
      // What the daemon refused it says itself; an answer of something in between, or a lost one, says nothing of what was done.
      setProblem(failed instanceof Problem && failed.code && failed.status < 500 ? failed.words : trouble(failed));
      const wrong = failed instanceof Problem ? failed.errors[0]?.field.split(".")[0] : "";
      const place = STEPS.indexOf(wrong || "");
      if (place >= 0) setStep(place);
    } finally {
      setBusy(false);
    }
  };
  const shown = [CodeStep, VenueStep, AdminStep, StaffStep][step];
  return html`
    <form ref=${form} class="first-run" onSubmit=${next} aria-labelledby="first-run-title">
      <h1 id="first-run-title">${t("first.title")}</h1>
      <p class="hint">${t("first.step", { n: step + 1, of: STEPS.length })}</p>
      ${status.can_claim_here ? "" : html`<p class="problem">${t("first.not_here")}</p>`}
      <${shown} key=${step} answers=${answers} set=${set} />
      ${step === 3 && zones.length && answers.staff.trim() ? html`<${StaffZones} zones=${zones} chosen=${staffZones} choose=${setStaffZones} />` : ""}
      <p class="problem" role="alert">${problem}</p>
      <div class="row">
        <button class="main" type="submit" disabled=${busy}>${t(step < 3 ? "first.next" : "first.finish")}</button>
        ${step ? html`<button type="button" onClick=${() => setStep(step - 1)}>${t("first.back")}</button>` : ""}
        ${!step && other ? html`<button class="quiet" type="button" onClick=${other}>${t("first.sign_in")}</button>` : ""}
      </div>
    </form>
  `;
}

/** @param {{ id: string, label: string, value: string, type: (value: string) => void, hint?: string, more?: Record<string, unknown> }} props */
function Field({ id, label, value, type, hint, more = {} }) {
  return html`<div class="field">
    <label for=${id}>${label}</label>
    <input id=${id} autocomplete="off" value=${value} onInput=${(/** @type {Typed} */ event) => type(event.currentTarget.value)} aria-describedby=${hint ? `${id}-hint` : undefined} ...${more} />
    ${hint ? html`<p id=${`${id}-hint`} class="hint">${hint}</p>` : ""}
  </div>`;
}

const SECRET = { type: "password", autocomplete: "new-password" };

/** @param {Step} props */
function CodeStep({ answers, set }) {
  return html`<${Field} id="code" label=${t("first.code")} hint=${t("first.code_hint")} value=${answers.code} type=${(/** @type {string} */ code) => set({ code })} more=${{ required: true, autocapitalize: "characters", spellcheck: false }} />`;
}

/** @param {Step} props */
function VenueStep({ answers, set }) {
  const zones = typeof Intl.supportedValuesOf === "function" ? Intl.supportedValuesOf("timeZone") : [];
  return html`
    <${Field} id="name" label=${t("first.name")} value=${answers.name} type=${(/** @type {string} */ name) => set({ name })} more=${{ required: true }} />
    <${Field} id="time-zone" label=${t("venue.time_zone")} value=${answers.timeZone} type=${(/** @type {string} */ timeZone) => set({ timeZone })} more=${{ list: "zones", required: true }} />
    <datalist id="zones">${zones.map((zone) => html`<option value=${zone}></option>`)}</datalist>
    <div class="field">
      <label for="venue-zones">${t("first.zones")}</label>
      <textarea id="venue-zones" rows="3" value=${answers.zones} onInput=${(/** @type {Typed} */ event) => set({ zones: event.currentTarget.value })} aria-describedby="venue-zones-hint"></textarea>
      <p id="venue-zones-hint" class="hint">${t("first.zones_hint")}</p>
    </div>
  `;
}

/** @param {Step} props */
function AdminStep({ answers, set }) {
  return html`
    <p>${t("first.admin_hint")}</p>
    <${Field} id="admin" label=${t("sign_in.name")} value=${answers.admin} type=${(/** @type {string} */ admin) => set({ admin })} more=${{ required: true, autocomplete: "username" }} />
    <${Field} id="admin-pin" label=${t("first.password")} hint=${t("sign_in.pin_hint")} value=${answers.adminPin} type=${(/** @type {string} */ adminPin) => set({ adminPin })} more=${{ ...SECRET, required: true }} />
    <${Field} id="admin-again" label=${t("sign_in.again")} value=${answers.adminAgain} type=${(/** @type {string} */ adminAgain) => set({ adminAgain })} more=${{ ...SECRET, required: true }} />
  `;
}

/** @param {Step} props */
function StaffStep({ answers, set }) {
  const wanted = Boolean(answers.staff.trim());
  return html`
    <p>${t("first.staff_hint")}</p>
    <${Field} id="staff" label=${t("sign_in.name")} hint=${t("first.staff_empty")} value=${answers.staff} type=${(/** @type {string} */ staff) => set({ staff })} />
    <${Field} id="staff-pin" label=${t("sign_in.pin")} hint=${t("sign_in.pin_hint")} value=${answers.staffPin} type=${(/** @type {string} */ staffPin) => set({ staffPin })} more=${{ ...SECRET, required: wanted }} />
    <${Field} id="staff-again" label=${t("sign_in.again")} value=${answers.staffAgain} type=${(/** @type {string} */ staffAgain) => set({ staffAgain })} more=${{ ...SECRET, required: wanted }} />
  `;
}

/** @param {{ zones: { id: string, name: string }[], chosen: string[], choose: (zones: string[]) => void }} props */
function StaffZones({ zones, chosen, choose }) {
  const toggled = (/** @type {string} */ id) => (chosen.includes(id) ? chosen.filter((one) => one !== id) : [...chosen, id]);
  return html`<fieldset class="field">
    <legend>${t("first.staff_zones")}</legend>
    ${zones.map(({ id, name }) => html`<label class="check"><input type="checkbox" checked=${chosen.includes(id)} onChange=${() => choose(toggled(id))} /> ${name}</label>`)}
  </fieldset>`;
}
