"""The paper: the instructor's version of a quiz, from nbgrader's gradebook and the source notebook, and its bank items.

The gradebook says what was handed out and what it is worth, the source notebook in which order, the bank what is right.
Where the three do not agree, grading stops before it begins.
"""

import json
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook, MissingEntry

from ...errors import CourseError, Diagnostic, did_you_mean, shown_path
from ...quiz import load_bank
from ...quiz.bank import banks_dir
from ..assignment_source.notebooks import VARIANT_KEY_PLACEHOLDER, cell_id, source_notebook
from ..assignment_source.variant_key import variant_key_of
from .records import Assignment, SourceCell
from .submission import iter_files, read_file


def load_assignment(layout, quiz, notebook=None):
    """Paper of one notebook.

    folders  : Folders of the instructor
    quiz     : name of the assignment
    notebook : name of the notebook; the only one of the assignment where None
    raises   : CourseError where gradebook, source and bank do not agree, with what to run
    """
    remake = f"in the folder {shown_path(layout.root)}: nbgrader generate_assignment {quiz} --force"
    with Gradebook(layout.db_url, layout.course_id) as gradebook:
        try:
            stored_assignment = gradebook.find_assignment(quiz)
        except MissingEntry:
            names = [stored_assignment.name for stored_assignment in gradebook.assignments]
            hint = (
                did_you_mean(quiz, names)
                or (f"one of {', '.join(names)}, or " if names else "") + remake
            )
            raise CourseError(
                Diagnostic(
                    layout.display_db_url, f"no quiz '{quiz}' has been made in the gradebook.", hint
                )
            ) from None
        names = sorted(entry.name for entry in stored_assignment.notebooks)
        if notebook is None and len(names) != 1:
            raise CourseError(
                Diagnostic(
                    layout.display_db_url,
                    f"the quiz '{quiz}' has {len(names)} notebooks: {', '.join(names)}.",
                    "grade it with nbgrader autograde, which marks outside as well",
                    item=quiz,
                )
            )
        entry = gradebook.find_notebook(notebook or names[0], quiz)
        kernelspec = (
            json.loads(entry.kernelspec)
            if entry.kernelspec
            else {"display_name": "Python 3", "language": "python", "name": "python3"}
        )
        points = {cell.name: cell.max_score for cell in (*entry.grade_cells, *entry.task_cells)}
        solutions, tasks, graded = (
            {cell.name for cell in group}
            for group in (entry.solution_cells, entry.task_cells, entry.grade_cells)
        )
        stored = {
            cell.name: SourceCell(
                cell.name,
                cell.cell_type,
                cell.source,
                grade=cell.name in graded,
                solution=cell.name in solutions,
                locked=cell.locked,
                task=cell.name in tasks,
                points=points.get(cell.name),
                checksum=cell.checksum,
            )
            for cell in entry.source_cells
        }
        name = entry.name
    path = layout.source / quiz / f"{name}.ipynb"
    course = variant_key_of(cell.source for cell in stored.values())
    cells = tuple(insert_ltr_marks(path, stored, remake, course))
    others = (
        {}
        if not path.parent.is_dir()
        else {
            short: read_file(full, short, 50 << 20)
            for full, short in iter_files(path.parent)
            if not short.endswith(".ipynb")
        }
    )
    return Assignment(
        quiz,
        name,
        cells,
        items_of(layout, quiz, name, stored, remake, course),
        kernelspec,
        others,
        course,
    )


