"""Collecting: what comes in is a copy that we made, and a fault of one is a fault of one."""

import io
import os
import shutil
import stat
import subprocess
import sys
import zipfile
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from classroom import clean_environment, make_classroom
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kratomcourse.grading.autograde.assignment import CourseLayout
from kratomcourse.grading.autograde.names import id_problem
from kratomcourse.grading.autograde.timestamps import canonical, parse_timestamp
from kratomcourse.grading.collect.archives import Person
from kratomcourse.grading.collect.collector import Roster, collect, collect_lines

QUIZ = "99-sample"
TIME = "2027-01-15 12:00:00 UTC"


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    return make_classroom(tmp_path_factory.mktemp("collect") / "quizzes")


@pytest.fixture
def classroom(template, tmp_path):
    root = tmp_path / "quizzes"
    shutil.copytree(template.root, root)
    made = SimpleNamespace(**vars(template) | {"root": root, "layout": CourseLayout(root)})
    made.inbound = tmp_path / "exchange" / made.layout.course_id / "inbound"
    made.inbound.mkdir(parents=True)
    made.notebook = (root / "release" / QUIZ / f"{QUIZ}.ipynb").read_bytes()
    return made


def put(classroom, student, content=None, time=TIME, extra=""):
    folder = classroom.inbound / f"{student}+{QUIZ}+{time}{extra}"
    folder.mkdir()
    (folder / f"{QUIZ}.ipynb").write_bytes(content or classroom.notebook)
    (folder / "timestamp.txt").write_text("1999-01-01 00:00:00 UTC")
    return folder


def from_exchange(classroom, **options):
    options = {"inbound": classroom.inbound, "check_owner": False, "trust_names": True} | options
    return {row.student: row for row in collect(classroom.layout, QUIZ, **options)}


def stored(classroom, student):
    return classroom.root / "submitted" / student / QUIZ


def archive(path, entries):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in entries:
            info = name if isinstance(name, zipfile.ZipInfo) else zipfile.ZipInfo(name)
            if info.date_time[0] == 1980:
                info.date_time = (2027, 1, 15, 12, 0, 0)
            file.writestr(info, content)
    return path


def rows_of(classroom, path, form="student"):
    return {row.student: row for row in collect(classroom.layout, QUIZ, [path], form)}


def test_the_latest_submission_is_copied_with_the_time_of_the_exchange(classroom):
    put(classroom, "ada", b"old", "2027-01-14 12:00:00.000000 UTC", "+abc")
    put(classroom, "ada", extra="+def")
    rows = from_exchange(classroom)
    assert rows["ada"].state == "collected"
    assert (stored(classroom, "ada") / f"{QUIZ}.ipynb").read_bytes() == classroom.notebook
    assert (stored(classroom, "ada") / "timestamp.txt").read_text() == TIME
    assert from_exchange(classroom)["ada"].state == "unchanged"
    put(classroom, "ada", b"newer", "2027-01-16 12:00:00.000000 UTC")
    assert from_exchange(classroom)["ada"].state == "collected"


def test_an_open_handle_does_not_change_what_was_collected(classroom):
    folder = put(classroom, "eve")
    with open(folder / f"{QUIZ}.ipynb", "r+b") as still_open:
        from_exchange(classroom)
        still_open.write(b"after the deadline")
    assert (stored(classroom, "eve") / f"{QUIZ}.ipynb").read_bytes() == classroom.notebook


def swap_for(classroom, kind, folder):
    path = folder / f"{QUIZ}.ipynb"
    secret = classroom.root / "source" / QUIZ / f"{QUIZ}.ipynb"
    path.unlink()
    match kind:
        case "link":
            path.symlink_to(secret)
        case "second name":
            os.link(secret, path)
        case "pipe":
            os.mkfifo(path)
        case "dead link":
            path.symlink_to("/nowhere")
        case "device":
            path.symlink_to("/dev/zero")
        case "large file":
            with open(path, "wb") as file:
                file.truncate(300 << 20)
        case "many files":
            for number in range(300):
                (folder / f"{number}").touch()
        case "deep folders":
            (folder / "/".join("abcdefghij")).mkdir(parents=True)
        case "name of half a character":
            with open(os.fsencode(folder) + b"/\xff.txt", "w") as file:
                file.write("x")


