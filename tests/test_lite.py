"""The chapters in the reader's browser: what is shipped, what it asks of other hosts, and a chapter run without any of them."""

import contextlib
import functools
import hashlib
import http.server
import json
import re
import shutil
import threading
import zipfile
from pathlib import Path

import pytest
from conftest import ROOT, required
from filelock import FileLock
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from kratomcourse.chapters import load_chapters
from kratomcourse.chapters.plain import plain_names
from kratomcourse.chapters.wheel import shown_questions, write_wheel
from kratomcourse.errors import CourseError
from kratomcourse.lite import build_lite, core, is_of_older_chapters
from kratomcourse.lite.build import only_one
from kratomcourse.lite.core import CORE, core_of, fetch, pins_of, started_with, wanted_wheels
from kratomcourse.quiz import load_banks
from kratomcourse.site.publish.download_links import link_downloads

CDN = "https://cdn.jsdelivr.net/pyodide/"
PATIENCE = 300_000  # milliseconds; machines are shared


@pytest.fixture(scope="session")
def lab(site, shared):
    """A copy of the built book with the lab in it."""
    required((ROOT / CORE).exists(), "Python for the browser (npm ci in lite)")
    place = shared / "with-lab"
    with FileLock(shared / "lab.lock", timeout=1800):
        if not place.exists():
            shutil.copytree(
                site, shared / "lab-new", ignore=shutil.ignore_patterns("lite", "*.epub", "*.pdf")
            )
            build_lite(ROOT, shared / "lab-new", ROOT / "_build" / "notebooks", print)
            link_downloads(shared / "lab-new")
            (shared / "lab-new").rename(place)
    return place


@pytest.fixture
def address(lab):
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Quiet, directory=lab)
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_the_wheel_has_what_the_book_shows_and_no_graded_question(tmp_path):
    path = write_wheel(tmp_path)
    with zipfile.ZipFile(path) as wheel:
        texts = {name: wheel.read(name).decode() for name in wheel.namelist()}
    graded = [item.id for bank in load_banks().values() for item in bank.used_for("graded")]
    everything = "\n".join(texts.values())
    assert len(graded) > 200 and not [one for one in graded if one in everything]
    assert {
        "kratomcourse/evidence/data/facts.csv",
        "kratomcourse/charts/figure.py",
        "kratomcourse/models/risk.py",
        "kratomcourse/browser.py",
    } <= set(texts)
    assert not [name for name in texts if "bank" in name or "grading" in name]
    assert path.read_bytes() == write_wheel(tmp_path).read_bytes()


def test_every_quiz_of_every_notebook_can_be_shown():
    asked = set()
    for path in (ROOT / "_build" / "notebooks").glob("*.ipynb"):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            asked |= set(
                re.findall(r'^QuizHtml\("([^"]+)", "([^"]+)"\)', "".join(cell["source"]), re.M)
            )
    shown = {
        (chapter, objective)
        for chapter, objectives in shown_questions().items()
        for objective in objectives
    }
    assert len(asked) > 20 and asked <= shown


def test_without_the_core_the_mend_is_told(tmp_path):
    with pytest.raises(
        CourseError, match=r"Python for the browser isn't installed\. Fix: make lite"
    ):
        core_of(tmp_path)
    (tmp_path / CORE).mkdir(parents=True)
    (tmp_path / CORE / "package.json").write_text('{"version": "0.1.0"}')
    with pytest.raises(
        CourseError, match=r"it has pyodide 0\.1\.0, but jupyterlite-pyodide-kernel needs 3"
    ):
        core_of(tmp_path)


def test_each_wheel_that_comes_from_elsewhere_is_pinned_by_its_hash():
    required((ROOT / CORE).exists(), "Python for the browser (npm ci in lite)")
    packages = json.loads((ROOT / CORE / "pyodide-lock.json").read_text(encoding="utf-8"))[
        "packages"
    ]
    assert set(wanted_wheels(packages).items()) == set(pins_of(ROOT)), "make lite-lock"


