"""An edition of one's own: what it takes and adds, what is refused, and an update of the course.

The county in these tests is invented, and says so.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from conftest import ROOT, course, make_mini
from nbgrader_env import blocks
from traitlets.config.loader import PyFileConfigLoader

from kratomcourse.chapters import load_chapters
from kratomcourse.checks.links import allowed_hosts
from kratomcourse.editions import compose_edition, new_edition, read_edition
from kratomcourse.editions.colours import MAY_CHANGE, PAIR, TOKENS, contrast, palettes
from kratomcourse.editions.compose import dead_links
from kratomcourse.errors import CourseError
from kratomcourse.quiz.assignments import find_assignment

COUNTY = ROOT / "tests" / "data" / "edition"
FIELDS = {
    "title": "Kratom in Example County (invented)",
    "short_title": "Example County",
    "institution": "Example County Health Department (invented)",
    "contact": "course@example.org",
    "left_out_links": "text",
    "pages": ["pages/our-county.md"],
    "help_lines": "help_lines.csv",
    "references": "references.bib",
    "bank": "bank",
    "mark": "mark.svg",
    "colours": {"link": {"light": "#5A2A7A", "dark": "#C9A6E8"}},
}
ITEM = """\
  - id: {id}
    objective: {objective}
    level: remember
    use: [{use}]
    kind: choice
    stem: {stem}
    options:
      - {{text: {right}, correct: true, feedback: "{right} is what the page of the place says."}}
      - text: {wrong}
        feedback: "{wrong} is what a neighbour said, and the page of the place says otherwise."
        misconception: neighbour-knows
"""
# Ten items of a county that doesn't exist: question, right, wrong.
ASKED = (
    ("Which office of Example County answers letters about this edition?", "Health", "Harbour"),
    ("On what kind of paper was the invented map of the valley drawn?", "Squared", "Lined"),
    ("How does Mira, who is invented, travel to the clinic on Thursdays?", "By bus", "By boat"),
    ("What do volunteers hand to people at the library's open evening?", "Leaflets", "Lanterns"),
    ("Where would a visitor find the times of the night shelter?", "Front door", "Back gate"),
    ("Whose signature is under the made-up ordinance of last spring?", "Clerk", "Sheriff"),
    ("Which season has the fewest calls in the invented diary?", "Winter", "Summer"),
    ("What colour is the sign above the pharmacy in the story?", "Green", "Violet"),
    ("How many wheels has the van that brings naloxone to the fair?", "Four", "Six"),
    ("Who keeps the key of the meeting room in the old school?", "Caretaker", "Teacher"),
)


def items(names, objective, asked, uses):
    """Items in YAML, one for each question in `asked`."""
    return "items:\n" + "".join(
        ITEM.format(id=name, objective=objective, stem=stem, right=right, wrong=wrong, use=use)
        for name, (stem, right, wrong), use in zip(names, asked, uses, strict=True)
    )


def county(folder, upstream, chapters, objective, **other):
    """Write the edition of the invented county, with ten items; return its folder."""
    shutil.copytree(COUNTY, folder)
    chapter = chapters[0] if isinstance(chapters[0], str) else chapters[0]["chapter"]
    (folder / "bank").mkdir()
    names = [f"{objective.partition('.')[0]}.county.q{number}" for number in range(1, 11)]
    text = items(names, objective, ASKED, ["check", "graded"] * 5)
    (folder / "bank" / f"{chapter}.yml").write_text(text, encoding="utf-8")
    fields = FIELDS | {"upstream": str(upstream), "chapters": chapters} | other
    write(folder, fields)
    return folder


def write(folder, fields):
    (folder / "edition.yml").write_text(
        yaml.safe_dump({key: value for key, value in fields.items() if value is not None}),
        encoding="utf-8",
    )


def git(folder, *words):
    done = subprocess.run(
        ["git", "-C", folder, "-c", "user.name=a", "-c", "user.email=a@example.org", *words],
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout


def hashes(folder):
    """{file: hash} of what an edition's repository holds."""
    return {
        name: hashlib.sha256((folder / name).read_bytes()).hexdigest()
        for name in git(folder, "ls-files").splitlines()
    }


# The trial: an edition of an invented county, built, and built again after an update of the course


