"""Slides and the workshop kit: what a room needs, on a stick, without a network."""

import datetime as dt
import re
import zipfile

import pytest
from conftest import ROOT, course, until
from pypdf import PdfReader

from kratomcourse.chapters import find_chapter, load_chapters, objectives_of
from kratomcourse.errors import CourseError
from kratomcourse.quiz import load_banks
from kratomcourse.workshops.agenda import parse_start, plan
from kratomcourse.workshops.kit import LEAST_ITEMS, KitOptions, help_block, parallel_papers

CHAPTERS = [chapter.name for chapter in load_chapters(ROOT)]


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_each_part_says_its_minutes_and_each_objective_has_its_part(chapter):
    parts, bank = find_chapter(chapter, ROOT).parts, load_banks()[chapter]
    assert 4 <= len(parts) <= 7 and all(part.minutes > 0 for part in parts)
    taught = [objective for part in parts for objective in objectives_of(part, bank)]
    assert sorted(taught, key=bank.objectives.index) == bank.objectives, "each in one part"


@pytest.mark.parametrize("minutes", [60, 90, 120, 240])
def test_an_agenda_takes_exactly_the_time_it_was_given(minutes):
    agenda = plan(["4", "6"], minutes, ROOT)
    assert sum(row[1] for row in agenda.rows) == minutes
    starts = [row[0] for row in agenda.rows]
    assert starts == sorted(starts) and starts[0] == 0
    assert {part.chapter for part in agenda.parts} == {"04-risk", "06-harm-reduction"}
    assert any(row[2] == "Break" for row in agenda.rows) == (minutes >= 75)
    # The parts about safety come first, then the first others of each chapter, in order.
    core = sum(part.core > 0 for part in agenda.parts)
    assert all(part.core for part in agenda.parts[:core]) and agenda.parts[0].number == "6.6"
    for chapter in ("04-risk", "06-harm-reduction"):
        others = [part.number for part in find_chapter(chapter, ROOT).parts if not part.core]
        taken = [part.number for part in agenda.parts[core:] if part.chapter == chapter]
        assert taken == others[: len(taken)]


def test_warning_signs_and_mixing_are_in_unless_they_are_taken_out_by_name():
    usual = [part.number for part in plan(["4", "6"], 90, ROOT).parts]
    assert {"6.6", "4.7", "6.5"} <= set(usual)
    without = plan(["4", "6"], 90, ROOT, without=["6.6"])
    assert "6.6" not in [part.number for part in without.parts]
    assert sum(row[1] for row in without.rows) == 90
    assert any("Core part" in row[3] for row in without.rows)


def test_an_agenda_shows_the_time_of_day_where_the_beginning_is_known():
    agenda = plan(["4"], 90, ROOT, begins=parse_start("23:30"))
    assert [agenda.clock(row[0]) for row in agenda.rows[:3]] == ["23:30", "23:35", "23:43"]
    assert agenda.clock(45) == "0:15" and plan(["4"], 90, ROOT).clock(65) == "1:05"
    for wrong in ("25:00", "14", "14:60", "noon"):
        with pytest.raises(CourseError, match="no time of day.*--start 14:00"):
            parse_start(wrong)


def test_the_handout_prints_only_lines_that_were_seen_lately():
    _, table = help_block(dt.date(2026, 2, 1))
    assert "988 Suicide" in table and "2009" not in table and "2016" not in table
    assert "988 Suicide" not in help_block(dt.date(2030, 1, 1))[1]


def test_too_little_time_says_how_much_is_missing():
    risk, harm = (find_chapter(name, ROOT).parts for name in ("4", "6"))
    least = min(part.minutes for part in risk) + min(part.minutes for part in harm)
    with pytest.raises(
        CourseError,
        match=rf"4 of 30 minutes remain.*takes {least} at least.*--minutes {26 + least}",
    ):
        plan(["4", "6"], 30, ROOT)
    need = risk[3].minutes + risk[5].minutes
    with pytest.raises(
        CourseError, match=rf"these parts take {need} minutes.*--minutes {need + 26}"
    ):
        plan(["4"], 50, ROOT, chosen=["4.4", "4.6"])
    whole = need + 36
    agenda = plan(["4"], whole, ROOT, chosen=["4.4", "4.6"])
    assert [part.number for part in agenda.parts] == ["4.4", "4.6"]
    assert sum(row[1] for row in agenda.rows) == whole


def test_what_does_not_exist_is_named():
    with pytest.raises(CourseError, match="there is no part 4.9 in these chapters.*4.1 "):
        plan(["4"], 90, ROOT, chosen=["4.9"])
    with pytest.raises(CourseError, match="there is no chapter '9'.*take one of 01-what-kratom-is"):
        plan(["9"], 90, ROOT)


@pytest.fixture(scope="module")
def kit(site, tmp_path_factory):
    """A kit made as a leader makes it."""
    folder = tmp_path_factory.mktemp("stick") / "kit"
    said = course("workshop", "--minutes", "90", "--chapters", "4,6", "--to", str(folder)).stdout
    return folder, said


