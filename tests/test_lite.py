"""The parts in the reader's browser: what is served, what is asked of other hosts, and parts that
run without any.
"""

import asyncio
import contextlib
import hashlib
import importlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import pytest
from conftest import CHROMIUM, ROOT, required, served
from filelock import FileLock
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from kratomcourse.chapters import load_chapters
from kratomcourse.chapters.plain import plain_names
from kratomcourse.chapters.wheel import shown_questions, write_wheel
from kratomcourse.errors import CourseError
from kratomcourse.lite import build_lite, core, is_of_older_chapters, run_here, wheels
from kratomcourse.lite.build import only_one
from kratomcourse.lite.core import (
    CORE,
    CORE_FILES,
    LIBRARIES,
    STARTED_WITH,
    core_of,
    read_lock,
    wanted_wheels,
    with_dependencies,
    write_core,
)
from kratomcourse.lite.wheels import CACHE, fetch, gather, pins_of
from kratomcourse.quiz import load_banks
from kratomcourse.site.publish.download_links import link_downloads

CDN = "https://cdn.jsdelivr.net/pyodide/"
PATIENCE = 300_000


def build_lab(site, shared, name, patches=contextlib.nullcontext):
    """A copy of the built book with the notebooks for the browser in it, made once in a run."""
    required((ROOT / CORE).exists(), "Python for the browser (npm ci in lite)")
    place = shared / name
    with FileLock(shared / f"{name}.lock", timeout=1800):
        if not place.exists():
            fresh = shared / f"{name}-new"
            shutil.copytree(site, fresh, ignore=shutil.ignore_patterns("lite", "*.epub", "*.pdf"))
            with patches():
                build_lite(ROOT, fresh, ROOT / "_build" / "notebooks", print)
            link_downloads(fresh)
            fresh.rename(place)
    return place


@pytest.fixture(scope="session")
def lab(site, shared):
    """The book with notebooks whose Python comes whole from the site."""
    place = build_lab(site, shared, "with-lab")
    if CDN in (place / "lite" / "static" / "pyodide" / "pyodide-lock.json").read_text():
        pytest.skip("lite/cache has no compiled wheels, and PyPI has no longer lite/carrier.txt")
    return place


@pytest.fixture(scope="session")
def cdn_lab(site, shared):
    """The same where the compiled packages could not be had."""

    @contextlib.contextmanager
    def nothing_found():
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(core, "gather", lambda *_: {})
            yield

    return build_lab(site, shared, "with-cdn-lab", nothing_found)


@pytest.fixture
def address(lab):
    with served(lab) as address:
        yield address


def test_the_wheel_has_what_the_book_shows_and_no_graded_question(tmp_path):
    path = write_wheel(tmp_path)
    with zipfile.ZipFile(path) as wheel:
        texts = {name: wheel.read(name).decode(errors="replace") for name in wheel.namelist()}
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


def test_a_missing_or_wrong_core_is_explained(tmp_path):
    with pytest.raises(
        CourseError, match=r"Python for the browser isn't installed\. Fix: make lite"
    ):
        core_of(tmp_path)
    (tmp_path / CORE).mkdir(parents=True)
    (tmp_path / CORE / "package.json").write_text('{"version": "0.1.0"}')
    with pytest.raises(
        CourseError, match=r"it has pyodide 0\.1\.0, but jupyterlite-pyodide-kernel needs 0\.27"
    ):
        core_of(tmp_path)


def test_each_wheel_from_elsewhere_is_pinned_by_its_hash():
    assert set(wanted_wheels().items()) == set(pins_of(ROOT)), "make lite-lock"
    carrier = (ROOT / wheels.CARRIER).read_text().splitlines()[-1]
    assert re.fullmatch(r"\S+==\S+ --hash=sha256:[0-9a-f]{64}", carrier)


@pytest.fixture
def course_folder(tmp_path):
    """A course that has nothing but what `lite` needs: a core and one package in its lock."""
    folder = tmp_path / "course"
    (folder / CORE).mkdir(parents=True)
    shutil.copy(ROOT / wheels.CARRIER, folder / wheels.CARRIER)
    return folder


def package(name, data):
    return {
        "file_name": f"{name}-1.0-cp312-wasm32.whl",
        "sha256": hashlib.sha256(data).hexdigest(),
        "version": "1.0",
        "depends": [],
    }


