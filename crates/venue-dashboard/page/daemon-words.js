// A problem of the daemon in another language than its own: by its code, with what it names.
/** @import { ProblemBody, Schemas } from "../types/page" */
import { fill, saidOf } from "./texts.js";

/**
 * What the daemon said, in the language of the page where that has words for it; then each field says the same.
 * @param {ProblemBody} body
 * @param {(told: string[]) => string[]} few
 */
export function inOwnWords({ code, detail = "", instance = "", errors: told = [] }, few) {
  const words = (/** @type {Schemas["FieldError"]} */ one) => {
    const own = saidOf("field", one.code);
    return own ? { ...one, detail: fill(own, one) } : one;
  };
  const text = saidOf("problem", code);
  if (!text) return { errors: told.map(words) };
  const errors = told.map((one) => (text.includes("{detail}") ? words(one) : { ...one, detail: text }));
  const what = decodeURIComponent(instance.split("?")[0]?.split("/").filter(Boolean).at(-1) ?? "");
  const fields = errors.map((one) => (one.detail.includes(one.field) ? one.detail : `${one.field}: ${one.detail}`));
  return { errors, detail: fill(text, { what, detail: few(fields).join("; ") || detail }) };
}
