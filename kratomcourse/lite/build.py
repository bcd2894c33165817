"""Build JupyterLite for the browser and move it into the site, completely or not at all."""

import contextlib
import fcntl
import gzip
import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from ..chapters.wheel import write_wheel
from ..errors import CourseError, Diagnostic
from ..evidence import load_course
from ..site.postprocess import csp
from ..site.postprocess.footer import RUN_FILE as RUN
from .core import write_core
from .lab_notebooks import STYLE, interface_settings, settings, start_page, write_notebooks
from .run_here import write_run_here

FOLDER = "lite"
MADE = "made.json"
EXTENSION = (
    Path("share") / "jupyter" / "labextensions" / "@jupyterlite" / "pyodide-kernel-extension"
)
# What the notebook interface adds to a reader's first download, in MB, compressed (measured).
INTERFACE_MB = 3
RUN_MB = 1  # the same for thebe, without an interface


def build_lite(
    root: Path, site: Path, plain: Path, say: Callable[[str], object] = print
) -> tuple[Path, int]:
    """Make `lite/` in the built book.

    root    : folder of the course
    site    : folder of the built book
    plain   : folder of the plain notebooks
    say     : called with a line for each step
    returns : (folder, number of notebooks)
    raises  : CourseError if the book isn't built, something is missing, or JupyterLite fails; an
              older `lite/` is then kept
    """
    root, site = Path(root).resolve(), Path(site).resolve()
    if not (site / "index.html").exists():
        raise CourseError(Diagnostic("lite", "the book isn't built yet.", "make book"))
    work = root / "_build" / "lite"
    work.mkdir(parents=True, exist_ok=True)
    with only_one(work):
        return assemble(root, site, plain, work, say)


@contextlib.contextmanager
def only_one(work: Path) -> Iterator[None]:
    """Lock the work folder until this process ends; CourseError if another process has it."""
    with (work / ".building").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CourseError(
                Diagnostic(
                    "lite",
                    "someone is building it already, in this folder.",
                    "wait until the other build is done",
                )
            ) from None
        yield


def assemble(
    root: Path, site: Path, plain: Path, work: Path, say: Callable[[str], object]
) -> tuple[Path, int]:
    """Build everything in the work folder, then swap it into the site; see `build_lite`."""
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
    core = write_core(root, settings_folder / "static" / "pyodide", say)
    for wheel in core.wheels:
        shutil.copyfile(wheel, wheels / wheel.name)
    write_wheel(wheels)
    titles = write_notebooks(plain, notebooks, core.self_hosted)
    (settings_folder / "jupyter-lite.json").write_text(
        settings(load_course().title), encoding="utf-8"
    )
    (settings_folder / "overrides.json").write_text(interface_settings(), encoding="utf-8")
    say("building JupyterLite")
    run_jupyterlite(settings_folder, notebooks, out)
    (out / "start.css").write_text(STYLE, encoding="utf-8")
    loaded = [*(settings_folder / "static" / "pyodide").iterdir(), *wheels.iterdir()]
    megabytes = round(sum(compressed_size(path) for path in loaded) / 1e6) + INTERFACE_MB
    page = start_page(titles, megabytes, core.self_hosted)
    (out / "start.html").write_text(csp.add_policy(page, f"{FOLDER}/start.html"), encoding="utf-8")
    if core.self_hosted and write_run_here(root, out, say):
        data = {"megabytes": megabytes - INTERFACE_MB + RUN_MB, "piplite": piplite_wheel(out)}
        (out / RUN).write_text(json.dumps(data), encoding="utf-8")
    (out / MADE).write_text(json.dumps({"made_of": stamp(plain)}), encoding="utf-8")
    old = work / "old"
    shutil.rmtree(old, ignore_errors=True)
    if (site / FOLDER).exists():
        (site / FOLDER).replace(old)
    out.replace(site / FOLDER)
    shutil.rmtree(old, ignore_errors=True)
    shutil.rmtree(work / "new")
    return site / FOLDER, len(titles)


def piplite_wheel(out: Path) -> str:
    """Return the file name of the installer that thebe's kernel starts with."""
    return next((out / "thebe" / "thebe-lite" / "pypi").glob("piplite-*.whl")).name


def compressed_size(path: Path) -> int:
    """Return how many bytes a server that compresses sends for a file."""
    content = path.read_bytes()
    return len(content if path.suffix in (".whl", ".zip") else gzip.compress(content, 1))


def run_jupyterlite(settings_folder: Path, notebooks: Path, out: Path) -> None:
    """Run `jupyter lite build`; CourseError if it fails or its kernel isn't installed."""
    extension = Path(sys.prefix) / EXTENSION
    if not extension.is_dir():
        raise CourseError(
            Diagnostic(
                "lite",
                "the package jupyterlite-pyodide-kernel isn't installed.",
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
        *("-m", "jupyterlite_core", "build"),
        *("--lite-dir", str(settings_folder)),
        *("--contents", str(notebooks)),
        *("--output-dir", str(out)),
    ]
    done = subprocess.run(
        command, cwd=settings_folder, capture_output=True, text=True, errors="replace"
    )
    if done.returncode or not (out / "notebooks" / "index.html").exists():
        raise CourseError(
            Diagnostic(
                "lite",
                f"JupyterLite couldn't be built: {(done.stdout + done.stderr)[-1500:]}",
                "correct what it reports, then run make lite again",
            )
        )


def stamp(plain: Path) -> str:
    """Return a hash of the plain notebooks and of the wheel with facts, models and questions."""
    with tempfile.TemporaryDirectory() as folder:
        digest = hashlib.sha256(write_wheel(Path(folder)).read_bytes())
    for path in sorted(Path(plain).glob("*.ipynb")):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def is_of_older_chapters(site: Path, plain: Path) -> bool:
    """Whether the site's lab was built from other notebooks, facts or questions than today's."""
    made = Path(site) / FOLDER / MADE
    if not made.exists():
        return False
    built_from: str | None = json.loads(made.read_text(encoding="utf-8")).get("made_of")
    return built_from != stamp(plain)
