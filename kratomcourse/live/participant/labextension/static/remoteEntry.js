/* What a person's JupyterLab does beyond JupyterLab and nbgrader. Written as the module-federation container that
   JupyterLab loads (init and get), so that no build step is needed. */
var _JUPYTERLAB = window._JUPYTERLAB = window._JUPYTERLAB || {};
(() => {
  "use strict";
  const NARROW = "(max-width: 700px)";
  const STYLE = `
    .kc-dialog { max-width: min(30rem, 90vw); padding: 1.2rem; border: 1px solid var(--jp-border-color1); border-radius: 4px;
      background: var(--jp-layout-color1); color: var(--jp-ui-font-color1); font: 15px/1.45 system-ui, sans-serif; }
    .kc-dialog::backdrop { background: #0007; }
    .kc-dialog h2 { font-size: 1.15rem; margin: 0 0 .6rem; }
    .kc-dialog menu { display: flex; gap: .6rem; justify-content: flex-end; margin: 1rem 0 0; padding: 0; flex-wrap: wrap; }
    .kc-dialog button, .kc-banner button { font: inherit; min-height: 44px; padding: .4rem .9rem; border-radius: 4px; cursor: pointer;
      border: 1px solid var(--jp-border-color0); background: var(--jp-layout-color2); color: var(--jp-ui-font-color0); }
    .kc-dialog button.kc-primary { background: #0b5394; color: #fff; border-color: #0b5394; }
    .kc-banners { position: fixed; z-index: 20000; left: 50%; transform: translateX(-50%); bottom: 12px; display: grid; gap: 8px; width: min(44rem, 94vw); }
    .kc-banner { display: flex; gap: 1rem; align-items: center; justify-content: space-between; padding: .7rem 1rem; border-left: 6px solid #0b5394;
      background: var(--jp-layout-color1); color: var(--jp-ui-font-color1); box-shadow: 0 2px 12px #0006; font: 15px/1.45 system-ui, sans-serif; }
    .kc-banner.kc-problem { border-left-color: #b3261e; }
    @media ${NARROW} {
      body.kc-narrow .jp-InputPrompt, body.kc-narrow .jp-OutputPrompt, body.kc-narrow .jp-Collapser { display: none; }
      body.kc-narrow .jp-Notebook { padding: 4px; }
      body.kc-narrow .jp-RenderedHTMLCommon, body.kc-narrow .cm-editor { font-size: 16px; }
      body.kc-narrow .jp-NotebookPanel-toolbar { overflow-x: auto; }
      body.kc-narrow #jp-bottom-panel { display: none; }
      body.kc-narrow .jp-RenderedHTMLCommon table { display: block; overflow-x: auto; }
    }`;
  let scope;
  const shared = async name => (await Object.values(scope[name])[0].get())();

  const element = (tag, text, parent, className) => {
    const node = document.createElement(tag);
    if (text) node.textContent = text;
    if (className) node.className = className;
    if (parent) parent.append(node);
    return node;
  };

  /* Ask a question; resolves to whether the primary button was pressed. */
  const ask = (title, text, primary, secondary) => new Promise(resolve => {
    const dialog = element("dialog", "", document.body, "kc-dialog");
    element("h2", title, dialog);
    for (const line of text) element("p", line, dialog);
    const menu = element("menu", "", dialog);
    const close = answer => { dialog.close(); dialog.remove(); resolve(answer); };
    if (secondary) element("button", secondary, menu).onclick = () => close(false);
    const button = element("button", primary, menu, "kc-primary");
    button.onclick = () => close(true);
    dialog.oncancel = event => { event.preventDefault(); close(false); };
    dialog.showModal();
    button.focus();
  });

  const banner = (id, text, problem) => {
    let place = document.querySelector(".kc-banners");
    if (!place) { place = element("div", "", document.body, "kc-banners"); place.setAttribute("aria-live", "polite"); }
    document.getElementById(id)?.remove();
    if (!text) return;
    const box = element("div", "", place, "kc-banner" + (problem ? " kc-problem" : ""));
    box.id = id;
    element("span", text, box);
    element("button", "Close", box).onclick = () => box.remove();
  };

  /* Save every notebook with unsaved changes. Returns the names of those that could not be saved. */
  const saveAll = async app => {
    const failed = [];
    for (const widget of app.shell.widgets("main")) {
      const context = widget.context;
      if (!context?.model?.dirty || !context.path?.endsWith(".ipynb")) continue;
      const late = new Promise((_, refuse) => setTimeout(() => refuse(new Error("no answer")), 30000));
      try { await Promise.race([context.save(), late]); } catch { /* checked below */ }
      if (context.model.dirty) failed.push(context.path);
    }
    return failed;
  };

  const numbers = list => list.length > 12 ? list.slice(0, 12).join(", ") + " and more" : list.join(", ");

  const beforeSubmit = async (app, get, quiz) => {
    const stop = async why => {
      await ask("Not submitted", [why, "Is the connection there? Your answers are still in this window: do not close it. " +
        "Try again in a moment, or tell the leader."], "Close");
      return false;
    };
    const failed = await saveAll(app);
    if (failed.length) return stop(`${failed.join(", ")} could not be saved, so nothing was submitted.`);
    let found;
    try { found = await get(`kratomcourse/quiz?name=${encodeURIComponent(quiz)}`); }
    catch (error) {
      // An answer with an error code: the count is missing, nbgrader may still submit. No answer at all: it cannot.
      if (!error.status) return stop("The room cannot be reached, so nothing was submitted.");
      return true;
    }
    const all = `${found.answered} of ${found.questions}`;
    const text = [`${all} questions in ${quiz} are answered, and everything is saved.`];
    if (found.empty.length) text.push(`Still empty: ${found.empty.length === 1 ? "question" : "questions"} ${numbers(found.empty)}.`);
    return ask(`${all} answered`, text, found.empty.length ? `Submit ${all}` : "Submit", "Go back");
  };

  /* nbgrader's buttons act at once on what is on disk: save first, and let a submission be confirmed. */
  const watchButtons = (app, get) => document.addEventListener("click", async event => {
    const button = event.target.closest?.("#fetched_assignments_list button");
    if (!button || button.disabled) return;
    if (button.dataset.kcPass) { delete button.dataset.kcPass; return; }
    const what = button.textContent.trim();
    if (what !== "Submit" && what !== "Validate") return;
    event.preventDefault(); event.stopImmediatePropagation();
    if (button.dataset.kcBusy) return;
    button.dataset.kcBusy = "1";
    try {
      const quiz = button.closest(".list_item")?.querySelector(".item_name")?.textContent.trim() ?? "";
      const go = what === "Submit" ? await beforeSubmit(app, get, quiz) : !(await saveAll(app)).length ||
        await ask("Not saved", ["The notebook could not be saved, so the check sees an older version."], "Validate all the same", "Go back");
      if (go) { button.dataset.kcPass = "1"; button.click(); }
    } finally { delete button.dataset.kcBusy; }
  }, true);

  const watchMessages = get => {
    const look = async () => {
      let message;
      try { message = await get("kratomcourse/message"); } catch { return; }
      const key = message.text && `${message.at} ${message.text}`;
      if (sessionStorage.getItem("kc-message") === key) return;
      sessionStorage.setItem("kc-message", key);
      banner("kc-message", message.text && `From the leader, ${message.at}: ${message.text}`);
    };
    look();
    setInterval(look, 10000);
  };

  /* Code runs over a WebSocket. Some networks and browsers block it while pages still load. */
  const watchSockets = settings => {
    const tryOnce = () => new Promise(resolve => {
      let line;
      const timer = setTimeout(() => done(false), 10000);
      const done = works => { clearTimeout(timer); try { line?.close(); } catch { /* never opened */ } resolve(works); };
      try {
        line = new WebSocket(settings.wsUrl.replace(/\/?$/, "/") + "api/events/subscribe");
        line.onopen = () => done(true);
        line.onerror = () => done(false);
      } catch { done(false); }
    });
    const look = async () => {
      const works = await tryOnce();
      banner("kc-sockets", works ? "" : "This browser cannot reach the part of the room that runs code (a WebSocket is blocked), so cells will not run. " +
        "Turn off a VPN or proxy, or open the room in Chrome, Edge or Firefox; on iPhone and iPad, ask the leader. What you write is still saved.", true);
      if (!works) setTimeout(look, 30000);
    };
    look();
  };

  const onNarrowScreen = app => {
    if (!window.matchMedia(NARROW).matches) return;
    document.body.classList.add("kc-narrow");
    app.shell.mode = "single-document";
    for (const side of ["left", "right"]) {
      app.shell[side === "left" ? "collapseLeft" : "collapseRight"]?.();
      if (app.shell.isSideTabBarVisible?.(side)) app.shell.toggleSideTabBarVisibility(side);
    }
  };

  const plugin = {
    id: "@kratomcourse/participant:plugin",
    autoStart: true,
    activate: async app => {
      element("style", STYLE, document.head);
      const settings = app.serviceManager.serverSettings;
      const { ServerConnection } = await shared("@jupyterlab/services");
      const get = async path => {
        const answer = await ServerConnection.makeRequest(settings.baseUrl + path, { cache: "no-store" }, settings);
        if (!answer.ok) throw Object.assign(new Error(answer.statusText), { status: answer.status });
        return answer.json();
      };
      watchButtons(app, get);
      watchMessages(get);
      watchSockets(settings);
      app.restored.then(() => { onNarrowScreen(app); setTimeout(() => onNarrowScreen(app), 1500); });
    },
  };

  _JUPYTERLAB["@kratomcourse/participant"] = {
    init: given => { scope = given; },
    get: async () => () => ({ __esModule: true, default: plugin }),
  };
})();
