/* Narrows a table to what was typed and chosen. Without it the whole table is there. */
(function () {
  "use strict";
  // Words of another language, where the page brings them; {names} are filled in.
  const _ = (text, values = {}) => ((window.courseWords || {})[text] || text).replace(/\{(\w+)\}/g, (all, name) => name in values ? values[name] : all);
  const plain = (text) => text.toLowerCase().normalize("NFD").replace(/[\u0300-\u036f]/g, "");
  const words = (text) => plain(text).split(/[^\p{L}\p{N}]+/u).filter(Boolean);
  // Every word typed must begin a word of the row: "la" finds Louisiana, not Alabama.
  const fits = (row, asked) => {
    const there = words(row.dataset.text || "");
    return words(asked).every((word) => there.some((other) => other.startsWith(word)));
  };
  document.addEventListener("DOMContentLoaded", () => {
    for (const form of document.querySelectorAll("form.table-filter")) {
      const rows = [...document.querySelectorAll(`[data-filter="${form.dataset.for}"]`)];
      const boxes = [...form.querySelectorAll("input, select")];
      const told = form.querySelector("[role=status]");
      const narrow = () => {
        const asked = boxes.filter((box) => box.value.trim());
        let shown = 0;
        for (const row of rows) {
          const match = asked.every((box) => (box.tagName === "SELECT" ? row.dataset[box.name] === box.value : fits(row, box.value)));
          row.hidden = !match;
          shown += !row.hidden;
        }
        for (const group of document.querySelectorAll(`[data-filter-group="${form.dataset.for}"]`))
          group.hidden = !group.querySelector(`[data-filter="${form.dataset.for}"]:not([hidden])`);
        told.textContent =
          shown === rows.length ? _("All {shown} shown.", { shown })
          : shown ? _("{shown} of {count} shown.", { shown, count: rows.length })
          : _("None found here.");
      };
      const follow = () => {
        const row = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
        if (!row || !rows.includes(row)) return;
        narrow();
        if (row.hidden) {
          for (const box of boxes) box.value = "";
          narrow();
        }
        row.scrollIntoView();
      };
      form.hidden = false;
      form.addEventListener("input", narrow);
      form.addEventListener("submit", (event) => event.preventDefault());
      form.addEventListener("reset", () => setTimeout(narrow));
      window.addEventListener("hashchange", follow);
      narrow();
      follow();
    }
  });
})();