KINDS = (
    "link",
    "second name",
    "pipe",
    "dead link",
    "device",
    "large file",
    "many files",
    "deep folders",
    "name of half a character",
)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_no_file_of_the_students_own_is_rejected_and_all_others_are_collected(
    classroom, kind
):
    put(classroom, "ada")
    swap_for(classroom, kind, put(classroom, "eve"))
    put(classroom, "zoe")
    rows = from_exchange(classroom)
    assert {name: row.state for name, row in rows.items()} == {
        "ada": "collected",
        "eve": "rejected",
        "zoe": "collected",
    }
    assert not stored(classroom, "eve").exists()


def test_a_folder_that_is_a_link_is_rejected(classroom):
    put(classroom, "ada")
    (classroom.inbound / f"eve+{QUIZ}+{TIME}").symlink_to(f"ada+{QUIZ}+{TIME}")
    assert from_exchange(classroom)["eve"].state == "rejected"


def test_a_folder_in_another_name_is_rejected_and_the_honest_one_counts(classroom, monkeypatch):
    from kratomcourse.grading.collect import exchange_inbox

    honest, forged = put(classroom, "ada"), put(classroom, "ada", b"{}", "2027-02-01 00:00:00 UTC")
    accounts = {honest.stat().st_uid: "ada"}
    if os.geteuid() == 0:
        os.chown(forged, 61001, 61001)
        for path in forged.iterdir():
            os.chown(path, 61001, 61001)
    else:
        pytest.skip("only root can make a folder of another account")
    monkeypatch.setattr(exchange_inbox, "account_of", lambda uid: accounts.get(uid, "eve"))
    rows = collect(
        classroom.layout, QUIZ, inbound=classroom.inbound, check_owner=True, trust_names=True
    )
    assert [(row.student, row.state) for row in rows] == [("ada", "collected"), ("ada", "rejected")]
    assert "belongs to eve" in rows[1].notes[0]
    assert (stored(classroom, "ada") / f"{QUIZ}.ipynb").read_bytes() == classroom.notebook


def test_a_time_before_the_last_change_does_not_count(classroom):
    put(classroom, "eve", time="2001-01-01 00:00:00 UTC")
    row = from_exchange(classroom, trust_names=False)["eve"]
    stamp = parse_timestamp((stored(classroom, "eve") / "timestamp.txt").read_text())
    assert abs((stamp - datetime.now(UTC).replace(tzinfo=None)).total_seconds()) < 600
    assert "was changed at" in row.notes[0]


def test_what_is_stored_belongs_to_us_and_is_plain(classroom):
    put(classroom, "ada")
    from_exchange(classroom)
    for path in stored(classroom, "ada").iterdir():
        about = path.lstat()
        assert stat.S_ISREG(about.st_mode) and about.st_nlink == 1
        assert about.st_uid == os.geteuid()


# Archives


def test_moodles_archive_is_read_with_its_names_and_times(classroom):
    from nbgrader.api import Gradebook

    with Gradebook(classroom.layout.db_url) as gradebook:
        gradebook.update_or_create_student("ada", first_name="Ada", last_name="Lovelace")
        gradebook.update_or_create_student("jose", first_name="José", last_name="O'Brien, Jr.")
    path = archive(
        classroom.root / "class.zip",
        [
            (f"Ada Lovelace_1234_assignsubmission_file_/{QUIZ} (1).ipynb", classroom.notebook),
            (f"José O'Brien, Jr._1235_assignsubmission_file_{QUIZ}.ipynb", classroom.notebook),
            (f"Unknown Person_99_assignsubmission_file_/{QUIZ}.ipynb", classroom.notebook),
        ],
    )
    rows = rows_of(classroom, path, "moodle")
    assert {name: row.state for name, row in rows.items()} == dict.fromkeys(
        ("ada", "jose", "unknown.person-99"), "collected"
    )
    assert (stored(classroom, "ada") / f"{QUIZ}.ipynb").exists()
    local = datetime(2027, 1, 15, 12).astimezone(UTC).replace(tzinfo=None)
    assert (stored(classroom, "ada") / "timestamp.txt").read_text() == canonical(local)


