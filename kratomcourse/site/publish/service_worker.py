"""The book without a connection: a service worker with the list of all that it needs, and a
manifest to install it.

Nothing is kept before a reader asks. The worker then keeps a copy named after a hash of the whole
list. A page is asked from the host first and taken from the copy when no answer comes soon;
everything else comes from the copy, by its versioned address.
"""

import hashlib
import json
import posixpath
import re
from collections import Counter
from html import escape
from pathlib import Path
from typing import Any

from ...evidence import load_course
from ...evidence.history import load_changes
from ...files import write_atomic
from ...i18n import _, direction, language, tag
from ..postprocess import footer
from ..postprocess.script_bundle import replaced

WORKER = Path(__file__).with_name("worker.js")
KEPT = {
    ".html",
    ".css",
    ".js",
    ".svg",
    ".png",
    ".webp",
    ".ico",
    ".woff2",
    ".csv",
    ".ipynb",
    ".webmanifest",
    ".md",
    ".txt",
    ".json",
    ".bib",
    ".ris",
    ".zip",
}
# What a reader sees about the copy (offline.js): how large it is, and what the book changed on
# which day.
FACTS = "offline.json"
# Pages whose age matters most: the browser's own cache may not answer for them.
FRESH = ("book/help-now.html", "book/law-finder.html", "book/changes.html", FACTS)
# A live lab, books to print and other languages or terms are not part of what one page brings
# along.
LARGEST = 1_000_000


def files_of(out: Path) -> Any:
    """Names of the files of an offline copy, pages first."""
    found = []
    for path in sorted(out.rglob("*")):
        name = path.relative_to(out).as_posix()
        own = (
            name.partition("/")[0] in ("book", "notebooks", "_static", "_images", "_downloads")
            or "/" not in name
            or name.startswith(("downloads/notebooks/", "downloads/data/"))
        )
        if (
            own
            and path.is_file()
            and path.suffix in KEPT
            and path.stat().st_size <= LARGEST
            and name not in ("sw.js", FACTS)
        ):
            found.append(name)
    found = used(out, found)
    return sorted(found, key=lambda name: (not name.endswith(".html"), name))


def used(out: Path, names: Any) -> list[Any]:
    """The names without pictures and data that no page asks for, which an earlier build left
    behind.
    """
    asking = (".html", ".js", ".css")
    text = "".join(
        (out / name).read_text(encoding="utf-8") for name in names if name.endswith(asking)
    )
    return [
        name
        for name in names
        if not name.startswith(("_images/", "_downloads/")) or name.partition("/")[2] in text
    ]


def versioned_addresses(out: Path, names: Any) -> Any:
    """Addresses with a version that the pages ask for, seen from the root of the site."""
    found = set()
    for name in names:
        if name.endswith(".html"):
            html = (out / name).read_text(encoding="utf-8")
            addresses = re.findall(r'(?:src|href)="([^":]+\?[^"]+)"', html)
            found |= {
                posixpath.normpath(posixpath.join(posixpath.dirname(name), address))
                for address in addresses
            }
    return sorted(found)


def write_worker(out: Path) -> Any:
    """Write manifest.webmanifest, sw.js and offline.json into the site; return the version of the
    copy.
    """

    icons = [
        {"src": "_static/favicon.svg", "sizes": "any", "type": "image/svg+xml", "purpose": "any"}
    ]
    icons += [
        {
            "src": f"_static/app-{size}.png",
            "sizes": f"{size}x{size}",
            "type": "image/png",
            "purpose": purpose,
        }
        for size, purpose in ((192, "any"), (512, "any"), (512, "maskable"))
    ]
    manifest = {
        "id": load_course().slug,
        "name": load_course().title,
        "short_name": load_course().short_title,
        "lang": tag(language()),
        "dir": direction(language()),
        "start_url": "book/index.html",
        "scope": "./",
        "display": "standalone",
        "background_color": "#ffffff",
        "theme_color": "#0b6b50",
        "icons": [icon for icon in icons if (out / icon["src"]).exists()],
    }
    write_atomic(out / "manifest.webmanifest", json.dumps(manifest, indent=1) + "\n")
    names = files_of(out)
    digest = hashlib.sha256()
    for name in names:
        content = (out / name).read_bytes()
        if name.endswith(".html"):
            content = footer.PLACE.sub(
                "", content.decode()
            ).encode()  # comes once the files to take along are there
        digest.update(name.encode() + b"\0" + hashlib.sha256(content).digest())
    template = WORKER.read_text(encoding="utf-8")
    version = hashlib.sha256(digest.digest() + template.encode()).hexdigest()[:12]
    gone = (
        _("This page is not in the copy on this device, and there is no connection."),
        _("To the course"),
        _("Not here offline"),
    )
    text, link, title = map(escape, gone)
    page = (
        f'<!DOCTYPE html><html lang="{tag(language())}" dir="{direction(language())}">'
        f'<meta charset="utf-8"><title>{title}</title><p>{text} '
        f'<a href="ROOTbook/index.html">{link}</a>'
    )
    for place, value in (
        ('"VERSION"', version),
        ('"GONE"', page),
        ('["FILES"]', [*names, FACTS]),
        ('["FRESH"]', list(FRESH)),
        ('["VERSIONED"]', versioned_addresses(out, names)),
    ):
        template = replaced("worker.js", template, place, json.dumps(value, indent=0))
    write_atomic(out / "sw.js", template)
    days = Counter((change.date, change.kind) for change in load_changes())
    facts = {
        "version": version,
        "bytes": sum((out / name).stat().st_size for name in names),
        "files": len(names),
        "changes": [[day, kind, count] for (day, kind), count in sorted(days.items())],
    }
    write_atomic(out / FACTS, json.dumps(facts) + "\n")
    return version
