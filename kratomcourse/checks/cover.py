"""The cover test: options without their question, for a person to guess from.

A model that counts words (`guesser`) can't tell that one option is the only sensible sentence; a
person can. So the items are printed without stems, someone who hasn't seen them guesses, and the
guesses are counted. A sheet holds no key, and its codes don't lead to an item without the bank.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import CourseError, Diagnostic
from ..quiz.bank import Bank, Choice, Choices
from ..quiz.item_text import with_facts
from .guesser import Share

INTRODUCTION = """\
# Which option is right?

Sheet: {seed}

The questions are hidden. After each "Guess:" write the letter of the option that you think is the
right one, from how the options look and what you know. Where it says "all that are right", write
one letter or more. Leave none out.
"""
LETTERS = "ABCDEFGH"
NEW_SHEET = "write a new sheet with course quiz cover"
BLOCK = re.compile(r"^## ([0-9a-f]{10})\b.*?\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
OPTION = re.compile(r"^- ([A-H])\. (.+)$", re.MULTILINE)
GUESS = re.compile(r"^Guess:(.*)$", re.MULTILINE)


@dataclass(frozen=True)
class CoverResult:
    """What readers of cover sheets found."""

    shares: list[Share]  # by kind and use
    found: list[tuple[str, int, int]]  # item, guesses that found its key, guesses; most first

    def as_text(self) -> str:
        """Return the shares with their intervals, then the items that most readers found."""
        lines = ["Keys found without the question (chance and 95% interval in brackets)"]
        for share in self.shares:
            low, high = share.interval
            lines.append(
                f"  {share.name:<22} {share.found:.0f} of {share.items}, {share.share:.0%} "
                f"(chance {share.chance:.0%}; {low:.0%} to {high:.0%})"
            )
        often = [row for row in self.found if row[1] * 2 > row[2]]
        lines += ["", f"Items whose key more than half of the guesses found: {len(often)}"]
        lines += [f"  {right} of {guesses}  {item}" for item, right, guesses in often]
        return "\n".join(lines)


def guessable(banks: Iterable[Bank]) -> list[Choice | Choices]:
    """Return the items that are answered by choosing among options."""
    return [item for bank in banks for item in bank.items if isinstance(item, Choice | Choices)]


def code_of(seed: str, item_id: str) -> str:
    """Code that replaces an item's id on a sheet: ten hexadecimal digits."""
    return hashlib.sha256(f"{seed}:{item_id}".encode()).hexdigest()[:10]


def printed(item: Choice | Choices) -> dict[str, bool]:
    """Options of an item as a sheet prints them, each with whether it's right."""
    return {" ".join(with_facts(option.text).split()): option.correct for option in item.options}


def cover_sheet(banks: Iterable[Bank], seed: str) -> str:
    """Return a sheet of options without questions, as Markdown.

    seed : decides the order of items and options
    """
    blocks = {}
    for item in guessable(banks):
        code = code_of(seed, item.id)
        options = sorted(printed(item), key=lambda text: code_of(f"{seed}:{item.id}", text))
        listed = [f"- {letter}. {text}" for letter, text in zip(LETTERS, options, strict=False)]
        heading = f"## {code}" + (", all that are right" if isinstance(item, Choices) else "")
        blocks[code] = "\n".join([heading, "", *listed, "", "Guess:", ""])
    return (
        INTRODUCTION.format(seed=seed) + "\n" + "\n".join(blocks[code] for code in sorted(blocks))
    )


def score_sheets(banks: Iterable[Bank], sheets: Sequence[Path]) -> CoverResult:
    """Count how often the guesses on filled-in sheets found the key.

    An item with several keys counts as found where exactly these were named.

    banks  : all that the sheets were written from
    raises : CourseError for a sheet that lacks its first lines or its items, a
             guess that is missing or no letter of its item, and options that have changed
    """
    items = guessable(banks)
    counts: dict[str, list[bool]] = {}
    problems = []
    for sheet in sheets:
        text = sheet.read_bytes().decode(errors="replace").replace("\r\n", "\n")
        seed = re.search(r"^Sheet: (\S+)$", text, re.MULTILINE)
        if seed is None or not BLOCK.search(text):
            lacks = "has no line 'Sheet: ...'." if seed is None else "has no items."
            problems.append(Diagnostic(sheet.name, lacks, NEW_SHEET))
            continue
        by_code = {code_of(seed[1], item.id): item for item in items}
        for block in BLOCK.finditer(text):
            item = by_code.get(block[1])
            line = text.count("\n", 0, block.start()) + 1
            try:
                right = is_found(item, block[2])
            except ValueError as error:
                name = item.id if item else block[1]
                problem, fix = error.args
                problems.append(Diagnostic(sheet.name, problem, fix, line, name))
            else:
                assert item is not None
                counts.setdefault(item.id, []).append(right)
    if problems:
        raise CourseError(problems)
    return result_of(items, counts)


def is_found(item: Choice | Choices | None, block: str) -> bool:
    """Whether the guess in a block of a sheet names the key, and only that.

    raises : ValueError with the problem and its fix
    """
    if item is None:
        raise ValueError("this item is no longer in the bank.", NEW_SHEET)
    options = dict(OPTION.findall(block))
    key = printed(item)
    if set(options.values()) != set(key):
        raise ValueError("its options have changed since the sheet was written.", NEW_SHEET)
    written = GUESS.search(block)
    guess = set(re.findall(r"[A-Z]", written[1].upper())) if written else set()
    if not guess or not guess <= set(options):
        raise ValueError(f"the guess isn't among {', '.join(options)}.", "write one after Guess:")
    return guess == {letter for letter, text in options.items() if key[text]}


def result_of(items: Iterable[Choice | Choices], counts: dict[str, list[bool]]) -> CoverResult:
    """Return shares by kind and use, and each item with how often it was found."""
    groups: dict[str, list[tuple[float, int, float]]] = {}
    for item in items:
        guesses = counts.get(item.id, [])
        options = len(item.options)
        chance = 1 / options if isinstance(item, Choice) else 1 / (2**options - 1)
        for use in item.use:
            group = groups.setdefault(f"{item.kind}, {use}", [])
            group.append((sum(guesses), len(guesses), chance * len(guesses)))
    shares = [
        Share(name, sum(g[0] for g in group), total, sum(g[2] for g in group) / total)
        for name, group in sorted(groups.items())
        if (total := sum(g[1] for g in group))
    ]
    found = [(item, sum(guesses), len(guesses)) for item, guesses in counts.items()]
    return CoverResult(shares, sorted(found, key=lambda row: (-row[1] / row[2], row[0])))
