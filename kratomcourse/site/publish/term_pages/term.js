/* Tells on the pages of an older term that there is a newer one, and leads to the same page in it. Sends nothing anywhere. */
(function () {
  "use strict";
  // Words of another language, where the page brings them; {names} are filled in.
  const _ = (text, values = {}) => ((window.courseWords || {})[text] || text).replace(/\{(\w+)\}/g, (all, name) => name in values ? values[name] : all);
  const me = document.querySelector("script[data-term]");
  const terms = window.courseVersions || [];
  const mine = me.dataset.term;
  if (!terms.length || terms[0] === mine) return;
  const page = location.pathname.split(`/${mine}/`).pop();
  const note = document.createElement("div");
  note.className = "older-term";
  note.setAttribute("role", "region");
  note.setAttribute("aria-label", _("Older term"));
  const link = document.createElement("a");
  link.href = `${me.dataset.up}${terms[0]}/${page}`;
  link.textContent = terms[0];
  const [before, after] = _("These are the pages of an older term, {term}. Laws, help lines and counts may have changed. The current one is {newest}.", { term: mine, newest: "{newest}" }).split("{newest}");
  note.append(before, link, after);
  // A page that the newer term has not leads to its front page.
  link.addEventListener("click", (event) => {
    if (location.protocol === "file:" || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    fetch(link.href, { method: "HEAD" }).then((answer) => { location.href = answer.ok ? link.href : `${me.dataset.up}${terms[0]}/`; }, () => { location.href = link.href; });
  });
  Object.assign(note.style, { padding: "0.6rem 1rem", textAlign: "center", background: "#5c2a00", color: "#ffffff", fontSize: "1rem" });
  Object.assign(link.style, { color: "#ffffff", textDecoration: "underline" });
  const main = document.querySelector("main") || document.body;
  main.prepend(note);
})();
