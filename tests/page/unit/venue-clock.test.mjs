// The clock of the venue, which is not that of the reader.
import assert from "node:assert/strict";
import { test } from "node:test";
import { PAGE } from "./page.mjs";

const { instantOf, localAt, nextDay, setVenueZone, shown, venueZone } = await import(`${PAGE}/venue-clock.js`);
const { nextAt, untilWords } = await import(`${PAGE}/locks.js`);
const { clock, when } = await import(`${PAGE}/words.js`);

test("times are shown and read by the venue's clock", () => {
  setVenueZone("Australia/Sydney");
  const at = "2026-12-01T12:30:00Z";
  assert.deepEqual(localAt(at), { date: "2026-12-01", time: "23:30" });
  assert.equal(clock(at), "23:30:00");
  assert.match(when(at), /^Tue,? 1 Dec 2026,? (at )?23:30 \(Australia\/Sydney\)$/);
  assert.equal(instantOf("2026-12-01", "23:30").toISOString(), "2026-12-01T12:30:00.000Z");
  assert.equal(shown(at, { weekday: "short" }), "Tue");
  assert.equal(nextDay("2026-12-31"), "2027-01-01");
});

test("what is asked for at half past eleven in the evening is of today, and past midnight of tomorrow", () => {
  setVenueZone("Australia/Sydney");
  const now = Date.parse("2026-12-01T12:30:00Z");
  assert.equal(nextAt("23:45", now), "2026-12-01T12:45:00.000Z");
  assert.equal(nextAt("23:30", now), "2026-12-02T12:30:00.000Z", "now is not ahead");
  assert.equal(nextAt("00:15", now), "2026-12-01T13:15:00.000Z");
  assert.equal(untilWords(nextAt("23:45", now), now), "until 23:45");
  assert.match(untilWords(nextAt("00:15", now), now), /until Wed,? 2 Dec/);
});

test("an hour that is there twice is its first, and one that is skipped lies behind the gap", () => {
  setVenueZone("Europe/Berlin");
  assert.equal(instantOf("2026-10-25", "02:30").toISOString(), "2026-10-25T00:30:00.000Z");
  assert.equal(instantOf("2027-03-28", "02:30").toISOString(), "2027-03-28T01:30:00.000Z");
  setVenueZone("Australia/Lord_Howe");
  assert.equal(instantOf("2026-12-01", "12:00").toISOString(), "2026-12-01T01:00:00.000Z");
});

test("a zone that the browser does not know leaves its own", () => {
  setVenueZone("Mars/Base");
  assert.equal(venueZone(), Intl.DateTimeFormat().resolvedOptions().timeZone);
});
