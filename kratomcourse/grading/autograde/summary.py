"""The report: what a run did, in words for the instructor, and the bar while it runs."""

import sys

from pydantic import ValidationError

from ...errors import CourseError, Diagnostic, did_you_mean
from ..sandbox.limits import Limits


class Progress:
    """A bar with rate and time left on a terminal; nothing elsewhere, where it would only fill a log."""

    def __enter__(self):
        self.bar = None
        return self

    def each(self, done, total, row):
        if self.bar is None:
            from tqdm import tqdm

            self.bar = tqdm(
                total=total, unit="submission", disable=not sys.stderr.isatty(), file=sys.stderr
            )
        self.bar.total = total
        self.bar.update(done - self.bar.n)
        self.bar.set_postfix_str(row.student, refresh=False)

    def __exit__(self, *error):
        if self.bar is not None:
            self.bar.close()


class Count:
    """A bar for a count of like things, on a terminal."""

    def __init__(self, unit):
        self.unit, self.bar = unit, None

    def __enter__(self):
        return self

    def each(self, done, total):
        if self.bar is None:
            from tqdm import tqdm

            self.bar = tqdm(
                total=total, unit=self.unit, disable=not sys.stderr.isatty(), file=sys.stderr
            )
        self.bar.update(done - self.bar.n)

    def __exit__(self, *error):
        if self.bar is not None:
            self.bar.close()


def report_lines(report):
    """The summary, a line for each number and one for each submission that somebody should look at."""
    graded = [row for row in report.rows if row.state == "graded"]
    broken = [row for row in report.rows if row.state != "graded"]
    violations = [row for row in graded if row.violations]
    yield f"quiz {report.quiz}: {len(report.rows)} submissions in {report.seconds:.1f} s" + (
        " (a dry run: nothing was written)" if report.dry else ""
    )
    if report.isolation == "none":
        yield "  NOT SANDBOXED (--sandbox none): code of these submissions ran as you"
    yield f"  {'graded':<22}{len(graded):>6}"
    yield f"  {'graded before':<22}{report.skipped:>6}"
    yield f"  {'need manual grading':<22}{sum(row.waiting for row in graded):>6}"
    yield f"  {'late':<22}{sum(row.late > 0 for row in graded):>6}"
    yield f"  {'not graded':<22}{len(broken):>6}"
    for row in broken:
        yield f"    {row.student}: {row.why}"
    yield f"  {'blocked':<22}{len(violations):>6}"
    for row in violations:
        yield f"    {row.student} ({row.points:g} points): {'; '.join(row.violations[:3])}{f'; and {len(row.violations) - 3} more' if len(row.violations) > 3 else ''}"
    repairs = [row for row in graded if row.repairs]
    if repairs:
        yield f"  {'repaired':<22}{len(repairs):>6}"
        for row in repairs:
            yield f"    {row.student}: {'; '.join(row.repairs[:2])}{f'; and {len(row.repairs) - 2} more' if len(row.repairs) > 2 else ''}"
    in_kernel = sorted({name for row in graded for name in row.tests_in_kernel})
    if in_kernel:
        yield f"  {len(in_kernel)} test cells have no bank item, so they ran beside the student's code, which can forge their points: {', '.join(in_kernel[:5])}"
    for problem in report.problems:
        yield f"  GRADEBOOK: {problem}"


def limits_from(options):
    """Limits from `name=value` words; CourseError for a name or value that is none."""
    given = {}
    for word in options:
        name, equals, value = word.partition("=")
        if not equals or name not in Limits.model_fields:
            known = "; ".join(
                f"{key} ({field.description}, {field.default})"
                for key, field in Limits.model_fields.items()
            )
            hint = did_you_mean(name, Limits.model_fields) or f"one of: {known}"
            raise CourseError(Diagnostic("--limit", f"'{word}' is no limit.", hint))
        given[name] = value
    try:
        return Limits(**given)
    except ValidationError as error:
        first = error.errors()[0]
        raise CourseError(
            Diagnostic("--limit", f"{first['loc'][0]}: {first['msg']}.", "give a number above 0")
        ) from None
