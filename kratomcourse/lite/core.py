"""Python for the browser, served by the site: Pyodide's core and the packages a kernel starts with.

npm installs the core (`lite/package.json`). Its lock file names the packages, which come from PyPI,
each checked against its hash in `lite/wheels.txt`, and are cached in `_build`. Other packages
in the lock, numpy and pandas among them, stay on Pyodide's CDN.
"""

import hashlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ..errors import CourseError, Diagnostic

CORE = Path("lite") / "node_modules" / "pyodide"
PINS = Path("lite") / "wheels.txt"
CORE_FILES = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip")
# What the kernel imports when it starts; their dependencies are added.
STARTED_WITH = ("micropip", "ipython", "jedi", "pyodide-http")
# Not in the lock: what else the kernel needs, and what reads the bibliography.
BESIDE = ("comm", "pybtex", "latexcodec")

Packages = Mapping[str, dict[str, Any]]  # those of Pyodide's lock file, by name


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
    found = json.loads((folder / "package.json").read_text(encoding="utf-8"))["version"]
    if found != PYODIDE_VERSION:
        raise CourseError(
            Diagnostic(
                "lite/package.json",
                f"it has pyodide {found}, but jupyterlite-pyodide-kernel needs {PYODIDE_VERSION}.",
                f'write "pyodide": "{PYODIDE_VERSION}", then npm install in lite/',
            )
        )
    return folder


def started_with(packages: Packages) -> list[str]:
    """Return the packages of a lock that have to be local: STARTED_WITH and their dependencies."""
    found: set[str] = set()
    pending = list(STARTED_WITH)
    while pending:
        name = pending.pop().lower().replace("_", "-")
        if name in packages and name not in found:
            found.add(name)
            pending += packages[name]["depends"]
    return sorted(found)


def pins_of(root: Path) -> dict[tuple[str, str], str]:
    """Return {(name, version): SHA-256} of the wheels in `lite/wheels.txt`."""
    path = Path(root) / PINS
    try:
        found = re.findall(
            r"^(\S+)==(\S+) --hash=sha256:([0-9a-f]{64})$", path.read_text(encoding="utf-8"), re.M
        )
    except OSError as error:
        raise CourseError(
            Diagnostic(
                str(PINS),
                f"can't be read ({error.strerror}).",
                "take it from the course's repository",
            )
        ) from None
    return {(name, number): digest for name, number, digest in found}


def wheel_of(name: str, number: str, folder: Path) -> Path | None:
    """Return the file of a downloaded wheel, or None if it's absent."""
    return next(iter(sorted(folder.glob(f"{name.replace('-', '_')}-{number}-*.whl"))), None)


def existing_wheel(name: str, number: str, folder: Path) -> Path:
    """Return the file of a downloaded wheel; FileNotFoundError if it's absent."""
    wheel = wheel_of(name, number, folder)
    if wheel is None:
        raise FileNotFoundError(f"{folder} has no wheel of {name} {number}")
    return wheel


