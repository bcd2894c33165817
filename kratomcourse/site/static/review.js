/* The review page: asks the questions that are due in this browser, one at a time. Needs quiz.js, which keeps the boxes. */
(function () {
  "use strict";
  // Words of another language, where the page brings them; {names} are filled in.
  const _ = (text, values = {}) => ((window.courseWords || {})[text] || text).replace(/\{(\w+)\}/g, (all, name) => name in values ? values[name] : all);
  const folder = new URL("review/", document.currentScript.src).href; // beside this script; works from a file as well
  const NEW_AT_ONCE = 5;
  const loaded = {};

  /* The questions of a chapter come as a script that sets a variable: it loads from a server and from a disk alike. */
  function questions(chapter) {
    loaded[chapter] ||= new Promise((done, failed) => {
      const script = document.createElement("script");
      script.src = `${folder}${chapter}.js`;
      script.dataset.awaited = "";
      script.onload = () => done(window.courseReview[chapter]);
      script.onerror = () => {
        delete loaded[chapter];
        failed(new Error(chapter));
      };
      document.head.append(script);
    });
    return loaded[chapter];
  }

  function begin() {
    const root = document.querySelector(".review");
    const quiz = window.courseQuiz;
    if (!root || !quiz) return;
    const find = (name) => root.querySelector(name);
    const [said, place, next, more, from] = [".review-said", ".review-item", '[data-do="next"]', '[data-do="new"]', "select"].map(find);
    const rows = [...document.querySelectorAll(".quiz-progress tr[data-chapter]")];
    const chapters = new Map(rows.map((row) => [row.dataset.chapter, { title: row.querySelector("th").textContent, items: row.dataset.items.split(" ") }]));
    const chapterOf = new Map([...chapters].flatMap(([name, one]) => one.items.map((id) => [id, name])));
    const words = (day) => new Date(`${day}T12:00`).toLocaleDateString(document.documentElement.lang || "en", { weekday: "long", day: "numeric", month: "long" });
    let queue = [];

    const due = () => {
      const { items } = quiz.read();
      const isDue = (one) => one.due <= quiz.today() || one.due > quiz.later(16);
      return Object.keys(items).filter((id) => chapterOf.has(id) && isDue(items[id])).sort((a, b) => (items[a].due < items[b].due ? -1 : items[a].due > items[b].due ? 1 : items[a].box - items[b].box));
    };
    function state() {
      const { items } = quiz.read();
      const waiting = due();
      if (waiting.length) return waiting.length === 1 ? _("One question is due today.") : _("{count} questions are due today.", { count: waiting.length });
      const coming = Object.keys(items).filter((id) => chapterOf.has(id)).map((id) => items[id].due).sort();
      return coming.length ? _("Nothing is due today. The next question comes on {day}. You can take new ones.", { day: words(coming[0]) }) : _("You have answered nothing yet. Take new questions, or begin with a chapter.");
    }
    async function ask(focus) {
      const id = queue.shift();
      place.replaceChildren();
      next.hidden = true;
      if (!id) {
        said.textContent = state();
        if (focus) more.focus();
        return;
      }
      try {
        const question = (await questions(chapterOf.get(id)))[id];
        if (!question) throw new Error(id); // this tab and the host are of different versions
        place.innerHTML = `<div class="quiz">${question}</div>`;
      } catch {
        said.textContent = _("The questions of this chapter could not be read. Is the page complete? Its chapter has them too.");
        return;
      }
      const number = place.querySelector(".quiz-number");
      number.firstChild.textContent = `${chapters.get(chapterOf.get(id)).title} `;
      quiz.start(place);
      if (focus) {
        said.textContent = queue.length ? _("{count} more after this one.", { count: queue.length }) : _("The last one for now.");
        quiz.focus(place);
      } else said.textContent = state();
    }
    document.addEventListener("course-answered", ({ detail }) => {
      if (!place.querySelector(`[data-item="${detail.id}"]`)) return;
      next.hidden = false;
      next.textContent = queue.length ? _("Next question") : _("Done");
      const when = detail.entry ? _("This question comes again on {day}.", { day: words(detail.entry.due) }) : _("It is not kept, so it will not come again by itself.");
      const line = document.createElement("p");
      line.className = "review-when";
      line.textContent = when;
      place.querySelector(".quiz-result").append(line);
    });
    next.addEventListener("click", () => {
      if (!queue.length) queue = due();
      ask(true);
    });
    more.addEventListener("click", () => {
      const { items } = quiz.read();
      const names = from.value ? [from.value] : [...chapters.keys()];
      queue = names.flatMap((name) => chapters.get(name).items).filter((id) => !(id in items)).slice(0, NEW_AT_ONCE);
      if (queue.length) ask(true);
      else said.textContent = _("You have answered every question there. Each comes again when it is due.");
    });
    for (const [name, one] of chapters) from.append(new Option(one.title, name));
    find(".quiz-needs-script").remove();
    find(".review-desk").hidden = false;
    queue = due();
    ask(false);
  }
  if (document.readyState === "complete") begin();
  else document.addEventListener("DOMContentLoaded", begin);
})();