def carry(monkeypatch, members, spoil=lambda data: data):
    """Let PyPI offer a carrier with these files; count how often it is asked."""
    asked = []

    def download(what, folder):
        asked.append(what)
        path = folder / "carrier-1-py3-none-any.whl"
        with zipfile.ZipFile(path, "w") as archive:
            for name, data in members.items():
                archive.writestr(f"carrier/assets/{name}", data)
        path.write_bytes(spoil(path.read_bytes()))
        return subprocess.CompletedProcess([], 0, "", "")

    monkeypatch.setattr(wheels, "download", download)
    return asked


def test_a_carried_wheel_is_used_only_with_the_hash_of_the_lock(course_folder, monkeypatch):
    good, bad = package("good", b"good"), package("bad", b"what the lock vouches for")
    packages, said = {"good": good, "bad": bad}, []
    asked = carry(monkeypatch, {good["file_name"]: b"good", bad["file_name"]: b"something else"})
    found = gather(["good", "bad"], packages, course_folder, said.append)
    assert list(found) == ["good"] and found["good"].read_bytes() == b"good"
    assert not (course_folder / CACHE / bad["file_name"]).exists()
    assert f"refused {bad['file_name']}: its hash isn't the one in Pyodide's lock" in said
    assert "--require-hashes" in asked[0]


def test_the_cache_is_enough_where_the_carrier_has_vanished(course_folder, monkeypatch):
    good = package("good", b"good")
    asked = carry(monkeypatch, {good["file_name"]: b"good"})
    gather(["good"], {"good": good}, course_folder, print)
    gone = subprocess.CompletedProcess([], 1, "", "ERROR: No matching distribution found")
    monkeypatch.setattr(wheels, "download", lambda *_: (asked.append("again"), gone)[1])
    found = gather(["good"], {"good": good}, course_folder, print)
    assert list(found) == ["good"] and "again" not in asked
    (course_folder / CACHE / good["file_name"]).write_bytes(b"spoilt on this disk")
    said = []
    assert gather(["good"], {"good": good}, course_folder, said.append) == {}
    assert not (course_folder / CACHE / good["file_name"]).exists(), "a spoilt file isn't served"
    assert any("can't be downloaded" in line for line in said)


@pytest.mark.parametrize("kept", (0.5, 0.9, 0))
def test_half_a_download_leaves_nothing_behind(course_folder, monkeypatch, kept):
    good, said = package("good", b"good" * 999), []
    members = {good["file_name"]: b"good" * 999}
    carry(monkeypatch, members, lambda data: data[: int(len(data) * kept)])
    assert gather(["good"], {"good": good}, course_folder, said.append) == {}
    assert not list((course_folder / CACHE).glob("*")) and "can't be read" in said[-1]


def test_a_pinned_carrier_of_another_hash_is_refused(course_folder, monkeypatch):
    said = []
    other = subprocess.CompletedProcess([], 1, "", "THESE PACKAGES DO NOT MATCH THE HASHES")
    monkeypatch.setattr(wheels, "download", lambda *_: other)
    assert gather(["good"], {"good": package("good", b"")}, course_folder, said.append) == {}
    assert "PyPI offers another file than the one that is pinned" in said[-1]


