"""Changed chapters executed by the warm interpreter, two at a time, while Sphinx reads the pages
before them.

`Execution` runs beside Jupyter Book and leaves each chapter's outputs in a folder; the extension,
inside Jupyter Book, waits for them and puts them into the cache where myst-nb looks. A chapter
without outputs there (it failed, or does what only an ordinary kernel can answer for) is executed
by myst-nb as ever, with its own message."""

import contextlib
import gc
import json
import multiprocessing
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from ...cpu import cpu_count
from .cache_key import cache_folder

# names the folder to the extension; without it chapters are executed in ordinary kernels
FOLDER = "COURSE_EXECUTED"
TOGETHER = "COURSE_WRITE_TOGETHER"
# printed for the process that reads along, while the pages are made light
WHOLE = "course: the pages are whole"
JUPYTER_BOOK = ("jupyter_book.cli.main",)
LOOK_SECONDS = 0.05
forked: Callable[..., Any]  # what the processes of `side_by_side` call
# one reads, eight write three pages each: with more pages to each the chapters, which stand side by
# side and weigh most, fall to one
PROCESSES = 9


class Execution:
    """The warm interpreter at work on the chapters that the cache does not hold, and Jupyter Book
    beside it; leave the context to end both.

    Jupyter Book is a fork of the warm interpreter, so that what both import is imported once. Where
    there is no fork, it is a program of its own, and executes the chapters in ordinary kernels.
    """

    def __init__(
        self,
        root: Path,
        environment: dict[str, str],
        command: list[str],
        say: Callable[[str], None] = print,
    ) -> None:
        self.root, self.environment, self.command, self.say = (
            Path(root),
            environment | {TOGETHER: "1"},
            command,
            say,
        )
        self.process: subprocess.Popen[str] | None = None
        self.code: int | None = None

    def __enter__(self) -> Any:
        self.folder = self.root / "_build" / "executed"
        shutil.rmtree(self.folder, ignore_errors=True)
        if sys.platform != "linux":
            return self
        if waiting := not_in_cache(self.root):
            self.folder.mkdir(parents=True)
        program = {
            "start": "jupyter_book.cli.main:main",
            "preload": JUPYTER_BOOK,
            "arguments": self.command,
        }
        job = {
            "notebooks": [str(path) for path in waiting],
            "out": str(self.folder),
            "together": cpu_count(),
            "seconds": 600,
            "program": program,
        }
        reading, writing = os.pipe()
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "kratomcourse.zygote", json.dumps(job)],
            cwd=self.root,
            env=self.environment | {FOLDER: str(self.folder)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=writing,
            text=True,
            start_new_session=True,
        )
        os.close(writing)
        self.said = os.fdopen(reading, encoding="utf-8", errors="replace")
        self.listener = threading.Thread(target=self.listen, daemon=True)
        self.listener.start()
        return self

    def listen(self) -> None:
        """Print what the executing process says until it ends."""
        assert self.process and self.process.stdout  # __enter__ made both
        for line in self.process.stdout:
            self.say(line.rstrip())
        # A process that waits for a chapter that never came goes on without it.
        if self.folder.exists():
            (self.folder / "end").touch()

    def lines(self) -> Iterator[Any]:
        """Let Jupyter Book begin; yields what it says, line by line, and leaves its exit status in
        `code`.
        """
        if self.process is None:
            with subprocess.Popen(
                self.command,
                cwd=self.root,
                env=self.environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
            ) as running:
                yield from running.stdout or ()
            self.code = running.returncode
            return
        with contextlib.suppress(BrokenPipeError):  # the interpreter did not start; it says why
            assert self.process.stdin
            self.process.stdin.write("begin\n")
            self.process.stdin.close()
        yield from self.said
        self.code = self.process.wait()

    def __exit__(self, *error: Any) -> None:
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, 9)
        self.process.wait()
        # Children that execute a chapter die with their group, so that nobody holds the other end;
        # it writes into the folder last.
        self.listener.join(10)
        with contextlib.suppress(BrokenPipeError):
            if self.process.stdin:
                self.process.stdin.close()
        if self.process.stdout:
            self.process.stdout.close()
        self.said.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def longest_first(chapters: Any) -> Any:
    """So that what is left at the end, when nothing else can be done beside it, is short."""
    return sorted(chapters, key=lambda path: (-path.stat().st_size, path))


