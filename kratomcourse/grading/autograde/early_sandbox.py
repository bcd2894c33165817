"""Starts the sandbox before the grader itself is imported, so that both happen at the same time."""

import re
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

from ..sandbox.limits import Limits
from ..sandbox.session import LIGHT_PRELOAD, PRELOAD, Sandbox
from .regular_files import InvalidSubmission, read_file

COURSE = Path(__file__).resolve().parents[3]
FEW = 16  # submissions that are graded in one process
LOOKED_AT = 4 << 20  # bytes of a notebook in which an import is looked for
FIGURES = re.compile(
    rb"\b(?:import|from)\s+(?:pandas|matplotlib|pylab|scipy|seaborn|sklearn|statsmodels)\b"
)


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
    few = list(islice(waiting, FEW + 1))
    if not 0 < len(few) <= FEW:
        return None
    preload = PRELOAD if imports_figures(few) else LIGHT_PRELOAD
    sandbox = Sandbox(limits, hidden=hidden_folders(root), preload=preload)
    try:
        sandbox.launch()
    except OSError:  # no bubblewrap; the run says so
        sandbox.close()
        return None
    return sandbox


def imports_figures(folders: Iterable[Path]) -> bool:
    """Whether a notebook in these folders seems to import pandas, matplotlib or the like.

    Its bytes are searched and nothing else; a wrong guess costs a second. What can't be read is
    passed over, since the grader will refuse it with its reason.
    """
    for folder in folders:
        for path in islice(folder.glob("*.ipynb"), 4):
            try:
                if FIGURES.search(read_file(path, path.name, LOOKED_AT)):
                    return True
            except (InvalidSubmission, OSError):
                continue
    return False


def is_plain(student: str | None) -> bool:
    """Whether a name has no character that a pattern of file names gives a meaning."""
    return student is None or not set(student) & set("*?[]/")


def hidden_folders(root: Path) -> list[str]:
    """Return the folders that no submission may see, wherever they lie."""
    return [str(root.resolve()), str(COURSE)]
