"""A fact and its citation as words that any outlet can print."""

from collections.abc import Callable, Mapping

from ..i18n import _
from .facts import Fact
from .references import Reference, load_references


def fact_text(
    fact: Fact, part: str = "full", references: Mapping[str, Reference] | None = None
) -> str:
    """What a page prints for one fact.

    part    : `full` number, interval and citation; `value` number and unit; `number` the bare
              number; `interval`; `low`; `high`; `cite` the citation alone
    returns : plain text
    raises  : ValueError for another part, or where the fact has no such number
    """
    references = references or load_references()
    cite = f"({citation(fact, references)})"
    parts: dict[str, Callable[[], str]] = {
        "full": lambda: f"{fact.full_text()} {cite}".strip(),
        "value": fact.number_text,
        "number": lambda: fact.value,
        "interval": fact.interval_text,
        "low": lambda: fact.low,
        "high": lambda: fact.high,
        "cite": lambda: cite,
    }
    if part not in parts:
        raise ValueError(
            f"fact {fact.id}: '{part}' is not a part of a fact; use one of {', '.join(parts)}"
        )
    text = parts[part]()
    if not text:
        raise ValueError(f"fact {fact.id} has no {part}; print it with :cite, or complete the row")
    return text


def citation(fact: Fact, references: Mapping[str, Reference]) -> str:
    """`Tanna et al. 2022`, with the work it was read in where nobody saw the source itself."""
    cite = references[fact.source_key].short
    if fact.verified == "seen":
        return cite
    return (
        _("{work}, as quoted in {other}", work=cite, other=references[fact.via].short)
        if fact.via
        else _("{work}, second-hand", work=cite)
    )
