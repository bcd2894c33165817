"""The maps for newcomers are true: every module that ARCHITECTURE and CONTRIBUTING name exists."""

import ast
import re
from collections import Counter

import pytest
from conftest import ROOT

PACKAGE = ROOT / "kratomcourse"


@pytest.mark.parametrize("document", ["ARCHITECTURE.md", "CONTRIBUTING.md"])
def test_every_path_it_names_exists(document):
    text = (ROOT / document).read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:[a-z_]+/)+(?:[a-z_]+\.(?:py|csv|yml|json|md))?)`", text))
    missing = [path for path in named if not ((ROOT / path).exists() or (PACKAGE / path).exists())]
    assert named and not [path for path in missing if not path.startswith("locale/")]


def test_contributing_stays_short():
    assert len((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").split()) < 900


def test_every_package_has_its_place_in_the_table_of_floors():
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| \d \| (.*?) \|", text, re.MULTILINE)
    listed = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    present = {
        path.stem
        for path in PACKAGE.iterdir()
        if (path.is_dir() and (path / "__init__.py").exists()) or path.suffix == ".py"
    } - {"__init__"}
    assert listed == present


# The reader's package offers quizzes under the name that the course itself uses in notebooks.
TWICE = {"QuizHtml"}


def test_no_two_modules_and_no_two_classes_share_a_name():
    modules, classes = Counter(), Counter()
    for path in sorted((ROOT / "kratomcourse").rglob("*.py")):
        if path.stem != "__init__":
            # A command is named after what one types, whatever does its work.
            modules[path.stem] += "commands" not in path.parts
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef):
                classes[node.name] += 1
    assert [name for name, count in modules.items() if count > 1] == []
    assert {name for name, count in classes.items() if count > 1} == TWICE
