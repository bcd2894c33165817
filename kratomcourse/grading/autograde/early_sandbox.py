"""Starts the sandbox before the grader itself is imported, so that both happen at the same time."""

from itertools import islice
from pathlib import Path

from ..sandbox.limits import Limits
from ..sandbox.session import LIGHT_PRELOAD, Sandbox

COURSE = Path(__file__).resolve().parents[3]
FEW = 16  # submissions that are graded in one process


def start_early(
    root: Path, quiz: str, limits: Limits, student: str | None, again: bool
) -> Sandbox | None:
    """Return a sandbox that is starting, where a run will need one in its own process.

    root    : folder with nbgrader_config.py
    student : this student alone
    again   : whether what is graded already is graded again
    returns : None where there is nothing to grade, or so much that a cluster is started
    """
    folders = root.glob(f"submitted/{student or '*'}/{quiz}") if is_plain(student) else iter(())
    waiting = (
        folder
        for folder in folders
        if again or not (root / "autograded" / folder.parent.name / quiz).is_dir()
    )
    count = sum(1 for _ in islice(waiting, FEW + 1))
    if not 0 < count <= FEW:
        return None
    sandbox = Sandbox(limits, hidden=hidden_folders(root), preload=LIGHT_PRELOAD)
    try:
        sandbox.launch()
    except OSError:  # no bubblewrap; the run says so
        sandbox.close()
        return None
    return sandbox


def is_plain(student: str | None) -> bool:
    """Whether a name has no character that a pattern of file names gives a meaning."""
    return student is None or not set(student) & set("*?[]/")


def hidden_folders(root: Path) -> list[str]:
    """Return the folders that no submission may see, wherever they lie."""
    return [str(root.resolve()), str(COURSE)]
