"""Plug-ins by which plain `nbgrader autograde` grades as `course grade` does.

One reads, one runs, and a filter cleans the pages on which submissions are read. All are named in
quizzes/nbgrader_config.py and stand in nbgrader's own extension points; nbgrader is not patched.
"""

import contextlib
import html
import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import bleach
import nbformat
from nbconvert.exporters import NotebookExporter
from nbconvert.filters import markdown2html
from nbconvert.filters.highlight import Highlight2HTML
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Bool, Dict, Enum

from ..sandbox.bwrap import require_sandbox
from ..sandbox.limits import Limits
from .executors import grade_task
from .grader import notebook_text
from .instructor_version import CourseLayout, load_notebook
from .names import id_problem, terminal_safe
from .records import Assignment, AssignmentNotebook, Submission
from .regular_files import InvalidSubmission
from .submission import overwrite_locked_cells, read_submission


class UngradableSubmission(Exception):
    """nbgrader reports it, leaves this submission alone, and goes on with the others."""


Loader = Callable[[str, str], tuple[CourseLayout, AssignmentNotebook]]


def notebooks_of(converter: Any) -> Loader:
    """Return a function from quiz and notebook to both, which reads each once for a run."""
    known = converter.__dict__.setdefault("course_notebooks", {})

    def load(quiz: str, name: str) -> tuple[CourseLayout, AssignmentNotebook]:
        if (quiz, name) not in known:
            layout = CourseLayout(converter.coursedir.root, converter.coursedir.db_url)
            known[quiz, name] = layout, load_notebook(layout, quiz, name)
        found: tuple[CourseLayout, AssignmentNotebook] = known[quiz, name]
        return found

    return load


class SubmissionExporter(NotebookExporter):
    """Reads submissions as `submission` does: no links, bounded sizes, locked cells restored."""

    def from_filename(
        self, filename: str, resources: dict[str, Any] | None = None, **options: Any
    ) -> Any:
        """Return the notebook as it will be run, for nbgrader's own converter."""
        about = (resources or {}).get("nbgrader", {})
        converter: Any = self.parent
        submitted = converter.coursedir.format_path(
            converter.coursedir.submitted_directory,
            about.get("student", ""),
            about.get("assignment", ""),
        )
        if not about or Path(filename).parent.resolve() != Path(submitted).resolve():
            return super().from_filename(filename, resources=resources, **options)
        student = about["student"]
        if why := id_problem(student):
            raise UngradableSubmission(f"{terminal_safe(student)}: not a valid id: {why}")
        _, notebook = notebooks_of(converter)(about["assignment"], about["notebook"])
        preprocessor = ExecuteInSandbox(parent=converter)
        try:
            submission = read_submission(
                Path(filename).parent,
                student,
                notebook.quiz,
                [notebook.name],
                preprocessor.bounds,
            )
            overlaid = overwrite_locked_cells(notebook, submission.notebooks[notebook.name])
        except InvalidSubmission as error:
            raise UngradableSubmission(f"{student}: {error}") from None
        for line in (*overlaid.repairs, *overlaid.tampering):
            preprocessor.log.warning("%s: %s", student, line)
        restored = nbformat.reads(notebook_text(notebook, overlaid.cells), as_version=4)
        return self.from_notebook_node(  # type: ignore[no-untyped-call]
            restored, resources=resources, **options
        )