OTHERS = {
    "second": (
        ("Which instrument weighs the powder before the second experiment?", "Balance", "Ruler"),
        ("After how many minutes does the second experiment begin again?", "Nine", "Fifty"),
    ),
    "third": (
        ("What does the third laboratory write on its glass bottles?", "A date", "A price"),
        ("Which window stays open while the third laboratory is cleaned?", "North", "South"),
    ),
    "fourth": (
        ("Whom does the fourth team telephone when the alarm sounds?", "Porter", "Painter"),
        ("Where does the fourth team keep its blankets and its torch?", "Cupboard", "Cellar"),
    ),
}


def small_course(root):
    """The small course with four chapters; the last one's part is about safety."""
    make_mini(root)
    toc = yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8"))
    for number, (word, asked) in enumerate(OTHERS.items(), 2):
        name, part = f"0{number}-{word}", "1-binding-is-not-effect"
        shutil.copytree(root / "notebooks" / "01-mini", root / "notebooks" / name)
        for path in (root / "notebooks" / name).glob("*.ipynb"):
            text = path.read_text(encoding="utf-8").replace("mini.", f"{word}.")
            text = text.replace("Binding is not effect", f"Binding is not effect in the {word}")
            text = text.replace("A small chapter", f"A small chapter, the {word}")
            if word == "fourth":
                text = text.replace("minutes: 10\\n", 'minutes: 10\\n",\n    "core: 1\\n')
            path.write_text(text, encoding="utf-8")
        names = [f"{word}.one", f"{word}.two"]
        (root / "quizzes" / "bank" / f"{name}.yml").write_text(
            f"chapter: {name}\ntitle: A small chapter, the {word}\nobjectives:\n"
            f"  - {{id: {word}.o1, text: Say what happens in the {word} room of the house.,"
            f" section: Binding is not effect in the {word}}}\n"
            + items(names, f"{word}.o1", asked, ("check", "graded")),
            encoding="utf-8",
        )
        chapter = {
            "file": f"notebooks/{name}/index",
            "sections": [{"file": f"notebooks/{name}/{part}"}],
        }
        toc["chapters"].insert(number - 1, chapter)
    (root / "_toc.yml").write_text(yaml.safe_dump(toc, sort_keys=False), encoding="utf-8")
    (root / "book" / "index.md").write_text(
        "# A small course\n\nBegin with [the second](../notebooks/02-second/index.ipynb).\n"
    )
    return root


def the_real_course(root):
    """What a checkout has."""
    files = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    for name in filter(None, files.stdout.split("\0")):
        if not name.startswith(("tests/", "benchmarks/")) and (ROOT / name).is_file():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, root / name)
    return root


TRIALS = [
    pytest.param(
        small_course,
        ["03-third", "01-mini", "04-fourth"],
        "third.o1",
        "1-binding-is-not-effect",
        ("02-second", "notebooks/02-second/index"),
        {},
        id="the small course",
        marks=pytest.mark.slow,
    ),
    pytest.param(
        the_real_course,
        ["05-legality", {"chapter": "04-risk", "parts": [1, 2]}, "01-what-kratom-is"],
        "law.o1",
        "1-is-kratom-legal-product-place-day-and-act",
        ("02-pharmacology", "notebooks/02-pharmacology/index"),
        {
            "local_law": "local_law.csv",
            "law_sources": "law_sources.csv",
            "law_first": ["ex-law-1", "OH"],
        },
        id="the real course",
        marks=pytest.mark.long,
    ),
]


class Walk:
    """Types commands of the guide, each where the one before left the shell."""

    def __init__(self, upstream):
        self.upstream, self.folder = upstream, upstream / "quizzes"
        commands = upstream.parent / "bin"
        commands.mkdir()
        course = commands / "course"
        course.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m kratomcourse.cli "$@"\n')
        course.chmod(0o755)
        self.environment = os.environ | {
            "PATH": f"{commands}:{os.environ['PATH']}",
            "PYTHONPATH": str(upstream),
        }

    def type(self, heading):
        """Type the commands of a section; return what they said."""
        [text] = [text for title, text in blocks("bash") if title == heading]
        done = subprocess.run(
            ["bash", "-ec", f"{text}\npwd >&2"],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=900,
        )
        assert done.returncode == 0, f"{text}\n{done.stdout}{done.stderr}"
        self.folder = Path(done.stderr.splitlines()[-1])
        return done.stdout


