/* The dialogs behind a page's actions: a citation in four forms, a report with the id filled in, a figure as a picture with
   its title and source. Nothing is sent or fetched from another host; loaded by actions.js once someone uses one. */
(function () {
  "use strict";
  // Words of another language, where the page brings them; {names} are filled in.
  const _ = (text, values = {}) => ((window.courseWords || {})[text] || text).replace(/\{(\w+)\}/g, (all, name) => name in values ? values[name] : all);
  const about = window.courseAbout;
  const course = about.course;
  const make = (tag, text, className) => {
    const node = document.createElement(tag);
    if (text) node.textContent = text;
    if (className) node.className = className;
    return node;
  };
  const button = (text, act, className = "act-button") => {
    const node = make("button", text, className);
    node.type = "button";
    node.addEventListener("click", act);
    return node;
  };
  const words = (node) => (node ? node.textContent.replace(/\s+/g, " ").trim() : "");
  const plainTitle = (node) => {
    if (!node) return "";
    const copy = node.cloneNode(true);
    for (const link of copy.querySelectorAll(".headerlink")) link.remove();
    return words(copy);
  };
  const pageTitle = () => plainTitle(document.querySelector("article h1")) || document.title;
  const pageName = () => location.href.split(/[?#]/)[0].slice(window.courseAct.root.length).replace(/\.html$/, "");
  /* Where the page is published; nothing for a copy on a disk or on the reader's own machine. */
  function pageAddress(anchor = "") {
    const canonical = document.querySelector("link[rel=canonical]")?.href;
    const own = /^https?:/.test(location.protocol) && !/^(localhost|127\.|\[::1\])/.test(location.hostname) ? location.href.split(/[?#]/)[0] : "";
    const page = canonical || own;
    return page && page + (anchor ? `#${anchor}` : "");
  }

  /* A citation as text, BibTeX and RIS, from CSL-JSON: the same as evidence/citations.py writes. */
  const names = (work) => work.author.map((one) => one.literal || [one.family, one.given].filter(Boolean).join(", "));
  const day = (work) => work.accessed?.["date-parts"][0] || [];
  const two = (number) => String(number).padStart(2, "0");
  const year = (work) => String(work.issued["date-parts"] ? work.issued["date-parts"][0][0] : work.issued.literal);
  function asText(work) {
    let people = names(work);
    if (people.length > 6) people = [...people.slice(0, 5), "and others"];
    const title = /[.?!]$/.test(work.title) ? work.title : `${work.title}.`;
    const number = (work.volume || "") + (work.issue ? `(${work.issue})` : "");
    let place = [work["container-title"], number, work.page, work.publisher].filter(Boolean).join(", ");
    if (work.version) place = place ? `${place}, version ${work.version}` : `Version ${work.version}`;
    if (place && work["container-title"] && work.type !== "article-journal") place = `In ${place}`;
    const address = work.DOI ? `https://doi.org/${work.DOI}` : work.URL || "";
    const seen = day(work).length ? `Accessed ${day(work).map(two).join("-")}.` : "";
    return [`${people.join("; ")} (${year(work)}).`, title, place && `${place}.`, address, seen].filter(Boolean).join(" ");
  }
  const tex = (text) => text.replace(/([&%#_$])/g, "\\$1");
  function asBibtex(work) {
    const kinds = { "article-journal": ["article", "journal"], book: ["book", "series"], chapter: ["incollection", "booktitle"], report: ["techreport", "howpublished"] };
    const [kind, container] = kinds[work.type] || ["misc", "howpublished"];
    const people = work.author.map((one) => (one.literal ? `{${tex(one.literal)}}` : tex(`${one.family}, ${one.given}`))).join(" and ");
    const rows = [
      ["author", people], ["title", `{${tex(work.title)}}`], [container, tex(work["container-title"] || "")], ["year", year(work)],
      ["volume", tex(work.volume || "")], ["number", tex(work.issue || "")], ["pages", tex(work.page || "").replaceAll("-", "--")],
      [kind === "techreport" ? "institution" : "publisher", tex(work.publisher || "")], ["version", tex(work.version || "")],
      ["doi", work.DOI], ["url", work.URL], ["urldate", day(work).map(two).join("-")],
    ];
    const body = rows.filter(([, text]) => text).map(([name, text]) => "  " + name + " = {" + text + "},\n");
    return "@" + kind + "{" + work.id + ",\n" + body.join("") + "}\n";
  }
  function asRis(work) {
    const kinds = { "article-journal": "JOUR", book: "BOOK", chapter: "CHAP", report: "RPRT", webpage: "ELEC", software: "COMP", figure: "FIGURE" };
    const page = work.page || "", dash = page.indexOf("-");
    const rows = [
      ["TY", kinds[work.type] || "GEN"], ...names(work).map((name) => ["AU", name]), ["TI", work.title], ["T2", work["container-title"]], ["PY", year(work)],
      ["VL", work.volume], ["IS", work.issue], ["SP", dash < 0 ? page : page.slice(0, dash)], ["EP", dash < 0 ? "" : page.slice(dash + 1)], ["PB", work.publisher],
      ["ET", work.version], ["DO", work.DOI], ["UR", work.URL], ["Y2", day(work).map(two).join("/")],
    ];
    return rows.filter(([, text]) => text).map(([tag, text]) => tag + "  - " + text + "\n").join("") + "ER  - \n";
  }
  const asCsl = (work) => `${JSON.stringify([work], null, 1)}\n`;
  const FORMS = [["Text", asText, "txt"], ["BibTeX", asBibtex, "bib"], ["RIS", asRis, "ris"], ["CSL-JSON", asCsl, "json"]];
  window.courseAct.forms = { asText, asBibtex, asRis, asCsl };

  let box = null, opener = null;
  /* Open the dialog with a title; what it holds is replaced. */
  function dialog(title) {
    if (!box) {
      box = make("dialog", "", "act-dialog");
      box.setAttribute("aria-labelledby", "act-title");
      box.addEventListener("click", (event) => { if (event.target === box) box.close(); });
      box.addEventListener("close", () => opener?.isConnected && opener.focus({ preventScroll: true }));
      document.body.append(box);
    }
    const head = make("div", "", "act-head"), heading = make("h2", title);
    heading.id = "act-title";
    const close = button(_("Close"), () => box.close());
    head.append(heading, close);
    box.replaceChildren(head);
    if (!box.open) box.showModal();
    return box;
  }
  function status() {
    const node = make("p", "", "act-status");
    node.setAttribute("role", "status");
    return node;
  }
  /* Copy the text of a field. Where the browser doesn't allow it, the text is selected, and the line says so. */
  async function copy(field, said) {
    field.focus();
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
      said.textContent = _("Copied.");
    } catch {
      said.textContent = _("This browser doesn't let the page copy. The text is selected: copy it with Ctrl+C, or by holding it.");
    }
  }
  function save(name, data, type) {
    const link = make("a");
    link.download = name;
    link.href = typeof data === "string" ? `data:${type};charset=utf-8,${encodeURIComponent(data)}` : URL.createObjectURL(data);
    link.click();
    if (typeof data !== "string") setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }

  /* What an action is about: its kind, the id to name, its title, its anchor. */
  function subject(link) {
    const card = link.closest("#fact-card, .fact-entry");
    if (card) {
      const entry = document.getElementById(`fact-${link.dataset.fact}`).cloneNode(true);
      for (const node of entry.querySelectorAll(".fact-about, .acts")) node.remove();
      return { kind: "number", id: link.dataset.fact, title: words(entry), anchor: `fact-${link.dataset.fact}` };
    }
    const figure = link.closest("figure.course-figure");
    if (figure) {
      const number = words(figure.querySelector(".caption-number")).replace(/[.:]$/, "");
      const whole = words(figure.querySelector(".caption-text")) || plainTitle(figure.querySelector("figcaption p"));
      const title = words(figure.querySelector(".caption-text strong, figcaption strong")) || whole;
      const subtitle = words(figure.querySelector(".figure-subtitle")) || whole.replace(title, "").trim();
      return { kind: "figure", id: figure.id, number, title, subtitle, anchor: figure.id, figure };
    }
    const form = link.closest("form.quiz-item");
    if (form) return { kind: "question", id: form.dataset.item, title: words(form.querySelector("legend")), anchor: form.id };
    return { kind: "page", id: pageName(), title: pageTitle(), anchor: "" };
  }

  function pageWork(one) {
    const today = new Date();
    const { author, issued, version } = course;
    const url = pageAddress(one.anchor);
    const id = `${course.id}-${(one.id || "page").replace(/[^a-z0-9]+/gi, "-").replace(/^notebooks-/, "")}`;
    const accessed = url ? { accessed: { "date-parts": [[today.getFullYear(), today.getMonth() + 1, today.getDate()]] }, URL: url } : {};
    if (one.kind === "page" && pageName() === "book/index") return { ...course, ...accessed };
    const title = one.kind === "figure" ? `${one.title} [${one.number || _("figure")}]` : pageTitle();
    const within = one.kind === "figure" ? `${pageTitle()}, ${course.title}` : course.title;
    return { id, type: one.kind === "figure" ? "figure" : "chapter", title, author, issued, version, "container-title": within, ...accessed };
  }

  async function cite(one) {
    const choices = [];
    if (one.kind === "number") {
      const key = document.querySelector(`#fact-${one.id} a[href^="#work-"]`)?.hash.slice(6);
      if (key) {
        await window.courseAct.load(`cite/${key[0].toLowerCase()}.js`);
        if (window.courseWorks?.[key]) choices.push([_("The work that the number comes from"), window.courseWorks[key]]);
      }
    }
    choices.push([_("The part in which you read it"), pageWork(one.kind === "number" ? { kind: "page", id: pageName(), anchor: one.anchor } : one)]);
    const titles = { number: _("Cite this number"), figure: _("Cite this figure"), page: _("Cite this page"), question: _("Cite this page") };
    const place = dialog(titles[one.kind]);
    if (one.kind === "number" && choices.length > 1) place.append(make("p", _("Someone else measured it. Look it up in their work, and cite that.")));
    const field = make("textarea"), said = status();
    field.readOnly = true;
    field.rows = 7;
    field.spellcheck = false;
    field.setAttribute("aria-label", _("The citation"));
    let work = choices[0][1], form = FORMS[0];
    const show = () => {
      field.value = form[1](work);
      said.textContent = "";
    };
    if (choices.length > 1) place.append(radios(_("What to cite"), choices, (choice) => { work = choice[1]; show(); }));
    place.append(radios(_("Form"), FORMS, (choice) => { form = choice; show(); }));
    const buttons = make("p", "", "act-buttons");
    buttons.append(button(_("Copy"), () => copy(field, said), "act-button act-main"), button(_("Save as a file"), () => save(`${work.id}.${form[2]}`, field.value, "text/plain")));
    place.append(field, buttons, said);
    show();
    buttons.firstChild.focus();
    field.setSelectionRange(0, field.value.length);
  }
  function radios(legend, choices, act) {
    const set = make("fieldset", "", "act-choice");
    set.append(make("legend", legend));
    for (const [place, choice] of choices.entries()) {
      const label = make("label"), input = make("input");
      input.type = "radio";
      input.name = `act-${legend}`;
      input.checked = !place;
      input.addEventListener("change", () => act(choice));
      label.append(input, " ", choice[0]);
      set.append(label);
    }
    return set;
  }

  /* The text of a report: where, what, and the reader's own words. */
  function reportText(one, own) {
    const kinds = { number: _("number"), figure: _("figure"), question: _("question"), page: _("page") };
    const rows = [
      `${_("About")}: ${kinds[one.kind]} ${one.id}`,
      one.title && one.kind !== "page" ? `${_("It says")}: ${one.title.slice(0, 300)}` : "",
      `${_("On the page")}: ${pageTitle()} (${pageName()})`,
      pageAddress(one.anchor),
      `${_("Version")}: ${course.version}, ${words(document.querySelector(".last-updated")) || ""}`,
      "",
      `${_("What is wrong, and how I know")}:`,
      own || "",
    ];
    return rows.filter((row, at) => row || at === 5 || at === 7).join("\n");
  }
  function reportLink(one, own) {
    const title = `${course.title.split(":")[0]}: ${one.kind === "page" ? pageTitle() : one.id}`;
    const body = reportText(one, own), to = about.report;
    const [name, text] = [title, body].map(encodeURIComponent);
    if (!to.includes("/")) return `mailto:${to}?subject=${name}&body=${text}`;
    if (/\{(title|body)\}/.test(to)) return to.replace("{title}", name).replace("{body}", text);
    return `${to}${to.includes("?") ? "&" : "?"}title=${name}&body=${text}`;
  }
  function report(one) {
    const kinds = { number: _("Report a mistake in this number"), figure: _("Report a mistake in this figure"), question: _("Report a mistake in this question"), page: _("Report a mistake on this page") };
    const place = dialog(kinds[one.kind]);
    const label = make("label", _("What is wrong, and how do you know? (You can also write it later.)"), "act-label"), own = make("textarea");
    own.rows = 3;
    label.append(own);
    const whole = make("label", _("The report, with the id filled in"), "act-label"), field = make("textarea"), said = status();
    field.readOnly = true;
    field.rows = 8;
    whole.append(field);
    const buttons = make("p", "", "act-buttons"), send = make("a", "", "act-button act-main");
    const show = () => {
      field.value = reportText(one, own.value);
      if (about.report) send.href = reportLink(one, own.value);
    };
    own.addEventListener("input", show);
    if (about.report) {
      send.textContent = about.report.includes("/") ? _("Open the form") : _("Write the mail");
      if (about.report.includes("/")) send.rel = "noreferrer noopener";
      buttons.append(send, button(_("Copy the report"), () => copy(field, said)));
    } else {
      buttons.append(button(_("Copy the report"), () => copy(field, said), "act-button act-main"));
    }
    const note = about.report
      ? _("Nothing is sent until you send it yourself. Reports may be public: leave out anything about your own health or use.")
      : _("This copy of the course names no address for reports. Copy the text and send it to the person or organisation that gave you the course.");
    place.append(make("p", note), buttons, said, label, whole);
    show();
    buttons.firstChild.focus();
  }

  /* A figure as a picture: title above, limits, source and course below. Drawn on the device. */
  const SCALE = 2, EDGE = 20;
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const picture = (address) => new Promise((done, fail) => {
    const image = new Image();
    image.addEventListener("load", () => done(image));
    image.addEventListener("error", () => fail(new Error("picture")));
    image.src = address;
  });
  /* A drawing of the page, with its colours and its type in it, as the address of a picture. */
  const STYLE = ["fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "stroke-opacity", "opacity", "font-family", "font-size", "font-weight", "font-style", "text-anchor", "dominant-baseline"];
  async function drawingAddress(svg) {
    const copy = svg.cloneNode(true);
    const from = [svg, ...svg.querySelectorAll("*")], to = [copy, ...copy.querySelectorAll("*")];
    for (const [at, node] of from.entries()) {
      const style = getComputedStyle(node);
      for (const name of STYLE) to[at].style.setProperty(name, style.getPropertyValue(name));
      to[at].removeAttribute("class");
    }
    const { width, height } = svg.viewBox.baseVal;
    copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
    copy.setAttribute("width", width);
    copy.setAttribute("height", height);
    const face = document.createElementNS("http://www.w3.org/2000/svg", "style");
    face.textContent = await typeface();
    copy.prepend(face);
    return `data:image/svg+xml;charset=utf-8,${encodeURIComponent(new XMLSerializer().serializeToString(copy))}`;
  }
  /* The course's type as a rule with the font in it; nothing where it can't be read (as from a folder). */
  async function typeface() {
    try {
      const font = new Uint8Array(await (await fetch(new URL("_static/fonts/public-sans.woff2", window.courseAct.root))).arrayBuffer());
      const text = font.reduce((all, byte) => all + String.fromCharCode(byte), "");
      return '@font-face{font-family:"Public Sans C";font-weight:400 700;src:url(data:font/woff2;base64,' + btoa(text) + ")}";
    } catch {
      return "";
    }
  }
  function lines(pen, text, font, width) {
    pen.font = font;
    const made = [];
    let line = "";
    for (const word of text.split(/\s+/).filter(Boolean)) {
      if (line && pen.measureText(`${line} ${word}`).width > width) {
        made.push(line);
        line = word;
      } else line = line ? `${line} ${word}` : word;
    }
    return line ? [...made, line] : made;
  }
  async function draw(one) {
    const shown = [...one.figure.querySelectorAll("img")].find((image) => image.checkVisibility());
    // Of a drawing in two widths, the wide one.
    const [svg] = [...one.figure.querySelectorAll("svg[viewBox]")].sort((a, b) => b.viewBox.baseVal.width - a.viewBox.baseVal.width);
    const image = await picture(shown ? shown.currentSrc || shown.src : await drawingAddress(svg));
    const width = Math.max(560, image.naturalWidth || svg.viewBox.baseVal.width);
    const height = Math.round((width / (image.naturalWidth || svg.viewBox.baseVal.width)) * (image.naturalHeight || svg.viewBox.baseVal.height));
    const [head, text] = ["--head", "--text"].map(colour);
    await Promise.all([`600 21px ${head}`, `400 14px ${text}`].map((font) => document.fonts.load(font).catch(() => null)));
    const canvas = document.createElement("canvas"), pen = canvas.getContext("2d");
    const source = words(one.figure.querySelector(".figure-source"));
    const limits = words(one.figure.querySelector(".legend > p:has(> em)"));
    const from = [`${course.title} (${_("version {version}", { version: course.version })}, ${year(course)}). ${pageTitle()}. ${one.number || ""}`.trim().replace(/\.$/, "") + ".", pageAddress(one.anchor), "CC BY 4.0"].filter(Boolean).join(" ");
    const blocks = [
      [lines(pen, one.title, `600 21px ${head}`, width), `600 21px ${head}`, 27, "--ink", 6],
      [lines(pen, one.subtitle, `400 15px ${text}`, width), `400 15px ${text}`, 21, "--ink2", 8],
      null,
      [lines(pen, words(one.figure.querySelector(".explorer-sentence")), `400 15px ${text}`, width), `400 15px ${text}`, 21, "--ink", 8],
      [lines(pen, limits, `400 13px ${text}`, width), `400 13px ${text}`, 18, "--ink2", 8],
      [lines(pen, source, `600 13px ${text}`, width), `600 13px ${text}`, 18, "--ink", 4],
      [lines(pen, from, `400 12px ${text}`, width), `400 12px ${text}`, 17, "--ink2", 0],
    ];
    const tall = blocks.reduce((sum, block) => sum + (block ? (block[0].length ? block[0].length * block[2] + block[4] : 0) : height + 12), 2 * EDGE);
    canvas.width = (width + 2 * EDGE) * SCALE;
    canvas.height = tall * SCALE;
    pen.scale(SCALE, SCALE);
    pen.fillStyle = colour("--paper");
    pen.fillRect(0, 0, width + 2 * EDGE, tall);
    pen.textBaseline = "top";
    let y = EDGE;
    for (const block of blocks) {
      if (!block) {
        pen.drawImage(image, EDGE, y, width, height);
        y += height + 12;
        continue;
      }
      const [rows, font, step, ink, after] = block;
      if (!rows.length) continue;
      pen.font = font;
      pen.fillStyle = colour(ink);
      for (const row of rows) {
        pen.fillText(row, EDGE, y);
        y += step;
      }
      y += after;
    }
    return canvas;
  }
  async function share(one, link) {
    const place = dialog(_("Save this figure as a picture"));
    const name = `${course.id}-${one.id.replace(/^figure-/, "")}.png`;
    const said = status();
    place.append(said);
    said.textContent = _("Drawing …");
    let canvas, file;
    try {
      canvas = await draw(one);
      const blob = await new Promise((done, fail) => canvas.toBlob((made) => (made ? done(made) : fail(new Error("empty"))), "image/png"));
      file = new File([blob], name, { type: "image/png" });
    } catch {
      // Opened from a folder, browsers don't let a page read its own pictures.
      said.textContent = _("This browser doesn't let the page draw the picture here, as when the course is opened from a folder. You can save the drawing alone, without its title and source.");
      if (link.hasAttribute("download")) {
        const plain = make("a", _("Save the drawing (SVG)"), "act-button");
        plain.href = link.href;
        plain.download = "";
        place.append(plain);
      }
      return;
    }
    said.textContent = _("Title, limits and source are in the picture.");
    const seen = make("img");
    seen.src = canvas.toDataURL("image/png");
    seen.alt = _("The picture that will be saved: {title}", { title: one.title });
    seen.className = "act-picture";
    const buttons = make("p", "", "act-buttons");
    buttons.append(button(_("Save"), () => save(name, file), "act-button act-main"));
    if (navigator.canShare?.({ files: [file] })) buttons.append(button(_("Share"), () => navigator.share({ files: [file], title: one.title }).catch(() => null)));
    place.append(buttons, seen);
    buttons.firstChild.focus();
  }

  window.courseAct.open = async (link) => {
    const one = subject(link);
    opener = link.closest("#fact-card") ? document.querySelector(`a.fact-number[href="#fact-${one.id}"], a[href="#fact-${one.id}"]`) : link.closest("details.more")?.querySelector("summary") || link;
    if (link.dataset.act === "cite") await cite(one);
    else if (link.dataset.act === "report") report(one);
    else if (link.dataset.act === "share") await share(one, link);
  };
})();
