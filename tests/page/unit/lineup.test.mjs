// The line-up: numbers by platform, and a spreadsheet out and in.
import assert from "node:assert/strict";
import { test } from "node:test";
import { PAGE } from "./page.mjs";

const { channelName, lacking, matching, numberOn, wishFor } = await import(`${PAGE}/channels.js`);
const { compared, comparedWords, csvOf, decoded, rowsOf } = await import(`${PAGE}/lineup.js`);
const { meant, typed } = await import(`${PAGE}/form.js`);

const SPORTS = { id: "sports", name: "Sports One", number: "501", platform: "cable", numbers: { satellite: "206" } };
const NEWS = { id: "news", name: "News, 24", number: "060", favourite: true };

test("each TV has a channel under the number of its platform, or not at all", () => {
  assert.equal(numberOn(SPORTS, "cable"), "501");
  assert.equal(numberOn(SPORTS, "satellite"), "206");
  assert.equal(numberOn(SPORTS, "aerial"), undefined);
  assert.equal(numberOn(SPORTS, null), "501", "a TV of no platform knows no difference");
  assert.equal(numberOn(NEWS, "aerial"), "060", "nor does a channel of none");
  assert.equal(channelName([SPORTS, NEWS], "206", "satellite"), "Sports One");
  assert.equal(channelName([SPORTS, NEWS], "206", "cable"), "");
  assert.equal(channelName([SPORTS, NEWS], "60"), "", "060 is not 60");
  assert.equal(channelName([SPORTS, NEWS], null), "");
  assert.equal(lacking(SPORTS, [{ platform: "cable" }, { platform: "aerial" }, {}]), 1);
});

test("a channel is found by any of its numbers, and sent so that each TV gets its own", () => {
  assert.deepEqual(matching([SPORTS, NEWS], "206").map(({ id }) => id), ["sports"]);
  assert.equal(wishFor(SPORTS), "sports");
  assert.equal(wishFor(NEWS), "060", "one number for all is that number");
});

test("numbers by platform are typed one a line", () => {
  const field = { name: "numbers", label: "Numbers", kind: "pairs" };
  assert.equal(typed(field, SPORTS.numbers), "satellite: 206");
  assert.deepEqual(meant(field, " satellite: 206\n\naerial:5.1"), { satellite: "206", aerial: "5.1" });
  assert.equal(meant(field, "  "), undefined);
  assert.deepEqual(meant(field, "satellite 206"), { "satellite 206": "" }, "what is no pair is not lost: it is told");
});

const known = [SPORTS, NEWS].map((item, at) => ({ id: item.id, revision: at + 3, fixed: false, item }));

test("what was written is read again, and changes nothing", () => {
  const text = csvOf([SPORTS, NEWS]);
  assert.equal(text, 'id,name,number,platform,favourite,enabled,number:satellite\nsports,Sports One,501,cable,no,yes,206\nnews,"News, 24",060,,yes,yes,\n');
  assert.equal(comparedWords(compared(text, known)), "0 new channels, 0 changed, 2 as before");
});

test("a column that is not there leaves its field as it is, and an empty cell clears it", () => {
  const { changed, fresh } = compared("Name;Number;number:satellite;number:aerial\nSports One;502;;5.1\nKids;701;;\n", [{ ...known[0], item: { ...SPORTS, id: "sports-one" }, id: "sports-one" }]);
  assert.deepEqual(changed, [{ channel: { ...SPORTS, id: "sports-one", number: "502", numbers: { aerial: "5.1" } }, revision: 3, line: 2 }]);
  assert.deepEqual(fresh, [{ channel: { id: "kids", name: "Kids", number: "701", enabled: true }, revision: null, line: 3 }]);
});

test("every line that is wrong is told, and then nothing is taken", () => {
  const wrong = (text, words) => assert.throws(() => compared(text, known), { message: words });
  wrong("name,number,favourite\nA,,\nB,2,perhaps\nC,3,\nC,3,\n", 'line 2: number is empty; line 3: favourite "perhaps": give yes or no');
  wrong("id,name,number\nx,A,1\nx,B,2\n", "line 3: the channel x stands in an earlier line as well");
  wrong("name,channel\nA,1\n", "the first line names the columns, and number must be among them");
  wrong("name,number,logo\n", "no column is called logo: there are id, name, number, platform, favourite, enabled, number:PLATFORM");
  wrong("name,number,name\n", "the column name is there twice");
  wrong('name,number\n"A,1\n', "line 2: a quote is not closed");
  wrong("", "the first line names the columns, and name must be among them");
});

test("rows are read whatever program wrote them", () => {
  assert.deepEqual(rowsOf('a\tb\r\n"x ""y""\nz"\t2\r\n\r\n'), [{ line: 1, cells: ["a", "b"] }, { line: 2, cells: ['x "y"\nz', "2"] }]);
  assert.equal(decoded(new Uint8Array([0xff, 0xfe, 0x41, 0])), "A");
  assert.equal(decoded(new Uint8Array([0x54, 0xe9])), "Té", "Windows-1252 where it is no UTF-8");
});
