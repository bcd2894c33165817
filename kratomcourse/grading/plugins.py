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

from .crew import work
from .intake import Refused, lay_over, read_submission
from .outside import notebook_text
from .paper import Folders, load_paper
from .records import Limits, Submission
from .walls import require_walls


class RefusedSubmission(Exception):
    """nbgrader reports it, leaves this submission alone, and goes on with the others."""


def papers_of(converter):
    """Paper by quiz and notebook, read once for a run of nbgrader."""
    known = converter.__dict__.setdefault("course_papers", {})

    def paper(quiz, notebook):
        if (quiz, notebook) not in known:
            folders = Folders(converter.coursedir.root, converter.coursedir.db_url)
            known[quiz, notebook] = folders, load_paper(folders, quiz, notebook)
        return known[quiz, notebook]

    return paper


class Intake(NotebookExporter):
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
        folders, paper = papers_of(converter)(about["assignment"], about["notebook"])
        marker = MarkOutside(parent=converter)
        try:
            submission = read_submission(
                Path(filename).parent, about["student"], paper.quiz, paper.name, marker.bounds
            )
            notebook = restored(paper, submission, marker)
        except Refused as error:
            raise RefusedSubmission(f"{about['student']}: {error}") from None
        return self.from_notebook_node(notebook, resources=resources, **options)


def restored(paper, submission, marker):
    """The notebook as it will be run; what was put right goes to nbgrader's log."""
    cells, noted, forged = lay_over(paper, submission.notebook)
    for line in (*noted, *forged):
        marker.log.warning("%s: %s", submission.student, line)
    return nbformat.reads(notebook_text(paper, cells), as_version=4)


class MarkOutside(NbGraderPreprocessor):
    """Runs the cells behind walls and marks the answers here; stands in the place of nbgrader's Execute."""

    sandbox = Enum(
        ("bubblewrap", "none"),
        "bubblewrap",
        help="none is for work of people you trust: their code runs as you",
    ).tag(config=True)
    limits = Dict(
        help="limits of a submission, such as {'cell_seconds': 20}; see `course grade --help`"
    ).tag(config=True)
    allow_inside = Bool(
        True,
        help="whether test cells that no bank item describes may run beside the student's code",
    ).tag(config=True)

    @property
    def bounds(self):
        return Limits(**self.limits)

    def preprocess(self, nb, resources):
        if self.sandbox == "bubblewrap":
            require_walls()
        about = resources["nbgrader"]
        folders, paper = papers_of(self.parent.parent)(about["assignment"], about["notebook"])
        inside = [
            cell.name
            for cell in paper.cells
            if cell.is_test and cell.points and cell.name not in paper.items
        ]
        if inside and not self.allow_inside:
            raise RefusedSubmission(
                f"the test '{inside[0]}' has no bank item and would run beside the student's code; MarkOutside.allow_inside is False"
            )
        handed_in = read_submission(
            folders.submitted / about["student"] / about["assignment"],
            about["student"],
            paper.quiz,
            paper.name,
            self.bounds,
        )
        submission = Submission(
            about["student"], paper.quiz, nbformat.writes(nb).encode(), handed_in.files
        )
        settings = {
            "limits": self.bounds,
            "sandbox": self.sandbox,
            "hidden": [str(folder) for folder in folders.hidden()],
        }
        outcome = work(paper, submission, settings)
        if outcome.state != "marked":
            raise RefusedSubmission(f"{outcome.student}: {outcome.why}")
        for line in (*outcome.noted, *outcome.contained):
            self.log.warning("%s: %s", outcome.student, line)
        if outcome.ran_inside:
            self.log.warning(
                "%s: tests without a bank item ran beside the student's code: %s",
                outcome.student,
                ", ".join(outcome.ran_inside),
            )
        graded = nbformat.from_dict(json.loads(outcome.notebook))
        nb.cells = graded.cells
        return nb, resources


TAGS = {
    *bleach.ALLOWED_TAGS, "br", "caption", "dd", "del", "details", "div", "dl", "dt", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "img", "kbd",
    "p", "pre", "s", "span", "sub", "summary", "sup", "table", "tbody", "td", "th", "thead", "tr",
}  # fmt: skip
NAME_OF_A_PICTURE = re.compile(r"[\w-][\w./ -]*", re.ASCII)


def harmless_html(source):
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