def test_without_compiled_wheels_the_lock_points_to_the_cdn(tmp_path, monkeypatch):
    required((ROOT / CORE).exists(), "Python for the browser (npm ci in lite)")
    monkeypatch.setattr(core, "gather", lambda *_: {})
    said = []
    made = write_core(ROOT, tmp_path / "pyodide", said.append)
    packages = json.loads((tmp_path / "pyodide" / "pyodide-lock.json").read_text())["packages"]
    assert not made.self_hosted and any("Pyodide's CDN" in line for line in said)
    for name in with_dependencies([*STARTED_WITH, *LIBRARIES], packages):
        assert packages[name]["file_name"].startswith(CDN), name
    assert {path.name for path in (tmp_path / "pyodide").iterdir()} == {
        *CORE_FILES,
        "pyodide-lock.json",
    }


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
    ordinary = wheels.download
    monkeypatch.setattr(
        wheels,
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
        match=r"lite/wheels\.txt: PyPI offers another file for comm==0\.2\.3 than the one that is "
        r"pinned",
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
    assert "Content-Security-Policy" in start and "book/help-now.html" in start
    assert "Nothing is asked of any other host" in start and "jsdelivr" not in start
    folder = lab / "lite" / "static" / "pyodide"
    packages = read_lock(folder)["packages"]
    assert set(packages) == set(with_dependencies([*STARTED_WITH, *LIBRARIES], packages))
    official = read_lock(ROOT / CORE)["packages"]
    for name, one in packages.items():
        assert wheels.sha256(folder / one["file_name"]) == official[name]["sha256"], name
    assert all(
        (folder / name).read_bytes() == (ROOT / CORE / name).read_bytes() for name in CORE_FILES
    )
    assert not is_of_older_chapters(lab, ROOT / "_build" / "notebooks")


@pytest.mark.site
def test_a_lab_of_older_chapters_is_known(lab, tmp_path):
    (tmp_path / "01.ipynb").write_text("{}")
    assert is_of_older_chapters(lab, tmp_path) and not is_of_older_chapters(tmp_path, tmp_path)


def notebooks_of_chapters():
    """{chapter: names of the notebooks of its parts}, those with most code cells first."""

    def cells(name):
        source = (ROOT / "_build" / "notebooks" / name).read_text(encoding="utf-8")
        return sum(cell["cell_type"] == "code" for cell in json.loads(source)["cells"])

    return {
        chapter.name: sorted(
            (part.plain_name for part in chapter.parts), key=lambda name: (-cells(name), name)
        )
        for chapter in load_chapters(ROOT)
    }


@contextlib.contextmanager
def other_hosts_refused(browser, address, width=1200):
    """A page of a new browser context, and the list of what it asked of other hosts."""
    context = browser.new_context(viewport={"width": width, "height": 900})
    context.set_default_timeout(PATIENCE)
    asked = []
    # Only what goes elsewhere comes by here, so that the site itself answers at its own speed.
    context.route(
        re.compile(rf"^(?!{re.escape(address)}|data:|blob:)"),
        lambda route: (asked.append(route.request.url), route.abort()),
    )
    try:
        yield context.new_page(), asked
    finally:
        context.close()


ERRORS = '.jp-OutputArea-output[data-mime-type="application/vnd.jupyter.error"]'
# What a notebook with so many code cells is doing: "waiting" where no cell runs or has run.
STATE = """([count, errors]) => {
  const prompts = [...document.querySelectorAll(".jp-CodeCell .jp-InputArea-prompt")];
  const shown = pattern => prompts.filter((one) => pattern.test(one.textContent)).length;
  if (document.querySelector(errors)) return "error";
  if (shown(/\\d/) === count && prompts.length === count) return "done";
  return shown(/[*\\d]/) ? "running" : "waiting";
}"""


def run_all_cells(page, address, name, seconds=600):
    """Open a notebook, run it to its end or to the first error, and return the texts of its errors,
    or where it stood still.

    JupyterLab shows a kernel as idle before there is one, and may drop a command that comes too
    early; a person then chooses it again, and so does this.
    """
    page.goto(f"{address}/lite/notebooks/index.html?path={name}")
    # There, but not always in sight: at a slow start the toolbar may keep it in its overflow menu
    # (jupyter/notebook issue 6553).
    page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").wait_for(state="attached")
    source = json.loads((ROOT / "_build" / "notebooks" / name).read_text(encoding="utf-8"))
    # A folded cell, such as the drawing code, shows no number.
    count = sum(
        cell["cell_type"] == "code" and not cell["metadata"].get("jupyter", {}).get("source_hidden")
        for cell in source["cells"]
    )
    end = time.monotonic() + seconds
    while (state := page.evaluate(STATE, [count, ERRORS])) not in ("done", "error"):
        if time.monotonic() > end:
            prompts = page.locator(".jp-CodeCell .jp-InputArea-prompt").all_inner_texts()
            return [f"not at its end after {seconds} s: {prompts}"]
        if state == "waiting":
            page.get_by_role("menuitem", name="Run", exact=True).click()
            page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
            page.wait_for_timeout(4000)
        page.wait_for_timeout(1000)
    return page.locator(ERRORS).all_inner_texts()


@pytest.mark.browser
@pytest.mark.site
@pytest.mark.parametrize("chapter", [1, 2, 3, 5, 6, 7, 8])  # chapter 4 is in the next test
def test_a_part_of_each_chapter_runs_to_its_end_without_other_hosts(lab, address, browser, chapter):
    name = list(notebooks_of_chapters().values())[chapter - 1][0]
    with other_hosts_refused(browser, address) as (page, asked):
        assert run_all_cells(page, address, name) == []
        assert "Everything is here" in page.locator(".jp-OutputArea-output").first.inner_text()
        assert asked == []


@pytest.mark.browser
@pytest.mark.site
def test_a_part_runs_over_plain_http_from_another_address(lab, address, browser):
    """A browser trusts loopback as it trusts HTTPS, but not another machine of the room."""
    elsewhere = address.replace("127.0.0.1", "room.example")
    chromium = browser.browser_type.launch(
        executable_path=CHROMIUM,
        args=["--no-sandbox", "--host-resolver-rules=MAP room.example 127.0.0.1"],
    )
    with other_hosts_refused(chromium, elsewhere) as (page, asked):
        name = notebooks_of_chapters()["04-risk"][0]
        assert run_all_cells(page, elsewhere, name) == [] and asked == []
        assert not page.evaluate("isSecureContext")
    chromium.close()


@pytest.mark.long
@pytest.mark.browser
@pytest.mark.site
def test_every_part_runs_to_its_end_without_other_hosts(lab, address, browser):
    failed = {}
    for name in [name for names in notebooks_of_chapters().values() for name in names]:
        with other_hosts_refused(browser, address) as (page, asked):
            if problems := run_all_cells(page, address, name) + asked:
                failed[name] = problems
    assert failed == {}


@pytest.mark.browser
@pytest.mark.site
def test_a_browser_that_cannot_run_or_keep_a_notebook_is_told_first(lab, address, browser):
    context = browser.new_context()
    context.add_init_script("delete window.WebAssembly")
    context.add_init_script(
        "Object.defineProperty(window, 'indexedDB', {get() { throw new DOMException('denied') }})"
    )
    page = context.new_page()
    page.goto(f"{address}/lite/start.html")
    assert "no WebAssembly" in page.get_by_role("status").first.inner_text()
    assert "what you write is lost" in page.get_by_role("status").last.inner_text()
    context.close()
    page = browser.new_page()
    page.goto(f"{address}/lite/start.html")
    assert page.get_by_role("status").count() == 0
    page.close()


@pytest.mark.browser
@pytest.mark.site
def test_a_part_runs_where_the_browser_keeps_nothing(lab, address, browser):
    with other_hosts_refused(browser, address) as (page, asked):
        page.add_init_script(
            "for (const name of ['indexedDB', 'localStorage']) Object.defineProperty("
            "window, name, {get() { throw new DOMException('denied', 'SecurityError') }})"
        )
        name = notebooks_of_chapters()["08-read-an-article"][0]
        assert run_all_cells(page, address, name) == [] and asked == []


@pytest.mark.browser
@pytest.mark.site
def test_a_phone_goes_from_the_start_page_to_a_question_that_is_marked(lab, address, browser):
    with other_hosts_refused(browser, address, width=390) as (page, asked):
        page.goto(f"{address}/lite/start.html")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.locator('[id^="04-1-"] a').click()
        run_first_cell(page).locator(
            ".jp-OutputArea", has_text=re.compile("Everything is here")
        ).wait_for()
        question = 'from kratomcourse.quiz import QuizHtml\nQuizHtml("04-risk", "risk.o1")'
        run(page, question, wait="form.quiz-item")
        form = page.locator("form.quiz-item[data-kind=choice]").first
        form.locator("input[type=radio]").first.check()
        form.locator(".quiz-check").click()
        right = form.locator("input:checked").get_attribute("value") == form.locator(
            '[data-right="true"]'
        ).get_attribute("data-option")
        assert ("Right." if right else "Not yet.") in form.locator(".quiz-result").text_content()
        assert asked == []


@pytest.mark.long
@pytest.mark.browser
@pytest.mark.site
def test_a_part_runs_with_the_packages_of_the_cdn_and_the_page_says_so(lab, cdn_lab, browser):
    """The CDN's answers come from the files that `make lite` has kept: they are the same files."""
    name = notebooks_of_chapters()["04-risk"][0]
    with served(cdn_lab) as address, other_hosts_refused(browser, address) as (page, asked):
        page.goto(f"{address}/lite/start.html")
        words = page.locator("main").inner_text()
        assert "asks another host, cdn.jsdelivr.net" in words and "don't start" in words
        page.context.route(
            re.compile(re.escape(CDN)),
            lambda route: route.fulfill(
                path=ROOT / CACHE / route.request.url.rpartition("/")[2],
                headers={"Access-Control-Allow-Origin": "*"},
            ),
        )
        fetched = []
        page.context.on("request", lambda request: fetched.append(request.url))
        assert run_all_cells(page, address, name) == [] and asked == []
        assert any(url.startswith(CDN) and "numpy" in url for url in fetched)


def finish(coroutine):
    """Run a coroutine in a thread of its own: Playwright keeps a loop running in the main one."""
    with ThreadPoolExecutor(1) as executor:
        executor.submit(asyncio.run, coroutine).result(timeout=30)


def test_a_library_that_did_not_come_is_named_and_its_import_says_why(monkeypatch, capsys):
    from kratomcourse.chapters.reader_package import browser

    async def nothing_comes(names):
        assert names == ["numpy", "pandas", "matplotlib"]

    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path])
    monkeypatch.delitem(sys.modules, "numpy", raising=False)
    monkeypatch.setattr(browser, "comes", lambda name: False)
    monkeypatch.setattr(browser, "load", nothing_comes)
    finish(browser.prepare("cdn.example"))
    said = capsys.readouterr().out
    assert "Asking Pyodide's CDN (cdn.example)" in said
    assert "Not loaded: numpy, pandas, matplotlib." in said and "run this cell again" in said
    with pytest.raises(ModuleNotFoundError, match="numpy is not here: it comes from another host"):
        importlib.import_module("numpy")
    monkeypatch.setattr(browser, "comes", lambda name: True)
    finish(browser.prepare())
    assert "Everything is here." in capsys.readouterr().out
    assert not any(isinstance(finder, browser.Absent) for finder in sys.meta_path)


