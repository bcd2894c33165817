/* Check-yourself questions. Reads key and feedback from the folded answer; sends nothing anywhere.
   What was answered how well is kept in this browser alone, if at all; never the answers themselves. */
(function () {
  "use strict";
  if (window.courseQuiz) return window.courseQuiz.start(document); // a notebook brings this script in each cell
  // Words of another language, where the page brings them; {names} are filled in.
  const _ = (text, values = {}) => ((window.courseWords || {})[text] || text).replace(/\{(\w+)\}/g, (all, name) => name in values ? values[name] : all);
  const KEY = "kratomcourse.progress.v1";
  const COURSE = "kratom-and-harm-reduction";
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
  const labelOf = (form, letter) => form.querySelector(`input[value="${letter}"] + label`).textContent;
  const letters = (form) => ({
    key: form.querySelector(".quiz-key").dataset.letters.split(" "),
    given: [...form.querySelectorAll("select")].map((box) => box.value),
  });

  /* Judging */
  const judges = {
    choice(form) {
      const picked = form.querySelector("input:checked");
      if (!picked) return null;
      const row = form.querySelector(`[data-option="${picked.value}"]`);
      return { share: row.dataset.right === "true" ? 1 : 0, parts: [["", because(row)]] };
    },
    choices(form) {
      const picked = new Set([...form.querySelectorAll("input:checked")].map((box) => box.value));
      if (!picked.size) return null;
      const rows = [...form.querySelectorAll("[data-option]")];
      const right = rows.filter((row) => row.dataset.right === "true");
      const wrong = rows.filter((row) => row.dataset.right !== "true");
      const hit = (group) => group.filter((row) => picked.has(row.dataset.option)).length;
      const parts = rows
        .filter((row) => picked.has(row.dataset.option) || row.dataset.right === "true")
        .map((row) => {
          const word = row.dataset.right !== "true" ? _("Not this one") : picked.has(row.dataset.option) ? _("Right") : _("You left out");
          return [`${word}: ${labelOf(form, row.dataset.option)}`, because(row)];
        });
      return { share: Math.max(0, hit(right) / right.length - hit(wrong) / wrong.length), parts };
    },
    number(form) {
      const text = form.querySelector("input").value.trim().replace(/\s/g, "").replace("\u2212", "-");
      if (!text) return null;
      const value = Number(/^-?\d+,\d+$/.test(text) ? text.replace(",", ".") : text.replace(/,/g, ""));
      if (!Number.isFinite(value)) return { unread: _("Please write a plain number, for example 0.25 or 12.") };
      const key = form.querySelector(".quiz-key");
      const near = (row, allowed) => Math.abs(value - Number(row.dataset.value)) <= allowed * (1 + 1e-9) + 1e-12;
      if (near(key, Number(key.dataset.allowed))) return { share: 1, parts: [["", because(key)]] };
      const known = [...form.querySelectorAll(".quiz-feedback [data-value]")].find((row) =>
        near(row, Math.max(Math.abs(Number(row.dataset.value)) * 0.02, 1e-9)));
      const hint = copies(form.querySelector(".quiz-hint")).slice(1);
      return { share: 0, parts: [["", known ? because(known) : hint]] };
    },
    order(form) {
      const { key, given } = letters(form);
      if (given.some((letter) => !letter)) return null;
      if (new Set(given).size < given.length) return { unread: _("One letter stands in two places. Use each letter once.") };
      const follows = new Set(key.slice(1).map((letter, i) => key[i] + letter));
      const share = given.slice(1).filter((letter, i) => follows.has(given[i] + letter)).length / follows.size;
      return { share, parts: [["", share === 1 ? because(form.querySelector(".quiz-key")) : copies(form.querySelector(".quiz-hint"))]] };
    },
    match(form) {
      const { key, given } = letters(form);
      if (given.some((letter) => !letter)) return null;
      const rows = [...form.querySelectorAll(".quiz-feedback > li")];
      const parts = rows.map((row, i) => [`${given[i] === key[i] ? _("Right") : _("Not yet")}: ${row.querySelector("b").textContent}`, because(row)]);
      return { share: key.filter((letter, i) => letter === given[i]).length / key.length, parts };
    },
  };

  /* Progress: item id -> { box 1..5, due, last: days as 2026-11-27, seen, right: times, share: of the last answer } */
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
    one && whole(one.box, DAYS.length) && one.box > 0 && DATE.test(one.due) && DATE.test(one.last) && whole(one.seen, 1e6) && whole(one.right, 1e6) && one.share >= 0 && one.share <= 1;
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
      if (!/^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(id) || !isEntry(one)) throw new Error(_("what it says of \u201c{id}\u201d can not be right", { id: id.slice(0, 60) }));
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
  function record(id, share) {
    const state = read();
    if (state.off) return null;
    const one = state.items[id] || { box: 1, due: today(), last: today(), seen: 0, right: 0, share: 0 };
    if (share < 1 || one.due <= today() || one.due > later(DAYS[DAYS.length - 1])) {
      one.box = share < 1 ? 1 : Math.min(one.box + 1, DAYS.length);
      one.due = later(DAYS[one.box - 1]);
    }
    Object.assign(one, { last: today(), seen: one.seen + 1, right: one.right + (share === 1 ? 1 : 0), share: Math.round(share * 1000) / 1000 });
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
  async function answer(event) {
    event.preventDefault();
    const form = event.currentTarget;
    const result = form.querySelector(".quiz-result");
    const away = form.querySelector(".quiz-answer [data-later]"); // a page may bring answers when somebody comes near
    if (away && form.dataset.waits) return;
    if (away) form.dataset.waits = "";
    const came = !away || (window.courseBring && (await window.courseBring(away.dataset.later)));
    delete form.dataset.waits;
    if (!came) {
      const link = away.querySelector("a").cloneNode(true);
      result.replaceChildren(make("p", _("The answer could not be fetched. Is there a connection? Press the button again, or look here:") + " "));
      result.firstChild.append(link);
      return;
    }
    const verdict = judges[form.dataset.kind](form);
    result.replaceChildren();
    result.className = "quiz-result";
    if (!verdict || verdict.unread) {
      result.append(make("p", verdict ? verdict.unread : _("Nothing to check yet: give an answer first.")));
      return;
    }
    session[form.dataset.item] = verdict.share;
    const entry = record(form.dataset.item, verdict.share);
    const word = verdict.share === 1 ? "\u2713 " + _("Right.") : verdict.share > 0 ? "\u25D0 " + _("Partly right.") : "\u2717 " + _("Not yet.");
    const part = judged(form.closest(".quiz") || form.parentNode);
    const state = read();
    const right = part.filter((one) => shareOf(one.dataset.item, state) === 1).length;
    result.classList.add(verdict.share === 1 ? "is-right" : verdict.share > 0 ? "is-part" : "is-wrong");
    result.append(make("p", part.length > 1 ? word + " " + _("{right} of {count} right in this part.", { right, count: part.length }) : word, "quiz-verdict"));
    for (const [title, nodes] of verdict.parts) {
      if (title) result.append(make("p", title, "quiz-part"));
      result.append(...nodes);
    }
    const why = form.querySelector(".quiz-why");
    if (verdict.share === 1 && why) result.append(...copies(why));
    if (verdict.share < 1) {
      const again = make("button", _("Try again"));
      again.type = "button";
      again.setAttribute("data-lm-suppress-shortcuts", "true");
      again.addEventListener("click", () => {
        form.reset();
        result.replaceChildren();
        result.className = "quiz-result";
        form.querySelector("input, select").focus();
      });
      result.append(again);
    }
    document.dispatchEvent(new CustomEvent("course-answered", { detail: { id: form.dataset.item, share: verdict.share, entry } }));
  }

  /* The panel: results by objective, and the reader's hand on what is kept */
  function panel(root) {
    const find = (name) => root.querySelector(name);
    const said = find(".quiz-said");
    const [off, wipe] = ["off", "wipe"].map((name) => find(`[data-do="${name}"]`));
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
      off.textContent = state.off ? _("Keep my results again") : _("Stop keeping my results");
      find(".quiz-kept").textContent = state.off
        ? _("Nothing is kept: results last until you leave the page.")
        : keeps
          ? _("Results are kept in this browser and sent nowhere. Whoever uses this browser can see them. Your answers themselves are not kept.")
          : _("This browser keeps nothing here (a private window, perhaps), so results last until you leave the page. You can save them to a file.");
    };
    const rest = () => { delete wipe.dataset.sure; wipe.textContent = _("Remove all results"); };
    find('[data-do="save"]').addEventListener("click", () => {
      const items = read().items;
      const url = URL.createObjectURL(new Blob([JSON.stringify({ course: COURSE, version: 1, saved: today(), items }, null, 1)], { type: "application/json" }));
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
        said.textContent = _("Read {count} results. Where both had one, the newer one stays.", { count: Object.keys(data.items).length });
      } catch (error) {
        said.textContent = _("The file can not be used: {why}. Nothing was changed.", { why: error.message });
      }
      file.value = "";
    });
    wipe.addEventListener("click", () => {
      if (wipe.dataset.sure) {
        for (const id of Object.keys(session)) delete session[id];
        write(read().off ? { ...empty(), off: true } : empty());
        said.textContent = _("All results are removed from this browser.");
        rest();
      } else {
        wipe.dataset.sure = "once";
        wipe.textContent = _("Really remove all results?");
        said.textContent = _("Press the button once more to remove all results of all chapters. There is no way back.");
      }
    });
    wipe.addEventListener("blur", rest);
    off.addEventListener("click", () => {
      const was = read().off;
      write(was ? empty() : { ...empty(), off: true });
      said.textContent = was ? _("From now on results are kept in this browser.") : _("Nothing more is kept, and what was kept is removed.");
    });
    document.addEventListener("course-progress", refresh);
    document.addEventListener("course-answered", refresh);
    window.addEventListener("storage", refresh);
    find(".quiz-needs-script").remove();
    find(".quiz-desk").hidden = false;
    refresh();
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
      for (const node of form.querySelectorAll("input, select, button, summary")) node.setAttribute("data-lm-suppress-shortcuts", "true");
      const button = form.querySelector(".quiz-check");
      if (button) {
        button.hidden = false;
        form.addEventListener("submit", answer);
        const one = state.items[form.dataset.item];
        if (one) form.querySelector(".quiz-number").append(make("span", one.share === 1 ? " \u2713 " + _("right last time") : " \u2717 " + _("not yet right last time"), "quiz-before"));
      } else form.addEventListener("submit", (event) => event.preventDefault());
    }
    for (const node of root.querySelectorAll(".quiz-progress:not([data-ready])")) {
      node.dataset.ready = "";
      panel(node);
    }
  }
  window.courseQuiz = { start, read, today, later };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", () => start(document));
  else start(document);
})();
