"""Feedback after grading: worth reading, safe whatever a student wrote, and no page costs
another.
"""

import re
import shutil
import time
from html.parser import HTMLParser
from types import SimpleNamespace

import pytest
from classroom import (
    ROOT,
    all_right,
    answered,
    cell_of,
    hand_in,
    handed_out,
    insert_first,
    make_classroom,
    page_of,
)
from conftest import required
from nbgrader.api import Gradebook
from nbgrader.converters import GenerateFeedback
from nbgrader.coursedir import CourseDirectory
from students import right, wrong

from kratomcourse.grading.assignment_source.notebooks import cell_id
from kratomcourse.grading.autograde import nbgrader_plugins
from kratomcourse.grading.autograde.instructor_version import CourseLayout, read_config
from kratomcourse.grading.autograde.runner import grade_assignment
from kratomcourse.grading.feedback.explanations import plain, title_of
from kratomcourse.grading.feedback.read_again import ReadAgain
from kratomcourse.grading.feedback.time_limit import TooSlow, text_within
from kratomcourse.grading.sandbox.bwrap import unavailable_reason
from kratomcourse.quiz import load_banks

EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>\u202e[a](javascript:alert(3))"
SITE = "https://course.example/kratom"


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """Ada has all right, ben all wrong, eve wrote HTML everywhere, zoe nothing; all are graded."""
    required(shutil.which("bwrap") and not unavailable_reason(), "bubblewrap")
    classroom = make_classroom(tmp_path_factory.mktemp("feedback") / "quizzes")
    hand_in(classroom, "ada", all_right(classroom))
    hand_in(classroom, "ben", answered(classroom, {one.id: wrong(one) for one in classroom.items}))
    hand_in(classroom, "eve", hostile(classroom))
    hand_in(classroom, "zoe", handed_out(classroom))
    grade_assignment(classroom.layout, classroom.quiz, workers=1)
    comment(classroom, "ben", "sample-text", "Look at **part two** again.\n<script>x</script>")
    return classroom


def hostile(classroom):
    """Return a notebook that holds HTML and Markdown wherever a student may write."""
    notebook = answered(classroom, {one.id: EVIL for one in classroom.items if one.kind != "code"})
    code = cell_of(notebook, "sample-code-answer")
    code["source"] = f"# {EVIL}\ndef occupancy(a, b):\n    return {EVIL!r}"
    cell_of(notebook, "sample-order-answer")["source"] = f"answer_order = [{EVIL!r}] * 4"
    return insert_first(notebook, f"print({EVIL!r})")


def comment(classroom, student, cell, text):
    with Gradebook(classroom.layout.db_url) as gradebook:
        found = gradebook.find_comment(cell, classroom.quiz, classroom.quiz, student)
        found.manual_comment = text
        gradebook.db.commit()


def pages_of(classroom, url=SITE, **options):
    """Generate feedback as the formgrader does, and return student -> page."""
    config = read_config(classroom.root)
    config.FeedbackExporter.course_url = url
    for name, value in options.items():
        config.FeedbackExporter[name] = value
    config.CourseDirectory.root = str(classroom.root)
    course = CourseDirectory(config=config)
    course.assignment_id = classroom.quiz
    converter = GenerateFeedback(coursedir=course, config=config)
    converter.force = True
    converter.start()
    return {
        path.parents[1].name: path.read_text()
        for path in classroom.root.glob(f"feedback/*/{classroom.quiz}/{classroom.quiz}.html")
    }


@pytest.fixture(scope="module")
def pages(graded):
    return pages_of(graded)


