"""Chapters as folders of parts: what is broken is named with its file, old addresses lead on, a
downloaded notebook finds the package.
"""

import builtins
import json
import re
import subprocess
import sys
import zipfile

import nbformat
import pytest
from conftest import MINI_PART, ROOT, course, part_with

from kratomcourse.chapters import load_chapter, load_chapters, whole_notebook
from kratomcourse.chapters.plain import get_package
from kratomcourse.chapters.wheel import NAME, write_wheel
from kratomcourse.site.build.cache_key import SEEN_BY_NOTEBOOKS
from kratomcourse.site.publish.redirects import leading_on, moved_rows, targets

CHAPTERS = load_chapters(ROOT)


def test_every_chapter_has_a_case_of_parts_of_ten_to_twenty_minutes():
    assert len(CHAPTERS) == 8
    for chapter in CHAPTERS:
        assert 4 <= len(chapter.parts) <= 7, chapter.name
        for part in chapter.parts:
            assert 5 <= part.minutes <= 25, part.name
            assert part.asks, f"{part.name} asks nothing"


def test_a_whole_chapter_has_its_parts_as_sections():
    chapter = CHAPTERS[3]
    text = "\n".join(
        cell.source for cell in whole_notebook(chapter).cells if cell.cell_type == "markdown"
    )
    titles = [line[3:] for line in text.splitlines() if line.startswith("## ")]
    assert [title for title in titles if title in {part.title for part in chapter.parts}] == [
        part.title for part in chapter.parts
    ]
    assert "{part}" not in text and text.count("\n# ") == 0


def change(root, find, put, name=f"{MINI_PART}.ipynb"):
    path = root / name
    notebook = json.loads(path.read_text(encoding="utf-8"))
    text = json.dumps(notebook, ensure_ascii=False)
    assert find in text
    path.write_text(text.replace(find, put, 1), encoding="utf-8")


def renamed(root):
    path = root / f"{MINI_PART}.ipynb"
    path.rename(path.with_name("2-binding-is-not-effect.ipynb"))
    toc = root / "_toc.yml"
    toc.write_text(toc.read_text().replace("/1-binding", "/2-binding"))


def beside_the_folders(root):
    path = root / f"{MINI_PART}.ipynb"
    path.rename(root / "notebooks" / "02-more.ipynb")
    toc = root / "_toc.yml"
    toc.write_text(toc.read_text().replace("01-mini/1-binding-is-not-effect", "02-more"))


BROKEN = {
    "a gap in the numbers": (
        renamed,
        "2-binding-is-not-effect.ipynb: its name does not begin with 1-, its place in the chapter.",
    ),
    "no header": (
        lambda root: change(root, "```{part}", "```{note}"),
        f"{MINI_PART}.ipynb: has no {{part}} header.",
    ),
    "no minutes": (
        lambda root: change(root, "minutes: 10", "seconds: 10"),
        "its {part} header does not name minutes.",
    ),
    "a question shown twice": (
        lambda root: change(root, "mini.o1", "mini.o1 mini.o1"),
        "{quiz} mini.o1 stands in 1-binding-is-not-effect.ipynb already.",
    ),
    "a notebook in no chapter": (beside_the_folders, "02-more.ipynb: lies in no chapter's folder."),
}


@pytest.mark.parametrize("damage, words", BROKEN.values(), ids=BROKEN)
def test_a_chapter_that_is_put_together_wrongly_stops_with_file_and_fix(
    unbuilt_mini, damage, words
):
    damage(unbuilt_mini)
    said = course("check", cwd=unbuilt_mini, check=False)
    assert said.returncode == 1 and "Traceback" not in said.stderr
    assert words in said.stdout + said.stderr and "Fix: " in said.stdout + said.stderr


def test_an_objective_of_no_part_is_found(unbuilt_mini):
    bank = unbuilt_mini / "quizzes" / "bank" / "01-mini.yml"
    bank.write_text(
        bank.read_text().replace("section: Binding is not effect", "section: Binding effects")
    )
    said = course("check", cwd=unbuilt_mini, check=False).stdout
    assert "mini.o1 is said to be taught in \u201cBinding effects\u201d, which is no part" in said


def test_notebooks_import_only_what_makes_them_run_again_when_it_changes():
    """Otherwise their outputs would go stale unseen."""
    for chapter in CHAPTERS:
        for path in chapter.notebooks:
            source = "\n".join(
                cell.source
                for cell in nbformat.read(path, as_version=4).cells
                if cell.cell_type == "code"
            )
            for package, names in re.findall(
                r"^\s*from kratomcourse(\.\w+)?[\w.]* import (.+)", source, re.M
            ):
                used = [package[1:]] if package else re.findall(r"\w+", names)
                for name in used:
                    assert f"kratomcourse/{name}/" in SEEN_BY_NOTEBOOKS, f"{path}: {name}"


# Old addresses


