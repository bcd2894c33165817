/* Narrows a table to what was typed and chosen. Without it the whole table is there. */
(function () {
  "use strict";
  const plain = (text) => text.toLowerCase().normalize("NFD").replace(/[\u0300-\u036f]/g, "");
  document.addEventListener("DOMContentLoaded", () => {
    for (const form of document.querySelectorAll("form.table-filter")) {
      const rows = [...document.querySelectorAll(`[data-filter="${form.dataset.for}"]`)];
      const boxes = [...form.querySelectorAll("input, select")];
      const told = form.querySelector("[role=status]");
      const narrow = () => {
        let shown = 0;
        for (const row of rows) {
          const fits = boxes.every((box) => {
            if (!box.value) return true;
            const text = row.dataset[box.name] || "";
            return box.tagName === "SELECT" ? text === box.value : plain(text).includes(plain(box.value.trim()));
          });
          row.hidden = !fits;
          shown += fits;
        }
        for (const group of document.querySelectorAll(`[data-filter-group="${form.dataset.for}"]`))
          group.hidden = !group.querySelector(`[data-filter="${form.dataset.for}"]:not([hidden])`);
        told.textContent = shown === rows.length ? `All ${shown} shown.` : shown ? `${shown} of ${rows.length} shown.` : "None found here.";
      };
      form.hidden = false;
      form.addEventListener("input", narrow);
      form.addEventListener("submit", (event) => event.preventDefault());
      form.addEventListener("reset", () => setTimeout(narrow));
      narrow();
    }
  });
})();
