"""The finished site made light: one style sheet cut to what is used, one script for all pages, icons cut to those shown.

Sphinx's own pages are kept beside its caches (`whole_pages`), because a later build writes only those that
changed, and what all pages use together decides what stays.
"""

import hashlib
import os
import re
from html import escape
from pathlib import Path

from sphinx.util import logging

from ..i18n import _, direction, language, tag
from ..errors import CourseError, Diagnostic
from . import offline, policy, published, sheet
from .bundle import GUARDED, bundle, isolated, small
from .execution import WHOLE, side_by_side
from .icons import icon_css
from .moved import is_old_address
from .mirror import turned
from .sheet import Vocabulary, cut

logger = logging.getLogger(__name__)
LINK = re.compile(r"""[ \t]*<link\b[^>]*\brel="stylesheet"[^>]*?>\n?""")
SCRIPT = re.compile(r"""[ \t]*<script\b[^>]*\bsrc="([^"]*)"[^>]*></script>\n?""")
INLINE = re.compile(
    r"[ \t]*<script(?![^>]*\bsrc=)(?![^>]*type=.application)[^>]*>(.*?)</script>\n?", re.S
)
# Scripts that every page loads, as one file; and those that no page loads unless it holds what they are for.
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
    "offline.js",
)
NEEDS = {
    "bootstrap.js": r'data-bs-toggle="(?!tooltip)|pst-collapse-sidebar-button',
    "togglebutton.js": r'class="(?:[^"]*\s)?toggle[\s"]|class="[^"]*\badmonition\b[^"]*(?<![\w-])dropdown[\s"]',
    "design-tabs.js": r"sd-tab-set",
    "cards.js": r'class="fact|class="[^"]*std-term|fact-cite',
    "clipboard.min.js": "(?!)",  # copy.js is smaller
    "copybutton.js": "(?!)",
    "searchtools.js": 'id="search-results"',
    "language_data.js": 'id="search-results"',
    "searchindex.js": 'id="search-results"',
}
SHEETS = {"copybutton.css": "(?!)"}
# The theme's inline scripts, in files or in these lines instead.
BOOT = (
    '(function(h){var m="%s",p=matchMedia("print"),t;try{m=localStorage.getItem("mode")||m}catch(e){}h.mode=m;'
    'h.theme=m=="auto"?matchMedia("(prefers-color-scheme:dark)").matches?"dark":"light":m;'
    # Paper is white.
    'p.onchange=function(){p.matches?(t=h.theme,h.theme="light"):h.theme=t}})(document.documentElement.dataset)'
)
DROPPED = r"toggleHintShow|toggleHintHide|toggleOpenOnPrint|togglebuttonSelector|kernelName =|DOCUMENTATION_OPTIONS\.(?:pagename|search_as_you_type)|text/x-thebe-config"
# What is written into pages once other languages and books to take along are there.
COMES_LATER = '<nav class="language-switch"><ul><li><strong></strong></li></ul></nav><aside class="draft-notice"></aside><span class="take-along"></span>'
EXTRA_CSS = (
    # What the theme hides by a style element within noscript, and places by style attributes.
    "html:not([data-mode]) .pst-js-only{display:none!important}"
    "div.highlight{position:relative}.copy-code{position:absolute;top:.3rem;right:.3rem;font:inherit;font-size:.8rem;line-height:1;padding:.45rem .6rem;border:1px solid var(--pst-color-border);"
    "border-radius:.3rem;background:var(--pst-color-surface);color:var(--pst-color-text-base);opacity:0}.copy-code:focus-visible,.highlight:hover .copy-code{opacity:1}"
    "@media(hover:none){.copy-code{opacity:1}}@media print{.copy-code,.course-notice{display:none}}"
    ".course-notice{position:fixed;z-index:1200;left:.5rem;right:.5rem;bottom:.5rem;max-width:34rem;margin:0 auto;padding:.7rem 1rem;background:var(--pst-color-surface);color:var(--pst-color-text-base);"
    "border:1px solid var(--pst-color-text-muted);border-radius:.4rem;box-shadow:0 4px 18px rgb(0 0 0/.25)}.course-notice p{margin:0 0 .5rem}"
    ".course-notice button{font:inherit;min-height:2.5rem;padding:.3rem .8rem;margin-right:.6rem;border:1px solid var(--pst-color-text-muted);border-radius:.25rem;background:var(--pst-color-background);color:inherit}"
)


def whole_pages(app_or_folder):
    """Folder of the pages as Sphinx wrote them, whole: for print, EPUB and tests."""
    return Path(getattr(app_or_folder, "doctreedir", app_or_folder)) / "pages"


