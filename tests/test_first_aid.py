"""First aid: every place that gives it gives all of its steps, in order, from one list."""

import re
from dataclasses import replace

import pytest
from conftest import ROOT

from kratomcourse.chapters import find_chapter, load_chapters, whole_notebook
from kratomcourse.chapters.plain import Plain
from kratomcourse.errors import CourseError
from kratomcourse.evidence import first_aid as module
from kratomcourse.evidence import load_facts, load_table
from kratomcourse.evidence.first_aid import SITUATIONS, first_aid
from kratomcourse.site.sphinx.first_aid_directives import buttons_html, callable_numbers
from kratomcourse.workshops.kit_pages import first_aid_blocks, first_aid_page
from kratomcourse.workshops.slides import Deck

CHAPTERS = load_chapters(ROOT)
# What guidance asks of somebody who finds a person that does not wake, in this order.
ASKED = {
    "is the person responding": r"wake|answer|shout",
    "call": r"\bcall\b",
    "CPR where nothing is breathed": r"\bCPR\b|compressions",
    "open the airway and breathe": r"breathe for them|breath every|head back",
    "naloxone": r"\bnaloxone\b",
    "naloxone again after two to three minutes": r"\b2 to 3 minutes\b.*another dose|another dose.*\b2 to 3 minutes\b",
    "recovery position": r"(?:onto|on) their side",
    "stay": r"\bstay\b",
}
# And of the two emergencies that have steps of their own.
OTHER = {
    "seizure": (
        r"\bcall\b",
        r"clock|time",
        r"hard things|clear the space",
        r"under the head",
        r"not hold (?:them|the person) down",
        r"mouth",
        r"side",
        r"breathing",
        r"stay",
    ),
    "chest-pain": (r"\bcall\b", r"sit", r"rest", r"not drive|not let them drive", r"collapse"),
}


def out_of_order(text, leads):
    """The leads that are missing from `text`, or do not follow the one before."""
    at, missing = 0, []
    for lead in leads:
        found = text.find(lead, at)
        if found < 0:
            missing.append(lead)
        else:
            at = found + len(lead)
    return missing


def plain_words(markup):
    """Text of HTML or Markdown, spaces and apostrophes made equal."""
    text = re.sub(r"<[^>]+>|\*\*", "", markup)
    for entity, sign in (
        ("&#x27;", "'"),
        ("&#39;", "'"),
        ("&quot;", '"'),
        ("&amp;", "&"),
        ("\u2019", "'"),
    ):
        text = text.replace(entity, sign)
    return re.sub(r"\s+", " ", text)


@pytest.mark.parametrize("form", ["full", "short"])
def test_the_list_holds_every_step_that_guidance_asks_for_in_order(form):
    texts = [
        f"{step.lead} {step.detail}" if form == "full" else step.short
        for step in first_aid("unresponsive")
    ]
    assert len(texts) == len(ASKED)
    for (asked, pattern), text in zip(ASKED.items(), texts):
        assert re.search(pattern, text, re.I), f"step '{text}' does not say: {asked}"


@pytest.mark.parametrize("situation", OTHER)
def test_seizure_and_chest_pain_have_steps_of_their_own(situation):
    text = " ".join(f"{step.lead} {step.detail}" for step in first_aid(situation))
    assert not re.search("naloxone", text, re.I)
    for pattern in OTHER[situation]:
        assert re.search(pattern, text, re.I), f"{situation}: nothing says {pattern}"


@pytest.mark.parametrize("situation", SITUATIONS)
def test_each_step_rests_on_facts_that_are_looked_at_every_year(situation):
    facts = load_facts()
    for step in first_aid(situation):
        assert step.facts and all(fact_id in facts for fact_id in step.facts), step.id
        assert any(
            int(facts[fact_id].review_by[:4]) - int(facts[fact_id].as_of[:4]) <= 1
            for fact_id in step.facts
        ), step.id


def test_a_number_in_a_step_is_the_number_of_its_fact(monkeypatch):
    facts = dict(load_facts().items())
    facts["aid-010"] = replace(facts["aid-010"], value="7")
    monkeypatch.setattr(module, "load_facts", lambda: facts)
    assert any("1 breath every 7 seconds" in step.short for step in first_aid("unresponsive"))


def test_a_step_names_each_fact_once_whether_it_is_listed_or_quoted(monkeypatch):
    quoted = "{fact}`aid-010:value`, {fact}`aid-011:value`"
    rows = [
        row._replace(facts=" aid-010; aid-012;", lead=quoted, detail="", short="")
        for row in module.load_rows("first_aid")
        if row.situation == "seizure"
    ]
    monkeypatch.setattr(module, "load_rows", lambda name: rows)
    facts = {f"aid-{n:03}": replace(load_facts()["aid-010"], value=f"{n}") for n in (10, 11, 12)}
    monkeypatch.setattr(module, "load_facts", lambda: facts)
    step = first_aid("seizure")[0]
    assert step.facts == ("aid-010", "aid-012", "aid-011")
    assert step.lead.startswith("10") and ", 11" in step.lead


@pytest.mark.parametrize("lost", range(len(ASKED) - 1))
def test_a_lost_step_is_a_gap_that_stops_the_build(monkeypatch, lost):
    kept = [
        row
        for row in module.load_rows("first_aid")
        if (row.situation, row.step) != ("unresponsive", str(lost + 1))
    ]
    monkeypatch.setattr(module, "load_rows", lambda name: kept)
    with pytest.raises(CourseError, match=r"first_aid.csv.*should be step .*number the steps"):
        first_aid("unresponsive")


