"""The course as a reader's own Python imports it, in the browser or elsewhere: facts, models and
charts; of the questions only those that the book shows, and these as HTML."""

import base64
import hashlib
import inspect
import json
import zipfile
from pathlib import Path
from typing import Any

from .. import __version__
from ..evidence import evidence_dir, load_course
from ..quiz import load_banks, marking
from ..quiz.html import STATIC, render_items

NAME = f"kratomcourse-{__version__}-py3-none-any.whl"
PARTS = ("evidence", "models", "charts")
FILES = ("__init__.py", "errors.py", "files.py", "i18n.py")
READER_PACKAGE = Path(__file__).with_name("reader_package")
NEEDS = ("numpy", "pandas", "matplotlib", "pybtex")


def write_wheel(folder: Path) -> Any:
    """Write the wheel into `folder`; its path. The same sources make the same bytes."""
    package = Path(__file__).resolve().parents[1]
    members = {f"kratomcourse/{name}": (package / name).read_bytes() for name in FILES}
    for part in PARTS:
        for path in sorted((package / part).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                members[f"kratomcourse/{path.relative_to(package).as_posix()}"] = path.read_bytes()
    for path in sorted(evidence_dir().rglob("*")):
        if path.is_file() and path.suffix in (".csv", ".json", ".bib"):
            members[f"kratomcourse/evidence/data/{path.relative_to(evidence_dir()).as_posix()}"] = (
                path.read_bytes()
            )
    members |= {
        f"kratomcourse/quiz/static/{name}": (STATIC / name).read_bytes()
        for name in ("quiz.css", "quiz.js")
    }
    members["kratomcourse/quiz/__init__.py"] = (READER_PACKAGE / "quiz.py").read_bytes()
    members["kratomcourse/quiz/shown.json"] = json.dumps(
        shown_questions(), ensure_ascii=False
    ).encode()
    members["kratomcourse/quiz/cases.json"] = json.dumps(
        cases_of_shown_code(), ensure_ascii=False
    ).encode()
    members["kratomcourse/quiz/equal.py"] = (
        '"""Whether two answers agree, as in the marking of graded questions."""\n\n'
        "from __future__ import annotations\n\nimport math\nfrom numbers import Real\n\n\n"
        f"{inspect.getsource(marking.as_float)}\n\n{inspect.getsource(marking.equal)}"
    ).encode()
    members["kratomcourse/browser.py"] = (READER_PACKAGE / "browser.py").read_bytes()
    about = f"kratomcourse-{__version__}.dist-info"
    members[f"{about}/METADATA"] = (
        f"Metadata-Version: 2.1\nName: kratomcourse\nVersion: {__version__}\nSummary: "
        f"{load_course().title}, for its readers\n"
        + "".join(f"Requires-Dist: {name}\n" for name in NEEDS)
    ).encode()
    members[f"{about}/WHEEL"] = (
        b"Wheel-Version: 1.0\nGenerator: kratomcourse\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    )
    record = "".join(
        f"{name},sha256={base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip('=')},{len(data)}\n"
        for name, data in members.items()
    )
    members[f"{about}/RECORD"] = f"{record}{about}/RECORD,,\n".encode()
    path = Path(folder) / NAME
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
        for name, data in members.items():
            wheel.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)
    return path


def shown_questions() -> Any:
    """{chapter: {objective: HTML of its check items}}; nothing of a graded question."""
    found: dict[str, dict[str, str]] = {}
    for chapter, bank in load_banks().items():
        for objective in bank.objectives:
            items = [item for item in bank.used_for("check") if item.objective == objective.id]
            if items:
                found.setdefault(chapter, {})[objective.id] = render_items(items)
    return found


def cases_of_shown_code() -> dict[str, dict[str, Any]]:
    """Return {item: its function, and arguments, expected value and tolerance of each case}.

    Only of questions for self-check that ask for code; nothing of a graded question.
    """
    return {
        item.id: {
            "function": item.function,
            "cases": [[case.args, case.expected, case.tolerance] for case in item.cases],
        }
        for bank in load_banks().values()
        for item in bank.used_for("check")
        if item.kind == "code"
    }
