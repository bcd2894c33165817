"""The plug-ins by which plain `nbgrader autograde` marks as `course grade` does: one for reading, one for running,
and a filter for the pages on which a person reads what was handed in.

All stand in nbgrader's own extension points, named in quizzes/nbgrader_config.py; nbgrader is not patched.
"""

import json
import re
from pathlib import Path

import bleach
import nbformat
from nbconvert.exporters import NotebookExporter
from nbconvert.filters import markdown2html
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Bool, Dict, Enum

from ..sandbox.bwrap import require_sandbox
from ..sandbox.limits import Limits
from .assignment import CourseLayout, load_assignment
from .executors import grade_task
from .grader import notebook_text
from .records import Submission
from .submission import InvalidSubmission, overwrite_locked_cells, read_submission


class UngradableSubmission(Exception):
    """nbgrader reports it, leaves this submission alone, and goes on with the others."""


def assignments_of(converter):
    """Paper by quiz and notebook, read once for a run of nbgrader."""
    known = converter.__dict__.setdefault("course_papers", {})

    def assignment(quiz, notebook):
        if (quiz, notebook) not in known:
            layout = CourseLayout(converter.coursedir.root, converter.coursedir.db_url)
            known[quiz, notebook] = layout, load_assignment(layout, quiz, notebook)
        return known[quiz, notebook]

    return assignment


class SubmissionExporter(NotebookExporter):
    """Reads what was handed in as `intake` does: no link is followed, sizes are bounded, locked cells are restored."""

    def from_filename(self, filename, resources=None, **options):
        about = (resources or {}).get("nbgrader", {})
        converter = self.parent
        submitted = converter.coursedir.format_path(
            converter.coursedir.submitted_directory,
            about.get("student", ""),
            about.get("assignment", ""),
        )
        if not about or Path(filename).parent.resolve() != Path(submitted).resolve():
            return super().from_filename(filename, resources=resources, **options)
        layout, assignment = assignments_of(converter)(about["assignment"], about["notebook"])
        marker = ExecuteInSandbox(parent=converter)
        try:
            submission = read_submission(
                Path(filename).parent,
                about["student"],
                assignment.quiz,
                assignment.name,
                marker.bounds,
            )
            notebook = restored(assignment, submission, marker)
        except InvalidSubmission as error:
            raise UngradableSubmission(f"{about['student']}: {error}") from None
        return self.from_notebook_node(notebook, resources=resources, **options)


def restored(assignment, submission, marker):
    """The notebook as it will be run; what was put right goes to nbgrader's log."""
    cells, repairs, tampering = overwrite_locked_cells(assignment, submission.notebook)
    for line in (*repairs, *tampering):
        marker.log.warning("%s: %s", submission.student, line)
    return nbformat.reads(notebook_text(assignment, cells), as_version=4)


class ExecuteInSandbox(NbGraderPreprocessor):
    """Runs cells in the sandbox and scores the answers here; replaces nbgrader's Execute."""

    isolation = Enum(
        ("bubblewrap", "none"),
        "bubblewrap",
        help="none is for work of people you trust: their code runs as you",
    ).tag(config=True)
    limits = Dict(
        help="limits of a submission, such as {'cell_seconds': 20}; see `course grade --help`"
    ).tag(config=True)
    allow_tests_in_kernel = Bool(
        True,
        help="whether test cells that no bank item describes may run beside the student's code",
    ).tag(config=True)

    @property
    def bounds(self):
        return Limits(**self.limits)

    def preprocess(self, nb, resources):
        if self.isolation == "bubblewrap":
            require_sandbox()
        about = resources["nbgrader"]
        layout, assignment = assignments_of(self.parent.parent)(
            about["assignment"], about["notebook"]
        )
        in_kernel = [
            cell.name
            for cell in assignment.cells
            if cell.is_test and cell.points and cell.name not in assignment.items
        ]
        if in_kernel and not self.allow_tests_in_kernel:
            raise UngradableSubmission(
                f"the test '{in_kernel[0]}' has no bank item and would run beside the student's code; ExecuteInSandbox.allow_tests_in_kernel is False"
            )
        handed_in = read_submission(
            layout.submitted / about["student"] / about["assignment"],
            about["student"],
            assignment.quiz,
            assignment.name,
            self.bounds,
        )
        submission = Submission(
            about["student"], assignment.quiz, nbformat.writes(nb).encode(), handed_in.files
        )
        settings = {
            "limits": self.bounds,
            "isolation": self.isolation,
            "hidden": [str(folder) for folder in layout.hidden()],
        }
        outcome = grade_task(assignment, submission, settings)
        if outcome.state != "graded":
            raise UngradableSubmission(f"{outcome.student}: {outcome.why}")
        for line in (*outcome.repairs, *outcome.violations):
            self.log.warning("%s: %s", outcome.student, line)
        if outcome.tests_in_kernel:
            self.log.warning(
                "%s: tests without a bank item ran beside the student's code: %s",
                outcome.student,
                ", ".join(outcome.tests_in_kernel),
            )
        graded = nbformat.from_dict(json.loads(outcome.notebook))
        nb.cells = graded.cells
        return nb, resources


TAGS = {
    *bleach.ALLOWED_TAGS, "br", "caption", "dd", "del", "details", "div", "dl", "dt", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "img", "kbd",
    "p", "pre", "s", "span", "sub", "summary", "sup", "table", "tbody", "td", "th", "thead", "tr",
}  # fmt: skip
NAME_OF_A_PICTURE = re.compile(r"[\w-][\w./ -]*", re.ASCII)


def sanitise_html(source):
    """Markdown as HTML in which nothing runs, nothing is fetched from elsewhere and nothing covers the page.

    Stands in the place of nbconvert's filter `markdown2html`, which lets scripts of a written answer through: in the
    formgrader they would run as the instructor, who may change any mark. What is not allowed is shown as text.
    """
    return bleach.clean(
        markdown2html(source),
        tags=TAGS,
        attributes=attribute_allowed,
        protocols={"http", "https", "mailto"},
    )


def attribute_allowed(tag, name, value):
    if tag == "img":
        return name == "alt" or (
            name == "src" and NAME_OF_A_PICTURE.fullmatch(value) is not None and ".." not in value
        )
    return name in {
        "a": ("href", "title"),
        "abbr": ("title",),
        "th": ("align",),
        "td": ("align",),
    }.get(tag, ()) or (name == "id" and tag in ("h1", "h2", "h3", "h4", "h5", "h6"))
