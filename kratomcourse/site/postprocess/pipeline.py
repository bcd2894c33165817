"""The finished site made light: one style sheet cut to what is used, one script for all pages,
icons cut to those shown.

Sphinx's own pages are kept beside its caches (`whole_pages`), because a later build writes only
those that changed, and what all pages use together decides what stays.
"""

import hashlib
import os
import re
from collections import Counter
from collections.abc import Callable, Mapping
from html import escape
from pathlib import Path
from typing import Any

from sphinx.util import logging

from ...errors import CourseError, Diagnostic
from ...evidence import load_course
from ...files import write_atomic
from ...i18n import direction, language, tag
from ..build.execution import WHOLE, side_by_side
from ..publish import page_metadata, service_worker
from ..publish.redirects import is_old_address
from ..sphinx.translation import in_language
from . import (
    accessibility,
    actions,
    csp,
    css_treeshake,
    head,
    landing_figure,
    lean,
    scripts,
    search_records,
    without_script,
)
from .css_treeshake import Vocabulary, cut
from .icon_subset import icon_css
from .page import Page, parse, serialize
from .rtl import turned
from .script_bundle import GUARDED, bundle, isolated, replaced, small
from .search_index import write_search
from .without_script import for_no_script

logger = logging.getLogger(__name__)
# What is written into pages once other languages and books to take along are there.
COMES_LATER = (
    '<nav class="language-switch"><ul><li><strong></strong></li></ul></nav>'
    '<aside class="draft-notice"></aside><span class="take-along"></span>'
)
EXTRA_CSS = (
    # What the theme hides by a style element within noscript, and places by style attributes.
    "html:not([data-mode]) .pst-js-only{display:none!important}"
    "div.highlight{position:relative}.copy-code{position:absolute;top:.3rem;right:.3rem;"
    "font:inherit;font-size:.8rem;line-height:1;"
    "padding:.45rem .6rem;border:1px solid var(--pst-color-border);"
    "border-radius:.3rem;background:var(--pst-color-surface);"
    "color:var(--pst-color-text-base);opacity:0}"
    ".copy-code:focus-visible,.highlight:hover .copy-code{opacity:1}"
    "@media(hover:none){.copy-code{opacity:1}}@media print{.copy-code,.course-notice{display:none}}"
    ".course-notice{position:fixed;z-index:1200;left:.5rem;right:.5rem;bottom:.5rem;"
    "max-width:34rem;margin:0 auto;padding:.7rem 1rem;background:var(--pst-color-surface);"
    "color:var(--pst-color-text-base);"
    "border:1px solid var(--pst-color-text-muted);border-radius:.4rem;"
    "box-shadow:0 4px 18px rgb(0 0 0/.25)}.course-notice p{margin:0 0 .5rem}"
    ".course-notice button{font:inherit;min-height:2.5rem;"
    "padding:.3rem .8rem;margin-right:.6rem;border:1px solid var(--pst-color-text-muted);"
    "border-radius:.25rem;background:var(--pst-color-background);color:inherit}"
)


def whole_pages(app_or_folder: Any) -> Path:
    """Folder of the pages as Sphinx wrote them, whole: for print, EPUB and tests."""
    return Path(getattr(app_or_folder, "doctreedir", app_or_folder)) / "pages"


def remember_pages(out: Path, store: Path) -> Any:
    """Keep each page that Sphinx has just written; {name: HTML} of all pages that the site has,
    empty where none was written.
    """
    pages, fresh = {}, False
    # Another language lies in a folder of its own and was finished by its own build.
    apart = tuple(f"{path.parent.name}/" for path in out.glob("*/language.json"))
    for path in sorted(out.rglob("*.html")):
        name = path.relative_to(out).as_posix()
        # The page for wrong addresses is finished where it is written.
        if (
            name == page_metadata.MISSING
            or is_old_address(name)
            or name.startswith(("lite/", "_static/", "_downloads/", *apart))
            or not is_of_sphinx(path, store / name)
        ):
            continue
        text = path.read_text(encoding="utf-8")
        if csp.MARK not in text:
            write_atomic(store / name, text)
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


def is_of_sphinx(path: Path, stored: Path) -> Any:
    """Pages that other parts put into the site (a live lab, another language) are left alone."""
    if stored.exists():
        return True
    with path.open(encoding="utf-8", errors="replace") as file:
        head = file.read(4000)
    return "data-content_root" in head or 'http-equiv="Refresh"' in head or csp.MARK in head


def transforms(out: Path, root: Path, raw: Mapping[str, str]) -> tuple[Callable[[Page], None], ...]:
    """What each page passes, in order. The words of another language come after the names they are
    for.

    raw : {name: HTML} of all pages, as Sphinx wrote them
    """
    there = {path.stem for path in (out / "book").glob("*.html")}

    def sized_pictures(page: Page) -> None:
        folder = (out / page.name).parent
        lean.prepare_pictures(page, lambda address: picture_size(folder / address))

    return (
        lean.drop_unused,
        accessibility.name_controls,
        accessibility.name_tables,
        accessibility.number_help_boxes,
        lambda page: lean.lead_home(page, there),
        lambda page: landing_figure.place(page, raw),
        lambda page: actions.offer(page, out, there),
        in_language,
        sized_pictures,
        lean.drop_idle_markup,
        csp.styles_to_rules,
        scripts.collect_sheets,
        scripts.keep_own_scripts,
        head.describe,
        head.link_site,
        search_records.collect,
        csp.set_policy,
    )


