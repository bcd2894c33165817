"""nbgrader settings of this course. Run nbgrader in this folder, wherever the course is checked
out.

NBGRADER_EXCHANGE names the folder through which assignments and submissions pass. Without it the
exchange is a folder here, which is enough for one person who tries things out; students on a shared
machine need one that all of them can reach, such as /srv/nbgrader/exchange.
"""

import os
from pathlib import Path

from kratomcourse.settings import apply_settings

c = get_config()
here = Path(__file__).resolve().parent

# The course's name and what late work costs are in course.yml.
apply_settings(c, here)
c.CourseDirectory.root = str(here)
c.Exchange.root = os.environ.get("NBGRADER_EXCHANGE") or str(here / "exchange")

# What stands in place of a solution. nbgrader's own would raise an error in every cell that is left
# as it is.
c.ClearSolutions.code_stub = {
    "python": "pass  # Your answer goes above this line. Run this cell, then the check below it."
}

# The order of the options, and numbers of a student's own, follow from a secret that is made here
# the first time: .course-secret. Keep it until the term is over, and out of every repository.
c.GenerateAssignment.preprocessors.prepend(
    [
        "kratomcourse.grading.assignment_source.release_order.ShuffleOptions",
        "kratomcourse.grading.assignment_source.variant_key.InsertVariantKey",
    ]
)

# Grading: what students hand in is read without following a link, run behind walls, and marked
# outside of them. `course grade` does the same, many at a time. Limits are options:
# c.ExecuteInSandbox.limits = {"cell_seconds": 20}.
c.Autograde.exporter_class = "kratomcourse.grading.autograde.nbgrader_plugins.SubmissionExporter"
c.Autograde.autograde_preprocessors = [
    "kratomcourse.grading.autograde.nbgrader_plugins.ExecuteInSandbox",
    "nbgrader.preprocessors.IgnorePattern",
    "nbconvert.preprocessors.ClearMetadataPreprocessor",
    "nbgrader.preprocessors.LimitOutput",
    "nbgrader.preprocessors.SaveAutoGrades",
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
]

# What a student wrote is shown to you, and must not run there: no script of an answer in formgrader
# and feedback. Long texts are cut or shown as they are, since Markdown and colours can take minutes
# on some.
c.HTMLExporter.filters = {
    "markdown2html": "kratomcourse.grading.autograde.nbgrader_plugins.sanitise_html",
    "highlight_code": "kratomcourse.grading.autograde.nbgrader_plugins.bounded_highlight",
    "strip_files_prefix": "kratomcourse.grading.autograde.nbgrader_plugins.unchanged",
}
c.HTMLExporter.preprocessors = ["kratomcourse.grading.feedback.marker_view.MarkerView"]

# Feedback has a page of the course's own. COURSE_URL is where the course is published, for links to
# what to read again; without it the pages name the part.
c.GenerateFeedback.exporter_class = "kratomcourse.grading.feedback.exporter.FeedbackExporter"
c.FeedbackExporter.course_url = os.environ.get("COURSE_URL", "")

# Where nbgrader runs a notebook itself, as in validate: one cell may take a minute; a kernel may
# take two to start on a busy machine.
c.ExecutePreprocessor.timeout = 60
c.ExecutePreprocessor.startup_timeout = 120
c.ExecutePreprocessor.kernel_name = "python3"
# Short tracebacks: IPython's long ones double the time of a submission that has failing cells.
c.Execute.extra_arguments = [
    "--HistoryManager.hist_file=:memory:",
    "--InteractiveShell.xmode=Plain",
]

# Collected by hand: one zip for each student, named after the student (ada.zip holds
# 02-pharmacology.ipynb).
c.FileNameCollectorPlugin.named_regexp = (
    r".*/extracted/(?P<student_id>[^/]+)/(?:.*/)?(?P<file_id>[^/]+)\.ipynb"
)
