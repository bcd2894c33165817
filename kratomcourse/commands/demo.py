"""`course demo`: try the whole way from a released quiz to grades alone."""

import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from ..errors import shown_path
from .common import ROOT, say


def demo(
    folder: Annotated[
        Path, typer.Argument(help="folder of the demo; an earlier demo there is replaced")
    ] = Path("demo"),
    browser: Annotated[
        bool, typer.Option("--open/--no-open", help="open the pages in a browser")
    ] = True,
) -> None:
    """Try it alone: six simulated students, from the released quiz to grades, in some minutes.

    One of them is late, one submits a broken file and one attacks the grader.
    """
    from ..demo.run import QUIZ, pages, run_demo

    done = run_demo(folder, ROOT, typer.echo)
    typer.echo("")
    say(f"done in {sum(done.seconds.values()):.0f} seconds. Look at these:")
    for path, what in pages(done):
        typer.echo(f"  {shown_path(path)}: {what}")
        if browser and path.suffix == ".html":
            webbrowser.open(path.as_uri())
    say(
        f"to read the written answers: cd {shown_path(done.folder)}, jupyter lab,"
        f" then Nbgrader > Formgrader > Manual Grading > {QUIZ}"
    )
