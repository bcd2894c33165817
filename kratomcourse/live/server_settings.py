"""Settings of the notebook servers in a room: Jupyter Server, JupyterLab, nbgrader and IPython."""

import hashlib
import json
import shutil
import sys
from pathlib import Path
from typing import Any

from .exchange import COURSE

PARTICIPANT = Path(__file__).with_name("participant")
SERVER_EXTENSION = "kratomcourse.live.participant.server_extension"
AUTOSAVE_SECONDS = 5

# No other host is asked for anything, and what no one in a room needs is not loaded.
PERSON_EXTENSIONS = {
    "nbgrader.server_extensions.formgrader": False,
    "nbgrader.server_extensions.course_list": False,
    "nbgrader.server_extensions.assignment_list": True,
    "nbgrader.server_extensions.validate_assignment": True,
    "jupyter_lsp": False,
    "jupyter_server_terminals": False,
    "notebook": False,
    SERVER_EXTENSION: True,
}

# Of those installed beside JupyterLab; each one more is loaded before anyone sees a cell.
LAB_EXTENSIONS = (
    "@jupyter/nbgrader",
    "@jupyter-widgets/jupyterlab-manager",
    "jupyterlab_pygments",
)

# No question about news from the internet, and no tools for making quizzes.
DISABLED_LAB_PLUGINS = [
    "@jupyterlab/apputils-extension:announcements",
    "@jupyter/nbgrader:create-assignment",
    "@jupyter/nbgrader:formgrader",
    "@jupyter/nbgrader:course-list",
]

LAB_DEFAULTS = {
    "@jupyterlab/docmanager-extension:plugin": {
        "autosave": True,
        "autosaveInterval": AUTOSAVE_SECONDS,
    },
}

PERSON_SERVER = """\
from pathlib import Path

c = get_config()  # noqa: F821
c.LabApp.labextensions_path = [str(Path(__file__).with_name("labextensions"))]
c.LabApp.news_url = None
c.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"
c.LabApp.extension_manager = "readonly"
c.ServerApp.tornado_settings = {"headers": {"Content-Security-Policy": "frame-ancestors 'self'"}}
c.ServerApp.terminals_enabled = False
c.ServerApp.allow_root = True
c.FileContentsManager.delete_to_trash = False
c.MappingKernelManager.cull_idle_timeout = 2700
c.MappingKernelManager.cull_interval = 120
"""

LEADER_SERVER = PERSON_SERVER.replace("terminals_enabled = False", "terminals_enabled = True")

PERSON_NBGRADER = """\
import os
c = get_config()  # noqa: F821
c.CourseDirectory.course_id = {course!r}
c.Exchange.root = {exchange!r}
c.ExecutePreprocessor.timeout = 60
c.ExecutePreprocessor.startup_timeout = 120
c.ExecutePreprocessor.kernel_name = "python3"
c.Execute.extra_arguments = [
    "--HistoryManager.hist_file=:memory:", "--InteractiveShell.xmode=Plain"
]
"""

# Where everyone shares one account, nbgrader would take them all for one student.
PERSON_UNSANDBOXED = 'c.CourseDirectory.student_id = os.environ["JUPYTERHUB_USER"]\n'

# An IPython profile folder, which a sandbox mounts at /etc/ipython.
PERSON_IPYTHON = """\
c = get_config()  # noqa: F821
c.InteractiveShellApp.extensions = ["kratomcourse.live.participant.ipython_hints"]
"""

LEADER_NBGRADER = """\
# The course's own quizzes/nbgrader_config.py, with the exchange and the gradebook of this room.
from pathlib import Path

c = get_config()  # noqa: F821
settings = Path({settings!r})
names = {{"__file__": str(settings), "get_config": get_config}}  # noqa: F821
exec(compile(settings.read_text(encoding="utf-8"), str(settings), "exec"), names)
c.CourseDirectory.root = {course!r}
c.Exchange.root = {exchange!r}
c.CourseDirectory.db_url = "sqlite:///" + {course!r} + "/gradebook.db"
c.ExchangeCollect.check_owner = False
"""