def remember_pages(out, store):
    """Keep each page that Sphinx has just written; {name: HTML} of all pages that the site has, empty where none was written."""
    pages, fresh = {}, False
    # Another language lies in a folder of its own and was finished by its own build.
    apart = tuple(f"{path.parent.name}/" for path in out.glob("*/language.json"))
    for path in sorted(out.rglob("*.html")):
        name = path.relative_to(out).as_posix()
        # The page for wrong addresses is finished where it is written.
        if (
            name == published.MISSING
            or is_old_address(name)
            or name.startswith(("lite/", "_static/", "_downloads/", *apart))
            or not is_of_sphinx(path, store / name)
        ):
            continue
        text = path.read_text(encoding="utf-8")
        if policy.MARK not in text:
            write(store / name, text)
            fresh = True
        elif not (store / name).exists():
            raise CourseError(
                Diagnostic(
                    name,
                    "the page was finished by an earlier build whose caches are gone",
                    "make clean, then make book",
                )
            )
        pages[name] = (store / name).read_text(encoding="utf-8")
    return pages if fresh else {}


def is_of_sphinx(path, stored):
    """Pages that other parts put into the site (a live lab, another language) are left alone."""
    if stored.exists():
        return True
    with path.open(encoding="utf-8", errors="replace") as file:
        head = file.read(4000)
    return "data-content_root" in head or 'http-equiv="Refresh"' in head or policy.MARK in head


def lighten(out, store, tidy):
    """Finish the site.

    out    : folder of the built pages
    store  : folder that keeps the pages as Sphinx wrote them
    tidy   : called with the HTML of a page and its name; returns it mended
    raises : CourseError for an icon that the font lacks, or a script in an attribute
    """
    raw = remember_pages(out, store)
    if not raw:
        return  # Sphinx had nothing to do, so the site is as the last build finished it
    static = out / "_static"
    theme = (static / "styles" / "pydata-sphinx-theme.css").read_text(encoding="utf-8")

    def made_light(name):
        html = tidy(raw[name], name)
        return html, *lightened(html, name)

    pages, finished, rules, scripts, sheets = {}, {}, set(), {}, {}
    for name, (tidied, html, its_rules, its_scripts, its_sheets) in zip(
        raw, side_by_side(made_light, raw)
    ):
        pages[name], finished[name] = tidied, html
        rules |= its_rules
        scripts |= its_scripts
        sheets |= its_sheets
    logger.info(WHOLE)  # here, because from now on one process works alone for a while
    texts = {
        name: theme_fixed(name.rpartition("/")[2], script_text(out / name)) for name in scripts
    }
    data = [
        path.read_text(encoding="utf-8").replace('\\"', '"')
        for folder in ("_downloads", "_static")
        for path in sorted((out / folder).rglob("*.js"))
        if path.name not in NEEDS
    ]
    vocabulary = Vocabulary([*finished.values(), *data, COMES_LATER], texts.values())
    css = turned(
        cut_once(
            "".join(style_text(out / name) for name in sheets if (out / name).exists())
            + EXTRA_CSS
            + "".join(sorted(rules)),
            vocabulary,
            store,
        )
    )
    icons = icon_css(pages, theme, static / "vendor" / "fontawesome" / "webfonts", css)
    css_version = publish(static / "site.css", (icons + css).encode())
    shared = [name for name in scripts if name.rpartition("/")[2] in SHARED]
    shared.sort(key=lambda name: SHARED.index(name.rpartition("/")[2]))
    js = bundle({name.rpartition("/")[2]: texts[name] for name in shared})
    js_version = publish(static / "site.js", js.encode())
    for name in set(texts) - set(shared) - {"searchindex.js"}:
        short = name.rpartition("/")[2]
        publish(
            out / name,
            (isolated(short, texts[name]) if short in GUARDED else small(texts[name])).encode(),
        )
    side_by_side(
        lambda name: publish_page(out, name, finished[name], css_version, js_version), finished
    )
    if "index.html" in pages:
        write(out / "index.html", squeeze(front_door(pages["index.html"], css_version)))
    remove_unused(out, sheets, shared, set(texts) - set(shared))
    offline.write_worker(out)


def lightened(html, name):
    """A page without what all pages share.

    returns : (HTML, set of rules for the style sheet, names of the scripts it wants, names of the style sheets it had; both in order)
    """
    root, sheets = "../" * name.count("/"), {}
    html = lean(html)
    html, rules = policy.styles_to_rules(html)
    for link in LINK.findall(html):
        file = re.search(r'href="([^"?]*)', link)[1]
        if file.startswith(f"{root}_static/"):
            html = html.replace(link, "", 1)
            if re.search(SHEETS.get(file.rpartition("/")[2], ""), html):
                sheets[file.removeprefix(root)] = None
    html, scripts = scripts_of(html, root)
    return html, rules, scripts, sheets


