"""Python for the browser, served by the site: Pyodide's core and the packages the parts import.

npm installs the core (`lite/package.json`). Its lock file names the packages and their hashes;
`wheels` finds the files. Where one of them can't be had, all packages stay on Pyodide's CDN, which
a kernel then needs to start, and the pages say so.
"""

import json
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ..errors import CourseError, Diagnostic
from .wheels import (
    CACHE,
    PINS,
    Packages,
    download,
    existing_wheel,
    fetch,
    gather,
    pins_of,
    sha256,
)

CDN = "cdn.jsdelivr.net"
CORE = Path("lite") / "node_modules" / "pyodide"
CORE_FILES = ("pyodide.js", "pyodide.asm.js", "pyodide.asm.wasm", "python_stdlib.zip")
# What the kernel imports when it starts, and what the parts import; dependencies are added.
STARTED_WITH = ("micropip", "ipython", "jedi", "sqlite3", "ssl")
LIBRARIES = ("numpy", "pandas", "matplotlib")
# Not in the lock: what else the kernel needs, and what reads the bibliography.
BESIDE = ("comm", "pybtex", "latexcodec")


@dataclass(frozen=True)
class Core:
    """What `write_core` made: wheels for the site's own index, and whether numbers are there."""

    wheels: tuple[Path, ...]
    self_hosted: bool


def core_of(root: Path) -> Path:
    """Return the folder of Pyodide's core; CourseError if it's absent or of the wrong version."""
    from jupyterlite_pyodide_kernel.constants import PYODIDE_VERSION

    folder = Path(root) / CORE
    if not (folder / "package.json").exists():
        raise CourseError(
            Diagnostic(
                "lite",
                "Python for the browser isn't installed.",
                "make lite (it needs npm, once, to fetch it)",
            )
        )
    found = str(json.loads((folder / "package.json").read_text(encoding="utf-8"))["version"])
    minor = PYODIDE_VERSION.rpartition(".")[0]
    if found.rpartition(".")[0] != minor:
        raise CourseError(
            Diagnostic(
                "lite/package.json",
                f"it has pyodide {found}, but jupyterlite-pyodide-kernel needs {minor}.",
                f'write "pyodide": "{PYODIDE_VERSION}", then npm install in lite/',
            )
        )
    return folder


def with_dependencies(names: Sequence[str], packages: Packages) -> list[str]:
    """Return packages of a lock and all that they depend on, sorted."""
    found: set[str] = set()
    pending = list(names)
    while pending:
        name = normalised(pending.pop())
        if name in packages and name not in found:
            found.add(name)
            pending += packages[name]["depends"]
    return sorted(found)


def normalised(name: str) -> str:
    """Return a package's name as the lock's keys have it: `prompt_toolkit` is `prompt-toolkit`."""
    return name.lower().replace("_", "-")


def wanted_wheels() -> dict[str, str]:
    """Return {name: version} of the wheels that the course takes from PyPI."""
    return {name: version(name) for name in BESIDE}


def write_pins(root: Path) -> int:
    """Write `lite/wheels.txt` from what PyPI offers today; return the number of wheels."""
    with tempfile.TemporaryDirectory() as place:
        wanted = wanted_wheels()
        done = download([f"{name}=={number}" for name, number in wanted.items()], Path(place))
        if done.returncode:
            raise CourseError(
                Diagnostic(
                    "lite",
                    f"can't download packages: {done.stderr[-400:]}",
                    "check that this machine reaches PyPI",
                )
            )
        lines = [
            f"{name}=={number} --hash=sha256:{sha256(existing_wheel(name, number, Path(place)))}\n"
            for name, number in sorted(wanted.items())
        ]
    (Path(root) / PINS).write_text(
        "# Wheels that make lite takes from PyPI, each with its hash. Written by make lite-lock.\n"
        + "".join(lines),
        encoding="utf-8",
    )
    return len(lines)


def read_lock(core: Path) -> dict[str, Any]:
    """Return Pyodide's lock file."""
    lock: dict[str, Any] = json.loads((core / "pyodide-lock.json").read_text(encoding="utf-8"))
    return lock


def write_core(root: Path, target: Path, say: Callable[[str], object]) -> Core:
    """Write the core and its packages, with a lock that has the site's own files.

    target : folder to make; it must not exist
    raises : CourseError if the core is absent, or if the wheels from PyPI can't be had
    """
    core = core_of(root)
    lock = read_lock(core)
    packages = lock["packages"]
    wanted = with_dependencies([*STARTED_WITH, *LIBRARIES], packages)
    found = gather(wanted, packages, root, say)
    missing = [name for name in wanted if name not in found]
    beside = wanted_wheels()
    if missing:
        say(
            f"not to be had: {', '.join(missing)}. Readers' browsers will ask Pyodide's CDN "
            f"({CDN}) for Python's packages, and the pages say so"
        )
    fetch(beside, Path(root) / CACHE, say, pins_of(root))
    target.mkdir(parents=True)
    for name in CORE_FILES:
        shutil.copyfile(core / name, target / name)
    if missing:
        lock["packages"] = packages_of_cdn(packages, cdn_address(lock["info"]["version"]))
    else:
        for path in found.values():
            shutil.copyfile(path, target / path.name)
        lock["packages"] = {name: with_normal_names(packages[name]) for name in wanted}
    (target / "pyodide-lock.json").write_text(json.dumps(lock), encoding="utf-8")
    wheels = tuple(existing_wheel(name, beside[name], Path(root) / CACHE) for name in BESIDE)
    return Core(wheels, not missing)


def with_normal_names(package: Mapping[str, Any]) -> dict[str, Any]:
    """Return a package of the lock whose dependencies are named as its keys are."""
    return dict(package) | {"depends": [normalised(name) for name in package["depends"]]}


def packages_of_cdn(packages: Packages, address: str) -> dict[str, dict[str, Any]]:
    """Return a lock's packages with the addresses that they have on the CDN.

    address : the folder of this Pyodide's packages
    """
    return {
        name: with_normal_names(package) | {"file_name": f"{address}{package['file_name']}"}
        for name, package in packages.items()
    }


def cdn_address(number: str) -> str:
    """Return the address of a Pyodide version's packages, with a slash at the end."""
    return f"https://{CDN}/pyodide/v{number}/full/"
