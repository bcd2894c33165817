"""Collecting: what comes in is a copy that we made, and a fault of one is a fault of one."""

import io
import os
import shutil
import stat
import subprocess
import sys
import zipfile
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from classroom import clean_environment, make_classroom
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kratomcourse.errors import CourseError
from kratomcourse.grading.autograde.instructor_version import CourseLayout
from kratomcourse.grading.autograde.names import id_problem
from kratomcourse.grading.autograde.submission import InvalidSubmission
from kratomcourse.grading.autograde.timestamps import canonical, parse_timestamp
from kratomcourse.grading.collect import archives
from kratomcourse.grading.collect.archives import FORMS, Person, check_archive, read_archive
from kratomcourse.grading.collect.collector import (
    CollectRow,
    Roster,
    collect,
    collect_lines,
    store,
)
from kratomcourse.grading.collect.exchange_inbox import Refusal, account_of, read_inbox
from kratomcourse.grading.collect.submitted_files import (
    CollectedSubmission,
    FileBudget,
    check_name,
    name_notebook,
    read_folder,
)
from kratomcourse.grading.sandbox.limits import Limits

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


# Each step of collecting alone: names of files and people, bounds, what is newer


@pytest.mark.parametrize(
    "name, why",
    [
        ("a/b/c.csv", ""),
        ("C", ""),
        ("a:b", "leads out of its folder"),
        ("/a", "leads out of its folder"),
        ("\\a", "leads out of its folder"),
        ("a/../b", "leads out of its folder"),
        ("a\\..\\b", "leads out of its folder"),
        ("a..b", ""),
        ("a\udc80", "is not valid UTF-8"),
        ("a\0", "is not valid UTF-8"),
        (" ", "is not valid UTF-8"),
        ("a\tb", "contains control or format characters"),
    ],
)
def test_a_name_of_a_file_stays_within_its_folder(name, why):
    if not why:
        return check_name(name)
    with pytest.raises(InvalidSubmission, match=why):
        check_name(name)


def test_a_submission_may_bring_so_much_and_each_file_once():
    budget = FileBudget(Limits(extra_mb=1 / 1024, notebook_mb=1 / 1024))
    assert budget.most("q.ipynb") == 100 << 20 and budget.most("a.csv") == 1024
    budget.add("a.csv", b"x" * 1000)
    assert budget.most("b.csv") == 24
    budget.add("q.ipynb", b"x" * 1024)
    assert budget.most("b.csv") == 24 and list(budget.files) == ["a.csv", "q.ipynb"]
    with pytest.raises(InvalidSubmission, match="a.csv is in it twice"):
        budget.add("a.csv", b"")
    with pytest.raises(InvalidSubmission, match="r.ipynb is larger than"):
        budget.add("r.ipynb", b"x" * 1025)
    for number in range(200):
        budget.next_entry("n" * (200 if number else 1))
    with pytest.raises(InvalidSubmission, match="more than 200 files"):
        budget.next_entry("a")
    with pytest.raises(InvalidSubmission, match="names of more than 200 characters"):
        FileBudget(Limits()).next_entry("n" * 201)


def below(folder, **limits):
    handle = os.open(folder, os.O_RDONLY)
    try:
        return read_folder(handle, Limits(**limits))
    finally:
        os.close(handle)


def test_a_folder_is_read_with_what_lies_in_it_and_the_time_of_its_last_change(tmp_path):
    place = tmp_path.joinpath("a", "b", "c", "d", "e")
    place.mkdir(parents=True)
    (place / "deep.csv").write_bytes(b"1")
    for skipped in (".hidden", "__pycache__"):
        (tmp_path / skipped).mkdir()
        (tmp_path / skipped / "x").touch()
    files, changed = below(tmp_path)
    assert files == {"a/b/c/d/e/deep.csv": b"1"}
    newest = max(path.stat().st_ctime for path in [place, place / "deep.csv", tmp_path])
    assert changed == datetime.fromtimestamp(newest, UTC).replace(tzinfo=None)
    (place / "f").mkdir()
    with pytest.raises(InvalidSubmission, match="a/b/c/d/e/f/ is more than 5 folders deep"):
        below(tmp_path)


