"""The switch of languages in the head of every page, once there is more than one; and links by
which search engines find the pair.
"""

import json
import re
from html import escape
from pathlib import Path
from typing import Any

from ...files import write_atomic
from ...i18n import direction, tag

PLACE = re.compile(
    r'<nav class="language-switch".*?</nav>|<link rel="alternate" hreflang="[^"]*"[^>]*>', re.S
)
HEAD = re.compile(r'(<div class="course-tools">)')


def languages_of(site: Path) -> dict[Any, Any]:
    """{code: what the language calls itself} of the languages that lie beside English, each in its
    folder.
    """
    found = (
        json.loads(path.read_text(encoding="utf-8"))
        for path in sorted(Path(site).glob("*/language.json"))
    )
    return {one["code"]: one.get("name", one["code"]) for one in found}


def label(site: Path, code: str) -> Any:
    """What the switch is called in the language of the page."""
    path = Path(site) / code / "language.json"
    return (
        json.loads(path.read_text(encoding="utf-8")).get("label", "Language")
        if path.exists()
        else "Language"
    )


def with_switch(html: str, site: Path, page: str, code: str = "en") -> Any:
    """The page at `page` (seen from its own language's folder) with the switch; without another
    language it has none. Idempotent.
    """
    site, languages = Path(site), languages_of(site)
    html = PLACE.sub("", html)
    if not languages:
        return html
    names = {"en": "English", **languages}
    up = "../" * (page.count("/") + (code != "en"))
    there = [
        (other, f"{up}{'' if other == 'en' else other + '/'}{page}")
        for other in names
        if (site / ("" if other == "en" else other) / page).exists()
    ]
    entries = "".join(
        f'<li><strong lang="{tag(other)}">{escape(names[other])}</strong></li>'
        if other == code
        else f'<li><a href="{address}" hreflang="{tag(other)}" lang="{tag(other)}" '
        f'dir="{direction(other)}">{escape(names[other])}</a></li>'
        for other, address in there
    )
    name = escape(label(site, code))
    html = HEAD.sub(
        lambda match: (
            f'{match[1]}<nav class="language-switch" aria-label="{name}"><ul>{entries}</ul></nav>'
        ),
        html,
        count=1,
    )
    alternates = "".join(
        f'<link rel="alternate" hreflang="{tag(other)}" href="{address}">'
        for other, address in there
    )
    return html.replace("</head>", f"{alternates}</head>", 1)


def link_languages(site: Path) -> None:
    """Bring the switch up to date in every page of every language of the built site."""
    site = Path(site)
    for code in ("en", *languages_of(site)):
        folder = site if code == "en" else site / code
        for path in [
            *folder.glob("*.html"),
            *folder.glob("book/*.html"),
            *folder.glob("notebooks/*/*.html"),
        ]:
            before = path.read_text(encoding="utf-8")
            after = with_switch(before, site, path.relative_to(folder).as_posix(), code)
            if after != before:
                write_atomic(path, after)
