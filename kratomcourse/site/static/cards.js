/* Shows what a link stands for beside it, on hover, focus and touch: a fact, a work, a word of the glossary.
   It is in the page, or on its way there (later.js). Without this script the link leads to it. */
(function () {
  "use strict";
  // Words of another language, where the page brings them.
  const _ = (text) => (window.courseWords || {})[text] || text;
  const card = document.createElement("div");
  card.id = "fact-card";
  card.className = "fact-card";
  card.setAttribute("role", "tooltip");
  card.hidden = true;
  let owner = null;
  let awaited = null; // a link whose words are on their way

  const entryOf = (link) => {
    const name = decodeURIComponent(link.hash.slice(1));
    return document.getElementById(name.startsWith("term-") ? "about-" + name : name);
  };
  const comes = (link) => link.hash.startsWith("#term-") && document.getElementById("term-notes")?.dataset.later;
  function open(link) {
    const entry = entryOf(link);
    awaited = entry ? null : link;
    if (!entry) return comes(link);
    close();
    owner = link;
    offer(entry);
    card.replaceChildren(...[...entry.childNodes].map((child) => child.cloneNode(true)));
    card.hidden = false;
    link.setAttribute("aria-describedby", card.id);
    place(link);
  }
  /* Below a number: cite it, report a mistake. actions.js answers both; the foot of the page has them for the whole page. */
  function offer(entry) {
    if (!entry.classList.contains("fact-entry") || entry.querySelector(".acts")) return;
    const foot = ["cite", "report"].map((kind) => document.querySelector(`a.${kind}-link`)).filter(Boolean);
    if (!foot.length) return;
    const row = document.createElement("span");
    row.className = "acts";
    for (const link of foot) {
      const act = document.createElement("a");
      Object.assign(act, { href: link.href, className: "act", textContent: link.dataset.act === "cite" ? _("Cite") : _("Report a mistake") });
      Object.assign(act.dataset, { act: link.dataset.act, fact: entry.id.slice(5) });
      row.append(act, " ");
    }
    entry.append(row);
  }
  function place(link) {
    const box = link.getClientRects()[0] || link.getBoundingClientRect();
    const width = Math.min(360, document.documentElement.clientWidth - 16);
    card.style.width = width + "px";
    card.style.left = Math.max(8, Math.min(box.left, document.documentElement.clientWidth - width - 8)) + "px";
    const bottom = link.getBoundingClientRect().bottom;
    const above = box.top > innerHeight - bottom && bottom + card.offsetHeight > innerHeight;
    card.style.top = (above ? Math.max(4, box.top - card.offsetHeight - 6) : bottom + 6) + "px";
  }
  function close() {
    if (owner) owner.removeAttribute("aria-describedby");
    owner = null;
    card.hidden = true;
  }
  document.addEventListener("course-later", () => { if (awaited) open(awaited); });
  function unfold(entry) {
    const folded = entry && entry.closest("details");
    if (folded) folded.open = true;
  }
  // What scrolls sideways is a stop of the keyboard; what fits is none.
  // It is measured once it is laid out, and whenever its width changes.
  const stops = new ResizeObserver((seen) => {
    for (const { target: box } of seen) {
      const stop = box.scrollWidth > box.clientWidth ? 0 : -1;
      if (box.tabIndex !== stop) box.tabIndex = stop;
    }
  });
  document.addEventListener("DOMContentLoaded", () => {
    document.body.append(card);
    let leaving;
    for (const link of document.querySelectorAll("a[href^='#fact-'], a[href^='#work-'], a[href*='glossary.html#term-']")) {
      // In the lists at the end of the page the entry stands beside its own links.
      if (link.closest(".facts-used, .works, .term-notes") || !(entryOf(link) || comes(link))) continue;
      let touched = false;
      link.addEventListener("mouseenter", () => { clearTimeout(leaving); open(link); });
      link.addEventListener("mouseleave", () => { awaited = null; leaving = setTimeout(close, 250); });
      link.addEventListener("focus", () => { clearTimeout(leaving); open(link); });
      // A card must not lie on what has the focus now; a link within the card keeps it open.
      link.addEventListener("blur", (event) => { if (event.relatedTarget && !card.contains(event.relatedTarget)) close(); else leaving = setTimeout(close, 250); });
      // A first touch shows the card, a second one follows the link. A touch that scrolls does neither.
      link.addEventListener("pointerdown", (event) => { touched = event.pointerType === "touch" && (owner !== link || card.hidden) && awaited !== link; });
      link.addEventListener("click", (event) => {
        const first = touched;
        touched = false;
        clearTimeout(leaving);
        if (first && (open(link) || owner === link)) return event.preventDefault();
        unfold(document.getElementById(decodeURIComponent(link.hash.slice(1))));
        close();
      });
    }
    card.addEventListener("mouseenter", () => clearTimeout(leaving));
    card.addEventListener("mouseleave", close);
    // A touch or click anywhere else closes the card, and so does Escape.
    document.addEventListener("pointerdown", (event) => { if (owner && !card.contains(event.target) && !owner.contains(event.target)) close(); });
    document.addEventListener("keydown", (event) => { if (event.key === "Escape") close(); });
    // Focus itself scrolls a link into view, so scrolling moves the card and closes it only with its link out of sight.
    addEventListener("scroll", () => {
      if (!owner) return;
      const box = owner.getBoundingClientRect();
      if (box.bottom < 0 || box.top > innerHeight) close();
      else place(owner);
    }, { passive: true });
    for (const list of document.querySelectorAll("details.facts-used")) list.addEventListener("toggle", () => list.querySelectorAll(".fact-entry").forEach(offer), { once: true });
    for (const box of document.querySelectorAll(".table-scroll, .quiz-scroll")) stops.observe(box);
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target && target.closest("details")) { unfold(target); target.scrollIntoView(); }
  });
  addEventListener("hashchange", () => unfold(document.getElementById(decodeURIComponent(location.hash.slice(1)))));
})();
