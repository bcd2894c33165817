"""`course live --alone` as one person meets it: JupyterLab on plain notebooks, on this machine
only, and nobody's work overwritten.
"""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import nbformat
import pytest
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from kratomcourse.live.standalone import copy_untouched


@pytest.fixture
def lab(unbuilt_mini):
    """`course live` of a small course, started in a process group of its own; gives (address,
    token).
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    running = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "kratomcourse.cli",
            "live",
            "--alone",
            "--no-browser",
            "--port",
            str(port),
        ],
        cwd=unbuilt_mini,
        env=os.environ
        | {
            "PYTHONPATH": str(unbuilt_mini),
            "JUPYTER_CONFIG_DIR": str(unbuilt_mini / "jupyter"),
            "JUPYTER_DATA_DIR": str(unbuilt_mini / "data"),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        said = []
        for line in running.stdout:
            said.append(line)
            if found := re.search(r"(http://127\.0\.0\.1:\d+)/lab\?token=(\w+)", line):
                break
        else:
            pytest.fail("".join(said))
        for _ in range(120):  # the address is printed a moment before it answers
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.5)
        yield found[1], found[2]
    finally:
        os.killpg(running.pid, signal.SIGKILL)
        running.wait()


def test_lab_opens_on_the_plain_notebooks_with_a_token_and_on_loopback(lab):
    address, token = lab
    get = lambda path, headers: urllib.request.urlopen(
        urllib.request.Request(f"{address}{path}", headers=headers), timeout=60
    )
    listed = json.load(get("/api/contents", {"Authorization": f"token {token}"}))
    assert "01-0-mini.ipynb" in {entry["name"] for entry in listed["content"]}
    with pytest.raises(urllib.error.HTTPError) as refused:
        get("/api/contents", {})
    assert refused.value.code == 403


def test_ones_own_changes_are_never_overwritten(tmp_path):
    derived, own = tmp_path / "derived", tmp_path / "own"
    derived.mkdir()
    (derived / "a.ipynb").write_text("first")
    assert copy_untouched(derived, own) == []
    (derived / "a.ipynb").write_text("second")
    assert copy_untouched(derived, own) == [] and (own / "a.ipynb").read_text() == "second", (
        "an untouched copy follows"
    )
    (own / "a.ipynb").write_text("mine")
    (derived / "a.ipynb").write_text("third")
    assert copy_untouched(derived, own) == ["a.ipynb"] and (own / "a.ipynb").read_text() == "mine"


@pytest.mark.browser
def test_a_quiz_works_by_keyboard_in_jupyterlab(lab, browser, unbuilt_mini):
    """The renderer of the pages, from a code cell: an arrow moves between options and not between
    cells, and the answer is judged.
    """
    address, token = lab
    cell = nbformat.v4.new_code_cell(
        'from kratomcourse.quiz import QuizHtml\n\nQuizHtml("01-mini", "mini.o1")'
    )
    kernel = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}
    }  # without it JupyterLab asks for one
    nbformat.write(
        nbformat.v4.new_notebook(
            cells=[cell, nbformat.v4.new_markdown_cell("The last cell.")], metadata=kernel
        ),
        unbuilt_mini / "my-notebooks" / "quiz.ipynb",
    )
    page = browser.new_page()
    try:
        page.goto(f"{address}/lab/tree/quiz.ipynb?token={token}&reset", timeout=120_000)
        page.locator(".jp-Notebook").wait_for(timeout=120_000)
        page.get_by_text("Kernel status: Idle").first.wait_for(state="attached", timeout=120_000)
        form = page.locator('form[data-item="mini.one"]')
        for _ in range(
            12
        ):  # a notebook that is still meeting its kernel lets the keys go by, or asks which kernel
            for dialog in page.locator(".jp-Dialog button.jp-mod-accept").all():
                dialog.click()
            with contextlib.suppress(PlaywrightTimeout):
                page.locator(".jp-CodeCell .cm-content").first.click(timeout=15_000)
                page.keyboard.press("Control+Enter")
                form.wait_for(timeout=15_000)
                break
        form.locator("input[type=radio]").first.focus()
        page.keyboard.press("ArrowDown")
        assert form.locator("input:focus").get_attribute("value") == "b"
        page.keyboard.press("ArrowUp")
        page.keyboard.press("Space")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        right = form.locator("input:checked").get_attribute("value") == form.locator(
            '[data-right="true"]'
        ).get_attribute("data-option")
        assert ("Right." if right else "Not yet.") in form.locator(".quiz-result").text_content()
        assert not page.get_by_text("official Jupyter news").count(), (
            "nothing of the internet is offered"
        )
        assert list(
            json.loads(page.evaluate("localStorage.getItem('kratomcourse.progress.v1')"))["items"]
        ) == ["mini.one"]
    finally:
        page.close()
