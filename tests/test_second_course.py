"""The package knows no subject: it builds a tiny course on thermometers from that course's
files.
"""

import json
import re
import shutil

import pytest
from conftest import ROOT, course

SECOND = ROOT / "tests" / "data" / "second"
OURS = re.compile(r"\bkratom\b|mitragyn|7-?OH", re.IGNORECASE)


@pytest.fixture(scope="module")
def second(tmp_path_factory):
    """The small course with the real package and configuration, built."""
    root = tmp_path_factory.mktemp("second") / "course"
    shutil.copytree(SECOND, root)
    shutil.copytree(
        ROOT / "kratomcourse", root / "kratomcourse", ignore=shutil.ignore_patterns("__pycache__")
    )
    settings = (ROOT / "_config.yml").read_text(encoding="utf-8")
    title = json.loads((root / "evidence" / "course.json").read_text(encoding="utf-8"))["title"]
    (root / "_config.yml").write_text(
        settings.replace("Kratom and Harm Reduction", title), encoding="utf-8"
    )
    course("book", cwd=root)
    return root / "_build" / "html"


@pytest.mark.slow
def test_a_course_on_another_subject_is_built_from_its_own_files(second):
    page = next(second.glob("notebooks/*/1-*.html")).read_text(encoding="utf-8")
    assert "273.15" in page and "Reading a" in page and "Thermometer" in page
    assert (second / "downloads" / "reading-a-thermometer-data.zip").exists()
    manifest = json.loads((second / "manifest.webmanifest").read_text(encoding="utf-8"))
    assert manifest["name"] == "Reading a Thermometer"
    drawing = next(second.rglob("scales-*.svg")).read_text(encoding="utf-8")
    assert "#3b4fa8" in drawing, "the course's own colour"


@pytest.mark.slow
def test_nothing_of_our_subject_is_in_the_pages_of_another_course(second):
    found = {
        path.relative_to(second).as_posix(): match[0]
        for path in second.rglob("*")
        if path.suffix in (".html", ".js", ".css", ".webmanifest", ".json")
        and (match := OURS.search(path.read_text(encoding="utf-8")))
    }
    assert not found
