// What the signs on the tiles mean.
import { html } from "./html.js";
import { t } from "./texts.js";

export function Legend() {
  /** @type {[kind: string, sign: string, words: string][]} */
  const signs = [
    ["delivered", "✓", t("legend.delivered")],
    ["pending", "…", t("legend.pending")],
    ["held", "…", t("legend.held")],
    ["unknown", "?", t("legend.unknown")],
    ["failed", "!", t("legend.failed")],
    ["offline", "⨯", t("legend.offline")],
  ];
  return html`<details class="legend">
    <summary>${t("legend.title")}</summary>
    <ul>
      ${signs.map(([kind, sign, words]) => html`<li><span class=${`mark ${kind}`} aria-hidden="true">${sign}</span> ${words}</li>`)}
      <li><span class="power unknown">${t("tile.on_unknown")}</span> ${t("legend.assumed")}</li>
    </ul>
  </details>`;
}
