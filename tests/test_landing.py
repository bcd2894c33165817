"""Flower heads show true counts, and a reader's ticks stay in the browser."""

import dataclasses
import re
import shutil

import pytest
from conftest import ROOT

from kratomcourse.chapters import load_chapters
from kratomcourse.charts.flower import Group, flower_head
from kratomcourse.errors import CourseError
from kratomcourse.evidence import load_facts, load_table
from kratomcourse.quiz import quantities
from kratomcourse.site.sphinx.flower_heads import FILE, head_for, read_landing

CHAPTERS = [chapter.name for chapter in load_chapters(ROOT)]


def florets(drawing, kind):
    """How many florets of a kind a drawing has."""
    path = re.search(rf'd-{kind}" [^>]*d="([^"]*)"', drawing)
    return path[1].count("h0") if path else 0


@pytest.mark.parametrize("name", ["hero", *CHAPTERS])
def test_each_chapter_has_a_head_whose_words_say_its_numbers(name):
    head = head_for(ROOT, name)
    assert head and "h0" in head.drawing and "{" not in head.words
    assert len(head.words) > 40


def test_a_head_draws_the_counts_of_its_rows():
    states = load_table("us_states")
    head = head_for(ROOT, "05-legality")
    banned = int((states["status_leaf"] == "banned").sum())
    assert florets(head.drawing, "law3") == banned and f"{banned} ban the leaf" in head.words
    facts = load_facts()
    risk = head_for(ROOT, "04-risk")
    alone, cause = (int(facts[fact].number) for fact in ("risk-056", "risk-055"))
    assert florets(risk.drawing, "here") == alone
    assert florets(risk.drawing, "all") == cause - alone


def test_a_corrected_fact_changes_drawing_and_words(monkeypatch):
    before = head_for(ROOT, "04-risk")
    facts = load_facts()

    changed = dict(facts) | {"risk-055": dataclasses.replace(facts["risk-055"], value="90")}
    monkeypatch.setattr(quantities, "load_facts", lambda: changed)
    after = head_for(ROOT, "04-risk")
    assert "cause in 90" in after.words and "cause in 91" in before.words
    assert florets(after.drawing, "all") == florets(before.drawing, "all") - 1


@pytest.mark.parametrize(
    "old, new, words",
    [
        ("found: risk-054", "found: risk-999", "risk-999"),
        ("kind: here", "kind: red", "kind 'red' is unknown"),
        ('count: "alone"', 'count: "allone"', "allone"),
        ("status_leaf is banned", "status_leef is banned", "status_leef"),
    ],
)
def test_a_broken_entry_is_named_with_its_fix(tmp_path, old, new, words):
    (tmp_path / "book").mkdir()
    shutil.copy(ROOT / FILE, tmp_path / FILE)
    path = tmp_path / FILE
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises(CourseError) as error:
        for name in read_landing(tmp_path):
            head_for(tmp_path, name)
    assert words in str(error.value) and FILE in str(error.value) and "Fix:" in str(error.value)


def test_a_head_without_florets_is_refused():
    with pytest.raises(ValueError, match="needs florets"):
        flower_head([Group(0, "here")])


@pytest.mark.site
def test_a_tick_is_kept_shown_on_the_front_page_and_taken_away(site, browser):
    context = browser.new_context()
    page = context.new_page()
    part = next(iter(load_chapters(ROOT))).parts[0]
    page.goto((site / f"{part.name}.html").as_uri())
    assert page.evaluate("localStorage.length") == 0, "nothing is kept for reading"
    button = page.locator(".part-tick button")
    button.click()
    assert button.get_attribute("aria-pressed") == "true"
    page.goto((site / "book" / "index.html").as_uri())
    assert page.locator(".card-progress i.done").count() == 1
    resume = page.locator(".resume")
    assert resume.is_visible() and "Go on with 1.2" in resume.inner_text()
    resume.locator("a").click()
    page.wait_for_url(f"**/{load_chapters(ROOT)[0].parts[1].name}.html")
    page.go_back()
    page.goto((site / f"{part.name}.html").as_uri())
    page.locator(".part-tick button").click()
    page.goto((site / "book" / "index.html").as_uri())
    assert page.locator(".card-progress i.done").count() == 0
    assert not page.locator(".resume").is_visible()
    context.close()


@pytest.mark.site
def test_on_a_phone_the_front_page_does_not_scroll_sideways(site, browser):
    context = browser.new_context(viewport={"width": 320, "height": 700})
    page = context.new_page()
    page.goto((site / "book" / "index.html").as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert page.locator(".chapter-card").count() == len(CHAPTERS)
    context.close()