def publish_page(out, name, html, css_version, js_version):
    """Write a page of the site, with its style sheet, its script and its policy."""
    root = "../" * name.count("/")
    html = html.replace("</title>", f"</title>\n{link_lines(root, css_version, js_version)}", 1)
    write(out / name, squeeze(policy.add_policy(describe(html, name), name)))


def cut_once(css, vocabulary, store):
    """The cut sheet; from the last build where nothing that decides it has changed."""
    key = hashlib.sha256(
        f"{css}\0{vocabulary}\0{Path(sheet.__file__).read_text(encoding='utf-8')}".encode()
    ).hexdigest()[:16]
    known = store / f"sheet-{key}.css"
    if not known.exists():
        for old in store.glob("sheet-*.css"):
            old.unlink()
        write(known, cut(css, vocabulary))
    return known.read_text(encoding="utf-8")


def scripts_of(html, root):
    """A page without the scripts that it does not need; its own remain, deferred and in order.

    returns : (HTML, names of the script files it wants, in order)
    """
    wanted = {}

    def look(match):
        address = match[1].split("?")[0]
        file = address.rpartition("/")[2]
        if re.match(r"(?:https?:)?//", address):
            return match[0]
        if file in NEEDS and not re.search(NEEDS[file], html):
            return ""
        wanted[address.removeprefix(root)] = None
        if file in SHARED:
            return ""
        return re.sub(r'\s+(?:defer|async)(?:="[^"]*")?', "", match[0]).replace(
            "<script ", "<script defer "
        )

    def look_inline(match):
        script = match[1]
        if "localStorage.getItem" in script and "dataset.mode" in script:
            default = (re.search(r'getItem\("mode"\) \|\| "(\w+)"', script) or ["", "auto"])[1]
            return f"  <script>{BOOT % default}</script>\n"
        if re.search(DROPPED, match[0]):
            return ""
        return match[0]

    html = INLINE.sub(look_inline, SCRIPT.sub(look, html))
    if wanted and "h.mode=m" not in html:
        raise CourseError(
            Diagnostic(
                "site",
                "the theme's line that sets the colour mode was not found in a page, so it was not replaced",
                "compare look_inline in site/weight.py with the theme's layout.html",
            )
        )
    html = re.sub(r"[ \t]*<script type=.text/x-thebe-config.>.*?</script>\n?", "", html, flags=re.S)
    html = re.sub(r'[ \t]*<link rel="preload" as="script"[^>]*>\n?', "", html)
    return html, wanted


def link_lines(root, css, js):
    return (
        f'  <link rel="stylesheet" href="{root}_static/site.css?v={css}">\n  <link rel="manifest" href="{root}manifest.webmanifest">\n'
        f'  <script defer src="{root}_static/site.js?v={js}"></script>\n'
    )


def describe(html, name):
    """A description of the page from its first paragraph, where it has none; nothing to index in the search page."""
    html = re.sub(r'\s*<meta name="docsearch:[^>]*>', "", html)
    first, meta, rest = html.partition('<meta name="viewport"')
    html = first + meta + re.sub(r'\s*<meta name="viewport"[^>]*>', "", rest)
    if re.match(r"(?:search|genindex)\.html", name) and 'name="robots"' not in html:
        html = html.replace("</title>", '</title>\n    <meta name="robots" content="noindex">', 1)
    if 'name="description"' in html:
        return html
    article = html.partition("<article")[2]
    for paragraph in re.findall(r"<p>(.*?)</p>", article, re.S):
        words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", paragraph)).strip()
        if len(words) >= 60:
            words = words if len(words) <= 160 else words[:157].rpartition(" ")[0] + " \u2026"
            words = words.replace('"', "&quot;")
            return html.replace(
                "</title>", f'</title>\n    <meta name="description" content="{words}">', 1
            )
    title = re.search(r"<title>\s*(.*?)\s*</title>", html, re.S)
    return (
        html.replace("</title>", f'</title>\n    <meta name="description" content="{title[1]}">', 1)
        if title
        else html
    )