def test_canvass_archive_is_read_late_and_again(classroom):
    from nbgrader.api import Gradebook

    with Gradebook(classroom.layout.db_url) as gradebook:
        gradebook.update_or_create_student("ada", first_name="Ada", last_name="Lovelace")
        gradebook.update_or_create_student("ben", lms_user_id="77")
    path = archive(
        classroom.root / "submissions.zip",
        [
            (f"lovelaceada_LATE_76_555_{QUIZ}-2.ipynb", classroom.notebook),
            (f"someoneelse_77_556_{QUIZ}.ipynb", classroom.notebook),
        ],
    )
    rows = rows_of(classroom, path, "canvas")
    assert {name: row.state for name, row in rows.items()} == dict.fromkeys(
        ("ada", "ben"), "collected"
    )


def test_a_students_own_zip_names_nobody_else(classroom):
    folder = classroom.root / "downloads"
    folder.mkdir()
    archive(folder / "ada.zip", [(f"{QUIZ}.ipynb", classroom.notebook)])
    archive(folder / "eve.zip", [(f"extracted/ada/{QUIZ}.ipynb", b"{}"), ("ada.ipynb", b"{}")])
    archive(folder / "mallory.zip", [(f"Ada L_1_assignsubmission_file_/{QUIZ}.ipynb", b"{}")])
    rows = rows_of(classroom, folder)
    assert rows["ada"].state == "collected" and set(rows) == {"ada", "eve", "mallory"}
    assert (stored(classroom, "ada") / f"{QUIZ}.ipynb").read_bytes() == classroom.notebook


def bomb():
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as file:
        for number in range(100):
            file.writestr(f"{number}.txt", b"\0" * (20 << 20))
    return data.getvalue()


def link_entry():
    info = zipfile.ZipInfo(f"{QUIZ}.ipynb")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


@pytest.mark.parametrize(
    "entries",
    [
        [("../../gradebook.db", b"x")],
        [("/etc/passwd", b"x")],
        [("..\\..\\gradebook.db", b"x")],
        [("C:\\x", b"x")],
        [(link_entry(), b"/etc/passwd")],
        [(f"{QUIZ}.ipynb", b"{}"), (f"{QUIZ}.ipynb", b"[]")],
        [(f"{n}.txt", b"") for n in range(300)],
        [("a\u202eb.txt", b"")],
        [("a\nb.txt", b"")],
    ],
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_hostile_zip_is_rejected_and_all_others_are_collected(classroom, entries):
    folder = classroom.root / "downloads"
    folder.mkdir()
    archive(folder / "eve.zip", entries)
    archive(folder / "ada.zip", [(f"{QUIZ}.ipynb", classroom.notebook)])
    rows = rows_of(classroom, folder)
    assert rows["eve"].state == "rejected" and rows["ada"].state == "collected"
    assert not stored(classroom, "eve").exists()


@pytest.mark.parametrize(
    "content",
    [b"", b"PK\3\4 broken", pytest.param("bomb", marks=pytest.mark.slow), b"no zip at all"],
)
def test_a_broken_zip_or_a_bomb_is_rejected_and_all_others_are_collected(classroom, content):
    folder = classroom.root / "downloads"
    folder.mkdir()
    (folder / "eve.zip").write_bytes(bomb() if content == "bomb" else content)
    (folder / "ada.ipynb").write_bytes(classroom.notebook)
    rows = rows_of(classroom, folder)
    assert rows["eve"].state == "rejected" and rows["ada"].state == "collected"
    assert (stored(classroom, "ada") / f"{QUIZ}.ipynb").exists()


@given(name=st.text(max_size=40))
@settings(max_examples=200, deadline=None)
def test_no_name_of_a_student_forges_a_line_or_leaves_its_folder(name):
    if id_problem(name):
        return
    assert "/" not in name and name not in (".", "..") and name.isprintable()
    name.encode()


@given(
    names=st.lists(st.text(min_size=1, max_size=30), max_size=4),
    content=st.binary(max_size=200),
)
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_no_archive_costs_another_student_anything(classroom, names, content):
    folder = classroom.root / "downloads"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.rmtree(classroom.root / "submitted", ignore_errors=True)
    folder.mkdir()
    archive(folder / "ada.zip", [(f"{QUIZ}.ipynb", classroom.notebook)])
    try:
        archive(folder / "eve.zip", [(name.replace("\0", ""), content) for name in names])
    except (ValueError, UnicodeEncodeError):
        (folder / "eve.zip").write_bytes(content)
    rows = rows_of(classroom, folder)
    assert rows["ada"].state == "collected"
    assert (stored(classroom, "ada") / f"{QUIZ}.ipynb").read_bytes() == classroom.notebook
    outside = {path.name for path in (classroom.root / "submitted").iterdir()}
    assert outside <= {"ada", "eve"}
    assert all("\n" not in line for line in collect_lines(QUIZ, list(rows.values())))


def test_the_command_collects_and_says_what_it_rejected(classroom):
    put(classroom, "ada")
    put(classroom, "eve").joinpath("more").symlink_to("/etc/passwd")
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "kratomcourse.cli",
            "collect",
            QUIZ,
            "--no-check-owner",
            "--trust-names",
        ],
        cwd=classroom.root,
        env=clean_environment(classroom.root, NBGRADER_EXCHANGE=str(classroom.inbound.parents[1])),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 3 and "1 collected, 0 unchanged, 1 rejected" in done.stdout
    assert "eve: rejected" in done.stdout and "more is a symbolic link" in done.stdout


