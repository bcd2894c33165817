"""Backing up a room or a volume of a cluster, also in the middle of the work, and restoring it."""

import io
import os
import re
import shutil
import socket
import sqlite3
import stat
import subprocess
import sys
import tarfile
import threading
import time

import pytest
from conftest import ROOT, course, required
from hub_clients import HubClient, OpenRoom

from kratomcourse.errors import CourseError
from kratomcourse.live.backup import restore, save
from kratomcourse.live.exchange import SubmissionExchange
from kratomcourse.live.user_sandbox import sandbox_unavailable

QUIZ = "02-pharmacology-short"


@pytest.fixture
def room(tmp_path):
    """A folder with what a room holds: an exchange, a gradebook, homes, and things to leave out."""
    folder = tmp_path / "room"
    SubmissionExchange(folder).make()
    (folder / "post" / "anna" / "inbound").mkdir(parents=True, mode=0o700)
    (folder / "homes" / "anna").mkdir(parents=True)
    (folder / "homes" / "anna" / "notes é.ipynb").write_text("{}")
    (folder / "leader" / "course").mkdir(parents=True)
    (folder / "leader" / "course" / ".course-secret").write_text("s")
    (folder / "leader" / "course" / ".course-secret").chmod(0o600)
    return folder


def saved(folder):
    archive = io.BytesIO()
    left_out = save(folder, archive)
    archive.seek(0)
    return archive, left_out


def listed(folder):
    """{path below: (type and mode, owner, content)}."""
    return {
        path.relative_to(folder).as_posix(): (
            path.stat().st_mode,
            path.stat().st_uid,
            path.read_bytes() if path.is_file() else None,
        )
        for path in folder.rglob("*")
    }


def test_what_comes_back_is_what_was_there_with_modes_and_owners(room, tmp_path):
    if os.geteuid() == 0:
        os.chown(room / "homes" / "anna" / "notes é.ipynb", 23456, 23456)
    archive, left_out = saved(room)
    before = listed(room)
    assert restore(tmp_path / "back", archive) == 2 and not left_out
    assert listed(tmp_path / "back") == before
    # A stricter mask must not change what other accounts may do in the exchange.
    inbound = next(path for path in before if path.endswith("inbound") and "exchange" in path)
    assert stat.S_IMODE(before[inbound][0]) == 0o733


def test_links_and_sockets_are_named_and_never_followed(room, tmp_path):
    (tmp_path / "key").write_text("KEY")
    (room / "homes" / "anna" / "link").symlink_to(tmp_path / "key")
    (room / "homes" / "anna" / "folder").symlink_to(tmp_path)
    os.mkfifo(room / "homes" / "anna" / "pipe")
    with socket.socket(socket.AF_UNIX) as line:
        line.bind(os.path.relpath(room / "hub.sock"))
        archive, left_out = saved(room)
    assert {line.partition(":")[0] for line in left_out} == {
        "homes/anna/link",
        "homes/anna/folder",
        "homes/anna/pipe",
        "hub.sock",
    }
    with tarfile.open(fileobj=archive) as tar:
        assert not [
            one.name for one in tar if one.isfile() and b"KEY" in tar.extractfile(one).read()
        ]


def test_a_gradebook_that_is_being_written_comes_out_whole(room, tmp_path):
    path = room / "leader" / "course" / "gradebook.db"
    with sqlite3.connect(path) as book:
        book.execute("pragma journal_mode = wal")
        book.execute("create table score (points, same)")
    stop = threading.Event()

    def write():
        with sqlite3.connect(path) as book:
            number = 0
            while not stop.is_set():
                number += 1
                book.execute("insert into score values (?, ?)", (number, number))
                book.execute("update score set same = points, points = points")
                book.commit()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(5):
            archive, _ = saved(room)
            back = tmp_path / f"back{number}"
            restore(back, archive)
            assert not list(back.rglob("*-wal"))
            with sqlite3.connect(back / "leader" / "course" / "gradebook.db") as book:
                assert book.execute("pragma integrity_check").fetchone() == ("ok",)
                count, last = book.execute("select count(*), max(points) from score").fetchone()
                assert count == (last or 0), "no row is missing, none is half there"
    finally:
        stop.set()
        writer.join()


def test_a_database_in_a_home_is_copied_as_any_other_file(room, tmp_path):
    path = room / "homes" / "anna" / "trap.db"
    path.write_bytes(b"SQLite format 3\x00 and then nothing that is one")
    archive, _ = saved(room)
    restore(tmp_path / "back", archive)
    assert (tmp_path / "back" / "homes" / "anna" / "trap.db").read_bytes() == path.read_bytes()


