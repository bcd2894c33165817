"""Rows of an edition's own: help lines, local law, and the works that they name."""

import csv
import io
import re
from pathlib import Path

from ..errors import CourseError, Diagnostic, did_you_mean, shown_path
from .edition_file import Edition

# Field of edition.yml -> the course's table.
TABLES = {
    "help_lines": "evidence/help_lines.csv",
    "local_law": "evidence/us_local.csv",
    "law_sources": "evidence/law_sources.csv",
}
KEY = re.compile(r"^@\w+\{\s*([^,\s]+)", re.M)
REFERENCES = "evidence/references.bib"
LAW_IDS = {"us_states": "code", "us_local": "id", "countries": "iso3"}


def edition_tables(edition: Edition) -> dict[str, bytes]:
    """Return {name in the course: content} of the tables to which an edition adds rows.

    Own rows come first, so that pages show them first.

    raises : CourseError that names file, row and fix
    """
    problems: list[Diagnostic] = []
    made: dict[str, bytes] = {}
    works = (edition.upstream / REFERENCES).read_text(encoding="utf-8")
    known = set(KEY.findall(works))
    own_works = own_text(edition, "references", "file of references", problems)
    for key in KEY.findall(own_works):
        if key in known:
            file = shown_path(edition.folder / edition.fields.references)
            message = f"the course has a work '{key}' already."
            problems.append(Diagnostic(file, message, "give yours another key", None, key))
        known.add(key)
    if own_works:
        made[REFERENCES] = f"{works.rstrip()}\n\n{own_works.strip()}\n".encode()
    for field, name in TABLES.items():
        own = own_text(edition, field, "table", problems)
        if own:
            ours = (edition.upstream / name).read_text(encoding="utf-8")
            file = edition.folder / getattr(edition.fields, field)
            content, found = with_own_rows(own, ours, shown_path(file), name, known)
            made[name] = content
            problems += found
    problems += unknown_places(edition, made)
    if problems:
        raise CourseError(problems)
    return made


def own_text(edition: Edition, field: str, what: str, problems: list[Diagnostic]) -> str:
    """Return the text of a file that a field names; empty where it names none."""
    name = getattr(edition.fields, field)
    if not name:
        return ""
    path = edition.path(field, name, what)
    if isinstance(path, Diagnostic):
        problems.append(path)
        return ""
    return path.read_text(encoding="utf-8-sig")


def with_own_rows(
    own: str, ours: str, file: str, name: str, works: set[str]
) -> tuple[bytes, list[Diagnostic]]:
    """Return (table with the own rows first, problems).

    file  : the own table, as messages name it
    name  : the course's table
    works : keys of all references
    """
    head, *rows = csv.reader(io.StringIO(own, newline=""))
    columns, *others = csv.reader(io.StringIO(ours, newline=""))
    if head != columns:
        missing = [column for column in columns if column not in head]
        unknown = [column for column in head if column not in columns]
        said = "; ".join(
            f"{word} {', '.join(found)}"
            for word, found in (("without", missing), ("unknown", unknown))
            if found
        )
        message = f"its columns are not those of {name} ({said or 'in another order'})."
        hint = "copy the first line of the course's table"
        return b"", [Diagnostic(file, message, hint, 1)]
    problems = []
    taken = {row[0]: name for row in others if row}
    key = columns.index("source_key") if "source_key" in columns else None
    for number, row in enumerate(rows, 2):
        if not row:
            continue
        if len(row) != len(columns):
            message = f"the row has {len(row)} cells, and the table {len(columns)} columns."
            hint = "put text with commas into quotes"
            problems.append(Diagnostic(file, message, hint, number, row[0]))
            continue
        if row[0] in taken:
            message = f"there is a row '{row[0]}' in {taken[row[0]]} already."
            problems.append(Diagnostic(file, message, "give it another id", number, row[0]))
        taken[row[0]] = file
        for work in filter(None, map(str.strip, row[key].split(";"))) if key is not None else ():
            if work not in works:
                hint = did_you_mean(work, works) or "add it to the edition's references"
                message = f"no work '{work}' in the references."
                problems.append(Diagnostic(file, message, hint, number, row[0]))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([columns, *(row for row in rows if row), *others])
    return text.getvalue().encode(), problems


def unknown_places(edition: Edition, made: dict[str, bytes]) -> list[Diagnostic]:
    """Return a diagnostic for each entry of `law_first` that no row of law has."""
    if not edition.fields.law_first:
        return []
    known: list[str] = []
    for table, column in LAW_IDS.items():
        path = f"evidence/{table}.csv"
        text = made[path].decode() if path in made else read(edition.upstream / path)
        known += [row[column] for row in csv.DictReader(io.StringIO(text, newline=""))]
    return [
        edition.problem(
            f"law_first.{place}",
            f"no row of law has the code or id '{name}'.",
            did_you_mean(name, known) or "use a code of us_states, an id of us_local, or an iso3",
            "law_first",
        )
        for place, name in enumerate(edition.fields.law_first)
        if name not in known
    ]


def read(path: Path) -> str:
    """Return a table's text; empty where the course doesn't have it."""
    return path.read_text(encoding="utf-8") if path.is_file() else ""