@pytest.mark.parametrize("make, chapters, objective, part, left_out, other", TRIALS)
def test_an_edition_is_built_updated_and_built_again_with_nothing_of_it_changed(
    tmp_path, make, chapters, objective, part, left_out, other
):
    origin = make(tmp_path / "origin")
    shutil.copy(ROOT / ".gitignore", origin)
    git(origin, "init", "-q")
    git(origin, "add", "-A")
    git(origin, "commit", "-qm", "A version")
    upstream = tmp_path / "kratom-and-harm-reduction"
    git(tmp_path, "clone", "-q", str(origin), str(upstream))
    walk = Walk(upstream)
    # The guide starts an edition and builds it; then it becomes that of the county.
    said = walk.type("Start one")
    folder = walk.folder
    assert folder == tmp_path / "our-edition" and "the edition is fine" in said
    assert (folder / "_build" / "html" / "index.html").exists()
    where = "../kratom-and-harm-reduction"
    ours = county(tmp_path / "ours", where, chapters, objective, **other)
    shutil.copytree(ours, folder, dirs_exist_ok=True)
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "Our edition")
    before = hashes(folder)
    course("edition", "check", str(folder), cwd=upstream)
    said = course("edition", "build", str(folder), cwd=upstream).stdout
    site = folder / "_build" / "html"
    is_the_county(site, said, chapters, objective, part, left_out)
    # The course moves on; nothing in the edition does.
    notebook = origin / "notebooks" / chapters[0] / f"{part}.ipynb"
    cells = json.loads(notebook.read_text(encoding="utf-8"))
    first = cells["cells"][0]
    first["source"] = [*first["source"], "\n\nA sentence of a later version."]
    notebook.write_text(json.dumps(cells), encoding="utf-8")
    git(origin, "commit", "-qam", "A later version")
    walk.type("Update")
    page = site / "notebooks" / chapters[0] / f"{part}.html"
    assert "A sentence of a later version." in page.read_text(encoding="utf-8")
    assert hashes(folder) == before and git(folder, "status", "--porcelain") == ""
    assert git(upstream, "status", "--porcelain") == "", "a build writes nothing into the course"


def is_the_county(site, said, chapters, objective, part, left_out):
    """Check the pages of the county's edition."""
    name = chapters[0]
    opening = (site / "notebooks" / name / "index.html").read_text(encoding="utf-8")
    text = (site / "notebooks" / name / f"{part}.html").read_text(encoding="utf-8")
    home = (site / "book" / "index.html").read_text(encoding="utf-8")
    # Its own header and footer.
    assert "county-mark" in text and "#5A2A7A" in style_of(site)
    brand = re.search(r'class="course-brand".*?</a>', text, re.S)[0]
    assert "Example County (invented)" in re.sub(r"<[^>]+>", "", brand)
    assert "Example County Health Department (invented)" in text and "course@example.org" in text
    assert re.search(r"<h1>(<[^>]+>)*Kratom in Example County \(invented\)", home)
    # Its own page, help lines first, and half of its ten items in the page: others are graded.
    assert (site / "book" / "our-county.html").exists()
    box = re.search(r'<aside class="help-now".*?</aside>', opening, re.S)[0]
    assert 0 < box.index("Listening Line (invented)") < box.index("988")
    assert len(set(re.findall(r"\w+\.county\.q\d+", text))) == 5
    # Chapters in its order, what it left out, and what stays for safety.
    order = list(dict.fromkeys(re.findall(r"notebooks/([\w-]+)/index\.html", home)))
    wanted = [one if isinstance(one, str) else one["chapter"] for one in chapters]
    assert order[: len(wanted)] == wanted
    assert not (site / f"{left_out[1]}.html").exists() and left_out[0] not in order
    assert (site / "book" / "help-now.html").exists()
    if objective == "law.o1":
        assert "parts on safety stay in every edition: 4.7, 6.5, 6.6" in said
        finder = (site / "book" / "law-finder.html").read_text(encoding="utf-8")
        near = re.search(r"<section class=.[^>]*law-here.*?</section>", finder, re.S)[0]
        assert 0 < near.index("Example County (invented)") < near.index(">Ohio<")


