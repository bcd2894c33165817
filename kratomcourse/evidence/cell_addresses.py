"""Cells of the data sets by address, such as `prevalence.csv#pv-001:percent`.

A fact or a quantity of a question points at a cell where a number would otherwise stand twice.
"""

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from ..errors import did_you_mean

ADDRESS = re.compile(r"(?P<file>[\w-]+\.csv)#(?P<row>[^:#]+):(?P<column>\w+)")
IN_BRACES = re.compile(r"\{=\s*([^{}]+?)\s*\}")
POINTER = "="  # opens a cell of facts.csv that holds an address instead of a number


def cell_text(address: str, folder: Path) -> str:
    """Return the text of one cell of a data set, as typed.

    address : `table.csv#row-id:column`; the row id stands in the table's primary key
    folder  : the folder that holds the table and `datapackage.json`
    raises  : ValueError, with the fix after a semicolon, for a missing or an empty cell
    """
    parts = ADDRESS.fullmatch(address)
    if parts is None:
        raise ValueError(
            f"'{address}' is not the address of a cell; write it like prevalence.csv#pv-001:percent"
        )
    path = folder / parts["file"]
    if not path.is_file():
        near = did_you_mean(parts["file"], [other.name for other in folder.glob("*.csv")])
        raise ValueError(f"there is no data set {parts['file']}; {near or 'check the file name'}")
    columns, rows = table_rows(path, path.stat().st_mtime_ns)
    if parts["column"] not in columns:
        near = did_you_mean(parts["column"], columns) or f"use one of: {', '.join(columns)}"
        raise ValueError(f"{parts['file']} has no column '{parts['column']}'; {near}")
    if parts["row"] not in rows:
        near = did_you_mean(parts["row"], rows) or f"use an id that {parts['file']} has"
        raise ValueError(f"{parts['file']} has no row '{parts['row']}'; {near}")
    text = rows[parts["row"]][parts["column"]].strip()
    if not text:
        raise ValueError(
            f"the cell {address} is empty; fill it, or write the number where it is used"
        )
    return text


@lru_cache(maxsize=128)
def table_rows(path: Path, _mtime: int) -> tuple[list[str], Mapping[str, dict[str, str]]]:
    """Return the column names of a table and its rows by primary key, every cell as text."""
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        columns = list(reader.fieldnames or [])
        key = primary_key(path, columns)
        return columns, {row[key]: row for row in reader}


def primary_key(path: Path, columns: list[str]) -> str:
    """Return the column that identifies a row: as `datapackage.json` says, else the first one."""
    descriptor = path.parent / "datapackage.json"
    resources = (
        json.loads(descriptor.read_text("utf-8"))["resources"] if descriptor.exists() else []
    )
    for resource in resources:
        if resource["path"] == path.name and (key := resource["schema"].get("primaryKey")):
            return key[0] if isinstance(key, list) else str(key)
    return columns[0]


def resolve(address: str, folder: Path, visited: tuple[str, ...] = ()) -> str:
    """Follow an address until a cell holds something else than another address.

    raises : ValueError, with the fix after a semicolon, for a missing cell or a cycle
    """
    if address in visited:
        chain = " -> ".join([*visited[visited.index(address) :], address])
        raise ValueError(f"the cells point at each other ({chain}); type the number in one of them")
    text = cell_text(address, folder)
    if text.startswith(POINTER):
        return resolve(text[len(POINTER) :].strip(), folder, (*visited, address))
    return text


def resolved_csv(path: Path) -> bytes:
    """Return the bytes of a table with every pointer replaced by the number that it points at.

    Readers who download the table see numbers; a spreadsheet would take a pointer for a formula.
    """
    raw = path.read_bytes()
    if not ADDRESS.search(raw.decode("utf-8")):
        return raw
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for row in csv_rows(raw.decode("utf-8")):
        writer.writerow([resolved_cell(cell, path.parent) for cell in row])
    return text.getvalue().encode("utf-8")


def csv_rows(text: str) -> Iterator[list[str]]:
    """Yield the rows of a CSV text."""
    yield from csv.reader(io.StringIO(text, newline=""))


def resolved_cell(cell: str, folder: Path) -> str:
    """Return a cell with what it points at, or as it is where it holds no pointer."""
    if "{=" in cell:
        return IN_BRACES.sub(lambda match: resolve(match[1], folder), cell)
    address = cell.strip()[len(POINTER) :].strip()
    is_pointer = cell.strip().startswith(POINTER) and ADDRESS.fullmatch(address)
    return resolve(address, folder) if is_pointer else cell
