/* Parts that a reader ticks off, and where they left off. Nothing is kept before the first tick; all of it stays in this
   browser, beside the results of questions, and is saved, read and removed together with them. */
(function () {
  "use strict";
  const _ = (text, values = {}) => ((window.courseWords || {})[text] || text).replace(/\{(\w+)\}/g, (all, name) => name in values ? values[name] : all);
  const KEY = "kratomcourse.parts.v1";
  const storage = window.courseStorage.local;
  const root = new URL(document.documentElement.dataset.content_root || "./", location.href);
  const NAME = /^\d\d-[a-z0-9-]+\/\d+-[a-z0-9-]+$/;
  const DAY = /^\d{4}-\d\d-\d\d$/;
  const today = () => new Date().toLocaleDateString("sv");
  const make = (tag, text, className) => {
    const node = document.createElement(tag);
    if (text) node.textContent = text;
    if (className) node.className = className;
    return node;
  };

  const ticks = (data) => Object.fromEntries(Object.entries(data || {}).filter(([name, day]) => NAME.test(name) && DAY.test(day)));
  function read() {
    try {
      const data = JSON.parse(storage.getItem(KEY)) || {};
      return { parts: ticks(data.parts), last: NAME.test(data.last) ? data.last : "" };
    } catch {
      return { parts: {}, last: "" };
    }
  }
  function write(state) {
    if (Object.keys(state.parts).length) storage.setItem(KEY, JSON.stringify(state));
    else storage.removeItem(KEY);
    show();
  }
  window.courseParts = {
    all: () => read().parts,
    merge(parts) {
      const state = read();
      for (const [name, day] of Object.entries(ticks(parts))) if (!(state.parts[name] > day)) state.parts[name] = day;
      write(state);
    },
    wipe: () => write({ parts: {}, last: "" }),
  };

  /* The parts of a chapter's card as [name, title, minutes], in order. */
  const partsOf = (bar) => JSON.parse(bar.dataset.parts);
  const href = (name) => new URL(`notebooks/${name}.html`, root).href;

  function showCards(state) {
    for (const bar of document.querySelectorAll(".card-progress")) {
      const parts = partsOf(bar);
      const read = parts.filter(([name]) => state.parts[name]).length;
      [...bar.children].forEach((mark, place) => mark.classList.toggle("done", Boolean(state.parts[parts[place][0]])));
      const words = read === parts.length
        ? _("all {count} parts read", { count: read })
        : _("{read} of {count} parts read", { read, count: parts.length });
      bar.nextElementSibling.querySelector("span").textContent = read ? " \u00b7 " + words : "";
    }
  }

  /* The part to go on with: the last one opened, or, where that is ticked, the next one that isn't. */
  function nextPart(state) {
    const all = [...document.querySelectorAll(".card-progress")].flatMap(partsOf);
    const place = all.findIndex(([name]) => name === state.last);
    if (place < 0) return null;
    return [...all.slice(place), ...all.slice(0, place)].find(([name]) => !state.parts[name]) || null;
  }

  function showResume(state) {
    const box = document.querySelector(".resume");
    if (!box) return;
    const next = nextPart(state);
    box.hidden = !next;
    if (!next) return;
    const [name, title, minutes] = next;
    const words = make("p");
    words.append(make("b", _("Go on with {title}", { title })), make("br"), make("span", _("About {minutes} minutes. Kept in this browser only.", { minutes })));
    const go = make("a", _("Continue"), "button-main");
    go.href = href(name);
    box.replaceChildren(words, go);
  }

  function showParts(state) {
    for (const row of document.querySelectorAll("ol.parts > li[data-part]")) row.classList.toggle("read", Boolean(state.parts[row.dataset.part]));
    const button = document.querySelector(".part-tick > button");
    if (!button) return;
    const day = state.parts[button.dataset.part];
    button.setAttribute("aria-pressed", String(Boolean(day)));
    button.textContent = day ? _("Read") : _("Tick this part off");
    button.nextElementSibling.textContent = !storage.keeps
      ? _("This browser keeps nothing here, so the tick lasts until you leave the page.")
      : day ? _("Kept in this browser only. Press again to take the tick away.") : _("So that you find where you were. Kept in this browser only.");
  }

  function show() {
    const state = read();
    showCards(state);
    showResume(state);
    showParts(state);
  }

  const here = document.querySelector(".part-tick > button");
  if (here) {
    here.closest(".part-tick").hidden = false;
    here.addEventListener("click", () => {
      const state = read(), part = here.dataset.part;
      if (state.parts[part]) delete state.parts[part];
      else state.parts[part] = today();
      state.last = part;
      write(state);
    });
    const state = read();
    if (Object.keys(state.parts).length) write({ ...state, last: here.dataset.part });
  }
  window.addEventListener("storage", (event) => { if (event.key === KEY) show(); });
  show();
})();
