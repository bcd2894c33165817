"""Plain notebooks: no MyST left, no graded item, no facilitator note; and nobody's own work is
overwritten.
"""

import re

import nbformat
import pytest
from conftest import ROOT, course

from kratomcourse.chapters.plain import plain_notebook
from kratomcourse.live.standalone import copy_untouched

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*/*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_plain_notebook_has_no_myst_left(path):
    notebook = plain_notebook(path)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            assert not re.search(r"\{[\w-]+\}`|^[`:]{3,}\{", cell.source, re.M), cell.source


def test_roles_and_directives_become_words(unbuilt_mini):
    course("book", cwd=unbuilt_mini)
    notebook = nbformat.read(
        unbuilt_mini / "_build" / "notebooks" / "01-1-binding-is-not-effect.ipynb", as_version=4
    )
    text = "\n".join(cell.source for cell in notebook.cells)
    assert "81.9\u00a0nM" in text and "as quoted in" in text
    assert "QuizHtml(" in text and "<details><summary>Solution</summary>" in text
    assert "Take time." not in text, "facilitator notes stay behind"
    assert "doi.org" in text


def test_own_work_is_never_overwritten(tmp_path):
    derived, mine = tmp_path / "derived", tmp_path / "mine"
    derived.mkdir()
    (derived / "a.ipynb").write_text("first")
    (derived / "b.ipynb").write_text("first")
    assert copy_untouched(derived, mine) == []
    (mine / "a.ipynb").write_text("my own answer")
    (derived / "a.ipynb").write_text("second")
    (derived / "b.ipynb").write_text("second")
    assert copy_untouched(derived, mine) == ["a.ipynb"]
    assert (mine / "a.ipynb").read_text() == "my own answer"
    assert (mine / "b.ipynb").read_text() == "second"