def insert_ltr_marks(path, stored, remake, course):
    """The cells in the order of the source notebook; CourseError where it is not the one that was handed out."""
    if not path.exists():
        raise CourseError(
            Diagnostic(
                shown_path(path),
                "is not there, so the order of the cells is not known.",
                "course quiz build",
            )
        )
    left = dict(stored)
    for cell in nbformat.read(path, as_version=4).cells:
        role = cell.metadata.get("nbgrader", {})
        name = (
            role.get("grade_id")
            if role.get("grade") or role.get("solution") or role.get("locked") or role.get("task")
            else None
        )
        if name is None:
            yield SourceCell("", cell.cell_type, cell.source)
            continue
        if name not in left:
            raise CourseError(
                Diagnostic(
                    shown_path(path),
                    "has a cell that the gradebook does not have.",
                    remake,
                    item=name,
                )
            )
        of = left.pop(name)
        if not of.solution and of.source != cell.source.replace(VARIANT_KEY_PLACEHOLDER, course):
            raise CourseError(
                Diagnostic(
                    shown_path(path),
                    "a cell is not as it was when the quiz was handed out.",
                    remake,
                    item=name,
                )
            )
        yield of
    if left:
        raise CourseError(
            Diagnostic(
                shown_path(path), "lacks a cell that the gradebook has.", remake, item=min(left)
            )
        )


def items_of(layout, quiz, name, stored, remake, course):
    """Graded cell -> bank item, where the bank makes exactly the cell that was handed out; empty without a bank."""
    place = layout.banks or banks_dir()
    if not (place / f"{name}.yml").exists():
        return {}
    bank = load_bank(place / f"{name}.yml")
    made = {
        cell.metadata.nbgrader.grade_id: cell.source.replace(VARIANT_KEY_PLACEHOLDER, course)
        for cell in source_notebook(bank).cells
    }
    items = {}
    for item in bank.used_for("graded"):
        of = stored.get(cell_id(item))
        if of is None or (of.is_test and of.source != made[of.name]):
            raise CourseError(
                Diagnostic(
                    shown_path(place / f"{name}.yml"),
                    "the gradebook holds another version of this item.",
                    f"course quiz build, then {remake}",
                    item=item.id,
                )
            )
        if of.is_test:
            items[of.name] = item
    return items


class CourseLayout:
    """Where an instructor's nbgrader folder keeps what; read from its nbgrader_config.py."""

    def __init__(self, root, db_url=None, banks=None):
        """
        root   : folder with nbgrader_config.py
        db_url : gradebook in nbgrader's form, such as sqlite:///gradebook.db or postgresql://...
        banks  : folder of bank files; `bank` in root where there is one, else that of the course
        """
        from nbgrader.coursedir import CourseDirectory

        self.root = Path(root).resolve()
        config = read_config(self.root)
        config.CourseDirectory.root = str(self.root)
        if db_url:
            config.CourseDirectory.db_url = db_url
        self.config = config
        self.course = CourseDirectory(config=config)
        self.course_id = self.course.course_id
        self.db_url = self.course.db_url
        self.banks = (
            Path(banks)
            if banks
            else (self.root / "bank" if (self.root / "bank").is_dir() else None)
        )
        self.source, self.submitted, self.autograded = (
            self.root / getattr(self.course, f"{name}_directory")
            for name in ("source", "submitted", "autograded")
        )

    @property
    def display_db_url(self):
        """The gradebook without a password."""
        from sqlalchemy.engine import make_url

        return make_url(self.db_url).render_as_string(hide_password=True)

    def hidden(self):
        """Folders that no submission may see, wherever they lie."""
        from ..assignment_source.notebooks import __file__ as here

        return [self.root, Path(here).resolve().parents[2]]

    def students(self, quiz):
        """Names of those who handed in, in order; links among the folders are left out by `intake`."""
        return sorted(
            path.parent.name
            for path in self.submitted.glob(f"*/{quiz}")
            if not path.parent.name.startswith(".")
        )


def read_config(root):
    from traitlets.config import PyFileConfigLoader

    path = root / "nbgrader_config.py"
    if not path.exists():
        raise CourseError(
            Diagnostic(
                shown_path(path),
                "is not there.",
                "stand in the course's folder quizzes, or name it with --folder",
            )
        )
    return PyFileConfigLoader("nbgrader_config.py", path=str(root)).load_config()