class ExecuteInSandbox(NbGraderPreprocessor):  # type: ignore[misc]
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
    def bounds(self) -> Limits:
        """The limits of a submission."""
        return Limits(**self.limits)

    def preprocess(self, nb: Any, resources: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        """Run and score one notebook in place."""
        if self.isolation == "bubblewrap":
            require_sandbox()
        about = resources["nbgrader"]
        layout, notebook = notebooks_of(self.parent.parent)(about["assignment"], about["notebook"])
        if notebook.tests_in_kernel and not self.allow_tests_in_kernel:
            raise UngradableSubmission(
                f"the test '{notebook.tests_in_kernel[0]}' has no bank item and would run beside"
                " the student's code; ExecuteInSandbox.allow_tests_in_kernel is False"
            )
        student = about["student"]
        try:
            submitted = read_submission(
                layout.submitted / student / about["assignment"],
                student,
                notebook.quiz,
                [notebook.name],
                self.bounds,
            )
        except InvalidSubmission as error:
            raise UngradableSubmission(f"{student}: {error}") from None
        submission = Submission(
            student,
            notebook.quiz,
            {notebook.name: nbformat.writes(nb).encode()},
            submitted.files,
        )
        settings = {
            "limits": self.bounds,
            "isolation": self.isolation,
            "hidden": [str(folder) for folder in layout.hidden()],
        }
        outcome = grade_task(Assignment(notebook.quiz, (notebook,)), submission, settings)
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
        nb.cells = nbformat.from_dict(json.loads(outcome.notebooks[0].text)).cells
        return nb, resources


HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
TABLES = ("caption", "table", "tbody", "td", "th", "thead", "tr")
TEXT = ("br", "del", "div", "hr", "img", "kbd", "p", "pre", "s", "span", "sub", "sup")
LISTS = ("dd", "details", "dl", "dt", "summary")
TAGS = frozenset((*bleach.ALLOWED_TAGS, *HEADINGS, *TABLES, *TEXT, *LISTS))
ATTRIBUTES = {"a": ("href", "title"), "abbr": ("title",), "th": ("align",), "td": ("align",)}
NAME_OF_A_PICTURE = re.compile(r"[\w-][\w./ -]*", re.ASCII)
LONGEST_MARKDOWN = 20_000  # characters of a cell; longer text is shown as it is
LONGEST_CODE = 8_000
LONGEST_SHOWN = 200_000  # characters of a cell in a page at all
WRAPPED = "white-space: pre-wrap; overflow-wrap: anywhere"  # long lines are not cut
PAGE_SECONDS = 10.0  # of processor time for one page; then text is shown as it is


class PageClock(threading.local):
    """The processor time that Markdown and colours of one page have taken."""

    spent = 0.0

    def start(self) -> None:
        """Begin a page."""
        self.spent = 0.0

    @property
    def is_over(self) -> bool:
        """Whether the page has had its time."""
        return self.spent > PAGE_SECONDS

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Count what is done meanwhile."""
        before = time.thread_time()
        try:
            yield
        finally:
            self.spent += time.thread_time() - before


PAGE_CLOCK = PageClock()


def sanitise_html(source: str) -> str:
    """Return Markdown as HTML: nothing in it runs, is fetched from elsewhere or covers the page.

    Takes the place of nbconvert's filter `markdown2html`, which lets scripts of a written answer
    through: in the formgrader they would run as the instructor, who may change any mark. What is
    not allowed is shown as text, and so is what would take too long.
    """
    if len(source) > LONGEST_MARKDOWN or PAGE_CLOCK.is_over:
        return shown_as_it_is(source)
    with PAGE_CLOCK.running():
        try:
            made = markdown2html(source)
        except Exception:  # such as a picture that is not there, for which no page would be made
            return shown_as_it_is(source)
        return str(
            bleach.clean(
                made,
                tags=TAGS,
                attributes=attribute_allowed,
                protocols={"http", "https", "mailto"},
            )
        )


def bounded_highlight(
    source: str, language: str | None = None, metadata: dict[str, Any] | None = None
) -> str:
    """Return code as HTML in colours; without them where they would take too long.

    Takes the place of nbconvert's filter `highlight_code`.
    """
    if len(source) > LONGEST_CODE or PAGE_CLOCK.is_over:
        return shown_as_it_is(source)
    highlight = Highlight2HTML(extra_formatter_options={"prestyles": WRAPPED})
    with PAGE_CLOCK.running():
        try:
            return str(highlight(source, language=language, metadata=metadata))
        except Exception:
            return shown_as_it_is(source)


def unchanged(text: str) -> str:
    """Return text as it is.

    Takes the place of nbconvert's filter `strip_files_prefix`, which looks for addresses of an old
    notebook server with a pattern that takes quadratic time on open brackets.
    """
    return text


def shown_as_it_is(text: str) -> str:
    """Return text as HTML that only shows it, cut to a length."""
    left_out = len(text) - LONGEST_SHOWN
    note = f"\n[{left_out} more characters are not shown]" if left_out > 0 else ""
    return f"<pre>{html.escape(text[:LONGEST_SHOWN])}{note}</pre>"


def attribute_allowed(tag: str, name: str, value: str) -> bool:
    """Whether an attribute may stay in HTML made from a student's Markdown."""
    if tag == "img" and name == "src":
        return NAME_OF_A_PICTURE.fullmatch(value) is not None and ".." not in value
    if tag == "img":
        return name == "alt"
    return name in ATTRIBUTES.get(tag, ()) or (name == "id" and tag in HEADINGS)
