"""Python for the browser, to be served by the site itself: the core of Pyodide and the pure packages that a kernel starts with.

npm brings the core (`lite/package.json`); its lock file names the packages, which come from PyPI and are kept
under `_build`. Whatever else the lock names, numpy and pandas among it, stays on Pyodide's own CDN.
"""

import hashlib
import json
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from ..problems import CourseError, Problem

CORE = Path("lite") / "node_modules" / "pyodide"
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
        raise CourseError(Problem("lite", "Python for the browser is not there.", "make lite (it needs npm, once, to fetch it)"))
    found = json.loads((folder / "package.json").read_text(encoding="utf-8"))["version"]
    if found != PYODIDE_VERSION:
        raise CourseError(Problem("lite/package.json", f"it has pyodide {found}, and jupyterlite-pyodide-kernel wants {PYODIDE_VERSION}.", f'write "pyodide": "{PYODIDE_VERSION}", then npm install in lite/'))
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


def fetch(wanted, folder, say):
    """Wheels from PyPI into `folder`; those that lie there already are not asked for again.

    wanted : {name: version}
    raises : CourseError where PyPI can not be reached or lacks one
    """
    folder.mkdir(parents=True, exist_ok=True)
    missing = [f"{name}=={number}" for name, number in wanted.items() if not list(folder.glob(f"{name.replace('-', '_')}-{number}-*.whl"))]
    if not missing:
        return
    say(f"fetching {len(missing)} packages for the browser (once)")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary", ":all:", "--python-version", "3.14", "--dest", str(folder), *missing]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        wrong = [line for line in done.stderr.splitlines() if "ERROR" in line]
        raise CourseError(Problem("lite", f"packages could not be fetched: {' '.join(wrong)[:400] or done.stderr[-400:]}", "look whether this machine reaches PyPI, then make lite again"))


def lay_core(root, cache, target, say):
    """Fill `target` with the core, its local packages, and a lock that leads to the CDN for all others.

    returns : wheels that belong into the site's own index
    """
    core = core_of(root)
    lock = json.loads((core / "pyodide-lock.json").read_text(encoding="utf-8"))
    packages = lock["packages"]
    local = started_with(packages)
    # By version, because a package of another one does not fit the lock.
    fetch({name: packages[name]["version"] for name in local}, cache, say)
    fetch({name: version(name) for name in BESIDE}, cache, say)
    target.mkdir(parents=True)
    for name in CORE_FILES:
        shutil.copyfile(core / name, target / name)
    cdn = cdn_address()
    for name, package in packages.items():
        if name not in local:
            package["file_name"] = f"{cdn}{package['file_name']}"
            continue
        [wheel] = cache.glob(f"{name.replace('-', '_')}-{package['version']}-*.whl")
        shutil.copyfile(wheel, target / wheel.name)
        package |= {"file_name": wheel.name, "sha256": hashlib.sha256(wheel.read_bytes()).hexdigest()}
    (target / "pyodide-lock.json").write_text(json.dumps(lock), encoding="utf-8")
    return [next(cache.glob(f"{name}-{version(name)}-*.whl")) for name in BESIDE]


def cdn_address():
    """Where Pyodide offers its compiled packages, with a slash at the end."""
    from jupyterlite_pyodide_kernel.constants import PYODIDE_CDN_URL

    return f"{PYODIDE_CDN_URL}/"
