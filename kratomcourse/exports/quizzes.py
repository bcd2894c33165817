"""Export a chapter's items in one of the registered formats, or as an exam in PDF."""

import csv
import io
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ..errors import CourseError, Diagnostic, did_you_mean
from ..quiz import load_banks
from ..quiz.assignments import assignment_names, find_assignment
from ..quiz.bank import AnyItem, Bank, banks_dir
from ..quiz.order import known_secret, order_key, reordered_bank
from .glossary_terms import read_glossary
from .grades import ClassGrades, grades_table
from .package import write_beside
from .registry import ExportedQuiz, Exporter, exporter_named


@dataclass(frozen=True)
class Export:
    """A file that was written, and the items that its format can't express."""

    path: Path
    count: int  # questions or cards in the file
    skipped: tuple[tuple[str, str], ...]  # (item id, kind)


def export_quiz(
    format_name: str,
    chapter: str,
    use: str,
    folder: Path,
    glossary: Path,
    only: Collection[str] = (),
) -> Export:
    """Write one chapter's items in one format.

    format_name : a name of `exporters()`
    chapter     : name of the chapter, or its number
    use         : check or graded
    folder      : where the file goes; made if it doesn't exist
    glossary    : the glossary page, for formats that carry terms
    only        : ids of the items wanted; all if empty
    raises      : CourseError for an unknown format, chapter, use or item
    """
    exporter = exporter_named(format_name)
    check_use(use)
    [bank] = find_banks([chapter])
    use = use if use in exporter.uses else exporter.uses[0]
    items = select_items([bank], use, only)
    if not items:
        message = f"{bank.chapter} has no {use} items, which are what {exporter.name} carries."
        raise CourseError(Diagnostic("export", message, "name a chapter, or another format"))
    name = f"{bank.chapter}-{use}-{exporter.name}{exporter.suffix}"
    if len(exporter.uses) == 1:
        name = f"{bank.chapter}{exporter.suffix}"
    quiz = ExportedQuiz(bank.chapter, bank.title, items, read_glossary(glossary))
    return write_quiz(exporter, quiz, Path(folder) / name)


def write_quiz(exporter: Exporter, quiz: ExportedQuiz, target: Path) -> Export:
    """Write a quiz in one format; items of a kind that it lacks are returned as skipped."""
    skipped = tuple((item.id, item.kind) for item in quiz.items if item.kind not in exporter.kinds)
    items = [item for item in quiz.items if item.kind in exporter.kinds]
    carried = ExportedQuiz(quiz.name, quiz.title, items, quiz.glossary)
    path, count = write_beside(target, lambda beside: exporter.write(carried, beside))
    return Export(path, count, skipped)


def export_exam(
    chapters: Sequence[str],
    use: str,
    folder: Path,
    seed: str | None = None,
    size: str = "a4",
    only: Collection[str] = (),
) -> tuple[list[Path], int]:
    """Write an exam and its answer key as PDFs; return ([exam, key], number of items)."""
    from .exam_pdf import PAGE_SIZES, exam_and_key

    check_choice(size, PAGE_SIZES, "a page size")
    banks = find_banks(chapters)
    items = select_items(banks, use, only)
    order = [] if seed is None else [f"order-{slug(seed)}"]
    name = "-".join([*(bank.chapter for bank in banks), use, *order])
    exam, key = exam_and_key(" and ".join(bank.title for bank in banks), items, seed, size)
    files = {f"{name}-exam.pdf": exam, f"{name}-key.pdf": key}
    return write_files(Path(folder), files), len(items)


