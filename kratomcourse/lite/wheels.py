"""Wheels for the browser's Python, from PyPI, each compared with a hash before it is used.

Compiled wheels lie inside a carrier (`lite/carrier.txt`) and are checked against Pyodide's lock
file; pure ones are pinned in `lite/wheels.txt`. Both are kept in `lite/cache`, which a clean build
leaves alone, so that nothing is downloaded twice and the carrier may vanish from PyPI.
"""

import hashlib
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..errors import CourseError, Diagnostic
from ..files import write_atomic

PINS = Path("lite") / "wheels.txt"
CARRIER = Path("lite") / "carrier.txt"
CACHE = Path("lite") / "cache"
LARGEST = 64_000_000  # bytes; nothing in Pyodide's lock that the course serves comes near it

Packages = Mapping[str, dict[str, Any]]  # those of Pyodide's lock file, by name
Say = Callable[[str], object]


def sha256(path: Path) -> str:
    """Return a file's SHA-256 in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def gather(names: Sequence[str], packages: Packages, root: Path, say: Say) -> dict[str, Path]:
    """Return {name: file} of the packages that are cached or that the carrier has.

    names    : packages wanted, as the lock names them
    packages : the lock's packages, with the file name and SHA-256 of each
    returns  : only files whose hash is the lock's; the caller decides what to do about the others
    """
    cache = Path(root) / CACHE
    missing = [packages[name] for name in names if not is_cached(packages[name], cache, say)]
    if missing:
        say(f"fetching {len(missing)} compiled packages for the browser (once, about 77 MB)")
        with tempfile.TemporaryDirectory() as place:
            if carrier := fetch_carrier(root, Path(place), say):
                unpack(carrier, missing, cache, say)
    return {
        name: cache / packages[name]["file_name"]
        for name in names
        if (cache / packages[name]["file_name"]).exists()
    }


def is_cached(package: Mapping[str, Any], cache: Path, say: Say) -> bool:
    """Whether the cache has a package's file; a file with another hash is removed."""
    path = cache / package["file_name"]
    if not path.exists():
        return False
    if sha256(path) == package["sha256"]:
        return True
    say(f"the hash of {path.name} isn't the one in Pyodide's lock; fetching it again")
    path.unlink()
    return False


def fetch_carrier(root: Path, folder: Path, say: Say) -> Path | None:
    """Download the carrier into a folder; None, with the reason said, if that fails."""
    try:
        lines = (Path(root) / CARRIER).read_text(encoding="utf-8").splitlines()
    except OSError:
        say(f"{CARRIER} can't be read, so compiled packages can't be fetched")
        return None
    requirement = next((line for line in lines if line and not line.startswith("#")), "")
    asked = folder / "asked.txt"
    asked.write_text(requirement + "\n", encoding="utf-8")
    done = download(["--require-hashes", "--requirement", str(asked)], folder)
    found = next(iter(folder.glob("*.whl")), None)
    if done.returncode or found is None:
        name = requirement.partition(" ")[0]
        reason = (
            "PyPI offers another file than the one that is pinned"
            if "DO NOT MATCH" in done.stderr
            else "it can't be downloaded"
        )
        say(f"{name} carries the compiled packages, but {reason}")
        return None
    return found


def unpack(carrier: Path, wanted: Sequence[Mapping[str, Any]], cache: Path, say: Say) -> None:
    """Copy from the carrier what the lock vouches for; refuse, by name, whatever it does not."""
    by_file = {package["file_name"]: package for package in wanted}
    try:
        with zipfile.ZipFile(carrier) as archive:
            for member in archive.infolist():
                name = member.filename.rpartition("/")[2]
                if name not in by_file or (cache / name).exists():
                    continue
                if member.file_size > LARGEST:
                    say(f"refused {name}: it is larger than any package of Pyodide's")
                    continue
                data = archive.read(member)
                if hashlib.sha256(data).hexdigest() != by_file[name]["sha256"]:
                    say(f"refused {name}: its hash isn't the one in Pyodide's lock")
                    continue
                write_atomic(cache / name, data)
    except (OSError, zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError) as error:
        say(f"{carrier.name} can't be read: {error}")


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
    wanted: Mapping[str, str], folder: Path, say: Say, pins: Mapping[tuple[str, str], str]
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
        raise refusal(done.stderr)


def refusal(stderr: str) -> CourseError:
    """Return the error for pip's own message: another file than the pinned one, or no download."""
    if "DO NOT MATCH" in stderr:
        found = sorted(set(re.findall(r"^\s+(\S+==\S+) from ", stderr, re.M)))
        return CourseError(
            Diagnostic(
                str(PINS),
                f"PyPI offers another file for {', '.join(found) or 'a package'} "
                "than the one that is pinned.",
                "do not use it; ask why, and only then: make lite-lock",
            )
        )
    errors = " ".join(line for line in stderr.splitlines() if "ERROR" in line)
    return CourseError(
        Diagnostic(
            "lite",
            f"can't download packages: {errors[:400] or stderr[-400:]}",
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
        *("-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"),
        *("--only-binary", ":all:", "--python-version", "3.12", "--dest", str(folder)),
        *what,
    ]
    return subprocess.run(command, capture_output=True, text=True)
