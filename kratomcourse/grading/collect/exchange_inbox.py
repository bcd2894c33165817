"""Submissions in nbgrader's exchange, or in the exchange of a workshop.

A folder there belongs to the student who made it and can still be changed by them, so nothing about
it is trusted but its owner and the times that the file system keeps.
"""

import os
import pwd
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from ..autograde.names import id_problem, terminal_safe
from ..autograde.regular_files import InvalidSubmission
from ..autograde.timestamps import canonical, parse_timestamp
from ..sandbox.limits import Limits
from .submitted_files import FOLDER, CollectedSubmission, read_folder

# student+quiz+time, and a random text behind another + where nbgrader adds one
NAME = re.compile(
    r"(?P<student>.+)\+(?P<quiz>[^+]+)\+(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[^+]*)(\+[^+]*)?",
    re.DOTALL,
)
TOLERANCE = timedelta(minutes=5)  # between the time in a folder's name and its last change
MOST_FOLDERS = 100_000


@dataclass(frozen=True)
class InboxFolder:
    """One folder in the exchange, as its name says."""

    name: str
    student: str
    when: datetime


@dataclass(frozen=True)
class Refusal:
    """Something that was not taken in, and why."""

    student: str
    why: str


def read_inbox(
    inbound: Path,
    quiz: str,
    limits: Limits,
    check_owner: bool = True,
    trust_names: bool = False,
) -> Iterator[CollectedSubmission | Refusal]:
    """Yield the latest readable submission of each student, and a refusal for each that is not.

    inbound     : folder of the exchange into which students submit
    check_owner : whether a folder has to belong to the account that its name says
    trust_names : take the times of the folders' names, though their owners wrote them
    """
    handle = os.open(inbound, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        by_student: dict[str, list[InboxFolder]] = defaultdict(list)
        for name in list_names(handle):
            match = NAME.fullmatch(name)
            if match is None or match["quiz"] != quiz:
                continue
            try:
                by_student[match["student"]].append(
                    InboxFolder(name, match["student"], parse_timestamp(match["time"]))
                )
            except ValueError as error:
                yield Refusal(match["student"], f"the time of {terminal_safe(name)}: {error}")
        for student, folders in sorted(by_student.items()):
            if why := id_problem(student):
                yield Refusal(student, f"its name is not a valid id: {why}")
                continue
            found, refusals = latest_readable(
                handle, student, folders, limits, check_owner, trust_names
            )
            yield from refusals
            if found is not None:
                yield found
    finally:
        os.close(handle)


def list_names(handle: int) -> list[str]:
    """Return what is in the inbox, up to a number that no course has."""
    names = []
    with os.scandir(handle) as entries:
        for entry in entries:
            names.append(entry.name)
            if len(names) > MOST_FOLDERS:
                break
    return names


def latest_readable(
    inbound: int,
    student: str,
    folders: list[InboxFolder],
    limits: Limits,
    check_owner: bool,
    trust_names: bool,
) -> tuple[CollectedSubmission | None, list[Refusal]]:
    """Return the latest submission that can be read, and why newer ones could not."""
    refusals: list[Refusal] = []
    for folder in sorted(folders, key=lambda one: one.when, reverse=True):
        try:
            return read_one(inbound, folder, limits, check_owner, trust_names), refusals
        except InvalidSubmission as error:
            why = str(error)
        except OSError as error:
            why = f"it cannot be read ({error.strerror})"
        refusals.append(Refusal(student, f"{terminal_safe(folder.name)}: {why}"))
    return None, refusals


def read_one(
    inbound: int, folder: InboxFolder, limits: Limits, check_owner: bool, trust_names: bool
) -> CollectedSubmission:
    """Return the submission in one folder of the inbox."""
    handle = os.open(folder.name, FOLDER, dir_fd=inbound)
    try:
        if check_owner and (owner := account_of(os.fstat(handle).st_uid)) != folder.student:
            raise InvalidSubmission(
                f"it belongs to {owner}, not to {terminal_safe(folder.student)}"
            )
        files, changed = read_folder(handle, limits)
    finally:
        os.close(handle)
    when = folder.when
    notes: tuple[str, ...] = ()
    if not trust_names and changed > folder.when + TOLERANCE:
        when = changed
        notes = (
            f"its name says {canonical(folder.when)}, but it was changed at {canonical(changed)},"
            " which counts",
        )
    files.pop("timestamp.txt", None)
    return CollectedSubmission(folder.student, when, files, notes)


def account_of(uid: int) -> str:
    """Return the name of an account."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"
