"""Puts the lab for the browser together and into the site, as a whole or not at all."""

import contextlib
import fcntl
import gzip
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from ..errors import CourseError, Diagnostic
from ..site.postprocess import csp
from .contents import STYLE, settings, start_page, write_notebooks
from .core import lay_core
from ..chapters.wheel import write_wheel

FOLDER = "lite"
MADE = "made.json"
EXTENSION = (
    Path("share") / "jupyter" / "labextensions" / "@jupyterlite" / "pyodide-kernel-extension"
)
# What a reader's browser loads until the first cell has run, beside the notebook interface (measured: about 3 MB of it, packed).
INTERFACE_MB = 3


def build_lite(root, site, plain, say=print):
    """Make `lite/` in the built book.

    root    : of the course
    site    : folder of the built book
    plain   : folder of the plain notebooks
    say     : called with a line for each step
    returns : (folder, number of notebooks)
    raises  : CourseError where the book is not built, a part is missing, or JupyterLite fails; an older `lite/` stays then
    """
    root, site = Path(root).resolve(), Path(site).resolve()
    if not (site / "index.html").exists():
        raise CourseError(Diagnostic("lite", "the book is not built yet.", "make book"))
    work = root / "_build" / "lite"
    work.mkdir(parents=True, exist_ok=True)
    with only_one(work):
        return put_together(root, site, plain, work, say)


@contextlib.contextmanager
def only_one(work):
    """Nobody else builds in this folder meanwhile, however this program ends; CourseError where somebody does."""
    with open(work / ".building", "a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CourseError(
                Diagnostic(
                    "lite",
                    "somebody is building it already, in this folder.",
                    "wait until the other one is done",
                )
            ) from None
        yield


def put_together(root, site, plain, work, say):
    shutil.rmtree(work / "new", ignore_errors=True)
    settings_folder, notebooks, out = (
        work / "new" / "settings",
        work / "new" / "notebooks",
        work / "new" / "out",
    )
    wheels = settings_folder / "pypi"
    for folder in (wheels, notebooks):
        folder.mkdir(parents=True)
    say("laying out Python for the browser")
    for wheel in lay_core(root, work / "wheels", settings_folder / "static" / "pyodide", say):
        shutil.copyfile(wheel, wheels / wheel.name)
    write_wheel(wheels)
    titles = write_notebooks(plain, notebooks)
    (settings_folder / "jupyter-lite.json").write_text(
        settings("Kratom and Harm Reduction"), encoding="utf-8"
    )
    say("building JupyterLite")
    run_jupyterlite(settings_folder, notebooks, out)
    (out / "start.css").write_text(STYLE, encoding="utf-8")
    core = sum(
        len(gzip.compress(path.read_bytes(), 1))
        for path in (settings_folder / "static" / "pyodide").iterdir()
    ) + sum(path.stat().st_size for path in wheels.iterdir())
    (out / "start.html").write_text(
        csp.add_policy(start_page(titles, round(core / 1e6) + INTERFACE_MB), "lite/start.html"),
        encoding="utf-8",
    )
    (out / MADE).write_text(json.dumps({"made_of": stamp(plain)}), encoding="utf-8")
    old = work / "old"
    shutil.rmtree(old, ignore_errors=True)
    if (site / FOLDER).exists():
        os.replace(site / FOLDER, old)
    os.replace(out, site / FOLDER)
    shutil.rmtree(old, ignore_errors=True)
    shutil.rmtree(work / "new")
    return site / FOLDER, len(titles)


def run_jupyterlite(settings_folder, notebooks, out):
    extension = Path(sys.prefix) / EXTENSION
    if not extension.is_dir():
        raise CourseError(
            Diagnostic(
                "lite",
                "the package jupyterlite-pyodide-kernel is not installed.",
                "pip install -r requirements.txt",
            )
        )
    (settings_folder / "jupyter_lite_config.json").write_text(
        json.dumps(
            {
                "LiteBuildConfig": {
                    "ignore_sys_prefix": True,
                    "federated_extensions": [str(extension)],
                    "apps": ["notebooks"],
                    "no_sourcemaps": True,
                    "no_libarchive": True,
                }
            }
        ),
        encoding="utf-8",
    )
    command = [
        sys.executable,
        "-m",
        "jupyter",
        "lite",
        "build",
        "--lite-dir",
        str(settings_folder),
        "--contents",
        str(notebooks),
        "--output-dir",
        str(out),
    ]
    done = subprocess.run(
        command, cwd=settings_folder, capture_output=True, text=True, errors="replace"
    )
    if done.returncode or not (out / "notebooks" / "index.html").exists():
        raise CourseError(
            Diagnostic(
                "lite",
                f"JupyterLite could not be built: {(done.stdout + done.stderr)[-1500:]}",
                "mend what it says, then make lite again",
            )
        )


def stamp(plain):
    """Hash of all that the lab takes from the course: the plain notebooks, and the wheel with facts, models and questions."""
    with tempfile.TemporaryDirectory() as folder:
        digest = hashlib.sha256(write_wheel(folder).read_bytes())
    for path in sorted(Path(plain).glob("*.ipynb")):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def is_of_older_chapters(site, plain):
    """Whether the site has a lab that was made of other notebooks, facts or questions than those of today."""
    made = Path(site) / FOLDER / MADE
    return made.exists() and json.loads(made.read_text(encoding="utf-8")).get("made_of") != stamp(
        plain
    )