# Patches of the theme's markup that each site has a place for: where one finds none, the theme has
# changed.
PATCHES = ("links of the foot", "main", "style sheets")


def finish_site(out: Path, store: Path, root: Path) -> None:
    """Finish the site: each page is parsed once, passes the transforms, and is written once.

    out    : folder of the built pages
    store  : folder that keeps the pages as Sphinx wrote them
    root   : folder of the course
    raises : CourseError for an icon that the font lacks, a script in an attribute, or a patch that
             finds nothing
    """
    raw = remember_pages(out, store)
    if not raw:
        return  # Sphinx had nothing to do, so the site is as the last build finished it
    static = out / "_static"
    theme = (static / "styles" / "pydata-sphinx-theme.css").read_text(encoding="utf-8")
    steps = transforms(out, root, raw)

    def transformed(name: str) -> tuple[Any, ...]:
        page = parse(raw[name], name)
        if name != "index.html":  # leads on, and is written anew
            for step in steps:
                step(page)
        return (
            serialize(page),
            page.rules,
            page.scripts,
            page.sheets,
            page.patched,
            page.records,
        )

    finished: dict[str, str] = {}
    rules: set[str] = set()
    wanted: dict[str, None] = {}
    sheets: dict[str, None] = {}
    patched: Counter[str] = Counter()
    records: list[Any] = []
    for name, (html, its_rules, its_scripts, its_sheets, its_patches, its_records) in zip(
        raw, side_by_side(transformed, raw), strict=False
    ):
        finished[name] = html
        rules |= its_rules
        wanted |= its_scripts
        sheets |= its_sheets
        patched += its_patches
        records += its_records
    require_patches(patched)
    logger.info(WHOLE)  # here, because from now on one process works alone for a while
    texts = {name: theme_fixed(name.rpartition("/")[2], script_text(out / name)) for name in wanted}
    bring_search(out, root, records, texts)
    bring_actions(out, texts)
    data = [
        path.read_text(encoding="utf-8").replace('\\"', '"')
        for folder in ("_downloads", "_static")
        for path in sorted((out / folder).rglob("*.js"))
        if path.name not in scripts.NEEDS
    ]
    loaded_later = [script_text(static / name) for name in ("search-engine.js", "act.js")]
    vocabulary = Vocabulary(
        [*finished.values(), *data, COMES_LATER], [*texts.values(), *loaded_later]
    )
    css = turned(
        cut_once(
            "".join(style_text(out / name) for name in sheets if (out / name).exists())
            + EXTRA_CSS
            + "".join(sorted(rules)),
            vocabulary,
            store,
        )
    )
    icons = icon_css(finished, theme, static / "vendor" / "fontawesome" / "webfonts", css)
    css_version = publish(static / "site.css", (icons + css).encode())
    shared = [name for name in wanted if name.rpartition("/")[2] in scripts.SHARED]
    shared.sort(key=lambda name: scripts.SHARED.index(name.rpartition("/")[2]))
    js = bundle({name.rpartition("/")[2]: texts[name] for name in shared})
    js_version = publish(static / "site.js", js.encode())
    for name in set(texts) - set(shared):
        short = name.rpartition("/")[2]
        publish(
            out / name,
            (isolated(short, texts[name]) if short in GUARDED else small(texts[name])).encode(),
        )
    for name, html in finished.items():
        if name != "index.html":
            versioned = html.replace(head.CSS_VERSION, css_version, 1)
            write_atomic(out / name, versioned.replace(head.JS_VERSION, js_version, 1))
    if "index.html" in raw:
        write_atomic(out / "index.html", front_door(raw["index.html"]))
    remove_unused(out, sheets, shared, set(texts) - set(shared))
    service_worker.write_worker(out)


def bring_search(out: Path, root: Path, records: list[Any], texts: dict[str, str]) -> None:
    """Write what the search loads, and its version into the shared script that loads it."""
    name, engine = "_static/search.js", out / "_static" / "search-engine.js"
    if name not in texts or not engine.exists():
        return
    index = write_search(out, root, records)
    engine_version = publish(engine, small(script_text(engine)).encode())
    places = script_text(out / "_static" / "place-names.js")
    version = hashlib.sha256(f"{index}{engine_version}{places}".encode()).hexdigest()[:8]
    script = replaced(name, texts[name], "SEARCH_VERSION", version)
    texts[name] = replaced(name, script, "SEARCH_PLACES", "yes" if places else "")


def bring_actions(out: Path, texts: dict[str, str]) -> None:
    """Write the version of what the pages' actions load into the shared script that loads it."""
    name, script = "_static/actions.js", out / "_static" / "act.js"
    if name not in texts or not script.exists():
        return
    version = publish(script, small(script_text(script)).encode())
    about = script_text(out / "_static" / "cite" / "about.js")
    version = hashlib.sha256(f"{version}{about}".encode()).hexdigest()[:8]
    texts[name] = replaced(name, texts[name], "ACTIONS_VERSION", version)


