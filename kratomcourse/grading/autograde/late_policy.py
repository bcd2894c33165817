"""Two ready policies for late work, as plugins of nbgrader; `quizzes/course.yml` chooses one.

`course grade` and `nbgrader autograde` both ask the plugin. What it takes off is kept apart from
the score, so another policy needs `--regrade` and nothing else.
"""

import math

from nbgrader.plugins import BasePlugin
from traitlets import Float

DAY = 24 * 60 * 60


class PerDayPenalty(BasePlugin):  # type: ignore[misc]  # nbgrader has no types
    """Takes off a share of the points earned for each day, or part of one."""

    percent_per_day = Float(10.0, help="share of the points earned, in percent").tag(config=True)
    most_days = Float(0.0, help="after so many days all points; 0 for no limit").tag(config=True)

    def late_submission_penalty(
        self, student_id: str, score: float, total_seconds_late: float
    ) -> float | None:
        """Return how many points to take off; never more than were earned."""
        if total_seconds_late <= 0:
            return None
        days = math.ceil(total_seconds_late / DAY)
        if self.most_days and total_seconds_late > self.most_days * DAY:
            return float(score)
        return float(round(score * min(1.0, days * self.percent_per_day / 100), 4))


class GracePeriod(BasePlugin):  # type: ignore[misc]  # nbgrader has no types
    """Takes nothing off for some time, and all points after it."""

    grace_minutes = Float(60.0, help="how late work may be").tag(config=True)

    def late_submission_penalty(
        self, student_id: str, score: float, total_seconds_late: float
    ) -> float | None:
        """Return how many points to take off: none within the period of grace, else all."""
        return float(score) if total_seconds_late > self.grace_minutes * 60 else None
