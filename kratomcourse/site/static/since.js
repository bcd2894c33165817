/* Tells a returning reader what changed since the last visit. The day of the visit stays in this browser. Without it nothing is told. */
(function () {
  "use strict";
  // Words of another language, where the page brings them; {names} are filled in.
  const _ = (text, values = {}) => ((window.courseWords || {})[text] || text).replace(/\{(\w+)\}/g, (all, name) => name in values ? values[name] : all);
  const KEY = "course.visits";
  const today = new Date().toISOString().slice(0, 10);
  function visits() {
    try {
      const storage = window.courseStorage.local;
      const kept = JSON.parse(storage.getItem(KEY)) || {};
      // Within one day the visit before that day stays the one to compare with.
      const now = kept.latest === today ? kept : { before: kept.latest, latest: today };
      storage.setItem(KEY, JSON.stringify(now));
      return now;
    } catch (error) {
      return {};
    }
  }
  document.addEventListener("DOMContentLoaded", () => {
    const place = document.querySelector(".since");
    if (!place) return;
    const { before } = visits();
    if (!before) return;
    const sums = {};
    for (const [day, kind, count] of JSON.parse(place.dataset.days)) if (day > before) sums[kind] = (sums[kind] || 0) + count;
    const parts = Object.entries(sums).map(([kind, count]) => count === 1 ? _("one change of a {kind}", { kind: _(kind) }) : _("{count} changes of a {kind}", { count, kind: _(kind) }));
    const day = new Date(before + "T12:00").toLocaleDateString(document.documentElement.lang || "en", { day: "numeric", month: "long", year: "numeric" });
    place.textContent = parts.length ? _("Since your last visit on {day}: {told}.", { day, told: parts.join(", ") }) + " " : _("Since your last visit on {day} nothing has changed in facts, laws and help lines.", { day });
    if (parts.length && place.dataset.more) {
      const link = document.createElement("a");
      link.href = place.dataset.more;
      link.textContent = _("See what changed");
      place.append(link);
    }
    place.hidden = false;
    for (const row of document.querySelectorAll("[data-changed]")) {
      if (row.dataset.changed <= before) continue;
      row.classList.add("is-new");
      row.querySelector("th").dataset.isNew = _("new");
    }
  });
})();
