"""The index of the search, as scripts that a page loads when its search is opened.

`index.js` has the words, the records that hold them, and the records' titles. The texts, from
which results show the words in context, are in one small script for each page. Scripts load in a
site opened from a folder too, where nothing can be fetched.

Pagefind was tried on the same records: 90 kB before the first word, and about 25 kB for each word
of a query, so that three words need more than 150 kB. It also needs a server, a policy that lets
pages run WebAssembly, and a second search where the site is opened from a folder.
"""

from __future__ import annotations

import csv
import hashlib
import json
import re
import shutil
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from ...files import write_atomic
from ...i18n import _
from .search_records import SearchRecord

FOLDER = "_static/search"
WORDS = "book/search_words.csv"
# What a page weighs, if not 1.
WEIGHT = {
    "book/help-now.html": 1.5,
    "book/law-finder.html": 1.2,
    "book/claims.html": 0.55,
    "book/index.html": 0.8,
    "book/how-we-know.html": 0.7,
    "book/privacy.html": 0.7,
    "book/data.html": 0.35,
    "book/syllabus.html": 0.35,
    "book/for-instructors.html": 0.45,
    "book/for-workshops.html": 0.45,
    "book/for-operators.html": 0.35,
}
# Answers that come before all results, to phrases whose words all occur in what was typed.
PINNED = (
    {
        "kind": "emergency",
        "words": _(
            "911|999|112|000|emergency|ambulance|overdose|overdosed|overdosing|od|wake up|wont wake"
            "|not waking|cant wake|unconscious|unresponsive|passed out|not breathing"
            "|stopped breathing|barely breathing|cant breathe|blue lips|turning blue|gurgling"
            "|collapsed|dying|took too much|no pulse"
        ),
        "title": _("Someone won\u2019t wake up or can\u2019t breathe? Call first."),
        "text": _("Put the phone on speaker. Then follow the steps on Help now."),
        "address": "book/help-now.html",
    },
    {
        "kind": "emergency",
        "words": _("seizure|seizures|convulsion|convulsions|having a fit|shaking badly"),
        "title": _("A seizure? Call first."),
        "text": _("The steps for a seizure are on Help now."),
        "address": "book/help-now.html#a-seizure",
    },
    {
        "kind": "emergency",
        "words": _("chest pain|heart attack|pain in chest"),
        "title": _("Chest pain? Call first."),
        "text": _("The steps for chest pain are on Help now."),
        "address": "book/help-now.html#chest-pain",
    },
    {
        "kind": "emergency",
        "words": _(
            "suicide|suicidal|kill myself|want die|end my life|dont want live|hurt myself|988"
        ),
        "title": _("You don\u2019t want to live, or you fear for someone?"),
        "text": _("You can talk to someone now, free and at any hour."),
        "address": "book/help-now.html#you-don-t-want-to-live-or-you-fear-for-someone",
    },
    {
        "kind": "help",
        "words": _(
            "child took|kid took|toddler|child ate|child swallowed|poisoned|poison help"
            "|poison control|poison hotline|poison number"
        ),
        "title": _("A child took some, or something feels wrong"),
        "text": _("Poison centres answer at any hour; the numbers are on Help now."),
        "address": "book/help-now.html#a-child-took-some-or-something-feels-wrong",
    },
    {
        "kind": "help",
        "words": _(
            "brother|sister|my son|my daughter|my friend|my husband|my wife|my partner|boyfriend"
            "|girlfriend|my mom|my dad|my mother|my father|loved one|worried about"
        ),
        "title": _("Worried about someone?"),
        "text": _("What helps, what to say, and who answers at any hour."),
        "address": "book/help-now.html#worried-about-somebody",
    },
    {
        "kind": "help",
        "words": _("help line|helpline|hotline|need help|talk to someone|help now|crisis"),
        "title": _("Help now"),
        "text": _("Whom to call or text, by country."),
        "address": "book/help-now.html",
    },
)


def plain(text: str) -> str:
    """Small letters without accents and apostrophes; codes such as 7-OH in one piece."""
    text = unicodedata.normalize("NFD", text.lower())
    text = re.sub(r"[\u0300-\u036f'\u2019]", "", text)
    text = re.sub(r"(\d+)[-\u2011 ]?(oh\b|hydroxy)", r"\1\2", text)
    return re.sub(r"\b(sr|mgm|cyp|hb|sb)[-\u2011 ]?(\d)", r"\1\2", text)


