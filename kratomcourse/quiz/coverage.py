"""What a bank covers: objective by use by level, and where it has a hole. Counts only; whether an
item is good is for `lint`.
"""

from collections.abc import Iterator
from typing import get_args

import pandas as pd

from .bank import Bank, Level

LEVELS = get_args(Level)
# What every chapter's bank promises to learners and teachers.
LEAST_ITEMS_OF_AN_OBJECTIVE = 4
LEAST_ITEMS_OF_A_USE = 20
LEAST_COMPUTED = 6  # items of the kinds number and code, whose keys follow from data


def coverage(bank: Bank) -> pd.DataFrame:
    """Counts of items by objective, use and level.

    returns : DataFrame, one row for each objective and use, in the order of the file; columns
              objective, use, the five levels, and items (their sum)
    """
    rows = []
    for objective in bank.objectives:
        for use in ("check", "graded"):
            items = [item for item in bank.used_for(use) if item.objective == objective.id]
            counts = {level: sum(item.level == level for item in items) for level in LEVELS}
            rows.append({"objective": objective.id, "use": use, **counts, "items": len(items)})
    return pd.DataFrame(rows)


def holes(bank: Bank) -> Iterator[tuple[str, str]]:
    """(what is wrong, how to fix it) for each promise that a bank does not keep yet."""
    table = coverage(bank)
    for objective, items in table.groupby("objective", sort=False)["items"].sum().items():
        if items < LEAST_ITEMS_OF_AN_OBJECTIVE:
            yield (
                f"objective {objective} is tested by {items} items, "
                f"{LEAST_ITEMS_OF_AN_OBJECTIVE} are needed.",
                "add items for it",
            )
    for row in table[table["items"] == 0].itertuples():
        yield f"objective {row.objective} has no {row.use} item.", "add one"
    for use, items in table.groupby("use")["items"].sum().items():
        if items < LEAST_ITEMS_OF_A_USE:
            yield (
                f"the bank has {items} {use} items, {LEAST_ITEMS_OF_A_USE} are needed.",
                "add items",
            )
    for level in LEVELS:
        if not table[level].sum():
            yield f"no item is of the level {level}.", "add one"
    computed = sum(item.kind in ("number", "code") for item in bank.items)
    if computed < LEAST_COMPUTED:
        yield (
            f"{computed} items are numbers or code, {LEAST_COMPUTED} are needed.",
            "add items whose key follows from data",
        )
    if not any(item.kind == "text" for item in bank.used_for("graded")):
        yield "no graded item is a text with a rubric.", "add one"
