"""The class: lists from several systems, extensions, late policies, marking without names,
regrades.
"""

import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from datetime import datetime, timedelta

import pytest
from classroom import ROOT, all_right, answered, cell_of, clean_environment, hand_in, make_classroom
from nbgrader.api import Gradebook, Student
from students import wrong

from kratomcourse.errors import CourseError
from kratomcourse.exports.grades import grades_of_gradebook
from kratomcourse.grading.assignment_source.notebooks import cell_id
from kratomcourse.grading.autograde.instructor_version import CourseLayout
from kratomcourse.grading.autograde.late_policy import GracePeriod, PerDayPenalty
from kratomcourse.grading.autograde.runner import grade_assignment
from kratomcourse.grading.class_list.anonymous import (
    code_of,
    compared,
    make_anonymous,
    marks_in,
    store_marks,
)
from kratomcourse.grading.class_list.extensions import extend
from kratomcourse.grading.class_list.regrade_requests import (
    add_request,
    close_request,
    list_requests,
)
from kratomcourse.grading.class_list.roster import import_roster
from kratomcourse.grading.class_list.roster_file import RosterStudent, read_roster
from kratomcourse.grading.class_list.status import course_status, status_lines
from kratomcourse.settings import FILE, CourseSettings, course_settings

DUE = datetime(2027, 1, 15, 0, 0)
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """A class of three: ada all right and in time, ben all wrong, cal right and 12 hours late."""
    room = make_classroom(tmp_path_factory.mktemp("class") / "quizzes")
    with Gradebook(room.layout.db_url) as gradebook:
        gradebook.update_or_create_assignment(room.quiz, duedate=DUE)
        gradebook.update_or_create_student("ada", first_name="Ada", last_name="Lovelace")
        gradebook.update_or_create_student("ben", first_name="Ben", last_name="O'Neill, Jr.")
    hand_in(room, "ada", all_right(room), timestamp="2027-01-14 12:00:00 UTC")
    wrong_ones = answered(room, {item.id: wrong(item) for item in room.items})
    text = next(item for item in room.items if item.kind == "text")
    cell_of(wrong_ones, cell_id(text))["source"] = (
        "I am Ben O'Neill, Jr. and ada (Lovelace) agrees."
    )
    hand_in(room, "ben", wrong_ones, timestamp="2027-01-14 12:00:00 UTC")
    hand_in(room, "cal", all_right(room), timestamp="2027-01-15 12:00:00 UTC")
    grade_assignment(room.layout, room.quiz, isolation="none")
    room.text = cell_id(text)
    return room


def course(room, *words, code=0):
    """Run a command in the folder of the class; returns what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "kratomcourse.cli", *words],
        cwd=room.root,
        env=clean_environment(room.root),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
    )
    assert done.returncode == code, done.stdout
    return done.stdout


# Class lists

CANVAS = """\
Student,ID,SIS User ID,SIS Login ID,Section,Quiz 1 (77)
    Points Possible,,,,,20
"O'Brien, Jr., Ada",4001,u1,ada,Autumn,11
"Nguyễn, Chi",4002,u2,chi,Autumn,
"Student, Test",4003,,,Autumn,
"""
MOODLE = """\
\ufeffFirst name;Last name;ID number;Email address
Ada;O'Brien, Jr.;;ada@example.org
Zoë;Müller;;zoe@example.org
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "id,last_name,first_name,email\nada,Lovelace,Ada,\nnora,,,\n",
            [RosterStudent("ada", "Ada", "Lovelace"), RosterStudent("nora")],
        ),
        (
            CANVAS,
            [
                RosterStudent("ada", "Ada", "O'Brien, Jr.", "", "4001"),
                RosterStudent("chi", "Chi", "Nguyễn", "", "4002"),
            ],
        ),
        (
            MOODLE,
            [
                RosterStudent("ada@example.org", "Ada", "O'Brien, Jr.", "ada@example.org"),
                RosterStudent("zoe@example.org", "Zoë", "Müller", "zoe@example.org"),
            ],
        ),
    ],
    ids=["own", "canvas", "moodle"],
)
def test_a_class_list_of_each_system_is_recognised(tmp_path, text, expected):
    path = tmp_path / "class.csv"
    path.write_text(text, encoding="utf-8")
    assert read_roster(path) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "id,email\nada,\nben,\nada,\n",
            r"class.csv:4: \[ada\] this id is in line 2 too. Fix: take",
        ),
        (
            "id,lms_user_id\nada,7\nben,7\n",
            r"class.csv:3: \[ben\] ada has the same number in the LMS",
        ),
        ("id\nada\n=cmd\n", r"class.csv:3: \[=cmd\] the id in column 'id' cannot be used"),
        ("id,email\n,a@example.org\n", r"class.csv:2: .*it is empty"),
        ("id,last_name\nada,O'Brien, Jr.\n", r"class.csv:2: has more fields.*double quotes"),
        ("number,name\n1,Ada\n", r"class.csv:1: no column is called id.* there are: number, name"),
        ("id\n", "has no line below"),
    ],
)
def test_a_faulty_class_list_is_refused_with_line_and_fix(tmp_path, text, message):
    path = tmp_path / "class.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CourseError, match=message):
        read_roster(path)


