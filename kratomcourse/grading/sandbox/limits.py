"""Limits on what one submission may use."""

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ...errors import CourseError, Diagnostic, did_you_mean


class Limits(BaseModel):
    """What one submission may use. Each is an option: `course grade --limit cell_seconds=20`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    cell_seconds: float = Field(
        default=10,
        gt=0,
        description="time for one cell or one question to it, without what it waits for a"
        " processor; then the cell is interrupted",
    )
    grace_seconds: float = Field(
        default=2, gt=0, description="time to obey the interruption; then the submission is ended"
    )
    total_seconds: float = Field(default=60, gt=0, description="time for the whole submission")
    memory_mb: int = Field(
        default=1024, gt=0, description="memory beyond what the warm interpreter has, in MB"
    )
    processes: int = Field(default=64, gt=0, description="processes and threads at one time")
    file_mb: int = Field(default=50, gt=0, description="size of one file, in MB")
    disk_mb: int = Field(default=100, gt=0, description="size of all files, in MB")
    output_kb: int = Field(
        default=1024, gt=0, description="output of all cells that is kept, in KB"
    )
    answer_kb: int = Field(default=64, gt=0, description="size of one answer, in KB")
    notebook_mb: float = Field(
        default=10, gt=0, description="size of the notebook handed in, in MB"
    )
    extra_mb: float = Field(
        default=10, gt=0, description="size of all other files handed in, in MB"
    )


def limits_from(options: Sequence[str]) -> Limits:
    """Return the limits of `name=value` words; CourseError for a name or value that is not one."""
    given: dict[str, Any] = {}
    for word in options:
        name, equals, value = word.partition("=")
        if not equals or name not in Limits.model_fields:
            known = "; ".join(
                f"{key} ({field.description}, {field.default})"
                for key, field in Limits.model_fields.items()
            )
            hint = did_you_mean(name, Limits.model_fields) or f"one of: {known}"
            raise CourseError(Diagnostic("--limit", f"'{word}' is not a limit.", hint))
        given[name] = value
    try:
        return Limits(**given)
    except ValidationError as error:
        first = error.errors()[0]
        raise CourseError(
            Diagnostic("--limit", f"{first['loc'][0]}: {first['msg']}.", "give a number above 0")
        ) from None
