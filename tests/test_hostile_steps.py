"""Hostile submissions at every step beside the cell: collecting, unpacking, names, times, pages,
report, exports, room.

A module in tests/hostile/steps/ holds the attacks on one step, a function each, whose docstring
says what it tries. An honest student stands before and after each attacker, and is treated as if
the attack were not there."""

import csv
import importlib.util
import inspect
import os
import re
import shutil
import time
import zipfile
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace

import pytest
from classroom import all_right, answered, hand_in, make_classroom, page_of, scores
from conftest import required
from nbgrader.api import Gradebook
from students import wrong
from test_feedback import pages_of
from test_hostile import ATTACKS as IN_CELLS

from kratomcourse.errors import CourseError
from kratomcourse.exports.grades import grades_of_gradebook
from kratomcourse.exports.quizzes import export_grades
from kratomcourse.grading.autograde.instructor_version import CourseLayout, read_config
from kratomcourse.grading.autograde.runner import grade_assignment
from kratomcourse.grading.autograde.summary import report_lines
from kratomcourse.grading.collect.collector import collect, collect_lines
from kratomcourse.grading.item_analysis.analysis import analyse
from kratomcourse.grading.item_analysis.class_results import read_class_results
from kratomcourse.grading.item_analysis.report_page import write_report
from kratomcourse.grading.sandbox.bwrap import unavailable_reason
from kratomcourse.grading.sandbox.limits import Limits
from kratomcourse.live.exchange import SubmissionExchange

FOLDER = Path(__file__).parent / "hostile" / "steps"
QUIZ = "99-sample"
TIME = "2027-01-15 12:00:00 UTC"
PATIENCE = 40  # seconds of processor time for one attack; most take less than one
SHORT = Limits(cell_seconds=4, grace_seconds=1, total_seconds=8, memory_mb=512)


def attacks(step):
    """Return name -> function of one step."""
    spec = importlib.util.spec_from_file_location(f"steps_{step}", FOLDER / f"{step}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return {
        name: function
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__doc__ and function.__module__ == module.__name__
    }


STEPS = {path.stem: attacks(path.stem) for path in sorted(FOLDER.glob("*.py"))}


def every(step):
    return pytest.mark.parametrize("name", sorted(STEPS[step]))


def test_the_set_has_at_least_a_hundred_and_fifty_attacks_and_each_says_what_it_tries():
    words = [function.__doc__ for step in STEPS.values() for function in step.values()]
    words += [attack.__doc__ for attack in IN_CELLS.values()]
    assert len(words) == len(set(words)) >= 150


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    return make_classroom(tmp_path_factory.mktemp("steps") / "quizzes")


def copy_of(classroom, root):
    shutil.copytree(classroom.root, root, symlinks=True)
    return SimpleNamespace(**vars(classroom) | {"root": root, "layout": CourseLayout(root)})


@pytest.fixture
def world(template, tmp_path):
    world = copy_of(template, tmp_path / "quizzes")
    world.inbound = tmp_path / "exchange" / world.layout.course_id / "inbound"
    world.inbound.mkdir(parents=True)
    world.notebook = (world.root / "release" / QUIZ / f"{QUIZ}.ipynb").read_bytes()
    world.secret = world.root / "source" / QUIZ / f"{QUIZ}.ipynb"
    world.threads = []
    Path("/tmp/evil").unlink(missing_ok=True)
    start = time.process_time()
    yield world
    assert time.process_time() - start < PATIENCE, "it kept whoever collects waiting"
    assert not Path("/tmp/evil").exists()
    for thread in world.threads:
        thread.join(30)


def put(world, student):
    folder = world.inbound / f"{student}+{QUIZ}+{TIME}"
    folder.mkdir()
    (folder / f"{QUIZ}.ipynb").write_bytes(world.notebook)
    (folder / "timestamp.txt").write_text(TIME)
    return folder


