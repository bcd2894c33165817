"""A part's code, run on its own page: thebe, the script of the page, and what each part runs.

thebe-core shows outputs and talks to a kernel; thebe-lite is that kernel, on the Pyodide that the
site serves. Neither is loaded before a reader asks for it.
"""

import base64
import hashlib
import json
import re
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

import nbformat

from ..chapters import load_chapters
from ..errors import CourseError, Diagnostic
from .wheels import CACHE, Say

PACKAGES = Path("lite") / "thebe.txt"
STATIC = Path(__file__).with_name("static")
LIB = "package/dist/lib/"
# A kernel of an older JupyterLite than the notebooks'; its worker would only look for files.
NOT_SERVED = re.compile(r"\.map$|(^|/)service-worker\.js$|^api/")
LARGEST = 16_000_000  # bytes of one file
SETUP = """\
import piplite
await piplite.install(["kratomcourse", "pybtex", "latexcodec"], deps=False)

from kratomcourse.browser import prepare
await prepare()"""


def thebe_packages(root: Path, say: Say) -> dict[str, Path] | None:
    """Return {name: archive} of thebe's packages, from the cache or from npm.

    returns : None, with the reason said, where they can't be had
    raises  : CourseError if the list of packages is unreadable
    """
    path = Path(root) / PACKAGES
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise CourseError(
            Diagnostic(
                str(PACKAGES),
                f"can't be read ({error.strerror}).",
                "take it from the course's repository",
            )
        ) from None
    found = {}
    for line in lines:
        if not line or line.startswith("#"):
            continue
        package, _, integrity = line.partition(" ")
        name, _, version = package.rpartition("@")
        archive = Path(root) / CACHE / f"{name}-{version}.tgz"
        if not has_integrity(archive, integrity) and not pack(package, integrity, archive, say):
            return None
        found[name] = archive
    return found


def has_integrity(path: Path, integrity: str) -> bool:
    """Whether a file is there and has this hash, in npm's notation."""
    if not path.is_file():
        return False
    digest = base64.b64encode(hashlib.sha512(path.read_bytes()).digest()).decode()
    return f"sha512-{digest}" == integrity


def pack(package: str, integrity: str, target: Path, say: Say) -> bool:
    """Get a package of npm as an archive; False, with the reason said, if it can't be had."""
    npm = shutil.which("npm")
    if npm is None:
        say(f"{package} can't be fetched, because npm isn't installed")
        return False
    with tempfile.TemporaryDirectory() as place:
        command = [npm, "pack", "--silent", "--ignore-scripts", "--pack-destination", place]
        subprocess.run([*command, package], capture_output=True, text=True)
        archive = next(iter(Path(place).glob("*.tgz")), None)
        if archive is None:
            say(f"{package} can't be fetched from npm")
            return False
        if not has_integrity(archive, integrity):
            say(f"refused {package}: its hash isn't the one in {PACKAGES}")
            return False
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(archive, target)
    return True


def write_run_here(root: Path, lite: Path, say: Say) -> bool:
    """Add to a built `lite/` what pages need to run their own code.

    lite    : folder of the notebooks for the browser
    returns : whether it's there; without it, pages offer the notebook only
    """
    packages = thebe_packages(root, say)
    if packages is None:
        say("pages won't run their code in place; they offer their notebooks instead")
        return False
    for name, archive in packages.items():
        unpack(archive, lite / "thebe" / name)
    for path in STATIC.iterdir():
        shutil.copyfile(path, lite / path.name)
    (lite / "parts").mkdir()
    for chapter in load_chapters(root):
        for part in chapter.parts:
            target = lite / "parts" / f"{Path(part.plain_name).stem}.json"
            target.write_text(json.dumps(part_code(part.path)), encoding="utf-8")
    return True


def unpack(archive: Path, folder: Path) -> None:
    """Write the built files of a package of npm into a folder."""
    with tarfile.open(archive) as package:
        for member in package:
            name = member.name.removeprefix(LIB)
            if not (member.isfile() and member.name.startswith(LIB)) or NOT_SERVED.search(name):
                continue
            source = package.extractfile(member)
            if source is None or member.size > LARGEST or ".." in Path(name).parts:
                continue
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(source.read())


def part_code(path: Path) -> dict[str, list[str] | str]:
    """Return what a part runs: `setup`, and the sources of its code `cells` in order.

    path : the part's notebook; a module `figures.py` beside it is put where its cells import it
    """
    notebook = nbformat.read(path, as_version=4)
    setup = SETUP
    figures = path.with_name("figures.py")
    if figures.exists():
        source = figures.read_text(encoding="utf-8")
        setup += f"\n\nopen('figures.py', 'w').write({source!r})"
        setup += "\nimport sys\nif '' not in sys.path:\n    sys.path.insert(0, '')"
    cells = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    return {"setup": setup, "cells": cells}
