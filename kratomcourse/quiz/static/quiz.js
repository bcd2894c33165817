/* Check-yourself questions. Reads key and feedback from the folded answer; sends nothing anywhere.
   What was answered how well is kept in this browser alone, if at all; never the answers themselves. */
(function () {
  "use strict";
  if (window.courseQuiz) return window.courseQuiz.start(document); // a notebook brings this script in each cell
  // Words of another language, where the page brings them; {names} are filled in.
  const _ = (text, values = {}) => ((window.courseWords || {})[text] || text).replace(/\{(\w+)\}/g, (all, name) => name in values ? values[name] : all);
  const KEY = "kratomcourse.progress.v1";
  const COURSE = window.courseSlug || "course";
  const DAYS = [1, 2, 4, 8, 16]; // Leitner's boxes: days until a question in each comes again

  const make = (tag, text, className) => {
    const node = document.createElement(tag);
    if (text) node.textContent = text;
    if (className) node.className = className;
    return node;
  };
  const copies = (node) => [...node.childNodes].map((child) => child.cloneNode(true));
  const because = (node) => {
    const found = node && (node.matches(".quiz-because") ? node : node.querySelector(".quiz-because"));
    return found ? copies(found) : [];
  };
  const letters = (form) => ({
    key: form.querySelector(".quiz-key").dataset.letters.split(" "),
    given: [...form.querySelectorAll("select")].map((box) => box.value),
  });

  /* A number as people write it: "25%", "25 %", "0,25", "1/4", "1 in 4", "1,200", "about 12 mg" */
  const NAMES = { h: "hour hr", hours: "h hr", min: "minute", s: "second sec", seconds: "s sec", days: "d", years: "y yr", times: "x fold", "": "times x fold" };
  function digits(text) {
    let plain = text.replace(/(\d)[\s'\u2019](?=\d{3}(?!\d))/g, "$1");
    if (!/^[-+]?(\d[\d.,]*|[.,]\d+)(e[-+]?\d+)?$/.test(plain)) return NaN;
    const [comma, dot] = [plain.lastIndexOf(","), plain.lastIndexOf(".")];
    if (comma >= 0 && dot >= 0) plain = comma > dot ? plain.replace(/\./g, "").replace(",", ".") : plain.replace(/,/g, "");
    else if (comma >= 0) plain = /^[-+]?[1-9]\d{0,2}(,\d{3})+$/.test(plain) ? plain.replace(/,/g, "") : plain.replace(",", ".");
    else if (plain.indexOf(".") < dot) plain = plain.replace(/\./g, "");
    return Number(plain);
  }
  /* Returns { value, kind: "plain", "percent" or "share" }, or { word } for a unit that was not asked for, or null. */
  function readNumber(text, unit) {
    const halves = { "\u00bd": " 1/2", "\u00bc": " 1/4", "\u00be": " 3/4" };
    let rest = text.toLowerCase().replace(/[\u00bc-\u00be]/g, (sign) => halves[sign]).replace(/[\u2212\u2013]/g, "-").replace(/\u2044/g, "/").replace(/\s+/g, " ").trim();
    rest = rest.replace(/^(about|around|roughly|approximately|approx\.?|ca\.?|~|\u2248|=) ?/, "").replace(/[.!]$/, "");
    let kind = "plain";
    const percent = rest.match(/^(.*?) ?(%|per ?cent|pct)$/);
    if (percent) [kind, rest] = ["percent", percent[1]];
    else if (unit && rest.endsWith(unit.toLowerCase())) rest = rest.slice(0, -unit.length).trim();
    const ratio = rest.match(/^(?:(\d+) )?([^/ ]+) ?(?:\/|:|in|of|out of) ?([^/ ]+)$/);
    if (ratio && digits(ratio[3])) {
      const value = Number(ratio[1] || 0) + digits(ratio[2]) / digits(ratio[3]);
      if (Number.isFinite(value)) return { value, kind: kind === "plain" ? "share" : kind };
    }
    const worded = rest.match(/^(.*\d) ?-?([a-z\u00b5\u03bc].*)$/);
    if (worded && !Number.isFinite(digits(rest))) {
      const word = worded[2].split(" ")[0];
      const stem = (name) => name.replace(/s$/, "");
      const known = [unit.toLowerCase().split(" ")[0], ...(NAMES[unit] || "").split(" ")].map(stem);
      if (!known.includes(stem(word))) return { word: worded[2] };
      rest = worded[1];
    }
    const value = digits(rest.trim());
    return Number.isFinite(value) ? { value, kind } : null;
  }
  /* What the number may mean in the unit asked for, the likeliest first. */
  function meanings({ value, kind }, unit) {
    if (unit === "%") return kind === "percent" ? [value] : kind === "share" ? [value * 100] : value > 0 && value < 1 ? [value, value * 100] : [value];
    return [kind === "percent" ? value / 100 : value];
  }

  /* Judging: { share, marks: [[row, right?, what is said beside it]], said, parts }, or { unread } for what can't be judged, or null */
  const rowOf = (form, letter) => form.querySelector(`.quiz-options input[value="${letter}"]`).closest("li");
  const judges = {
    choice(form) {
      const picked = form.querySelector(".quiz-options input:checked");
      if (!picked) return null;
      const told = form.querySelector(`[data-option="${picked.value}"]`);
      const right = told.dataset.right === "true";
      return { share: right ? 1 : 0, marks: [[picked.closest("li"), right, because(told)]] };
    },
    choices(form) {
      const picked = new Set([...form.querySelectorAll(".quiz-options input:checked")].map((box) => box.value));
      if (!picked.size) return null;
      const rows = [...form.querySelectorAll("[data-option]")];
      const right = rows.filter((row) => row.dataset.right === "true");
      const wrong = rows.filter((row) => row.dataset.right !== "true");
      const hit = (group) => group.filter((row) => picked.has(row.dataset.option)).length;
      const marks = rows.filter((row) => picked.has(row.dataset.option)).map((row) => [rowOf(form, row.dataset.option), row.dataset.right === "true", because(row)]);
      const share = Math.max(0, hit(right) / right.length - hit(wrong) / wrong.length);
      const missing = hit(right) < right.length;
      const said = hit(wrong)
        ? missing ? _("Look again at what is marked with a cross. Something is missing, too.") : _("Look again at what is marked with a cross.")
        : missing ? _("All that you ticked is right, but something is missing.") : "";
      return { share, marks, said };
    },
    number(form) {
      const box = form.querySelector("input[name=answer]");
      const unit = box.dataset.unit || "";
      if (!box.value.trim()) return null;
      const read = readNumber(box.value, unit);
      if (!read || read.word || (read.kind === "percent" && unit && unit !== "%"))
        return { unread: unit ? _("Please give a number in {unit}, for example {example}.", { unit, example: unit === "%" ? "25%" : "12" }) : _("Please give a plain number, for example 0.25 or 12.") };
      const key = form.querySelector(".quiz-key");
      const near = (value, row, allowed) => Math.abs(value - Number(row.dataset.value)) <= allowed * (1 + 1e-9) + 1e-12;
      const may = meanings(read, unit);
      const right = may.find((value) => near(value, key, Number(key.dataset.allowed)));
      const tell = (value) => {
        const taken = Number(value.toPrecision(4));
        return read.kind !== "plain" && unit !== "%" || value !== read.value ? _("Read as {number}.", { number: unit === "%" ? `${taken}%` : unit ? `${taken} ${unit}` : taken }) : "";
      };
      if (right !== undefined) return { share: 1, said: tell(right), parts: [["", because(key)]] };
      const errors = [...form.querySelectorAll(".quiz-feedback [data-value]")];
      for (const value of may) {
        const known = errors.find((row) => near(value, row, Math.max(Math.abs(Number(row.dataset.value)) * 0.02, 1e-9)));
        if (known) return { share: 0, said: tell(value), parts: [["", because(known)]] };
      }
      return { share: 0, said: tell(may[0]), parts: hintOf(form) };
    },
    order(form) {
      const { key, given } = letters(form);
      if (given.some((letter) => !letter)) return null;
      if (new Set(given).size < given.length) return { unread: _("One letter stands in two places. Use each letter once.") };
      const follows = new Set(key.slice(1).map((letter, i) => key[i] + letter));
      const kept = given.slice(1).filter((letter, i) => follows.has(given[i] + letter)).length;
      if (kept === follows.size) return { share: 1, parts: [["", because(form.querySelector(".quiz-key"))]] };
      const said = kept ? _("{kept} of {count} steps from one to the next are right.", { kept, count: follows.size }) : "";
      return { share: kept / follows.size, said, parts: hintOf(form) };
    },
    match(form) {
      const { key, given } = letters(form);
      if (given.some((letter) => !letter)) return null;
      const told = [...form.querySelectorAll(".quiz-feedback > li")];
      const rows = [...form.querySelectorAll(".quiz-places > li")];
      // What is said of a pair names its partner, so it stands beside right pairs alone.
      const marks = rows.map((row, i) => [row, given[i] === key[i], given[i] === key[i] ? because(told[i]) : []]);
      const hits = marks.filter(([, right]) => right).length;
      return { share: hits / key.length, marks, said: hits < key.length ? _("{hits} of {count} pairs are right.", { hits, count: key.length }) : "" };
    },
  };
  function hintOf(form) {
    const clue = form.querySelector(".quiz-clue");
    return clue ? [[_("A hint:"), copies(clue).filter((node) => node.tagName !== "SUMMARY")]] : [];
  }

  /* Progress: item id -> { box 1..5, due, last: days as 2026-11-27, seen, right: times, share: of the last answer; where someone
     said how sure they were: sure, and hit, whether that answer was right } */
  const empty = () => ({ version: 1, items: {} });
  const DATE = /^\d{4}-\d\d-\d\d$/;
  const dayOf = (date) => [date.getFullYear(), date.getMonth() + 1, date.getDate()].map((n) => String(n).padStart(2, "0")).join("-");
  const today = () => dayOf(new Date());
  const later = (days) => {
    const date = new Date();
    date.setHours(12); // no change of the clocks makes a day longer or shorter
    date.setDate(date.getDate() + days);
    return dayOf(date);
  };
  let memory = empty(); // where the browser keeps nothing: private windows, blocked storage
  let keeps = true;
  const storage = () => (window.courseStorage ? window.courseStorage.local : localStorage); // a notebook brings this script alone
  const stored = () => {
    try {
      if (window.courseStorage && !storage().keeps) keeps = false;
      return storage().getItem(KEY);
    } catch {
      keeps = false;
      return null;
    }
  };
  const whole = (number, most) => Number.isInteger(number) && number >= 0 && number <= most;
  const isEntry = (one) =>
    one && whole(one.box, DAYS.length) && one.box > 0 && DATE.test(one.due) && DATE.test(one.last) && whole(one.seen, 1e6) && whole(one.right, 1e6) && one.share >= 0 && one.share <= 1 && (one.sure === undefined || (typeof one.sure === "boolean" && typeof one.hit === "boolean"));
  function checked(text) {
    let data;
    try {
      data = JSON.parse(text);
    } catch {
      throw new Error(_("it is not a progress file, or it is broken off"));
    }
    if (!data || typeof data !== "object" || (data.course && data.course !== COURSE) || !data.items || typeof data.items !== "object") throw new Error(_("it is not a progress file of this course"));
    if (data.version !== 1) throw new Error(_("it comes from another version of the course"));
    for (const [id, one] of Object.entries(data.items))
      if (!/^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(id) || !isEntry(one)) throw new Error(_("what it says of \u201c{id}\u201d cannot be right", { id: id.slice(0, 60) }));
    return data;
  }
  function read() {
    const text = stored();
    if (!keeps || !text) return keeps ? empty() : memory;
    try {
      return checked(text);
    } catch {
      try {
        storage().setItem(KEY + ".unreadable", text); // set aside, not lost
      } catch {}
      return empty();
    }
  }
  function write(state) {
    memory = state;
    try {
      storage().setItem(KEY, JSON.stringify(state));
      if (window.courseStorage && !storage().keeps) keeps = false;
    } catch {
      keeps = false;
    }
    document.dispatchEvent(new CustomEvent("course-progress", { detail: {} }));
  }
  /* A right answer moves a question one box on when it is new or due; any other answer moves it back to the first box. */
  function record(id, share, sure) {
    const state = read();
    if (state.off) return null;
    const one = state.items[id] || { box: 1, due: today(), last: today(), seen: 0, right: 0, share: 0 };
    if (share < 1 || one.due <= today() || one.due > later(DAYS[DAYS.length - 1])) {
      one.box = share < 1 ? 1 : Math.min(one.box + 1, DAYS.length);
      one.due = later(DAYS[one.box - 1]);
    }
    Object.assign(one, { last: today(), seen: one.seen + 1, right: one.right + (share === 1 ? 1 : 0), share: Math.round(share * 1000) / 1000 });
    if (sure !== undefined) Object.assign(one, { sure, hit: share === 1 });
    state.items[id] = one;
    write(state);
    return one;
  }
  function merge(data) {
    const state = read();
    for (const [id, one] of Object.entries(data.items)) {
      const mine = state.items[id];
      if (!mine || one.last > mine.last || (one.last === mine.last && one.seen > mine.seen)) state.items[id] = one;
    }
    delete state.off;
    write(state);
  }

  /* Answering */
  const session = {}; // shares given since the page was opened, kept or not
  const shareOf = (id, state) => (id in session ? session[id] : state.items[id] ? state.items[id].share : undefined);
  const judged = (root) => [...root.querySelectorAll("form.quiz-item")].filter((form) => form.dataset.kind in judges);
  const answerOf = (form) => JSON.stringify([...form.querySelectorAll("[name^=answer]")].map((box) => (box.type === "radio" || box.type === "checkbox" ? box.checked : box.value)));
  const small = (text, className, act) => {
    const button = make("button", text, className);
    button.type = "button";
    button.setAttribute("data-lm-suppress-shortcuts", "true");
    button.addEventListener("click", act);
    return button;
  };
  function unmark(row) {
    row.classList.remove("is-right", "is-wrong");
    const beside = row.querySelector(".quiz-beside");
    if (beside) beside.replaceChildren();
  }
  function mark(row, right, said) {
    unmark(row);
    row.classList.add(right ? "is-right" : "is-wrong");
    row.querySelector(".quiz-beside").append(make("p", right ? "\u2713 " + _("Right") : "\u2717 " + _("Not quite"), "quiz-mark"), ...said);
  }
  function clear(form) {
    const result = form.querySelector(".quiz-result");
    result.replaceChildren();
    result.className = "quiz-result";
    delete form.dataset.judged;
  }
  // A verdict speaks of the answer that was checked: it goes when the answer changes, and so does the mark on what changed.
  function changed(event) {
    const form = event.currentTarget;
    if (event.target.name && !event.target.name.startsWith("answer")) return;
    if (!form.dataset.judged && !form.querySelector(".quiz-result").firstChild) return;
    clear(form);
    if (form.dataset.kind === "choice") form.querySelectorAll(".quiz-options li").forEach(unmark);
    else if (event.target.closest("li")) unmark(event.target.closest("li"));
  }
  function again(form, right) {
    clear(form);
    for (const row of form.querySelectorAll(".is-right, .is-wrong")) {
      if (row.classList.contains("is-right") && !right) continue;
      for (const box of row.querySelectorAll("input")) box.checked = false;
      if (row.courseClear) row.courseClear();
      unmark(row);
    }
    if (right) form.reset();
    focus(form);
  }
  // Marks push the button down, so the second half of a double click would land on whatever is there now.
  let judgedAt = -1e4;
  function ignoreDouble(event) {
    if (event.detail > 1 && performance.now() - judgedAt < 700) event.preventDefault();
  }
  const focus = (form) => form.querySelector(".quiz-options input:not(:checked), input[type=text], .quiz-slot, .quiz-move button:not(:disabled)")?.focus();
  async function answer(event) {
    event.preventDefault();
    const form = event.currentTarget;
    const result = form.querySelector(".quiz-result");
    // A second press on the same answer is no second answer.
    if (form.dataset.waits || form.dataset.judged === answerOf(form)) return;
    const away = form.querySelector(".quiz-answer [data-later]"); // a page may bring answers when someone comes near
    if (away) form.dataset.waits = "yes";
    const came = !away || (window.courseBring && (await window.courseBring(away.dataset.later)));
    delete form.dataset.waits;
    if (!came) {
      const link = away.querySelector("a").cloneNode(true);
      result.replaceChildren(make("p", _("The answer could not be fetched. Is there a connection? Press the button again, or look here:") + " "));
      result.firstChild.append(link);
      return;
    }
    const verdict = judges[form.dataset.kind](form);
    clear(form);
    if (!verdict || verdict.unread) {
      const empty = form.dataset.kind === "order" ? _("Nothing to check yet: move the items into order first.") : form.dataset.kind === "match" ? _("Nothing to check yet: give each one its partner first.") : _("Nothing to check yet: give an answer first.");
      result.append(make("p", verdict ? verdict.unread : empty));
      return;
    }
    form.dataset.judged = answerOf(form);
    judgedAt = performance.now();
    const { share, marks = [], said = "", parts = [] } = verdict;
    const sure = form.querySelector("input[name=sure]:checked");
    const first = !(form.dataset.item in session);
    session[form.dataset.item] = share;
    const entry = record(form.dataset.item, share, sure && first ? sure.value === "sure" : undefined);
    form.querySelectorAll(".is-right, .is-wrong").forEach(unmark);
    for (const [row, right, words] of marks) mark(row, right, words);
    const word = share === 1 ? "\u2713 " + _("Right.") : share > 0 ? "\u25D0 " + _("Partly right.") : "\u2717 " + _("Not yet.");
    const part = form.closest(".quiz") || form.parentNode;
    const counted = judged(part);
    const state = read();
    const right = counted.filter((one) => shareOf(one.dataset.item, state) === 1).length;
    const others = part.querySelectorAll("form.quiz-item").length - counted.length;
    const sum = counted.length < 2 ? "" : others
      ? _("{right} of the {count} questions here that are checked for you are right.", { right, count: counted.length })
      : _("{right} of {count} right in this part.", { right, count: counted.length });
    result.classList.add(share === 1 ? "is-right" : share > 0 ? "is-part" : "is-wrong");
    result.append(make("p", [word, said].filter(Boolean).join(" "), "quiz-verdict"));
    for (const [title, nodes] of parts) {
      if (title) result.append(make("p", title, "quiz-part"));
      result.append(...nodes);
    }
    const why = form.querySelector(".quiz-why");
    if (share === 1 && why) result.append(...copies(why));
    if (sum) result.append(make("p", sum, "quiz-sum"));
    result.append(small(share === 1 ? _("Clear my answer") : _("Try again"), "quiz-again", () => again(form, share === 1)));
    document.dispatchEvent(new CustomEvent("course-answered", { detail: { id: form.dataset.item, share, entry } }));
  }

  /* Putting in order by moving, with buttons or by dragging; matching by choosing pairs. The drop-downs of the page without a
     script stay beneath and hold the answer. */
  const textOf = (row) => [...row.childNodes].filter((node) => node.tagName !== "B").map((node) => node.cloneNode(true));
  const edited = (node) => node.dispatchEvent(new Event("input", { bubbles: true }));
  function movable(form) {
    const entries = [...form.querySelectorAll(".quiz-entries li")];
    const boxes = [...form.querySelectorAll("select")];
    const list = make("ol", "", "quiz-order");
    const told = make("p", "", "quiz-unseen");
    told.setAttribute("role", "status");
    const rows = () => [...list.children];
    const settle = () => rows().forEach((row, at, all) => {
      boxes[at].value = row.dataset.letter;
      row.querySelector(".quiz-up").disabled = at === 0;
      row.querySelector(".quiz-down").disabled = at === all.length - 1;
    });
    const say = (row) => {
      told.textContent = _("{text}: now in place {place} of {count}.", { text: row.dataset.text, place: rows().indexOf(row) + 1, count: rows().length });
      edited(row);
    };
    function step(row, down) {
      const other = down ? row.nextElementSibling : row.previousElementSibling;
      if (!other) return;
      if (down) other.after(row);
      else other.before(row);
      settle();
      const button = row.querySelector(down ? ".quiz-down" : ".quiz-up");
      (button.disabled ? row.querySelector(down ? ".quiz-up" : ".quiz-down") : button).focus();
      say(row);
    }
    for (const entry of entries) {
      const row = make("li");
      row.dataset.letter = entry.querySelector("b").textContent;
      row.dataset.text = textOf(entry).map((node) => node.textContent).join("").trim();
      const text = make("span", "", "quiz-text");
      text.append(...textOf(entry));
      const move = make("span", "", "quiz-move");
      for (const [className, sign, name, down] of [["quiz-up", "\u2191", _("Move up: {text}", { text: row.dataset.text }), false], ["quiz-down", "\u2193", _("Move down: {text}", { text: row.dataset.text }), true]]) {
        const button = small(sign, className, () => step(row, down));
        button.setAttribute("aria-label", name);
        move.append(button);
      }
      const grip = make("span", "\u2261", "quiz-grip");
      grip.setAttribute("aria-hidden", "true");
      grip.addEventListener("pointerdown", (event) => {
        event.preventDefault();
        row.classList.add("is-moving");
        grip.setPointerCapture(event.pointerId);
      });
      grip.addEventListener("pointermove", (event) => {
        if (!row.classList.contains("is-moving")) return;
        const [before, after] = [row.previousElementSibling, row.nextElementSibling];
        const middle = (one) => { const box = one.getBoundingClientRect(); return box.top + box.height / 2; };
        // The neighbour moves, because a node that is taken out of the page loses the pointer.
        if (before && event.clientY < middle(before)) row.after(before);
        else if (after && event.clientY > middle(after)) row.before(after);
      });
      for (const end of ["pointerup", "pointercancel"]) grip.addEventListener(end, () => {
        if (!row.classList.contains("is-moving")) return;
        row.classList.remove("is-moving");
        settle();
        say(row);
      });
      row.append(grip, text, move);
      list.append(row);
    }
    const letterOf = new Map(rows().map((row) => [row.dataset.letter, row]));
    form.addEventListener("reset", () => setTimeout(() => {
      for (const entry of entries) list.append(letterOf.get(entry.querySelector("b").textContent));
      settle();
      for (const box of boxes) box.value = "";
    }));
    settle();
    for (const box of boxes) box.value = ""; // nothing is answered until something was moved, or said to be right as it is
    form.querySelector(".quiz-places").hidden = form.querySelector(".quiz-entries").hidden = true;
    form.querySelector(".quiz-entries").before(list, told);
  }
  function pairing(form) {
    const partners = [...form.querySelectorAll(".quiz-entries li")].map((row) => ({ letter: row.querySelector("b").textContent, nodes: textOf(row), text: textOf(row).map((node) => node.textContent).join("").trim() }));
    const rows = [...form.querySelectorAll(".quiz-places > li")];
    const boxes = rows.map((row) => row.querySelector("select"));
    const bank = make("ul", "", "quiz-bank");
    let open = null;
    const nameOf = (at) => rows[at].querySelector("label").textContent.trim();
    function show() {
      rows.forEach((row, at) => {
        const slot = row.querySelector(".quiz-slot");
        const partner = partners.find((one) => one.letter === boxes[at].value);
        slot.replaceChildren(...(partner ? partner.nodes.map((node) => node.cloneNode(true)) : [document.createTextNode(_("Choose its partner"))]));
        slot.classList.toggle("is-empty", !partner);
        slot.setAttribute("aria-label", partner ? _("{left}: {right}. Press to change it.", { left: nameOf(at), right: partner.text }) : _("{left}: choose its partner", { left: nameOf(at) }));
        slot.setAttribute("aria-expanded", String(open === at));
      });
      if (open === null) return bank.remove();
      rows[open].querySelector(".quiz-slot").after(bank);
      [...bank.children].forEach((item, at) => {
        const button = item.firstChild;
        const user = boxes.findIndex((box) => box.value === partners[at].letter);
        button.setAttribute("aria-pressed", String(user === open));
        button.classList.toggle("is-used", user >= 0 && user !== open);
      });
    }
    function pair(letter) {
      const at = open;
      const was = boxes[at].value === letter;
      for (const [other, box] of boxes.entries()) if (box.value === letter && other !== at) { box.value = ""; unmark(rows[other]); }
      boxes[at].value = was ? "" : letter;
      const next = was ? at : [...rows.keys()].map((add) => (at + 1 + add) % rows.length).find((one) => !boxes[one].value);
      open = next ?? null;
      show();
      edited(rows[at]);
      rows[open ?? at].querySelector(".quiz-slot").focus();
    }
    for (const partner of partners) {
      const item = make("li");
      const button = small("", "", () => pair(partner.letter));
      button.append(...partner.nodes.map((node) => node.cloneNode(true)));
      item.append(button);
      bank.append(item);
    }
    rows.forEach((row, at) => {
      boxes[at].hidden = true;
      const label = row.querySelector("label");
      label.removeAttribute("for");
      row.insertBefore(small("", "quiz-slot", () => { open = open === at ? null : at; show(); }), row.querySelector(".quiz-beside"));
      row.courseClear = () => { boxes[at].value = ""; show(); };
    });
    form.addEventListener("reset", () => setTimeout(() => { open = null; show(); }));
    form.querySelector(".quiz-entries").hidden = true;
    show();
  }
  function askSure(form) {
    if (form.querySelector(".quiz-sure")) return;
    const asked = make("fieldset", "", "quiz-sure");
    asked.append(make("legend", _("How sure are you?")));
    for (const [value, text] of [["sure", _("Sure")], ["unsure", _("Not sure")]]) {
      const label = make("label");
      const box = make("input");
      Object.assign(box, { type: "radio", name: "sure", value });
      label.append(box, ` ${text}`);
      asked.append(label);
    }
    form.querySelector(".quiz-check").before(asked);
  }

  /* The panel: results by objective, and the reader's hand on what is kept */
  function panel(root) {
    const find = (name) => root.querySelector(name);
    const said = find(".quiz-said");
    const [off, wipe, sure] = ["off", "wipe", "sure"].map((name) => find(`[data-do="${name}"]`));
    const file = find("input[type=file]");
    const refresh = () => {
      const state = read();
      for (const row of root.querySelectorAll("tr[data-items]")) {
        const ids = row.dataset.items.split(" ");
        const given = ids.map((id) => shareOf(id, state)).filter((share) => share !== undefined);
        const cells = row.querySelectorAll("td");
        cells[0].textContent = _("{some} of {count}", { some: given.length, count: ids.length });
        cells[1].textContent = given.length ? _("{some} of {count}", { some: given.filter((share) => share === 1).length, count: given.length }) : "\u2013";
      }
      sure.setAttribute("aria-pressed", String(Boolean(state.sure)));
      find(".quiz-calibration").textContent = calibration(state);
      off.textContent = state.off ? _("Keep my results again") : _("Stop keeping my results");
      find(".quiz-kept").textContent = state.off
        ? _("Nothing is kept: results last until you leave the page.")
        : keeps
          ? _("Results are kept in this browser and sent nowhere. Anyone who uses this browser can see them. Your answers themselves are not kept.")
          : _("This browser keeps nothing here (a private window, perhaps), so results last until you leave the page. You can save them to a file.");
    };
    const rest = () => { delete wipe.dataset.sure; wipe.textContent = _("Remove all results"); };
    find('[data-do="save"]').addEventListener("click", () => {
      const items = read().items;
      const url = URL.createObjectURL(new Blob([JSON.stringify({ course: COURSE, version: 1, saved: today(), items, parts: window.courseParts ? window.courseParts.all() : {} }, null, 1)], { type: "application/json" }));
      const link = make("a");
      link.href = url;
      link.download = `my-results-${today()}.json`;
      link.click();
      setTimeout(() => URL.revokeObjectURL(url), 1000);
      said.textContent = _("Saved {count} results to a file.", { count: Object.keys(items).length });
    });
    file.addEventListener("change", async () => {
      const [chosen] = file.files;
      if (!chosen) return;
      try {
        if (chosen.size > 2e6) throw new Error(_("it is far too large"));
        const data = checked(await chosen.text());
        merge(data);
        if (window.courseParts) window.courseParts.merge(data.parts);
        said.textContent = _("Read {count} results. Where both had one, the newer one stays.", { count: Object.keys(data.items).length });
      } catch (error) {
        said.textContent = _("The file cannot be used: {why}. Nothing was changed.", { why: error.message });
      }
      file.value = "";
    });
    wipe.addEventListener("click", () => {
      if (wipe.dataset.sure) {
        for (const id of Object.keys(session)) delete session[id];
        write(read().off ? { ...empty(), off: true } : empty());
        if (window.courseParts) window.courseParts.wipe();
        said.textContent = _("All results are removed from this browser.");
        rest();
      } else {
        wipe.dataset.sure = "once";
        wipe.textContent = _("Really remove all results?");
        said.textContent = _("Press the button once more to remove all results of all chapters. There is no way back.");
      }
    });
    sure.addEventListener("click", () => {
      const state = read();
      state.sure = !state.sure;
      write(state);
      for (const form of judged(document)) if (state.sure) askSure(form); else form.querySelector(".quiz-sure")?.remove();
      said.textContent = state.sure ? _("Each question now asks how sure you are. The answer is optional.") : _("Questions no longer ask how sure you are.");
    });
    wipe.addEventListener("blur", rest);
    off.addEventListener("click", () => {
      const was = read().off;
      write(was ? empty() : { ...empty(), off: true });
      if (!was && window.courseParts) window.courseParts.wipe();
      said.textContent = was ? _("From now on results are kept in this browser.") : _("Nothing more is kept, and what was kept is removed.");
    });
    document.addEventListener("course-progress", refresh);
    document.addEventListener("course-answered", refresh);
    window.addEventListener("storage", refresh);
    find(".quiz-needs-script").remove();
    find(".quiz-desk").hidden = false;
    refresh();
  }

  /* How often someone was right when sure, and when not: of the latest first tries for which they said so. */
  function calibration(state) {
    const said = Object.values(state.items).filter((one) => one.sure !== undefined);
    const told = (sure) => {
      const those = said.filter((one) => one.sure === sure);
      const hits = those.filter((one) => one.hit).length;
      return those.length ? { hits, count: those.length } : null;
    };
    const [sure, unsure] = [told(true), told(false)];
    const lines = [];
    if (sure) lines.push(_("When you were sure, {hits} of {count} answers were right.", sure));
    if (unsure) lines.push(_("When you were not sure, {hits} of {count} were.", unsure));
    if (sure && unsure && sure.count >= 5 && unsure.count >= 5)
      lines.push(sure.hits / sure.count > unsure.hits / unsure.count + 0.1 ? _("So your feeling of being sure tells you something.") : _("So far, feeling sure has told you little: check those answers, too."));
    return lines.join(" ");
  }

  /* On paper the key stands apart, after the last question */
  function keySheet() {
    const forms = [...document.querySelectorAll("form.quiz-item")];
    if (!forms.length) return;
    const sheet = make("section", "", "quiz-sheet");
    sheet.append(make("h2", _("Key to the questions of this page")));
    for (const form of forms) {
      const section = form.closest("section");
      const heading = section && section.querySelector("h1, h2, h3");
      const number = form.querySelector(".quiz-number").firstChild.textContent.trim();
      sheet.append(make("h3", `${heading ? heading.firstChild.textContent.trim() + ": " : ""}${number}`));
      const box = make("div");
      box.append(...copies(form.querySelector(".quiz-answer")).filter((node) => node.tagName !== "SUMMARY"));
      for (const node of box.querySelectorAll("[id]")) node.removeAttribute("id");
      sheet.append(box);
    }
    (forms[forms.length - 1].closest("article") || document.body).append(sheet);
  }
  const dropSheet = () => document.querySelectorAll(".quiz-sheet").forEach((sheet) => sheet.remove());
  window.addEventListener("beforeprint", () => {
    dropSheet();
    keySheet();
  });
  window.addEventListener("afterprint", dropSheet);

  function start(root) {
    const state = read();
    for (const form of root.querySelectorAll("form.quiz-item:not([data-ready])")) {
      form.dataset.ready = "";
      // JupyterLab takes keys such as arrows and Enter for itself, unless the very element that has the focus is marked.
      const kind = form.dataset.kind;
      for (const row of form.querySelectorAll(".quiz-options > li, .quiz-places > li")) {
        const beside = make("div", "", "quiz-beside");
        beside.setAttribute("aria-live", "polite");
        const box = row.querySelector("input");
        if (box) box.setAttribute("aria-describedby", (beside.id = `${box.id}-beside`));
        row.append(beside);
      }
      if (kind === "order") movable(form);
      if (kind === "match") pairing(form);
      if (kind in judges && state.sure) askSure(form);
      for (const node of form.querySelectorAll("input, select, button, summary")) node.setAttribute("data-lm-suppress-shortcuts", "true");
      const button = form.querySelector(".quiz-check");
      if (button) {
        button.hidden = false;
        form.addEventListener("submit", answer);
        form.addEventListener("input", changed);
        form.addEventListener("click", ignoreDouble, true);
        const one = state.items[form.dataset.item];
        if (one) form.querySelector(".quiz-number").append(make("span", one.share === 1 ? " \u2713 " + _("right last time") : " \u2717 " + _("not yet right last time"), "quiz-before"));
      } else form.addEventListener("submit", (event) => event.preventDefault());
    }
    for (const node of root.querySelectorAll(".quiz-progress:not([data-ready])")) {
      node.dataset.ready = "";
      panel(node);
    }
  }
  window.courseQuiz = { start, focus, read, today, later, readNumber };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", () => start(document));
  else start(document);
})();
