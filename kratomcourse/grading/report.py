"""The report: what a run did, in words for the instructor, and the bar while it runs."""

import sys

from pydantic import ValidationError

from ..errors import CourseError, Diagnostic, did_you_mean
from .records import Limits


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
    marked = [row for row in report.rows if row.state == "marked"]
    broken = [row for row in report.rows if row.state != "marked"]
    contained = [row for row in marked if row.contained]
    yield f"quiz {report.quiz}: {len(report.rows)} submissions in {report.seconds:.1f} s" + (
        " (a dry run: nothing was written)" if report.dry else ""
    )
    if report.sandbox == "none":
        yield "  WITHOUT WALLS (--sandbox none): code of these submissions ran as you"
    yield f"  {'marked':<22}{len(marked):>6}"
    yield f"  {'marked before':<22}{report.skipped:>6}"
    yield f"  {'wait for a person':<22}{sum(row.waiting for row in marked):>6}"
    yield f"  {'late':<22}{sum(row.late > 0 for row in marked):>6}"
    yield f"  {'broken':<22}{len(broken):>6}"
    for row in broken:
        yield f"    {row.student}: {row.why}"
    yield f"  {'contained':<22}{len(contained):>6}"
    for row in contained:
        yield f"    {row.student} ({row.points:g} points): {'; '.join(row.contained[:3])}{f'; and {len(row.contained) - 3} more' if len(row.contained) > 3 else ''}"
    noted = [row for row in marked if row.noted]
    if noted:
        yield f"  {'put right':<22}{len(noted):>6}"
        for row in noted:
            yield f"    {row.student}: {'; '.join(row.noted[:2])}{f'; and {len(row.noted) - 2} more' if len(row.noted) > 2 else ''}"
    inside = sorted({name for row in marked for name in row.ran_inside})
    if inside:
        yield f"  {len(inside)} test cells have no bank item, so they ran beside the student's code, which can forge their points: {', '.join(inside[:5])}"
    for problem in report.problems:
        yield f"  GRADEBOOK: {problem}"


def limits_from(words):
    """Limits from `name=value` words; CourseError for a name or value that is none."""
    given = {}
    for word in words:
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
