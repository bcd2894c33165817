"""The leader's tools: a question to the room, progress, everybody's work as one archive."""

import io
import json
import os
import time
import zipfile

import nbformat
import pytest

from kratomcourse.errors import CourseError
from kratomcourse.live.archive import write_archive
from kratomcourse.live.leader_tools import questions
from kratomcourse.live.poll import PollBox, end_of_timer, seconds_left
from kratomcourse.live.progress import QUIET_AFTER, STUCK_AFTER, RoomProgress
from kratomcourse.quiz import load_banks


@pytest.fixture
def box(tmp_path):
    box = PollBox(tmp_path / "poll.json")
    box.ask("risk.x", "<p>Which?</p>", ["one", "two", "three"], key=1)
    return box


def test_each_person_answers_once_in_each_round_and_the_rounds_are_compared(box):
    assert [box.vote(name, 0) for name in ("anna", "ben")] == ["", ""]
    assert box.vote("anna", 1) == "Your answer is counted already."
    assert box.vote("chloe", 3) == box.vote("chloe", -1) == "There is no such option."
    box.show()
    assert box.vote("chloe", 1) == "No question is open now."
    box.ask_again()
    assert not box.has_voted("anna") and box.vote("anna", 1) == ""
    box.show()
    assert box.poll.public()["counts"] == {"before": [2, 0, 0], "after": [0, 1, 0]}


def test_the_wall_gets_counts_and_the_right_answer_only_when_the_leader_shows_them(box):
    box.vote("anna", 2)
    assert box.poll.public()["counts"] == {} and box.poll.public()["answers"] == 1
    assert "key" not in box.poll.public()
    box.show()
    assert box.poll.public()["counts"] == {"before": [0, 0, 1]} and "key" not in box.poll.public()
    box.show_key()
    assert box.poll.public()["key"] == 1


def test_no_file_of_a_poll_says_who_answered_what(box, tmp_path):
    for name, option in (("anna", 0), ("ben", 1)):
        box.vote(name, option)
    text = "".join(path.read_text() for path in tmp_path.iterdir())
    assert "anna" not in text and "ben" not in text and '"before": [1, 1, 0]' in text
    again = PollBox(tmp_path / "poll.json")
    assert again.poll == box.poll, "a restart of the room keeps the counts"
    again.end()
    assert not list(tmp_path.iterdir()) and again.vote("anna", 0) == "No question is open now."
    with pytest.raises(CourseError, match="no question is asked now"):
        again.show()


@pytest.mark.parametrize("text", ("", "{", "[]", '{"item": 1}', "null"))
def test_a_damaged_poll_is_no_poll(tmp_path, text):
    (tmp_path / "poll.json").write_text(text)
    assert PollBox(tmp_path / "poll.json").poll is None


def test_a_question_to_the_room_is_never_a_graded_one():
    graded = {item.id for bank in load_banks().values() for item in bank.used_for("graded")}
    assert len(questions()) > 20 and not graded & set(questions())
    items = {item.id: item for bank in load_banks().values() for item in bank.items}
    for name, asked in questions().items():
        right = [option for option in items[name].options if option.correct]
        assert len(asked["options"]) == len(items[name].options) and len(right) == 1
        assert 0 <= asked["key"] < len(asked["options"])


def test_a_timer_ends_when_it_says():
    assert end_of_timer(" ", 100) == 0 and end_of_timer("1.5", 100) == 190
    for wrong in ("0", "-1", "nan", "inf", "1e9", "soon"):
        with pytest.raises(ValueError):
            end_of_timer(wrong, 100)
    assert seconds_left(time.time() + 60) in (59, 60) and seconds_left(0) == 0


def code(source, count=None, error=None):
    cell = nbformat.v4.new_code_cell(source, execution_count=count)
    if error:
        cell.outputs = [nbformat.v4.new_output("error", ename=error, evalue="", traceback=[])]
    return cell