def test_restoring_never_mixes_two_states_and_leaves_nothing_half_done(room, tmp_path):
    archive, _ = saved(room)
    with pytest.raises(CourseError, match="is not empty"):
        restore(room, archive)
    whole = archive.getvalue()
    changed = bytes([*whole[:-8], *(255 - byte for byte in whole[-8:])])
    for broken in (*(whole[: len(whole) * part // 20] for part in range(20)), whole[:-1], changed):
        with pytest.raises(CourseError, match="cannot be read whole"):
            restore(tmp_path / "back", io.BytesIO(broken))
        assert not list((tmp_path / "back").iterdir())
    for name in ("../outside", "/outside", "a/../../outside"):
        foreign = io.BytesIO()
        with tarfile.open(fileobj=foreign, mode="w:gz") as tar:
            tar.addfile(tarfile.TarInfo(name), io.BytesIO())
        foreign.seek(0)
        with pytest.raises(CourseError, match="cannot be read whole"):
            restore(tmp_path / "back", foreign)
    assert not list(tmp_path.glob("outside"))


def test_a_mistaken_command_says_what_is_wrong(tmp_path):
    run = lambda *words: subprocess.run(
        [sys.executable, "-m", "kratomcourse.live.backup", *words],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    none = run("save", str(tmp_path / "none"))
    assert none.returncode == 1 and "is not a folder" in none.stderr and not none.stdout
    assert run("keep").returncode == 2 and "save room" in run("keep").stderr
    empty = run("restore", str(tmp_path / "new"))
    assert empty.returncode == 1 and "cannot be read whole" in empty.stderr


def test_the_guides_commands_restore_a_volume_and_a_gradebook(room, tmp_path):
    guide = (ROOT / "book" / "for-operators.md").read_text()
    commands = re.findall(
        r"exec -i .*? -- sh -ec '(.*?)' < (\S+)$", guide, re.MULTILINE | re.DOTALL
    )
    assert [file for _, file in commands] == ["room.tar.gz", "course.tar.gz"]
    home = tmp_path / "home"
    (room / "leader").rename(home)
    before = {folder: listed(folder) for folder in (room, home / "course")}
    archives = [saved(room)[0], saved(home / "course")[0]]
    (room / "post" / "anna" / "inbound" / "broken").mkdir()
    (home / "course" / ".course-secret").unlink()
    shutil.rmtree(room / "homes")  # a home has a volume of its own there
    before[room] = {path: of for path, of in before[room].items() if not path.startswith("homes")}
    for (command, _), archive in zip(commands, archives, strict=True):
        command = re.sub(r"/room\b", str(room), command).replace("python", sys.executable)
        done = subprocess.run(
            ["sh", "-ec", command],
            input=archive.getvalue(),
            env=os.environ | {"HOME": str(home), "PYTHONPATH": str(ROOT)},
            capture_output=True,
        )
        assert done.returncode == 0, done.stderr
    shutil.rmtree(room / "before")
    shutil.rmtree(room / "homes")
    assert {folder: listed(folder) for folder in before} == before


@pytest.mark.long
def test_a_room_backed_up_while_open_is_the_same_room_elsewhere(tmp_path):
    required(not sandbox_unavailable(), f"the sandbox ({sandbox_unavailable()})")
    prepared = course("live", "--prepare", check=False)
    required(prepared.returncode == 0, f"the room's proxy ({prepared.stderr.strip()})")
    with OpenRoom(ROOT, tmp_path / "room", "--chapters", "2.1") as room:
        leader, anna = room.leader(), room.client("anna")
        for client in (leader, anna):
            assert client.log_in() is None
        anna.open_notebooks()
        leader.do_step(QUIZ, "release")
        anna.fetch(QUIZ)
        anna.submit(QUIZ)
        until = time.monotonic() + 60
        while not list(room.folder.glob("exchange/*/inbound/anna+*")):
            assert time.monotonic() < until
            time.sleep(0.3)
        leader.do_step(QUIZ, "grade")
        archive, _ = saved(room.folder)
        submitted = {path.name for path in room.folder.glob("exchange/*/inbound/*")}
    elsewhere = tmp_path / "elsewhere"
    restore(elsewhere, archive)
    with OpenRoom(ROOT, elsewhere, "--chapters", "2.1") as room:
        leader, anna = room.leader(), HubClient(room.base, "anna")  # no invitation: she is known
        assert leader.log_in() is None and anna.log_in() is None
        assert {path.name for path in elsewhere.glob("exchange/*/inbound/*")} == submitted
        anna.open_notebooks()
        assert anna.read(f"{QUIZ}/{QUIZ}.ipynb").cells
        leader.do_step(QUIZ, "feedback")
        until = time.monotonic() + 60
        while not list(elsewhere.glob("post/anna/feedback/*.html")):
            assert time.monotonic() < until, "feedback on what was graded before"
            time.sleep(0.3)
