/* Sliders of an explorer choose among frames that were computed when the book was built. Without it the first frame stands. */
(function () {
  "use strict";
  const waiting = {};
  window.courseExplorer = (name, frames) => waiting[name] && waiting[name](frames);
  const wake = (box) => {
    const inputs = [...box.querySelectorAll("input[type=range]")];
    const moving = box.querySelector(".moving");
    const told = box.querySelector("output");
    const texts = inputs.map((input) => JSON.parse(input.dataset.texts));
    const name = box.dataset.explorer;
    let frames = null;
    const turn = () => {
      inputs.forEach((input, i) => {
        const text = texts[i][input.value];
        input.setAttribute("aria-valuetext", text);
        input.parentNode.querySelector(".explorer-value").textContent = text;
      });
      const frame = frames && frames[inputs.map((input) => input.value).join(",")];
      if (!frame) return;
      moving.innerHTML = frame[0];
      told.textContent = frame[1];
    };
    waiting[name] = (given) => { frames = given; turn(); };
    for (const input of inputs) input.addEventListener("input", turn);
    const fetchFrames = () => {
      const script = document.createElement("script");
      script.src = box.dataset.frames;
      document.head.append(script);
    };
    box.querySelector(".explorer-sliders").hidden = false;
    if (!("IntersectionObserver" in window)) return fetchFrames();
    const watch = new IntersectionObserver((seen) => {
      if (seen.some((one) => one.isIntersecting)) { watch.disconnect(); fetchFrames(); }
    }, { rootMargin: "600px" });
    watch.observe(box);
  };
  document.addEventListener("DOMContentLoaded", () => document.querySelectorAll("[data-explorer]").forEach(wake));
})();