def run_first_cell(page):
    """Run the first cell, however often it takes until the notebook listens; the cell."""
    first = page.locator(".jp-CodeCell").first
    for _ in range(60):
        first.locator(".cm-content").click()
        page.keyboard.press("Control+Enter")
        with contextlib.suppress(PlaywrightTimeout):
            first.locator(".jp-InputPrompt", has_text=re.compile(r"\[[*\d]+\]")).wait_for(
                timeout=5000
            )
            break
    return first


def run(page, code, wait=None):
    """Insert a cell above the active one, run it, and return its output, or wait for an element of
    it.
    """
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


PART = "notebooks/04-risk/4-rates-denominators-and-none-seen.html"


def status_of(frame, text):
    """Wait until the line beside a button says this."""
    frame.get_by_role("status").filter(has_text=re.compile(text)).first.wait_for()


@pytest.mark.browser
@pytest.mark.site
def test_a_reader_runs_code_on_the_page_and_finds_it_again(lab, address, browser):
    with other_hosts_refused(browser, address) as (page, asked):
        fetched = []
        page.on("request", lambda request: fetched.append(request.url.removeprefix(address)))
        page.goto(f"{address}/{PART}")
        page.wait_for_load_state("networkidle")
        assert sorted(url for url in fetched if url.startswith("/lite/")) == [
            "/lite/run.css",
            "/lite/run.js",
        ], "nothing is loaded before the reader asks for it"
        box = page.locator(".run-here")
        assert re.search(r"about \d\d MB", box.inner_text())
        box.get_by_role("button", name="Run this page").click()
        status_of(box, "Python is ready")

        cell = page.locator("div.cell", has=page.locator("textarea")).filter(
            has_text="none of 30: up to 9.5% fits"
        )
        cell = cell.last
        figures = page.locator("figure.course-figure:visible").count()
        cell.locator("textarea").fill(
            cell.locator("textarea").input_value().replace("30, 0.95", "300, 0.95")
        )
        cell.locator("textarea").press("Control+Enter")
        status_of(cell, "^Done")
        assert cell.locator(".run-output").inner_text().strip() == "none of 300: up to 1.0% fits"
        assert page.locator("figure.course-figure:visible").count() == figures
        cell.locator("textarea").fill("print(nothing)")
        cell.get_by_role("button", name="Run", exact=True).click()
        status_of(cell, "An error")
        assert "NameError" in cell.locator(".run-output").inner_text()

        question = page.locator("form.quiz-item[data-kind=code]").first
        for body, said in (
            ("return 0", "Not yet:"),
            ("return", "expected 10"),
            (None, "Right"),
        ):
            solution = question.locator(".quiz-answer code").text_content()
            start = question.locator("textarea").input_value().splitlines()[0]
            question.locator("textarea").fill(f"{start}\n    {body}\n" if body else solution)
            question.get_by_role("button", name="Run and check").click()
            question.locator(".run-output", has_text=said).wait_for()
        assert asked == []
        assert not [url for url in fetched if url.count("/") == 1], "nothing at the host's root"

        page.reload()
        assert "Your changes from an earlier visit are here (2)" in box.inner_text()
        assert page.locator("div.cell textarea").input_value() == "print(nothing)"
        assert question.locator("textarea").input_value() == solution
        page.get_by_role("button", name="As in the book").first.click()
        page.reload()
        assert "are here (1)" in box.inner_text()


