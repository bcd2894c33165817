"""Prose is measured as a reader meets it, and the parts keep within their bounds."""

import re
import shutil

import pytest
from conftest import ROOT

from kratomcourse.checks.prose import (
    check_prose,
    check_words,
    lint,
    measure,
    measure_prose,
    running_prose,
    sentences,
)

CASE = """# A heading

A sentence of running prose stands here, and it counts {fact}`ph109:number` {fact}`ph109:cite`.

- a list item is no running prose.

| a | table |
|---|---|

**A run-in head.** What follows it counts, e.g. this.

```{admonition} A case
Nor does what stands in a fence.
```
"""


def test_headings_lists_tables_fences_and_citations_are_no_running_prose():
    assert list(running_prose(CASE)) == [
        "A sentence of running prose stands here, and it counts 7.",
        "What follows it counts, e.g. this.",
    ]


def test_sentences_end_where_a_reader_stops():
    text = "It fell by 0.7 per cent, e.g. in 2019. Why? \u201cNobody knows.\u201d Then it rose."
    assert len(sentences(text)) == 4


def test_a_telegram_and_a_maze_measure_as_what_they_are():
    telegram = measure("a", ["It is so. It was so. Nobody knows why."] * 10)
    maze = measure("b", [" ".join(["word"] * 40).capitalize() + "."] * 20)
    assert telegram.short_percent == 100 and telegram.mean_words < 5
    assert maze.mean_words == 40 and maze.short_percent == 0
    assert measure("c", ["Too little to judge."]) is None


@pytest.fixture
def course(tmp_path):
    for folder in ("notebooks", "book"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    return tmp_path


def test_a_part_that_becomes_a_telegram_or_uses_a_word_to_avoid_is_named(course):
    page = course / "book" / "how-we-know.md"
    page.write_text(page.read_text(encoding="utf-8") + "\nYou can not know that.\n")
    assert any("how-we-know" in str(one) and "can not" in str(one) for one in check_prose(course))


@pytest.mark.parametrize(
    "sentence, check",
    [
        ("This is a very unique plant, they said.", "uncomparables"),
        ("At the end of the day it helps.", "cliches"),
        ("She counted the the bags twice.", "lexical_illusions"),
        ("It is 12 noon in the town.", "redundancy"),
    ],
)
def test_the_linter_finds_what_an_editor_would_strike_out(sentence, check):
    findings = [finding for finding, _message, _around in lint("page", [sentence])]
    assert any(finding.startswith(check) for finding in findings), findings


def test_plain_sentences_and_what_is_switched_off_pass_the_linter():
    plain = [
        "The certainty is very low, and Sk\u00e5ne is a county in Sweden.",
        'But one part is open, and the label says "leaf".',
    ]
    assert not list(lint("page", plain))


def test_a_cliche_on_a_page_is_named_until_it_is_a_reviewed_exception(tmp_path):
    page = tmp_path / "book" / "page.md"
    page.parent.mkdir()
    page.write_text("We weigh it at the end of the day, and then we go.\n", encoding="utf-8")
    found = [str(one) for one in check_words(tmp_path, set())]
    assert found and all("book/page.md" in one and "prose_exceptions.csv" in one for one in found)
    listed = {("book/page.md", re.search("list \u201c(.+?)\u201d in", one)[1]) for one in found}
    assert not check_words(tmp_path, listed)


def test_the_parts_keep_within_the_bounds():
    assert not check_prose(ROOT)
    parts = [one for one in measure_prose(ROOT) if one.file.startswith("notebooks/")]
    assert len(parts) > 50
