"""What the package has to know of its subject, read from the course's own file `course.json`.

A course on another subject brings its own file; nothing else in the package names kratom, but for
`models/` and the pages on law.
"""

import json
import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from ..errors import CourseError, Diagnostic
from .place import evidence_dir

FILE = "course.json"
# Where reports of mistakes go: an address of mail, or of a form; see `Course.report`.
REPORT = re.compile(r"[^@\s:/?&]+@[^@\s:/?&]+\.[^@\s:/?&]+|https://\S+")
FIELDS = ("title", "short_title", "slug", "description", "topics", "areas", "colours")


@dataclass(frozen=True)
class Course:
    """A course's names, the topics of its facts, and the colours of what its figures compare."""

    title: str
    short_title: str  # under the icon on a phone
    slug: str  # in addresses and file names, and nbgrader's course id
    description: str
    topics: dict[str, str]  # {topic of a fact: its heading}
    colours: dict[str, dict[str, str]]  # {what is drawn: {"light": ..., "dark": ...}}
    areas: list[str]  # headings of the data catalogue, in order
    interests: dict[str, str]  # {direction of interest in coi.csv: in words}
    law_first: list[str]  # codes or ids of the rows of law that an edition shows first
    place: str  # what an edition calls its place: the institution that answers for it
    # Where readers report mistakes: a mail address, or the https address of a form for issues, in
    # which {title} and {body} are filled in. Empty: readers get a text to copy.
    report: str = ""


@cache
def load_course() -> Course:
    """Read `evidence/course.json`.

    raises : CourseError that names the field which is missing or empty
    """
    file = f"evidence/{FILE}"
    try:
        read: dict[str, Any] = json.loads((evidence_dir() / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CourseError(
            Diagnostic(file, f"can't be read: {error}.", "see CONTRIBUTING for its fields")
        ) from error
    if missing := [name for name in FIELDS if not read.get(name)]:
        raise CourseError(
            Diagnostic(file, f"{', '.join(missing)} is missing or empty.", "fill it in")
        )
    report = read.get("report", "")
    if report and not (isinstance(report, str) and REPORT.fullmatch(report)):
        raise CourseError(
            Diagnostic(
                file,
                f"report is neither a mail address nor an https address: {report!r}.",
                'write "someone@example.org" or "https://...", or "" for none',
            )
        )
    edition = read.get("edition", {})
    return Course(
        **{name: read[name] for name in FIELDS},
        interests=read.get("interests", {}),
        law_first=edition.get("law_first", []),
        place=edition.get("institution", ""),
        report=report,
    )


def is_edition() -> bool:
    """Whether this is an edition, which may leave out parts and keep the numbers of the others."""
    path = evidence_dir() / FILE
    return path.is_file() and '"edition"' in path.read_text(encoding="utf-8")
