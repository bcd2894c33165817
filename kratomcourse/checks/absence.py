"""Claims of absence: "we found no trial" needs a row that says what was searched, where and when.

A sentence of this kind in a part, a page or a question has to stand beside a fact that is itself a
claim of absence. `evidence/absences.csv` declares for each search of our own which rows of which
data set would contradict it; one that does fails the check.
"""

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import Diagnostic, did_you_mean
from ..evidence import Fact, load_facts, load_table
from ..quiz.bank import banks_dir
from .exemptions import FILE, cleared_by_now, not_cleared
from .text import markdown_cells
from .typed_numbers import FACT_ROLE, cited_facts, raw_items, texts_and_numbers

DECLARED = "evidence/absences.csv"
EXCEPTIONS = "evidence/absence_exceptions.csv"
ADJECTIVES = (
    r"(?:(?:controlled|clinical|published|placebo-controlled|randomi[sz]ed|such|human|good"
    r"|well-designed|further) )*"
)
CLAIM = re.compile(
    r"\b(?:we|I) (?:have )?(?:found|know of|knew of) (?:no|none)\b"
    r"|\bwe\b[^.;]{0,90}\bfound (?:none|nobody|no one)\b"
    rf"|(?<!needs )(?<!need )\bno {ADJECTIVES}(?:study|studies|trials?)\b"
    r"(?!,| can\b| could\b| is needed| are needed| was named| here\b| needed)"
    r"|\b(?:not|never) been (?:studied|tested|tried on|investigated|evaluated)\b"
    r"|\b(?:nobody|no one) has (?:ever |yet )?(?:tested|studied|compared|measured)\b",
    re.IGNORECASE,
)
OWN_SEARCH = re.compile(r"\bwe searched\b", re.IGNORECASE)
ABSENCE = re.compile(
    r"\bwe searched\b|\bknew of no\b|\bwas no (?:clinical )?trial\b|\bfound none\b"
    r"|\bno (?:controlled |clinical |well-designed )*(?:trial|study|studies)\b"
    r"|\bno [^.]{0,60}\b(?:was|were|had been) (?:found|done)\b",
    re.IGNORECASE,
)
# What someone else says, or what is talked about, is not said by the course.
QUOTED = re.compile(r"\u201c[^\u201d]*\u201d|\"[^\"]*\"|\*\*[^*]*\*\*|\*[^*\n]*\*|`[^`]*`")
OWN_FIELDS = ("stem", "feedback", "explanation", "hint", "sample")


@dataclass(frozen=True)
class Claim:
    """A claim of absence in one place, without a row beside it."""

    file: str
    place: str  # id of a cell or an item; empty on a page
    text: str  # the sentence, or a piece of it

    @property
    def chapter(self) -> str:
        """The chapter to which the place belongs; empty for a page."""
        path = Path(self.file)
        return path.stem if path.suffix == ".yml" else path.parent.name


def absence_facts(facts: Mapping[str, Fact]) -> set[str]:
    """Return the ids of the facts that are claims of absence themselves."""
    return {name for name, fact in facts.items() if ABSENCE.search(fact.statement)}


def claims_in(text: str) -> Iterator[str]:
    """Yield the claims of absence that a text makes in its own voice, with some words around."""
    plain = QUOTED.sub(lambda match: " " * len(match[0]), FACT_ROLE.sub(" ", text))
    for match in CLAIM.finditer(plain):
        yield " ".join(plain[max(match.start() - 30, 0) : match.end() + 60].split())


def sections(path: Path) -> Iterator[tuple[str, str]]:
    """Yield (place, text) of the pieces of a page or part that share their sources.

    A part of a chapter is one piece, since its take-away repeats what a paragraph has cited; of a
    page each section is one.
    """
    if path.suffix == ".ipynb":
        yield "", "\n\n".join(markdown_cells(path))
    else:
        for section in re.split(r"(?m)^(?=#{1,3} )", path.read_text(encoding="utf-8")):
            yield "", section


def unsupported(root: Path) -> list[Claim]:
    """Return the claims of absence that stand beside no row which is one."""
    facts = load_facts()
    rows = absence_facts(facts)
    found = []
    paths = [*sorted((root / "book").glob("*.md")), *sorted((root / "notebooks").glob("*/*.ipynb"))]
    for path in paths:
        for place, text in sections(path):
            if {match[1] for match in FACT_ROLE.finditer(text)} & rows:
                continue
            file = path.relative_to(root).as_posix()
            found += [Claim(file, place, claim) for claim in claims_in(text)]
    for file, item in raw_items(banks_dir()):
        if not cited_facts(item) & rows:
            found += [Claim(file, item["id"], claim) for claim in claims_of(item)]
    return found


def claims_of(item: Mapping[str, Any]) -> Iterator[str]:
    """Yield the claims of absence in what the course itself says in an item, not in its options."""
    for field, text in texts_and_numbers(item):
        if field.split()[-1] in OWN_FIELDS:
            yield from claims_in(text)


# Rows that would contradict a search


@dataclass(frozen=True)
class Declaration:
    """What would contradict one search: rows of a data set in which every condition holds."""

    fact: str
    table: str  # empty where no data set could hold such a row
    where: str  # `column~pattern & column=value`
    apart_from: tuple[str, ...]  # ids of rows that match and do not contradict
    reason: str
    line: int

    @property
    def conditions(self) -> list[tuple[str, str, str]]:
        """(column, `=` or `~`, text) of each condition; ValueError for one that is none."""
        found = []
        for part in filter(None, map(str.strip, self.where.split("&"))):
            match = re.fullmatch(r"(\w+)\s*([=~])\s*(.+)", part)
            if match is None:
                raise ValueError(f"'{part}' is no condition; write column=value or column~pattern")
            found.append((match[1], match[2], match[3].strip()))
        return found


