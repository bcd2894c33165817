"""Runs Jupyter Book strictly and says in plain words what it does."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from ..problems import CourseError, Problem


def build_book(root, edition="learner"):
    """Build the book strictly.

    edition : `learner` for everybody, or `instructor` with the facilitator notes, in a folder of its own
    returns : folder of the built pages
    raises  : CourseError with what Sphinx said, for a warning or a failing cell
    """
    root = Path(root)
    out = root / "_build" if edition == "learner" else root / "_build" / edition / "_build"
    remove_pages_of_gone_chapters(root, out)
    # A quiet IPython profile: a kernel's own notices are no output of a chapter.
    profile = root / "_build" / "ipython" / "profile_default"
    profile.mkdir(parents=True, exist_ok=True)
    (profile / "ipython_kernel_config.py").write_text("c.IPKernelApp.log_level = 40\n", encoding="utf-8")
    environment = os.environ | {"IPYTHONDIR": str(profile.parent), "PYTHONHASHSEED": "0", "MPLBACKEND": "agg", "COURSE_EDITION": edition}
    command = [str(Path(sys.executable).with_name("jupyter-book")), "build", "-W", "--keep-going", "-q", "--path-output", str(out.parent), str(root)]
    done = subprocess.run(command, cwd=root, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        log = out / "build.log"
        out.mkdir(parents=True, exist_ok=True)
        log.write_text(done.stdout, encoding="utf-8")
        told = [line for line in done.stdout.splitlines() if "WARNING" in line or "ERROR" in line or "Error" in line]
        raise CourseError(
            Problem("book", "\n  " + "\n  ".join(told[:40] or done.stdout.splitlines()[-15:]), f"the whole report is in {log.relative_to(root)}")
        )
    return out / "html"


def remove_pages_of_gone_chapters(root, out):
    """A page whose source is gone would stay in the site for ever: start the site anew then."""
    for folder in ("book", "notebooks"):
        for page in (out / "html" / folder).glob("*.html"):
            if not any((root / folder / f"{page.stem}{ending}").exists() for ending in (".md", ".ipynb")):
                shutil.rmtree(out / "html")
                shutil.rmtree(out / ".doctrees", ignore_errors=True)
                return