def test_one_notebook_under_another_name_is_taken_for_the_one_of_the_quiz():
    files = {"quiz (1).ipynb": b"1", "a.csv": b"2"}
    assert name_notebook(files, ["quiz"]) == (
        {"quiz.ipynb": b"1", "a.csv": b"2"},
        ("quiz (1).ipynb was taken for quiz.ipynb",),
    )
    for kept, wanted in (
        (files, ["quiz", "other"]),
        (files | {"b.ipynb": b"3"}, ["quiz"]),
        ({"quiz.ipynb": b"1"}, ["quiz"]),
        ({"a.csv": b"2"}, ["quiz"]),
    ):
        assert name_notebook(kept, wanted) == (kept, ())


def entry_of(form, name, when=(2027, 1, 15, 12, 0, 0)):
    made = FORMS[form](zipfile.ZipInfo(name, when))
    return made and (made.person, made.file, made.when)


LOCAL = datetime(2027, 1, 15, 12).astimezone(UTC).replace(tzinfo=None)


@pytest.mark.parametrize(
    "form, name, found",
    [
        ("moodle", "Ada L_1_assignsubmission_file_/a/q.ipynb", (Person("Ada L", "1"), "a/q.ipynb")),
        ("moodle", "Ada_L_1_assignsubmission_file_q.ipynb", (Person("Ada_L", "1"), "q.ipynb")),
        ("moodle", "Ada L/q.ipynb", None),
        ("canvas", "lada_12_34_q-3.ipynb", (Person("lada", "12"), "q.ipynb")),
        ("canvas", "lada_LATE_12_34_q-3.csv", (Person("lada", "12"), "q-3.csv")),
        ("canvas", "lada_12_q.ipynb", None),
        ("nbgrader", "submitted/ada/q.ipynb", (Person("ada"), "q.ipynb")),
        ("nbgrader", "ada/d/q.ipynb", (Person("ada"), "d/q.ipynb")),
        ("nbgrader", "ada.ipynb", (Person("ada"), "ada.ipynb")),
        ("nbgrader", "ada.txt", None),
    ],
)
def test_who_submitted_is_read_from_the_outer_name(form, name, found):
    when = None if form == "nbgrader" else LOCAL
    assert entry_of(form, name) == ((*found, when) if found else None)


@pytest.mark.parametrize(
    "time", ["2027-01-15 12:00:00 UTC", "2027-01-15 12_00_00 UTC", "2027-01-15 12-00-00 UTC"]
)
def test_a_folder_of_nbgraders_says_its_time_with_colons_or_without(time):
    noon = datetime(2027, 1, 15, 12)
    assert entry_of("nbgrader", f"ada+q+{time}/q.ipynb") == (Person("ada"), "q.ipynb", noon)
    assert entry_of("nbgrader", f"ada+q+{time}+ab/d/q.ipynb") == (Person("ada"), "d/q.ipynb", noon)
    assert entry_of("nbgrader", "ada+q+2027-13-15 12:00:00 UTC/q.ipynb") is None


def test_a_time_that_no_platform_wrote_is_none():
    assert entry_of("moodle", "A_1_assignsubmission_file_q", (1980, 0, 0, 0, 0, 0))[2] is None
    assert entry_of("moodle", "A_1_assignsubmission_file_q", (1989, 12, 31, 0, 0, 0))[2] is None
    assert entry_of("moodle", "A_1_assignsubmission_file_q", (1990, 1, 2, 0, 0, 0))[2]


def taken(path, form="student", lookup=lambda person: (person.name, ()), **limits):
    return list(read_archive(path, Limits(**limits), lookup, form))