def not_in_cache(root: Path) -> Any:
    """Chapters whose outputs the cache does not hold, in the order in which they are executed, and
    read.
    """
    chapters, folder = longest_first((root / "notebooks").glob("*/*.ipynb")), cache_folder(root)
    if not folder.is_dir():
        return chapters
    import nbformat
    from jupyter_cache import get_cache

    from ...chapters.drawing_code import mark_drawing_code

    cache = get_cache(str(folder))
    return [
        path
        for path in chapters
        if not is_cached(cache, mark_drawing_code(nbformat.read(path, as_version=4), path))
    ]


def is_cached(cache: Any, notebook: Any) -> bool:
    """Whether the cache holds a notebook's outputs."""
    try:
        cache.match_cache_notebook(notebook)
        return True
    except KeyError:
        return False


# Inside Jupyter Book


def read_in_order(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Chapters after all other pages, in the order in which they are executed."""
    if FOLDER in os.environ:
        chapters = {
            name: Path(env.doc2path(name)) for name in docnames if name.startswith("notebooks/")
        }
        order = longest_first(chapters.values())
        docnames.sort(key=lambda name: order.index(chapters[name]) if name in chapters else -1)


def take_over(app: Sphinx, docname: str, source: Any) -> None:
    """Before a chapter is parsed: its outputs into the cache, once the warm interpreter has
    them.
    """
    if FOLDER not in os.environ or not docname.startswith("notebooks/"):
        return
    import nbformat
    from jupyter_cache import get_cache
    from jupyter_cache.base import CacheBundleIn

    cache = get_cache(str(app.config.nb_execution_cache_path))
    notebook = nbformat.reads(source[0], as_version=4)
    if is_cached(cache, notebook):  # it isn't executed, so nothing would ever come
        return
    done = outputs_of(Path(os.environ[FOLDER]), name_of(docname))
    if "cells" not in done:
        if done:
            from sphinx.util import logging

            logging.getLogger(__name__).info(
                "%s: an ordinary kernel executes it again, because of %s", docname, done["why"]
            )
        return
    fill(notebook, done["cells"])
    path = app.env.doc2path(docname)
    cache.cache_notebook_bundle(
        CacheBundleIn(notebook, str(path), data={"execution_seconds": done["seconds"]}),
        check_validity=False,
        overwrite=True,
    )


def name_of(path: Path | str) -> str:
    """Name of what is left for a notebook: folder and file, because each chapter has an `index`."""
    return ".".join(Path(path).with_suffix("").parts[-2:])


def fill(notebook: Any, cells: Any) -> None:
    """Put outputs where an ordinary kernel puts them, and what a kernel says about its language."""
    import nbformat
    from ipykernel.ipkernel import IPythonKernel

    notebook.metadata["language_info"] = nbformat.from_dict(IPythonKernel.language_info)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for cell, done in zip(code, cells, strict=True):
        cell.execution_count = done["execution_count"]
        cell.outputs = [nbformat.from_dict(output) for output in done["outputs"]]


def outputs_of(folder: Path, name: str) -> Any:
    """What the warm interpreter says of a chapter; empty where it was not asked or is no more."""
    path, end = folder / f"{name}.json", folder / "end"
    while not path.exists():
        if end.exists() or not folder.exists():
            return {}
        time.sleep(LOOK_SECONDS)
    return json.loads(path.read_text(encoding="utf-8"))


def write_together(app: Sphinx, env: BuildEnvironment) -> list[Any]:
    """After reading, which has to go page by page: pages are written by several processes. Only
    where `course book` asks for it.
    """
    if TOGETHER in os.environ and sys.platform == "linux":
        app.parallel = PROCESSES if cpu_count() > 1 else 1
    return []


def side_by_side(function: Callable[..., Any], *lists: Any) -> Any:
    """What `map` gives, as a list; by as many processes as there are processors where `course book`
    asks for it, in forks of this one.

    function : may be any, also one within another; what it returns or raises has to be picklable
    """
    if TOGETHER not in os.environ or sys.platform != "linux" or cpu_count() == 1:
        return list(map(function, *lists))
    global forked
    forked = function
    with multiprocessing.get_context("fork").Pool(cpu_count()) as pool:
        return pool.starmap(call_forked, zip(*lists, strict=False), chunksize=1)


def call_forked(*arguments: Any) -> Any:
    """Run a function in a forked process (a module-level name, so that it can be pickled)."""
    return forked(*arguments)


def setup(app: Sphinx) -> None:
    """Register with Sphinx."""
    if TOGETHER in os.environ:
        # Documents are trees of many small objects that live until the end: looking through them
        # for garbage takes a sixth of the time.
        gc.set_threshold(50_000, 50, 100)
    app.connect("env-before-read-docs", read_in_order)
    app.connect("source-read", take_over, priority=900)
    app.connect("env-updated", write_together)
