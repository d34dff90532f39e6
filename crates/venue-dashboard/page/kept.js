// What is of this tablet: the zone to which it is limited, which zones are folded, which groups somebody made here.

/**
 * @template T
 * @param {string} name
 * @param {T} otherwise what there is before anything was kept, or where nothing can be
 * @returns {T}
 */
export function kept(name, otherwise) {
  try {
    const text = localStorage.getItem(`venue.${name}`);
    return text === null ? otherwise : JSON.parse(text);
  } catch {
    return otherwise;
  }
}

/**
 * @param {string} name
 * @param {unknown} value
 */
export function keep(name, value) {
  try {
    localStorage.setItem(`venue.${name}`, JSON.stringify(value));
  } catch {
    // Without storage it holds until the page is loaded anew.
  }
}

/** The zone to which this page is limited, if it is a kiosk. */
export const kioskZone = () => (/\/kiosk\/?$/.test(location.pathname) ? (new URLSearchParams(location.search).get("zone") ?? "") : undefined);