def test_an_archive_of_a_class_is_read_person_by_person(tmp_path):
    path = archive(
        tmp_path / "class.zip",
        [
            ("ada/q.ipynb", b"1"),
            ("ada/.DS_Store", b"2"),
            ("ben/__MACOSX", b"3"),
            ("ben/d/a.csv", b"4"),
            ("__MACOSX/x/y", b"5"),
            (".eve/q.ipynb", b"6"),
        ],
    )
    made = {one.student: one for one in taken(path, "nbgrader")}
    assert made["ada"].files == {"q.ipynb": b"1"} and made["ada"].when is None
    assert made["ben"].files == {"__MACOSX": b"3", "d/a.csv": b"4"}
    assert isinstance(made[".eve"], Refusal) and "not a valid id" in made[".eve"].why
    same = taken(path, "nbgrader", lambda person: ("one", ("note",)))
    assert [one.why for one in same if isinstance(one, Refusal)] == [
        "'__MACOSX' and '.eve' are the same student here",
        "'ada' and '.eve' are the same student here",
        "'ben' and '.eve' are the same student here",
    ]
    assert [one.notes for one in same if not isinstance(one, Refusal)] == [("note",)]


def test_the_latest_time_of_someones_files_counts(tmp_path):
    early = zipfile.ZipInfo("A_1_assignsubmission_file_/a.csv", (2027, 1, 14, 12, 0, 0))
    path = archive(
        tmp_path / "class.zip", [("A_1_assignsubmission_file_/q.ipynb", b""), (early, b"")]
    )
    [one] = taken(path, "moodle")
    assert one.when == LOCAL and set(one.files) == {"q.ipynb", "a.csv"}


@pytest.mark.parametrize(
    "form, words",
    [
        ("moodel", "'moodel' is unknown. Fix: one of student, moodle, canvas, nbgrader"),
        ("moodle", "has no file with a name as moodle gives it. Fix: name another form"),
    ],
)
def test_an_archive_of_another_form_is_refused(tmp_path, form, words):
    path = archive(tmp_path / "class.zip", [("notes.txt", b"")])
    with pytest.raises(CourseError, match=words):
        taken(path, form)
    path.write_bytes(b"no zip")
    with pytest.raises(CourseError, match=r"class.zip: is not a zip archive .* Fix: download it"):
        taken(path, "moodle")


def test_an_archive_that_no_class_makes_is_refused(monkeypatch, tmp_path):
    info = zipfile.ZipInfo("a")
    info.file_size = archives.MOST_ARCHIVE_MB << 20
    check_archive(tmp_path / "a.zip", [info])
    check_archive(tmp_path / "a.zip", [zipfile.ZipInfo("a")] * archives.MOST_ENTRIES)
    info.file_size += 1
    with pytest.raises(CourseError, match=r"has 1 files of 8000 MB in all"):
        check_archive(tmp_path / "a.zip", [info])
    with pytest.raises(CourseError, match="has 50001 files of 0 MB"):
        check_archive(tmp_path / "a.zip", [zipfile.ZipInfo("a")] * 50_001)


def test_a_students_zip_is_unpacked_once_without_its_only_folder(tmp_path):
    inner = archive(tmp_path / "inner.zip", [("q.ipynb", b"1")]).read_bytes()

    def files(*entries, name="ada.zip"):
        [one] = taken(archive(tmp_path / name, entries))
        return one if isinstance(one, Refusal) else dict(one.files)

    assert files(("top/q.ipynb", b"1"), ("top/d/a.csv", b"2")) == {"q.ipynb": b"1", "d/a.csv": b"2"}
    assert files(("top/q.ipynb", b"1"), ("a.csv", b"2")) == {"top/q.ipynb": b"1", "a.csv": b"2"}
    assert files(("inner.zip", inner)) == {"inner.zip": inner}
    assert files(("top/", b""), ("q.ipynb", b"1"), (".x", b"2")) == {"q.ipynb": b"1"}
    assert files() == {}
    moodle = files(
        ("A_1_assignsubmission_file_/q.ipynb", b"1"), ("B_2_assignsubmission_file_x", b"")
    )
    assert "it looks like the archive of a class" in moodle.why
    [one] = taken(archive(tmp_path / "ada.zip", [("q.ipynb", b"1")]))
    changed = (tmp_path / "ada.zip").stat().st_mtime
    assert one.when == datetime.fromtimestamp(changed, UTC).replace(tzinfo=None)
    (tmp_path / "ada.IPYNB").write_bytes(b"{}")
    [one] = taken(tmp_path / "ada.IPYNB")
    assert one.student == "ada" and dict(one.files) == {"ada.IPYNB": b"{}"}
    [gone] = taken(tmp_path / "nobody.zip")
    assert gone.why == "nobody.zip cannot be read (No such file or directory)"
    [bad] = taken(archive(tmp_path / ".eve.zip", []))
    assert "its name is not a valid id" in bad.why


