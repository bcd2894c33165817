"""The instructor's version of a quiz, from nbgrader's gradebook, the source notebooks and the bank.

The gradebook says what was handed out and what it is worth, the source notebook in which order, the
bank what is right. Where the three do not agree, grading stops before it begins.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.api import Gradebook, MissingEntry

from ...errors import CourseError, Diagnostic, did_you_mean, shown_path
from ...quiz.bank import Bank, Item
from ...quiz.order import LETTERED, known_secret, order_key, reordered_bank
from ..assignment_source.handed_out import (
    bank_of,
    bank_path,
    in_secret_order,
    item_cells,
    named,
    variant_key_of,
)
from ..assignment_source.notebooks import VARIANT_KEY_PLACEHOLDER, cell_id
from .early_sandbox import hidden_folders
from .records import Assignment, AssignmentNotebook, SourceCell
from .regular_files import read_file
from .submission import iter_files

KERNELSPEC = {"display_name": "Python 3", "language": "python", "name": "python3"}
INSTRUCTORS_MB = 50  # of one of the instructor's own files
HIDDEN_MARKS = ("BEGIN HIDDEN TESTS", "END HIDDEN TESTS")
AUTOTESTS = ("AUTOTEST", "HASHED AUTOTEST")  # nbgrader puts tests in their place when it releases


class CourseLayout:
    """Where an instructor's nbgrader folder keeps what; read from its nbgrader_config.py."""

    def __init__(
        self, root: str | Path, db_url: str | None = None, banks: str | Path | None = None
    ) -> None:
        """Read the configuration.

        root   : folder with nbgrader_config.py
        db_url : gradebook in nbgrader's form, such as sqlite:///gradebook.db or postgresql://...
        banks  : folder of bank files; `bank` in root where there is one, else that of the course
        raises : CourseError where there is no nbgrader_config.py
        """
        from nbgrader.coursedir import CourseDirectory

        self.root = Path(root).resolve()
        config = read_config(self.root)
        config.CourseDirectory.root = str(self.root)
        if db_url:
            config.CourseDirectory.db_url = db_url
        self.config = config
        self.course = CourseDirectory(config=config)
        self.course_id: str = self.course.course_id
        self.db_url: str = self.course.db_url
        own_banks = self.root / "bank" if (self.root / "bank").is_dir() else None
        self.banks = Path(banks) if banks else own_banks
        self.source: Path = self.root / self.course.source_directory
        self.submitted: Path = self.root / self.course.submitted_directory
        self.autograded: Path = self.root / self.course.autograded_directory

    @property
    def display_db_url(self) -> str:
        """The gradebook's address without a password."""
        from sqlalchemy.engine import make_url

        return str(make_url(self.db_url).render_as_string(hide_password=True))

    @property
    def exchange_root(self) -> Path:
        """Folder of nbgrader's exchange."""
        return Path(str(self.config.Exchange.get("root") or "/usr/local/share/nbgrader/exchange"))

    def hidden(self) -> list[Path]:
        """Return the folders that no submission may see, wherever they lie."""
        return [Path(folder) for folder in hidden_folders(self.root)]

    def students(self, quiz: str) -> list[str]:
        """Return the names of the folders of those who submitted, in order and unchecked."""
        return sorted(
            path.parent.name
            for path in self.submitted.glob(f"*/{quiz}")
            if not path.parent.name.startswith(".")
        )


def read_config(root: Path) -> Any:
    """Return the configuration of an nbgrader folder."""
    from traitlets.config.loader import PyFileConfigLoader

    path = root / "nbgrader_config.py"
    if not path.exists():
        raise CourseError(
            Diagnostic(
                shown_path(path),
                "is not there.",
                "change into the course's folder quizzes, or name it with --folder",
            )
        )
    return PyFileConfigLoader("nbgrader_config.py", path=str(root)).load_config()


def load_assignment(layout: CourseLayout, quiz: str) -> Assignment:
    """Return a quiz with all its notebooks.

    quiz   : name of the assignment
    raises : CourseError where gradebook, source and bank do not agree, with what to run
    """
    with Gradebook(layout.db_url, layout.course_id) as gradebook:
        try:
            stored = gradebook.find_assignment(quiz)
        except MissingEntry:
            names = [assignment.name for assignment in gradebook.assignments]
            hint = did_you_mean(quiz, names) or (
                (f"one of {', '.join(names)}, or " if names else "") + how_to_remake(layout, quiz)
            )
            raise CourseError(
                Diagnostic(
                    layout.display_db_url, f"no quiz '{quiz}' has been made in the gradebook.", hint
                )
            ) from None
        names = sorted(entry.name for entry in stored.notebooks)
    if not names:
        raise CourseError(
            Diagnostic(
                layout.display_db_url,
                f"the quiz '{quiz}' has no notebook.",
                how_to_remake(layout, quiz),
            )
        )
    return Assignment(quiz, tuple(load_notebook(layout, quiz, name) for name in names))


def how_to_remake(layout: CourseLayout, quiz: str) -> str:
    """Return the command that makes a quiz anew."""
    root = shown_path(layout.root)
    return f"in the folder {root}: nbgrader generate_assignment {quiz} --force"


