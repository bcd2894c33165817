/* Keeps the book on this device after a visit, says when there is a newer one, and lets a reader wipe what is stored. Sends nothing anywhere. */
(function () {
  "use strict";
  // Words of another language, where the page brings them; {names} are filled in.
  const _ = (text, values = {}) => ((window.courseWords || {})[text] || text).replace(/\{(\w+)\}/g, (all, name) => name in values ? values[name] : all);
  const root = new URL(document.documentElement.dataset.content_root || "./", location.href);
  const { local: storage, caches, workers } = window.courseStorage;
  const choice = () => storage.getItem("course.offline") || "";
  const possible = workers && caches && /^https?:$/.test(location.protocol);

  function notice(words, action, then) {
    document.querySelector(".course-notice")?.remove();
    const box = document.createElement("div");
    box.className = "course-notice";
    box.setAttribute("role", "status");
    const text = document.createElement("p");
    text.textContent = words;
    const yes = document.createElement("button");
    yes.type = "button";
    yes.textContent = action;
    yes.addEventListener("click", then);
    const no = document.createElement("button");
    no.type = "button";
    no.textContent = _("Later");
    no.addEventListener("click", () => box.remove());
    box.append(text, yes, no);
    document.body.append(box);
  }
  function offer(worker) {
    notice(_("There is a newer version of this book. What you have written in the questions of this page is lost when it changes."), _("Show the newer version"), () => {
      workers.addEventListener("controllerchange", () => location.reload(), { once: true });
      worker.postMessage("take-over");
    });
  }
  async function keep() {
    const registration = await workers.register(new URL("sw.js", root), { scope: root.pathname, updateViaCache: "none" });
    if (registration.waiting && workers.controller) offer(registration.waiting);
    registration.addEventListener("updatefound", () => {
      const coming = registration.installing;
      coming.addEventListener("statechange", () => { if (coming.state === "installed" && workers.controller) offer(coming); });
    });
    return registration;
  }
  async function forget() {
    for (const registration of await workers.getRegistrations())
      if (registration.scope === root.href) await registration.unregister();
    for (const key of await caches.keys()) if (key.startsWith("course-")) await caches.delete(key);
  }
  // Not for whoever asked the browser to save data, and not for whoever said no.
  const automatic = () => possible && choice() !== "no" && (choice() === "yes" || !(navigator.connection && navigator.connection.saveData));
  addEventListener("load", () => { if (automatic()) setTimeout(() => keep().catch(() => {}), 1500); });

  // The panel of the privacy page.
  document.addEventListener("DOMContentLoaded", () => {
    const panel = document.querySelector(".course-offline");
    if (!panel) return;
    const told = panel.querySelector("[role=status]");
    const say = (words) => { told.textContent = words; };
    const state = async () => {
      if (!possible) return say(_("This page was not opened from a secure web address, so the browser keeps no offline copy here."));
      const there = (await caches.keys()).some((key) => key.startsWith("course-"));
      say(there ? _("An offline copy of this book is on this device.") : choice() === "no" ? _("No offline copy is kept; your wish to keep none is noted in this browser.") : _("There is no offline copy on this device yet."));
    };
    const does = {
      async keep() { storage.setItem("course.offline", "yes"); await keep(); await workers.ready; await state(); },
      async none() { storage.setItem("course.offline", "no"); await forget(); await state(); },
      async wipe() {
        if (possible) await forget();
        storage.clear();
        try { sessionStorage.clear(); } catch { /* the browser keeps none here */ }
        say(_("Everything that this site had stored on this device is gone. The next page you open here may store a copy again; close the site now, or choose to keep none."));
      },
    };
    panel.hidden = false;
    for (const button of panel.querySelectorAll("button")) {
      button.disabled = !possible && button.dataset.does !== "wipe";
      button.addEventListener("click", () => does[button.dataset.does]().catch(() => say(_("The browser did not allow it. Its own settings can remove what a site has stored."))));
    }
    state().catch(() => say(_("This browser keeps nothing for this site, so there is no offline copy here.")));
  });
})();