def test_a_file_of_an_archive_is_as_large_as_it_may_be(tmp_path):
    path = archive(tmp_path / "ada.zip", [("a.csv", b"x" * 1024), ("q.ipynb", b"{}")])
    [one] = taken(path, extra_mb=1 / 1024)
    assert len(one.files["a.csv"]) == 1024
    [one] = taken(path, extra_mb=1023 / 1024 / 1024)
    assert "a.csv is larger than" in one.why


def test_a_person_is_found_by_number_id_or_name():
    roster = Roster.__new__(Roster)
    roster.ids, roster.keys = {"ada", "7"}, {"12": "ada"}
    roster.names = {"adal": {"ada"}, "benm": {"b1", "b2"}}
    assert roster.find(Person("Anyone", "12")) == ("ada", ())
    assert roster.find(Person("ada")) == ("ada", ())
    assert roster.find(Person("Ad\u00e1 L.", "9")) == ("ada", ())
    assert roster.find(Person("7", "9")) == ("7", ())
    assert roster.find(Person("Ben M", "9")) == (
        "ben.m-9",
        ("'Ben M' has the name of several students, so it is kept as 'ben.m-9'",),
    )
    assert roster.find(Person("new")) == (
        "new",
        ("'new' is not in the class list, so it is kept as 'new'",),
    )
    roster.ids = set()
    assert roster.find(Person("new")) == ("new", ())
    assert roster.find(Person("new", "5"))[0] == "new-5"


def collected(when=None, **files):
    return CollectedSubmission("ada", when, files)


def test_what_came_is_stored_unless_it_is_not_newer(tmp_path):
    layout = SimpleNamespace(submitted=tmp_path)
    place, noon = tmp_path / "ada" / "q", datetime(2027, 1, 15, 12)

    def put_in(one, notes=("note",)):
        row = store(layout, "q", one, dict(one.files), notes)
        assert row.notes == notes or row.state == "rejected"
        return row.state

    assert put_in(collected(noon, a=b"1")) == "collected"
    assert {path.name for path in place.iterdir()} == {
        *("a", "timestamp.txt", "submission_secret.txt")
    }
    assert (place / "timestamp.txt").read_text() == "2027-01-15 12:00:00 UTC"
    assert len((place / "submission_secret.txt").read_text()) == 128
    assert (place / "a").stat().st_mode & 0o777 == 0o644
    assert put_in(collected(noon, a=b"2")) == "unchanged"
    assert put_in(collected(noon.replace(hour=13), a=b"2")) == "collected"
    assert (place / "a").read_bytes() == b"2"
    assert put_in(collected(None, a=b"2")) == "unchanged"
    assert put_in(collected(None, a=b"3", submission_secret=b"")) == "collected"
    assert not (place / "timestamp.txt").exists()
    assert put_in(collected(noon, a=b"3")) == "unchanged"
    assert put_in(collected(noon, a=b"3", b=b"4")) == "collected"
    assert put_in(collected(noon.replace(day=16), **{"a": b"", "a/b": b""}), ()) == "rejected"
    assert (place / "b").exists() and len(list((tmp_path / "ada").iterdir())) == 1
    (place / "timestamp.txt").write_text("soon")
    assert put_in(collected(noon, a=b"3", b=b"4")) == "unchanged"
    place.rename(tmp_path / "elsewhere")
    place.symlink_to(tmp_path / "elsewhere")
    assert put_in(collected(noon, a=b"9")) == "rejected"


