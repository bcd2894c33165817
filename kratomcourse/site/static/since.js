/* Tells a returning reader what changed since the last visit, if they once asked for it. The day of the visit stays in this
   browser. Without it nothing is told, and before someone asks nothing is noted. */
(function () {
  "use strict";
  // Words of another language, where the page brings them; {names} are filled in.
  const _ = (text, values = {}) => ((window.courseWords || {})[text] || text).replace(/\{(\w+)\}/g, (all, name) => name in values ? values[name] : all);
  const KEY = "course.visits";
  const storage = window.courseStorage.local;
  const today = new Date().toISOString().slice(0, 10);
  function visits() {
    try {
      const kept = JSON.parse(storage.getItem(KEY));
      if (!kept) return null;
      // Within one day the visit before that day stays the one to compare with.
      const now = kept.latest === today ? kept : { before: kept.latest, latest: today };
      storage.setItem(KEY, JSON.stringify(now));
      return now;
    } catch {
      return null;
    }
  }
  const button = (text, act) => {
    const node = document.createElement("button");
    node.type = "button";
    node.textContent = text;
    node.addEventListener("click", act);
    return node;
  };
  document.addEventListener("DOMContentLoaded", () => {
    const place = document.querySelector(".since");
    if (!place || !storage.keeps) return;
    const ask = (words = "") => place.replaceChildren(words, button(_("Tell me next time what has changed"), () => {
      storage.setItem(KEY, JSON.stringify({ latest: today }));
      stop(_("Today is noted in this browser, and nowhere else.") + " ");
    }));
    const stop = (...said) => place.replaceChildren(...said, " ", button(_("Stop noting my visits"), () => {
      storage.removeItem(KEY);
      ask(_("Your visits are no longer noted.") + " ");
    }));
    const seen = visits();
    place.hidden = false;
    if (!seen) return ask();
    const { before } = seen;
    if (!before) return stop(_("Today is noted in this browser, and nowhere else.") + " ");
    const sums = {};
    for (const [day, kind, count] of JSON.parse(place.dataset.days)) if (day > before) sums[kind] = (sums[kind] || 0) + count;
    const parts = Object.entries(sums).map(([kind, count]) => count === 1 ? _("one change of a {kind}", { kind: _(kind) }) : _("{count} changes of a {kind}", { count, kind: _(kind) }));
    const day = new Date(before + "T12:00").toLocaleDateString(document.documentElement.lang || "en", { day: "numeric", month: "long", year: "numeric" });
    const said = [parts.length ? _("Since your last visit on {day}: {told}.", { day, told: parts.join(", ") }) + " " : _("Since your last visit on {day} nothing has changed in facts, laws and help lines.", { day })];
    if (parts.length && place.dataset.more) {
      const link = document.createElement("a");
      link.href = place.dataset.more;
      link.textContent = _("See what changed");
      said.push(link);
    }
    stop(...said);
    for (const row of document.querySelectorAll("[data-changed]")) {
      if (row.dataset.changed <= before) continue;
      row.classList.add("is-new");
      row.querySelector("th").dataset.isNew = _("new");
    }
  });
})();
