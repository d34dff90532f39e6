// The one place that knows which library draws the page.
/** @import { VNode } from "preact" */
import { Component, h, render } from "./vendor/preact.mjs";
import { useEffect, useMemo, useReducer, useRef, useState } from "./vendor/hooks.mjs";
import htm from "./vendor/htm.module.js";

/** @type {(parts: TemplateStringsArray, ...values: unknown[]) => VNode} */
export const html = /** @type {typeof html} */ (htm.bind(h));
export { Component, h, render, useEffect, useMemo, useReducer, useRef, useState };

/**
 * Draws anew whenever `store` tells.
 * @template {{ subscribe(listener: () => void): () => void }} S
 * @param {S} store
 */
export function useStore(store) {
  const [, again] = useReducer((/** @type {number} */ count) => count + 1, 0);
  useEffect(() => store.subscribe(() => again(undefined)), [store]);
  return store;
}
