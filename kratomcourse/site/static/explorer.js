/* The controls of an explorer choose among frames that were computed when the book was built. Without it the first frame stands. */
(function () {
  "use strict";
  // Words of another language, where the page brings them; {names} are filled in.
  const _ = (text, values = {}) => ((window.courseWords || {})[text] || text).replace(/\{(\w+)\}/g, (all, name) => name in values ? values[name] : all);
  const waiting = {};
  window.courseExplorer = (name, frames) => waiting[name] && waiting[name](frames);
  const wake = (box) => {
    const controls = [...box.querySelectorAll(".explorer-controls > *")];
    const inputs = [...box.querySelectorAll(".explorer-controls input")];
    const moving = box.querySelector(".moving");
    const told = box.querySelector("output");
    const name = box.dataset.explorer;
    let frames = null;
    let lost = false;
    const turn = () => {
      if (lost) { lost = false; fetchFrames(); }
      for (const input of inputs.filter((one) => one.type === "range")) {
        const text = JSON.parse(input.dataset.texts)[input.value];
        input.setAttribute("aria-valuetext", text);
        input.parentNode.querySelector(".explorer-value").textContent = text;
      }
      const chosen = controls.map((control) => control.querySelector("input[type=range], input:checked").value);
      const frame = frames && frames[chosen.join(",")];
      if (!frame) return;
      moving.innerHTML = frame[0];
      told.textContent = frame[1];
    };
    waiting[name] = (given) => { frames = given; turn(); };
    for (const input of inputs) input.addEventListener("input", turn);
    const fetchFrames = () => {
      const script = document.createElement("script");
      script.src = box.dataset.frames;
      script.dataset.awaited = "";
      script.onerror = () => { script.remove(); told.textContent = _("The other settings could not be loaded, so the figure stays as it is. Change one to try again."); lost = true; };
      document.head.append(script);
    };
    box.querySelector(".explorer-controls").hidden = false;
    if (!("IntersectionObserver" in window)) return fetchFrames();
    const watch = new IntersectionObserver((seen) => {
      if (seen.some((one) => one.isIntersecting)) { watch.disconnect(); fetchFrames(); }
    }, { rootMargin: "600px" });
    watch.observe(box);
  };
  document.addEventListener("DOMContentLoaded", () => document.querySelectorAll("[data-explorer]").forEach(wake));
})();
