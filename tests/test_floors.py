"""The floors of the house: an import goes down only, and no outlet imports another."""

import ast
from pathlib import Path

from conftest import ROOT

PACKAGE = ROOT / "kratomcourse"
# From the ground up; `i18n`, `errors` and `bubblewrap` are single files that know nothing of the
# course.
FLOORS = [
    {"i18n", "errors", "bubblewrap", "cpu", "files", "other_course", "__init__"},
    {"evidence"},
    {"settings"},
    {"models"},
    {"quiz", "charts"},
    {"zygote", "chapters"},
    {"site", "live", "grading", "exports", "authoring", "locales", "checks", "editions"},
    {"workshops", "lite", "demo"},
    {"commands"},
    {"cli"},
]
FLOOR = {name: number for number, names in enumerate(FLOORS) for name in names}


def imported(path):
    """Names right below the package that a module imports from, those inside its functions among
    them.
    """
    place = ("kratomcourse", *path.relative_to(PACKAGE).parts[:-1])
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            whole = (*place[: len(place) - node.level + 1], *(node.module or "").split("."))
        elif (
            isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "kratomcourse"
        ):
            whole = tuple(node.module.split("."))
        else:
            continue
        names = [word for word in whole[1:] if word][:1] or [alias.name for alias in node.names]
        yield from (name if name in FLOOR else "__init__" for name in names)


def test_an_import_goes_down_only():
    wrong, seen = [], set()
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).parts
        own = Path(parts[0]).stem
        seen.add(own)
        if parts[:2] == ("chapters", "reader_package"):  # stands in the wheel in the place of ours
            continue
        wrong += [
            f"{path.relative_to(ROOT)} imports {name}"
            for name in imported(path)
            if name != own and FLOOR[name] >= FLOOR[own]
        ]
    assert not wrong and seen <= set(FLOOR), (wrong, seen - set(FLOOR))
    assert len(set(imported(PACKAGE / "workshops" / "kit.py"))) >= 4, "imports are found at all"
