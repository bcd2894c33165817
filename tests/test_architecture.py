"""The maps for newcomers are true: every module that ARCHITECTURE and CONTRIBUTING name exists."""

import re

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
