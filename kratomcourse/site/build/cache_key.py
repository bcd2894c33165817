"""Makes a changed fact, data file or module count as a change.

jupyter-cache knows a notebook's own cells only, and Sphinx the page's own text; what a chapter
imports and cites would go stale unseen. So the cache lives in a folder named after a hash of all of
it: another hash, another (empty) cache, and Sphinx reads every page again because its configuration
changed."""

import hashlib
import os
import shutil
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

SOURCES = (
    "evidence/**/*.csv",
    "evidence/*.bib",
    "evidence/*.json",
    "kratomcourse/**/*.py",
    "kratomcourse/site/**/*.[cj]s*",
    "kratomcourse/quiz/static/*",
    "quizzes/bank/*.yml",
    "requirements.txt",
    "locale/**/*.mo",
)
# What a notebook can import or read: when one of these changes, every notebook is executed again.
SEEN_BY_NOTEBOOKS = (
    "evidence/",
    "kratomcourse/__init__.py",
    "kratomcourse/charts/",
    "kratomcourse/errors.py",
    "kratomcourse/evidence/",
    "kratomcourse/files.py",
    "kratomcourse/i18n.py",
    "kratomcourse/models/",
    "kratomcourse/quiz/",
    "kratomcourse/zygote/",
    "locale/",
    "requirements.txt",
)
NOT_SEEN = ("kratomcourse/quiz/static/",)


def cache_key(root: Path | str, only: tuple[str, ...] = ("",), but: tuple[str, ...] = ()) -> str:
    """Hash of the sources that a page depends on besides its own text.

    only, but : beginnings of the paths that count, and of those among them that don't
    """
    digest = hashlib.sha256()
    for path in sorted({path for pattern in SOURCES for path in Path(root).glob(pattern)}):
        name = path.relative_to(root).as_posix()
        if name.startswith(only) and not name.startswith(but or ("\0",)):
            digest.update(f"{name}\0".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def cache_folder(root: Path | str) -> Path:
    """Where the outputs of the notebooks lie, as the sources are now."""
    key = cache_key(root, SEEN_BY_NOTEBOOKS, NOT_SEEN)
    return Path(root) / "_build" / ".jupyter_cache" / key


def set_cache_folder(app: Sphinx, config: Any) -> None:
    """Choose the folder of executed notebooks by the key, and remove older ones."""
    root = Path(app.srcdir)
    # Where the site will stand is written into every page, too.
    config.course_fingerprint = cache_key(root) + os.environ.get("COURSE_URL", "")
    current = cache_folder(root)
    for old in current.parent.iterdir() if current.parent.is_dir() else []:
        if old != current:
            shutil.rmtree(old, ignore_errors=True) if old.is_dir() else old.unlink()
    config.nb_execution_cache_path = str(current)


def setup(app: Sphinx) -> None:
    """Register with Sphinx."""
    app.add_config_value("course_fingerprint", "", "env", [str])
    app.connect("config-inited", set_cache_folder, priority=100)