def test_an_export_that_is_not_utf8_is_refused(tmp_path):
    path = tmp_path / "class.csv"
    path.write_bytes("id,last_name\nzoe,Müller\n".encode("latin-1"))
    with pytest.raises(CourseError, match="is not UTF-8 text. Fix: save it as CSV UTF-8"):
        read_roster(path)


def test_an_import_adds_and_corrects_and_removes_nobody(tmp_path):
    room = make_classroom(tmp_path / "quizzes")
    path = tmp_path / "class.csv"
    path.write_text("id,first_name\nada,Ada\nben,Ben\n")
    assert import_roster(room.layout, read_roster(path), dry=True).added == ["ada", "ben"]
    assert "2 added" in course(room, "class", "import", str(path))
    path.write_text("id,first_name,lms_user_id\nada,Augusta,4001\ncal,Cal,\n")
    assert "1 added, 1 changed" in course(room, "class", "import", str(path))
    with Gradebook(room.layout.db_url) as gradebook:
        rows = {row.id: (row.first_name, row.lms_user_id) for row in gradebook.db.query(Student)}
    assert rows == {"ada": ("Augusta", "4001"), "ben": ("Ben", None), "cal": ("Cal", None)}
    path.write_text("id,first_name\ndan,Dan\ndan,Dana\n")
    assert "Fix: take one of the two lines out" in course(
        room, "class", "import", str(path), code=1
    )
    with Gradebook(room.layout.db_url) as gradebook:
        assert gradebook.db.query(Student).count() == 3


# Late work


def test_late_policies_take_off_what_they_say():
    day = 24 * 3600
    per_day = PerDayPenalty(percent_per_day=10)
    assert per_day.late_submission_penalty("ada", 20, 0) is None
    assert per_day.late_submission_penalty("ada", 20, 1) == 2
    assert per_day.late_submission_penalty("ada", 20, day + 1) == 4
    assert per_day.late_submission_penalty("ada", 20, 30 * day) == 20
    three_days = PerDayPenalty(percent_per_day=10, most_days=3)
    assert three_days.late_submission_penalty("ada", 20, 3 * day) == 6
    assert three_days.late_submission_penalty("ada", 20, 3 * day + 1) == 20
    grace = GracePeriod(grace_minutes=60)
    assert grace.late_submission_penalty("ada", 20, 3600) is None
    assert grace.late_submission_penalty("ada", 20, 3601) == 20


@pytest.mark.parametrize(
    ("policy", "share"),
    [("policy: none", 1), ("policy: per-day\n  percent_per_day: 25", 0.75), ("policy: grace", 0)],
)
def test_a_late_policy_of_course_yml_counts_in_grading_and_export(graded, policy, share):
    (graded.root / FILE).write_text(f"id: pharm-101\nlate:\n  {policy}\n")
    try:
        layout = CourseLayout(graded.root)
        assert layout.course_id == "pharm-101"
        grade_assignment(layout, graded.quiz, isolation="none", regrade=True)
        grades = grades_of_gradebook(layout.db_url, layout.course_id)
    finally:
        (graded.root / FILE).unlink()
    full = grades.students["ada"].scores[graded.quiz]
    assert full and grades.students["cal"].scores[graded.quiz] == pytest.approx(full * share)


