// A button that asks for a second tap, or to be held, where its wish is for very many TVs: one tap too many is not
// the whole venue.
/** @import { ComponentChildren } from "preact" */
import { html, useEffect, useRef, useState } from "./html.js";
import { t } from "./texts.js";

/** A second tap sooner than this is the other half of a double tap, and no confirmation. */
const TOO_SOON = 500;

/** So long it waits for the second tap, and so long what was confirmed may be repeated, as a step of the volume. */
const PATIENCE = 10_000;

/** A finger that stays so long means it. */
const HOLD = 900;

/** Ends the wait of whichever button waits. */
let forget = () => {};

/**
 * `scope` names what the wish is for: what was confirmed for one selection is not for another.
 * @param {{ tvs: number, many: boolean, scope: string, name: string, act: () => void, class?: string, disabled?: boolean, children?: ComponentChildren }} props
 */
export function Confirmed({ tvs, many, scope, name, act, class: style = "", disabled, children }) {
  const [waits, setWaits] = useState(/** @type {"no" | "soon" | "ready"} */ ("no"));
  const until = useRef(0);
  const held = useRef(false);
  const timers = useRef(/** @type {ReturnType<typeof setTimeout>[]} */ ([]));
  const holding = useRef(/** @type {ReturnType<typeof setTimeout> | undefined} */ (undefined));
  const rest = () => {
    timers.current.forEach(clearTimeout);
    setWaits("no");
  };
  useEffect(() => {
    until.current = 0;
    return rest;
  }, [scope]);
  useEffect(() => () => clearTimeout(holding.current), []);
  const done = () => {
    rest();
    until.current = performance.now() + PATIENCE;
    act();
  };
  const tap = () => {
    if (held.current) {
      held.current = false;
      return;
    }
    if (!many || performance.now() < until.current || waits === "ready") {
      done();
      return;
    }
    if (waits === "soon") return;
    forget();
    forget = rest;
    setWaits("soon");
    timers.current = [setTimeout(() => setWaits("ready"), TOO_SOON), setTimeout(rest, PATIENCE)];
  };
  const press = () => {
    held.current = false;
    clearTimeout(holding.current);
    if (many) {
      holding.current = setTimeout(() => {
        held.current = true;
        done();
      }, HOLD);
    }
  };
  const release = () => clearTimeout(holding.current);
  const asked = waits !== "no";
  return html`<button class=${`${style} ${asked ? "asked" : ""} ${waits === "ready" ? "ready" : ""}`} disabled=${disabled} aria-label=${asked ? t("confirm.really", { what: name, n: tvs }) : name}
    onClick=${tap} onPointerDown=${press} onPointerUp=${release} onPointerLeave=${release} onPointerCancel=${release} onContextMenu=${(/** @type {Event} */ event) => event.preventDefault()}>
    ${asked ? t("confirm.really", { what: name, n: tvs }) : (children ?? name)}
  </button>`;
}