def style_of(site):
    return "".join(path.read_text("utf-8") for path in (site / "_static").rglob("*.css")).upper()


# What is refused, with file, item and fix


def refused(folder, capsys=None):
    """Every message about an edition that can't be composed; nothing was written."""
    with pytest.raises(CourseError) as error:
        compose_edition(read_edition(folder), lambda _line: None)
    assert not (folder / "_build").exists(), "nothing half-written"
    return [str(one) for one in error.value.diagnostics]


CHAPTERS = ["05-legality", "01-what-kratom-is"]
BROKEN = {
    "an unknown chapter": (
        {"chapters": ["05-legality", "05-legalty"]},
        r"edition.yml:\d+: \[chapters\] the course has no chapter '05-legalty'. "
        "Fix: did you mean '05-legality'",
    ),
    "an unknown part": (
        {"chapters": [{"chapter": "04-risk", "parts": [1, 70]}]},
        r"edition.yml:\d+: \[chapters\] 04-risk has no part '70'. Fix: use some of: how-many-",
    ),
    "a part with a wrong name": (
        {"chapters": [{"chapter": "04-risk", "parts": ["how-many-people-use-kratum"]}]},
        "has no part 'how-many-people-use-kratum'. Fix: did you mean 'how-many-people-use-kratom'",
    ),
    "a chapter twice": ({"chapters": ["04-risk", 4]}, "the chapter 04-risk is listed twice"),
    "no chapter": ({"chapters": []}, r"\[chapters\] List should have at least 1 item"),
    "an unknown field": (
        {"colour": {}},
        r"edition.yml:\d+: \[colour\] 'colour' is not a field. Fix: did you mean 'colours'",
    ),
    "no title": ({"title": None}, r"\[title\] title is missing. Fix: add it"),
    "no address to write to": ({"contact": "us"}, "'us' is no address; |'us' is no address"),
    "no course": ({"upstream": "../gone"}, "there is no course at ../gone. Fix: clone it there"),
    "Help now left out": (
        {"leave_out": ["book/help-now"]},
        "book/help-now stays in every edition",
    ),
    "an unknown page": (
        {"leave_out": ["book/sylabus"]},
        "no page 'book/sylabus' to leave out. Fix: did you mean 'book/syllabus'",
    ),
    "a link to a page left out": (
        {"leave_out": ["book/claims"], "left_out_links": None},
        r"book/index.md:\d+: \[\[claims\]\(claims.md\)\] links to book/claims, which the edition "
        "leaves out. Fix: take the chapter, part or page into the edition; or say in edition.yml",
    ),
    "a missing logo": (
        {"mark": "logo.svg"},
        r"edition.yml:\d+: \[mark\] the drawing logo.svg is not there. Fix: ",
    ),
    "a logo elsewhere": ({"mark": "/etc/hostname"}, "is outside of the edition's folder"),
    "a missing page": ({"pages": ["pages/gone.md"]}, "the page pages/gone.md is not there"),
    "a missing bank": ({"bank": "banks"}, "the bank banks is not there. Fix: did you mean 'bank'"),
    "a colour that nobody can read": (
        {"colours": {"link": {"light": "#9ACCD2", "dark": "#7FCBD2"}}},
        r"\[colours.link.light\] links \(light\): link #9ACCD2 on paper #FBF9F4 has a contrast of "
        r"1.\d\d, and 4.5 is needed \(WCAG AA\). Fix: make one of the two darker or lighter",
    ),
    "red for something else": (
        {"colours": {"danger": {"light": "#0000AA", "dark": "#0000AA"}}},
        "the colour 'danger' is not one that an edition may change",
    ),
    "a colour by name": (
        {"colours": {"link": {"light": "teal", "dark": "#7FCBD2"}}},
        "'teal' is not a colour. Fix: write it like '#0A5A66', in quotes",
    ),
    "an unknown law row": (
        {"law_first": ["OHI"]},
        r"\[law_first\] no row of law has the code or id 'OHI'. Fix: ",
    ),
}