def front_door(html, css):
    """The root page leads to the landing page, also without a server and without JavaScript."""
    target = (re.search(r"url=([^\"'>]+)", html) or ["", "book/index.html"])[1]
    title, about, code = (
        escape(_("Kratom and Harm Reduction")),
        escape(_("An open course on kratom and harm reduction.")),
        language(),
    )
    return policy.add_policy(
        f'<!DOCTYPE html>\n<html lang="{tag(code)}" dir="{direction(code)}">\n<head>\n<meta charset="utf-8">\n<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<title>{title}</title>\n<meta name="description" content="{about}">\n<meta http-equiv="Refresh" content="0; url={target}">\n<link rel="canonical" href="{target}">\n'
        f'<link rel="icon" href="_static/favicon.svg">\n</head>\n<body><p><a href="{target}">{title}</a></p></body>\n</html>\n',
        "index.html",
    )


def lean(html):
    """The same to the eye in fewer bytes: no spans that look like what they stand in, no comments, no list of contents for print alone."""
    html = re.sub(
        r"<noscript>\s*<style>.*?</style>\s*</noscript>|<!--(?!\[if).*?-->", "", html, flags=re.S
    )
    html = re.sub(r'(<div id="jb-print-toc">).*?</nav>', r"\1", html, flags=re.S)
    # Words that docutils writes and neither a style nor a script of the site asks for.
    html = html.replace(' class="reference internal"', "").replace(' reference internal"', '"')
    html = re.sub(r' class="row-(?:odd|even)"', "", html)
    html = re.sub(r'<span class="xref std std-term">([^<]*)</span>', r"\1", html)
    html = re.sub(r'<span class="pre">([^<]*)</span>', r"\1", html)
    before = None
    while before != html:
        before, html = (
            html,
            re.sub(
                r'<span class="(?:n|p|w|nn|o)">([^<]*)</span>|(?<=<pre>)<span></span>',
                lambda match: match[1] or "",
                html,
            ),
        )
    return html


def squeeze(html):
    """Without indentation and empty lines, but untouched where white space counts."""
    parts = re.split(r"(<(pre|textarea|script)\b.*?</\2>)", html, flags=re.S)
    return "".join(
        part if index % 3 == 1 else re.sub(r"\n\s+", "\n", part)
        for index, part in enumerate(parts)
        if index % 3 != 2
    )


def theme_fixed(name, text):
    """A script as it may run on the site."""
    if name == "documentation_options.js":
        text += "\nDOCUMENTATION_OPTIONS.search_as_you_type=false;DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY=location.protocol!=='file:';"
    return policy.allowed(text, name)


def script_text(path):
    return path.read_text(encoding="utf-8") if path.exists() else ""


def style_text(path):
    """A style sheet with what it imports, and with what is addressed from it addressed from _static."""
    text = path.read_text(encoding="utf-8")
    text = re.sub(
        r'@import\s+(?:url\()?["\']([^"\']+)["\']\)?;',
        lambda match: style_text(path.parent / match[1].split("?")[0]),
        text,
    )
    text = re.sub(r"@font-face\s*\{[^}]*fontawesome[^}]*\}", "", text)
    text = re.sub(r"@charset[^;]*;|/\*# sourceMappingURL.*?\*/", "", text)
    static = next(folder for folder in path.parents if folder.name == "_static")
    moved = lambda match: (
        match[0]
        if match[2].startswith(("data:", "#", "http"))
        else f"url({os.path.relpath(path.parent / match[2], static)})"
    )  # noqa: E731
    return re.sub(r"url\((['\"]?)([^)'\"]+)\1\)", moved, text)


def remove_unused(out, sheets, shared, scripts):
    """Take away the files that now are in the one sheet and the one script, and the theme's that no page loads."""
    static = out / "_static"
    gone = {out / name for name in [*sheets, *shared]} | {
        static / name for name in ("basic.css", "copybutton.css", "copybutton_funcs.js")
    }
    gone |= {
        path
        for path in static.rglob("*.js")
        if path.name in NEEDS and path.relative_to(out).as_posix() not in scripts
    }
    gone |= {
        *static.rglob("*.map"),
        *(static / "vendor" / "fontawesome").rglob("*.*"),
        *static.rglob("booktheme.[mp]o"),
    }
    for path in gone:
        path.unlink(missing_ok=True)
    for path in sorted(static.rglob("*"), reverse=True):
        if path.is_dir() and not any(path.iterdir()):
            path.rmdir()


def publish(path, data):
    """Write a file if it changed; returns a version for its address."""
    if not path.exists() or path.read_bytes() != data:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(path.name + ".tmp")
        beside.write_bytes(data)
        os.replace(beside, path)
    return hashlib.sha256(data).hexdigest()[:8]


def write(path, text):
    publish(path, text.encode())
