"""The source line of a figure, made from the rows behind it."""

import datetime as dt
from collections.abc import Hashable, Iterable, Sequence

from ..evidence import citation, load_facts, load_references, load_table
from ..evidence.facts import written_date
from ..i18n import _

MOST_NAMED = 6
MODEL, INVENTED = "model", "invented"  # sources that measured nothing


def source_line(sources: Sequence[str]) -> str:
    """`Sources: Tanna et al. 2022; FDA 2025. A model of this course, 2026.`

    sources : ids of facts and keys of works, named by author and year in the order given, once
              each; then names of tables of the course, such as `us_states.csv`, with the day they
              speak for; MODEL or INVENTED; sentences
    raises  : ValueError where nothing is given, or a word is none of these
    """
    facts, works = load_facts(), load_references()
    named: list[str] = []
    sentences: list[str] = []
    for source in sources:
        if source in facts:
            named.append(citation(facts[source], works))
        elif source in works:
            named.append(works[source].short)
        elif source.endswith(".csv"):
            sentences.append(table_words(source.removesuffix(".csv")))
        elif source == MODEL:
            sentences.append(_("A model of this course, {year}.", year=edition_year()))
        elif source == INVENTED:
            sentences.append(_("Invented for this course, {year}.", year=edition_year()))
        elif " " in source and source.endswith("."):
            sentences.append(source)
        else:
            raise ValueError(
                f"source {source!r} is no fact, no work, no table and no sentence that ends with "
                "a full stop"
            )
    line = [works_words(list(dict.fromkeys(named)))] if named else []
    if not line and not sentences:
        raise ValueError("a figure needs a source; give ids of facts, keys of works or a sentence")
    return " ".join([*line, *dict.fromkeys(sentences)])


def works_words(named: list[str]) -> str:
    if len(named) > MOST_NAMED:
        named = [
            *named[:MOST_NAMED],
            _("{count} more, named in the text", count=len(named) - MOST_NAMED),
        ]
    words = "; ".join(named)
    if len(named) == 1:
        return _("Source: {works}.", works=words)
    return _("Sources: {works}.", works=words)


def table_words(name: str) -> str:
    """`Our table us_states.csv, as of 12 November 2026.`"""
    newest = max(day for day in load_table(name)["as_of"].astype(str) if len(day) == 10)
    return _("Our table {name}, as of {day}.", name=f"{name}.csv", day=written_date(newest))


def edition_year() -> int:
    """Year of the newest fact: what the course says of itself, and the same in every build."""
    return dt.date.fromisoformat(max(fact.as_of for fact in load_facts().values())).year


def works_of(table: str, ids: Iterable[Hashable] | None = None) -> list[str]:
    """Keys of the works behind rows of a table, in the order of the rows, once each.

    ids : of the rows, or None for all of them
    """
    rows = load_table(table)
    keys = dict(zip(rows.iloc[:, 0].astype(str), rows["source_key"], strict=True))
    chosen = keys.values() if ids is None else (keys[str(row)] for row in ids)
    return list(dict.fromkeys(chosen))
