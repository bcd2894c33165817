"""Grades by LTI 1.3 to a platform made in the test: it checks each signature, token and message as
the standard says.
"""

import json
import os
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs

import jwt
import pytest
from conftest import ROOT
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from kratomcourse.errors import CourseError
from kratomcourse.exports.grades import ClassGrades, StudentGrades
from kratomcourse.exports.passback import (
    LAUNCH,
    public_keys,
    read_platform,
    send_grades,
    with_launch_ids,
)

pytest.importorskip("pylti1p3", reason="pylti1p3next isn't installed (pip install -e .[grade])")

SCORE = "https://purl.imsglobal.org/spec/lti-ags/scope/score"
COLUMN_TYPE = "application/vnd.ims.lis.v2.lineitem+json"
SCORE_TYPE = "application/vnd.ims.lis.v1.score+json"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PEM = KEY.private_bytes(
    serialization.Encoding.PEM,
    serialization.PrivateFormat.PKCS8,
    serialization.NoEncryption(),
)


class Lms(ThreadingHTTPServer):
    """An LMS with one course, which knows the tool's public key and two students."""

    def __init__(self, public):
        super().__init__(("127.0.0.1", 0), Handler)
        self.public, self.used, self.tokens = public, set(), set()
        self.columns, self.scores, self.users = [], [], {"7", "8"}
        self.client_id = "tool-1"
        self.elsewhere = self.redirects = False
        self.url = f"http://127.0.0.1:{self.server_address[1]}"

    def token(self, form):
        """A token for a request that is signed with the tool's key, fresh, and used once."""
        assert form["grant_type"] == ["client_credentials"]
        header = jwt.get_unverified_header(form["client_assertion"][0])
        [key] = [one for one in self.public["keys"] if one["kid"] == header["kid"]]
        said = jwt.decode(
            form["client_assertion"][0],
            jwt.PyJWK(key).key,
            algorithms=["RS256"],
            audience=f"{self.url}/token",
            options={"require": ["iss", "sub", "iat", "exp", "jti"]},
        )
        assert said["iss"] == said["sub"] == self.client_id and said["jti"] not in self.used
        self.used.add(said["jti"])
        assert SCORE in form["scope"][0].split()
        token = f"token-{len(self.tokens)}"
        self.tokens.add(token)
        return {"access_token": token, "token_type": "Bearer", "expires_in": 3600}


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def answer(self, status, body=None, headers=()):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        data = b"" if body is None else json.dumps(body).encode()
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def allowed(self):
        return self.headers.get("Authorization", "").removeprefix("Bearer ") in self.server.tokens

    def do_GET(self):  # one column a page, as a platform with many would
        if not self.allowed():
            return self.answer(401)
        place = int((parse_qs(self.path.partition("?")[2]).get("page") or ["0"])[0])
        more = place + 1 < len(self.server.columns)
        after = f'<{self.server.url}/7/lineitems?page={place + 1}>; rel="next"'
        return self.answer(
            200, self.server.columns[place : place + 1], [("Link", after)] if more else []
        )

    def do_POST(self):
        data = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if self.server.redirects:
            return self.answer(307, headers=[("Location", "http://127.0.0.1:9/")])
        if self.path == "/token":
            try:
                return self.answer(200, self.server.token(parse_qs(data)))
            except (AssertionError, ValueError, KeyError, jwt.PyJWTError):
                return self.answer(400, {"error": "invalid_client"})
        if not self.allowed():
            return self.answer(401)
        body = json.loads(data)
        if self.path == "/7/lineitems" and self.headers["Content-Type"] == COLUMN_TYPE:
            host = "https://other.example" if self.server.elsewhere else self.server.url
            body["id"] = f"{host}/7/lineitems/{len(self.server.columns)}"
            self.server.columns.append(body)
            return self.answer(201, body)
        if self.path.endswith("/scores") and self.headers["Content-Type"] == SCORE_TYPE:
            if body["userId"] not in self.server.users:
                return self.answer(412, {"error": "not a student"})
            self.server.scores.append((self.path, body))
            return self.answer(200, {})
        return self.answer(415)


@pytest.fixture
def lms(tmp_path):
    """A running LMS, and the course's registration in its folder."""
    (tmp_path / "key.pem").write_bytes(PEM)
    (tmp_path / "key.pem").chmod(0o600)
    write_settings(tmp_path, "http://127.0.0.1:1")
    server = Lms(json.loads(public_keys(read_platform(tmp_path))))
    write_settings(tmp_path, server.url)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join(10)