def test_the_summary_names_whom_to_look_at():
    rows = [
        CollectRow("ada", "collected"),
        CollectRow("ben", "collected", ("one", "two\n")),
        CollectRow("cal", "unchanged", ("old",)),
        CollectRow("eve", "rejected", ("a link",)),
    ]
    assert list(collect_lines("q", rows)) == [
        "quiz q: 2 collected, 1 unchanged, 1 rejected",
        "  ben: collected; one; two?",
        "  eve: rejected; a link",
    ]


# The exchange


def test_the_folders_of_an_exchange_say_who_and_when(tmp_path):
    for name, content in (
        ("ada+q+2027-01-15 12:00:00 UTC", b"1"),
        ("ada+q+2027-01-16 12:00:00 UTC+x", b"2"),
        ("ada+other+2027-01-17 12:00:00 UTC", b"3"),
        ("ben+q+2027-13-16 12:00:00 UTC", b"4"),
        (".eve+q+2027-01-16 12:00:00 UTC", b"5"),
        ("notes", b"6"),
        ("a+b+q+2027-01-16 12:00:00 UTC", b"7"),
    ):
        (tmp_path / name).mkdir()
        (tmp_path / name / "q.ipynb").write_bytes(content)
        (tmp_path / name / "timestamp.txt").touch()
    found = {
        one.student: one for one in read_inbox(tmp_path, "q", Limits(), False, trust_names=True)
    }
    assert set(found) == {"ada", "ben", ".eve", "a+b"}
    assert found["ada"].files == {"q.ipynb": b"2"} and found["ada"].notes == ()
    assert found["ada"].when == datetime(2027, 1, 16, 12)
    assert "the time of ben+q+2027-13-16" in found["ben"].why
    assert "its name is not a valid id" in found[".eve"].why
    (tmp_path / "ada+q+2027-01-16 12:00:00 UTC+x" / "x").symlink_to("/etc")
    older, *refused = sorted(
        (one for one in read_inbox(tmp_path, "q", Limits(), False, True) if one.student == "ada"),
        key=lambda one: isinstance(one, Refusal),
    )
    assert older.files == {"q.ipynb": b"1"} and len(refused) == 1
    assert refused[0].why.endswith("x is a symbolic link")


@pytest.mark.parametrize("minutes, counts", [(4, False), (6, True)])
def test_a_folder_that_was_changed_after_its_time_counts_from_then(tmp_path, minutes, counts):
    said = datetime.now(UTC).replace(tzinfo=None, microsecond=0) - timedelta(minutes=minutes)
    folder = tmp_path / f"ada+q+{canonical(said)}"
    folder.mkdir()
    (folder / "q.ipynb").write_bytes(b"1")
    [one] = read_inbox(tmp_path, "q", Limits(), check_owner=False)
    assert (one.when != said) is counts and bool(one.notes) is counts
    if counts:
        assert abs((one.when - said).total_seconds() - 60 * minutes) < 60
        assert f"its name says {canonical(said)}, but it was changed at" in one.notes[0]
    [one] = read_inbox(tmp_path, "q", Limits(), check_owner=True)
    assert isinstance(one, Refusal) and "it belongs to" in one.why
    assert account_of(os.getuid()) in one.why and account_of(4_000_000) == "user 4000000"


# A whole class


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
@settings(max_examples=200)
def test_no_name_of_a_student_forges_a_line_or_leaves_its_folder(name):
    if id_problem(name):
        return
    assert "/" not in name and name not in (".", "..") and name.isprintable()
    name.encode()


@given(
    names=st.lists(st.text(min_size=1, max_size=30), max_size=4),
    content=st.binary(max_size=200),
)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_archive_costs_another_student_anything(classroom, names, content):
    folder = classroom.root / "downloads"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.rmtree(classroom.root / "submitted", ignore_errors=True)
    folder.mkdir()
    archive(folder / "ada.zip", [(f"{QUIZ}.ipynb", classroom.notebook)])
    try:
        archive(folder / "eve.zip", [(name.replace("\0", ""), content) for name in names])
    except (ValueError, IndexError):  # a name that no archive holds, such as an empty one
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
