"""The data sets against their schemas (Frictionless), and what a schema cannot say: that every
source has an entry.
"""

from pathlib import Path

from frictionless import Package, system

from ..errors import Diagnostic, did_you_mean
from ..evidence import load_references
from ..evidence.tables import datapackage, load_table

KEYS = (
    "source_key",
    "source_keys",
    "via",
    "confirm_key",
    "users_source_key",
    "standard_source_keys",
)


def check_tables(root: Path) -> list[Diagnostic]:
    """Problems of every table in `evidence/datapackage.json`."""
    folder = root / "evidence"
    with system.use_context(trusted=True):
        report = Package(str(folder / "datapackage.json")).validate()
    problems = [
        Diagnostic("evidence/datapackage.json", f"{error.message}.") for error in report.errors
    ]
    for task in report.tasks:
        problems += [
            Diagnostic(
                f"evidence/{task.place}",
                f"{error.message}.",
                f"see the field in datapackage.json ({error.type})",
                getattr(error, "row_number", None),
            )
            for error in task.errors
        ]
    if problems:
        return problems
    references = load_references()
    for resource in datapackage()["resources"]:
        table = load_table(resource["name"])
        identity = resource["schema"].get("primaryKey")
        identity = identity[0] if isinstance(identity, list) else identity
        for column in (column for column in KEYS if column in table):
            for place, row in table[table[column] != ""].iterrows():
                problems += [
                    Diagnostic(
                        f"evidence/{resource['path']}",
                        f"{column} '{key}' has no entry in references.bib.",
                        did_you_mean(key, references) or "add the entry",
                        int(str(place)) + 2,
                        str(row[identity]) if identity else "",
                    )
                    for key in filter(None, map(str.strip, row[column].split(";")))
                    if key not in references
                ]
    return problems