def test_a_student_of_the_class_list_is_found_by_number_before_name(classroom):
    from nbgrader.api import Gradebook

    with Gradebook(classroom.layout.db_url) as gradebook:
        for student in ("ada1", "ada2"):
            gradebook.update_or_create_student(
                student, first_name="Ada", last_name="L", lms_user_id=student[-1]
            )
    roster = Roster(classroom.layout)
    assert roster.find(Person("Ada L", "2")) == ("ada2", ())
    student, [note] = roster.find(Person("Ada L", "9"))
    assert student == "ada.l-9" and "several students" in note


def test_the_step_of_a_room_collects_without_following_a_link_and_keeps_what_feedback_needs(
    classroom, tmp_path
):
    from kratomcourse.live.dashboard import STEPS
    from kratomcourse.live.exchange import SubmissionExchange

    room = tmp_path / "room"
    exchange = SubmissionExchange(room)
    exchange.make()
    for name in ("ada", "eve"):
        inbound, _ = exchange.folders_of(name, os.geteuid() or 61001)
        folder = inbound / f"{name}+{QUIZ}+{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC+abcd"
        folder.mkdir()
        (folder / f"{QUIZ}.ipynb").write_bytes(classroom.notebook)
        (folder / "submission_secret.txt").write_text("s" * 64)
        folder.chmod(0o777)
    exchange.relay()
    [eve] = (exchange.folder / "inbound").glob("eve+*")
    (eve / "data.csv").symlink_to(classroom.root / "gradebook.db")
    collecting = STEPS["grade"][1][0]
    words = [word.format(quiz=QUIZ, room=room) for word in collecting]
    assert words[:2] == ["course", "collect"]
    done = subprocess.run(
        [sys.executable, "-m", "kratomcourse.cli", *words[1:]],
        cwd=classroom.root,
        env=clean_environment(classroom.root),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 3, done.stdout + done.stderr
    assert "1 collected" in done.stdout and "data.csv is a symbolic link" in done.stdout
    kept = {path.name for path in stored(classroom, "ada").iterdir()}
    assert kept == {f"{QUIZ}.ipynb", "submission_secret.txt", "timestamp.txt"}
    stamp = parse_timestamp((stored(classroom, "ada") / "timestamp.txt").read_text())
    assert abs((stamp - datetime.now(UTC).replace(tzinfo=None)).total_seconds()) < 600
