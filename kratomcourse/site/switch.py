"""The switch of languages in the head of every page, once there is more than one; and links by which search engines find the pair."""

import os
import re
from html import escape
from pathlib import Path

from ..language import direction, tag

PLACE = re.compile(r'\s*<nav class="language-switch".*?</nav>|\s*<link rel="alternate" hreflang="[^"]*"[^>]*>', re.S)
HEAD = re.compile(r'(<div class="header-article-items__end">)')


def link_languages(site, languages, names):
    """Write the switch into every page of every language; with English alone it is taken out again.

    site      : folder of the English pages
    languages : codes of the other languages, each a folder below it
    names     : {code: what the language calls itself}
    """
    site = Path(site)
    editions = {"en": site, **{code: site / code for code in languages}}
    inside = [path for code, path in editions.items() if code != "en"]
    pages = {
        code: {path.relative_to(folder).as_posix() for path in folder.rglob("*.html") if code != "en" or not any(other in path.parents for other in inside)} for code, folder in editions.items()
    }
    for code, folder in editions.items():
        for page in sorted(pages[code]):
            path = folder / page
            before = path.read_text(encoding="utf-8")
            after = PLACE.sub("", before)
            if languages:
                up = "../" * (page.count("/") + (code != "en"))
                there = [(other, f"{up}{'' if other == 'en' else other + '/'}{page}") for other in editions if page in pages[other]]
                entries = "".join(
                    f'<li>{f"<strong lang={quote(tag(other))}>{escape(names[other])}</strong>" if other == code else link(other, address, names[other])}</li>' for other, address in there
                )
                after = HEAD.sub(lambda match: f'{match[1]}<nav class="language-switch" aria-label="Language"><ul>{entries}</ul></nav>', after, count=1)
                alternates = "".join(f'<link rel="alternate" hreflang="{tag(other)}" href="{address}">' for other, address in there)
                after = after.replace("</head>", f"{alternates}</head>", 1)
            if after != before:
                beside = path.with_suffix(".tmp")
                beside.write_text(after, encoding="utf-8")
                os.replace(beside, path)


def quote(text):
    return f'"{escape(text)}"'


def link(code, address, name):
    return f'<a href="{address}" hreflang="{tag(code)}" lang="{tag(code)}" dir="{direction(code)}">{escape(name)}</a>'
