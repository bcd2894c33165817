"""What changed in the evidence, and when: a list that grows by one row for each change of a fact, a
law or a help line.

`watched.json` remembers how the rows stood when someone last recorded; the differences to today's
tables are what is new. Nobody has to write the list by hand, and nothing depends on version
control."""

import csv
import datetime as dt
import io
import json
from dataclasses import astuple, dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from ..errors import CourseError, Diagnostic
from ..files import write_atomic
from .cell_addresses import primary_key
from .facts import load_facts
from .place import evidence_dir
from .tables import datapackage, load_table, resource_of

WORDING = "wording"


@dataclass(frozen=True)
class Change:
    """One change of one row."""

    date: str  # ISO day on which it was recorded
    table: str
    row: str  # id of the row
    name: str  # what the row is called
    change: str  # added, changed or removed
    field: str  # column that changed; empty for a row that came or went
    before: str
    after: str

    @property
    def kind(self) -> str:
        """What kind of thing the changed row describes."""
        return kinds()[self.table]


def watched_tables() -> dict[str, dict[str, Any]]:
    """Return {table: {"kind", "label", "columns"}}: the columns whose change a returning reader
    should hear of, and the one that names the row, as `datapackage.json` has them.
    """
    return {
        resource["name"]: resource["watched"]
        for resource in datapackage()["resources"]
        if "watched" in resource
    }


def kinds() -> dict[str, str]:
    """Return {table: what a row of it is}."""
    return {"facts": "fact"} | {table: w["kind"] for table, w in watched_tables().items()}


def folder() -> Path:
    """Folder of the recorded changes."""
    return evidence_dir() / "history"


@cache
def load_changes() -> list[Change]:
    """Every recorded change, the newest first; CourseError for a list that cannot be read."""
    path = folder() / "changes.csv"
    names = [field.name for field in fields(Change)]
    with path.open(encoding="utf-8", newline="") as handle:
        head, *rows = csv.reader(handle)
    problems = (
        []
        if head == names
        else [
            Diagnostic(
                "evidence/history/changes.csv",
                "its head is another one.",
                f"write {','.join(names)}",
                line=1,
            )
        ]
    )
    for number, row in enumerate(rows, 2):
        if len(row) != len(names) or row[1] not in kinds() or not is_day(row[0]):
            problems.append(
                Diagnostic(
                    "evidence/history/changes.csv",
                    "is no change with a day and a table that is watched.",
                    "take the row back from version control",
                    line=number,
                )
            )
    if problems:
        raise CourseError(problems)
    return sorted((Change(*row) for row in rows), key=lambda change: change.date, reverse=True)


def is_day(text: str) -> bool:
    """Whether a text is a date in ISO form."""
    try:
        return bool(dt.date.fromisoformat(text))
    except ValueError:
        return False


def first_day() -> str:
    """The ISO day from which on changes were recorded."""
    return str(remembered()["since"])


def remembered() -> dict[str, Any]:
    """Rows as they were when changes were last recorded."""
    rows: dict[str, Any] = json.loads((folder() / "watched.json").read_text(encoding="utf-8"))
    return rows


def current() -> dict[str, dict[str, dict[str, str]]]:
    """{table: {id: {"name": ..., column: text}}} of today's tables; of a fact its number and its
    sentence.
    """
    found = {
        "facts": {
            fact.id: {
                "number": fact.full_text(),
                WORDING: fact.statement,
            }
            for fact in load_facts().values()
        }
    }
    for table, watched in watched_tables().items():
        rows, label, columns = load_table(table), watched["label"], watched["columns"]
        key = primary_key(evidence_dir() / resource_of(table)["path"], list(rows.columns))
        found[table] = {
            str(row[key]): {"name": str(row[label])}
            | {column: "" if pd.isna(row[column]) else str(row[column]) for column in columns}
            for _, row in rows.iterrows()
        }
    return found


def unrecorded(today: dt.date | None = None) -> list[Change]:
    """Changes of the tables that nobody has recorded yet, as if they were made today."""
    day = (today or dt.date.today()).isoformat()
    old, new = remembered()["rows"], current()
    facts = load_facts()
    found = []
    for table, rows in new.items():
        before = old.get(table, {})
        for row, values in rows.items():
            name = facts[row].statement if table == "facts" else values["name"]
            if row not in before:
                found.append(Change(day, table, row, name, "added", "", "", ""))
                continue
            for field, value in values.items():
                if field != "name" and before[row].get(field, "") != value:
                    texts = ("", "") if field == WORDING else (before[row].get(field, ""), value)
                    found.append(Change(day, table, row, name, "changed", field, *texts))
        found += [
            Change(day, table, row, values.get("name") or values[WORDING], "removed", "", "", "")
            for row, values in before.items()
            if row not in rows
        ]
    return found


def record(today: dt.date | None = None) -> list[Change]:
    """Write what changed into the list, and remember how the tables stand now.

    returns : the changes written
    """
    found = unrecorded(today)
    path = folder() / "changes.csv"
    if found:
        table = io.StringIO(newline="")
        writer = csv.writer(table, lineterminator="\n")
        writer.writerow([field.name for field in fields(Change)])
        writer.writerows(astuple(change) for change in [*found, *load_changes()])
        write_atomic(path, table.getvalue())
    remember(remembered()["since"])
    load_changes.cache_clear()
    return found


def remember(since: str) -> None:
    """Write how the tables stand now; one row a line, so that a change of one is a change of one
    line.
    """
    tables = ",\n".join(
        f"{json.dumps(table)}: {{\n"
        + ",\n".join(
            f"{json.dumps(row)}: {json.dumps(values, ensure_ascii=False)}"
            for row, values in rows.items()
        )
        + "\n}"
        for table, rows in current().items()
    )
    write_atomic(
        folder() / "watched.json", f'{{"since": {json.dumps(since)}, "rows": {{\n{tables}\n}}}}\n'
    )
