// Light or dark: what somebody chose here, else as the system has it, at once when that changes. Read before anything
// is drawn, so that nothing flashes.
(() => {
  const kept = "venue.theme";
  const system = matchMedia("(prefers-color-scheme: light)");
  let chosen = "";
  const now = () => chosen || (system.matches ? "light" : "dark");
  const show = () => {
    document.documentElement.dataset.theme = now();
  };
  try {
    const before = localStorage.getItem(kept);
    if (before === "light" || before === "dark") chosen = before;
  } catch {
    // As the system has it.
  }
  system.addEventListener("change", show);
  show();
  window.theme = {
    now,
    toggle() {
      chosen = now() === "dark" ? "light" : "dark";
      show();
      try {
        localStorage.setItem(kept, chosen);
      } catch {
        // Chosen anew after a reload.
      }
    },
  };
})();
