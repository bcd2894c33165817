"""What a folder holds where the notebook of an assignment is missing, and which file it likely is.

Browsers, operating systems and students rename, pack, convert and nest what they save. Files are
only looked at: nothing is executed, and archives are listed and not unpacked, but for `take`.
"""

import io
import json
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from .names import terminal_safe

MOST_SHOWN = 8
MOST_IN_ZIP = 200  # names of an archive that are looked at
LARGEST_IN_ZIP = 100 << 20  # bytes
COPY = re.compile(r"([ _-]*(\(\d+\)|copy ?\d*|copy\d*|kopie|\d+|final|new))+$", re.IGNORECASE)
ENDINGS = (".ipynb.txt", ".ipynb.json", ".ipynb.htm", ".txt", ".json")


@dataclass(frozen=True)
class Candidate:
    """A file that may be the missing notebook."""

    file: str  # name in the folder of the submission
    why: str  # what happened to it, for the message
    inner: str = ""  # name in a zip archive
    score: int = 0  # the larger, the likelier


def find_candidates(wanted: str, files: Mapping[str, bytes]) -> list[Candidate]:
    """Return the files that may be a notebook, the likeliest first.

    wanted : name of the notebook, without .ipynb
    files  : name -> content of everything that was submitted
    """
    found = []
    for name, content in files.items():
        lower = name.lower()
        if lower.endswith(".zip"):
            found += in_archive(wanted, name, content)
        elif lower.endswith(".ipynb"):
            found.append(
                Candidate(name, renamed_how(wanted, name), "", likeness(wanted, name, content))
            )
        elif lower.endswith(ENDINGS) and is_notebook(content):
            why = f"the notebook, saved with the ending {name[name.rfind('.') :]}"
            found.append(Candidate(name, why, "", likeness(wanted, name, content)))
    return sorted(found, key=lambda one: (-one.score, one.file, one.inner))


def in_archive(wanted: str, name: str, content: bytes) -> list[Candidate]:
    """Return the notebooks in a zip archive."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            inner = [info.filename for info in archive.infolist()[:MOST_IN_ZIP]]
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        return []
    return [
        Candidate(name, "packed into a zip archive", one, likeness(wanted, one, b""))
        for one in inner
        if one.lower().endswith(".ipynb") and not one.startswith("__MACOSX/")
    ]


def renamed_how(wanted: str, name: str) -> str:
    """Return what happened to a notebook's name."""
    path = PurePosixPath(name)
    if path.stem == wanted and "/" in name:
        return f"in the folder {path.parent}"
    if COPY.sub("", path.stem).lower() == wanted.lower():
        return "renamed when it was saved or downloaded again"
    return "under another name"


def likeness(wanted: str, name: str, content: bytes) -> int:
    """Return how much speaks for a file: its cells above all, then its name."""
    stem = PurePosixPath(name).name.partition(".ipynb")[0]
    by_content = 4 if f'"{wanted}-introduction"'.encode() in content else 0
    if stem == wanted:
        return by_content + 3
    return by_content + (2 if COPY.sub("", stem).lower() == wanted.lower() else 0)


def is_notebook(content: bytes) -> bool:
    """Whether a file is a notebook by its content."""
    try:
        found = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError, MemoryError):
        return False
    return isinstance(found, dict) and isinstance(found.get("cells"), list)


def explain_missing(wanted: Sequence[str], files: Mapping[str, bytes], take: str) -> str:
    """Return why there is nothing to grade: what was expected, what is there, and what to do.

    wanted : names of the assignment's notebooks, without .ipynb
    files  : name -> content of everything that was submitted
    take   : command that takes the likely file
    """
    names = " or ".join(f"{name}.ipynb" for name in wanted)
    if not files:
        return f"there is no {names}; the folder is empty"
    shown = ", ".join(terminal_safe(name) for name in list(files)[:MOST_SHOWN])
    more = f" and {len(files) - MOST_SHOWN} more" if len(files) > MOST_SHOWN else ""
    said = f"there is no {names}; there is {shown}{more}"
    best = find_candidates(wanted[0], files)[:1] if len(wanted) == 1 else []
    if best:
        one = best[0]
        inside = f"{terminal_safe(one.inner)} in " if one.inner else ""
        return (
            f"{said}; most likely it is {inside}{terminal_safe(one.file)} ({one.why});"
            f" to take it: {take}"
        )
    if any(name.lower().endswith((".html", ".htm", ".pdf")) for name in files):
        return (
            f"{said}; a page made from the notebook cannot be graded,"
            " so ask the student for the notebook itself (.ipynb)"
        )
    return f"{said}; ask the student for the notebook itself (.ipynb)"


def content_of(candidate: Candidate, files: Mapping[str, bytes]) -> bytes:
    """Return the bytes of a candidate; ValueError where an archive cannot be read."""
    content = files[candidate.file]
    if not candidate.inner:
        return content
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive, archive.open(candidate.inner) as file:
            data = file.read(LARGEST_IN_ZIP + 1)
    except Exception as error:  # zipfile raises much for what is broken
        raise ValueError(f"{candidate.file} cannot be unpacked") from error
    if len(data) > LARGEST_IN_ZIP:
        raise ValueError(f"{candidate.inner} is larger than {LARGEST_IN_ZIP >> 20} MB")
    return data
