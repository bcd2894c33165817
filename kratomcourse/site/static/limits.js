/* Says in one sentence what does not work on a page, and why: nothing can be kept, a part did not load, a script failed,
   or the book has a newer version than this tab. Everything else on the page goes on. */
(function () {
  "use strict";
  // Words of another language, where the page brings them; {names} are filled in.
  const _ = (text, values = {}) => ((window.courseWords || {})[text] || text).replace(/\{(\w+)\}/g, (all, name) => name in values ? values[name] : all);
  const KEPT = {
    blocked: () => _("This browser keeps nothing for this site, so your results, your place and your choice of colours last only until you leave the page. Everything else works."),
    full: () => _("This browser has no room left for this site, so new results and choices last only until you leave the page. Everything else works."),
  };
  const SAID = {
    lost: () => _("Part of this page could not be loaded. The text is complete; reload the page once you have a connection."),
    fault: () => _("Part of this page does not work in this browser. The text, the answers folded under the questions and Help now still work."),
    newer: () => _("This book has been updated since you opened this page. Reload it to see everything in the same version."),
  };
  const told = new Set();
  const ready = (act) => (document.readyState === "loading" ? document.addEventListener("DOMContentLoaded", act) : act());

  function line(words, place) {
    const note = document.createElement("p");
    note.className = "course-limits";
    note.setAttribute("role", "status");
    note.textContent = words;
    place(note);
    return note;
  }
  // What is not kept matters to nobody who came to read: it stands after the text.
  function notKept(why) {
    const article = document.querySelector("article.bd-article, main");
    const known = document.querySelector(".course-limits[data-about=kept]");
    if (known) known.textContent = KEPT[why]();
    else if (article) line(KEPT[why](), (note) => { note.dataset.about = "kept"; article.append(note); });
  }
  // What is broken on the page is said where the reader is.
  function broken(what) {
    if (told.has(what)) return;
    told.add(what);
    ready(() => {
      const note = line(SAID[what](), (node) => document.body.append(node));
      note.classList.add("course-notice");
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = what === "fault" ? _("Close") : _("Reload the page");
      button.addEventListener("click", () => (what === "fault" ? note.remove() : location.reload()));
      note.append(" ", button);
    });
  }
  window.courseBroken = broken;

  const here = new URL(document.documentElement.dataset.content_root || "./", location.href).href;
  addEventListener("error", (event) => {
    const node = event.target;
    if (node instanceof HTMLScriptElement) {
      // A script that its own asker waits for says itself what is missing.
      if (!node.dataset.awaited) broken("lost");
    } else if (event instanceof ErrorEvent && (event.filename || "").startsWith(here) && event.error) broken("fault");
  }, true);
  document.addEventListener("course-fault", () => broken("fault"));
  document.addEventListener("course-not-kept", (event) => ready(() => notKept(event.detail.why)));
  ready(() => { if (!courseStorage.local.keeps) notKept(courseStorage.local.why); });
})();
