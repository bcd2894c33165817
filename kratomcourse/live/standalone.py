"""JupyterLab on the plain notebooks, for one person on one machine; never overwrites their work."""

import hashlib
import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..chapters.plain import build_plain_notebooks


def start_standalone(
    derived: Path,
    course: Path,
    workplace: Path,
    port: int,
    browser: bool,
    say: Callable[[str], Any],
) -> None:
    """Derive the plain notebooks, copy them and become JupyterLab on the copies.

    Binds to loopback; Jupyter makes its token at start.
    """
    build_plain_notebooks(derived, course)
    for name in copy_untouched(derived, workplace):
        say(f"{name} has your own changes and stays as it is; the newer version is in {derived}")
    say(f"your notebooks are in {workplace}; stop with Ctrl-C")
    arguments = [
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={port}",
        f"--ServerApp.root_dir={workplace}",
    ]
    # No question about news from the internet, and no look for newer versions.
    arguments.append("--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate")
    page = derived.parent / "jupyterlab" / "labconfig" / "page_config.json"
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(
        '{"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": true}}\n',
        encoding="utf-8",
    )
    os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join(
        filter(None, (str(page.parents[1]), os.environ.get("JUPYTER_CONFIG_PATH")))
    )
    if os.geteuid() == 0:  # in a container there is often no other account
        arguments.append("--ServerApp.allow_root=True")
    if not browser:
        arguments.append("--no-browser")
    os.execv(sys.executable, [sys.executable, "-m", "jupyterlab", *arguments])


def copy_untouched(derived: Path, workplace: Path) -> list[str]:
    """Copy each notebook that is absent or unchanged since the last copy; return the others."""
    workplace.mkdir(parents=True, exist_ok=True)
    record = workplace / ".handed-out.json"
    given = json.loads(record.read_text(encoding="utf-8")) if record.exists() else {}
    left_alone = []
    for source in sorted(derived.glob("*.ipynb")):
        target, new = workplace / source.name, digest(source)
        if target.exists() and digest(target) not in (new, given.get(source.name)):
            left_alone.append(source.name)
            continue
        shutil.copyfile(source, target)
        given[source.name] = new
    record.write_text(json.dumps(given, indent=1), encoding="utf-8")
    return left_alone


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