def test_an_extension_moves_one_students_due_date(graded):
    (graded.root / FILE).write_text("late:\n  policy: grace\n")
    try:
        said = course(graded, "class", "extend", "cal", graded.quiz, "--hours", "13")
        assert "cal has until 2027-01-15 13:00 UTC" in said
        layout = CourseLayout(graded.root)
        report = grade_assignment(layout, graded.quiz, isolation="none", regrade=True)
        assert not any(row.late for row in report.rows)
        grades = grades_of_gradebook(layout.db_url, layout.course_id)
        scores = {name: one.scores.get(graded.quiz) for name, one in grades.students.items()}
        assert scores["cal"] == scores["ada"] > 0
    finally:
        (graded.root / FILE).unlink()
        extend(graded.layout, "cal", graded.quiz, longer=timedelta())


def test_someone_with_an_extension_and_no_work_yet_has_no_zero(tmp_path):
    room = make_classroom(tmp_path / "quizzes")
    with Gradebook(room.layout.db_url) as gradebook:
        gradebook.update_or_create_assignment(room.quiz, duedate=DUE)
        gradebook.update_or_create_student("dot")
    extend(room.layout, "dot", room.quiz, until=DUE + timedelta(days=2))
    grades = grades_of_gradebook(room.layout.db_url, room.layout.course_id)
    assert grades.students["dot"].scores == {}
    hand_in(room, "dot", all_right(room), timestamp="2027-01-16 12:00:00 UTC")
    report = grade_assignment(room.layout, room.quiz, isolation="none")
    assert [(row.state, row.late) for row in report.rows] == [("graded", 0)]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["dora", "99-sample", "--hours", "2"], "the class list has no student 'dora'"),
        (["ada", "99-sampel", "--hours", "2"], "did you mean '99-sample'"),
        (["ada", "99-sample"], "give either --until or --hours"),
        (["ada", "99-sample", "--until", "2027-01-20 12:00"], "has no time zone"),
        (["ada", "99-sample", "--until", "2026-01-20 12:00 UTC"], "is before the due date"),
    ],
)
def test_an_extension_that_cannot_be_is_refused(graded, words, message):
    assert message in course(graded, "class", "extend", *words, code=1)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name: x\n", "course.yml: 'name' is not a setting. Fix: use one of: id"),
        ("late:\n  policy: perday\n", "did you mean 'per-day'"),
        ("late:\n  percent_per_day: ten\n", "percent_per_day is not a number"),
        ("late:\n  percent_per_day: 1000\n", "out of range"),
        ("id: a/b\n", "cannot be the name of a folder"),
        ("id: [\n", r"course.yml:\d+: is not YAML"),
    ],
)
def test_a_setting_that_cannot_be_is_refused(tmp_path, text, message):
    (tmp_path / FILE).write_text(text)
    with pytest.raises(CourseError, match=message):
        course_settings(tmp_path)


def test_the_name_of_the_course_is_in_one_place():
    default = CourseSettings().id
    assert course_settings(ROOT / "quizzes").id == default
    there = [
        str(path.relative_to(ROOT))
        for folder in ("kratomcourse", "quizzes", "deploy")
        for path in sorted((ROOT / folder).rglob("*"))
        if path.suffix in (".py", ".yml", ".yaml") and default in path.read_text(encoding="utf-8")
    ]
    # The hub's image on Kubernetes has no copy of the settings.
    assert set(there) == {"quizzes/course.yml", "deploy/hub.py"}


# Without names


def test_a_copy_for_marking_names_nobody(graded, tmp_path):
    copy = make_anonymous(graded.layout, graded.quiz, tmp_path / "marking")
    assert copy.students == 3 and copy.names_removed >= 3
    for path in (tmp_path / "marking").rglob("*"):
        assert not any(word in str(path.relative_to(tmp_path)) for word in ("ada", "ben", "cal"))
        if path.is_file():
            data = path.read_bytes()
            for word in (b"Lovelace", b"O'Neill", b'"ada"', b"'ada'", b"'ben'"):
                assert word not in data, (path, word)
    ben = tmp_path / "marking" / "autograded" / code_of(graded.layout, graded.quiz, "ben")
    text = cell_of_file(next(ben.rglob("*.ipynb")), graded.text)
    assert text == "I am [name] and [name] ([name]) agrees."
    with Gradebook(f"sqlite:///{tmp_path / 'marking' / 'gradebook.db'}") as gradebook:
        rows = gradebook.assignment_submissions(graded.quiz)
        assert {row.timestamp for row in rows} == {None}
        assert all(row.student.id.startswith("s-") and row.needs_manual_grade for row in rows)


