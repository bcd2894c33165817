"""The one bibliography: every work that the course cites, read with pybtex and put into words."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pybtex.database import BibliographyDataError, parse_file
from pybtex.richtext import Text
from pybtex.scanner import PybtexSyntaxError

from ..errors import CourseError, Diagnostic, shown_path
from .place import evidence_dir


@dataclass(frozen=True)
class Reference:
    """One work. Text fields are plain Unicode, freed of TeX."""

    key: str
    authors: tuple[str, ...]  # family names, or one organisation
    year: str
    title: str
    where: str  # journal, publisher or body, with volume and pages
    url: str  # https://doi.org/… where there is a DOI
    note: str

    @property
    def short(self) -> str:
        """`Tanna et al. 2022`, `Post and Spiller 2019`, `FDA 2025`."""
        names = self.authors
        head = (
            names[0]
            if len(names) == 1
            else f"{names[0]} and {names[1]}"
            if len(names) == 2
            else f"{names[0]} et al."
        )
        return f"{head} {self.year}"

    @property
    def full(self) -> str:
        """The entry of a reference list without its link: authors, year, title, where."""
        names = self.authors if len(self.authors) <= 6 else (*self.authors[:5], "and others")
        where = f" {self.where}." if self.where else ""
        title = self.title if self.title.endswith(("?", "!", ".")) else f"{self.title}."
        return f"{', '.join(names)} ({self.year}). {title}{where}"


@cache
def load_entries(path: Path | None = None) -> dict[str, Any]:
    """All entries of the bibliography by key, as pybtex reads them.

    path   : another .bib file than the course's own
    raises : CourseError where the file can't be read
    """
    path = path or evidence_dir() / "references.bib"
    try:
        return dict(parse_file(str(path), bib_format="bibtex", encoding="utf-8").entries)
    except (PybtexSyntaxError, BibliographyDataError) as error:
        raise CourseError(
            Diagnostic(shown_path(path), f"cannot be read: {error}.", "fix the entry it names")
        ) from error


@cache
def load_references(path: Path | None = None) -> dict[str, Reference]:
    """All works by key.

    path    : another .bib file than the course's own
    returns : dict from key to Reference
    raises  : CourseError naming file, line and key of every entry without author, title or year
    """
    path = path or evidence_dir() / "references.bib"
    file = shown_path(path)
    entries = load_entries(path)
    lines = {
        match[1]: number
        for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if (match := re.match(r"@\w+\{([^,\s]+)", text))
    }
    problems, references = [], {}
    for key, entry in entries.items():
        people = entry.persons.get("author") or entry.persons.get("editor") or []
        for name, there in (
            ("author", people),
            ("title", entry.fields.get("title")),
            ("year", entry.fields.get("year")),
        ):
            if not there:
                problems.append(
                    Diagnostic(
                        file,
                        f"the entry has no {name}.",
                        "complete it, or take out the rows that cite it",
                        lines.get(key),
                        key,
                    )
                )
        references[key] = _reference(key, entry, people)
    if problems:
        raise CourseError(problems)
    return references


def _reference(key: str, entry: Any, people: Sequence[Any]) -> Reference:
    def get(name: str) -> str:
        return plain(entry.fields.get(name, ""))

    journal = (
        get("journal")
        or get("booktitle")
        or get("howpublished")
        or get("publisher")
        or get("institution")
        or get("organization")
    )
    volume = get("volume") + (f"({get('number')})" if get("volume") and get("number") else "")
    where = ", ".join(part for part in (journal, volume, get("pages")) if part)
    doi = entry.fields.get("doi", "").removeprefix("https://doi.org/")
    url = (
        f"https://doi.org/{doi}"
        if doi
        else entry.fields.get("url", "").replace(r"\_", "_").replace(r"\%", "%").replace(r"\&", "&")
    )
    authors = tuple(plain(" ".join(person.prelast_names + person.last_names)) for person in people)
    return Reference(key, authors, get("year"), get("title").rstrip("."), where, url, get("note"))


def plain(tex: str) -> str:
    """TeX of a BibTeX field as plain Unicode."""
    # The reader of TeX is slow, and most fields hold nothing but braces that keep capitals.
    if not re.search(r"[\\$~%&^`]|''", tex):
        bare = tex.replace("{", "").replace("}", "")
        return bare.replace("---", "\u2014").replace("--", "\u2013").strip()
    tex = re.sub(r"\{?\$\s*\\?(\w+)\s*\$\}?", lambda m: GREEK.get(m[1], m[1]), tex)
    return str(Text.from_latex(tex)).replace("--", "\u2013").strip()


GREEK = {
    "alpha": "\u03b1",
    "beta": "\u03b2",
    "gamma": "\u03b3",
    "delta": "\u03b4",
    "kappa": "\u03ba",
    "mu": "\u03bc",
    "sigma": "\u03c3",
    "chi": "\u03c7",
}
