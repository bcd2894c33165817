"""Exports as files: made beside the target and renamed, so that nobody meets half of one."""

import csv
import io
import os
import zipfile
from pathlib import Path

from ..problems import CourseError, Problem, did_you_mean
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


def write_zip(path, files, items):
    # A fixed date: the same bank makes the same file.
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in files.items():
            package.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return len(items)


def write_anki(bank, items, path, glossary):
    from .anki import anki_deck, read_glossary

    return anki_deck(bank, read_glossary(glossary), path)


FORMATS = {"moodle": (write_moodle, ".xml"), "qti12": (write_qti12, ".zip"), "qti21": (write_qti21, ".zip"), "anki": (write_anki, ".apkg")}


def export(form, chapter, use, folder, glossary):
    """Write one chapter's items in one format.

    form     : moodle, qti12 (Canvas), qti21 or anki (check items and glossary alone)
    use      : check or graded
    folder   : where the file goes; made when absent
    returns  : (path, number of items or cards)
    raises   : CourseError for an unknown format or chapter
    """
    if form not in FORMATS:
        raise CourseError(Problem("export", f"'{form}' is no format.", did_you_mean(form, FORMATS) or f"use one of: {', '.join(FORMATS)}"))
    banks = load_banks()
    if chapter not in banks:
        raise CourseError(Problem("export", f"there is no bank of '{chapter}'.", did_you_mean(chapter, banks) or f"use one of: {', '.join(banks)}"))
    bank = banks[chapter]
    write, ending = FORMATS[form]
    name = f"{chapter}{ending}" if form == "anki" else f"{chapter}-{use}-{form}{ending}"
    return written(Path(folder) / name, lambda path: write(bank, bank.used_for(use), path, glossary))


def export_grades(source, shape, target):
    """Write nbgrader's exported grades for Canvas or Moodle; returns (path, number of rows below the head)."""
    table = grades_table(source, shape)

    def write(path):
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(table)
        path.write_text(text.getvalue(), encoding="utf-8")
        return len(table) - 1

    return written(Path(target), write)


def written(target, write):
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = target.with_name(f".{target.name}.tmp")
    try:
        count = write(beside)
        os.replace(beside, target)
    finally:
        beside.unlink(missing_ok=True)
    return target, count
