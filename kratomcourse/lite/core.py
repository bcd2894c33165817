"""Python for the browser, to be served by the site itself: the core of Pyodide and the pure packages that a kernel starts with.

npm brings the core (`lite/package.json`); its lock file names the packages, which come from PyPI, each with the hash
that `lite/wheels.txt` pins, and are kept under `_build`. Whatever else the lock names, numpy and pandas among it, stays on Pyodide's own CDN.
"""

import hashlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

from ..errors import CourseError, Diagnostic

CORE = Path("lite") / "node_modules" / "pyodide"
PINS = Path("lite") / "wheels.txt"
CORE_FILES = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip")
# What the kernel asks for when it starts; each with all that it depends on.
STARTED_WITH = ("micropip", "ipython", "jedi", "pyodide-http")
# Not in the lock: what the kernel wants besides, and what reads the bibliography.
BESIDE = ("comm", "pybtex", "latexcodec")


def core_of(root):
    """Folder of the core; CourseError where npm has not brought it, or brought another version than the kernel wants."""
    from jupyterlite_pyodide_kernel.constants import PYODIDE_VERSION

    folder = Path(root) / CORE
    if not (folder / "package.json").exists():
        raise CourseError(
            Diagnostic(
                "lite",
                "Python for the browser is not there.",
                "make lite (it needs npm, once, to fetch it)",
            )
        )
    found = json.loads((folder / "package.json").read_text(encoding="utf-8"))["version"]
    if found != PYODIDE_VERSION:
        raise CourseError(
            Diagnostic(
                "lite/package.json",
                f"it has pyodide {found}, and jupyterlite-pyodide-kernel wants {PYODIDE_VERSION}.",
                f'write "pyodide": "{PYODIDE_VERSION}", then npm install in lite/',
            )
        )
    return folder


def started_with(packages):
    """Names of the packages in a lock that have to be local: those of STARTED_WITH and all that they depend on."""
    found, asked = set(), list(STARTED_WITH)
    while asked:
        name = asked.pop().lower().replace("_", "-")
        if name in packages and name not in found:
            found.add(name)
            asked += packages[name]["depends"]
    return sorted(found)


def pins_of(root):
    """{(name, version): hash} of the wheels that may be taken, as `lite/wheels.txt` says."""
    path = Path(root) / PINS
    try:
        found = re.findall(
            r"^(\S+)==(\S+) --hash=sha256:([0-9a-f]{64})$", path.read_text(encoding="utf-8"), re.M
        )
    except OSError as error:
        raise CourseError(
            Diagnostic(
                str(PINS),
                f"can not be read ({error.strerror}).",
                "take it from the course's repository",
            )
        ) from None
    return {(name, number): digest for name, number, digest in found}


def wheel_of(name, number, folder):
    """A wheel that was fetched, or None."""
    return next(iter(sorted(folder.glob(f"{name.replace('-', '_')}-{number}-*.whl"))), None)


def fetch(wanted, folder, say, pins):
    """Wheels from PyPI into `folder`, each one that whose hash is pinned; those that lie there already are not asked for again.

    wanted : {name: version}
    pins   : {(name, version): hash}
    raises : CourseError where one is not pinned, PyPI can not be reached or lacks it, or its hash is another one
    """
    folder.mkdir(parents=True, exist_ok=True)
    if unknown := [
        f"{name}=={number}" for name, number in wanted.items() if (name, number) not in pins
    ]:
        raise CourseError(
            Diagnostic(
                str(PINS),
                f"has no hash for {', '.join(unknown)}.",
                "somebody whom you trust writes them anew with: make lite-lock",
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
            say(f"{wrong.name} has another hash than {PINS} says; it is fetched anew")
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
        wrong = [line for line in done.stderr.splitlines() if "ERROR" in line]
        raise CourseError(
            Diagnostic(
                "lite",
                f"packages could not be fetched: {' '.join(wrong)[:400] or done.stderr[-400:]}",
                "look whether this machine reaches PyPI, then make lite again",
            )
        )


def is_right(wheel, digest):
    return wheel is not None and hashlib.sha256(wheel.read_bytes()).hexdigest() == digest


def download(what, folder):
    """pip's own download of wheels for the browser's Python."""
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


def wanted_wheels(packages):
    """{name: version}: by version, because a package of another one does not fit Pyodide's lock."""
    return {name: packages[name]["version"] for name in started_with(packages)} | {
        name: version(name) for name in BESIDE
    }


def write_pins(root):
    """Write `lite/wheels.txt` anew from what PyPI offers today. Returns the number of wheels."""
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
                    f"packages could not be fetched: {done.stderr[-400:]}",
                    "look whether this machine reaches PyPI",
                )
            )
        lines = [
            f"{name}=={number} --hash=sha256:{hashlib.sha256(wheel_of(name, number, Path(place)).read_bytes()).hexdigest()}\n"
            for name, number in sorted(wanted.items())
        ]
    (Path(root) / PINS).write_text(
        "# Wheels that make lite takes from PyPI, each with its hash. Written by make lite-lock.\n"
        + "".join(lines),
        encoding="utf-8",
    )
    return len(lines)


def lay_core(root, cache, target, say):
    """Fill `target` with the core, its local packages, and a lock that leads to the CDN for all others.

    returns : wheels that belong into the site's own index
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
        wheel = wheel_of(name, package["version"], cache)
        shutil.copyfile(wheel, target / wheel.name)
        package |= {
            "file_name": wheel.name,
            "sha256": hashlib.sha256(wheel.read_bytes()).hexdigest(),
        }
    (target / "pyodide-lock.json").write_text(json.dumps(lock), encoding="utf-8")
    return [wheel_of(name, wanted[name], cache) for name in BESIDE]


def cdn_address():
    """Where Pyodide offers its compiled packages, with a slash at the end."""
    from jupyterlite_pyodide_kernel.constants import PYODIDE_CDN_URL

    return f"{PYODIDE_CDN_URL}/"