def export_parallel_forms(
    chapters: Sequence[str],
    count: int,
    seed: str,
    use: str,
    folder: Path,
    size: str = "a4",
    also: Sequence[str] = (),
) -> tuple[list[Path], list[list[AnyItem]]]:
    """Write forms A and B of a test, each with its key, and in the formats that `also` names.

    returns : (paths, the items of each form)
    raises  : CourseError if the bank can't supply two such forms
    """
    from ..quiz.parallel import parallel_forms
    from .exam_pdf import PAGE_SIZES, exam_and_key

    check_choice(size, PAGE_SIZES, "a page size")
    others = [exporter_named(name) for name in also]
    check_use(use)
    banks = find_banks(chapters)
    forms = dict(zip("AB", parallel_forms(banks, count, seed, use), strict=True))
    title = " and ".join(bank.title for bank in banks)
    name = "-".join(bank.chapter[:2] for bank in banks)
    files: dict[str, bytes] = {}
    for letter, items in forms.items():
        exam, key = exam_and_key(title, items, f"{seed}-{letter}", size, letter)
        files[f"{name}-form-{letter}-exam.pdf"] = exam
        files[f"{name}-form-{letter}-key.pdf"] = key
    paths = write_files(Path(folder), files)
    for letter, items in forms.items():
        quiz = ExportedQuiz(f"{name}-form-{letter.lower()}", f"{title}, form {letter}", items)
        for exporter in others:
            target = Path(folder) / f"{name}-form-{letter}-{exporter.name}{exporter.suffix}"
            paths.append(write_quiz(exporter, quiz, target).path)
    return paths, list(forms.values())


def export_grades(grades: ClassGrades, shape: str, target: Path) -> tuple[Path, int]:
    """Write grades as Canvas or Moodle imports them; return (path, rows below the header)."""
    table = grades_table(grades, shape)

    def write(path: Path) -> int:
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(table)
        path.write_text(text.getvalue(), encoding="utf-8")
        return len(table) - 1

    return write_beside(Path(target), write)


def slug(words: str) -> str:
    """Return text as a part of a file name: letters, digits and hyphens, at most 40 characters."""
    return re.sub(r"[^A-Za-z0-9]+", "-", words).strip("-")[:40]


def check_choice(word: str, known: Collection[str], what: str) -> None:
    """Raise CourseError if a word isn't one of the known ones."""
    if word not in known:
        hint = did_you_mean(word, known) or f"use one of: {', '.join(known)}"
        raise CourseError(Diagnostic("export", f"'{word}' isn't {what}.", hint))


def check_use(use: str) -> None:
    """Raise CourseError unless `use` is check or graded."""
    if use not in ("check", "graded"):
        hint = "--use graded or --use check"
        raise CourseError(Diagnostic("export", f"items have no use '{use}'.", hint))


def find_banks(chapters: Sequence[str]) -> list[Bank]:
    """Return banks by chapter names or numbers, or assignments by name, each once."""
    banks: Mapping[str, Bank] = load_banks()
    found: list[Bank] = []
    for chapter in chapters:
        named = [bank for name, bank in banks.items() if chapter in (name, name[:2])]
        if not named and chapter in assignment_names(banks_dir().parent):
            named = [find_assignment(banks_dir().parent, chapter)]
        if not named:
            known = [*banks, *assignment_names(banks_dir().parent)]
            hint = did_you_mean(chapter, known) or f"use one of: {', '.join(banks)}"
            message = f"there's no question bank and no assignment '{chapter}'."
            raise CourseError(Diagnostic("export", message, hint))
        if named[0] not in found:
            found.append(named[0])
    return [in_course_order(bank) for bank in found]


def in_course_order(bank: Bank) -> Bank:
    """Return a bank whose graded options have the order of the course's secret, where it has one.

    So an exam or a quiz in another system shows them as the notebook of the same course does, and
    its order tells nothing about how the bank stores them. Without a secret it is the public order.
    """
    secret = known_secret(banks_dir().parent)
    return reordered_bank(bank, order_key(secret, bank.chapter)) if secret else bank


def select_items(banks: Sequence[Bank], use: str, only: Collection[str]) -> list[AnyItem]:
    """Return the items for a use, or those of them named in `only`, in the order of the bank."""
    check_use(use)
    items = {item.id: item for bank in banks for item in bank.used_for(use)}
    for item_id in only:
        if item_id not in items:
            chapters = " or ".join(bank.chapter for bank in banks)
            message = f"there's no {use} item '{item_id}' in {chapters}."
            hint = did_you_mean(item_id, items) or "look up the id in quizzes/bank"
            raise CourseError(Diagnostic("export", message, hint, item=item_id))
    return [item for item in items.values() if not only or item.id in only]


def write_files(folder: Path, files: Mapping[str, bytes]) -> list[Path]:
    """Write finished files, each under a temporary name first; return their paths."""
    paths = []
    for name, data in files.items():
        path, _ = write_beside(folder / name, partial(Path.write_bytes, data=data))
        paths.append(path)
    return paths
