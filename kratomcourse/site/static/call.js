/* The emergency number beside "Help now": of the country that the reader chose, or else of the one whose time zone the
   device has. The choice stays in this browser. Without it, and elsewhere, "Help now" leads to all numbers. */
(function () {
  "use strict";
  // Words of another language, where the page brings them; {names} are filled in.
  const _ = (text, values = {}) => ((window.courseWords || {})[text] || text).replace(/\{(\w+)\}/g, (all, name) => name in values ? values[name] : all);
  const KEY = "course.country";
  const storage = window.courseStorage.local;
  const numbers = window.courseNumbers || [];
  const chosen = () => numbers.find(([country]) => country === storage.getItem(KEY));
  const near = () => {
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    return numbers.find(([, , zones]) => zones.split(" ").includes(zone));
  };
  function show() {
    const found = chosen() || near();
    for (const link of document.querySelectorAll(".call-now")) {
      link.hidden = !found;
      if (!found) continue;
      const [country, number] = found;
      link.href = `tel:${number}`;
      link.querySelector("b").textContent = number;
      link.setAttribute("aria-label", _("Call {number}, the emergency number ({country})", { number, country: _(country) }));
    }
    // On Help now this country's number comes first.
    const first = found && document.querySelectorAll(`.call-buttons .call-emergency[href="tel:${found[1]}"]`);
    for (const link of first || []) link.parentNode.prepend(link);
  }
  // For the answer that the search pins to words of an emergency.
  window.courseCall = () => chosen() || near();
  function ask() {
    const list = document.querySelector(".call-buttons:not(.compact):has(.call-emergency)");
    if (!list) return;
    const line = document.createElement("p");
    line.className = "call-country";
    const label = document.createElement("label");
    label.textContent = _("The red button on every page calls the number of") + " ";
    const select = document.createElement("select");
    for (const [country, number] of numbers) select.append(new Option(`${_(country)} (${number})`, country));
    const found = chosen() || near();
    if (found) select.value = found[0];
    else select.prepend(new Option(_("choose your country"), "", true, true));
    select.addEventListener("change", () => {
      storage.setItem(KEY, select.value);
      show();
    });
    label.append(select);
    line.append(label);
    list.after(line);
  }
  document.addEventListener("DOMContentLoaded", () => { show(); ask(); });
})();