def load_notebook(layout: CourseLayout, quiz: str, name: str) -> AssignmentNotebook:
    """Return one notebook of a quiz.

    raises : CourseError where gradebook, source and bank do not agree, with what to run
    """
    remake = how_to_remake(layout, quiz)
    with Gradebook(layout.db_url, layout.course_id) as gradebook:
        entry = gradebook.find_notebook(name, quiz)
        kernelspec = json.loads(entry.kernelspec) if entry.kernelspec else KERNELSPEC
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
    path = layout.source / quiz / f"{name}.ipynb"
    key = variant_key_of(cell.source for cell in stored.values())
    bank = bank_of(layout.root, name, layout.banks)
    secret = known_secret(layout.root)
    order = order_key(secret, quiz) if secret and bank else None
    cells = tuple(cells_in_order(path, stored, remake, key, bank, order))
    files = {}
    if path.parent.is_dir():
        files = {
            short: read_file(full, short, INSTRUCTORS_MB << 20)
            for full, short in iter_files(path.parent)
            if not short.endswith(".ipynb")
        }
    versions = versions_of(bank, order, key)
    made = [sources for _, sources in versions]
    file = shown_path(bank_path(layout.root, name, layout.banks))
    return AssignmentNotebook(
        quiz,
        name,
        cells,
        items_of(bank, versions, stored, file, remake),
        kernelspec,
        files,
        key,
        bank,
        frozenset(
            name
            for name, cell in stored.items()
            if any(sources.get(name) == cell.source for sources in made)
        ),
        hidden_marks(layout.config),
    )


def hidden_marks(config: Any) -> tuple[str, str]:
    """Return the words between which tests are hidden from students."""
    if "ClearHiddenTests" not in config:
        return HIDDEN_MARKS  # nbgrader's own, without the import of its preprocessors
    from nbgrader.preprocessors import ClearHiddenTests

    hidden = ClearHiddenTests(config=config)
    return hidden.begin_test_delimeter, hidden.end_test_delimeter


def cells_in_order(
    path: Path,
    stored: Mapping[str, SourceCell],
    remake: str,
    key: str,
    bank: Bank | None,
    order: bytes | None,
) -> Iterator[SourceCell]:
    """Yield the cells in the order of the source notebook.

    key    : the variant key that the quiz was handed out with
    order  : of options, from `order_key`; None where the course has no secret
    raises : CourseError where it is not the notebook that was handed out
    """
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
    changed = in_secret_order(named(cells), bank, order)[0] if bank and order else {}
    for cell in cells:
        role = cell.metadata.get("nbgrader", {})
        counts = any(role.get(name) for name in ("grade", "solution", "locked", "task"))
        name = role.get("grade_id") if counts else None
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
        source = cell.source.replace(VARIANT_KEY_PLACEHOLDER, key)
        fits = of.source in (source, changed.get(name, source))
        if not of.solution and not fits and not has_autotests(source):
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


def has_autotests(source: str) -> bool:
    """Whether nbgrader put tests into a cell when it made the assignment; only it knows which."""
    return any(
        line.lstrip().startswith("#") and line.replace("#", "").strip().startswith(AUTOTESTS)
        for line in source.splitlines()
    )


def versions_of(
    bank: Bank | None, order: bytes | None, key: str
) -> list[tuple[Bank, dict[str, str]]]:
    """Return the bank in each order in which it may have been handed out, with the cells it makes.

    A quiz that was made without the course's settings has the public order.
    """
    if bank is None or not bank.used_for("graded"):
        return []
    orders = [reordered_bank(bank, order), bank] if order else [bank]
    return [
        (
            one,
            {
                name: source.replace(VARIANT_KEY_PLACEHOLDER, key)
                for name, source in item_cells(one).items()
            },
        )
        for one in orders
    ]


def items_of(
    bank: Bank | None,
    versions: Sequence[tuple[Bank, Mapping[str, str]]],
    stored: Mapping[str, SourceCell],
    file: str,
    remake: str,
) -> dict[str, Item]:
    """Return graded cell -> bank item, in the order of options that was handed out.

    raises : CourseError for an item that the bank no longer makes as it was handed out
    """
    if bank is None:
        return {}
    items: dict[str, Item] = {}
    for item in bank.used_for("graded"):
        name = cell_id(item)
        there, asked = stored.get(name), stored.get(f"{name}-question")
        if there is not None and not there.is_test:
            continue
        fit = [
            (version, made[asked.name] == asked.source if asked else False)
            for version, made in versions
            if there and there.source == made[name]
        ]
        # Two orders can have the same key; then the question itself says which was handed out.
        fit = [one for one in fit if one[1]] or fit
        same_order = item.kind not in LETTERED
        if not (len(fit) == 1 or (fit and (same_order or fit[0][1]))):
            raise CourseError(
                Diagnostic(
                    file,
                    "the gradebook holds another version of this item.",
                    f"course quiz build, then {remake}",
                    item=item.id,
                )
            )
        items[name] = fit[0][0].item(item.id)
    return items