@pytest.mark.parametrize("change, expected", BROKEN.values(), ids=BROKEN)
def test_a_faulty_edition_is_refused_with_file_item_and_fix(tmp_path, change, expected):
    folder = county(tmp_path / "county", ROOT, CHAPTERS, "law.o1")
    write(folder, FIELDS | {"upstream": str(ROOT), "chapters": CHAPTERS} | change)
    said = refused(folder)
    assert any(re.search(expected, line) for line in said), said


def test_an_item_with_an_id_of_the_course_is_refused(tmp_path):
    folder = county(tmp_path / "county", ROOT, CHAPTERS, "law.o1")
    path = folder / "bank" / "05-legality.yml"
    ours = re.search(
        r"id: (\w+\.\w+\.[\w-]+)", (ROOT / "quizzes/bank/02-pharmacology.yml").read_text("utf-8")
    )[1]
    path.write_text(path.read_text().replace("law.county.q3", ours))
    [said] = refused(folder)
    assert f"05-legality.yml:24: [{ours}] there is an item of this id in" in said, said
    assert "quizzes/bank/02-pharmacology.yml already. Fix: give your item another id" in said


def test_a_faulty_item_is_reported_at_its_own_place(tmp_path):
    folder = county(tmp_path / "county", ROOT, CHAPTERS, "law.o1")
    path = folder / "bank" / "05-legality.yml"
    path.write_text(path.read_text().replace("level: remember", "level: recall", 1))
    said = refused(folder)
    assert re.search(r"bank/05-legality.yml:2: \[law.county.q1\] ", said[0]), said


def test_an_item_for_a_chapter_that_the_edition_lacks_is_refused(tmp_path):
    folder = county(tmp_path / "county", ROOT, CHAPTERS, "law.o1")
    (folder / "bank" / "05-legality.yml").rename(folder / "bank" / "04-rsk.yml")
    [said] = refused(folder)
    assert "04-rsk.yml: the edition has no chapter '04-rsk'. Fix: rename the file" in said


def test_rows_with_other_columns_taken_ids_or_unknown_works_are_refused(tmp_path):
    folder = county(tmp_path / "county", ROOT, CHAPTERS, "law.o1")
    path = folder / "help_lines.csv"
    text = path.read_text()
    path.write_text(text.replace("ex-001", "hl-001").replace("examplecounty2026lines", "nobody", 1))
    said = refused(folder)
    assert any("help_lines.csv:2: [hl-001] there is a row 'hl-001'" in line for line in said), said
    assert any("no work 'nobody' in the references. Fix: " in line for line in said), said
    path.write_text(text.replace("service,", "name,", 1))
    [said] = refused(folder)
    assert "(without service; unknown name). Fix: copy the first line" in said


def test_an_own_page_that_links_to_what_is_left_out_is_refused(tmp_path):
    folder = county(tmp_path / "county", ROOT, CHAPTERS, "law.o1")
    page = folder / "pages" / "our-county.md"
    link = "[pharmacology](../notebooks/02-pharmacology/index.ipynb)"
    page.write_text(f"# A page\n\nSee {link}, and [nothing](helpnow.md).\n")
    said = refused(folder)
    assert any(f"our-county.md:3: [{link}] links to notebooks/02-ph" in line for line in said), said
    assert any(
        "helpnow, which no page is. Fix: did you mean 'book/help-now'" in one for one in said
    )


@pytest.mark.parametrize(
    "drawing",
    [
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 1 1'><script>1</script></svg>",
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 1 1'><path onclick='a()'/></svg>",
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 1 1'><a href='https://x.org'/></svg>",
        "<svg xmlns='http://www.w3.org/2000/svg'/>",
        "PNG",
    ],
)
def test_a_drawing_that_could_run_or_load_something_is_refused(tmp_path, drawing):
    folder = county(tmp_path / "county", ROOT, CHAPTERS, "law.o1")
    (folder / "mark.svg").write_text(drawing)
    [said] = refused(folder)
    assert "edition.yml" in said and "[mark]" in said and "Fix: save the logo as plain SVG" in said


def test_a_new_edition_needs_an_empty_folder(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "work.txt").touch()
    with pytest.raises(CourseError, match="there is something here already. Fix: name a new"):
        new_edition(tmp_path / "mine", ROOT)


# What an edition is made of


def composed(folder):
    return compose_edition(read_edition(folder), lambda _line: None)


