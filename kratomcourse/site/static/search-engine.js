/* The search: ranks sections of the course, terms and claims for what is typed, also misspelt; pins answers to words of an
   emergency, and the law of a place. Reads search/index.js; nothing typed leaves the device. */
(function () {
  "use strict";
  // Words of another language, where the page brings them; {names} are filled in.
  const _ = (text, values = {}) => ((window.courseWords || {})[text] || text).replace(/\{(\w+)\}/g, (all, name) => name in values ? values[name] : all);
  const MOST = 8, AROUND = 70, WAIT = 120;
  const { load, root } = window.courseSearchFiles;
  const { pages, records, words: list, found: lists, stop, alternatives, pinned } = window.courseSearch;
  // The same as in search_index.py.
  const plain = (text) => text.toLowerCase().normalize("NFD").replace(/[\u0300-\u036f'\u2019]/g, "")
    .replace(/(\d+)[-\u2011 ]?(oh\b|hydroxy)/g, "$1$2").replace(/\b(sr|mgm|cyp|hb|sb)[-\u2011 ]?(\d)/g, "$1$2");
  const wordsOf = (text) => plain(text).match(/[\p{L}\p{N}]+/gu) || [];
  const vocabulary = list.split(" ");
  const holders = lists.split("\n");
  const at = new Map(vocabulary.map((word, number) => [word, number]));
  const left = new Set(stop.split(" "));
  const titles = records.map(([, , title]) => new Set(wordsOf(title)));
  const pageTitles = records.map(([page, anchor]) => (anchor ? new Set(wordsOf(pages[page][2])) : new Set()));
  const average = records.reduce((sum, record) => sum + record[3], 0) / records.length;
  const stemOf = (word) => { const stem = word.replace(/(?:ations?|ations|ions?|ings?|ives?|edly|ed|ies|es|s|y|e)$/, ""); return stem.length > 3 ? stem : word; };
  const stems = new Map();
  vocabulary.forEach((word, number) => { const stem = stemOf(word); if (!stems.has(stem)) stems.set(stem, []); stems.get(stem).push(number); });

  // [[record, times], ...] of a word of the vocabulary.
  function held(number) {
    let before = 0;
    return holders[number].split(",").map((part) => {
      const many = part.charCodeAt(part.length - 1);
      const times = many >= 66 && many <= 73 ? many - 64 : 1;
      before += parseInt(times > 1 ? part.slice(0, -1) : part, 36);
      return [before, times];
    });
  }
  // Edits between two words, neighbours exchanged counting as one.
  function edits(one, other, most) {
    if (Math.abs(one.length - other.length) > most) return most + 1;
    let before = [], last = Array.from({ length: other.length + 1 }, (_, column) => column);
    for (let row = 1; row <= one.length; row += 1) {
      const line = [row];
      for (let column = 1; column <= other.length; column += 1) {
        line[column] = Math.min(last[column] + 1, line[column - 1] + 1, last[column - 1] + (one[row - 1] === other[column - 1] ? 0 : 1));
        if (row > 1 && column > 1 && one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1]) line[column] = Math.min(line[column], before[column - 2] + 1);
      }
      if (Math.min(...line) > most) return most + 1;
      before = last;
      last = line;
    }
    return last[other.length];
  }
  const allowed = (word) => (/\d/.test(word) || word.length < 4 ? 0 : word.length < 7 ? 1 : 2);
  const alternativesOf = new Map();
  for (const [written, meant] of alternatives) { if (!alternativesOf.has(written)) alternativesOf.set(written, []); alternativesOf.get(written).push(meant.split(" ")); }
  const otherWords = [...new Set([...alternativesOf.keys()].filter((words) => !words.includes(" ")))];

  // Words of the vocabulary that a typed word may mean: {number: weight}; `instead` is the spelling that is meant.
  function meanings(word, isLast, misspelt) {
    const found = new Map();
    const add = (number, weight) => { if ((found.get(number) || 0) < weight) found.set(number, weight); };
    if (at.has(word)) add(at.get(word), 1);
    for (const number of stems.get(stemOf(word)) || []) add(number, 0.85);
    if (word.length > 2) for (let number = 0; number < vocabulary.length; number += 1) if (vocabulary[number].startsWith(word)) add(number, isLast && !found.size ? 0.75 : 0.45);
    if (found.size || !misspelt) return { found, instead: "" };
    let least = allowed(word), best = [];
    if (!least) return { found, instead: "" };
    for (const other of [...vocabulary, ...otherWords]) {
      if (other.length < 4 || /\d/.test(other)) continue;
      const far = edits(word, other, least) + (other[0] === word[0] ? 0 : 0.5);
      if (far < least) { least = far; best = [other]; } else if (far === least && far <= allowed(word)) best.push(other);
    }
    best.forEach((other) => { if (at.has(other)) add(at.get(other), 0.7); });
    return { found, instead: best[0] || "" };
  }

  function scoresOf(word, isLast, misspelt) {
    const { found, instead } = meanings(word, isLast, misspelt);
    const scores = new Map();
    for (const [number, weight] of found) {
      const records_ = held(number);
      const rare = Math.log(1 + records.length / records_.length);
      for (const [record, times] of records_) {
        const length = records[record][3] / average;
        let score = weight * rare * (times * 2.2) / (times + 1.2 * (0.4 + 0.6 * length));
        if (titles[record].has(vocabulary[number])) score += weight * rare * 2.2 / Math.sqrt(1 + titles[record].size / 6);
        if (pageTitles[record].has(vocabulary[number])) score += weight * rare * 0.5;
        if ((scores.get(record) || 0) < score) scores.set(record, score);
      }
    }
    return { scores, instead, known: [...found.keys()].map((number) => vocabulary[number]) };
  }
  // One idea of the query: a word or a phrase, with what else it is called.
  function idea(tokens, isLast, misspelt) {
    const key = tokens.join(" ");
    const ways = [[tokens, 1], ...(alternativesOf.get(key) || []).map((other) => [other, 0.9])];
    const best = new Map(), marked = new Set();
    let instead = "";
    for (let [way, weight] of ways) {
      const parts = way.map((token) => scoresOf(token, isLast && way === tokens, misspelt));
      if (way === tokens && tokens.length === 1 && parts[0].instead) {
        instead = parts[0].instead;
        for (const other of alternativesOf.get(instead) || []) if (!ways.some(([known]) => known.join() === other.join())) ways.push([other, 0.8]);
      }
      for (const part of parts) part.known.forEach((word) => marked.add(word));
      const all = new Set(parts.flatMap((part) => [...part.scores.keys()]));
      for (const record of all) {
        const there = parts.filter((part) => part.scores.has(record));
        const score = weight * there.reduce((sum, part) => sum + part.scores.get(record), 0) / parts.length * (there.length / parts.length);
        if ((best.get(record) || 0) < score) best.set(record, score);
      }
    }
    return { best, marked, instead };
  }
  // Words of the query as ideas: the longest phrases that have another name first.
  function ideasOf(tokens) {
    const made = [];
    for (let from = 0; from < tokens.length;) {
      let length = Math.min(3, tokens.length - from);
      while (length > 1 && !alternativesOf.has(tokens.slice(from, from + length).join(" "))) length -= 1;
      made.push(tokens.slice(from, from + length));
      from += length;
    }
    return made;
  }

  function search(query, misspelt) {
    const all = wordsOf(query);
    let tokens = all.filter((word) => !left.has(word));
    if (!tokens.length) tokens = all;
    const ideas = ideasOf(tokens).map((part, number, list) => idea(part, number === list.length - 1 && !/\s$/.test(query), misspelt));
    const total = new Map(), matched = new Map();
    for (const { best } of ideas) for (const [record, score] of best) {
      total.set(record, (total.get(record) || 0) + score);
      matched.set(record, (matched.get(record) || 0) + 1);
    }
    const whole = tokens.join(" ");
    const ranked = [...total].map(([record, score]) => {
      const [page, anchor, title] = records[record];
      const own = wordsOf(title).join(" ");
      if (own === all.join(" ") || own === whole) score += 8;
      else if (tokens.length > 1 && own.includes(whole)) score += 3;
      return [record, score * pages[page][3] * (matched.get(record) / ideas.length) ** 1.6 * (anchor ? 1 : 1.05)];
    }).sort((one, other) => other[1] - one[1] || one[0] - other[0]);
    return {
      results: ranked.slice(0, MOST).map(([record]) => record),
      marked: new Set(ideas.flatMap(({ marked }) => [...marked])),
      instead: ideas.map(({ instead }) => instead).filter(Boolean),
    };
  }

  // The pinned answer whose phrase has the most words, all of them typed.
  function pinFor(query) {
    const typed = new Set(plain(query).split(/[^\p{L}\p{N}]+/u).filter(Boolean));
    const near = (word) => typed.has(word) || (word.length > 5 && [...typed].some((other) => other[0] === word[0] && edits(other, word, 1) <= 1));
    let best = null, most = 0;
    for (const pin of pinned) for (const phrase of pin.words.split("|")) {
      const needed = phrase.split(" ");
      if (needed.length > most && needed.every(near)) { best = pin; most = needed.length; }
    }
    return best;
  }

  const element = (tag, name = "", text = "") => {
    const node = document.createElement(tag);
    if (name) node.className = name;
    if (text) node.textContent = text;
    return node;
  };
  function marking(text, marked) {
    const line = document.createDocumentFragment();
    let before = 0;
    for (const match of text.matchAll(/[\p{L}\p{N}][\p{L}\p{N}'\u2019\u2011-]*/gu)) {
      if (!wordsOf(match[0]).some((word) => marked.has(word))) continue;
      line.append(text.slice(before, match.index), element("mark", "", match[0]));
      before = match.index + match[0].length;
    }
    line.append(text.slice(before));
    return line;
  }
  function around(text, marked) {
    const hits = [...text.matchAll(/[\p{L}\p{N}][\p{L}\p{N}'\u2019\u2011-]*/gu)].filter((match) => wordsOf(match[0]).some((word) => marked.has(word))).map((match) => match.index);
    // The place where most of the words stand near one another.
    const best = hits.reduce((best, from) => { const count = hits.filter((hit) => hit >= from && hit < from + 2 * AROUND).length; return count > best[1] ? [from, count] : best; }, [0, 0])[0];
    const from = best > AROUND ? text.indexOf(" ", best - AROUND / 2) + 1 : 0;
    const to = text.length > from + 3 * AROUND ? text.lastIndexOf(" ", from + 3 * AROUND) : text.length;
    return `${from ? "\u2026 " : ""}${text.slice(from, to)}${to < text.length ? " \u2026" : ""}`;
  }
  const texts = new Map();
  const textOf = (record) => {
    const page = records[record][0];
    if (!texts.has(page)) texts.set(page, load(`search/text-${page}.js`).catch(() => texts.delete(page)));
    return texts.get(page).then(() => (window.courseTexts || {})[page]?.[record - records.findIndex(([other]) => other === page)] || "");
  };
  const addressOf = (record) => { const [page, anchor] = records[record]; return `${root}${pages[page][0]}${anchor ? `#${anchor}` : ""}`; };
  const kind = (label) => ({ glossary: _("Glossary"), claim: _("Claim") })[label] || label;

  function emergency(pin) {
    const box = element("section", pin.kind === "emergency" ? "search-pin search-emergency" : "search-pin");
    const title = element("h2", "", pin.title);
    const buttons = element("p", "search-buttons");
    const number = pin.kind === "emergency" && window.courseCall && window.courseCall();
    if (number) {
      const call = element("a", "search-call", _("Call {number}", { number: number[1] }));
      call.href = `tel:${number[1]}`;
      buttons.append(call, " ");
    }
    const more = element("a", "search-more", pin.kind === "emergency" ? _("What to do, other countries") : _("Open Help now"));
    more.href = root + pin.address;
    more.dataset.first = "";
    buttons.append(more);
    box.append(title, element("p", "", pin.text), buttons);
    return box;
  }
  function law(query) {
    if (!window.courseFindPlaces) return [];
    const { found, exact, asked } = window.courseFindPlaces(query, { strict: true });
    // A word of the course that is spelt right is no misspelt place.
    if (!exact && wordsOf(asked).every((word) => at.has(word))) return [];
    return found.filter(({ place }) => place).slice(0, 3).map(({ place, name, town }) => {
      const box = element("section", "search-pin search-law");
      const link = element("a", "search-more", _("Open in the law finder"));
      link.href = `${root}book/law-finder.html#law-${place.id}`;
      link.dataset.first = "";
      const buttons = element("p", "search-buttons");
      buttons.append(link);
      box.append(element("h2", "", town && !name.includes(",") ? `${town}, ${name}` : name), element("p", "", place.says + (place.newest ? ` ${_("Newest source: {day}.", { day: place.newest })}` : "")), buttons);
      return box;
    });
  }
  function resultItem(record, marked) {
    const [page, , title] = records[record];
    const [, label, pageTitle] = pages[page];
    const item = element("li");
    const link = element("a");
    link.href = addressOf(record);
    const name = kind(label);
    if (name) link.append(element("span", "search-label", name), " ");
    const heading = element("strong");
    heading.append(marking(title, marked));
    link.append(heading);
    const line = element("span", "search-words");
    link.append(line);
    textOf(record).then((text) => {
      const where = name === label && pageTitle !== title ? `${pageTitle} \u00b7 ` : "";
      line.replaceChildren(where, marking(around(text, marked), marked));
    });
    item.append(link);
    return item;
  }

  let drawn = 0;
  function draw(panel, query) {
    const turn = (drawn += 1);
    const status = panel.querySelector("[role=status]");
    const body = panel.querySelector(".search-body");
    if (!query.trim()) {
      body.replaceChildren();
      status.textContent = "";
      return;
    }
    const pin = pinFor(query);
    const places = pin && pin.kind === "emergency" ? [] : law(query);
    // A place that was found is no misspelt word of the course.
    const { results, marked, instead } = search(query, !places.length);
    const list = element("ol", "search-results");
    list.append(...results.map((record) => resultItem(record, marked)));
    const parts = [...(pin ? [emergency(pin)] : []), ...places];
    if (instead.length && !parts.length) parts.push(element("p", "search-instead", _("No page has “{asked}”. Showing “{instead}”.", { asked: query.trim(), instead: instead.join(" ") })));
    if (results.length) {
      if (parts.length) parts.push(element("h2", "search-head", _("In the course")));
      parts.push(list);
    }
    if (turn !== drawn) return;
    body.replaceChildren(...parts);
    const count = results.length + places.length + (pin ? 1 : 0);
    status.textContent = count === 1 ? _("One result.") : count ? _("{count} results.", { count }) : "";
    if (!count) {
      const none = element("p", "search-none", _("Nothing found for “{asked}”. Try one plain word, or the name of a place.", { asked: query.trim() }));
      body.replaceChildren(none);
      status.textContent = none.textContent;
    }
  }

  window.courseSearchIn = (form) => {
    const field = form.querySelector("input");
    let panel = form.parentNode.querySelector(".search-panel");
    if (!panel) {
      panel = element("div", "search-panel");
      const status = element("p", "search-status");
      status.setAttribute("role", "status");
      panel.append(status, element("div", "search-body"), element("p", "search-keys", _("Arrow keys choose, Enter opens, Escape closes. Nothing you type leaves this device.")));
      form.after(panel);
    }
    for (const note of form.parentNode.querySelectorAll(".search-failed")) note.remove();
    if (field.dataset.searching !== undefined) return;
    field.dataset.searching = "";
    let timer = 0;
    const now = () => { clearTimeout(timer); draw(panel, field.value); };
    const links = () => [...panel.querySelectorAll("a")];
    field.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(now, WAIT); });
    form.addEventListener("submit", () => {
      now();
      const first = panel.querySelector("a[data-first], .search-results a");
      if (first) first.click();
    });
    form.parentNode.addEventListener("keydown", (event) => {
      if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
      const stops = [field, ...links()];
      const here = stops.indexOf(document.activeElement);
      if (here < 0) return;
      event.preventDefault();
      stops[Math.max(0, Math.min(stops.length - 1, here + (event.key === "ArrowDown" ? 1 : -1)))].focus();
    });
    panel.addEventListener("click", (event) => { if (event.target.closest("a[href]")) form.closest("dialog")?.close(); });
    const asked = form.closest("main") && new URLSearchParams(location.search).get("q");
    if (asked && !field.value) field.value = asked;
    if (field.value) now();
  };
})();
