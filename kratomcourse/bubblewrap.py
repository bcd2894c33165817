"""What all walls of bubblewrap have in common: where the system's software and this Python lie, and
whether walls can be put up here at all.

`grading` and `live` each build their own with it; they differ in what else is seen, and in who can
be reached."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64")


def missing(spaces: Iterable[str]) -> str:
    """Why there can be no walls on this machine, or an empty string.

    spaces : words of bubblewrap for what is to be a space of its own inside, such as --unshare-pid
    """
    if sys.platform != "linux":
        return f"bubblewrap needs Linux, and this is {sys.platform}"
    if not shutil.which("bwrap"):
        return "bubblewrap is not installed"
    test = [
        "bwrap",
        *spaces,
        *([] if os.geteuid() == 0 else ["--unshare-user"]),
        "--ro-bind",
        "/",
        "/",
        "--proc",
        "/proc",
        "true",
    ]
    done = subprocess.run(test, capture_output=True, text=True, timeout=30)
    return (
        f"bubblewrap cannot make namespaces here ({done.stderr.strip()[:200]})"
        if done.returncode
        else ""
    )


def python_folders() -> list[str]:
    """Where this Python and its packages lie, from the general to the particular."""
    folders = {
        sys.base_prefix,
        sys.prefix,
        *(sysconfig.get_paths()[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")),
    }
    outside_system = [
        folder
        for folder in folders
        if not any(Path(folder).is_relative_to(path) for path in ("/usr", "/lib"))
    ]
    return sorted(
        folder
        for folder in outside_system
        if not any(
            folder != other and Path(folder).is_relative_to(other) for other in outside_system
        )
    )


@dataclass(frozen=True)
class RelocatedPython:
    """This Python as a sandbox sees it: at paths that say nothing of whose home it lies in."""

    binds: tuple[tuple[str, str], ...]  # (folder outside, path inside), to be bound read-only
    executable: str
    environment: dict[str, str]

    def inside(self, path: str | Path) -> str | None:
        """Return where something below one of the folders is inside; None for anything else."""
        for outside, place in self.binds:
            if Path(path).is_relative_to(outside):
                return str(Path(place) / Path(path).relative_to(outside))
        return None


def relocated_python(place: str = "/run/python") -> RelocatedPython:
    """Return how to show this Python below `place`.

    The interpreter finds its library beside itself; the packages of a virtual environment, whose
    own links hold paths from outside, are named in PYTHONPATH. What lies in /usr stays there.
    """
    folders = python_folders()
    binds = tuple((folder, f"{place}/{number}") for number, folder in enumerate(folders))
    python = RelocatedPython(binds, "", {})
    executable = str(Path(sys.executable).resolve())
    paths = sysconfig.get_paths()
    packages = dict.fromkeys(paths[name] for name in ("purelib", "platlib"))
    libraries = python.inside(Path(sys.base_prefix) / "lib")
    environment = {"PYTHONPATH": ":".join(python.inside(path) or path for path in packages)}
    if libraries:
        environment["LD_LIBRARY_PATH"] = libraries
    return RelocatedPython(binds, python.inside(executable) or executable, environment)


def font_lists() -> list[Path]:
    """matplotlib's list of fonts; without it each warm start would search the system for two
    seconds.
    """
    found = importlib.util.find_spec("matplotlib")
    if found is None or found.origin is None:
        return []
    if (known := cached_font_list(Path(found.origin).with_name("font_manager.py"))) is not None:
        return [known]
    import matplotlib
    import matplotlib.font_manager  # writes the list where there is none

    return sorted(Path(matplotlib.get_cachedir()).glob("fontlist-*.json"))


def cached_font_list(font_manager: Path) -> Path | None:
    """Return the list of this version, where it is already; without importing matplotlib, which
    takes a second.
    """
    version = re.search(r"^    __version__ = ['\"]([\w.]+)['\"]", font_manager.read_text(), re.M)
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = os.environ.get("MPLCONFIGDIR") or Path(cache) / "matplotlib"
    path = Path(folder) / f"fontlist-v{version[1] if version else ''}.json"
    return path if path.is_file() else None