@pytest.mark.browser
@pytest.mark.site
def test_without_javascript_or_on_a_phone_a_page_offers_its_notebook(lab, address, browser):
    notebook = "../../lite/start.html#04-4-rates-denominators-and-none-seen"
    for settings in ({"java_script_enabled": False}, {"viewport": {"width": 390, "height": 800}}):
        context = browser.new_context(**settings)
        page = context.new_page()
        page.goto(f"{address}/{PART}")
        box = page.locator(".run-here")
        assert box.get_by_role("link").get_attribute("href") == notebook
        assert box.get_by_role("button").count() == 0 and page.locator("textarea").count() == 0
        context.close()


@pytest.mark.browser
@pytest.mark.site
def test_a_page_says_when_changes_are_not_kept_or_python_cannot_start(lab, address, browser):
    context = browser.new_context()
    context.add_init_script(
        "Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('no') }})"
    )
    context.route("**/lite/thebe/**", lambda route: route.abort())
    page = context.new_page()
    page.goto(f"{address}/{PART}")
    question = page.locator("form.quiz-item[data-kind=code]").first
    question.locator("textarea").fill("def rate(): ...")
    status_of(question, "This browser keeps nothing")
    question.get_by_role("button", name=re.compile(r"loads about \d+ MB")).click()
    status_of(question, "Python couldn't be started .* open the notebook")
    context.close()


