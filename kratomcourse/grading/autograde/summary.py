"""The summary of a run in words for the instructor, and the progress bar while it runs."""

import sys
from collections.abc import Iterator, Sequence
from typing import Any, Self

from .names import terminal_safe
from .records import GradingReport, ReportRow


class Bar:
    """A progress bar on a terminal; nothing elsewhere, where it would only fill a log."""

    def __init__(self, unit: str) -> None:
        self.unit = unit
        self.bar: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if self.bar is not None:
            self.bar.close()

    def show(self, done: int, total: int) -> None:
        """Move the bar to a number."""
        if self.bar is None:
            from tqdm import tqdm

            self.bar = tqdm(
                total=total, unit=self.unit, disable=not sys.stderr.isatty(), file=sys.stderr
            )
        self.bar.total = total
        self.bar.update(done - self.bar.n)


class GradingProgress(Bar):
    """A bar with the name of the last student, rate and time left."""

    def __init__(self) -> None:
        super().__init__("submission")

    def each(self, done: int, total: int, row: ReportRow) -> None:
        """Show one more submission."""
        self.show(done, total)
        self.bar.set_postfix_str(terminal_safe(row.student), refresh=False)


def report_lines(report: GradingReport) -> Iterator[str]:
    """Yield the summary: a line for each number, and one for each submission to look at."""
    for line in unsafe_report_lines(report):
        yield terminal_safe(line)


def unsafe_report_lines(report: GradingReport) -> Iterator[str]:
    """Yield the lines of the summary as they are, with what students wrote in them."""
    graded = [row for row in report.rows if row.state == "graded"]
    not_graded = [row for row in report.rows if row.state != "graded"]
    blocked = [row for row in graded if row.violations]
    repaired = [row for row in graded if row.repairs]
    yield f"quiz {report.quiz}: {len(report.rows)} submissions in {report.seconds:.1f} s" + (
        " (a dry run: nothing was written)" if report.dry else ""
    )
    if report.isolation == "none":
        yield "  NOT SANDBOXED (--sandbox none): code of these submissions ran as you"
    if report.isolation == "values":
        yield "  nothing was run (--sandbox values): only submissions of plain values were graded"
    yield counted("graded", len(graded))
    yield counted("graded before", report.skipped)
    yield counted("need manual grading", sum(row.waiting for row in graded))
    yield counted("late", sum(row.late > 0 for row in graded))
    yield counted("not graded", len(not_graded))
    for row in not_graded:
        yield f"    {row.student}: {row.why}"
    yield counted("blocked", len(blocked))
    for row in blocked:
        yield f"    {row.student} ({row.points:g} points): {shortened(row.violations, 3)}"
    if repaired:
        yield counted("repaired", len(repaired))
    for row in repaired:
        yield f"    {row.student}: {shortened(row.repairs, 2)}"
    in_kernel = sorted({name for row in graded for name in row.tests_in_kernel})
    if in_kernel:
        yield (
            f"  {len(in_kernel)} test cells have no bank item, so they ran beside the student's"
            f" code, which can forge their points: {', '.join(in_kernel[:5])}"
        )
    if report.accounting:
        yield f"  {report.accounting}"
    for problem in report.problems:
        yield f"  GRADEBOOK: {problem}"


def counted(label: str, number: int) -> str:
    """Return a line with a label and a number."""
    return f"  {label:<22}{number:>6}"


def shortened(lines: Sequence[str], most: int) -> str:
    """Return the first lines in one, and how many more there are."""
    more = f"; and {len(lines) - most} more" if len(lines) > most else ""
    return "; ".join(lines[:most]) + more