def write_person_settings(folder: Path, exchange: str, sandboxed: bool) -> None:
    """Write the settings of people's servers.

    exchange  : root of nbgrader's exchange as these servers see it
    sandboxed : whether each person has an account of their own
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "jupyter_server_config.py").write_text(PERSON_SERVER)
    write_json(
        folder / "jupyter_server_config.json",
        {"ServerApp": {"jpserver_extensions": PERSON_EXTENSIONS}},
    )
    write_lab_settings(folder)
    nbgrader = PERSON_NBGRADER.format(course=COURSE, exchange=exchange)
    (folder / "nbgrader_config.py").write_text(
        nbgrader if sandboxed else nbgrader + PERSON_UNSANDBOXED
    )
    (folder / "ipython").mkdir(exist_ok=True)
    (folder / "ipython" / "ipython_config.py").write_text(PERSON_IPYTHON)
    (folder / "ipython" / "ipython_kernel_config.py").write_text(PERSON_IPYTHON)
    make_world_readable(folder)


def write_leader_settings(folder: Path, nbgrader: str) -> None:
    """Write the settings of the leader's server.

    nbgrader : text of its nbgrader_config.py
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "jupyter_server_config.py").write_text(LEADER_SERVER)
    write_json(
        folder / "jupyter_server_config.json",
        {"ServerApp": {"jpserver_extensions": {SERVER_EXTENSION: True}}},
    )
    (folder / "nbgrader_config.py").write_text(nbgrader)
    copy_lab_extensions(folder)


def leader_nbgrader(settings: str, course: str, exchange: str) -> str:
    """Return the leader's nbgrader_config.py.

    settings : the course's own nbgrader_config.py
    course   : folder with source, submissions and gradebook
    exchange : root of nbgrader's exchange
    """
    return LEADER_NBGRADER.format(settings=settings, course=course, exchange=exchange)


def write_lab_settings(folder: Path) -> None:
    """Write what JupyterLab leaves out and does by default, and copy its extensions."""
    (folder / "labconfig").mkdir(exist_ok=True)
    write_json(
        folder / "labconfig" / "page_config.json",
        {"disabledExtensions": dict.fromkeys(DISABLED_LAB_PLUGINS, True)},
    )
    write_json(folder / "labconfig" / "default_setting_overrides.json", LAB_DEFAULTS)
    copy_lab_extensions(folder)


def copy_lab_extensions(folder: Path) -> None:
    """Copy the JupyterLab extensions of a room below `folder`, our own among them."""
    installed = Path(sys.prefix) / "share" / "jupyter" / "labextensions"
    target = folder / "labextensions"
    for name in LAB_EXTENSIONS:
        if (installed / name).is_dir():
            shutil.copytree(installed / name, target / name, dirs_exist_ok=True)
    own = target / "@kratomcourse" / "participant"
    shutil.rmtree(own, ignore_errors=True)
    shutil.copytree(PARTICIPANT / "labextension", own)
    # Browsers keep what has a name of its own; another text is therefore another file.
    script = own / "static" / "remoteEntry.js"
    digest = hashlib.sha256(script.read_bytes()).hexdigest()[:16]
    script.rename(script.with_name(f"remoteEntry.{digest}.js"))
    package = json.loads((own / "package.json").read_text())
    package["jupyterlab"]["_build"]["load"] = f"static/remoteEntry.{digest}.js"
    write_json(own / "package.json", package)


def write_json(path: Path, content: Any) -> None:
    """Write a settings file as indented JSON."""
    path.write_text(json.dumps(content, indent=1), encoding="utf-8")


def make_world_readable(folder: Path) -> None:
    """Let every account read the files below a folder."""
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
