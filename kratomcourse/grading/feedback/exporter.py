"""nbgrader's exporter for `nbgrader generate_feedback`: our page for a quiz of the bank.

A notebook that is in no bank gets nbgrader's own page, made in a process that ends at a time limit.
A page that cannot be made in time becomes a plain one with points and comments, so one submission
never costs another its feedback.
"""

from pathlib import Path
from typing import Any

from nbconvert.exporters import HTMLExporter
from traitlets import Float, Unicode

from ...errors import CourseError
from ...quiz.bank import Bank, Item
from ..autograde.names import terminal_safe
from ..autograde.nbgrader_plugins import notebooks_of
from ..autograde.records import AssignmentNotebook
from .feedback_page import feedback_page
from .read_again import ReadAgain
from .results import QuestionResult, StoredNotebook, read_results, read_stored
from .time_limit import TooSlow, text_within


class FeedbackExporter(HTMLExporter):
    """Makes the page of one graded notebook."""

    course_url = Unicode(
        "", help="address of the published course, to which 'read again' leads"
    ).tag(config=True)
    page_seconds = Float(20.0, help="time for one page").tag(config=True)

    def from_filename(
        self, filename: str, resources: dict[str, Any] | None = None, **options: Any
    ) -> Any:
        """Return (HTML, resources) of a graded notebook, as nbgrader's converter asks for it."""
        resources = resources or {}
        about = resources["nbgrader"]
        quiz, student, name = about["assignment"], about["student"], about["notebook"]
        stored = read_stored(about["db_url"], quiz, name, student)
        notebook = self.source_notebook(quiz, name)
        resources |= {"output_extension": ".html", "outputs": {}}

        def make() -> str:
            if notebook is not None and notebook.bank is not None:
                results = read_results(Path(filename), notebook, student, stored)
                return self.page(notebook.bank.title, student, results, stored, notebook.bank)
            return str(
                super(FeedbackExporter, self).from_filename(filename, resources, **options)[0]
            )

        try:
            return text_within(self.page_seconds, make), resources
        except TooSlow as error:
            self.log.warning(
                "The page of %s was not made (%s); a plain one with points and comments was.",
                terminal_safe(student),
                terminal_safe(str(error))[:300],
            )
        return self.plain_page(name, student, stored), resources

    def source_notebook(self, quiz: str, name: str) -> AssignmentNotebook | None:
        """Return the instructor's version; None where it is no longer as it was handed out."""
        try:
            return notebooks_of(self.parent)(quiz, name)[1]
        except CourseError as error:
            self.log.warning("%s: nbgrader's own page is used (%s)", quiz, error)
            return None

    def page(
        self,
        title: str,
        student: str,
        results: list[QuestionResult],
        stored: StoredNotebook,
        bank: Bank | None,
    ) -> str:
        """Return our page."""
        place = ReadAgain(self.course_url)

        def reread(bank: Bank, item: Item) -> str:
            return place.html(bank, item)

        return feedback_page(title, student, results, stored, bank, reread)

    def plain_page(self, title: str, student: str, stored: StoredNotebook) -> str:
        """Return a page with points and comments alone, without a word of the student."""
        results = [
            QuestionResult(name, 0, grade, comment=stored.comments.get(name, ""))
            for name, grade in stored.grades.items()
            if grade.most
        ]
        return self.page(title, student, results, stored, None)