def declarations(root: Path) -> list[Declaration]:
    """Return the rows of `evidence/absences.csv`."""
    return [
        Declaration(
            row["fact"],
            row["table"],
            row["where"],
            tuple(filter(None, map(str.strip, row["apart_from"].split(";")))),
            row["reason"],
            line,
        )
        for line, row in enumerate(rows_of(root / DECLARED), 2)
    ]


def rows_of(path: Path) -> list[dict[str, str]]:
    """Return the rows of a list of the course; none where there is no such file."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def matching_rows(declared: Declaration) -> list[str]:
    """Return the ids of the rows that contradict a search.

    raises : ValueError, with the fix after a semicolon, for an unknown table or column
    """
    try:
        table = load_table(declared.table)
    except KeyError as error:
        raise ValueError(str(error.args[0])) from None
    keep = [True] * len(table)
    for column, operator, text in declared.conditions:
        if column not in table:
            near = did_you_mean(column, table.columns) or f"use one of: {', '.join(table.columns)}"
            raise ValueError(f"{declared.table} has no column '{column}'; {near}")
        cells = table[column].astype(str)
        found = (
            cells.str.fullmatch(re.escape(text), case=False)
            if operator == "="
            else cells.map(re.compile(text, re.IGNORECASE).search).notna()
        )
        keep = [one and bool(other) for one, other in zip(keep, found, strict=True)]
    ids = table[table.columns[0]].astype(str)[keep]
    skipped = {declared.fact, *declared.apart_from}
    return [name for name in ids if name not in skipped]


def undeclared_searches(root: Path) -> list[Diagnostic]:
    """Return a diagnostic for each search of our own that declares no contradiction."""
    facts = load_facts()
    searches = {name for name, fact in facts.items() if OWN_SEARCH.search(fact.statement)}
    declared = {row.fact for row in declarations(root)}
    return [
        Diagnostic(
            "evidence/facts.csv",
            "the search does not say which rows would contradict it.",
            f"add a row to {DECLARED}, with an empty table and a reason where none could",
            facts[name].line,
            name,
        )
        for name in sorted(searches - declared)
    ]


def check_declarations(root: Path) -> list[Diagnostic]:
    """Return a diagnostic for each search that a row contradicts, and for unreadable rows."""
    facts = load_facts()
    found: list[Diagnostic] = []
    for row in declarations(root):
        if row.fact not in facts:
            near = did_you_mean(row.fact, facts) or "remove the row"
            found.append(Diagnostic(DECLARED, "there is no such fact.", near, row.line, row.fact))
        elif not row.table:
            if not row.reason.strip():
                message = "the row names no table and gives no reason."
                found.append(
                    Diagnostic(DECLARED, message, "give one of the two", row.line, row.fact)
                )
        else:
            found += contradictions(row, facts[row.fact])
    return found


def contradictions(row: Declaration, fact: Fact) -> list[Diagnostic]:
    """Return a diagnostic for each row of a data set that contradicts a search."""
    try:
        ids = matching_rows(row)
    except (ValueError, re.error) as error:
        what, _, fix = str(error).partition("; ")
        return [Diagnostic(DECLARED, f"{what}.", fix or "correct it", row.line, row.fact)]
    return [
        Diagnostic(
            f"evidence/{row.table}.csv",
            f"the row contradicts {row.fact}: \u201c{fact.statement}\u201d",
            "correct that fact and every place that cites it,"
            f" or name the row under apart_from in {DECLARED} with a reason",
            item=name,
        )
        for name in ids
    ]


# The check


def is_of_course(root: Path, place: str, items: set[str]) -> bool:
    """Whether a place belongs to this course; an edition may leave out pages and chapters."""
    return place in items or (root / place).is_file()


def check_absence(root: Path) -> tuple[list[Diagnostic], list[Diagnostic]]:
    """Return (errors, warnings); a chapter in the list of `exemptions` is only warned of."""
    waiting = not_cleared(root, "absence")
    allowed = rows_of(root / EXCEPTIONS)
    errors = check_declarations(root)
    undeclared = undeclared_searches(root)
    items = {item["id"] for _, item in raw_items(banks_dir())}
    used: set[int] = set()
    counts: dict[str, int] = {}
    for claim in unsupported(root):
        rows = [
            number
            for number, row in enumerate(allowed)
            if row["place"] in (claim.file, claim.place) and row["text"] in claim.text
        ]
        used |= set(rows)
        if rows:
            continue
        if claim.chapter in waiting:
            counts[claim.chapter] = counts.get(claim.chapter, 0) + 1
            continue
        errors.append(
            Diagnostic(
                claim.file,
                f"\u201c{claim.text}\u201d is a claim of absence without a row.",
                "cite the fact that says what was searched, where and when,"
                f" or list it in {EXCEPTIONS} with a reason",
                item=claim.place,
            )
        )
    errors += [
        Diagnostic(
            EXCEPTIONS,
            f"no claim in {row['place']} holds \u201c{row['text']}\u201d, or there is no reason.",
            "remove the row, or give the reason",
            number + 2,
        )
        for number, row in enumerate(allowed)
        if not row["reason"].strip()
        or (number not in used and is_of_course(root, row["place"], items))
    ]
    warnings = [
        Diagnostic(
            FILE,
            f"{count} claims of absence in {chapter} have no row; they are not judged yet.",
            "cite the facts that say what was searched, then remove the row",
        )
        for chapter, count in sorted(counts.items())
    ]
    warnings += cleared_by_now(root, {"absence": counts})
    # While chapters still collect their searches, a missing declaration holds nobody up.
    return (errors, warnings + undeclared) if waiting else (errors + undeclared, warnings)
