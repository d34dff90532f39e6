// What the page says, in the language of whoever reads it: every text stands in texts/en.js and texts/de.js, under
// one key. Only the chosen language is loaded, before anything is drawn; another choice loads the page anew.
// What the daemon says in its own words (the detail of a problem, an alert) is English; in another language it is said
// anew by its code. That table is read behind everything else, and what has no code is shown as the daemon says it.

/** @typedef {keyof typeof import("./texts/en.js").default} Key */

const KEPT = "venue.language";

/**
 * The languages by their own names.
 * @type {Record<string, { name: string, dates: string, load: () => Promise<{ default: Record<Key, string> }>, daemon?: () => Promise<{ default: Record<string, string> }> }>}
 */
export const LANGUAGES = {
  en: { name: "English", dates: "en-GB", load: () => import("./texts/en.js") },
  de: { name: "Deutsch", dates: "de-DE", load: () => import("./texts/de.js"), daemon: () => import("./texts/daemon-de.js") },
};

/**
 * What was chosen here; else the first language of the browser that there is; else English.
 * @param {string | null} chosen
 * @param {readonly string[]} wished
 */
export function choice(chosen, wished) {
  const all = [chosen ?? "", ...wished.map((one) => one.split("-")[0] ?? "")];
  return all.find((one) => Object.hasOwn(LANGUAGES, one)) ?? "en";
}

function kept() {
  try {
    return localStorage.getItem(KEPT);
  } catch {
    return null;
  }
}

export const language = choice(kept(), globalThis.navigator?.languages ?? []);

const { dates, load, daemon } = /** @type {(typeof LANGUAGES)[string]} */ (LANGUAGES[language]);

/** How dates and times of day are written. */
export const locale = dates;

/** @type {Record<string, string>} */
const table = (await load()).default;

/**
 * What the daemon says in this language, once it is read; English is what it speaks.
 * @type {{ table: Record<string, string>, inOwnWords?: typeof import("./daemon-words.js").inOwnWords, read?: Promise<void> }}
 */
export const spoken = { table: {} };

/** Behind the page itself, which is to be there soon. */
const SOON = 1_500;

if (daemon) {
  const later = new Promise((resolve) => setTimeout(resolve, SOON));
  spoken.read = later.then(() => Promise.all([daemon(), import("./daemon-words.js")])).then(
    ([{ default: read }, { inOwnWords }]) => void Object.assign(spoken, { table: read, inOwnWords }),
    () => {},
  );
}

/**
 * What the daemon says, in another language than English: `problem.locked`; none where it has to be shown as it is.
 * @param {string} kind
 * @param {string | null | undefined} code
 */
export const saidOf = (kind, code) => (code && Object.hasOwn(spoken.table, `${kind}.${code}`) ? spoken.table[`${kind}.${code}`] : undefined);

/** @param {string} next */
export function speak(next) {
  try {
    localStorage.setItem(KEPT, next);
  } catch {
    // Without storage the browser's language is spoken.
  }
  location.reload();
}

/**
 * Fills a text: `{name}` is a value, and `{n|TV|TVs}` the first word for one and the second for any other number.
 * @param {string} text
 * @param {Record<string, unknown>} values
 */
export const fill = (text, values) => text.replace(/\{(\w+)(?:\|([^|}]*)\|([^}]*))?\}/g, (_, name, one, many) => (many === undefined ? String(values[name] ?? "") : values[name] === 1 ? one : many));

/**
 * A text by its key.
 * @param {Key} key
 * @param {Record<string, unknown>} [values]
 */
export const t = (key, values = {}) => fill(table[key] ?? key, values);

/**
 * The text of something that the daemon names, as `action.power_on`; none if the page has no word for it.
 * @param {string} kind
 * @param {string | null | undefined} name
 */
export const word = (kind, name) => (name && Object.hasOwn(table, `${kind}.${name}`) ? table[`${kind}.${name}`] : undefined);
