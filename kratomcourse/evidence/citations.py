"""Citations of the course, its parts and the works it rests on: as text, BibTeX, RIS and CSL-JSON.

A work is a dict in CSL-JSON, the form that Zotero, pandoc and citeproc read. `static/act.js` writes
the same three forms on the reader's device; a test compares both for every work.
"""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from ..errors import CourseError, Diagnostic
from .references import load_entries, plain

FILE = "CITATION.cff"
Work = dict[str, Any]
KINDS = {
    "article": "article-journal",
    "book": "book",
    "incollection": "chapter",
    "techreport": "report",
}
BIBTEX = {
    "article-journal": ("article", "journal"),
    "book": ("book", "series"),
    "chapter": ("incollection", "booktitle"),
    "report": ("techreport", "howpublished"),
}
RIS = {
    "article-journal": "JOUR",
    "book": "BOOK",
    "chapter": "CHAP",
    "report": "RPRT",
    "webpage": "ELEC",
    "software": "COMP",
    "figure": "FIGURE",
}


@cache
def load_works() -> dict[str, Work]:
    """Return every work of the bibliography in CSL-JSON, by key."""
    return {key: csl_of(key, entry) for key, entry in load_entries().items()}


def csl_of(key: str, entry: Any) -> Work:
    """Return one entry of the bibliography in CSL-JSON; fields that it lacks are left out."""

    def get(*names: str) -> str:
        return next((text for name in names if (text := plain(entry.fields.get(name, "")))), "")

    doi = get("doi").removeprefix("https://doi.org/")
    address = entry.fields.get("url", "")
    url = re.sub(r"\\([_%&])", r"\1", address) or (f"https://doi.org/{doi}" if doi else "")
    kind = KINDS.get(entry.type, "webpage" if url else "document")
    work: Work = {"id": key, "type": kind, "title": get("title").rstrip(".")}
    people = entry.persons.get("author") or entry.persons.get("editor") or []
    work["author"] = [person_of(one) for one in people]
    year, month, day = get("year"), get("month"), get("day")
    parts = [int(part) for part in (year, month, day) if part.isdigit()]
    work["issued"] = {"date-parts": [parts]} if year.isdigit() else {"literal": year}
    filled = {
        "container-title": get("journal", "booktitle"),
        "volume": get("volume"),
        "issue": get("number"),
        "page": get("pages").replace("\u2013", "-"),
        "publisher": get("publisher", "institution", "organization", "howpublished"),
        "DOI": doi,
        "PMID": get("pmid"),
        "PMCID": get("pmcid"),
        "URL": url,
    }
    return work | {name: text for name, text in filled.items() if text}


def person_of(person: Any) -> dict[str, str]:
    """Return a person or an organisation as CSL-JSON has it."""
    family = plain(" ".join(person.prelast_names + person.last_names))
    given = plain(" ".join(person.first_names + person.middle_names))
    return {"family": family, "given": given} if given else {"literal": family}


def course_work(root: Path) -> Work:
    """Return the course itself in CSL-JSON, from CITATION.cff.

    raises : CourseError where the file can't be read or has no title, authors, version or date
    """
    try:
        cff = yaml.safe_load((Path(root) / FILE).read_text(encoding="utf-8"))
        authors = [
            {"literal": str(one["name"])}
            if "name" in one
            else {"family": str(one["family-names"]), "given": str(one["given-names"])}
            for one in cff["authors"]
        ]
        day = str(cff["date-released"])
        return {
            "id": "course",
            "type": "software",
            "title": str(cff["title"]),
            "author": authors,
            "issued": {"date-parts": [[int(part) for part in day.split("-")]]},
            "version": str(cff["version"]),
        } | ({"URL": str(cff["url"])} if cff.get("url") else {})
    except (OSError, yaml.YAMLError, KeyError, TypeError, ValueError) as error:
        raise CourseError(
            Diagnostic(
                FILE,
                f"can't be read as a citation: {error!r}.",
                "give it title, authors, version and date-released, as at citation-file-format",
            )
        ) from error


def part_work(course: Work, key: str, title: str, url: str = "") -> Work:
    """Return a page of the course as a chapter of it."""
    kept = {name: course[name] for name in ("author", "issued", "version")}
    made = {"id": key, "type": "chapter", "title": title, **kept}
    return made | {"container-title": course["title"]} | ({"URL": url} if url else {})