@pytest.mark.site
def test_the_kit_is_whole_and_opens_from_its_folder(kit):
    folder, said = kit
    assert "0:00    5 min  Welcome and ground rules" in said and "left out for time:" in said
    index = (folder / "index.html").read_text(encoding="utf-8")
    linked = re.findall(r'href="([^"]+)"', index)
    assert len(linked) == 13 and all((folder / name).is_file() for name in linked)
    packed = zipfile.ZipFile(folder.with_name("kit.zip"))
    assert packed.testzip() is None
    assert sorted(packed.namelist()) == sorted(
        f"kit/{path.relative_to(folder)}" for path in folder.rglob("*") if path.is_file()
    )
    pages = "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.html"))
    assert not re.search(r'(?:src|href)="(?:https?:)?//', pages)
    assert "988 Suicide &amp; Crisis Lifeline" in (folder / "help-lines.html").read_text(
        encoding="utf-8"
    )


@pytest.mark.site
def test_the_papers_differ_and_no_slide_tells_their_answers(kit):
    folder, _ = kit
    text = lambda name: " ".join(
        " ".join(page.extract_text() for page in PdfReader(folder / name).pages).split()
    )
    before, after = text("questions-before.pdf"), text("questions-after.pdf")
    assert before.count("point") == after.count("point") and before != after
    assert "Name" not in before + after
    slides = "".join(
        path.read_text(encoding="utf-8") for path in (folder / "slides").glob("*.html")
    )
    shown = set(re.findall(r'<div class="stem"><p>([^<]{40,90})', slides))
    assert shown
    for stem in shown:
        assert " ".join(stem.split()) not in before + after
    assert "What to take away" not in before and "what to take away" in text("handout.pdf")


@pytest.mark.parametrize("chapters", [[number] for number in "12345678"] + [["4", "6"]])
def test_the_papers_before_and_after_have_eight_questions_or_what_the_bank_has(chapters):
    options = KitOptions(chapters)
    names = [find_chapter(name, ROOT).name for name in chapters]
    agenda = plan(names, 90, ROOT)
    before, after = parallel_papers(names, agenda, load_banks(), options)
    assert len(before) == len(after) >= LEAST_ITEMS
    assert not {item.id for item in before} & {item.id for item in after}
    for one, other in zip(before, after, strict=True):
        assert (one.objective, one.points) == (other.objective, other.points)


@pytest.mark.site
def test_a_kit_that_lies_there_is_not_overwritten_unasked(kit):
    folder, _ = kit
    mark = folder / "my-notes.txt"
    mark.write_text("mine", encoding="utf-8")
    said = course("workshop", "--chapters", "4,6", "--to", str(folder), check=False)
    assert said.returncode == 1 and "exists already" in said.stderr and "--again" in said.stderr
    assert mark.read_text(encoding="utf-8") == "mine"
    assert [path.name for path in folder.parent.iterdir() if path.name.startswith(".")] == []


def test_slides_of_a_chapter_that_does_not_exist():
    said = course("slides", "12", check=False)
    assert (
        said.returncode == 1
        and "there is no chapter '12'" in said.stderr
        and "04-risk" in said.stderr
    )


FITS = """() => {
  const over = [];
  for (const slide of Reveal.getSlides()) {
    const at = Reveal.getIndices(slide);
    Reveal.slide(at.h, at.v, 99);
    if (slide.scrollHeight > 720 || slide.scrollWidth > 1282) over.push([at.h, at.v, slide.scrollHeight, slide.innerText.slice(0, 50)]);
  }
  return over;
}"""


@pytest.mark.browser
@pytest.mark.site
@pytest.mark.parametrize(
    "chapter",
    [
        name if name[:2] in ("04", "05") else pytest.param(name, marks=pytest.mark.long)
        for name in CHAPTERS
    ],
)
def test_every_slide_fits_a_projector_and_asks_no_other_host(site, browser, tmp_path, chapter):
    target = tmp_path / "slides.html"
    course("slides", chapter, "--to", str(target))
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    asked, errors = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(target.as_uri())
    until(page, "window.Reveal && Reveal.isReady()")
    assert page.evaluate(FITS) == []
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == [] and errors == []
    slides = page.locator(".slides section:not(:has(section))")
    headings = page.locator(".slides h2").all_text_contents()
    assert (
        slides.count() > 40
        and headings[1] == "Before we begin"
        and headings[-2:] == ["If this has stirred something up", "If someone won't wake up"]
    )
    assert page.locator(".slides img").count() >= 6
    assert all(
        len(alt) > 40
        for alt in page.locator(".slides img").evaluate_all(
            "images => images.map(image => image.alt)"
        )
    )
    notes = page.locator("aside.notes").evaluate_all(
        "notes => notes.map(note => note.textContent).join(' ')"
    )
    assert "For the teacher." in notes
    assert not re.search(r"\{(fact|term|src|quiz|help-now|facilitator)\}", page.content())
    page.close()
