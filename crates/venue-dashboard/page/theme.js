// Dark, unless somebody chose light. Read before anything is drawn, so that nothing flashes.
(() => {
  const kept = "venue.theme";
  const now = () => document.documentElement.dataset.theme || "dark";
  const set = (/** @type {string} */ theme) => {
    document.documentElement.dataset.theme = theme;
  };
  try {
    set(localStorage.getItem(kept) === "light" ? "light" : "dark");
  } catch {
    set("dark");
  }
  window.theme = {
    now,
    toggle() {
      set(now() === "dark" ? "light" : "dark");
      try {
        localStorage.setItem(kept, now());
      } catch {
        // Chosen anew after a reload.
      }
    },
  };
})();
