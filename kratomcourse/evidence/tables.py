"""The data sets: each CSV in the evidence folder as a DataFrame that carries its title, limits and
sources.
"""

import csv
import io
import json
from collections import namedtuple
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import did_you_mean
from .cell_addresses import resolved_csv
from .place import evidence_dir

if TYPE_CHECKING:
    import pandas as pd

DTYPES = {
    "string": "string",
    "number": "float64",
    "integer": "Int64",
    "boolean": "boolean",
    "date": "string",
    "year": "Int64",
}


@cache
def datapackage() -> dict[str, Any]:
    """The descriptor of all data sets (Frictionless Data Package) as a dict."""
    descriptor: dict[str, Any] = json.loads(
        (evidence_dir() / "datapackage.json").read_text(encoding="utf-8")
    )
    return descriptor


def resource_of(name: str) -> dict[str, Any]:
    """Return the descriptor of one data set; KeyError naming the nearest one for another name."""
    resources = {resource["name"]: resource for resource in datapackage()["resources"]}
    if name not in resources:
        hint = did_you_mean(name, resources)
        raise KeyError(f"no data set '{name}' in datapackage.json" + (f"; {hint}" if hint else ""))
    found: dict[str, Any] = resources[name]
    return found


def has_table(name: str) -> bool:
    """Whether the course has this data set; one on another subject may need no help lines."""
    return any(resource["name"] == name for resource in datapackage()["resources"])


def load_table(name: str) -> "pd.DataFrame":
    """One data set by the name it has in `datapackage.json`.

    returns : DataFrame typed as its Table Schema says; an empty text cell is '', an empty number
              NaN; `.attrs` holds title, description (what the data cannot show) and sources
    raises  : KeyError naming the nearest data set
    """
    resource = resource_of(name)
    path = evidence_dir() / resource["path"]
    return read(name, path, path.stat().st_mtime_ns).copy()


def make_row_type(names: list[str]) -> Any:
    """A named tuple for rows with these columns."""
    return namedtuple("Row", names, rename=True)  # a column may be called `pass`


def load_rows(name: str) -> list[Any]:
    """The rows of a data set as tuples with named fields, each a text; for who reads words and need
    not wait for pandas.
    """
    resource = resource_of(name)
    with (evidence_dir() / resource["path"]).open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        row = make_row_type(next(rows))
        return [row(*values) for values in rows if values]


@lru_cache(maxsize=128)
def read(name: str, path: Path, _written: int) -> "pd.DataFrame":
    """A chapter asks for the same tables many times; each is read once, as long as its file stays
    as it is.
    """
    import pandas as pd  # imported late: facts and questions alone need no pandas

    resource = resource_of(name)
    dtypes = {field["name"]: DTYPES[field["type"]] for field in resource["schema"]["fields"]}
    source = io.BytesIO(resolved_csv(path)) if name == "facts" else path
    frame = pd.read_csv(
        source,
        dtype=dtypes,
        keep_default_na=False,
        na_values={column: [""] for column, dtype in dtypes.items() if dtype not in ("string",)},
    )
    text = [column for column, dtype in dtypes.items() if dtype == "string"]
    frame[text] = frame[text].fillna("")
    if name == "facts":  # text in the file, because a cell may point at another one
        frame[["low", "high"]] = frame[["low", "high"]].apply(pd.to_numeric).astype("float64")
    frame.attrs = {key: resource.get(key, "") for key in ("name", "title", "description")}
    if "source_key" in frame:
        frame.attrs["sources"] = sorted(key for key in set(frame["source_key"]) if key)
    return frame
