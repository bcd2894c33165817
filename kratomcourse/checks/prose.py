"""Measures and word rules of running prose.

The measures (sentence length, short sentences, reading grade) judge the parts of the chapters; the
other pages are measured and not judged, because lists and emergency steps want short sentences. The
word rules hold on every page: proselint's for clichés, redundancies, misspellings and the like, and
our own list for what it doesn't have. `book/prose_exceptions.csv` lists reviewed exceptions."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ..errors import Diagnostic
from .text import markdown_cells

EXCEPTIONS = "book/prose_exceptions.csv"
BOUNDS = {  # (least, most) for a part
    "mean words": (13.0, 18.0),
    "% under 8 words": (0.0, 15.0),
    "grade": (5.0, 10.0),
}
AVOID = {  # from the course's list of words; each pattern with what to write
    r"\bcan not\b": "cannot, or can't",
    r"\bwithout further ado\b": "by default",
    r"\bby lot\b": "at random",
    r"\bmend(s|ed|ing)?\b": "fix, correct, or adjust for",
    r"\bmade[- ]up\b": "invented or simulated",
    r"\bfor who\b": "for people who",
}
PROSELINT_OFF = {  # checks of proselint that don't suit this course; all others are on
    "misc.but": False,  # a paragraph may begin with "But"
    "misc.preferred_forms": False,  # takes Skåne for a misspelling
    "typography.symbols.curly_quotes": False,  # the site sets curly quotes itself
    "weasel_words.very": False,  # "very low" is a level of certainty
}
FENCE = re.compile(r"^(`{3,}|:{3,}).*?^\1[ \t]*$", re.MULTILINE | re.DOTALL)
SENTENCE_END = re.compile(r"(?<=[.!?])[\"'\u201d\u2019)*]*\s+(?=[\"'\u201c\u2018(*]*[A-Z0-9])")
ABBREVIATION = re.compile(r"\b(e\.g|i\.e|et al|vs|Dr|Mr|Ms|No|Fig|approx)\.\s")


@dataclass(frozen=True)
class Measures:
    """What one page's running prose measures."""

    file: str
    words: int
    mean_words: float  # in a sentence
    short_percent: float  # sentences under 8 words
    grade: float  # Flesch-Kincaid

    def values(self) -> dict[str, float]:
        """Return the judged measures by name."""
        return {
            "mean words": self.mean_words,
            "% under 8 words": self.short_percent,
            "grade": self.grade,
        }


def running_prose(markdown: str) -> Iterator[str]:
    """Yield paragraphs of running prose: no headings, lists, tables, quotations, fences or
    formulas.
    """
    text = re.sub(r"\$\$.*?\$\$", "", FENCE.sub("", markdown), flags=re.DOTALL)
    for paragraph in re.split(r"\n\s*\n|\n(?=[-|#>])", text):
        paragraph = " ".join(paragraph.split())
        if not paragraph or re.match(r"([-*+>|]|#+|\d+\.)\s|[-|(]", paragraph):
            continue
        run_in_head = re.compile(r"^\*\*[^*]{1,60}[.?!]\*\*\s*")
        if text := plain(run_in_head.sub("", paragraph)):
            yield text


def plain(paragraph: str) -> str:
    """Return a paragraph as a reader sees it: a citation counts as nothing, a number as one
    word.
    """
    paragraph = re.sub(r"\{fact\}`[^`]*:cite`|\{src\}`[^`]*`", "", paragraph)
    paragraph = re.sub(r"\{term\}`([^`<]+?)\s*(<[^`]*>)?`", r"\1", paragraph)
    paragraph = re.sub(r"\{[\w-]+\}`[^`]*`", "7", paragraph)
    paragraph = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", paragraph)
    paragraph = re.sub(r"\$[^$]+\$|`[^`]*`", "x", paragraph)
    paragraph = re.sub(r"[*_]{1,3}", "", paragraph)
    return re.sub(r"\s+([.,;:!?])", r"\1", " ".join(paragraph.split()))


def sentences(paragraph: str) -> list[str]:
    """Return the sentences of a plain paragraph."""
    text = ABBREVIATION.sub(lambda match: match[0].replace(". ", " "), paragraph)
    return [part for part in SENTENCE_END.split(text) if re.search(r"[A-Za-z]", part)]