def words_of(text: str) -> list[str]:
    """The words of a text as the index and the search write them."""
    return re.findall(r"[^\W_]+", plain(text))


def postings(records: Sequence[SearchRecord], stop: set[str]) -> dict[str, dict[int, int]]:
    """Map each word to the records that hold it, with how often (9 at most)."""
    found: dict[str, dict[int, int]] = defaultdict(dict)
    for number, record in enumerate(records):
        for word, count in Counter(words_of(f"{record.title} {record.text}")).items():
            if word not in stop and (len(word) > 1 or word.isdigit()):
                found[word][number] = min(count, 9)
    return dict(sorted(found.items()))


BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz"


def base36(number: int) -> str:
    """A whole number of at least 0 in base 36."""
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = BASE36[rest] + digits
    return digits or "0"


def encoded(records: dict[int, int]) -> str:
    """Distances between records in base 36; a capital letter from B (2) to I (9) says how often."""
    before, parts = 0, []
    for number, count in records.items():
        parts.append(base36(number - before) + ("" if count == 1 else chr(64 + count)))
        before = number
    return ",".join(parts)


def word_table(root: Path) -> tuple[list[tuple[str, str]], list[str]]:
    """What else words mean, and the words that say nothing, from a table of the course."""
    path = root / WORDS
    rows: list[tuple[str, str]] = []
    if path.exists():
        with path.open(encoding="utf-8", newline="") as file:
            rows = [(row["words"], row["means"]) for row in csv.DictReader(file)]
    return [row for row in rows if row[1]], [words for words, means in rows if not means]


def alternatives(
    pairs: Sequence[tuple[str, str]], records: Iterable[SearchRecord]
) -> list[tuple[str, str]]:
    """Pairs of what people write and what it also means, with the short names in the glossary."""
    pairs = list(pairs)
    for record in records:
        if record.label == "glossary" and (short := re.match(r"Short: ([^.]+)\.", record.text)):
            pairs += [(short[1], record.title), (record.title, short[1])]
    made = ((" ".join(words_of(one)), " ".join(words_of(other))) for one, other in pairs)
    return [pair for pair in dict.fromkeys(made) if pair[0] != pair[1]]


def script(name: str, value: Any) -> str:
    """Source that puts a value into a global variable."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return f"window.{name}={text};\n"


def write_search(out: Path, root: Path, records: Sequence[SearchRecord]) -> str:
    """Write the scripts of the search; return a version for their addresses.

    out     : folder of the built pages
    root    : folder of the course, where the table of alternatives is
    records : of all pages, in the order of the pages
    """
    paths = list(dict.fromkeys(record.address.partition("#")[0] for record in records))
    number_of = {path: number for number, path in enumerate(paths)}
    by_page: dict[str, list[SearchRecord]] = defaultdict(list)
    for record in records:
        by_page[record.address.partition("#")[0]].append(record)
    ordered = [record for path in paths for record in by_page[path]]
    pairs, stop = word_table(root)
    index = postings(ordered, set(stop))
    files = {
        "index.js": script(
            "courseSearch",
            {
                "pages": [
                    [
                        path,
                        by_page[path][-1].label,
                        by_page[path][0].page_title,
                        WEIGHT.get(path, 1),
                    ]
                    for path in paths
                ],
                "records": [
                    [
                        number_of[record.address.partition("#")[0]],
                        record.address.partition("#")[2],
                        record.title,
                        len(record.text.split()),
                    ]
                    for record in ordered
                ],
                "words": " ".join(index),
                "found": "\n".join(map(encoded, index.values())),
                "stop": " ".join(stop),
                "alternatives": alternatives(pairs, ordered),
                "pinned": [pin for pin in PINNED if pin["address"].partition("#")[0] in number_of],
            },
        )
    }
    for path, number in number_of.items():
        texts = json.dumps(
            [record.text for record in by_page[path]], ensure_ascii=False, separators=(",", ":")
        )
        files[f"text-{number}.js"] = f"(window.courseTexts||={{}})[{number}]={texts};\n"
    folder = out / FOLDER
    shutil.rmtree(folder, ignore_errors=True)
    for name, text in files.items():
        write_atomic(folder / name, text)
    return hashlib.sha256("\0".join(files.values()).encode()).hexdigest()[:8]