def write_settings(folder, url, **changed):
    fields = {
        "issuer": "https://lms.example",
        "client_id": "tool-1",
        "token_url": f"{url}/token",
        "lineitems": f"{url}/7/lineitems",
        "key": "key.pem",
    } | changed
    (folder / "lti.yml").write_text("".join(f"{name}: {value}\n" for name, value in fields.items()))


def grades_of(*students):
    return ClassGrades(
        "gradebook", {"04-risk": 21.0, "05-law": 10.0}, {one.student: one for one in students}
    )


ADA = StudentGrades("ada", lms_id="7", scores={"04-risk": 17.5, "05-law": 0.0})
BEN = StudentGrades("ben", lms_id="8", scores={"04-risk": 9.0}, unread={"04-risk"})


def test_each_score_arrives_in_the_column_of_its_quiz(lms, tmp_path):
    made = send_grades(read_platform(tmp_path), grades_of(ADA, BEN))
    assert [(one["tag"], one["scoreMaximum"]) for one in lms.columns] == [
        ("04-risk", 21.0),
        ("05-law", 10.0),
    ]
    arrived = [
        (path, body["userId"], body["scoreGiven"], body["scoreMaximum"], body["gradingProgress"])
        for path, body in lms.scores
    ]
    assert arrived == [
        ("/7/lineitems/0/scores", "7", 17.5, 21.0, "FullyGraded"),
        ("/7/lineitems/0/scores", "8", 9.0, 21.0, "PendingManual"),
        ("/7/lineitems/1/scores", "7", 0.0, 10.0, "FullyGraded"),
    ]
    assert made.sent == (("04-risk", "ada"), ("04-risk", "ben"), ("05-law", "ada"))
    assert not made.unknown and not made.refused and len(lms.tokens) == 1


def test_one_quiz_alone_is_sent_and_an_unknown_one_is_named(lms, tmp_path):
    platform = read_platform(tmp_path)
    assert send_grades(platform, grades_of(ADA, BEN), ["05-law"]).sent == (("05-law", "ada"),)
    assert [one["tag"] for one in lms.columns] == ["05-law"]
    with pytest.raises(CourseError, match="no quiz '05-lawn'.*did you mean '05-law'"):
        send_grades(platform, grades_of(ADA), ["05-lawn"])


def test_a_second_time_uses_the_same_columns_and_a_later_time(lms, tmp_path):
    platform = read_platform(tmp_path)
    send_grades(platform, grades_of(ADA))
    time.sleep(0.01)
    send_grades(platform, grades_of(ADA))
    assert len(lms.columns) == 2
    first, _law, second, _law = [body["timestamp"] for _path, body in lms.scores]
    assert first < second and second.endswith("+00:00")


def test_a_student_that_the_lms_does_not_know_is_named_and_the_others_are_sent(lms, tmp_path):
    gone = StudentGrades("cem", lms_id="99", scores={"04-risk": 3.0})
    without = StudentGrades("dora", scores={"04-risk": 4.0})
    made = send_grades(read_platform(tmp_path), grades_of(gone, without, BEN))
    assert made.unknown == ("dora",) and made.sent == (("04-risk", "ben"),)
    [(quiz, student, answer)] = made.refused
    assert (quiz, student) == ("04-risk", "cem") and "412" in answer


def test_a_launch_names_the_columns_and_the_students(lms, tmp_path, monkeypatch):
    people = tmp_path / "post"
    for account, number in (("ada", "7"), ("ben", "8"), ("cem", "x" * 999)):
        (people / account).mkdir(parents=True)
        (people / account / "lms-user").write_text(number)
    launch = {
        "issuer": "https://lms.example",
        "client_id": "tool-1",
        "lineitems": f"{lms.url}/7/lineitems",
        "people": str(people),
    }
    monkeypatch.setenv(LAUNCH, json.dumps(launch))
    (tmp_path / "lti.yml").write_text(f"token_url: {lms.url}/token\nkey: key.pem\n")
    students = [
        StudentGrades(account, lms_id=known, scores={"04-risk": 1.0})
        for account, known in (("ada", ""), ("ben", "8"), ("../post/ada", ""), ("dora", ""))
    ]
    made = send_grades(read_platform(tmp_path), with_launch_ids(grades_of(*students)))
    assert made.sent == (("04-risk", "ada"), ("04-risk", "ben"))
    assert made.unknown == ("../post/ada", "dora"), "no path leads elsewhere"
    assert [body["userId"] for _path, body in lms.scores] == ["7", "8"]
    cem = with_launch_ids(grades_of(StudentGrades("cem"))).students["cem"]
    assert len(cem.lms_id) == 255
    # What the file says comes first, and a launch that can't be read is none.
    write_settings(tmp_path, "https://other.example")
    assert read_platform(tmp_path).lineitems == "https://other.example/7/lineitems"
    monkeypatch.setenv(LAUNCH, "[not json")
    assert with_launch_ids(grades_of(students[0])).students["ada"].lms_id == ""