def test_the_formgrader_of_a_copy_shows_codes_and_no_names(graded, tmp_path):
    make_anonymous(graded.layout, graded.quiz, tmp_path / "marking")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "jupyter",
            "lab",
            "--no-browser",
            "--allow-root",
            f"--port={port}",
            "--IdentityProvider.token=test",
        ],
        cwd=tmp_path / "marking",
        env=clean_environment(graded.root),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        base = f"http://127.0.0.1:{port}/formgrader"
        listed = fetch_when_up(
            f"{base}/api/submitted_notebooks/{graded.quiz}/{graded.quiz}?token=test"
        )
        rows = json.loads(listed)
        pages = [fetch_when_up(f"{base}/submissions/{row['id']}/?token=test") for row in rows]
    finally:
        server.terminate()
        server.wait(30)
    assert {row["student"][:2] for row in rows} == {"s-"} and len(rows) == 3
    for word in ("Lovelace", "O'Neill", "O&#39;Neill", "&#39;ada&#39;", "&#39;ben&#39;"):
        assert not any(word in page for page in (listed, *pages)), word
    assert any("[name] agrees" in page or "[name]) agrees" in page for page in pages)


def fetch_when_up(address):
    """Return a page of a server that is starting."""
    for _ in range(120):
        try:
            with urllib.request.urlopen(address, timeout=60) as answer:
                return answer.read().decode()
        except urllib.error.HTTPError as error:
            pytest.fail(f"{address}: {error}")
        except OSError:
            time.sleep(0.5)
    pytest.fail(f"{address} did not answer within a minute")


def cell_of_file(path, name):
    source = cell_of(json.loads(path.read_text()), name)["source"]
    return "".join(source)


def give(folder, quiz, cell, points, comment=""):
    """Mark an answer of everyone as the formgrader does."""
    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as gradebook:
        for row in gradebook.assignment_submissions(quiz):
            [notebook] = row.notebooks
            for grade in notebook.grades:
                if grade.name == cell:
                    grade.manual_score, grade.needs_manual_grade = points, False
            for remark in notebook.comments:
                if remark.name == cell and comment:
                    remark.manual_comment = comment
        gradebook.db.commit()