def names_of(work: Work) -> list[str]:
    """Return the authors as `Family, Given`, or an organisation's name."""
    return [
        one.get("literal") or ", ".join(filter(None, (one["family"], one["given"])))
        for one in work["author"]
    ]


def year_of(work: Work) -> str:
    issued = work["issued"]
    return str(issued["date-parts"][0][0]) if "date-parts" in issued else str(issued["literal"])


def as_text(work: Work) -> str:
    """Return the entry of a reference list: authors (year). Title. Where. Address."""
    names = names_of(work)
    if len(names) > 6:
        names = [*names[:5], "and others"]
    title = work["title"] if re.search(r"[.?!]$", work["title"]) else f"{work['title']}."
    number = work.get("volume", "") + (f"({work['issue']})" if work.get("issue") else "")
    where = [work.get("container-title"), number, work.get("page"), work.get("publisher")]
    place = ", ".join(filter(None, where))
    if work.get("version"):
        place = f"{place}, version {work['version']}" if place else f"Version {work['version']}"
    if place and work.get("container-title") and work["type"] != "article-journal":
        place = f"In {place}"
    address = f"https://doi.org/{work['DOI']}" if work.get("DOI") else work.get("URL", "")
    seen = f"Accessed {'-'.join(f'{n:02}' for n in day)}." if (day := accessed(work)) else ""
    pieces = (
        f"{'; '.join(names)} ({year_of(work)}).",
        title,
        place and f"{place}.",
        address,
        seen,
    )
    return " ".join(filter(None, pieces))


def accessed(work: Work) -> list[int]:
    parts: list[list[int]] = work.get("accessed", {}).get("date-parts", [[]])
    return parts[0]


def as_bibtex(work: Work) -> str:
    """Return an entry for BibTeX or biblatex, in UTF-8."""
    kind, container = BIBTEX.get(work["type"], ("misc", "howpublished"))
    day = accessed(work)
    people = " and ".join(
        f"{{{tex(one['literal'])}}}"
        if "literal" in one
        else tex(f"{one['family']}, {one['given']}")
        for one in work["author"]
    )
    publisher = "institution" if kind == "techreport" else "publisher"
    rows = {
        "author": people,
        "title": f"{{{tex(work['title'])}}}",
        container: tex(work.get("container-title", "")),
        "year": year_of(work),
        "volume": tex(work.get("volume", "")),
        "number": tex(work.get("issue", "")),
        "pages": tex(work.get("page", "")).replace("-", "--"),
        publisher: tex(work.get("publisher", "")),
        "version": tex(work.get("version", "")),
        "doi": work.get("DOI", ""),
        "url": work.get("URL", ""),
        "urldate": "-".join(f"{number:02}" for number in day),
    }
    body = "".join(f"  {name} = {{{text}}},\n" for name, text in rows.items() if text)
    return f"@{kind}{{{work['id']},\n{body}}}\n"


def tex(text: str) -> str:
    return re.sub(r"([&%#_$])", r"\\\1", text)


def as_ris(work: Work) -> str:
    """Return a record for reference managers that read RIS."""
    first, _dash, last = work.get("page", "").partition("-")
    day = accessed(work)
    rows: list[tuple[str, str]] = [
        ("TY", RIS.get(work["type"], "GEN")),
        *(("AU", name) for name in names_of(work)),
        ("TI", work["title"]),
        ("T2", work.get("container-title", "")),
        ("PY", year_of(work)),
        ("VL", work.get("volume", "")),
        ("IS", work.get("issue", "")),
        ("SP", first),
        ("EP", last),
        ("PB", work.get("publisher", "")),
        ("ET", work.get("version", "")),
        ("DO", work.get("DOI", "")),
        ("UR", work.get("URL", "")),
        ("Y2", "/".join(f"{number:02}" for number in day)),
    ]
    return "".join(f"{tag}  - {text}\n" for tag, text in rows if text) + "ER  - \n"


def as_csl(work: Work) -> str:
    """Return CSL-JSON, as a list of one work."""
    return json.dumps([work], ensure_ascii=False, indent=1) + "\n"


FORMS = {"bib": as_bibtex, "ris": as_ris, "json": as_csl}  # by the suffix of a file