class Seen(HTMLParser):
    """Tags and attributes of a page."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.attributes = set(), []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attributes]


def question(page, number):
    """Return the section of a question."""
    return page.split('<details class="question"')[number]


def test_each_question_has_number_title_answer_key_reason_and_where_to_read_again(graded, pages):
    page = pages["ben"]
    for number, item in enumerate(graded.items, 1):
        section = question(page, number)
        assert f"<summary>Question {number}: {title_of(item)[:20]}" in section, item.id
        assert "part " in section or "in A sample" in section
    one = question(page, 1)
    right_option = next(option for option in graded.items[0].options if option.correct)
    assert right_option.text in one and right_option.feedback in one
    assert "The idea behind such an answer" in one and 'class="wrong">not right' in one
    number = question(page, 3)
    assert "<b>0.5</b> (from 0.49 to 0.51 counts)" in number
    assert "by definition" in number
    assert "should give <code>0.25</code>" in question(page, 7) and "One solution" in page
    assert "Says that Ki is about binding" in question(page, 8) and "2 points" in page


def test_full_points_are_folded_and_missing_ones_are_open(pages, graded):
    opened = [
        bool(re.match(r'[^>]*" open>', question(pages[name], number)))
        for name in ("ada", "ben")
        for number in range(1, 8)
    ]
    assert opened == [False] * 7 + [True] * 7
    assert question(pages["ada"], 8).partition(">")[0].endswith("open"), "nobody has read it"


def test_no_generated_code_and_no_empty_rows(pages):
    for name, page in pages.items():
        assert "_points(" not in page and "BEGIN HIDDEN" not in page and "numbers_of" not in page
        assert not re.search(r"\b0(\.0)? / 0(\.0)?\b", page), name
        assert "rubric</a>" not in page and "Test cell" not in page
        assert len(page) < 60_000


def test_the_comment_of_a_marker_is_on_top_and_unread_answers_say_so(pages):
    page = pages["ben"]
    at = page.index("Comments on your work")
    assert at < page.index("Your points") < page.index('class="question"')
    assert "Look at **part two** again." in page and "<script>" not in page
    assert "Comments on your work" not in pages["ada"]
    assert "(not read yet) / 3" in page and "answers not read yet are not counted" in page
    assert "not read yet" not in pages["zoe"], "a blank needs no reader"
    assert pages["zoe"].count("You left this question empty.") == 8


def test_nothing_that_a_student_wrote_is_read_as_html_or_markdown(pages):
    page = pages["eve"]
    seen = Seen(page)
    assert not seen.tags & {"script", "img", "iframe", "object", "link", "base", "form"}
    assert not [name for name, _ in seen.attributes if name.startswith("on") or name == "style"]
    links = [value for name, value in seen.attributes if name in ("href", "src")]
    assert links and all(value.startswith(("#", SITE)) for value in links)
    assert "&lt;script&gt;alert(1)" in page and "\u202e" not in page
    assert 'http-equiv="Content-Security-Policy" content="default-src \'none\'' in page
    assert page.count("<script") == 0


def test_read_again_leads_to_the_site_when_its_address_is_known():
    banks = load_banks()
    for bank in banks.values():
        for item in bank.used_for("graded")[:3]:
            linked = ReadAgain(f"{SITE}/").html(bank, item)
            [address] = re.findall(r'href="([^"]+)"', linked)
            name = address.removeprefix(f"{SITE}/").removesuffix(".html")
            assert (ROOT / f"{name}.ipynb").is_file(), address
            named = ReadAgain("javascript:alert(1)").html(bank, item)
            assert named.startswith("part ") and "<a" not in named
    several = bank.model_copy(update={"chapter": "midterm"})
    assert ReadAgain(f"{SITE}/").html(several, item) == linked, "an assignment of several chapters"
    lost = ReadAgain(SITE, ROOT / "tests").html(bank, item)
    assert lost.endswith(f"in {bank.title}") and "<a" not in lost


def test_a_page_that_takes_too_long_becomes_a_plain_one_and_the_others_stay(graded, monkeypatch):
    from kratomcourse.grading.feedback import exporter

    honest = exporter.read_results

    def slow(path, notebook, student, stored):
        if student == "eve":
            time.sleep(60)
        return honest(path, notebook, student, stored)

    monkeypatch.setattr(exporter, "read_results", slow)
    start = time.monotonic()
    pages = pages_of(graded, page_seconds=3.0)
    assert time.monotonic() - start < 45
    assert set(pages) == {"ada", "ben", "eve", "zoe"}
    assert "Test sample-code" in pages["eve"] and "Question 1: " in pages["ada"]
    assert "alert" not in pages["eve"]


def test_a_fault_of_one_page_is_a_plain_page(graded, monkeypatch):
    from kratomcourse.grading.feedback import exporter

    def broken(*arguments):
        raise RecursionError("deep")

    monkeypatch.setattr(exporter, "read_results", broken)
    assert all("Test sample-one" in page for page in pages_of(graded).values())


def test_the_time_limit_ends_what_does_not_end():
    assert text_within(20, lambda: "a page \ud7ff") == "a page \ud7ff"
    with pytest.raises(TooSlow, match="too long"):
        text_within(0.3, lambda: time.sleep(60) or "")
    with pytest.raises(TooSlow, match="ZeroDivisionError"):
        text_within(20, lambda: str(1 / 0))
    with pytest.raises(TooSlow):
        text_within(20, lambda: "x" * (16 << 30))


def test_a_notebook_that_is_in_no_bank_gets_nbgraders_page_without_empty_rows(graded, tmp_path):
    root = tmp_path / "quizzes"
    shutil.copytree(graded.root, root)
    (root / "bank" / "99-sample.yml").unlink()
    classroom = SimpleNamespace(**vars(graded) | {"root": root, "layout": CourseLayout(root)})
    page = pages_of(classroom)["eve"]
    assert "Test cell" in page and "/ 0.0)" not in page
    seen = Seen(page.partition('id="notebook-container"')[2])
    assert "script" not in seen.tags
    assert not [name for name, _ in seen.attributes if name.startswith("on")]


def formgrader_page(classroom, student):
    path = classroom.root / "autograded" / student / classroom.quiz / f"{classroom.quiz}.ipynb"
    return page_of(path, read_config(classroom.root), "formgrade")


def test_the_formgrader_shows_the_rubric_as_text_with_points_and_no_generated_code(graded):
    page = formgrader_page(graded, "ben")
    assert re.search(r"<li>\s*1 point: Says that Ki is about binding", page)
    assert 'id="sample-text"' in page and 'id="sample-code"' in page, "boxes for points"
    assert 'id="sample-text-rubric"' not in page and 'id="sample-code-example"' not in page
    assert "_points" not in page and "Answer that was read" in re.sub("<[^>]+>", "", page)
    assert "overflow-wrap: anywhere" in page


def test_formgrader_pages_are_made_in_bounded_time_whatever_a_cell_holds(graded, monkeypatch):
    for text in ("# a\n" * 200_000, "a." * 500_000, "*a **a " * 100_000):
        start = time.monotonic()
        page = nbgrader_plugins.sanitise_html(text)
        code = nbgrader_plugins.bounded_highlight(text)
        assert time.monotonic() - start < 5 and page.startswith("<pre>") and len(page) < 300_000
        assert "more characters are not shown" in code
    lost = nbgrader_plugins.sanitise_html("![x](attachment:not-there.png)")
    assert lost == "<pre>![x](attachment:not-there.png)</pre>", "a page is made in any case"
    monkeypatch.setattr(nbgrader_plugins.PAGE_CLOCK, "spent", nbgrader_plugins.PAGE_SECONDS + 1)
    assert nbgrader_plugins.sanitise_html("# <b>a") == "<pre># &lt;b&gt;a</pre>"


def test_plain_text_of_a_student_is_cut_and_hides_nothing():
    assert plain("a\u202eb\x1b[31m\u200bc\nd") == "a\ufffdb\ufffd[31m\ufffdc\nd"
    assert plain("x" * 10_000, 5) == "xxxxx \u2026"
    assert plain("<&\"'>") == "&lt;&amp;&quot;&#x27;&gt;"


def test_titles_are_the_sentence_that_asks():
    titles = [title_of(item) for bank in load_banks().values() for item in bank.used_for("graded")]
    assert all(5 < len(title) <= 95 and "{" not in title and "<" not in title for title in titles)


def test_cell_ids_of_all_items_are_unique_so_links_on_a_page_lead_somewhere(graded, pages):
    page = pages["ada"]
    for item in graded.items:
        assert page.count(f'id="{cell_id(item)}"') == 1 and f'href="#{cell_id(item)}"' in page
    assert right(graded.items[0])
