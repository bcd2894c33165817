/* Brings what a chapter keeps for later (answers, code behind folds, entries of facts and works) when it is asked for, and a button to copy code. */
(function () {
  "use strict";
  // Words of another language, where the page brings them; {names} are filled in.
  const _ = (text, values = {}) => ((window.courseWords || {})[text] || text).replace(/\{(\w+)\}/g, (all, name) => name in values ? values[name] : all);
  const asked = {};
  // Called by the script files that hold the parts. A tab that was open while the book was updated gets parts of another
  // version, in which "answer-3" may be the answer to another question: none of them is put in place.
  const fits = (version) => version === document.body.dataset.moreVersion;
  window.courseLater = (parts, version) => {
    if (!fits(version)) return window.courseBroken && window.courseBroken("newer");
    for (const [id, html] of Object.entries(parts)) {
      const place = document.getElementById(id);
      if (!place || !place.dataset.later) continue;
      delete place.dataset.later;
      place.innerHTML = html;
      buttons(place);
    }
    // A card that was opened meanwhile shows what has come.
    const link = document.querySelector('[aria-describedby="fact-card"]');
    const entry = link && document.getElementById(decodeURIComponent(link.hash.slice(1)).replace(/^term-/, "about-term-"));
    if (entry) document.getElementById("fact-card").replaceChildren(...[...entry.childNodes].map((child) => child.cloneNode(true)));
    document.dispatchEvent(new CustomEvent("course-later"));
  };
  function bring(kind) {
    const more = document.body.dataset.more;
    if (asked[kind] || !more || !document.querySelector(`[data-later="${kind}"]`)) return asked[kind];
    return (asked[kind] = new Promise((resolve) => {
      const script = document.createElement("script");
      script.src = `${more}-${kind}.js?v=${document.body.dataset.moreVersion}`;
      script.dataset.awaited = "";
      script.onload = () => resolve(!document.querySelector(`[data-later="${kind}"]`));
      // Without a connection the links to the page of its own stay; another try is made when it is asked for again.
      script.onerror = () => { asked[kind] = null; script.remove(); resolve(false); };
      document.head.append(script);
    }));
  }
  window.courseBring = bring;
  // Paper does not wait: what is printed is fetched while the browser stands still, where it lets us.
  function bringNow(kind) {
    const more = document.body.dataset.more;
    if (!more || !document.querySelector(`[data-later="${kind}"]`)) return;
    try {
      const request = new XMLHttpRequest();
      request.open("GET", `${more}-${kind}.js?v=${document.body.dataset.moreVersion}`, false);
      request.send();
      const [, parts, version] = request.responseText.match(/^courseLater\((\{[^]*\}),"(\w+)"\);\s*$/);
      window.courseLater(JSON.parse(parts), version);
    } catch {
      bring(kind);
    }
  }
  function buttons(root) {
    for (const block of root.querySelectorAll("div.highlight")) {
      if (block.querySelector(".copy-code")) continue;
      const button = document.createElement("button");
      button.type = "button";
      button.className = "copy-code";
      button.textContent = _("Copy");
      button.setAttribute("aria-label", _("Copy this code"));
      button.addEventListener("click", async () => {
        const text = block.querySelector("pre").textContent;
        let done = false;
        try { await navigator.clipboard.writeText(text); done = true; } catch { done = false; }
        button.textContent = done ? _("Copied") : _("Not possible here");
        setTimeout(() => { button.textContent = _("Copy"); }, 2000);
      });
      block.append(button);
    }
  }
  // The signs beside headings and figures that lead to them: of use to a pointer only, so a page does not carry them.
  function headingLinks() {
    if (!document.body.dataset.more) return;
    for (const place of document.querySelectorAll("main section[id] > :is(h2, h3, h4), main figure[id] > figcaption > p:first-child")) {
      if (place.querySelector(".headerlink")) continue;
      const link = document.createElement("a");
      link.className = "headerlink";
      link.href = `#${place.closest("section[id], figure[id]").id}`;
      link.title = place.matches("p") ? _("Link to this figure") : _("Link to this heading");
      link.textContent = "#";
      place.append(link);
    }
  }
  const wanted = (target) => target && target.closest && target.closest('a[href^="#fact-"], a[href^="#work-"], a[href*="glossary.html#term-"]');
  for (const kind of ["pointerover", "focusin", "touchstart", "click"])
    document.addEventListener(kind, (event) => {
      const link = wanted(event.target);
      if (link) bring(link.hash.startsWith("#term-") ? "terms" : "notes");
    }, { passive: true, capture: true });
  document.addEventListener("toggle", (event) => {
    const part = event.target.open && event.target.querySelector("[data-later]");
    if (part) bring(part.dataset.later);
  }, true);
  addEventListener("beforeprint", () => ["notes", "answers"].forEach(bringNow));
  document.addEventListener("DOMContentLoaded", () => {
    buttons(document);
    headingLinks();
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const part = target && (target.closest("[data-later]") || target.querySelector("details [data-later]"));
    if (part) bring(part.dataset.later).then(() => target.scrollIntoView());
    if ("IntersectionObserver" in window)
      for (const [kind, places] of [["notes", ".works:has([data-later])"], ["answers", "form:has([data-later=answers])"]]) {
        const watch = new IntersectionObserver((seen) => { if (seen.some((one) => one.isIntersecting)) { watch.disconnect(); bring(kind); } }, { rootMargin: "600px 0px" });
        for (const place of document.querySelectorAll(places)) watch.observe(place);
      }
  });
})();
