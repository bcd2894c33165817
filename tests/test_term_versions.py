"""Terms beside each other: the old pages stay, say that they are old, and lead to the same page of
the new term.
"""

import json
import re
import subprocess
import sys
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
import yaml
from conftest import ROOT

from kratomcourse.errors import CourseError
from kratomcourse.site.publish.term_versions import publish

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


@pytest.fixture(scope="module")
def published(built_mini, tmp_path_factory):
    folder = tmp_path_factory.mktemp("published")
    for term in ("2026-autumn", "2026-spring", "2027-winter"):
        terms = publish(built_mini / "_build" / "html", folder, term)
    assert terms == ["2027-winter", "2026-autumn", "2026-spring"]
    return folder


def test_a_term_is_replaced_and_the_others_stay(built_mini, published):
    mark = published / "2026-spring" / "mark.txt"
    mark.write_text("here", encoding="utf-8")
    publish(built_mini / "_build" / "html", published, "2026-autumn")
    assert mark.exists(), "another term was not touched"
    publish(built_mini / "_build" / "html", published, "2026-spring")
    assert not mark.exists() and (published / "2026-spring" / "book" / "help-now.html").exists()
    assert not [
        path for path in published.iterdir() if path.name.endswith((".new", ".old", ".tmp"))
    ]


def test_latest_leads_to_the_same_page_of_the_newest_term(published):
    page = published / "latest" / "book" / "help-now.html"
    target = re.search(r'url=([^"]+)"', page.read_text(encoding="utf-8"))[1]
    assert (page.parent / target).resolve() == (
        published / "2027-winter" / "book" / "help-now.html"
    ).resolve()
    assert (
        json.loads((published / "versions.js").read_text().partition("= ")[2].rstrip(";\n"))[0]
        == "2027-winter"
    )


def test_what_is_no_term_is_refused(built_mini, tmp_path):
    with pytest.raises(CourseError, match="2026-autumn"):
        publish(built_mini / "_build" / "html", tmp_path, "autumn")
    assert not list(tmp_path.iterdir())


@pytest.mark.browser
def test_an_older_term_says_so_and_the_newest_does_not(published, browser):
    server = ThreadingHTTPServer(
        ("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=published)
    )
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        page = browser.new_page()
        root = f"http://127.0.0.1:{server.server_port}"
        page.goto(f"{root}/2026-spring/book/help-now.html")
        note = page.locator(".older-term")
        assert "2026-spring" in note.inner_text() and "2027-winter" in note.inner_text()
        note.locator("a").click()
        page.wait_for_url("**/2027-winter/book/help-now.html")
        assert page.locator(".older-term").count() == 0
        page.goto(f"{root}/latest/book/help-now.html")
        page.wait_for_url("**/2027-winter/book/help-now.html")
        page.close()
    finally:
        server.shutdown()
        server.server_close()


def test_the_workflows_are_valid():
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "check_jsonschema",
            "--builtin-schema",
            "vendor.github-workflows",
            *map(str, WORKFLOWS),
        ],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_pins_what_it_uses_and_names_its_rights(path):
    workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert "permissions" in workflow, "rights are named, not inherited"
    for job in workflow["jobs"].values():
        assert "timeout-minutes" in job
        for step in job["steps"]:
            assert re.search(r"@v\d+\.\d+\.\d+$", step["uses"]) if "uses" in step else step["run"]


def test_every_course_command_in_a_workflow_exists():
    from typer.main import get_command

    from kratomcourse.cli import app

    commands = get_command(app).commands
    used = [
        words.split()
        for path in WORKFLOWS
        for words in re.findall(r"\.venv/bin/course ([^\n]+)", path.read_text(encoding="utf-8"))
    ]
    assert len(used) >= 3
    for words in used:
        assert words[0] in commands, words
