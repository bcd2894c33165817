"""Runs Jupyter Book strictly and says in plain words what it does."""

import os
import re
import shutil
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ...errors import CourseError, Diagnostic
from .execution import WHOLE, Execution

COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def build_book(
    root: Path,
    edition: str = "learner",
    say: Callable[[str], None] = print,
    prepare: Callable[[], None] = lambda: None,
    meanwhile: Callable[[Path], None] | None = None,
) -> Path:
    """Build the book strictly.

    edition : `learner` for everybody, or `instructor` with the facilitator notes, in a folder of
              its own
    say     : called with a line for each chapter that is executed, and for each tenth of the pages
              written
    prepare : called first, while the warm interpreter starts; what it raises ends the build before
              a page is touched
    meanwhile : called with the folder of the pages as soon as they are whole, while they are made
                light; not called where none changed
    returns : folder of the built pages
    raises  : CourseError with what Sphinx said, for a warning or a failing cell
    """
    root = Path(root)
    out = root / "_build" if edition == "learner" else root / "_build" / edition / "_build"
    remove_pages_of_gone_sources(root, out)
    # A quiet IPython profile: a kernel's own notices are no output of a chapter.
    profile = root / "_build" / "ipython" / "profile_default"
    profile.mkdir(parents=True, exist_ok=True)
    (profile / "ipython_kernel_config.py").write_text(
        "c.IPKernelApp.log_level = 40\n", encoding="utf-8"
    )
    environment = os.environ | {
        "IPYTHONDIR": str(profile.parent),
        "PYTHONHASHSEED": "0",
        "MPLBACKEND": "agg",
        "COURSE_EDITION": edition,
    }
    command = [
        str(Path(sys.executable).with_name("jupyter-book")),
        "build",
        "-W",
        "--keep-going",
        "-v",
        "--path-output",
        str(out.parent),
        str(root),
    ]
    lines, announced, beside = [], set(), None

    def tell(step: Any) -> None:
        if step and step not in announced:
            announced.add(step)
            say(step)

    with Execution(root, environment, command, tell) as execution:
        prepare()
        for line in execution.lines():
            lines.append(COLOUR.sub("", line.rstrip()))
            tell(step_of(lines[-1]))
            if meanwhile and WHOLE in line and beside is None:
                beside = threading.Thread(target=meanwhile, args=(out / "html",))
                beside.start()
    if beside:
        beside.join()
    if execution.code:
        log = out / "build.log"
        out.mkdir(parents=True, exist_ok=True)
        log.write_text("\n".join(lines) + "\n", encoding="utf-8")
        wrong = [line for line in lines if "WARNING" in line or "ERROR" in line or "Error" in line]
        forget_pages(root, out, wrong)
        raise CourseError(
            Diagnostic(
                "book",
                "\n  " + "\n  ".join(wrong[:40] or lines[-15:]),
                f"the whole report is in {log.relative_to(root)}",
            )
        )
    return out / "html"


def step_of(line: Any) -> str:
    """What to tell of one line of Sphinx's own report; empty for most."""
    if found := re.search(r"notebooks/([\w/-]+)\.ipynb: Executing notebook", line):
        return f"executing {found[1]} in an ordinary kernel"
    if found := re.search(r"writing output\.\.\. \[ *(\d+)%\]", line):
        return f"writing pages: {int(found[1]) // 10 * 10}%"
    return ""


def forget_pages(root: Path, out: Path, wrong: list[str]) -> None:
    """Drop what Sphinx remembers of pages with warnings. It warns only of what it reads, so an
    unchanged page would pass the second time.

    wrong : lines of Sphinx's report that name a warning or an error
    """
    for line in wrong:
        place = re.match(r"(\S[^:]*)\.(?:md|ipynb):", line)
        if place and Path(place[1]).is_relative_to(root.resolve()):
            page = Path(place[1]).relative_to(root.resolve())
            (out / ".doctrees" / page).with_suffix(".doctree").unlink(missing_ok=True)
        else:
            (out / ".doctrees" / "environment.pickle").unlink(missing_ok=True)


def remove_pages_of_gone_sources(root: Path, out: Path) -> None:
    """A page whose source is gone would stay in the site for ever: start the site anew then."""
    site = out / "html"
    gone = [
        page
        for folder in ("book", "notebooks")
        for page in (site / folder).rglob("*.html")
        if not has_source(root, page.relative_to(site).with_suffix(""), out)
    ]
    if not gone:
        return
    for entry in site.iterdir():  # the lab of `make lite` stays; course book says where it is older
        if entry.name != "lite":
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    shutil.rmtree(out / ".doctrees", ignore_errors=True)


def has_source(root: Path, page: Path, out: Path) -> Any:
    """Whether a page comes from a file of the course, or leads on from an old address of a
    chapter.
    """
    if len(page.parts) == 2 and page.parts[0] == "notebooks":
        was_a_page = (out / ".doctrees" / "pages" / page).with_suffix(".html").exists()
        return (root / page / "index.ipynb").exists() and not was_a_page
    return any((root / page).with_suffix(ending).exists() for ending in (".md", ".ipynb"))
