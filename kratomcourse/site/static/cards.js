/* Shows a fact's entry from the end of the page beside its number, on hover, focus and touch. Without it the link leads there. */
(function () {
  "use strict";
  const card = document.createElement("div");
  card.id = "fact-card";
  card.className = "fact-card";
  card.setAttribute("role", "tooltip");
  card.hidden = true;
  let owner = null;

  function open(link) {
    const entry = document.getElementById(link.hash.slice(1));
    if (!entry) return;
    close();
    owner = link;
    card.innerHTML = entry.innerHTML;
    card.hidden = false;
    link.setAttribute("aria-describedby", card.id);
    place(link);
  }
  function place(link) {
    const box = link.getBoundingClientRect();
    const width = Math.min(360, document.documentElement.clientWidth - 16);
    card.style.width = width + "px";
    card.style.left = Math.max(8, Math.min(box.left, document.documentElement.clientWidth - width - 8)) + "px";
    const above = box.top > innerHeight - box.bottom && box.bottom + card.offsetHeight > innerHeight;
    card.style.top = (above ? box.top - card.offsetHeight - 6 : box.bottom + 6) + "px";
  }
  function close() {
    if (owner) owner.removeAttribute("aria-describedby");
    owner = null;
    card.hidden = true;
  }
  document.addEventListener("DOMContentLoaded", () => {
    document.body.append(card);
    let leaving;
    for (const link of document.querySelectorAll(".fact a[href^='#fact-']")) {
      link.addEventListener("mouseenter", () => { clearTimeout(leaving); open(link); });
      link.addEventListener("mouseleave", () => { leaving = setTimeout(close, 250); });
      link.addEventListener("focus", () => open(link));
      link.addEventListener("blur", () => { leaving = setTimeout(close, 250); });
      // A first touch shows the card, a second one follows the link.
      link.addEventListener("touchend", (event) => { if (owner !== link) { event.preventDefault(); link.focus(); open(link); } });
      link.addEventListener("click", () => {
        const entry = document.getElementById(link.hash.slice(1));
        const folded = entry && entry.closest("details");
        if (folded) folded.open = true;
        close();
      });
    }
    card.addEventListener("mouseenter", () => clearTimeout(leaving));
    card.addEventListener("mouseleave", close);
    document.addEventListener("keydown", (event) => { if (event.key === "Escape") close(); });
    // Focus itself scrolls a link into view, so scrolling moves the card and closes it only with its link out of sight.
    addEventListener("scroll", () => {
      if (!owner) return;
      const box = owner.getBoundingClientRect();
      if (box.bottom < 0 || box.top > innerHeight) close();
      else place(owner);
    }, { passive: true });
    const target = location.hash && document.getElementById(location.hash.slice(1));
    const folded = target && target.closest("details");
    if (folded) { folded.open = true; target.scrollIntoView(); }
  });
})();
