"""`course edition`: an institution's own edition of the course, without a copy of it."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from ..errors import shown_path
from .common import ROOT, say

COURSE = (sys.executable, "-m", "kratomcourse.cli")
HANDED_OVER = "COURSE_EDITION_HANDED_OVER"  # so that it happens once

app = typer.Typer(
    no_args_is_help=True, help="An edition of your own: chapters you choose, and what you add."
)

Where = Annotated[Path, typer.Argument(help="folder with edition.yml; without it the current one")]


@app.command("new")
def new(folder: Annotated[Path, typer.Argument(help="new folder, outside of the course")]) -> None:
    """Start an edition: a folder with edition.yml, which says what it takes and what it adds."""
    from ..editions import new_edition

    path = new_edition(folder, ROOT)
    say(f"wrote {shown_path(path)}; edit it, and then: course edition build {shown_path(folder)}")


@app.command("check")
def check(folder: Where = Path()) -> None:
    """Check an edition without building it: chapters, links, items, rows, colours and drawings."""
    from ..editions import check_edition

    hand_over("check", folder)
    check_edition(folder, say)
    say("the edition is fine")


@app.command("build")
def build(
    folder: Where = Path(),
    notes: Annotated[
        bool,
        typer.Option("--notes", help="with the notes for facilitators, into _build/instructor"),
    ] = False,
) -> None:
    """Build the book of an edition into its own _build/html."""
    from ..editions import build_edition

    hand_over("build", folder, ["--notes"] if notes else [])
    pages = build_edition(folder, say, notes)
    say(f"done. Open {pages / 'index.html'}")


def hand_over(command: str, folder: Path, options: Sequence[str] = ()) -> None:
    """Let the course that an edition is made from do the work, where it's another than this one."""
    from ..editions import read_edition

    upstream = read_edition(folder).upstream
    is_here = upstream == ROOT.resolve() or HANDED_OVER in os.environ
    if is_here or not (upstream / "kratomcourse" / "editions").is_dir():
        return
    say(f"the course at {shown_path(upstream)} does the work")
    done = subprocess.run(
        [*COURSE, "edition", command, str(folder.resolve()), *options],
        cwd=upstream,  # Python looks for the package there first
        env=os.environ | {"PYTHONPATH": str(upstream), HANDED_OVER: "1"},
        check=False,
    )
    raise typer.Exit(done.returncode)
