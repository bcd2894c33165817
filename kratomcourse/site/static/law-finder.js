/* The law finder's field: suggests places while one types, and leads to the card of the one that is meant. The cards are in
   the page; without this script the maps and lists lead to them. Nothing typed is kept or sent. */
(function () {
  "use strict";
  // Words of another language, where the page brings them; {names} are filled in.
  const _ = (text, values = {}) => ((window.courseWords || {})[text] || text).replace(/\{(\w+)\}/g, (all, name) => name in values ? values[name] : all);
  const MOST = 8;
  const age = (day) => {
    const months = Math.round((Date.now() - new Date(day)) / 2629800000);
    return months < 1 ? _("less than a month ago") : months === 1 ? _("about 1 month ago") : months < 24 ? _("about {months} months ago", { months }) : _("about {years} years ago", { years: Math.round(months / 12) });
  };
  const element = (tag, words = "", name = "") => {
    const node = document.createElement(tag);
    node.textContent = words;
    if (name) node.className = name;
    return node;
  };

  function dated(card) {
    for (const time of card.querySelectorAll("time[data-age]")) {
      time.textContent += ` (${age(time.dateTime)})`;
      delete time.dataset.age;
    }
    const today = new Date().toISOString().slice(0, 10);
    for (const line of card.querySelectorAll("[data-review]")) {
      if (line.dataset.review >= today) continue;
      line.className = "law-late";
      line.textContent = _("Due for review since {day}", { day: line.dataset.review });
      delete line.dataset.review;
    }
  }

  document.addEventListener("DOMContentLoaded", () => {
    const form = document.querySelector("form.law-form");
    if (!form) return;
    const field = form.querySelector("input");
    const status = form.querySelector(".law-status");
    const list = form.querySelector(".law-found");
    const names = () => window.courseLoadPlaces(form.dataset.names);
    let where = null; // the town that the open card was found by

    const cardOf = () => {
      const card = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
      return card && card.matches(".law-card") ? card : null;
    };
    function follow() {
      for (const line of document.querySelectorAll(".law-where")) line.remove();
      const card = cardOf();
      if (!card) return;
      dated(card);
      if (where && where.id === card.id) card.prepend(element("p", where.words, "law-where"));
      where = null;
    }
    const whereOf = ({ place, town, unknown }) => {
      if (unknown) return _("We don’t know “{town}” in {state}. This is the rule of the whole state or country.", { town: unknown, state: place.name });
      return town ? _("{town} is in {state}. We have no rule of its own for it, which doesn’t mean there is none.", { town, state: place.name }) : "";
    };
    function open(entry) {
      const id = `law-${entry.place.id}`;
      where = { id, words: whereOf(entry) };
      if (!where.words) where = null;
      list.hidden = true;
      if (location.hash === `#${id}`) { follow(); cardOf().scrollIntoView(); } else location.hash = id;
    }
    function show(result) {
      const found = result.found.slice(0, MOST);
      list.replaceChildren(...found.map((entry) => {
        const item = element("li");
        if (!entry.place) {
          item.append(element("strong", entry.name), element("span", _("We haven’t looked at this country, which says nothing about its law.")));
          return item;
        }
        const link = element("a", entry.name);
        link.href = `#law-${entry.place.id}`;
        link.addEventListener("click", (event) => { event.preventDefault(); open(entry); });
        item.append(link, element("span", entry.place.says));
        return item;
      }));
      list.hidden = !found.length;
      return found;
    }
    const said = ({ found, exact, asked }) => {
      if (!asked) return "";
      if (!found.length) return _("No place found for “{asked}”. Try the state or the country. That we have no row does not mean that there is no rule.", { asked: field.value.trim() });
      if (!exact) return _("No place is spelt “{asked}”. Did you mean this?", { asked: field.value.trim() });
      return found.length === 1 ? _("One place found: {name}", { name: found[0].name }) : _("{count} places found. Which one?", { count: found.length });
    };
    const failed = () => { status.textContent = _("The list of places could not be loaded. The maps and lists below lead to every card."); };

    field.addEventListener("focus", names, { once: true });
    field.addEventListener("input", async () => {
      if (!(await names())) return failed();
      const result = window.courseFindPlaces(field.value, { typing: true });
      show(result);
      status.textContent = said(result);
    });
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (!(await names())) return failed();
      const result = window.courseFindPlaces(field.value);
      const found = show(result);
      status.textContent = said(result);
      if (found.length === 1 && found[0].place) {
        if (!result.exact) status.textContent = _("No place is spelt “{asked}”. This is {name}.", { asked: field.value.trim(), name: found[0].name });
        open(found[0]);
      }
    });
    form.hidden = false;
    addEventListener("hashchange", follow);
    follow();
  });
})();
