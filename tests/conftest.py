"""What several tests share: the built book, a small course to break, and a browser."""

import contextlib
import os
import shutil
import subprocess
import sys
import threading
import time
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import settings

from kratomcourse.chapters import load_chapters
from kratomcourse.exports.pdf import find_chromium

# No generated example is timed: machines are shared, and no test here is about speed.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

ROOT = Path(__file__).resolve().parents[1]
MINI = Path(__file__).parent / "data" / "mini"
CHROMIUM = find_chromium()
# The one part of the small course, and its notebook in the chapter's folder.
MINI_PART = "notebooks/01-mini/1-binding-is-not-effect"


def part_page(objective):
    """Name of the page of the part that asks an objective's questions, such as
    notebooks/04-risk/2-a-call-is-not-a-case.
    """
    return next(
        part.name
        for chapter in load_chapters(ROOT)
        for part in chapter.parts
        if objective in part.asks
    )


def part_with(words):
    """Name of the page of the first part whose notebook holds these words."""
    return next(
        part.name
        for chapter in load_chapters(ROOT)
        for part in chapter.parts
        if words in part.path.read_text(encoding="utf-8")
    )


# Tests that start servers, sandboxes, notebooks or a whole build; `make test-fast` leaves them out.
SLOW_FIXTURES = {"answered_course", "browser", "built_mini", "mini", "site", "unbuilt_mini"}
SLOW_MODULES = {
    "test_backup",
    "test_build",
    "test_cluster",
    "test_deploy",
    "test_feedback",
    "test_grading",
    "test_guide",
    "test_hostile",
    "test_hostile_steps",
    "test_lite",
    "test_live",
    "test_nbgrader",
    "test_outlets",
    "test_passback",
    "test_postgres",
    "test_release_order",
    "test_report",
    "test_room",
    "test_room_journey",
    "test_semester",
    "test_small_class",
    "test_workshop",
    "test_zygote",
}


def pytest_collection_modifyitems(items):
    """Mark what `make test-fast` leaves out."""
    for item in items:
        if item.path.stem in SLOW_MODULES or SLOW_FIXTURES & set(item.fixturenames):
            item.add_marker(pytest.mark.slow)


def required(there, what):
    """Skip with a plain reason where a system package is absent; fail where it is promised (CI)."""
    if not there and os.environ.get("COURSE_REQUIRE_SYSTEM_PACKAGES"):
        pytest.fail(f"{what} is absent, and this run requires it")
    if not there:
        pytest.skip(f"{what} is not installed on this machine")


def course(*arguments, cwd=ROOT, check=True):
    """Run the command `course` as a user would; of the course that lies at `cwd`."""
    done = subprocess.run(
        [sys.executable, "-m", "kratomcourse.cli", *arguments],
        cwd=cwd,
        env=os.environ | {"PYTHONPATH": str(cwd)},
        capture_output=True,
        text=True,
        timeout=600,
    )
    if check and done.returncode:
        raise AssertionError(f"course {' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")
    return done


@pytest.fixture(scope="session")
def shared(tmp_path_factory, worker_id):
    """Folder that the processes of one test run have in common."""
    base = tmp_path_factory.getbasetemp()
    return base if worker_id == "master" else base.parent


@pytest.fixture(scope="session")
def site(shared):
    """Folder of the built book, brought up to date first; the processes of a run wait for the one
    that builds.
    """
    with FileLock(shared / "site.lock", timeout=1800):
        done = shared / "site.done"
        if not done.exists():
            course("book")
            done.touch()
    return ROOT / "_build" / "html"


def until(page, expression, arg=None, seconds=300):
    """Wait until a script of the page answers with something true. Playwright's own waiting
    evaluates a string in the page, which the pages' content security policy forbids.
    """
    from playwright.sync_api import Error

    end = time.monotonic() + seconds
    while True:
        try:
            if page.evaluate(expression, arg):
                return
        except Error as error:
            if "context was destroyed" not in str(error):  # the page went on to another address
                raise
        assert time.monotonic() < end, f"not true within {seconds} seconds: {expression}"
        page.wait_for_timeout(50)


class QuietHandler(SimpleHTTPRequestHandler):
    """A file server that prints no line for each request."""

    def log_message(self, *arguments):
        pass


@contextlib.contextmanager
def served(folder):
    """Serve a folder on loopback, and yield its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def address(site):
    """Address of the built book, served on loopback."""
    with served(site) as address:
        yield address


@pytest.fixture(scope="session")
def built_mini(shared):
    """A small course, built once in a run; copy it before changing it."""
    root = shared / "mini" / "course"
    with FileLock(shared / "mini.lock", timeout=1800):
        done = shared / "mini.done"
        if not done.exists():
            shutil.rmtree(root, ignore_errors=True)
            make_mini(root)
            course("book", cwd=root)
            done.touch()
    return root


@pytest.fixture
def mini(built_mini, tmp_path):
    """A built small course of one's own."""
    return Path(shutil.copytree(built_mini, tmp_path / "course"))


@pytest.fixture
def unbuilt_mini(tmp_path):
    return make_mini(tmp_path / "course")


def make_mini(root):
    """The real package, evidence and configuration around one small chapter."""
    shutil.copytree(MINI, root)
    (root / "quizzes").mkdir()
    (root / "bank").rename(root / "quizzes" / "bank")
    for name in ("kratomcourse", "evidence"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "book" / "images", root / "book" / "images")
    shutil.copy(ROOT / "_config.yml", root)
    # The exceptions speak of the real pages.
    for name, head in {
        "number_exceptions": "file,text,reason",
        "typed_numbers": "place,number,fact,reason",
        "absence_exceptions": "place,text,reason",
    }.items():
        (root / "evidence" / f"{name}.csv").write_text(f"{head}\n", encoding="utf-8")
    return root


@pytest.fixture(scope="session")
def browser():
    """Chromium of the system, without any connection of its own."""
    required(CHROMIUM, "Chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--no-first-run",
            ],
        )
        yield chromium
        chromium.close()
