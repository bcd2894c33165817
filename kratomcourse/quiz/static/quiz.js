/* Check-yourself questions. Reads key and feedback from the folded answer in the page; sends nothing anywhere. */
(function () {
  "use strict";
  // Words of another language, where the page brings them.
  const _ = (text) => (window.courseWords || {})[text] || text;
  const make = (tag, text, className) => {
    const node = document.createElement(tag);
    if (text) node.textContent = text;
    if (className) node.className = className;
    return node;
  };
  const because = (node) => {
    const found = node && (node.matches(".quiz-because") ? node : node.querySelector(".quiz-because"));
    return found ? [...found.childNodes].map((child) => child.cloneNode(true)) : [];
  };
  const labelOf = (form, letter) => form.querySelector(`input[value="${letter}"] + label`).textContent;

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
      const hint = [...form.querySelector(".quiz-hint").childNodes].slice(1).map((child) => child.cloneNode(true));
      return { share: 0, parts: [["", known ? because(known) : hint]] };
    },
    order(form) {
      const { key, given } = letters(form);
      if (given.some((letter) => !letter)) return null;
      if (new Set(given).size < given.length) return { unread: "One letter stands in two places. Use each letter once." };
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
  const copies = (node) => [...node.childNodes].map((child) => child.cloneNode(true));
  const letters = (form) => ({
    key: form.querySelector(".quiz-key").dataset.letters.split(" "),
    given: [...form.querySelectorAll("select")].map((box) => box.value),
  });

  function answer(event) {
    event.preventDefault();
    const form = event.currentTarget;
    const result = form.querySelector(".quiz-result");
    const verdict = judges[form.dataset.kind](form);
    result.replaceChildren();
    result.className = "quiz-result";
    if (!verdict || verdict.unread) {
      result.append(make("p", verdict ? verdict.unread : _("Nothing to check yet: give an answer first.")));
      return;
    }
    const word = verdict.share === 1 ? "\u2713 " + _("Right.") : verdict.share > 0 ? "\u25D0 " + _("Partly right.") : "\u2717 " + _("Not yet.");
    result.classList.add(verdict.share === 1 ? "is-right" : verdict.share > 0 ? "is-part" : "is-wrong");
    result.append(make("p", word, "quiz-verdict"));
    for (const [title, nodes] of verdict.parts) {
      if (title) result.append(make("p", title, "quiz-part"));
      result.append(...nodes);
    }
    const why = form.querySelector(".quiz-why");
    if (verdict.share === 1 && why) result.append(...copies(why));
    if (verdict.share < 1) {
      const again = make("button", _("Try again"));
      again.type = "button";
      again.addEventListener("click", () => {
        form.reset();
        result.replaceChildren();
        result.className = "quiz-result";
        form.querySelector("input, select").focus();
      });
      result.append(again);
    }
  }

  function start(root) {
    for (const form of root.querySelectorAll("form.quiz-item")) {
      const button = form.querySelector(".quiz-check");
      if (button && button.hidden) {
        button.hidden = false;
        form.addEventListener("submit", answer);
      } else if (!button) form.addEventListener("submit", (event) => event.preventDefault());
    }
  }
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", () => start(document));
  else start(document);
})();
