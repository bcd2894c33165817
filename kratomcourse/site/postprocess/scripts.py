"""Which scripts and style sheets a page keeps for itself, and which it shares with all others."""

from __future__ import annotations

import re

from ...errors import CourseError, Diagnostic
from .page import Page, drop, has

# Scripts that every page loads, as one file; and those that no page loads unless it holds what they
# are for.
SHARED = (
    "storage.js",
    "limits.js",
    "documentation_options.js",
    "doctools.js",
    "sphinx_highlight.js",
    "sphinx-book-theme.js",
    "pydata-sphinx-theme.js",
    "copy.js",
    "numbers.js",
    "call.js",
    "search.js",
    "actions.js",
    "offline.js",
)
NEVER = "false()"
NEEDS = {
    "bootstrap.js": "//*[@data-bs-toggle and @data-bs-toggle != 'tooltip']"
    " | //*[contains(@class, 'pst-collapse-sidebar-button')]",
    "togglebutton.js": f"//*[{has('toggle')}] | //*[{has('admonition', 'dropdown')}]",
    "design-tabs.js": f"//*[{has('sd-tab-set')}]",
    "cards.js": "//*[starts-with(@class, 'fact') or contains(@class, 'fact-cite')]"
    " | //a[contains(@href, 'glossary.html#term-')]",
    "clipboard.min.js": NEVER,  # copy.js is smaller
    "copybutton.js": NEVER,
    "searchtools.js": NEVER,  # search.js and what it loads take its place
    "language_data.js": NEVER,
    "searchindex.js": NEVER,
}
UNWANTED_SHEETS = ("copybutton.css",)
# The theme's inline scripts, in files or in these lines instead.
BOOT = (
    "(function(h){var "
    'm="%s",p=matchMedia("print"),t;try{m=localStorage.getItem("mode")||m}catch(e){}h.mode=m;'
    'h.theme=m=="auto"?matchMedia("(prefers-color-scheme:dark)").matches?"dark":"light":m;'
    # Paper is white.
    'p.onchange=function(){p.matches?(t=h.theme,h.theme="light"):h.theme=t}}'
    ")(document.documentElement.dataset)"
)
DROPPED = re.compile(
    r"toggleHintShow|toggleHintHide|toggleOpenOnPrint|togglebuttonSelector|kernelName =|"
    r"DOCUMENTATION_OPTIONS\.(?:pagename|search_as_you_type)"
)


def needs(page: Page, script: str) -> bool:
    """Whether the page holds what a script is for."""
    condition = NEEDS.get(script)
    return condition is None or (condition != NEVER and bool(page.find(condition)))


def keep_own_scripts(page: Page) -> None:
    """Scripts that all pages share leave the page, as do those that it does not need; its own are
    deferred.

    raises : CourseError where the theme's line that sets the colour mode is not there to be
             replaced
    """
    booted = False
    for node in page.find("//script"):
        address, kind = node.get("src"), node.get("type") or ""
        if address is None:
            text = node.text or ""
            if "localStorage.getItem" in text and "dataset.mode" in text:
                default = re.search(r'getItem\("mode"\) \|\| "(\w+)"', text)
                node.attrib.clear()
                node.text = BOOT % (default[1] if default else "auto")
                booted = True
            elif kind == "text/x-thebe-config" or (
                not kind.startswith("application") and DROPPED.search(text)
            ):
                drop(node)
            continue
        address = address.partition("?")[0]
        file = address.rpartition("/")[2]
        if re.match(r"(?:https?:)?//", address):
            continue
        if not needs(page, file):
            drop(node)
            continue
        page.scripts[address.removeprefix(page.root)] = None
        if file in SHARED:
            drop(node)
        else:
            node.attrib.pop("async", None)
            node.set("defer", "")
    for node in page.find("//link[@rel='preload'][@as='script']"):
        drop(node)
    if page.scripts and not booted:
        raise CourseError(
            Diagnostic(
                page.name,
                "the theme's line that sets the colour mode was not found, so it was not replaced",
                "compare keep_own_scripts in site/postprocess/scripts.py with the theme's "
                "layout.html",
            )
        )


def collect_sheets(page: Page) -> None:
    """The page's style sheets leave it, for the one sheet of the site."""
    for node in page.patch("style sheets", "//link[@rel='stylesheet']"):
        file = (node.get("href") or "").partition("?")[0]
        if file.startswith(f"{page.root}_static/"):
            if file.rpartition("/")[2] not in UNWANTED_SHEETS:
                page.sheets[file.removeprefix(page.root)] = None
            drop(node)