def require_patches(patched: Counter[str]) -> None:
    """Raise a CourseError for each patch of the theme's markup that found its place on no page."""
    lost = [name for name in PATCHES if not patched[name]]
    if lost:
        raise CourseError(
            [
                Diagnostic(
                    "site",
                    f"the theme's {name} were found on no page, so they were not changed",
                    "a new release writes them otherwise; correct the transform in "
                    "kratomcourse/site/postprocess",
                )
                for name in lost
            ]
        )


def picture_size(path: Path) -> tuple[int, int] | None:
    """Width and height in pixels of an SVG picture, from its view box in points; None where it has
    none.
    """
    if not path.exists():
        return None
    box = re.search(
        r'viewBox="\s*\S+\s+\S+\s+([\d.]+)\s+([\d.]+)', path.read_text(encoding="utf-8")[:2000]
    )
    return (round(float(box[1]) * 4 / 3), round(float(box[2]) * 4 / 3)) if box else None


def cut_once(css: str, vocabulary: Any, store: Path) -> str:
    """The cut sheet; from the last build where nothing that decides it has changed."""
    key = hashlib.sha256(
        f"{css}\0{vocabulary}\0{Path(css_treeshake.__file__).read_text(encoding='utf-8')}"
        f"{Path(without_script.__file__).read_text(encoding='utf-8')}".encode()
    ).hexdigest()[:16]
    known = store / f"sheet-{key}.css"
    if not known.exists():
        for old in store.glob("sheet-*.css"):
            old.unlink()
        write_atomic(known, for_no_script(cut(css, vocabulary)))
    return known.read_text(encoding="utf-8")


def front_door(html: str) -> Any:
    """The root page leads to the landing page, also without a server and without JavaScript."""
    target = (re.search(r"url=([^\"'>]+)", html) or ["", "book/index.html"])[1]
    title, about, code = (
        escape(load_course().title),
        escape(load_course().description),
        language(),
    )
    return csp.add_policy(
        f'<!DOCTYPE html>\n<html lang="{tag(code)}" dir="{direction(code)}">\n<head>\n'
        '<meta charset="utf-8">\n<meta name="viewport" content="width=device-width, '
        'initial-scale=1">\n'
        f'<title>{title}</title>\n<meta name="description" content="{about}">\n'
        f'<meta http-equiv="Refresh" content="0; url={target}">\n'
        f'<link rel="canonical" href="{target}">\n'
        '<link rel="icon" href="_static/favicon.svg">\n</head>\n<body><p>'
        f'<a href="{target}">{title}</a></p></body>\n</html>\n',
        "index.html",
    )


def theme_fixed(name: str, text: str) -> Any:
    """A script as it may run on the site."""
    if name == "documentation_options.js":
        text += "\nDOCUMENTATION_OPTIONS.search_as_you_type=false;"
    return csp.allowed(text, name)


def script_text(path: Path) -> str:
    """Text of a script, empty where there is no such file."""
    return path.read_text(encoding="utf-8") if path.exists() else ""


def style_text(path: Path) -> str:
    """A style sheet with what it imports, and with what is addressed from it addressed from
    _static.
    """
    static = next(folder for folder in path.parents if folder.name == "_static")
    text = path.read_text(encoding="utf-8")
    text = re.sub(r"@font-face\s*\{[^}]*fontawesome[^}]*\}", "", text)
    text = re.sub(r"@charset[^;]*;|/\*# sourceMappingURL.*?\*/", "", text)

    def moved(match: re.Match[str]) -> str:
        return (
            match[0]
            if match[1] or match[3].startswith(("data:", "#", "http"))
            else f"url({os.path.relpath(path.parent / match[3], static)})"
        )

    # Addresses first: an imported sheet comes with its own already moved.
    text = re.sub(r"(@import\s+)?url\((['\"]?)([^)'\"]+)\2\)", moved, text)
    return re.sub(
        r'@import\s+(?:url\()?["\']([^"\']+)["\']\)?;',
        lambda match: style_text(path.parent / match[1].split("?")[0]),
        text,
    )


def remove_unused(out: Path, sheets: Any, shared: list[str], own: set[str]) -> None:
    """Take away the files that now are in the one sheet and the one script, and the theme's that no
    page loads.
    """
    static = out / "_static"
    gone = {out / name for name in [*sheets, *shared]} | {
        static / name for name in ("basic.css", "copybutton.css", "copybutton_funcs.js")
    }
    gone.add(out / "searchindex.js")  # of an older build
    gone |= {
        path
        for path in static.rglob("*.js")
        if path.name in scripts.NEEDS and path.relative_to(out).as_posix() not in own
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


def publish(path: Path, data: Any) -> Any:
    """Write a file if it changed; returns a version for its address."""
    write_atomic(path, data)
    return hashlib.sha256(data).hexdigest()[:8]
