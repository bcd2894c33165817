"""`course book` on a small course: what changed is rebuilt, what is broken stops it with one
message that tells the mend.
"""

import json
import os
import re
import subprocess
import sys

import nbformat
import pytest
from conftest import MINI_PART, course


def page_of(root):
    return (root / "_build" / "html" / f"{MINI_PART}.html").read_text(encoding="utf-8")


def figure_data(root):
    link = re.search(r'href="\.\./\.\./(_downloads/[^"]+occupancy\.csv)"', page_of(root))[1]
    return (root / "_build" / "html" / link).read_text(encoding="utf-8")


def test_a_second_build_does_nothing_over_again(mini):
    course("book", cwd=mini)  # the copy lies elsewhere, which is a change
    pages = {path: path.stat().st_mtime_ns for path in (mini / "_build" / "html").rglob("*.html")}
    executed = {
        path: path.stat().st_mtime_ns
        for path in (mini / "_build" / ".jupyter_cache").rglob("base.ipynb")
    }
    assert executed
    course("book", cwd=mini)
    rebuilt = {path.name for path, when in pages.items() if path.stat().st_mtime_ns != when}
    # Sphinx writes search and index pages anew at each run; a chapter only when it changed.
    assert "1-binding-is-not-effect.html" not in rebuilt and "help-now.html" not in rebuilt
    assert {path: path.stat().st_mtime_ns for path in executed} == executed


def test_a_changed_fact_changes_page_figure_and_quiz(mini):
    assert "81.9" in page_of(mini)
    facts = mini / "evidence" / "facts.csv"
    before = facts.read_text(encoding="utf-8")
    row = next(line for line in before.splitlines() if line.startswith("ph109,"))
    facts.write_text(before.replace(row, row.replace("81.9", "83.7")), encoding="utf-8")
    course("book", cwd=mini)
    page = page_of(mini)
    assert re.search(r'class="fact-number[^>]*>83\.7', page), "the prose"
    assert re.search(r"<legend>.*83\.7", page), "the question"
    assert "one half at 83.7 nM" in page, "the figure's alt text"
    assert "81.9" not in re.sub(r'<li id="fact-ph109".*?</li>', "", page)


def test_a_changed_module_runs_the_chapter_again(mini):
    before = figure_data(mini)
    tables = mini / "kratomcourse" / "charts" / "figure.py"
    tables.write_text(
        tables.read_text().replace("data.reset_index(drop=True)", "data.head(2)"), encoding="utf-8"
    )
    course("book", cwd=mini)
    assert len(figure_data(mini).splitlines()) == 3 < len(before.splitlines())


WITHOUT_FORK = """\
import sys, types
import kratomcourse.site.build.execution as execution
from kratomcourse.cli import main
execution.sys = types.SimpleNamespace(platform="darwin")  # for the command alone; Jupyter Book runs as it is
sys.argv = ["course", "book"]
main()
"""


def test_where_nothing_forks_ordinary_kernels_make_the_same_pages(unbuilt_mini, built_mini):
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_FORK],
        cwd=unbuilt_mini,
        env=os.environ | {"PYTHONPATH": str(unbuilt_mini)},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert (
        done.returncode == 0
        and "executing 01-mini/1-binding-is-not-effect in an ordinary kernel" in done.stdout
    ), done.stdout + done.stderr
    for page in sorted((built_mini / "_build" / "html").rglob("*.html")):
        name = page.relative_to(built_mini)
        assert (unbuilt_mini / name).read_text(encoding="utf-8") == page.read_text(
            encoding="utf-8"
        ), name


def test_a_failing_cell_stops_the_build_and_is_shown(unbuilt_mini):
    change_cell(unbuilt_mini, "imp", lambda text: text + "\nraise ValueError('the pan is hot')")
    said = course("book", cwd=unbuilt_mini, check=False)
    assert said.returncode == 1
    assert (
        "1-binding-is-not-effect.ipynb" in said.stderr
        and "ValueError: the pan is hot" in said.stderr
    )


def change_cell(root, cell_id, change):
    path = root / f"{MINI_PART}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    cell = next(cell for cell in notebook.cells if cell.id == cell_id)
    cell.source = change(cell.source)
    nbformat.write(notebook, path)


def with_outputs(root):
    path = root / f"{MINI_PART}.ipynb"
    notebook = json.loads(path.read_text())
    next(cell for cell in notebook["cells"] if cell["id"] == "imp")["execution_count"] = 7
    path.write_text(json.dumps(notebook))


def in_toc(root):
    path = root / "_toc.yml"
    path.write_text(path.read_text() + "  - file: book/help-nwo\n")