def test_a_new_edition_is_complete_and_has_everything_of_the_course(tmp_path):
    path = new_edition(tmp_path / "mine", ROOT)
    sources = composed(path.parent)
    assert [one.name for one in load_chapters(sources)] == [one.name for one in load_chapters(ROOT)]
    ours = (ROOT / "notebooks" / "04-risk" / "index.ipynb").read_bytes()
    assert (sources / "notebooks" / "04-risk" / "index.ipynb").read_bytes() == ours


@pytest.mark.parametrize(
    ("contact", "report"),
    [("desk@example.org", "desk@example.org"), ("https://example.org/about", "")],
)
def test_reports_go_to_the_mail_of_the_edition_and_never_to_the_course(tmp_path, contact, report):
    root = make_mini(tmp_path / "course")
    settings = json.loads((root / "evidence" / "course.json").read_text(encoding="utf-8"))
    (root / "evidence" / "course.json").write_text(
        json.dumps(settings | {"report": "upstream@example.org"}), encoding="utf-8"
    )
    path = new_edition(tmp_path / "edition", root)
    text = path.read_text(encoding="utf-8").replace("course@example.org", contact)
    path.write_text(text, encoding="utf-8")
    sources = compose_edition(read_edition(path.parent), lambda _line: None)
    made = json.loads((sources / "evidence" / "course.json").read_text(encoding="utf-8"))
    assert made["report"] == report


def test_every_commented_field_of_a_new_edition_is_a_field(tmp_path):
    path = new_edition(tmp_path / "mine", ROOT)
    text = path.read_text(encoding="utf-8")
    examples = re.findall(r"^# (\w+):(?: \S|$)", text, re.M)
    known = set(type(read_edition(path.parent).fields).model_fields)
    assert set(examples) <= known and len(examples) >= 10
    named = set(examples) | set(re.findall(r"^(\w+):", text, re.M))
    assert named == known, known - named


@pytest.mark.parametrize(
    "rule, expected",
    [
        ("text", "the claims (not in this edition) weigh"),
        ("https://example.org/course", "[claims](https://example.org/course/book/claims.html)"),
    ],
)
def test_links_to_what_is_left_out_follow_the_rule_of_the_edition(tmp_path, rule, expected):
    folder = county(
        tmp_path / "county",
        ROOT,
        ["05-legality"],
        "law.o1",
        leave_out=["book/claims", "book/for-instructors"],
        left_out_links=rule,
    )
    home = (composed(folder) / "book" / "index.md").read_text(encoding="utf-8")
    assert expected in home
    assert ":link: ../notebooks/05-legality/index" in home, "cards lead to the first chapter"
    assert ":link: for-instructors" not in home and ":link: help-now" in home
    sources = folder / "_build" / "course"
    hosts = {host for host in allowed_hosts(sources) if host not in allowed_hosts(ROOT)}
    assert hosts == ({"example.org"} if rule.startswith("https") else set())


def test_items_of_parts_that_are_left_out_are_gone_and_others_stay(tmp_path):
    chapters = [{"chapter": "04-risk", "parts": ["how-many-people-use-kratom", 2]}]
    folder = county(tmp_path / "county", ROOT, chapters, "risk.o1")
    bank = yaml.safe_load((composed(folder) / "quizzes/bank/04-risk.yml").read_text("utf-8"))
    ours = yaml.safe_load((ROOT / "quizzes/bank/04-risk.yml").read_text("utf-8"))
    kept = {one["id"] for one in bank["objectives"]}
    assert kept < {one["id"] for one in ours["objectives"]} and "risk.o1" in kept
    assert {one["objective"] for one in bank["items"]} <= kept
    own = [one["id"] for one in bank["items"] if ".county." in one["id"]]
    assert len(own) == 10
    asked = {item for item in bank["items"] for item in [item["id"]]}
    expected = {one["id"] for one in ours["items"] if one["objective"] in kept}
    assert asked == expected | set(own)


def test_the_colours_of_the_course_pass_the_check_that_editions_have_to_pass():
    sheet = (ROOT / TOKENS).read_text(encoding="utf-8")
    pairs = [match.groupdict() for match in PAIR.finditer(sheet)]
    assert len(pairs) >= 30 and {"link", "ink", "paper"} <= {one["front"] for one in pairs} | {
        one["back"] for one in pairs
    }
    for mode, palette in palettes(sheet).items():
        assert set(MAY_CHANGE) <= set(palette)
        for one in pairs:
            ratio = contrast(palette[one["front"]], palette[one["back"]])
            assert ratio >= float(one["least"]), (mode, one)


