"""Runs Jupyter Book strictly and says in plain words what it does."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from ..problems import CourseError, Problem


def build_book(root):
    """Build `_build/html`. A warning or a failing cell raises CourseError with what Sphinx said."""
    root = Path(root)
    remove_pages_of_gone_chapters(root)
    # A quiet IPython profile: a kernel's own notices are no output of a chapter.
    profile = root / "_build" / "ipython" / "profile_default"
    profile.mkdir(parents=True, exist_ok=True)
    (profile / "ipython_kernel_config.py").write_text("c.IPKernelApp.log_level = 40\n", encoding="utf-8")
    environment = os.environ | {"IPYTHONDIR": str(profile.parent), "PYTHONHASHSEED": "0", "MPLBACKEND": "agg"}
    command = [str(Path(sys.executable).with_name("jupyter-book")), "build", "-W", "--keep-going", "-q", str(root)]
    done = subprocess.run(command, cwd=root, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        log = root / "_build" / "build.log"
        log.write_text(done.stdout, encoding="utf-8")
        told = [line for line in done.stdout.splitlines() if "WARNING" in line or "ERROR" in line or "Error" in line]
        raise CourseError(
            Problem("book", "\n  " + "\n  ".join(told[:40] or done.stdout.splitlines()[-15:]), f"the whole report is in {log.relative_to(root)}")
        )


def remove_pages_of_gone_chapters(root):
    """A page whose source is gone would stay in the site for ever: start the site anew then."""
    out = root / "_build" / "html"
    for folder in ("book", "notebooks"):
        for page in (out / folder).glob("*.html"):
            if not any((root / folder / f"{page.stem}{ending}").exists() for ending in (".md", ".ipynb")):
                shutil.rmtree(out)
                shutil.rmtree(root / "_build" / ".doctrees", ignore_errors=True)
                return