def fetch(
    wanted: Mapping[str, str],
    folder: Path,
    say: Callable[[str], object],
    pins: Mapping[tuple[str, str], str],
) -> None:
    """Download wheels from PyPI into a folder, except those that are there with the right hash.

    wanted : {name: version}
    pins   : {(name, version): SHA-256}
    raises : CourseError if a wheel isn't pinned, can't be downloaded, or has another hash
    """
    folder.mkdir(parents=True, exist_ok=True)
    if unknown := [
        f"{name}=={number}" for name, number in wanted.items() if (name, number) not in pins
    ]:
        raise CourseError(
            Diagnostic(
                str(PINS),
                f"has no hash for {', '.join(unknown)}.",
                "someone you trust writes the hashes again with: make lite-lock",
            )
        )
    missing = {
        name: number
        for name, number in wanted.items()
        if not is_right(wheel_of(name, number, folder), pins[name, number])
    }
    if not missing:
        return
    for name, number in missing.items():
        if wrong := wheel_of(name, number, folder):
            say(f"the hash of {wrong.name} isn't the one in {PINS}; downloading it again")
            wrong.unlink()
    say(f"fetching {len(missing)} packages for the browser (once)")
    with tempfile.TemporaryDirectory() as place:
        asked = Path(place) / "asked.txt"
        asked.write_text(
            "".join(
                f"{name}=={number} --hash=sha256:{pins[name, number]}\n"
                for name, number in missing.items()
            ),
            encoding="utf-8",
        )
        done = download(["--require-hashes", "--requirement", str(asked)], folder)
    if done.returncode:
        if "DO NOT MATCH" in done.stderr:
            names = (
                ", ".join(sorted(set(re.findall(r"^\s+(\S+==\S+) from ", done.stderr, re.M))))
                or "a package"
            )
            raise CourseError(
                Diagnostic(
                    str(PINS),
                    f"PyPI offers another file for {names} than the one that is pinned.",
                    "do not use it; ask why, and only then: make lite-lock",
                )
            )
        errors = [line for line in done.stderr.splitlines() if "ERROR" in line]
        raise CourseError(
            Diagnostic(
                "lite",
                f"can't download packages: {' '.join(errors)[:400] or done.stderr[-400:]}",
                "check that this machine reaches PyPI, then run make lite again",
            )
        )


def is_right(wheel: Path | None, digest: str) -> bool:
    """Whether a wheel is there and has this SHA-256."""
    return wheel is not None and sha256(wheel) == digest


def download(what: Sequence[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run `pip download` for the browser's version of Python.

    what : further arguments of pip, such as requirements
    """
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--disable-pip-version-check",
        "--no-deps",
        "--only-binary",
        ":all:",
        "--python-version",
        "3.14",
        "--dest",
        str(folder),
        *what,
    ]
    return subprocess.run(command, capture_output=True, text=True)


def wanted_wheels(packages: Packages) -> dict[str, str]:
    """Return {name: version} of the wheels to serve; Pyodide's lock needs these versions."""
    return {name: packages[name]["version"] for name in started_with(packages)} | {
        name: version(name) for name in BESIDE
    }


def write_pins(root: Path) -> int:
    """Write `lite/wheels.txt` from what PyPI offers today; return the number of wheels."""
    packages = json.loads((core_of(root) / "pyodide-lock.json").read_text(encoding="utf-8"))[
        "packages"
    ]
    with tempfile.TemporaryDirectory() as place:
        wanted = wanted_wheels(packages)
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


def sha256(path: Path) -> str:
    """Return a file's SHA-256 in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write_core(root: Path, cache: Path, target: Path, say: Callable[[str], object]) -> list[Path]:
    """Write the core, its local packages, and a lock that points to the CDN for all others.

    cache   : folder of downloaded wheels
    target  : folder to make; it must not exist
    returns : wheels for the site's own package index
    """
    core = core_of(root)
    lock = json.loads((core / "pyodide-lock.json").read_text(encoding="utf-8"))
    packages = lock["packages"]
    local, wanted = started_with(packages), wanted_wheels(packages)
    fetch(wanted, cache, say, pins_of(root))
    target.mkdir(parents=True)
    for name in CORE_FILES:
        shutil.copyfile(core / name, target / name)
    cdn = cdn_address()
    for name, package in packages.items():
        if name not in local:
            package["file_name"] = f"{cdn}{package['file_name']}"
            continue
        wheel = existing_wheel(name, package["version"], cache)
        shutil.copyfile(wheel, target / wheel.name)
        package |= {"file_name": wheel.name, "sha256": sha256(wheel)}
    (target / "pyodide-lock.json").write_text(json.dumps(lock), encoding="utf-8")
    return [existing_wheel(name, wanted[name], cache) for name in BESIDE]


def cdn_address() -> str:
    """Return the address of Pyodide's compiled packages, with a slash at the end."""
    from jupyterlite_pyodide_kernel.constants import PYODIDE_CDN_URL

    return f"{PYODIDE_CDN_URL}/"