def check_collected(world, rows, state):
    """The honest have what they submitted, eve has nothing that is not hers, and nothing lies
    beside it.
    """
    secret = world.secret.read_bytes()
    assert {name: rows[name].state for name in ("ada", "zoe")} == dict.fromkeys(
        ("ada", "zoe"), "collected"
    )
    assert state == "either" or rows["eve"].state == state, rows["eve"]
    submitted = world.root / "submitted"
    for name in ("ada", "zoe"):
        assert (submitted / name / QUIZ / f"{QUIZ}.ipynb").read_bytes() == world.notebook
    assert {path.name for path in submitted.iterdir()} <= {"ada", "eve", "zoe"}
    for path in submitted.rglob("*"):
        about = path.lstat()
        assert path.is_dir() or (path.is_file() and not path.is_symlink() and about.st_nlink == 1)
        assert path.is_dir() or about.st_size < 50 << 20
        assert path.is_dir() or path.read_bytes() != secret, "the key was collected"
    if rows["eve"].state == "rejected":
        assert not (submitted / "eve" / QUIZ).exists()
    assert all(line.isprintable() for line in collect_lines(QUIZ, list(rows.values())))
    assert world.secret.read_bytes() == secret


@every("exchange")
def test_collecting_takes_a_plain_copy_or_nothing(world, name):
    folders = {student: put(world, student) for student in ("ada", "eve", "zoe")}
    state = STEPS["exchange"][name](folders["eve"], world)
    found = collect(world.layout, QUIZ, inbound=world.inbound, check_owner=False, trust_names=True)
    check_collected(world, {row.student: row for row in found}, state)


@every("archives")
def test_unpacking_writes_into_the_students_folder_alone(world, name):
    downloads = world.root / "downloads"
    downloads.mkdir()
    for student in ("ada", "zoe"):
        with zipfile.ZipFile(downloads / f"{student}.zip", "w") as file:
            file.writestr(f"{QUIZ}.ipynb", world.notebook)
    for file_name, content in STEPS["archives"][name](world).items():
        (downloads / file_name).write_bytes(content)
    before = {path: path.stat().st_mtime_ns for path in world.root.glob("*") if path.is_file()}
    found = collect(world.layout, QUIZ, [downloads])
    check_collected(world, {row.student: row for row in found}, "either")
    after = {path: path.stat().st_mtime_ns for path in world.root.glob("*") if path.is_file()}
    assert after == before


@pytest.fixture(scope="module")
def odd(template, tmp_path_factory):
    """One run over all odd ids and times; every second student is honest."""
    required(shutil.which("bwrap") and not unavailable_reason(), "bubblewrap")
    classroom = copy_of(template, tmp_path_factory.mktemp("odd") / "quizzes")
    right = all_right(classroom)
    for number, (name, make) in enumerate(STEPS["timestamps"].items()):
        folder = hand_in(classroom, f"t-{name}", right)
        (folder / "timestamp.txt").write_bytes(make())
        hand_in(classroom, f"honest-{number}", right)
    hand_in(classroom, "ada", right)
    plain = classroom.root / "submitted" / "ada"
    for make in STEPS["names"].values():
        place = os.fsencode(classroom.root / "submitted") + b"/" + make()
        shutil.copytree(os.fsencode(plain), place)
    report = grade_assignment(classroom.layout, QUIZ, limits=SHORT, workers=1)
    return SimpleNamespace(
        classroom=classroom, report=report, rows={row.student: row for row in report.rows}
    )


@every("names")
def test_an_odd_id_is_one_row_that_says_so(odd, name):
    row = odd.rows[os.fsdecode(STEPS["names"][name]())]
    allowed = {"markup", "template"}  # plain text, which pages and reports escape
    assert row.state == ("graded" if name in allowed else "rejected"), row
    assert row.why or name in allowed
    mine = list(report_lines(odd.report))
    assert all(line.isprintable() for line in mine)
    heads = ("quiz ", "  graded", "  late", "  not graded", "  blocked")
    assert all(sum(line.startswith(head) for line in mine) <= 2 for head in heads)


@every("timestamps")
def test_an_odd_time_costs_nobody_else_and_is_never_stored(odd, name):
    row = odd.rows[f"t-{name}"]
    with Gradebook(odd.classroom.layout.db_url) as gradebook:
        stored = [
            submission.timestamp
            for submission in gradebook.assignment_submissions(QUIZ)
            if submission.student.id == row.student
        ]
    assert (row.state == "rejected" and not stored) or all(
        when is None or 1990 <= when.year < 2200 for when in stored
    )
    assert all("\n" not in line for line in (row.why, *row.repairs))