def test_each_old_heading_leads_to_a_page_that_is_there():
    rows = moved_rows(ROOT / "book" / "moved.csv")
    assert set(rows) == {f"notebooks/{chapter.name}" for chapter in CHAPTERS}
    names = {
        name for chapter in CHAPTERS for name in (chapter.opening, *(p.name for p in chapter.parts))
    }
    for page, anchors in rows.items():
        assert len(anchors) > 15 and set(anchors.values()) <= names, page


def test_an_old_address_keeps_its_anchor_where_the_part_still_has_it(tmp_path):
    chapter = CHAPTERS[3]
    first, second = chapter.parts[:2]
    for part, identity in ((first, "kept"), (second, "fact-a1")):
        path = tmp_path / f"{part.name}.html"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f'<article class="x"><h2 id="{identity}">x</h2></article><p id="theme">')
    found = targets(tmp_path, chapter, {"kept": first.name, "renamed": second.name})
    stem = lambda part: f"{part.name.removeprefix('notebooks/')}.html"
    assert found == {
        "kept": f"{stem(first)}#kept",
        "renamed": stem(second),
        "fact-a1": f"{stem(second)}#fact-a1",
    }
    page = leading_on(chapter, found)
    assert (
        f'<noscript><meta http-equiv="refresh" content="0; url={chapter.name}/index.html">' in page
    )
    assert page.count("'sha256-") == 1 and "unsafe" not in page


@pytest.mark.browser
@pytest.mark.site
def test_a_bookmark_of_the_old_page_arrives(site, browser):
    part = part_with("machine-explorer")
    for anchor, arrives in (
        ("#figure-machine-explorer", f"{part}.html#figure-machine-explorer"),
        ("#nobody-knows-this", "notebooks/04-risk/index.html"),
        ("", "notebooks/04-risk/index.html"),
    ):
        page = browser.new_page()
        page.goto((site / "notebooks" / "04-risk.html").as_uri() + anchor)
        page.wait_for_url(f"**/{arrives}")
        page.close()
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((site / "notebooks" / "04-risk.html").as_uri())
    page.wait_for_url("**/notebooks/04-risk/index.html")
    context.close()


# Downloaded notebooks


@pytest.fixture
def elsewhere(monkeypatch, tmp_path):
    """A Python without the course; returns what pip was asked to install."""
    asked = []
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setattr(subprocess, "run", lambda command, check: asked.append(command[-1]))
    return asked


def test_a_downloaded_notebook_installs_the_wheel_of_its_site(elsewhere, monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_URL", "https://example.org/course")
    exec(get_package(), {"__builtins__": builtins})
    (tmp_path / NAME).touch()
    exec(get_package(), {"__builtins__": builtins})
    assert elsewhere == [f"https://example.org/course/downloads/{NAME}", NAME]


def test_a_notebook_that_knows_no_site_says_in_one_line_what_to_do(
    elsewhere, monkeypatch, tmp_path
):
    monkeypatch.delenv("COURSE_URL", raising=False)
    with pytest.raises(ModuleNotFoundError, match=f"Put {NAME} beside this notebook"):
        exec(get_package(), {"__builtins__": builtins})
    (tmp_path / NAME).touch()
    exec(get_package(), {"__builtins__": builtins})
    assert elsewhere == [NAME]


def test_the_wheel_brings_facts_charts_and_questions_but_no_graded_one(tmp_path):
    path = write_wheel(tmp_path)
    with zipfile.ZipFile(path) as wheel:
        wheel.extractall(tmp_path / "site")
    code = (
        "from kratomcourse.charts import show; from kratomcourse.evidence import load_facts\n"
        "from kratomcourse.quiz import QuizHtml; import kratomcourse\n"
        "print(kratomcourse.__file__); print(len(load_facts()) > 100)\n"
        "print(len(QuizHtml('02-pharmacology', 'pharm.o1')._repr_html_()) > 1000)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path / "site"), "PATH": ""},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.stdout.split() == [
        str(tmp_path / "site" / "kratomcourse" / "__init__.py"),
        "True",
        "True",
    ], done.stderr


def test_plain_notebooks_that_the_course_no_longer_has_go(tmp_path):
    from kratomcourse.chapters.plain import build_plain_notebooks

    (tmp_path / "04-risk.ipynb").write_text("{}")
    (tmp_path / "mine.ipynb").write_text("{}")
    build_plain_notebooks(tmp_path, ROOT)
    names = {path.name for path in tmp_path.glob("*.ipynb")}
    assert "04-risk.ipynb" not in names and {"04-0-risk.ipynb", "mine.ipynb"} <= names
    part = load_chapter(ROOT / "notebooks" / "04-risk").parts[1]
    text = nbformat.read(tmp_path / part.plain_name, as_version=4).cells[0].source
    assert text.startswith(f"# {part.title}") and f"Part {part.number}" in text
