// One zone and its presets on a tablet at the wall: `/kiosk?zone=bar`. Its screen stays on.
import { html, useEffect } from "./html.js";
import { store } from "./store.js";
import { t } from "./texts.js";
import { Wall } from "./wall.js";

/** @param {{ zone: string }} props */
export function Kiosk({ zone }) {
  useEffect(awake, []);
  const { name } = store.zones.find(({ id }) => id === zone) ?? {};
  return html`<h1 class="hidden">${name || zone || t("kiosk.title")}</h1><${Wall} only=${zone} />`;
}

/** Keeps the screen on while the page is seen, where the browser can; gives what ends that. */
function awake() {
  /** @type {WakeLockSentinel | undefined} */
  let lock;
  let gone = false;
  const hold = async () => {
    if (document.visibilityState !== "visible") return;
    // Refused where the battery is low: then the screen goes dark as it would anyhow.
    const next = await navigator.wakeLock?.request("screen").catch(() => undefined);
    if (gone) next?.release();
    else lock = next;
  };
  hold();
  // It is lost whenever the page is not seen.
  document.addEventListener("visibilitychange", hold);
  return () => {
    gone = true;
    document.removeEventListener("visibilitychange", hold);
    lock?.release();
  };
}
