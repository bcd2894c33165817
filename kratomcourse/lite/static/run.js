/* Runs a part's code on its own page. Without JavaScript, on a small device and from a folder, the page's plain link to
   the notebook stays, and nothing else. Python (thebe-core with thebe-lite, on the site's own Pyodide) is loaded when
   the reader presses a button that says how much that is. */
(function () {
  "use strict";
  const box = document.querySelector(".run-here");
  if (!box) return;
  const _ = (text) => (window.courseWords || {})[text] || text;
  const small = matchMedia("(max-width: 719px)").matches || (navigator.deviceMemory || 8) < 2;
  const able = typeof WebAssembly === "object" && typeof Worker === "function" && location.protocol.startsWith("http");
  if (small || !able) return;

  const { part, megabytes } = box.dataset;
  const lite = new URL(box.dataset.lite, location.href).href;
  const KEY = `run:${part}`;
  const storage = window.courseStorage.local;
  const size = _("about {n} MB").replace("{n}", megabytes);
  const flat = (text) => text.replace(/\s+/g, " ").trim();

  const make = (name, properties = {}, ...inside) => {
    const node = Object.assign(document.createElement(name), properties);
    node.append(...inside);
    return node;
  };
  const status = make("p", { role: "status" });
  let speaker = status; // the line beside the button that was pressed last
  const say = (text) => { speaker.textContent = text; };
  const start = make("button", { type: "button", textContent: _("Run this page") });
  const note = make("p", {
    textContent: _("Loads Python from this site, {size}, once. Nothing is loaded before you press the button. What you change stays in this browser.").replace("{size}", size),
  });
  box.append(make("p", {}, start), note, status);

  // ------------------------------------------------------------------ what the reader changed

  const saved = (() => {
    try { return JSON.parse(storage.getItem(KEY)) || {}; } catch { return {}; }
  })();

  function save(id, original, text) {
    if (text === original) delete saved[id];
    else saved[id] = { original, text };
    if (Object.keys(saved).length) storage.setItem(KEY, JSON.stringify(saved));
    else storage.removeItem(KEY);
    if (!storage.keeps) say(_("This browser keeps nothing for this site: your changes are lost when you leave the page."));
  }

  // ------------------------------------------------------------------ cells and editors

  /* The page's policy refuses styles written in HTML; what a reader's own code gave is styled by script instead. */
  function allowStyles(target) {
    for (const node of target.querySelectorAll("[style]")) node.style.cssText = node.getAttribute("style");
  }

  class Cell {
    constructor(id, shown, place, label) {
      Object.assign(this, { id, shown, place, original: shown.textContent.replace(/\n+$/, ""), hasRun: false });
      this.text = saved[id] && saved[id].original === this.original ? saved[id].text : this.original;
      this.label = label;
      if (this.text !== this.original) this.edit();
    }

    edit() {
      if (this.editor) return;
      this.editor = make("textarea", { value: this.text, spellcheck: false, rows: this.text.split("\n").length + 1 });
      this.editor.setAttribute("aria-label", this.label);
      this.editor.setAttribute("autocapitalize", "off");
      this.editor.addEventListener("input", () => {
        this.text = this.editor.value;
        this.hasRun = false;
        speaker = this.status;
        this.editor.rows = this.text.split("\n").length + 1;
        save(this.id, this.original, this.text);
      });
      this.editor.addEventListener("keydown", (event) => {
        if (event.key === "Enter" && (event.ctrlKey || event.shiftKey || event.metaKey)) {
          event.preventDefault();
          this.run();
        }
      });
      this.button = make("button", { type: "button", textContent: this.action() });
      this.button.addEventListener("click", () => this.run());
      const reset = make("button", { type: "button", textContent: _("As in the book") });
      reset.addEventListener("click", () => this.reset());
      this.status = make("p", { role: "status" });
      this.frame = make("div", { className: "run-cell" }, this.editor, make("p", {}, this.button, reset), this.status);
      (this.shown.closest("div.highlight") || this.shown).classList.add("run-away");
      (this.shown.closest("div.cell_input") || this.shown.parentElement).append(this.frame);
      if (this.shown.classList.contains("quiz-starter")) this.shown.after(this.frame);
    }

    action() { return _("Run"); }

    reset() {
      this.text = this.editor.value = this.original;
      this.hasRun = false;
      save(this.id, this.original, this.text);
      this.status.textContent = "";
      if (this.target) this.target.remove();
      this.target = this.output = null;
      for (const one of this.outputs()) one.classList.remove("run-away");
    }

    outputs() { return this.place.querySelectorAll(":scope > .cell_output"); }

    code() { return this.text; }

    show() {
      if (this.output) return;
      for (const one of this.outputs()) one.classList.add("run-away");
      this.target = make("div", { className: "run-output", tabIndex: 0 });
      this.target.setAttribute("role", "group"); // a region for each cell would be too many landmarks
      this.target.setAttribute("aria-label", _("What your code gave"));
      this.place.append(this.target);
      this.output = python.cell(this.id);
      this.output.attachToDOM(this.target);
    }

    async run() {
      this.button.disabled = true;
      speaker = this.status;
      try {
        if (!(await python.ready())) return;
        await python.runBefore(this);
        await this.runAlone();
      } finally {
        this.button.disabled = false;
      }
    }

    async runAlone() {
      say(_("Running…"));
      this.show();
      this.hasRun = true;
      const done = await this.output.execute(this.code());
      allowStyles(this.target);
      const failed = !done || done.error;
      say(failed ? _("An error: the last line of the output says which.") : _("Done."));
      return !failed;
    }
  }

  /* A question that asks for code: the same editor, and then its cases. */
  class Question extends Cell {
    action() { return python && python.started ? _("Run and check") : _("Run and check (loads {size})").replace("{size}", size); }
    outputs() { return []; }
    code() {
      return `${this.text}\n\nfrom kratomcourse.quiz import check_code\ncheck_code(${JSON.stringify(this.id)}, globals())`;
    }
  }

  // ------------------------------------------------------------------ Python

  const python = {
    started: null,
    cells: [],

    load(address) {
      return new Promise((resolve, reject) => {
        const script = make("script", { src: address, onload: resolve });
        script.onerror = () => reject(new Error(_("{file} can't be loaded").replace("{file}", address)));
        document.head.append(script);
      });
    },

    /* Whether Python is ready; starts it the first time. */
    async ready() {
      this.started = this.started || this.begin();
      try {
        await this.started;
        return true;
      } catch (error) {
        this.started = null;
        start.disabled = false;
        say(_("Python couldn't be started ({why}). Try again, or open the notebook by the link above.").replace("{why}", error.message || error));
        return false;
      }
    },

    async begin() {
      start.disabled = true;
      say(_("Loading Python, {size}. It takes a minute the first time.").replace("{size}", size));
      if (!document.getElementById("jupyter-config-data")) {
        // Where JupyterLite looks for files of its own; else it asks at the root of the host.
        document.head.append(make("script", {
          id: "jupyter-config-data", type: "application/json",
          textContent: JSON.stringify({ baseUrl: new URL("thebe/", lite).pathname }),
        }));
      }
      const answer = await fetch(new URL(`parts/${part}.json`, lite));
      if (!answer.ok) throw new Error(`${answer.status}`);
      this.code = await answer.json();
      await this.load(new URL("thebe/thebe-lite/thebe-lite.min.js", lite).href);
      await this.load(new URL("thebe/thebe-core/thebe-core.min.js", lite).href);
      const core = window.thebeCore.module;
      this.config = core.makeConfiguration({ useBinder: false, useJupyterLite: true, mathjaxUrl: "", mathjaxConfig: "" });
      this.rendermime = core.makeRenderMimeRegistry({ url: "", config: "" });
      const server = new core.ThebeServer(this.config);
      const kernel = new URL("thebe/thebe-lite/pypi/", lite);
      await server.connectToJupyterLiteServer({
        litePluginSettings: {
          "@jupyterlite/pyodide-kernel-extension:kernel": {
            pyodideUrl: new URL("static/pyodide/pyodide.js", lite).href,
            pipliteUrls: [new URL("pypi/all.json", lite).href, new URL("all.json", kernel).href],
            pipliteWheelUrl: new URL(box.dataset.piplite, kernel).href,
            disablePyPIFallback: true,
          },
        },
      });
      await server.ready;
      this.session = await server.startNewSession(this.rendermime);
      const setup = this.cell("setup");
      const done = await setup.execute(this.code.setup);
      const said = setup.outputs.map((one) => [].concat(one.text || one.evalue || "").join("")).join(" ");
      if (!done || done.error || said.includes("Not loaded")) throw new Error(said.trim().slice(-200) || _("no answer"));
      for (const cell of this.cells) cell.edit();
      for (const cell of this.cells) cell.button.textContent = cell.action();
      document.documentElement.dataset.python = "ready";
      say(_("Python is ready. Change any code below and press Run, or Ctrl+Enter. Cells above it run first."));
    },

    cell(id) {
      const core = window.thebeCore.module;
      const cell = new core.ThebeCodeCell(id, part, "", this.config, {}, this.rendermime);
      cell.attachSession(this.session);
      return cell;
    },

    /* Run what is above a cell and hasn't been run as it is now. What the reader left as it was runs off the page, so
       that figures and explorers of the page stay. A question runs on its own. */
    async runBefore(cell) {
      if (cell instanceof Question) return;
      const entries = this.code.cells.map((source) => ({ source, cell: null }));
      let from = 0;
      for (const one of this.cells.filter((other) => other.constructor === Cell)) {
        const at = entries.findIndex((entry, index) => index >= from && flat(entry.source) === flat(one.original));
        if (at >= 0) { entries[at].cell = one; from = at + 1; }
      }
      const until = entries.findIndex((entry) => entry.cell === cell);
      for (const [index, entry] of entries.slice(0, Math.max(until, 0)).entries()) {
        if (entry.cell && entry.cell.text !== entry.cell.original) {
          if (!entry.cell.hasRun) await entry.cell.runAlone();
        } else if (!this.ran.has(index)) {
          say(_("Running what is above this cell…"));
          await this.cell(`above-${index}`).execute(entry.source);
        }
        this.ran.add(index);
      }
    },
    ran: new Set(),
  };

  for (const shown of document.querySelectorAll("div.cell div.cell_input pre")) {
    const number = python.cells.length + 1;
    python.cells.push(new Cell(`cell-${number}`, shown, shown.closest("div.cell"), _("Code, cell {n}").replace("{n}", number)));
  }
  for (const form of document.querySelectorAll("form.quiz-item[data-kind=code]")) {
    const shown = form.querySelector("pre.quiz-starter");
    const question = new Question(form.dataset.item, shown, form.querySelector("fieldset"), _("Your code"));
    form.addEventListener("submit", (event) => event.preventDefault());
    question.edit();
    python.cells.push(question);
  }
  const changed = Object.keys(saved).length;
  if (changed) say(_("Your changes from an earlier visit are here ({n}). Press Run this page to run them.").replace("{n}", changed));
  start.addEventListener("click", async () => {
    speaker = status;
    if (await python.ready()) start.hidden = note.hidden = true;
  });
})();