def test_everybody_else_is_graded_beside_odd_ids_and_times(odd):
    honest = [row for row in odd.report.rows if row.student == "ada" or "honest" in row.student]
    assert len(honest) > 10 and all(row.points == 17 and not row.violations for row in honest)
    assert odd.report.problems == []
    with Gradebook(odd.classroom.layout.db_url) as gradebook:
        ids = {student.id for student in gradebook.students}
        assert all(name.isprintable() for name in ids) and len(
            gradebook.submission_dicts(QUIZ)
        ) == len(ids)


class Seen(HTMLParser):
    """Tags, and attributes with their values, of a page."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.attributes = set(), []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attributes]


RUNS = {"script", "svg", "iframe", "object", "embed", "base", "link", "form", "meta"}


@pytest.fixture(scope="module")
def shown(template, tmp_path_factory):
    """All attacks on pages, graded in one run, with an honest student before and after."""
    required(shutil.which("bwrap") and not unavailable_reason(), "bubblewrap")
    classroom = copy_of(template, tmp_path_factory.mktemp("pages") / "quizzes")
    hand_in(classroom, "ada", all_right(classroom))
    hand_in(classroom, "zoe", answered(classroom, {one.id: wrong(one) for one in classroom.items}))
    for name, change in STEPS["pages"].items():
        notebook = all_right(classroom)
        change(notebook)
        hand_in(classroom, f"p-{name}", notebook)
    report = grade_assignment(classroom.layout, QUIZ, limits=SHORT, workers=1)
    pages = pages_of(classroom)
    return SimpleNamespace(classroom=classroom, report=report, pages=pages)


@every("pages")
def test_a_page_of_feedback_is_safe_and_of_sensible_length(shown, name):
    page = shown.pages[f"p-{name}"]
    seen = Seen(page.partition("<body>")[2])
    assert not seen.tags & RUNS and "img" not in seen.tags
    assert not [one for one, _ in seen.attributes if one.startswith("on") or one == "style"]
    links = [value for one, value in seen.attributes if one in ("href", "src")]
    assert all(value.startswith(("#", "https://course.example/")) for value in links)
    assert len(page) < 100_000 and "99 points" not in page
    assert not set("\u202e\u2066\u2069\u200b\ufeff") & set(page)
    assert page.count("<main>") == page.count("</main>") == 1


@every("pages")
def test_a_page_of_the_formgrader_is_safe_and_made_in_time(shown, name):
    path = shown.classroom.root / "autograded" / f"p-{name}" / QUIZ / f"{QUIZ}.ipynb"
    start = time.process_time()
    page = page_of(path, read_config(shown.classroom.root), "formgrade")
    assert time.process_time() - start < PATIENCE
    seen = Seen(page.partition('id="notebook-container"')[2])
    assert not seen.tags & (RUNS - {"link"})
    assert not [one for one, _ in seen.attributes if one.startswith("on")]
    assert not [
        value
        for one, value in seen.attributes
        if one in ("href", "src")
        and re.match(r"(?i)\s*(javascript|vbscript|data|//|/)|.*evil", value)
    ]
    assert page.count('id="sample-text"') == 1
    assert not re.search(r"<li>\s*99 points", page), "only the instructor's cell is a rubric"


def test_pages_of_the_honest_are_as_if_no_attack_were_there(shown):
    assert "17 of 20" not in shown.pages["zoe"] and "17 of 20 points" in shown.pages["ada"]
    assert set(shown.pages) == {
        path.name for path in (shown.classroom.root / "autograded").iterdir()
    }
    graded = scores(shown.classroom, "ada")
    assert sum(auto or 0 for auto, _, _ in graded.values()) == 17


def test_no_record_or_score_of_a_students_own_counts(shown):
    for name in ("record_of_its_own", "comment_of_its_own"):
        own = scores(shown.classroom, f"p-{name}")
        assert own == scores(shown.classroom, "ada"), name


@pytest.fixture(scope="module")
def class_list(shown):
    """The same class, with hostile names in its list."""
    with Gradebook(shown.classroom.layout.db_url) as gradebook:
        for name, make in STEPS["people"].items():
            gradebook.update_or_create_student(f"l-{name}", **make())
            gradebook.update_or_create_student(f"p-{next(iter(STEPS['pages']))}", **make())
    return shown


def test_the_report_of_a_class_with_hostile_answers_and_names_runs_nothing(class_list, tmp_path):
    found = analyse(read_class_results(class_list.classroom.layout, QUIZ))
    write_report(found, tmp_path / "report", names=True)
    page = (tmp_path / "report" / "index.html").read_text()
    seen = Seen(page.partition("<body")[2])
    assert not seen.tags & (RUNS - {"svg"})
    assert not [one for one, _ in seen.attributes if one.startswith("on")]
    for table in (tmp_path / "report").glob("*.csv"):
        with table.open(newline="") as file:
            lines = list(csv.reader(file))
        assert len({len(line) for line in lines}) == 1, table.name
        assert not [cell for line in lines for cell in line if is_formula(cell)], table.name


def is_formula(cell):
    """Whether a spreadsheet would run a cell."""
    bare = cell.lstrip()
    return (bare[:1] in "=@+" and bool(bare)) or bool(re.match(r"-\D|-\d+[^\d.e]", bare))


@every("people")
@pytest.mark.parametrize("shape", ["canvas", "moodle"])
def test_an_export_holds_every_name_as_text_and_every_score_in_its_column(
    shown, tmp_path, name, shape
):
    classroom = copy_of(shown.classroom, tmp_path / "quizzes")
    with Gradebook(classroom.layout.db_url) as gradebook:
        gradebook.update_or_create_student("zoe", **STEPS["people"][name]())
        gradebook.update_or_create_student("ada", first_name="Ada", last_name="L")
    target = tmp_path / "grades.csv"
    try:
        export_grades(grades_of_gradebook(classroom.layout.db_url, "x"), shape, target)
    except CourseError as error:
        assert not target.exists() and "Fix:" in str(error) and str(error).isprintable()
        return
    with target.open(newline="", encoding="utf-8") as file:
        lines = list(csv.reader(file))
    assert len({len(line) for line in lines}) == 1
    assert not [cell for line in lines for cell in line if is_formula(cell)]
    [ada] = [line for line in lines if "ada" in line or "Ada L" in line or "L, Ada" in line]
    assert any(re.fullmatch(r"17(\.0+)?", cell) for cell in ada)
    assert all("\n" not in cell and "\x00" not in cell for line in lines for cell in line)


@every("room")
def test_the_room_takes_what_is_a_students_own_and_reads_nothing_else(tmp_path, name):
    exchange = SubmissionExchange(tmp_path / "room")
    exchange.make()
    secret = tmp_path / "leader" / "key.ipynb"
    secret.parent.mkdir()
    secret.write_text("THE-KEY")
    account = os.geteuid() or 61001
    world = SimpleNamespace(secret=secret, name="eve+02-x+2027-01-15 12:00:00 UTC+abcd")
    world.inbound, _ = exchange.folders_of("eve", account)

    def put(folder_name, inbound=None):
        folder = (inbound or world.inbound) / folder_name
        folder.mkdir(parents=True)
        (folder / "02-x.ipynb").write_text("{}")
        (folder / "submission_secret.txt").write_text("s" * 8)
        folder.chmod(0o777)
        return folder

    world.put = put
    before, _ = exchange.folders_of("ada", account)
    put("ada+02-x+2027-01-15 11:00:00 UTC+abcd", before)
    after, _ = exchange.folders_of("zoe", account)
    put("zoe+02-x+2027-01-15 13:00:00 UTC+abcd", after)
    STEPS["room"][name](world)
    start = time.process_time()
    exchange.relay()
    exchange.relay()
    latest = exchange.submissions_by_user()
    assert time.process_time() - start < PATIENCE / 2
    assert all(latest[name]["02-x"].submitted for name in ("ada", "zoe"))
    assert secret.read_text() == "THE-KEY"
    moved = exchange.folder / "inbound"
    assert len(list(moved.glob("ada+*"))) == 1, "nobody submits in another's name"
    for path in moved.rglob("*"):
        assert not path.is_symlink() and (path.is_dir() or path.is_file())
        assert path.is_dir() or path.stat().st_size > 1 << 20 or b"THE-KEY" not in path.read_bytes()
