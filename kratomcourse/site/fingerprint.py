"""Makes a changed fact, data file or module count as a change.

jupyter-cache knows a notebook's own cells only, and Sphinx the page's own text; what a chapter imports and
cites would go stale unseen. So the cache lives in a folder named after a hash of all of it: another hash,
another (empty) cache, and Sphinx reads every page again because its configuration changed.
"""

import hashlib
import os
import shutil
from pathlib import Path

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
# What a notebook can not see does not make it run again.
NOT_IN_KERNEL = (
    "kratomcourse/site/",
    "kratomcourse/quiz/static/",
    "kratomcourse/grading/",
    "kratomcourse/authoring/",
    "kratomcourse/live/",
    "kratomcourse/exports/",
    "kratomcourse/locales/",
    "kratomcourse/workshops/",
    "kratomcourse/cli.py",
    "quizzes/",
)


def fingerprint(root, without=()):
    """Hash of all that a page depends on besides its own text; `without` leaves out paths by their beginning."""
    digest = hashlib.sha256()
    for path in sorted({path for pattern in SOURCES for path in Path(root).glob(pattern)}):
        name = path.relative_to(root).as_posix()
        if not name.startswith(tuple(without)):
            digest.update(f"{name}\0".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def cache_folder(root):
    """Where the outputs of the chapters lie, as the sources are now."""
    return Path(root) / "_build" / ".jupyter_cache" / fingerprint(root, NOT_IN_KERNEL)


def set_cache_folder(app, config):
    root = Path(app.srcdir)
    # Where the site will stand is written into every page, too.
    config.course_fingerprint = fingerprint(root) + os.environ.get("COURSE_URL", "")
    current = cache_folder(root)
    for old in current.parent.iterdir() if current.parent.is_dir() else []:
        if old != current:
            shutil.rmtree(old, ignore_errors=True) if old.is_dir() else old.unlink()
    config.nb_execution_cache_path = str(current)


def setup(app):
    app.add_config_value("course_fingerprint", "", "env", [str])
    app.connect("config-inited", set_cache_folder, priority=100)
