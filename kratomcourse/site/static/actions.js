/* Answers the actions of a page (cite, report, save a picture, print) on the page itself. What they need is loaded once
   someone uses one; where it can't be, the link leads to the page that serves without a script. */
(function () {
  "use strict";
  const version = "ACTIONS_VERSION"; // written by the build
  const at = document.currentScript?.src.replace(/[^/]*$/, "") || new URL(`${document.documentElement.dataset.content_root || "./"}_static/`, location.href).href;
  const coming = {};
  const load = (file) => (coming[file] ||= new Promise((done, fail) => {
    const script = document.createElement("script");
    script.src = `${at}${file}?v=${version}`;
    script.dataset.awaited = "";
    script.addEventListener("load", done);
    script.addEventListener("error", () => {
      delete coming[file]; // the next use tries again
      fail(new Error(file));
    });
    document.head.append(script);
  }));
  window.courseAct = { load, root: new URL("../", at).href };

  async function act(link) {
    try {
      await load("cite/about.js");
      await load("act.js"); // reads what the first says
      await window.courseAct.open(link);
    } catch (fault) {
      const plain = link.getAttribute("href") || "";
      if (plain && !plain.startsWith("#")) location.href = link.href;
      else throw fault;
    }
  }
  const menus = () => document.querySelectorAll("details.more[open]");
  document.addEventListener("click", (event) => {
    for (const menu of menus()) if (!menu.contains(event.target) || event.target.closest("li")) menu.open = false;
    const link = event.target.closest("[data-act]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.defaultPrevented) return;
    event.preventDefault();
    if (link.dataset.act === "print") window.print();
    else act(link);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of menus()) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
})();
