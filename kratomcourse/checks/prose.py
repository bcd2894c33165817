"""Measures of running prose: sentence length, short sentences, reading grade and words to avoid.

Judges the parts of the chapters; the other pages are measured and not judged, because lists and emergency steps want
short sentences. `book/prose_exceptions.csv` lists reviewed exceptions. The measures catch a telegram or a maze; whether
the sentences connect is for an editor to say.
"""

import csv
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..errors import Diagnostic

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
    """Yield paragraphs of running prose: no headings, lists, tables, quotations, fences or formulas."""
    text = re.sub(r"\$\$.*?\$\$", "", FENCE.sub("", markdown), flags=re.DOTALL)
    for paragraph in re.split(r"\n\s*\n|\n(?=[-|#>])", text):
        paragraph = " ".join(paragraph.split())
        if not paragraph or re.match(r"([-*+>|]|#+|\d+\.)\s|[-|(]", paragraph):
            continue
        run_in_head = re.compile(r"^\*\*[^*]{1,60}[.?!]\*\*\s*")
        if text := plain(run_in_head.sub("", paragraph)):
            yield text


def plain(paragraph: str) -> str:
    """Return a paragraph as a reader sees it: a citation counts as nothing, a number as one word."""
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
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        texts = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
        yield (
            path.relative_to(root).as_posix(),
            [paragraph for text in texts for paragraph in running_prose(text)],
        )
    for path in sorted((root / "book").glob("*.md")):
        text = path.read_text(encoding="utf-8")
        yield path.relative_to(root).as_posix(), list(running_prose(text))


def measure_prose(root: Path) -> list[Measures]:
    """Return the measures of every page with enough running prose."""
    found = (measure(file, paragraphs) for file, paragraphs in pages(root))
    return [measures for measures in found if measures]


def check_prose(root: Path) -> list[Diagnostic]:
    """Return a diagnostic for each part outside the bounds and each word to avoid."""
    allowed = read_exceptions(root)
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
    for file, paragraphs in pages(root):
        for pattern, instead in AVOID.items():
            for paragraph in paragraphs:
                found = re.search(pattern, paragraph, re.IGNORECASE)
                if found and (file, found[0].lower()) not in allowed:
                    around = paragraph[max(0, found.start() - 30) : found.end() + 30]
                    message = f"\u201c{around}\u201d uses \u201c{found[0]}\u201d."
                    problems.append(Diagnostic(file, message, f"write {instead}"))
    return problems


def read_exceptions(root: Path) -> set[tuple[str, str]]:
    """Return the reviewed exceptions as (file, measure or word)."""
    path = root / EXCEPTIONS
    if not path.exists():
        return set()
    with path.open(encoding="utf-8", newline="") as handle:
        return {(row["file"], row["measure"]) for row in csv.DictReader(handle)}
