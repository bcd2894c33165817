/* A button that copies a block of code. */
(function () {
  "use strict";
  // Words of another language, where the page brings them.
  const _ = (text) => (window.courseWords || {})[text] || text;
  for (const block of document.querySelectorAll("div.highlight")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy-code";
    button.textContent = _("Copy");
    button.setAttribute("aria-label", _("Copy this code"));
    button.addEventListener("click", async () => {
      const text = block.querySelector("pre").textContent;
      let done = false;
      try { await navigator.clipboard.writeText(text); done = true; } catch { done = false; }
      button.textContent = done ? _("Copied") : _("Not possible here");
      setTimeout(() => { button.textContent = _("Copy"); }, 2000);
    });
    block.append(button);
  }
})();
