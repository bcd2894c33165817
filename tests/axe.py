"""axe-core on a page of the book, fast enough for all pages in light and dark, on a phone and on a
desk.

Most of axe's time goes into contrast, element by element. A chapter has thousands of elements and
some dozens of looks (colour, size, weight, what lies behind). In the quick run contrast is measured
on the first element of each look, and code keeps one coloured word of each kind; the complete run
takes every element."""

from pathlib import Path

import axe_playwright_python

SCRIPT = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
STANDARD = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
COLOUR_RULES = ["color-contrast", "link-in-text-block"]

# What hangs on the width of the window; everything else is the same at any width.
WIDTH_RULES = [
    "target-size",
    "scrollable-region-focusable",
    "landmark-one-main",
    "landmark-unique",
    "page-has-heading-one",
    "heading-order",
    "aria-hidden-focus",
    "button-name",
    "link-name",
    "skip-link",
]
# The first element of each look that the page has not shown before: colour, size, weight,
# decoration, every background up to the first opaque one.
FIRST_OF_EACH_LOOK = """() => {
  const seen = window.looksSeen ??= new Set(), found = [];
  for (const node of document.querySelectorAll("body *")) {
    if (![...node.childNodes].some(child => child.nodeType === 3 && child.data.trim()) && !node.matches("input, select, textarea")) continue;
    if (!node.checkVisibility({ visibilityProperty: true })) continue;
    const style = getComputedStyle(node);
    const key = [style.color, style.fontSize, style.fontWeight, style.textDecorationLine, node.matches("a *, a"), node.matches("p *, li *, td *")];
    for (let up = node; up; up = up.parentElement) {
      const behind = getComputedStyle(up);
      key.push(behind.backgroundColor, behind.backgroundImage, behind.opacity, behind.position === "static" || behind.position === "relative" ? "" : behind.position);
      if (/^rgb\\(/.test(behind.backgroundColor)) break;
    }
    const name = key.filter(part => part !== "rgba(0, 0, 0, 0)" && part !== "none" && part !== "1" && part !== "").join("|");
    if (!seen.has(name)) { seen.add(name); found.push(node); }
  }
  return found;
}"""
RUN = (
    """async (settings) => {
  const { rules, tags, quick } = settings;
  const looks = quick ? (%s)() : [];
  if (quick && !looks.length) return [];
  const where = quick ? { include: looks } : document;
  const only = tags ? { type: "tag", values: tags } : { type: "rule", values: rules };
  const off = Object.fromEntries((tags && settings.without || []).map(rule => [rule, { enabled: false }]));
  const result = await axe.run(where, { runOnly: only, rules: off, resultTypes: ["violations"], elementRef: false, preload: false });
  return result.violations.flatMap(rule => rule.nodes.map(node => ({
    rule: rule.id, practice: rule.tags.includes("best-practice"), node: String(node.target), html: node.html.slice(0, 200), why: (node.failureSummary || "").slice(0, 300) })));
}"""
    % FIRST_OF_EACH_LOOK
)
# Two thirds of a chapter's elements are coloured words of code: of each kind the first one stays.
THIN_CODE = """() => {
  const seen = new Set();
  for (const token of document.querySelectorAll(".highlight pre span")) {
    const kind = token.className + "|" + !!token.closest(".cell_output");
    if (seen.has(kind)) token.replaceWith(...token.childNodes);
    else seen.add(kind);
  }
  for (const code of document.querySelectorAll(".highlight pre")) code.normalize();
}"""
SET_MODE = (
    "mode => { document.documentElement.dataset.theme = mode; "
    "document.documentElement.dataset.mode = mode; }"
)
WIDTHS = (1280, 320)  # all rules at the first


def failures(page, quick=True, colours_alone=False, seen=None):
    """What axe finds on an open page, in both modes at both widths.

    page    : Playwright page, already at its address
    quick   : contrast on the first element of each look, instead of on every element
    colours_alone : the rules on colours only, in both modes at the first width
    seen    : set of the looks of pages before this one with the same style sheets, which need no
              second measurement; this page's are added
    returns : list of {"rule", "practice", "node", "html", "why", "setting"}; `practice` marks what
              is no WCAG rule
    """
    found, seen = [], set() if seen is None else seen
    for width in WIDTHS[:1] if colours_alone else WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        if width != WIDTHS[0]:
            # Anew: what waits until it comes near keeps room as it was when last seen, and that was
            # at another width.
            page.reload()
        page.evaluate(SCRIPT)
        page.evaluate("looks => { window.looksSeen = new Set(looks); }", [*seen])
        if quick:
            page.evaluate(THIN_CODE)
        if not colours_alone:
            # The theme makes what scrolls focusable a third of a second after the window has its
            # new size.
            page.evaluate("() => new Promise(done => setTimeout(done, 400))")
        every = (
            {"tags": [*STANDARD, "best-practice"], "without": COLOUR_RULES}
            if width == WIDTHS[0] or not quick
            else {"rules": WIDTH_RULES}
        )
        runs = [
            *([] if colours_alone else [("light", every)]),
            *((mode, {"rules": COLOUR_RULES, "quick": quick}) for mode in ("light", "dark")),
        ]
        for mode, settings in runs:
            page.evaluate(SET_MODE, mode)
            found += [
                failure | {"setting": f"{width} px, {mode}"}
                for failure in page.evaluate(RUN, settings)
            ]
        seen.update(page.evaluate("[...window.looksSeen]"))
    return found