def test_an_archive_of_npm_with_another_hash_is_refused(course_folder, monkeypatch):
    (course_folder / run_here.PACKAGES).write_text("thebe-core@0.5.0 sha512-AAAA\n")
    said = []

    def pack(command, **_):
        (Path(command[-2]) / "thebe-core-0.5.0.tgz").write_bytes(b"something else")

    monkeypatch.setattr(run_here.subprocess, "run", pack)
    monkeypatch.setattr(run_here.shutil, "which", lambda _: "npm")
    assert run_here.thebe_packages(course_folder, said.append) is None
    assert "refused thebe-core@0.5.0" in said[0]
    assert not list((course_folder / "lite").rglob("*.tgz"))
    monkeypatch.setattr(run_here.shutil, "which", lambda _: None)
    assert not run_here.write_run_here(course_folder, course_folder, said.append)
    assert "npm isn't installed" in said[1] and "offer their notebooks" in said[-1]


def test_a_part_brings_the_module_that_draws_its_figures(tmp_path):
    part = tmp_path / "1-part.ipynb"
    cells = [
        nbformat.v4.new_code_cell("from figures import draw"),
        nbformat.v4.new_markdown_cell("x"),
    ]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), part)
    (tmp_path / "figures.py").write_text("def draw():\n    return 'drawn'\n")
    code = run_here.part_code(part)
    assert code["cells"] == ["from figures import draw"]
    place = tmp_path / "browser"
    place.mkdir()
    python = code["setup"].replace(run_here.SETUP, "") + "\nfrom figures import draw\nprint(draw())"
    done = subprocess.run(
        [sys.executable, "-I", "-c", python], cwd=place, capture_output=True, text=True
    )
    assert done.stdout == "drawn\n", done.stderr


def test_the_check_of_code_in_the_browser_marks_as_the_course_does(tmp_path):
    from kratomcourse.chapters.wheel import cases_of_shown_code

    with zipfile.ZipFile(write_wheel(tmp_path)) as wheel:
        wheel.extractall(tmp_path / "site")
    items = {item.id: item for bank in load_banks().values() for item in bank.used_for("check")}
    for name in cases_of_shown_code():
        item = items[name]
        for source, said in ((item.solution, "Right: all"), (item.starter, "Not yet")):
            # A solution of the bank may be only the body that completes the starter.
            whole = source if source.startswith("def") else f"{item.starter}\n{source}"
            python = (
                f"{whole}\nfrom kratomcourse.quiz import check_code\ncheck_code({name!r}, "
                "globals())"
            )
            done = subprocess.run(
                [sys.executable, "-c", python],
                cwd=tmp_path,
                env=os.environ | {"PYTHONPATH": str(tmp_path / "site")},
                capture_output=True,
                text=True,
            )
            assert said in done.stdout, (name, done.stdout, done.stderr)