def test_a_wheel_of_another_hash_is_not_taken(tmp_path, monkeypatch):
    """From a folder in place of PyPI, with pip's own words."""
    offered, kept, said = tmp_path / "offered", tmp_path / "kept", []
    offered.mkdir()
    with zipfile.ZipFile(offered / "comm-0.2.3-py3-none-any.whl", "w") as another:
        for name, text in {
            "METADATA": "Metadata-Version: 2.1\nName: comm\nVersion: 0.2.3\n",
            "WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
            "RECORD": "",
        }.items():
            another.writestr(f"comm-0.2.3.dist-info/{name}", text)
    offer = (offered / "comm-0.2.3-py3-none-any.whl").read_bytes()
    ordinary = core.download
    monkeypatch.setattr(
        core,
        "download",
        lambda what, folder: ordinary(["--no-index", "--find-links", str(offered), *what], folder),
    )
    with pytest.raises(
        CourseError,
        match=r"lite/wheels\.txt: has no hash for comm==0\.2\.3\. Fix: .*make lite-lock",
    ):
        fetch({"comm": "0.2.3"}, kept, said.append, {})
    with pytest.raises(
        CourseError,
        match=r"lite/wheels\.txt: PyPI offers another file for comm==0\.2\.3 than the one that is pinned",
    ):
        fetch({"comm": "0.2.3"}, kept, said.append, {("comm", "0.2.3"): "0" * 64})
    assert not list(kept.iterdir())
    (kept / "comm-0.2.3-py3-none-any.whl").write_bytes(b"spoilt on this disk")
    digest = hashlib.sha256(offer).hexdigest()
    fetch({"comm": "0.2.3"}, kept, said.append, {("comm", "0.2.3"): digest})
    assert (kept / "comm-0.2.3-py3-none-any.whl").read_bytes() == offer and "the hash of" in said[
        -2
    ]
    said.clear()
    fetch({"comm": "0.2.3"}, kept, said.append, {("comm", "0.2.3"): digest})
    assert said == [], "what lies there is not asked for again"


def test_two_do_not_build_in_one_folder(tmp_path):
    with (
        only_one(tmp_path),
        pytest.raises(CourseError, match="someone is building it already"),
        only_one(tmp_path),
    ):
        pass
    with only_one(tmp_path):
        pass


def test_the_lab_stays_where_a_chapter_is_gone(tmp_path):
    from kratomcourse.site.build.book import remove_pages_of_gone_sources

    for path in ("book/old.html", "index.html", "lite/start.html"):
        (tmp_path / "_build" / "html" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "_build" / "html" / path).write_text("")
    remove_pages_of_gone_sources(tmp_path, tmp_path / "_build")
    assert [path.name for path in (tmp_path / "_build" / "html").iterdir()] == ["lite"] and (
        tmp_path / "_build" / "html" / "lite" / "start.html"
    ).exists()