def test_a_key_that_the_lms_does_not_know_sends_nothing(lms, tmp_path):
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    (tmp_path / "key.pem").write_bytes(
        other.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    with pytest.raises(CourseError, match=r"lti.yml.*didn't give.*400.*Fix: check the addresses"):
        send_grades(read_platform(tmp_path), grades_of(ADA))
    assert not lms.scores and not lms.columns


@pytest.mark.parametrize("trick", ["elsewhere", "redirects"])
def test_neither_token_nor_score_goes_to_another_host(lms, tmp_path, trick):
    setattr(lms, trick, True)
    with pytest.raises(CourseError, match=r"another host|leads elsewhere"):
        send_grades(read_platform(tmp_path), grades_of(ADA))
    assert not lms.scores


def test_a_score_that_is_none_is_refused_before_anything_is_sent(lms, tmp_path):
    broken = StudentGrades("ada", lms_id="7", scores={"04-risk": float("nan")})
    with pytest.raises(CourseError, match="nan is no score"):
        send_grades(read_platform(tmp_path), grades_of(BEN, broken))
    assert not lms.tokens


@pytest.mark.parametrize(
    "changed, message",
    [
        ({"client_id": ""}, "has no client_id"),
        ({"token_url": "http://lms.example/token"}, "token_url is no https address"),
        ({"lineitems": "file:///etc/passwd"}, "lineitems is no https address"),
        ({"key": "nowhere.pem"}, "is no private key"),
    ],
)
def test_settings_that_cannot_work_or_are_not_safe_are_named(tmp_path, changed, message):
    (tmp_path / "key.pem").write_bytes(PEM)
    (tmp_path / "key.pem").chmod(0o600)
    write_settings(tmp_path, "https://lms.example", **changed)
    with pytest.raises(CourseError, match=message):
        read_platform(tmp_path)


def test_a_key_that_others_can_read_is_refused(tmp_path):
    (tmp_path / "key.pem").write_bytes(PEM)
    (tmp_path / "key.pem").chmod(0o644)
    write_settings(tmp_path, "https://lms.example")
    with pytest.raises(CourseError, match=r"can be read by others.*chmod 600"):
        read_platform(tmp_path)
    (tmp_path / "lti.yml").unlink()
    with pytest.raises(CourseError, match=r"lti.yml.*is not there"):
        read_platform(tmp_path)


def test_the_public_key_tells_nothing_of_the_private_one(tmp_path):
    (tmp_path / "key.pem").write_bytes(PEM)
    (tmp_path / "key.pem").chmod(0o600)
    write_settings(tmp_path, "https://lms.example")
    [key] = json.loads(public_keys(read_platform(tmp_path)))["keys"]
    assert key.keys() == {"kty", "n", "e", "kid", "alg", "use"}


def test_the_command_sends_the_gradebook_and_says_who_is_missing(lms, tmp_path, monkeypatch):
    from nbgrader.api import Gradebook

    # nbgrader starts alembic, which is beside Python
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    (tmp_path / "nbgrader_config.py").write_text("c = get_config()\n")
    url = f"sqlite:///{tmp_path / 'gradebook.db'}"
    with Gradebook(url) as gradebook:
        gradebook.add_assignment("04-risk")
        gradebook.add_notebook("04-risk", "04-risk")
        gradebook.add_grade_cell("c", "04-risk", "04-risk", max_score=21, cell_type="code")
        for student, number in (("ada", "7"), ("ben", "8"), ("dora", None)):
            gradebook.add_student(student, lms_user_id=number)
            gradebook.add_submission("04-risk", student)
            grade = gradebook.find_grade("c", "04-risk", "04-risk", student)
            grade.auto_score = 12.5
            grade.needs_manual_grade = student == "ben"
            gradebook.db.commit()
    command = [sys.executable, "-m", "kratomcourse.cli", "export", "passback"]
    done = subprocess.run(
        [*command, "--folder", str(tmp_path), "--db", url],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert done.returncode == 1 and "sent 2 scores to https://lms.example" in done.stdout
    assert "not sent: dora has no lms_user_id" in done.stdout, done.stderr
    assert [(one["userId"], one["gradingProgress"]) for _path, one in lms.scores] == [
        ("7", "FullyGraded"),
        ("8", "PendingManual"),
    ]
