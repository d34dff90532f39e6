// The ids that a new venue gives to its zones.
import assert from "node:assert/strict";
import { test } from "node:test";
import { PAGE } from "./page.mjs";

const { zoneId } = await import(`${PAGE}/zone-id.js`);

test("the id of a zone is what its name says, as the daemon takes it", () => {
  const table = { Bar: "bar", "Main Bar": "main-bar", Küche: "kueche", "Großer Saal": "grosser-saal", "Café 2": "cafe-2", " – Terrace – ": "terrace", "Þakið": "aki", 酒吧: "zone-3" };
  for (const [name, id] of Object.entries(table)) assert.equal(zoneId(name, 2), id, name);
  const long = zoneId("a very long name of a zone, longer than anybody writes", 0);
  assert.ok(/^[a-z0-9-]{1,48}$/.test(long) && !long.endsWith("-"), long);
});