def test_marks_given_without_names_come_back_and_a_second_marker_is_compared(graded, tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    course(graded, "class", "anonymous", graded.quiz, "--to", str(first))
    give(first, graded.quiz, graded.text, 1, "Well argued.")
    said = course(graded, "class", "marks", str(first))
    assert "3 answers have points from the copy; 3 changed" in said
    with Gradebook(graded.layout.db_url) as gradebook:
        row = gradebook.find_submission(graded.quiz, "ben")
        assert not row.needs_manual_grade
        [remark] = [one for one in row.notebooks[0].comments if one.name == graded.text]
        assert remark.manual_comment == "Well argued."
    make_anonymous(graded.layout, graded.quiz, second, blank=True)
    assert b"Well argued." not in (second / "gradebook.db").read_bytes()
    give(second, graded.quiz, graded.text, 2)
    quiz, rows = marks_in(graded.layout, second)
    assert len(rows) == 3 and all(line.endswith("+1") for line in compared(rows))
    assert "first second" in course(graded, "class", "marks", str(second), "--compare")
    with Gradebook(graded.layout.db_url) as gradebook:
        grade = gradebook.find_grade(graded.text, quiz, quiz, "ben")
        assert grade.manual_score == 1
    assert store_marks(graded.layout, quiz, rows) == 3


def test_marking_without_names_refuses_what_it_cannot_use(graded, tmp_path):
    (tmp_path / "x").write_text("mine")
    with pytest.raises(CourseError, match="is not empty"):
        make_anonymous(graded.layout, graded.quiz, tmp_path)
    with pytest.raises(CourseError, match="is not a folder for anonymous marking"):
        marks_in(graded.layout, tmp_path)
    other = make_classroom(tmp_path / "other" / "quizzes")
    with pytest.raises(CourseError, match="is graded yet"):
        make_anonymous(other.layout, other.quiz, tmp_path / "none")


# Regrade requests


def test_a_regrade_request_is_a_row_with_reason_and_outcome(graded):
    item = next(item for item in graded.items if item.kind == "choice")
    with Gradebook(graded.layout.db_url) as gradebook:
        before = gradebook.find_submission(graded.quiz, "ben").score
    made = add_request(graded.layout, "ben", graded.quiz, item.id, "Option b\nis right as well.")
    assert made.reason == "Option b is right as well." and made.closed is None
    with pytest.raises(CourseError, match=f"request {made.id} on this question is still open"):
        add_request(graded.layout, "ben", graded.quiz, item.id, "again")
    assert f"{made.id}  ben" in course(graded, "regrade", "list")
    closed = close_request(graded.layout, made.id, "Agreed.", item.points)
    assert closed.outcome == "Agreed." and closed.points_before == 0
    with Gradebook(graded.layout.db_url) as gradebook:
        assert gradebook.find_submission(graded.quiz, "ben").score == before + item.points
    # A later run of grading keeps what a person decided.
    grade_assignment(graded.layout, graded.quiz, isolation="none", regrade=True)
    with Gradebook(graded.layout.db_url) as gradebook:
        assert gradebook.find_submission(graded.quiz, "ben").score >= before + item.points
    with pytest.raises(CourseError, match="is closed already"):
        close_request(graded.layout, made.id, "Once more.")
    assert [one.outcome for one in list_requests(graded.layout)] == ["Agreed."]


def test_a_regrade_request_that_cannot_be_is_refused(graded):
    item = next(item for item in graded.items if item.kind == "choice")
    with pytest.raises(CourseError, match="has no student 'dora'"):
        add_request(graded.layout, "dora", graded.quiz, item.id, "why")
    with pytest.raises(CourseError, match="has no question 'sample.nothing'"):
        add_request(graded.layout, "ben", graded.quiz, "sample.nothing", "why")
    with pytest.raises(CourseError, match="the reason is empty"):
        add_request(graded.layout, "ben", graded.quiz, item.id, " \n")
    made = add_request(graded.layout, "ada", graded.quiz, item.id, "why")
    with pytest.raises(CourseError, match="99 points are not possible. Fix: give 0 to"):
        close_request(graded.layout, made.id, "because", 99)
    close_request(graded.layout, made.id, "No.")


# Where everything is


def test_status_says_how_far_each_assignment_is_and_what_is_next(tmp_path):
    room = make_classroom(tmp_path / "quizzes")
    exchange = room.layout.exchange_root / room.layout.course_id

    def now():
        [row] = [row for row in course_status(room.layout) if row.name == room.quiz]
        return row

    assert now().is_generated and now().next_step() == f"nbgrader release_assignment {room.quiz}"
    (exchange / "outbound" / room.quiz).mkdir(parents=True)
    assert now().next_step() == "wait for submissions"
    (exchange / "inbound" / f"ada+{room.quiz}+2027-01-14 12:00:00 UTC").mkdir(parents=True)
    assert now().submitted == {"ada"} and now().next_step() == f"course collect {room.quiz}"
    hand_in(room, "ada", all_right(room))
    assert now().next_step() == f"course grade {room.quiz}"
    grade_assignment(room.layout, room.quiz, isolation="none")
    assert now().waiting == {"ada"} and "written answers" in now().next_step()
    give(room.root, room.quiz, next(cell_id(one) for one in room.items if one.kind == "text"), 1)
    assert now().next_step().startswith("nbgrader generate_feedback")
    page = room.root / "feedback" / "ada" / room.quiz / "x.html"
    page.parent.mkdir(parents=True)
    page.touch()
    assert now().returned == {"ada"} and now().next_step() == ""
    text = "\n".join(status_lines(course_status(room.layout)))
    assert room.quiz in text and "submitted" in text
    assert room.quiz in course(room, "status")
