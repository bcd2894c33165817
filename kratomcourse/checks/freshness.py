"""Rows past the day on which someone should have looked again: facts, laws and help lines, oldest
first.
"""

import datetime as dt
from dataclasses import dataclass

from ..evidence import load_facts
from ..evidence.tables import datapackage, load_table


@dataclass(frozen=True)
class Stale:
    """One overdue row."""

    table: str
    id: str
    as_of: str
    review_by: str
    what: str


def stale_rows(today: dt.date | None = None) -> list[Stale]:
    """Overdue rows of facts.csv and of every table that has `review_by`, the longest overdue
    first.
    """
    today = today or dt.date.today()
    found = [
        Stale("facts", fact.id, fact.as_of, fact.review_by, fact.statement)
        for fact in load_facts().values()
        if fact.is_stale(today)
    ]
    for resource in datapackage()["resources"]:
        names = [field["name"] for field in resource["schema"]["fields"]]
        if "review_by" not in names or resource["name"] == "facts":
            continue
        key = resource["schema"]["primaryKey"]
        key = key[0] if isinstance(key, list) else key
        table = load_table(resource["name"])
        late = table[(table["review_by"] != "") & (table["review_by"] < today.isoformat())]
        label = next(name for name in ("name", "country", "place", "service", key) if name in names)
        found += [
            Stale(
                resource["name"],
                str(row[key]),
                str(row.get("as_of", "")),
                row["review_by"],
                str(row[label]),
            )
            for _, row in late.iterrows()
        ]
    return sorted(found, key=lambda row: (row.review_by, row.table, row.id))
