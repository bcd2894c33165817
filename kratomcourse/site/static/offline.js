/* Keeps the whole book on this device for readers who ask for it, says what is new when there is a newer one, and lets a reader
   wipe what is stored. Nothing is kept before someone asks, and nothing is sent anywhere. */
(function () {
  "use strict";
  // Words of another language, where the page brings them; {names} are filled in.
  const _ = (text, values = {}) => ((window.courseWords || {})[text] || text).replace(/\{(\w+)\}/g, (all, name) => name in values ? values[name] : all);
  const root = new URL(document.documentElement.dataset.content_root || "./", location.href);
  const facts = new URL("offline.json", root); // how large the copy is, and what changed on which day
  const { local: storage, caches, workers } = window.courseStorage;
  const wanted = () => storage.getItem("course.offline") === "yes";
  const possible = workers && caches && /^https?:$/.test(location.protocol);
  const copies = async () => (await caches.keys()).filter((key) => key.startsWith("course-"));
  const megabytes = (bytes) => Math.max(1, Math.round(bytes / 1e6));

  function notice(words, action, then, more) {
    document.querySelector(".course-notice")?.remove();
    const box = document.createElement("div");
    box.className = "course-notice";
    box.setAttribute("role", "status");
    const text = document.createElement("p");
    text.textContent = words;
    if (more) text.append(" ", more);
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
  /* {kind: count} of what the host's book has changed since the copy on this device; null where that cannot be said. */
  async function newer() {
    try {
      const old = await (await (await caches.open((await copies())[0])).match(facts)).json();
      const now = await (await fetch(facts, { cache: "no-cache" })).json();
      const known = new Map(old.changes.map(([day, kind, count]) => [`${day} ${kind}`, count]));
      const sums = {};
      for (const [day, kind, count] of now.changes) {
        const added = count - (known.get(`${day} ${kind}`) || 0);
        if (added > 0) sums[kind] = (sums[kind] || 0) + added;
      }
      return sums;
    } catch {
      return null;
    }
  }
  async function offer(worker) {
    const sums = await newer();
    const parts = Object.entries(sums || {}).map(([kind, count]) => count === 1 ? _("one change of a {kind}", { kind: _(kind) }) : _("{count} changes of a {kind}", { count, kind: _(kind) }));
    const what = !sums ? "" : parts.length ? " " + _("New in it: {told}.", { told: parts.join(", ") }) : " " + _("No fact, law or help line has changed in it.");
    const link = document.createElement("a");
    link.href = new URL("book/changes.html", root);
    link.textContent = _("See what changed");
    notice(_("There is a newer version of the book on this device.") + what + " " + _("What you have written in the questions of this page is lost when it changes."), _("Show the newer version"), () => {
      workers.addEventListener("controllerchange", () => location.reload(), { once: true });
      worker.postMessage("take-over");
    }, parts.length ? link : null);
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
    for (const key of await copies()) await caches.delete(key);
  }
  if (possible) addEventListener("load", () => setTimeout(async () => {
    try {
      if (wanted()) await keep();
      // An earlier version of the site kept a copy without being asked.
      else if ((await copies()).length) await forget();
    } catch { /* the page itself needs none of it */ }
  }, 1500));

  // The panel of the privacy page.
  document.addEventListener("DOMContentLoaded", () => {
    const panel = document.querySelector(".course-offline");
    if (!panel) return;
    const told = panel.querySelector("[role=status]");
    const say = (words) => { told.textContent = words; };
    const button = (name) => panel.querySelector(`[data-does="${name}"]`);
    const state = async () => {
      if (!possible && !workers) return say(_("This browser lets no page keep a copy here. Everything can be read while you are connected."));
      if (!possible) return say(_("This page was not opened from a secure web address, so the browser keeps no offline copy here."));
      say(wanted() && (await copies()).length ? _("This book is on this device.") : _("Nothing of this book is on this device."));
    };
    // Resolves once the copy is whole, says on the way how far it is, and rejects with a sentence.
    const whole = () => new Promise((resolve, reject) => {
      const hear = ({ data }) => {
        if (data.of) say(_("Keeping the book: {share}% done.", { share: Math.floor((data.kept / data.of) * 100) }));
        if (!data.failed) return;
        workers.removeEventListener("message", hear);
        reject(data.failed === "room" ? _("There is not enough room on this device. Nothing was kept.") : _("The connection was lost. Nothing was kept; please try again."));
      };
      workers.addEventListener("message", hear);
      workers.startMessages();
      workers.ready.then(() => { workers.removeEventListener("message", hear); resolve(); });
    });
    const does = {
      async keep() {
        const size = await fetch(facts).then((answer) => answer.json()).then(({ bytes }) => bytes).catch(() => 0);
        const room = await navigator.storage?.estimate?.().catch(() => null);
        if (size && room && room.quota - room.usage < size * 1.1) throw _("There is not enough room on this device. Nothing was kept.");
        storage.setItem("course.offline", "yes"); // first, so that no other tab takes the copy for one that nobody asked for
        try {
          const done = whole();
          await keep();
          await done;
        } catch (words) {
          storage.removeItem("course.offline");
          await forget();
          throw words;
        }
        await state();
      },
      async none() {
        storage.removeItem("course.offline");
        await forget();
        await state();
      },
      async wipe() {
        if (possible) await forget();
        storage.clear();
        try { sessionStorage.clear(); } catch { /* the browser keeps none here */ }
        say(_("Everything that this site had stored on this device is gone."));
      },
    };
    panel.hidden = false;
    for (const one of panel.querySelectorAll("button")) {
      one.disabled = !possible && one.dataset.does !== "wipe";
      one.addEventListener("click", async () => {
        one.disabled = true;
        await does[one.dataset.does]().catch((error) => say(typeof error === "string" ? error : _("The browser did not allow it. Its own settings can remove what a site has stored.")));
        one.disabled = false;
      });
    }
    if (possible) fetch(facts).then((answer) => answer.json()).then(({ bytes }) => {
      button("keep").textContent = _("Keep this book on this device, {size} MB", { size: megabytes(bytes) });
    }).catch(() => {});
    state().catch(() => say(_("This browser keeps nothing for this site, so there is no offline copy here.")));
  });
})();
