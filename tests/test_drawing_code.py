"""The module of a chapter's figures travels: into plain notebooks as a cell, onto pages folded,
into the book's cache.
"""

import re
import sys

import nbformat
import pytest
from conftest import MINI, ROOT, course
from lxml import html

from kratomcourse.chapters.drawing_code import (
    drawing_code,
    imported_from_figures,
    mark_drawing_code,
)
from kratomcourse.chapters.plain import plain_notebook
from kratomcourse.checks.alt import check_alt_texts
from kratomcourse.checks.typed_numbers import typed_in_notebook
from kratomcourse.errors import CourseError
from kratomcourse.evidence import load_facts
from kratomcourse.locales.translated_files import translated
from kratomcourse.site.sphinx.folded_code import shown_below

MODULE = '''"""Figures."""

import math

import numpy as np
from pathlib import Path, PurePath

# How wide a bar is.
WIDTH = 0.8
other = 1


def half(x):
    return x / 2


def draw_one(rows):
    return np.array(rows) * half(WIDTH)


def draw_two(rows):
    return math.pi
'''
PARTS = sorted((ROOT / "notebooks").glob("*/[0-9]*.ipynb"))
DRAWN = [path for path in PARTS if "from figures import" in path.read_text(encoding="utf-8")]


@pytest.fixture
def module(tmp_path):
    path = tmp_path / "figures.py"
    path.write_text(MODULE)
    return path


def test_a_function_brings_what_it_uses_and_nothing_else(module):
    code = drawing_code(module, ["draw_one"])
    space = {}
    exec(code, space)
    assert list(space["draw_one"]([2, 4])) == [0.8, 1.6]
    assert "# How wide a bar is.\nWIDTH" in code
    assert "import numpy as np" in code and "Path" not in code, "of an import only what is used"
    assert not re.search(r"math|draw_two|other", code)


def test_a_cell_loses_its_import_and_keeps_the_rest():
    cell = "import pandas as pd\nfrom figures import (\n    a,\n    b,\n)\n\na(1)"
    found = imported_from_figures(cell)
    assert (found.code, found.names) == ("import pandas as pd\n\na(1)", ["a", "b"])
    for code in ("%matplotlib inline\nx", "from figures_of import a"):
        assert imported_from_figures(code) == type(found)(code, [])


@pytest.mark.parametrize(
    ("code", "waiting", "below"),
    [
        ("x = rows()", ["draw_one", "rows"], []),
        ("draw_one(x)", ["draw_one", "rows", "draw_two"], ["draw_one", "rows"]),
        ("draw_two(x)", ["draw_two"], ["draw_two"]),
        ("table(x)", ["table"], ["table"]),
        ("%matplotlib", ["draw_one"], []),
    ],
)
def test_the_code_waits_for_the_cell_that_draws(code, waiting, below):
    assert shown_below(code, waiting) == below


def test_a_missing_function_is_named(module):
    with pytest.raises(CourseError, match=r"no 'draw_on'.*did you mean 'draw_one'"):
        drawing_code(module, ["draw_on"])


def test_a_missing_or_broken_module_is_named(module):
    with pytest.raises(CourseError, match="doesn't exist"):
        drawing_code(module.with_name("absent.py"), ["draw_one"])
    module.write_text("def draw_one(:\n")
    with pytest.raises(CourseError, match=r"figures\.py"):
        drawing_code(module, ["draw_one"])


def run(notebook):
    """Run a notebook's code in a fresh namespace where no module `figures` can be imported."""
    space = {"__name__": "__main__"}
    for cell in notebook.cells:
        if cell.cell_type == "code" and cell.id != "get-package" and "QuizHtml" not in cell.source:
            exec(compile(cell.source, cell.id, "exec"), space)
    return space


@pytest.mark.parametrize("path", DRAWN, ids=lambda path: f"{path.parent.name[:2]}.{path.name[:1]}")
def test_a_plain_notebook_draws_without_the_module_beside_it(path, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "figures", None)
    notebook = plain_notebook(path)
    codes = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    assert not any("from figures import" in code for code in codes)
    folded = [c for c in notebook.cells if c.metadata.get("jupyter", {}).get("source_hidden")]
    assert folded and all(cell.id.endswith("-drawing") for cell in folded)
    run(notebook)


def test_there_are_parts_that_draw_from_a_module():
    assert DRAWN


def test_a_changed_drawing_is_a_changed_notebook_and_a_changed_comment_is_not(tmp_path):
    folder = tmp_path / "01-mini"
    folder.mkdir()
    figures = folder / "figures.py"
    figures.write_text(MODULE)
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell("from figures import draw_one\ndraw_one([1])")]
    )

    def marked():
        return mark_drawing_code(nbformat.from_dict(notebook), folder / "1-part.ipynb")

    def key():
        return marked().metadata["kernelspec"]["drawing_code"]

    before = key()
    figures.write_text(MODULE.replace("math.pi", "3"))
    assert key() == before, "another figure changed"
    figures.write_text(MODULE.replace("WIDTH = 0.8", "WIDTH = 0.9"))
    assert key() != before


def test_the_page_folds_the_code_below_its_figure_and_follows_it(mini):
    page = mini / "_build/html/notebooks/01-mini/1-binding-is-not-effect.html"
    box = html.fromstring(page.read_text(encoding="utf-8")).cssselect("details.drawing-code")
    assert len(box) == 1 and "def draw_occupancy" in box[0].text_content()
    assert "draw_nothing" not in page.read_text(encoding="utf-8")
    assert box[0].getprevious().cssselect("figure#figure-occupancy")
    figures = mini / "notebooks/01-mini/figures.py"
    figures.write_text(figures.read_text().replace("share bound", "share of receptors"))
    said = course("book", cwd=mini)
    assert "executing 01-mini/1-binding" in said.stdout + said.stderr
    assert "executing 01-mini/index" not in said.stdout + said.stderr
    assert "share of receptors" in page.read_text(encoding="utf-8")
    plain = next((mini / "_build/html/downloads/notebooks").glob("01-1-*.ipynb"))
    assert "share of receptors" in plain.read_text(encoding="utf-8")


def test_checks_and_translation_read_the_module(tmp_path):
    folder = tmp_path / "notebooks" / "04-risk"
    folder.mkdir(parents=True)
    (tmp_path / "book").mkdir()
    (folder / "figures.py").write_text(
        "from kratomcourse.charts import show\n\n\n"
        'def draw_alone(facts):\n    share = facts["risk-030"]\n'
        '    return show(None, name="a", title="Of 64.8 in a hundred", alt="A chart.", limits="")\n'
    )
    cells = [nbformat.v4.new_code_cell("from figures import draw_alone\ndraw_alone({})", id="one")]
    part = folder / "1-part.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), part)
    [typed] = typed_in_notebook(part, tmp_path, load_facts())
    assert (typed.place, typed.number, typed.fact) == ("figures.py", "64.8", "risk-030")
    assert any(problem.file.endswith("figures.py") for problem in check_alt_texts(tmp_path))
    said = translated(tmp_path, lambda _domain, _place: str.upper)
    texts = {}
    for name, text in said:
        texts[name] = text
        if name.endswith("figures.py"):
            break
    assert "OF 64.8 IN A HUNDRED" in texts["notebooks/04-risk/figures.py"]


def test_the_small_course_has_a_module_of_figures():
    assert (MINI / "notebooks" / "01-mini" / "figures.py").exists()
