"""The gradebook in a real PostgreSQL server: Debian's package, started here on loopback and gone
afterwards.
"""

import os
import pwd
import shutil
import socket
import subprocess
from pathlib import Path

import pytest
from classroom import (
    all_right,
    clean_environment,
    generate,
    hand_in,
    handed_out,
    honest,
    make_classroom,
    scores,
)
from conftest import required

from kratomcourse.grading.autograde.instructor_version import CourseLayout
from kratomcourse.grading.autograde.runner import grade_assignment

FOUND = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Address of an empty data base, with a password of its own."""
    required(FOUND, "PostgreSQL")
    required(shutil.which("bwrap"), "bubblewrap")
    binaries, home = FOUND[-1].parent, Path("/tmp") / f"course-postgres-{os.getpid()}"
    home.mkdir(mode=0o700)
    as_other = []
    if os.geteuid() == 0:  # the server refuses to run as root
        user = pwd.getpwnam(
            "postgres" if "postgres" in [entry.pw_name for entry in pwd.getpwall()] else "nobody"
        )
        os.chown(home, user.pw_uid, user.pw_gid)
        as_other = [
            "setpriv",
            f"--reuid={user.pw_uid}",
            f"--regid={user.pw_gid}",
            "--clear-groups",
            "--",
        ]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (home / "password").write_text("course-test")
    if as_other:
        shutil.chown(home / "password", user.pw_uid)

    def call(*words):
        return subprocess.run(
            [*as_other, *words],
            cwd="/",
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "PGPASSWORD": "course-test"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            check=True,
            timeout=120,
        )

    try:
        call(
            binaries / "initdb",
            "-D",
            home / "data",
            "-U",
            "teacher",
            "--pwfile",
            home / "password",
            "--auth=scram-sha-256",
            "-E",
            "UTF8",
            "--no-sync",
        )
        options = (
            f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={home} -c "
            "fsync=off"
        )
        call(
            binaries / "pg_ctl",
            "-D",
            home / "data",
            "-w",
            "-t",
            "90",
            "-l",
            home / "log",
            "-o",
            options,
            "start",
        )
        try:
            call(
                binaries / "createdb",
                "-h",
                "127.0.0.1",
                "-p",
                str(port),
                "-U",
                "teacher",
                "gradebook",
            )
            yield f"postgresql+psycopg://teacher:course-test@127.0.0.1:{port}/gradebook"
        finally:
            call(binaries / "pg_ctl", "-D", home / "data", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(home, ignore_errors=True)


def test_the_same_marks_in_postgresql_and_sqlite(server, tmp_path):
    classroom = make_classroom(tmp_path / "quizzes")
    generate(classroom.root, classroom.quiz, "--force", f"--CourseDirectory.db_url={server}")
    for number in range(3):
        hand_in(classroom, f"s{number}", honest(classroom, number))
    hand_in(classroom, "ada", all_right(classroom))
    there = CourseLayout(classroom.root, server)
    assert "course-test" not in there.display_db_url
    report = grade_assignment(there, classroom.quiz, workers=1)
    assert len(report.rows) == 4 and not report.problems
    assert grade_assignment(there, classroom.quiz, workers=1).skipped == 4
    shutil.rmtree(classroom.root / "autograded")
    grade_assignment(classroom.layout, classroom.quiz, workers=1)
    for student in ("ada", "s0", "s1", "s2"):
        assert scores(classroom, student, there) == scores(classroom, student) != {}
    hand_in(classroom, "s0", handed_out(classroom), timestamp="2027-03-01 12:00:00 UTC")
    done = subprocess.run(
        ["python", "-m", "kratomcourse.cli", "grade", classroom.quiz, "--db", server],
        cwd=classroom.root,
        env=clean_environment(classroom.root),
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert sum(auto or 0 for auto, _, _ in scores(classroom, "s0", there).values()) == 0
