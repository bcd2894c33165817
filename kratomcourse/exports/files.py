"""Exports as files: made beside the target and renamed, so that nobody meets half of one."""

import csv
import io
import os
import re
import zipfile
from pathlib import Path
from types import SimpleNamespace

from ..errors import CourseError, Diagnostic, did_you_mean, shown_path
from ..quiz import load_banks
from .grades import grades_table
from .moodle import moodle_xml
from .qti12 import qti12_files
from .qti21 import qti21_files


def write_moodle(bank, items, path, glossary):
    path.write_bytes(moodle_xml(bank, items))
    return len(items)


def write_qti12(bank, items, path, glossary):
    return write_zip(path, qti12_files(bank, items), items)


def write_qti21(bank, items, path, glossary):
    return write_zip(path, qti21_files(bank, items), items)


def write_blackboard(bank, items, path, glossary):
    return write_zip(path, qti21_files(bank, items, plain=True), items)


def write_zip(path, files, items):
    # A fixed date: the same bank makes the same file.
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in files.items():
            package.writestr(
                zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED
            )
    return len(items)


def write_anki(bank, items, path, glossary):
    from .anki import anki_deck, read_glossary

    return anki_deck(bank, read_glossary(glossary), path)


FORMATS = {
    "moodle": (write_moodle, ".xml"),
    "qti12": (write_qti12, ".zip"),
    "qti21": (write_qti21, ".zip"),
    "blackboard": (write_blackboard, ".zip"),
    "anki": (write_anki, ".apkg"),
}


def export(form, chapter, use, folder, glossary, only=()):
    """Write one chapter's items in one format.

    form     : moodle, qti12 (Canvas), qti21, blackboard or anki (check items and glossary alone)
    chapter  : name of the chapter, or its number
    use      : check or graded
    folder   : where the file goes; made when absent
    only     : ids of the items wanted; all where empty
    returns  : (path, number of items or cards)
    raises   : CourseError for an unknown format, chapter, use or item
    """
    check_form(form, FORMATS)
    [bank] = banks_of([chapter])
    items = chosen([bank], use, only)
    write, ending = FORMATS[form]
    name = f"{bank.chapter}{ending}" if form == "anki" else f"{bank.chapter}-{use}-{form}{ending}"
    return written(Path(folder) / name, lambda path: write(bank, items, path, glossary))


def export_paper(chapters, use, folder, seed=None, size="a4", only=()):
    """Write a paper and its key as two PDF files; returns ((path of the paper, path of the key), number of items)."""
    from .paper import SIZES, paper_and_key

    check_form(size, SIZES, "size of paper")
    banks = banks_of(chapters)
    items = chosen(banks, use, only)
    name = "-".join(
        [*(bank.chapter for bank in banks), use, *([] if seed is None else [f"order-{slug(seed)}"])]
    )
    pdfs = paper_and_key(" and ".join(bank.title for bank in banks), items, seed, size)
    return together(Path(folder), {f"{name}-paper.pdf": pdfs[0], f"{name}-key.pdf": pdfs[1]}), len(
        items
    )


def export_parallel(chapters, count, seed, use, folder, size="a4", also=()):
    """Write forms A and B of a test, each with its key, and in other formats where `also` names them.

    returns : (paths, the two lists of items)
    raises  : CourseError where the bank can not give two such forms
    """
    from ..quiz.parallel import parallel_forms
    from .paper import SIZES, paper_and_key

    check_form(size, SIZES, "size of paper")
    for form in also:
        check_form(form, [name for name in FORMATS if name != "anki"])
    check_use(use)
    banks = banks_of(chapters)
    forms = dict(zip("AB", parallel_forms(banks, count, seed, use)))
    title, name, files = (
        " and ".join(bank.title for bank in banks),
        "-".join(bank.chapter[:2] for bank in banks),
        {},
    )
    for letter, items in forms.items():
        paper, key = paper_and_key(title, items, f"{seed}-{letter}", size, letter)
        files |= {f"{name}-form-{letter}-paper.pdf": paper, f"{name}-form-{letter}-key.pdf": key}
    paths = together(Path(folder), files)
    for letter, items in forms.items():
        quiz = SimpleNamespace(
            chapter=f"{name}-form-{letter.lower()}", title=f"{title}, form {letter}"
        )
        for form in also:
            write, ending = FORMATS[form]
            path, _ = written(
                Path(folder) / f"{name}-form-{letter}-{form}{ending}",
                lambda path: write(quiz, items, path, None),
            )
            paths.append(path)
    return paths, list(forms.values())


def slug(words):
    return re.sub(r"[^A-Za-z0-9]+", "-", str(words)).strip("-")[:40]


def check_form(form, known, what="format"):
    if form not in known:
        raise CourseError(
            Diagnostic(
                "export",
                f"'{form}' is no {what}.",
                did_you_mean(form, known) or f"use one of: {', '.join(known)}",
            )
        )


def check_use(use):
    if use not in ("check", "graded"):
        raise CourseError(
            Diagnostic("export", f"'{use}' is no use of an item.", "--use graded or --use check")
        )


def banks_of(chapters):
    """Banks by the names of their chapters, or by their numbers."""
    banks, found = load_banks(), []
    for chapter in chapters:
        named = [name for name in banks if name == chapter or name[:2] == chapter]
        if not named:
            raise CourseError(
                Diagnostic(
                    "export",
                    f"there is no bank of '{chapter}'.",
                    did_you_mean(chapter, banks) or f"use one of: {', '.join(banks)}",
                )
            )
        if banks[named[0]] not in found:
            found.append(banks[named[0]])
    return found


def chosen(banks, use, only):
    """The items of a use, or those of them that `only` names, in the order of the bank."""
    check_use(use)
    items = {item.id: item for bank in banks for item in bank.used_for(use)}
    for item_id in only:
        if item_id not in items:
            raise CourseError(
                Diagnostic(
                    "export",
                    f"there is no {use} item '{item_id}' in {' or '.join(bank.chapter for bank in banks)}.",
                    did_you_mean(item_id, items) or "look the id up in quizzes/bank",
                    item=item_id,
                )
            )
    return [item for item in items.values() if not only or item.id in only]


def export_grades(source, shape, target):
    """Write nbgrader's exported grades for Canvas or Moodle; returns (path, number of rows below the head)."""
    table = grades_table(source, shape)

    def write(path):
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(table)
        path.write_text(text.getvalue(), encoding="utf-8")
        return len(table) - 1

    return written(Path(target), write)


def together(folder, files):
    """Write files that are made already, each beside and then renamed; returns their paths."""
    return [
        written(folder / name, lambda path: path.write_bytes(data))[0]
        for name, data in files.items()
    ]


def written(target, write):
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError, PermissionError) as error:
        raise CourseError(
            Diagnostic(
                shown_path(target.parent),
                f"can not hold the files ({error.strerror}).",
                "name another folder with --to",
            )
        ) from None
    beside = target.with_name(f".{target.name}.tmp")
    try:
        count = write(beside)
        os.replace(beside, target)
    finally:
        beside.unlink(missing_ok=True)
    return target, count