def save(path, *cells):
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(nbformat.v4.new_notebook(cells=list(cells)), path)


def test_the_leader_sees_where_someone_is_and_who_is_stuck(tmp_path):
    progress = RoomProgress(tmp_path)
    assert progress.of("anna") == progress.of("../etc") == {"where": "", "stuck": ""}
    path = tmp_path / "anna" / "04-2-a-call.ipynb"
    save(path, code("a", 1), code("b", 2, "NameError"), code("c"))
    now = path.stat().st_mtime
    assert progress.of("anna", now) == {"where": "4.2, cell 2 of 3", "stuck": ""}
    assert progress.of("anna", now + STUCK_AFTER + 1)["stuck"] == "NameError for 4 minutes"
    save(path, code("a", 1), code("b", 3), code("c"))
    os.utime(path, (now + 9, now + 9))
    assert progress.of("anna", now + STUCK_AFTER + 10)["stuck"] == ""
    assert progress.of("anna", now + QUIET_AFTER + 10)["stuck"] == "nothing saved for 10 minutes"
    question = nbformat.v4.new_markdown_cell("## Question 1 (1 point)")
    answer = code("answer_x = 'a'")
    answer.metadata["nbgrader"] = {"solution": True, "grade_id": "x"}
    quiz = tmp_path / "anna" / "04-risk" / "04-risk.ipynb"
    save(quiz, question, answer)
    os.utime(quiz, (now + 99, now + 99))
    assert progress.of("anna", now + 100)["where"] == "04-risk, 1 of 1 answered"


def test_what_people_lay_in_their_homes_does_not_break_the_leaders_page(tmp_path):
    home = tmp_path / "ben"
    home.mkdir()
    for number, text in enumerate(
        (
            "",
            "{",
            "[]",
            '{"cells": 7}',
            '{"cells": [{"cell_type": "code",'
            ' "execution_count": 1, "outputs": [{"output_type": "error",'
            ' "ename": "<script>"}]}]}',
        )
    ):
        path = home / f"01-{number}-x.ipynb"
        path.write_text(text)
        found = RoomProgress(tmp_path).of("ben", path.stat().st_mtime + 9999)
        assert "<" not in found["where"] + found["stuck"]
    secret = tmp_path / "secret.ipynb"
    save(secret, code("a", 1))
    (home / "01-9-y.ipynb").symlink_to(secret)
    os.utime(home / "01-9-y.ipynb", (time.time() + 99,) * 2)
    assert "1.9" not in RoomProgress(tmp_path).of("ben")["where"]


def test_everybodys_work_comes_as_one_archive_and_nothing_else_does(tmp_path):
    homes = tmp_path / "homes"
    save(homes / "anna" / "01-1-x.ipynb", code("a"))
    save(homes / "ben" / "04-risk" / "04-risk.ipynb", code("b"))
    (homes / "ben" / ".cache").mkdir()
    (homes / "ben" / ".cache" / "kept").write_text("hidden")
    outside = tmp_path / "gradebook.db"
    outside.write_text("secret")
    (homes / "ben" / "link.txt").symlink_to(outside)
    os.link(outside, homes / "ben" / "hard.txt")
    os.mkfifo(homes / "ben" / "pipe")
    (homes / "ben" / "folder").symlink_to(tmp_path)
    with (homes / "ben" / "huge.bin").open("wb") as file:
        file.truncate(60_000_000)
    target = io.BytesIO()
    left_out = write_archive(homes, ["anna", "ben", "gone"], target)
    with zipfile.ZipFile(target) as archive:
        assert archive.namelist() == [
            "anna/01-1-x.ipynb",
            "ben/04-risk/04-risk.ipynb",
            "LEFT-OUT.txt",
        ]
        assert json.loads(archive.read("anna/01-1-x.ipynb"))["nbformat"] == 4
    assert left_out == ["ben/huge.bin: too large (60 MB)"]