def measure(file: str, paragraphs: list[str]) -> Measures | None:
    """Return the measures of a page, or None if it has too little running prose to judge."""
    import textstat

    lengths = [len(part.split()) for text in paragraphs for part in sentences(text)]
    if len(lengths) < 20:
        return None
    return Measures(
        file,
        sum(lengths),
        round(sum(lengths) / len(lengths), 1),
        round(100 * sum(length < 8 for length in lengths) / len(lengths), 1),
        round(textstat.flesch_kincaid_grade(" ".join(paragraphs)), 1),
    )


def pages(root: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield (file, paragraphs) of each chapter notebook and prose page."""
    for path in sorted((root / "notebooks").glob("*/*.ipynb")):
        yield (
            path.relative_to(root).as_posix(),
            [paragraph for text in markdown_cells(path) for paragraph in running_prose(text)],
        )
    for path in sorted((root / "book").glob("*.md")):
        text = path.read_text(encoding="utf-8")
        yield path.relative_to(root).as_posix(), list(running_prose(text))


def measure_prose(root: Path) -> list[Measures]:
    """Return the measures of every page with enough running prose."""
    found = (measure(file, paragraphs) for file, paragraphs in pages(root))
    return [measures for measures in found if measures]


@cache
def register_proselint() -> None:
    """Fill proselint's registry, which is empty until a program asks for the checks."""
    from proselint.checks import __register__
    from proselint.registry import CheckRegistry

    CheckRegistry().register_many(__register__)


def lint(file: str, paragraphs: list[str]) -> Iterator[tuple[str, str, str]]:
    """Yield (finding, message, words around it) for what proselint finds in plain paragraphs.

    The finding is the name of the check and the words found, such as `archaism: for ever`.
    """
    from proselint.config import DEFAULT
    from proselint.tools import LintFile

    register_proselint()
    page = LintFile(file, "\n\n".join(paragraphs) + "\n")
    checks = {**PROSELINT_OFF, **DEFAULT["checks"]}  # proselint wants the longer names first
    for found in page.lint({"max_errors": 1000, "checks": checks}):
        result = found.check_result
        start, end = result.span
        words = " ".join(page.content[start:end].split())
        around = " ".join(page.content[max(0, start - 30) : end + 30].split())
        yield f"{result.check_path}: {words}", result.message, around


def check_prose(root: Path) -> list[Diagnostic]:
    """Return a diagnostic for each part outside the bounds and each breach of a word rule."""
    allowed = read_exceptions(root)
    return [*check_measures(root, allowed), *check_words(root, allowed)]


def check_measures(root: Path, allowed: set[tuple[str, str]]) -> list[Diagnostic]:
    """Return a diagnostic for each measure of a part that is outside its bounds."""
    problems = []
    for measures in measure_prose(root):
        if not re.fullmatch(r"notebooks/[^/]+/\d[^/]*\.ipynb", measures.file):
            continue
        for name, value in measures.values().items():
            low, high = BOUNDS[name]
            if not low <= value <= high and (measures.file, name) not in allowed:
                hint = f"join or split sentences, or list it in {EXCEPTIONS} with a reason"
                message = f"{name} is {value:g}, outside {low:g} to {high:g}."
                problems.append(Diagnostic(measures.file, message, hint))
    return problems


def check_words(root: Path, allowed: set[tuple[str, str]]) -> list[Diagnostic]:
    """Return a diagnostic for each finding of proselint and each word of our own list."""
    problems = []
    for file, paragraphs in pages(root):
        for finding, message, around in lint(file, paragraphs):
            if (file, finding) not in allowed:
                hint = f"reword it, or list \u201c{finding}\u201d in {EXCEPTIONS} with a reason"
                problems.append(Diagnostic(file, f"\u201c{around}\u201d: {message}", hint))
        for pattern, instead in AVOID.items():
            for paragraph in paragraphs:
                found = re.search(pattern, paragraph, re.IGNORECASE)
                if found and (file, found[0].lower()) not in allowed:
                    around = paragraph[max(0, found.start() - 30) : found.end() + 30]
                    message = f"\u201c{around}\u201d uses \u201c{found[0]}\u201d."
                    problems.append(Diagnostic(file, message, f"write {instead}"))
    return problems


def read_exceptions(root: Path) -> set[tuple[str, str]]:
    """Return the reviewed exceptions as (file, measure, word or finding of proselint)."""
    path = root / EXCEPTIONS
    if not path.exists():
        return set()
    with path.open(encoding="utf-8", newline="") as handle:
        return {(row["file"], row["measure"]) for row in csv.DictReader(handle)}
