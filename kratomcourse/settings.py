"""An instructor's settings, in `quizzes/course.yml`: the course's name and its late policy."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from .errors import CourseError, Diagnostic, did_you_mean, shown_path, yaml_error
from .evidence import load_course

FILE = "course.yml"
POLICIES = ("none", "per-day", "grace")
LATE_FIELDS: dict[str, type] = {
    "policy": str,
    "percent_per_day": float,
    "most_days": float,
    "grace_minutes": float,
}
PLUGINS = {
    "per-day": "kratomcourse.grading.autograde.late_policy.PerDayPenalty",
    "grace": "kratomcourse.grading.autograde.late_policy.GracePeriod",
}


@dataclass(frozen=True)
class LatePolicy:
    """What late work costs."""

    policy: str = "none"
    percent_per_day: float = 10.0
    most_days: float = 0.0  # 0 for no limit
    grace_minutes: float = 60.0

    def in_words(self) -> str:
        """Return the policy as students should read it."""
        if self.policy == "per-day":
            limit = f", and all after {self.most_days:g} days" if self.most_days else ""
            return f"{self.percent_per_day:g}% of the points for each day or part of one{limit}"
        if self.policy == "grace":
            return f"nothing for {self.grace_minutes:g} minutes, and then all points"
        return "nothing"


@dataclass(frozen=True)
class CourseSettings:
    """Everything in the file."""

    id: str = field(default_factory=lambda: load_course().slug)
    late: LatePolicy = LatePolicy()


def settings_path(folder: Path | None = None) -> Path:
    """Return the settings file of an nbgrader folder, or that of the checkout."""
    own = folder / FILE if folder else None
    checkout = Path(__file__).resolve().parents[1] / "quizzes" / FILE
    return own if own is not None and own.is_file() else checkout


def course_settings(folder: Path | None = None) -> CourseSettings:
    """Return the settings of an nbgrader folder; the defaults where there is no file.

    raises : CourseError for a field or value that cannot be, with file and fix
    """
    path = settings_path(folder)
    if not path.is_file():
        return CourseSettings()
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise yaml_error(error, path) from error
    late = data.pop("late", None) or {}
    check_fields(path, data, {"id": str})
    check_fields(path, late, LATE_FIELDS)
    settings = CourseSettings(**data, late=LatePolicy(**late))
    check_values(path, settings)
    return settings


def check_fields(path: Path, data: dict[str, Any], known: dict[str, type]) -> None:
    """CourseError for an unknown field, or a value of another type."""
    for name, value in data.items():
        if name not in known:
            hint = did_you_mean(str(name), known) or f"use one of: {', '.join(known)}"
            raise CourseError(Diagnostic(shown_path(path), f"'{name}' is not a setting.", hint))
        numeric = isinstance(value, int | float) and not isinstance(value, bool)
        if not (numeric if known[name] is float else isinstance(value, str)):
            kind = "a number" if known[name] is float else "text"
            raise CourseError(
                Diagnostic(shown_path(path), f"{name} is not {kind}: {value!r}.", f"write {kind}")
            )


def check_values(path: Path, settings: CourseSettings) -> None:
    """CourseError for a value outside of what is possible."""
    file, late = shown_path(path), settings.late
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}", settings.id):
        raise CourseError(
            Diagnostic(
                file,
                f"id '{settings.id}' cannot be the name of a folder.",
                "use letters, digits, dots and hyphens, such as pharm-101-2027",
            )
        )
    if late.policy not in POLICIES:
        hint = did_you_mean(late.policy, POLICIES) or f"use one of: {', '.join(POLICIES)}"
        raise CourseError(Diagnostic(file, f"late policy '{late.policy}' is unknown.", hint))
    if (
        not 0 < late.percent_per_day <= 100
        or not 0 < late.grace_minutes <= 43200
        or late.most_days < 0
    ):
        raise CourseError(
            Diagnostic(
                file,
                "percent_per_day, most_days or grace_minutes is out of range.",
                "use 1 to 100 percent, and at most 43200 minutes (30 days)",
            )
        )


def apply_settings(config: Any, folder: Path) -> None:
    """Set nbgrader's configuration from the settings; called by nbgrader_config.py.

    config : nbgrader's configuration object
    """
    settings = course_settings(folder)
    config.CourseDirectory.course_id = settings.id
    late = settings.late
    if late.policy in PLUGINS:
        config.AssignLatePenalties.plugin_class = PLUGINS[late.policy]
        config.PerDayPenalty.percent_per_day = float(late.percent_per_day)
        config.PerDayPenalty.most_days = float(late.most_days)
        config.GracePeriod.grace_minutes = float(late.grace_minutes)
