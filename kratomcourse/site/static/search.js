/* Brings the search once someone opens it: nothing of it is loaded before. Works served and from a folder. */
(function () {
  "use strict";
  const version = "SEARCH_VERSION", places = "SEARCH_PLACES"; // written by the build
  const at = document.currentScript?.src.replace(/[^/]*$/, "") || new URL(`${document.documentElement.dataset.content_root || "./"}_static/`, location.href).href;
  let coming = null;
  const load = (file) => new Promise((done, fail) => {
    const script = document.createElement("script");
    script.src = `${at}${file}?v=${version}`;
    script.dataset.awaited = "";
    script.addEventListener("load", done);
    script.addEventListener("error", () => fail(new Error(file)));
    document.head.append(script);
  });
  window.courseSearchFiles = { load, root: new URL("../", at).href };
  async function open(form) {
    coming ||= Promise.all(["search/index.js", places && !window.courseFindPlaces ? "places.js" : "", places && !window.coursePlaces ? "place-names.js" : ""].filter(Boolean).map(load)).then(() => load("search-engine.js"));
    try {
      await coming;
      window.courseSearchIn(form);
    } catch {
      coming = null; // the next key tries again
      let note = form.parentNode.querySelector(".search-failed");
      if (!note) {
        note = document.createElement("p");
        note.className = "search-failed";
        note.setAttribute("role", "status");
        note.textContent = (window.courseWords || {})["The search could not be loaded. The contents, the glossary and Help now still lead on."] || "The search could not be loaded. The contents, the glossary and Help now still lead on.";
        form.after(note);
      }
    }
  }
  document.addEventListener("DOMContentLoaded", () => {
    for (const form of document.querySelectorAll("form.bd-search")) {
      const field = form.querySelector("input");
      for (const event of ["focus", "input"]) field.addEventListener(event, () => open(form));
      form.addEventListener("submit", (event) => event.preventDefault());
      if (document.activeElement === field || (form.closest("main") && new URLSearchParams(location.search).has("q"))) open(form);
    }
  });
})();
