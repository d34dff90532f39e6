// The one place that knows which library draws the page.
import { Component, h, render } from "./vendor/preact.mjs";
import { useEffect, useMemo, useReducer, useRef, useState } from "./vendor/hooks.mjs";
import htm from "./vendor/htm.module.js";

export const html = htm.bind(h);
export { Component, h, render, useEffect, useMemo, useReducer, useRef, useState };

/** Draws anew whenever `store` tells. */
export function useStore(store) {
  const [, again] = useReducer((count) => count + 1, 0);
  useEffect(() => store.subscribe(again), [store]);
  return store;
}
