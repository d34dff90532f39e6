// The id of a zone, made of its name.

/** How letters of European languages are written without their marks; what has none is left out. */
const LETTERS = { ä: "ae", ö: "oe", ü: "ue", ß: "ss", æ: "ae", ø: "o", å: "a", œ: "oe", ł: "l" };

/**
 * An id as the daemon takes it: small letters, digits and hyphens. A name without any letter or digit of those has the number
 * of its place.
 * @param {string} name
 * @param {number} place from 0
 */
export function zoneId(name, place) {
  const plain = name.toLowerCase().replace(/[äöüßæøåœł]/g, (letter) => LETTERS[/** @type {keyof typeof LETTERS} */ (letter)]);
  const id = plain.normalize("NFD").replace(/\p{M}/gu, "").replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "").slice(0, 40);
  return id.replace(/-$/, "") || `zone-${place + 1}`;
}