def test_quizzes_of_an_edition_ask_its_own_items_with_the_settings_of_the_course(tmp_path):
    path = new_edition(tmp_path / "county", ROOT)
    ours = county(tmp_path / "ours", ROOT, ["05-legality"], "law.o1")
    shutil.copytree(ours, path.parent, dirs_exist_ok=True)
    composed(path.parent)
    quizzes = path.parent / "quizzes"
    assert {one.stem for one in (quizzes / "bank").glob("*.yml")} >= {"05-legality", "04-risk"}
    assert not (quizzes / "bank" / "02-pharmacology.yml").exists()
    (quizzes / "assignments" / "ours.yml").write_text(
        "title: Our county\nitems: [{id: law.county.q2}, {chapter: 05-legality, number: 2}]\n"
    )
    assert find_assignment(quizzes, "ours").items[0].id == "law.county.q2"
    config = PyFileConfigLoader("nbgrader_config.py", path=str(quizzes)).load_config()
    assert config.CourseDirectory.root == str(quizzes)
    assert config.CourseDirectory.course_id == "county"


@pytest.mark.slow
@pytest.mark.parametrize(
    "file, find, put, expected",
    [
        (
            "pages/our-county.md",
            "Nothing on this page",
            "{fact}`ph1090` and nothing on this page",
            r"pages/our-county.md:3: no fact 'ph1090' in facts.csv. Fix: did you mean 'ph",
        ),
        (
            "help_lines.csv",
            ",crisis,",
            ",crysis,",
            r"help_lines.csv:2: .*crysis.* Fix: see the field in datapackage.json",
        ),
    ],
)
def test_a_check_names_the_file_of_the_edition_and_not_its_copy(
    tmp_path, file, find, put, expected
):
    folder = county(tmp_path / "county", ROOT, CHAPTERS, "law.o1")
    path = folder / file
    path.write_text(path.read_text(encoding="utf-8").replace(find, put, 1), encoding="utf-8")
    done = course("edition", "check", str(folder), check=False)
    assert done.returncode == 1
    assert re.search(rf"{folder}/{expected}", done.stderr), done.stderr


def test_a_dead_link_in_the_built_pages_is_an_error(tmp_path):
    edition = read_edition(county(tmp_path / "county", ROOT, CHAPTERS, "law.o1"))
    site = tmp_path / "site" / "book"
    site.mkdir(parents=True)
    (site / "index.html").write_text(
        "<a href='#here'>1</a><a href=\"data.html#x\">2</a>"
        '<a class="a" href="claims.html">3</a><a href="https://example.org">4</a>'
    )
    (site / "data.html").touch()
    [found] = dead_links(site.parent, edition)
    assert "book/index.html has a link to claims.html, which isn't in the edition" in str(found)


def test_the_course_that_an_edition_names_does_the_work(tmp_path):
    other = small_course(tmp_path / "other")
    folder = county(tmp_path / "county", "../other", ["03-thrid"], "third.o1")
    done = course("edition", "check", str(folder), check=False)
    assert done.returncode == 1 and f"the course at {other} does the work" in done.stdout
    assert "the course has no chapter '03-thrid'. Fix: did you mean '03-third'" in done.stderr


def test_a_chapter_left_out_that_a_page_of_the_course_links_to_is_an_error_or_words(tmp_path):
    small_course(tmp_path / "small")
    chapters = ["03-third", "01-mini"]
    folder = county(tmp_path / "county", "../small", chapters, "third.o1", left_out_links=None)
    [said] = refused(folder)
    link = "[the second](../notebooks/02-second/index.ipynb)"
    assert (
        f"book/index.md:3: [{link}] links to notebooks/02-second/index, which the edition" in said
    )
    assert "Fix: take the chapter, part or page into the edition; or say in edition.yml how" in said
    write(folder, FIELDS | {"upstream": "../small", "chapters": chapters})
    home = (composed(folder) / "book" / "index.md").read_text(encoding="utf-8")
    assert "Begin with the second (not in this edition)." in home
