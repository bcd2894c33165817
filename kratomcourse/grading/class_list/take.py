"""Take a misnamed, nested or packed file of a submission for its notebook."""

import os
from pathlib import Path

from ...errors import CourseError, Diagnostic, did_you_mean, shown_path
from ...files import write_atomic
from ..autograde.instructor_version import CourseLayout, load_assignment
from ..autograde.likely_notebook import Candidate, content_of, find_candidates, is_notebook
from ..autograde.names import id_problem, terminal_safe
from ..autograde.regular_files import InvalidSubmission, read_file
from ..autograde.submission import iter_files

LARGEST_MB = 100


def take_file(layout: CourseLayout, student: str, quiz: str, file: str | None = None) -> Candidate:
    """Copy the likely file, or the one named, to where the notebook belongs; returns what it was.

    The file itself stays. A notebook that is there already is not replaced.

    raises : CourseError where nothing is likely, or the file is no notebook
    """
    [notebook, *others] = [one.name for one in load_assignment(layout, quiz).notebooks]
    folder = layout.submitted / student / quiz
    place = shown_path(folder)

    def refuse(message: str, fix: str) -> CourseError:
        return CourseError(Diagnostic(place, message, fix, item=terminal_safe(student)))

    if id_problem(student) or not folder.is_dir() or folder.is_symlink():
        raise refuse("nothing was collected here.", f"course collect {quiz}")
    if others:
        raise refuse("the assignment has several notebooks.", "rename the files yourself")
    target = folder / f"{notebook}.ipynb"
    if os.path.lexists(target):
        raise refuse(f"{target.name} is there already.", "remove it first if it is the wrong one")
    try:
        files = {name: read_file(path, name, LARGEST_MB << 20) for path, name in iter_files(folder)}
    except InvalidSubmission as error:
        raise refuse(f"{error}.", "ask the student to submit again") from None
    found = find_candidates(notebook, files)
    named = [one for one in found if file in (None, one.file, one.inner)]
    if not named:
        hint = did_you_mean(file or "", files) or "ask the student for the notebook (.ipynb)"
        raise refuse("no file here is a notebook under another name.", hint)
    try:
        content = content_of(named[0], files)
    except ValueError as error:
        raise refuse(f"{terminal_safe(str(error))}.", "ask the student to submit again") from None
    if not is_notebook(content):
        raise refuse(f"{terminal_safe(named[0].file)} is no notebook.", "name another file")
    write_atomic(Path(target), content)
    return named[0]
