/* Tells beside each result of the search where in the page the words stand, and lets its link lead there.
   A page is read when its result comes into view. Without this script, and in a folder without a server, the titles stand alone. */
(function () {
  "use strict";
  const query = (new URLSearchParams(location.search).get("q") || "").trim();
  const place = document.getElementById("search-results");
  if (!query || !place || !("IntersectionObserver" in window) || location.protocol === "file:") return;
  // The theme's own summaries read every page at once, and look for a part that these pages do not have.
  DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
  const LEFT_OUT = "script, style, nav, form, button, .headerlink, .term-notes, .facts-used, .quiz-answer, .quiz-progress, [aria-hidden=true]";
  const SUBJECT = "h1, h2, h3, h4, dt, tr > th:first-child"; // what says what its part is about
  const BLOCK = `${SUBJECT}, p, li, td, th, dd, figcaption, caption, legend`;
  const AROUND = 90;
  const begins = (words) => new RegExp(`(?<![\\p{L}\\p{N}])${words.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&")}`, "iu");
  const words = query.split(/[^\p{L}\p{N}]+/u).filter((word) => word.length > 1);
  // The whole of what was asked first, then its words.
  const asked = [query.replace(/^"|"$/g, ""), ...words].map(begins);
  const text = (node) => (node.matches("tr") ? [...node.cells].map((cell) => cell.textContent.trim()).filter(Boolean).join(" \u00b7 ") : node.textContent).replace(/\s+/g, " ").trim();

  function part(block) {
    if (block.matches("h1, h2, h3, h4")) return `${text(block)} \u00b7 ${block.nextElementSibling ? text(block.nextElementSibling) : ""}`;
    if (block.matches("dt")) return `${text(block)} \u00b7 ${block.nextElementSibling ? text(block.nextElementSibling) : ""}`;
    return text(block.closest("tr") || block);
  }
  function find(article) {
    for (const wanted of asked)
      for (const kind of [SUBJECT, BLOCK])
        for (const block of article.querySelectorAll(kind)) if (!block.matches("h1") && wanted.test(text(block))) return { block, wanted };
    return null;
  }
  function show(item, { words: around, wanted }) {
    const at = around.search(wanted);
    const line = document.createElement("p");
    line.className = "search-words";
    const from = Math.max(0, at - AROUND);
    const start = from ? around.indexOf(" ", from) + 1 : 0;
    const end = around.length > at + 2 * AROUND ? around.lastIndexOf(" ", at + 2 * AROUND) : around.length;
    const mark = document.createElement("mark");
    mark.textContent = at < 0 ? "" : around.slice(at).match(wanted)[0];
    line.append(start ? "\u2026 " : "", around.slice(Math.min(start, at < 0 ? start : at), Math.max(at, 0)), mark, around.slice(Math.max(at, 0) + mark.textContent.length, end), end < around.length ? " \u2026" : "");
    item.append(line);
  }
  async function look(item) {
    const link = item.querySelector("a");
    const address = new URL(link.href);
    const answer = await fetch(address.pathname);
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const article = page.querySelector("article") || page.querySelector("main");
    if (!article) return;
    for (const gone of article.querySelectorAll(LEFT_OUT)) gone.remove();
    // The browser itself marks the words on the page it opens; nothing of them is stored, or sent to the host.
    const lead = (words, wanted, anchor) => {
      const found = words.match(wanted);
      const whole = found && words.slice(found.index).match(/^[\p{L}\p{N}-]+/u);
      link.href = `${address.pathname}#${anchor}${whole ? `:~:text=${encodeURIComponent(whole[0]).replace(/-/g, "%2D")}` : ""}`;
    };
    const target = address.hash && page.getElementById(decodeURIComponent(address.hash.slice(1)));
    if (target) {
      const block = target.matches(BLOCK) ? target : target.querySelector(BLOCK) || target;
      const wanted = asked.find((one) => one.test(part(block))) || asked[0];
      lead(part(block), wanted, address.hash.slice(1));
      return show(item, { words: part(block), wanted });
    }
    const found = find(article);
    if (!found) return;
    const anchor = found.block.closest("[id]");
    lead(part(found.block), found.wanted, anchor && article.contains(anchor) && anchor !== article ? anchor.id : "");
    // The theme lists a page and its own entry apart, though both lead to the same place.
    if ([...place.querySelectorAll("li > a")].some((other) => other !== link && other.getAttribute("href") === link.getAttribute("href"))) return item.remove();
    show(item, { words: part(found.block), wanted: found.wanted });
  }
  const near = new IntersectionObserver((seen) => {
    for (const { isIntersecting, target } of seen) if (isIntersecting) { near.unobserve(target); look(target).catch(() => {}); }
  }, { rootMargin: "200px 0px" });
  new MutationObserver((changes) => {
    for (const { addedNodes } of changes) for (const node of addedNodes) if (node.matches && node.matches("li")) near.observe(node);
  }).observe(place, { childList: true, subtree: true });
})();