def test_an_unknown_fact_or_situation_is_named(monkeypatch):
    rows = [
        row._replace(facts="aid-01") if row.id == "fa-01" else row
        for row in module.load_rows("first_aid")
    ]
    monkeypatch.setattr(module, "load_rows", lambda name: rows)
    with pytest.raises(
        CourseError, match=r"first_aid.csv: \[fa-01\] there is no fact 'aid-01'.*did you mean"
    ):
        first_aid("unresponsive")
    with pytest.raises(
        CourseError, match="there is no situation 'seizures'.*did you mean 'seizure'"
    ):
        first_aid("seizures")


# Places that print the list
# -----------------------------------------------------------------------------------------


def test_help_now_prints_all_situations_and_the_call_buttons_come_first():
    text = (ROOT / "book" / "help-now.md").read_text(encoding="utf-8")
    for situation in SITUATIONS:
        assert re.search(rf"```\{{first-aid\}} {situation}\n```", text), (
            f"Help now does not print {situation} in full"
        )
    assert text.index("{call-buttons} emergency") < text.index("{first-aid} unresponsive")
    assert "images/recovery-position.svg" in text
    # No number is typed: all come from the table of help lines.
    assert "tel:" not in text and not re.search(r"\b(911|999|112|988|000)\b", text)


@pytest.mark.parametrize("chapter", ["04-risk", "06-harm-reduction"])
def test_the_emergency_box_of_a_chapter_prints_the_list(chapter):
    cells = whole_notebook(find_chapter(chapter, ROOT)).cells
    boxes = re.findall(
        r"````\{important\}\n(.*?)````", "\n".join(cell.source for cell in cells), re.S
    )
    assert any("{first-aid} unresponsive" in box and "help-now.md" in box for box in boxes), (
        f"{chapter}: no emergency box prints the steps"
    )


def test_chapter_six_teaches_every_step_in_its_own_words_or_prints_it():
    """Its text may say the steps in sentences; it may not lose one."""
    chapter = find_chapter("06-harm-reduction", ROOT)
    plain, cells = Plain(chapter.path), whole_notebook(chapter).cells
    text = plain_words(
        " ".join(
            words
            for cell in cells
            if cell.cell_type == "markdown"
            for _, words in plain.convert(cell.source)
        )
    )
    for asked, pattern in ASKED.items():
        assert re.search(pattern, text, re.I), f"chapter 6 does not say: {asked}"
    for situation, patterns in OTHER.items():
        for pattern in patterns:
            assert re.search(pattern, text, re.I), f"chapter 6, {situation}: nothing says {pattern}"


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.name)
def test_the_box_of_a_plain_chapter_prints_the_list(chapter):
    assert not out_of_order(
        plain_words(Plain(chapter.path).help_now()),
        [step.short for step in first_aid("unresponsive")],
    )


def test_slides_begin_and_end_with_the_list():
    chapter = find_chapter("06-harm-reduction", ROOT)
    slides = [plain_words(cell.source) for cell in Deck(chapter, whole_notebook(chapter)).cells()]
    wake = [
        place
        for place, text in enumerate(slides)
        if text.lstrip("# ").startswith("If someone won't wake up")
    ]
    assert len(wake) == 2 and wake[0] < 6 and wake[1] >= len(slides) - 2
    for place in wake:
        assert not out_of_order(slides[place], [step.short for step in first_aid("unresponsive")])


@pytest.mark.parametrize("place", ["handout", "sheet of the kit"])
def test_handout_and_kit_print_all_situations(place):
    text = plain_words(
        first_aid_page()
        if place == "sheet of the kit"
        else "".join(f"{heading} {steps}" for heading, steps in first_aid_blocks())
    )
    for situation in SITUATIONS:
        assert not out_of_order(
            text, [f"{step.lead} {step.detail}".strip() for step in first_aid(situation)]
        )


@pytest.mark.site
def test_the_built_pages_print_the_list(site):
    page = plain_words((site / "book" / "help-now.html").read_text(encoding="utf-8"))
    for situation in SITUATIONS:
        assert not out_of_order(page, [step.lead for step in first_aid(situation)])
    shorts = [step.short for step in first_aid("unresponsive")]
    for chapter in CHAPTERS:
        text = plain_words(
            (site / "notebooks" / chapter.name / "index.html").read_text(encoding="utf-8")
        )
        assert not out_of_order(text, shorts), chapter.name


# Call buttons
# -------------------------------------------------------------------------------------------------------


def test_call_buttons_hold_every_emergency_number_once_and_only_they_are_red():
    lines = load_table("help_lines")
    numbers = callable_numbers("emergency")
    assert [tel for tel, *_ in numbers] == list(
        dict.fromkeys(lines[lines["kind"] == "emergency"]["tel"])
    )
    text = buttons_html(numbers, "emergency")
    assert all(f'href="tel:{tel}"' in text for tel, *_ in numbers)
    assert "call-emergency" not in buttons_html(callable_numbers("crisis"), "crisis")
    assert 'href="sms:988"' in buttons_html(callable_numbers("crisis"), "crisis")