def test_an_unbuilt_book_gets_no_lab(tmp_path):
    with pytest.raises(CourseError, match="the book isn't built yet"):
        build_lite(ROOT, tmp_path, tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.site
def test_every_chapter_is_there_and_linked_and_nothing_is_missing(lab):
    pages = {
        Path(name).stem: page
        for chapter in load_chapters(ROOT)
        for name, page in zip(
            plain_names(chapter), [chapter.opening, *(part.name for part in chapter.parts)]
        )
    }
    assert {path.stem for path in (lab / "lite" / "files").glob("*.ipynb")} == set(pages)
    start = (lab / "lite" / "start.html").read_text(encoding="utf-8")
    for stem, page in pages.items():
        assert f'id="{stem}"' in start and f"path={stem}.ipynb" in start
        assert f'href="../../lite/start.html#{stem}"' in (lab / f"{page}.html").read_text(
            encoding="utf-8"
        )
    assert (
        "Content-Security-Policy" in start
        and "cdn.jsdelivr.net" in start
        and "book/help-now.html" in start
    )
    lock = json.loads(
        (lab / "lite" / "static" / "pyodide" / "pyodide-lock.json").read_text(encoding="utf-8")
    )["packages"]
    local = set(started_with(lock))
    for name, package in lock.items():
        assert (
            (lab / "lite" / "static" / "pyodide" / package["file_name"]).exists()
            if name in local
            else package["file_name"].startswith(CDN)
        ), name
    assert not is_of_older_chapters(lab, ROOT / "_build" / "notebooks")


@pytest.mark.site
def test_a_lab_of_older_chapters_is_known(lab, tmp_path):
    (tmp_path / "01.ipynb").write_text("{}")
    assert is_of_older_chapters(lab, tmp_path) and not is_of_older_chapters(tmp_path, tmp_path)


@pytest.mark.browser
@pytest.mark.site
def test_a_chapter_runs_without_any_other_host(lab, address, browser):
    """From the start page to a question that is judged; the one other host is asked by the first cell alone, and refused here."""
    context = browser.new_context(viewport={"width": 390, "height": 800})
    context.set_default_timeout(PATIENCE)
    asked = []
    # Only what goes elsewhere comes by here, so that the site itself answers at its own speed.
    context.route(
        re.compile(rf"^(?!{re.escape(address)}|data:|blob:)"),
        lambda route: (asked.append(route.request.url), route.abort()),
    )
    page = context.new_page()
    try:
        page.goto(f"{address}/lite/start.html")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.locator('[id^="04-1-"] a').click()
        page.locator(".jp-Notebook").wait_for()
        first = page.locator(".jp-CodeCell").first
        assert asked == [], "nothing is asked elsewhere before a cell is run"
        for _ in range(60):  # a notebook that has not met its kernel yet lets the keys go by
            first.locator(".cm-content").click()
            page.keyboard.press("Control+Enter")
            with contextlib.suppress(PlaywrightTimeout):
                first.locator(".jp-InputPrompt", has_text=re.compile(r"\[[*\d]+\]")).wait_for(
                    timeout=5000
                )
                break
        first.locator(".jp-OutputArea", has_text="Not loaded: numpy, pandas, matplotlib").wait_for()
        assert asked and all(one.startswith(CDN) for one in asked)
        told = run(page, "import numpy")
        assert "numpy is not here: it comes from another host" in told
        told = run(
            page,
            "from kratomcourse.evidence import load_facts\nfacts = load_facts()\nprint(len(facts) > 500, facts['risk-010'].number > 1e6)",
        )
        assert told == "True True"
        run(
            page,
            'from kratomcourse.quiz import QuizHtml\nQuizHtml("04-risk", "risk.o1")',
            wait="form.quiz-item",
        )
        form = page.locator("form.quiz-item[data-kind=choice]").first
        form.locator("input[type=radio]").first.check()
        form.locator(".quiz-check").click()
        right = form.locator("input:checked").get_attribute("value") == form.locator(
            '[data-right="true"]'
        ).get_attribute("data-option")
        assert ("Right." if right else "Not yet.") in form.locator(".quiz-result").text_content()
    finally:
        context.close()


def run(page, code, wait=None):
    """Insert a cell below the one in use, run it, and return what it says; or wait for what it shows."""
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    cell = page.locator(".jp-Notebook .jp-Cell.jp-mod-active")
    cell.locator(".cm-content").click()
    page.keyboard.insert_text(code)
    number = page.locator(".jp-CodeCell").evaluate_all(
        "cells => cells.findIndex(cell => cell.classList.contains('jp-mod-active'))"
    )
    page.keyboard.press("Control+Enter")
    mine = page.locator(".jp-CodeCell").nth(number)
    mine.locator(wait or ".jp-OutputArea-output").first.wait_for()
    return mine.locator(".jp-OutputArea").first.inner_text().strip()
