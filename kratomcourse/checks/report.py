"""One readable report of everything that can be checked without building, and the same for
machines.
"""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ..chapters import load_chapters
from ..errors import CourseError, Diagnostic
from ..evidence import load_facts, load_references
from ..evidence.history import unrecorded
from ..evidence.tables import datapackage
from ..quiz import load_banks
from .absence import check_absence
from .alt import check_alt_texts
from .assignment_items import check_assignments
from .before_build import check_sources
from .exemptions import check_exemptions
from .freshness import Stale, stale_rows
from .items import check_items
from .links import check_links
from .numbers import check_numbers
from .prose import Measures, check_prose, measure_prose
from .reading import reading_grades
from .schemas import check_tables
from .typed_numbers import check_typed_numbers
from .wording import check_wording


@dataclass
class Report:
    """What a check found; `errors` alone make it fail."""

    counts: dict[str, int] = field(default_factory=dict)
    errors: list[Diagnostic] = field(default_factory=list)
    warnings: list[Diagnostic] = field(default_factory=list)
    stale: list[Stale] = field(default_factory=list)
    reading: dict[str, tuple[float, int]] = field(default_factory=dict)
    prose: list[Measures] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Whether there is no error."""
        return not self.errors

    def as_dict(self) -> dict[str, Any]:
        """The report as plain values, for `course check --json`."""
        return {
            "clean": self.is_clean,
            "counts": self.counts,
            "errors": [asdict(problem) for problem in self.errors],
            "warnings": [asdict(problem) for problem in self.warnings],
            "stale": [asdict(row) for row in self.stale],
            "reading": {
                file: {"median_grade": grade, "paragraphs": count}
                for file, (grade, count) in self.reading.items()
            },
        }

    def as_text(self) -> str:
        """The report as `course check` prints it."""
        lines = ["Counts", *(f"  {name:<14}{count}" for name, count in self.counts.items())]
        if self.reading:
            lines += [
                "",
                "Reading grade (median paragraph)",
                *(
                    f"  {grade:>5}  {file} ({count} paragraphs)"
                    for file, (grade, count) in self.reading.items()
                ),
            ]
        if self.prose:
            lines += ["", "Running prose: words a sentence, sentences under 8 words, grade"]
            lines += [
                f"  {one.mean_words:>5}  {one.short_percent:>5}%  {one.grade:>5}  {one.file}"
                for one in self.prose
            ]
        for title, found in (("Warnings", self.warnings), ("Errors", self.errors)):
            lines += ["", f"{title}: {len(found)}", *(f"  {problem}" for problem in found)]
        by_table: dict[str, int] = {}
        for row in self.stale:
            by_table[row.table] = by_table.get(row.table, 0) + 1
        due = ", ".join(f"{count} in {table}" for table, count in by_table.items()) or "none"
        lines += [
            "",
            f"Due for review: {due}" + (" (course check --stale lists them)" if self.stale else ""),
        ]
        return "\n".join(lines)


def check_course(root: Path) -> Report:
    """Run every check on the course at `root`; broken sources end it early, because the rest would
    only echo them.
    """
    report = Report()
    try:
        check_sources(root)
        report.errors += check_tables(root)
    except CourseError as error:
        report.errors += error.diagnostics
    if report.errors:
        return report
    for found in (
        check_wording(root),
        check_items(root),
        check_typed_numbers(root),
        check_absence(root),
    ):
        report.errors += found[0]
        report.warnings += found[1]
    report.errors += check_assignments(root)
    report.errors += check_exemptions(root, load_banks())
    report.errors += [*check_numbers(root), *check_links(root), *check_alt_texts(root)]
    report.errors += check_prose(root)
    if waiting := unrecorded():
        what = (
            f"{len(waiting)} changes of facts, laws or help lines are not in the list that "
            f"readers see, such as {waiting[0].row}."
        )
        report.warnings.append(Diagnostic("evidence/history", what, "course changes --record"))
    report.stale = stale_rows()
    report.reading = reading_grades(root)
    report.prose = measure_prose(root)
    banks, chapters = load_banks(), load_chapters(root)
    report.counts = {
        "facts": len(load_facts()),
        "works": len(load_references()),
        "data sets": len(datapackage()["resources"]),
        "chapters": len(chapters),
        "parts": sum(len(chapter.parts) for chapter in chapters),
        "check items": sum(len(bank.used_for("check")) for bank in banks.values()),
        "graded items": sum(len(bank.used_for("graded")) for bank in banks.values()),
    }
    return report
