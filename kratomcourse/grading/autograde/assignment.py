"""The paper: the instructor's version of a quiz, from nbgrader's gradebook and the source notebook, and its bank items.

The gradebook says what was handed out and what it is worth, the source notebook in which order, the bank what is right.
Where the three do not agree, grading stops before it begins.
"""

import json
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook, MissingEntry

from ...errors import CourseError, Diagnostic, did_you_mean, shown_path
from ...quiz.order import LETTERED, known_secret, order_key, reordered_bank
from ..assignment_source.notebooks import VARIANT_KEY_PLACEHOLDER, cell_id
from ..assignment_source.release_order import (
    bank_of,
    bank_path,
    in_secret_order,
    item_cells,
    named,
)
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
    bank = bank_of(layout.root, name, layout.banks)
    secret = known_secret(layout.root)
    key = order_key(secret, quiz) if secret and bank else None
    cells = tuple(cells_in_order(path, stored, remake, course, bank, key))
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
        items_of(
            bank,
            key,
            stored,
            shown_path(bank_path(layout.root, name, layout.banks)),
            remake,
            course,
        ),
        kernelspec,
        others,
        course,
    )


def cells_in_order(path, stored, remake, course, bank=None, key=None):
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
    cells = nbformat.read(path, as_version=4).cells
    changed = in_secret_order(named(cells), bank, key)[0] if key else {}
    for cell in cells:
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
        made = cell.source.replace(VARIANT_KEY_PLACEHOLDER, course)
        if not of.solution and of.source not in (made, changed.get(name, made)):
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


def items_of(bank, key, stored, file, remake, course):
    """Graded cell -> bank item in the order that was handed out; empty without a bank.

    bank   : the bank of the notebook, or None
    key    : of the order of options, or None where the course has no secret
    raises : CourseError for an item that the bank no longer makes as it was handed out
    """
    if bank is None:
        return {}
    # A quiz that was made without the course's settings has the public order.
    orders = [reordered_bank(bank, key), bank] if key else [bank]
    versions = [(one, item_cells(one)) for one in orders]
    items = {}
    for item in bank.used_for("graded"):
        name = cell_id(item)
        there, asked = stored.get(name), stored.get(f"{name}-question")
        if there is not None and not there.is_test:
            continue
        fit = [
            (version, made[asked.name] == asked.source if asked else False)
            for version, made in versions
            if there and there.source == made[name].replace(VARIANT_KEY_PLACEHOLDER, course)
        ]
        # Two orders can have the same key; then the question itself says which one was handed out.
        fit = [one for one in fit if one[1]] or fit
        same_order = item.kind not in LETTERED
        if len(fit) == 1 or (fit and (same_order or fit[0][1])):
            items[name] = fit[0][0].item(item.id)
        else:
            raise CourseError(
                Diagnostic(
                    file,
                    "the gradebook holds another version of this item.",
                    f"course quiz build, then {remake}",
                    item=item.id,
                )
            )
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
