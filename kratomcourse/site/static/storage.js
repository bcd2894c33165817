/* What the browser keeps for this site. `courseStorage.local` works like localStorage, except that it never throws:
   where the browser refuses (site data blocked, no room left), a value lasts until the page is left, `why` says
   "blocked" or "full", and the event course-not-kept says so once. Comes first in the bundle. */
(function () {
  "use strict";
  if (window.courseStorage) return;

  const quiet = (get) => {
    try {
      return get() || null;
    } catch {
      return null; // a SecurityError, where site data is blocked
    }
  };

  function area(real) {
    const memory = new Map(); // key -> text, or null for a key that was removed
    let why = real ? "" : "blocked";
    const attempt = (act, otherwise) => {
      if (!real) return otherwise;
      try {
        return act();
      } catch (error) {
        const before = why;
        why = error.name === "QuotaExceededError" ? "full" : "blocked";
        if (!before) document.dispatchEvent(new CustomEvent("course-not-kept", { detail: { why } }));
        return otherwise;
      }
    };
    const change = (key, value, act) => {
      if (attempt(() => { act(); return true; }, false)) memory.delete(key);
      else memory.set(key, value);
    };
    return {
      get why() { return why; },
      get keeps() { return !why; },
      getItem: (key) => (memory.has(key) ? memory.get(key) : attempt(() => real.getItem(key), null)),
      setItem: (key, value) => change(key, String(value), () => real.setItem(key, String(value))),
      removeItem: (key) => change(key, null, () => real.removeItem(key)),
      clear() {
        for (const key of attempt(() => Object.keys(real), [])) this.removeItem(key);
        memory.clear();
      },
    };
  }

  const local = area(quiet(() => window.localStorage));
  const remembered = new Map();
  window.courseStorage = {
    local,
    // Both are null where the browser has none, or refuses them; what they promise may still be rejected.
    caches: quiet(() => window.caches),
    workers: quiet(() => window.isSecureContext && navigator.serviceWorker),
    // What the theme's scripts see. The theme writes its colour mode on every page, chosen or not, and its menu's position:
    // here only a mode that someone chose is kept, and no word that someone searched for.
    theme: {
      local: {
        removeItem: (key) => remembered.delete(key),
        getItem: (key) => (key === "mode" ? local.getItem(key) : remembered.get(key) ?? null),
        setItem(key, value) {
          remembered.set(key, value);
          if (key === "mode" && value !== (local.getItem(key) ?? (document.documentElement.dataset.defaultMode || "auto"))) local.setItem(key, value);
        },
      },
      session: {
        getItem: (key) => remembered.get(`session ${key}`) ?? null,
        setItem: (key, value) => remembered.set(`session ${key}`, value),
        removeItem: (key) => remembered.delete(`session ${key}`),
      },
    },
  };
})();