def on_front_page(text):
    def change(root):
        path = root / "book" / "index.md"
        path.write_text(f"{path.read_text()}\n{text}\n")

    return change


def forgotten_page(root):
    (root / "book" / "extra.md").write_text("# Extra\n")


def in_bank(old, new):
    def change(root):
        path = root / "quizzes" / "bank" / "01-mini.yml"
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))

    return change


BROKEN = {
    "unknown fact": (
        lambda root: change_cell(root, "one", lambda text: text.replace("`ph109`", "`ph1009`", 1)),
        (f"{MINI_PART}.ipynb", "cell 1 'one', line 7", "no fact 'ph1009'", "did you mean 'ph109'"),
    ),
    "unknown work": (
        lambda root: change_cell(
            root, "one", lambda text: text.replace("tanna2022clinical", "tanna2022clinicl")
        ),
        (
            f"{MINI_PART}.ipynb",
            "cell 1 'one'",
            "no work 'tanna2022clinicl'",
            "did you mean 'tanna2022clinical'",
        ),
    ),
    "unknown quiz": (
        lambda root: change_cell(root, "quiz", lambda text: text.replace("mini.o1", "mini.o7")),
        (
            f"{MINI_PART}.ipynb",
            "cell 4 'quiz'",
            "'mini.o7' is neither objective nor item",
            "did you mean",
        ),
    ),
    "notebook with outputs": (
        with_outputs,
        (f"{MINI_PART}.ipynb", "cell 2 'imp'", "has outputs", "--clear-output"),
    ),
    "contents name no file": (
        in_toc,
        ("_toc.yml:9", "'book/help-nwo' does not exist", "did you mean 'book/help-now'"),
    ),
    "link to a heading without a label": (
        on_front_page("(the-signs)=\n## The signs\n\nSee [them](#the-sings)."),
        ("book/index.md:", "'#the-sings' leads to no label", "did you mean 'the-signs'"),
    ),
    "link to a label that names its page": (
        on_front_page("(the-signs)=\n## The signs\n\nSee [them](index.md#the-signs)."),
        ("book/index.md:", "'index.md#the-signs'", "write (#the-signs) without the page"),
    ),
    "page in no part": (
        forgotten_page,
        ("_toc.yml", "'book/extra' is in no part", "file: book/extra"),
    ),
    "item without a key": (
        in_bank("correct: true, ", "misconception: x, "),
        ("quizzes/bank/01-mini.yml:6", "mini.one", "has exactly one", "mark the one key"),
    ),
    "two items with one id": (
        in_bank("id: mini.num", "id: mini.one"),
        ("quizzes/bank/01-mini.yml", "mini.one", "second item has this id", "another id"),
    ),
    "option without feedback": (
        in_bank(", feedback: Binding is not effect. A blocker binds too.", ""),
        ("quizzes/bank/01-mini.yml:6", "mini.one", "options 2 feedback is missing", "add it"),
    ),
    "item rests on no fact": (
        in_bank("facts: [ph109]", "facts: [ph999x]"),
        ("quizzes/bank/01-mini.yml:6", "mini.one", "fact 'ph999x' is not in facts.csv"),
    ),
}


@pytest.mark.parametrize("damage, words", BROKEN.values(), ids=BROKEN)
def test_bad_input_stops_with_file_place_and_mend(unbuilt_mini, damage, words):
    damage(unbuilt_mini)
    said = course("book", cwd=unbuilt_mini, check=False)
    assert said.returncode == 1 and "Traceback" not in said.stderr
    for word in words:
        assert word in said.stderr, said.stderr
    assert len(said.stderr.strip().splitlines()) == 1, said.stderr
    assert not (unbuilt_mini / "_build" / "html").exists()


def test_what_stops_a_build_stops_the_next_one_too_until_it_is_fixed(mini):
    page = mini / "book" / "help-now.md"
    whole = page.read_text(encoding="utf-8")
    page.write_text(whole + "\n```{nodirective}\n```\n", encoding="utf-8")
    for _time in range(2):
        said = course("book", cwd=mini, check=False)
        assert said.returncode == 1 and "help-now.md" in said.stderr, said.stdout + said.stderr
        assert "nodirective" in said.stderr
    page.write_text(whole, encoding="utf-8")
    course("book", cwd=mini)


def test_notes_for_the_facilitator_stand_in_the_instructors_edition_only(mini):
    assert "Take time." not in page_of(mini)
    said = course("book", "--edition", "instructor", cwd=mini)
    page = mini / "_build" / "instructor" / "_build" / "html" / f"{MINI_PART}.html"
    assert str(page.parents[2] / "index.html") in said.stdout
    assert "Take time." in page.read_text(encoding="utf-8")
    assert "Take time." not in page_of(mini), "the learner's edition is left as it was"
